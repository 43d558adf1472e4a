/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sockets between guest and host; the kernel's worker is played, ioctl by ioctl. */
#include "hw/virtio/virtio_vsock.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "src/base/event_fd.h"
#include "src/vhost/vhost_vsock.h"
#include "tests/unit/fake_vhost.h"
#include "tests/unit/virtio_play.h"

enum {
    SIZE = 8,
    TX_BASE = 0x80000,
    EVENT_BASE = 0xc0000,
    QUEUES = VIRTIO_VSOCK_QUEUES,
    WINDOW = 1 << 24,
    BLOCK = 1 << 20,
    CID = 0x12345678,
};

#define F_SEQPACKET (UINT64_C(1) << 1)
#define FEATURES (FAKE_VHOST_RINGS | F_SEQPACKET)

typedef struct {
    VirtioDevice *dev;
    int worker;
    VringDriver *rings[QUEUES];
    VirtioTold told;
} Play;

/** A device that is not begun yet, whose worker has the features @offered. */
static void play_make(Play *play, uint64_t offered)
{
    VirtqueueMode mode = {.indirect = TRUE, .event_idx = TRUE};
    GError *error = NULL;

    *play = (Play){.worker = eventfd(0, EFD_CLOEXEC)};
    fake_vhost_begin(offered);
    play->rings[0] = vring_driver_new(&mode, SIZE);
    play->rings[1] = vring_driver_new_beside(play->rings[0], TX_BASE);
    play->rings[2] = vring_driver_new_beside(play->rings[0], EVENT_BASE);
    g_assert_true(guest_mem_reserve(play->rings[0]->mem, WINDOW, 4 * BLOCK, BLOCK, &error));

    const Vhost kernel = {play->worker, fake_vhost_call};
    play->dev = virtio_vsock_new(&kernel, CID, play->rings[0]->mem, &error);
    g_assert_no_error(error);
    play->dev->dma = &play->rings[0]->dma;
}

static void play_drive(Play *play)
{
    virtio_play_negotiate(play->dev, FEATURES);
    for (unsigned i = 0; i < QUEUES; i++)
        virtio_play_enable(play->dev, i, play->rings[i]);
    virtio_device_set_status(play->dev, VIRTIO_STATUS_DRIVER_OK);
}

static void play_start(Play *play)
{
    play_make(play, FEATURES);
    virtio_play_attach(play->dev, &play->told);
    play_drive(play);
    fake_vhost_await(1, TRUE);
}

static void play_again(Play *play)
{
    virtio_device_reset(play->dev);
    play_drive(play);
    fake_vhost_await(0, TRUE);
    g_assert_false(virtio_device_status(play->dev) & VIRTIO_STATUS_NEEDS_RESET);
}

static void play_end(Play *play)
{
    virtio_device_reset(play->dev);
    play->dev->ops->free(play->dev);
    g_assert_cmpint(fcntl(play->worker, F_GETFD), ==, -1);
    for (unsigned i = QUEUES; i-- > 0;)
        vring_driver_free(play->rings[i]);
}

static void await_reset_wanted(Play *play)
{
    for (unsigned t = 0; !__atomic_load_n(&play->told.changes, __ATOMIC_SEQ_CST); t++) {
        g_assert_cmpuint(t, <, 20000);
        g_usleep(500);
    }
    g_assert_true(virtio_device_status(play->dev) & VIRTIO_STATUS_NEEDS_RESET);
    __atomic_store_n(&play->told.changes, 0, __ATOMIC_SEQ_CST);
}

/** What the driver reads, and what the kernel is told of when one begins and when it leaves. */
static void test_life(void)
{
    static const uint8_t space[] = {0x78, 0x56, 0x34, 0x12, 0, 0, 0, 0};
    Play play;

    play_start(&play);
    g_assert_cmpuint(play.dev->id, ==, 19);
    g_assert_cmpmem(play.dev->config, play.dev->config_size, space, sizeof(space));
    g_assert_cmphex(play.dev->features, ==, FEATURES);
    g_assert_cmphex(fake_vhost.features, ==, FEATURES);
    g_assert_cmpuint(fake_vhost.n_ranges, ==, 1);
    for (unsigned i = 0; i < 2; i++) {
        const VringDriver *ring = play.rings[i];

        g_assert_cmpuint(fake_vhost.num[i], ==, SIZE);
        g_assert_cmpuint(fake_vhost.base[i], ==, 0);
        g_assert_cmpint(fake_vhost.kick[i], ==, play.dev->queues[i].kick_fd);
        g_assert_true((void *)(uintptr_t)fake_vhost.addr[i].desc_user_addr ==
                      guest_mem_ptr(ring->mem, ring->vq.desc_addr, 1));
        /* Buffers may have been there before it began to look. */
        for (unsigned t = 0; !event_fd_take(fake_vhost.kick[i]); t++) {
            g_assert_cmpuint(t, <, 20000);
            g_usleep(500);
        }
    }
    /* Events are ours, and there are none. */
    g_assert_cmpint(play.dev->queues[2].kick_fd, !=, fake_vhost.kick[0]);
    virtio_play_kick(play.dev, 2);
    virtio_device_reset(play.dev);
    g_assert_cmpint(fake_vhost_backend(0), ==, -1);
    play_again(&play);
    play_end(&play);
    g_assert_cmpint(fake_vhost_backend(0), ==, -1);
}

/** What the kernel does not have is not offered. */
static void test_features(void)
{
    GError *error = NULL;
    Play play;

    play_make(&play, FAKE_VHOST_RINGS);
    g_assert_cmphex(play.dev->features, ==, FAKE_VHOST_RINGS);
    play_end(&play);
    play_make(&play, F_VERSION_1);
    g_assert_false(play.dev->ops->begin(play.dev, &error));
    g_assert_nonnull(strstr(error->message, "vhost-vsock cannot serve vsock"));
    g_clear_error(&error);
    play_end(&play);
}

/** What KVM does not take is told by the device's thread. */
static void test_call(void)
{
    Play play;

    play_start(&play);
    for (unsigned i = 0; i < 2; i++) {
        unsigned before = __atomic_load_n(&play.told.interrupts, __ATOMIC_SEQ_CST);

        event_fd_signal(fake_vhost.call[i]);
        for (unsigned t = 0; __atomic_load_n(&play.told.interrupts, __ATOMIC_SEQ_CST) == before;
             t++) {
            g_assert_cmpuint(t, <, 20000);
            g_usleep(500);
        }
    }
    play_end(&play);
}

/** A fault is this device's, which a reset mends. */
static void test_fault(void)
{
    Play play;

    play_start(&play);
    for (unsigned i = 0; i < 2; i++) {
        event_fd_signal(fake_vhost.err[i]);
        await_reset_wanted(&play);
        g_assert_cmpint(fake_vhost_backend(0), ==, -1);
        play_again(&play);
    }
    play_end(&play);
}

/** A ring that is not all memory is never handed over, nor is the other one then served. */
static void test_wild(void)
{
    Play play;

    play_make(&play, FEATURES);
    virtio_play_attach(play.dev, &play.told);
    for (unsigned i = 0; i < 2; i++) {
        virtio_play_negotiate(play.dev, FEATURES);
        for (unsigned j = 0; j < QUEUES; j++)
            virtio_play_enable(play.dev, j, play.rings[j]);
        play.dev->queues[i].device_addr = VRING_DRIVER_MEMORY - 8;
        virtio_device_set_status(play.dev, VIRTIO_STATUS_DRIVER_OK);
        g_assert_true(virtio_device_status(play.dev) & VIRTIO_STATUS_NEEDS_RESET);
        /* Its thread has come by. */
        virtio_device_reset(play.dev);
        g_assert_cmpint(fake_vhost_backend(0), ==, -1);
    }
    play_end(&play);
}

/** A driver that has one of the two queues only gets nothing, and nothing is amiss. */
static void test_half(void)
{
    Play play;

    play_make(&play, FEATURES);
    virtio_play_attach(play.dev, &play.told);
    for (unsigned i = 0; i < 2; i++) {
        virtio_play_negotiate(play.dev, FEATURES);
        virtio_play_enable(play.dev, i, play.rings[i]);
        virtio_device_set_status(play.dev, VIRTIO_STATUS_DRIVER_OK);
        /* Its thread comes by. */
        g_usleep(20000);
        g_assert_cmpint(fake_vhost_backend(0), ==, -1);
        virtio_device_reset(play.dev);
        g_assert_cmpuint(play.told.changes, ==, 0);
    }
    play_again(&play);
    play_end(&play);
}

/** A stopped machine's memory is left alone, also when its driver begins meanwhile. */
static void test_pause(void)
{
    Play play;

    play_start(&play);
    play.dev->ops->pause(play.dev);
    g_assert_cmpint(fake_vhost_backend(0), ==, -1);
    play.dev->ops->resume(play.dev);
    g_assert_cmpint(fake_vhost_backend(0), ==, 1);
    play.dev->ops->pause(play.dev);
    virtio_device_reset(play.dev);
    play_drive(&play);
    g_usleep(20000);
    g_assert_cmpint(fake_vhost_backend(0), ==, -1);
    play.dev->ops->resume(play.dev);
    fake_vhost_await(0, TRUE);
    play_end(&play);
}

static void test_memory(void)
{
    GError *error = NULL;
    Play play;

    play_start(&play);
    GuestMem *mem = play.rings[0]->mem;
    g_assert_nonnull(guest_mem_plug(mem, WINDOW, 2 * BLOCK, &error));
    g_assert_cmpuint(fake_vhost.n_ranges, ==, 2);
    g_assert_cmpint(fake_vhost_backend(0), ==, 1);
    /* Who can't follow serves nothing, until it can. */
    fake_vhost_refuse(VHOST_SET_MEM_TABLE, -ENOMEM);
    guest_mem_unplug(mem, WINDOW, BLOCK);
    g_assert_cmpint(fake_vhost_backend(0), ==, -1);
    await_reset_wanted(&play);
    fake_vhost_refuse(0, 0);
    guest_mem_unplug(mem, WINDOW + BLOCK, BLOCK);
    play_again(&play);
    play_end(&play);
}

/** What the kernel refuses when the machine begins is an error. */
static void test_refused_begin(void)
{
    static const unsigned long requests[] = {VHOST_SET_OWNER, VHOST_SET_MEM_TABLE,
                                             VHOST_SET_VRING_KICK, VHOST_SET_VRING_CALL,
                                             VHOST_SET_VRING_ERR};

    for (unsigned i = 0; i < G_N_ELEMENTS(requests); i++) {
        GError *error = NULL;
        Play play;

        play_make(&play, FEATURES);
        fake_vhost_refuse(requests[i], -EPERM);
        g_assert_false(play.dev->ops->begin(play.dev, &error));
        g_assert_nonnull(strstr(error->message, "vhost-vsock cannot serve vsock"));
        g_clear_error(&error);
        play_end(&play);
    }
}

/** What it refuses of a driver breaks the device, until a reset. */
static void test_refused_start(void)
{
    static const unsigned long requests[] = {VHOST_SET_FEATURES, VHOST_SET_VRING_NUM,
                                             VHOST_SET_VRING_BASE, VHOST_SET_VRING_ADDR,
                                             VHOST_VSOCK_SET_RUNNING};
    Play play;

    play_start(&play);
    for (unsigned i = 0; i < G_N_ELEMENTS(requests); i++) {
        virtio_device_reset(play.dev);
        fake_vhost_refuse(requests[i], -EFAULT);
        play_drive(&play);
        await_reset_wanted(&play);
        g_assert_cmpint(fake_vhost_backend(0), ==, -1);
        fake_vhost_refuse(0, 0);
        play_again(&play);
    }
    play_end(&play);
}

static void test_cid(void)
{
    static const struct {
        int answer;
        const char *message;
    } rows[] = {{-EADDRINUSE, "CID 4000000000 is in use"},
                {-ENOTTY, "a descriptor of /dev/vhost-vsock takes no CID"}};
    const Vhost kernel = {-1, fake_vhost_call};
    GError *error = NULL;

    fake_vhost_begin(FEATURES);
    g_assert_true(vhost_vsock_set_cid(&kernel, 4000000000u, &error));
    g_assert_cmpuint(fake_vhost.cid, ==, UINT64_C(4000000000));
    for (unsigned i = 0; i < G_N_ELEMENTS(rows); i++) {
        fake_vhost_refuse(VHOST_VSOCK_SET_GUEST_CID, rows[i].answer);
        g_assert_false(vhost_vsock_set_cid(&kernel, 4000000000u, &error));
        g_assert_nonnull(strstr(error->message, rows[i].message));
        g_clear_error(&error);
    }
}

/** A descriptor that is something else, or none. */
static void test_open(void)
{
    int fd = eventfd(0, EFD_CLOEXEC);
    GError *error = NULL;

    g_assert_cmpint(vhost_vsock_open(CID, fd, &error), ==, -1);
    g_assert_nonnull(strstr(error->message, "takes no CID"));
    g_clear_error(&error);
    close(fd);
    g_assert_cmpint(vhost_vsock_open(CID, fd, &error), ==, -1);
    g_assert_nonnull(strstr(error->message, "descriptor"));
    g_clear_error(&error);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/vsock/life", test_life);
    g_test_add_func("/vsock/features", test_features);
    g_test_add_func("/vsock/call", test_call);
    g_test_add_func("/vsock/fault", test_fault);
    g_test_add_func("/vsock/wild", test_wild);
    g_test_add_func("/vsock/half", test_half);
    g_test_add_func("/vsock/pause", test_pause);
    g_test_add_func("/vsock/memory", test_memory);
    g_test_add_func("/vsock/refused-begin", test_refused_begin);
    g_test_add_func("/vsock/refused-start", test_refused_start);
    g_test_add_func("/vsock/cid", test_cid);
    g_test_add_func("/vsock/open", test_open);
    return g_test_run();
}
