/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A card whose queues the kernel's own workers serve; these are played here, ioctl by ioctl. */
#include "hw/virtio/virtio_net.h"

#include <errno.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "hw/virtio/virtio_net_private.h"
#include "src/base/event_fd.h"
#include "tests/unit/fake_vhost.h"
#include "tests/unit/virtio_play.h"

enum {
    SIZE = 8,
    TX_BASE = 0x80000,
    CONTROL_BASE = 0xc0000,
    OUT = VRING_DRIVER_DATA + 0x20000,
    QUEUES = 3,
    WINDOW = 1 << 24,
    BLOCK = 1 << 20,
};

#define KERNELS (FAKE_VHOST_RINGS | NET_F_MRG_RXBUF)
#define FEATURES (KERNELS | NET_F_MAC | NET_F_CTRL_VQ)

typedef struct {
    VirtioDevice *dev;
    Tap *tap;
    int wire, vhost;
    VringDriver *rings[QUEUES];
    VirtioTold told;
} Play;

/** A card that is not begun yet. */
static void play_make(Play *play, gboolean needed)
{
    VirtqueueMode mode = {.indirect = TRUE, .event_idx = TRUE};
    Tap *tap = g_new0(Tap, 1);
    GError *error = NULL;
    int pair[2];

    *play = (Play){.tap = tap};
    fake_vhost_begin(KERNELS);
    play->rings[0] = vring_driver_new(&mode, SIZE);
    play->rings[1] = vring_driver_new_beside(play->rings[0], TX_BASE);
    play->rings[2] = vring_driver_new_beside(play->rings[0], CONTROL_BASE);
    g_assert_true(guest_mem_reserve(play->rings[0]->mem, WINDOW, 4 * BLOCK, BLOCK, &error));

    g_assert_cmpint(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair), ==,
                    0);
    play->wire = pair[0];
    tap->fds[0] = pair[1];
    tap->queues = tap->n_vhost = 1;
    tap->vhost_fds[0] = eventfd(0, EFD_CLOEXEC);
    tap->vhost_call = fake_vhost_call;
    VirtioNetConfig config = {.name = "net0",
                              .mac = {2, 0, 0, 0, 0, 7},
                              .need_vhost = needed,
                              .mem = play->rings[0]->mem};
    play->dev = virtio_net_new(tap, &config, &error);
    g_assert_no_error(error);
}

static void play_drive(Play *play)
{
    play->dev->dma = &play->rings[0]->dma;
    virtio_play_negotiate(play->dev, FEATURES);
    for (unsigned i = 0; i < QUEUES; i++)
        virtio_play_enable(play->dev, i, play->rings[i]);
    virtio_device_set_status(play->dev, VIRTIO_STATUS_DRIVER_OK);
}

static void play_start(Play *play)
{
    play_make(play, TRUE);
    virtio_play_attach(play->dev, &play->told);
    play_drive(play);
    fake_vhost_await(1, TRUE);
}

static void play_end(Play *play)
{
    virtio_device_reset(play->dev);
    play->dev->ops->free(play->dev);
    close(play->wire);
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

/** What the kernel is told of, when a driver begins and when it leaves. */
static void test_life(void)
{
    Play play;

    play_start(&play);
    g_assert_false(play.dev->features & F_RING_PACKED);
    g_assert_cmphex(fake_vhost.features, ==, fake_vhost.offered);
    g_assert_cmpuint(fake_vhost.n_ranges, ==, 1);
    g_assert_cmphex(fake_vhost.ranges[0][1], ==, VRING_DRIVER_MEMORY);
    for (unsigned i = 0; i < 2; i++) {
        const VringDriver *ring = play.rings[i];

        g_assert_cmpint(fake_vhost_backend(i), ==, play.tap->fds[0]);
        g_assert_cmpuint(fake_vhost.num[i], ==, SIZE);
        g_assert_cmpuint(fake_vhost.base[i], ==, 0);
        g_assert_cmpint(fake_vhost.kick[i], ==, play.dev->queues[i].kick_fd);
        g_assert_true((void *)(uintptr_t)fake_vhost.addr[i].desc_user_addr ==
                      guest_mem_ptr(ring->mem, ring->vq.desc_addr, 1));
        g_assert_true((void *)(uintptr_t)fake_vhost.addr[i].avail_user_addr ==
                      guest_mem_ptr(ring->mem, ring->vq.driver_addr, 1));
        g_assert_true((void *)(uintptr_t)fake_vhost.addr[i].used_user_addr ==
                      guest_mem_ptr(ring->mem, ring->vq.device_addr, 1));
    }
    virtio_device_reset(play.dev);
    g_assert_cmpint(fake_vhost_backend(0), ==, -1);
    g_assert_cmpint(fake_vhost_backend(1), ==, -1);
    play_drive(&play);
    fake_vhost_await(1, TRUE);
    play_end(&play);
    g_assert_cmpint(fake_vhost_backend(1), ==, -1);
}

/** What KVM does not take is told by the card's thread; the control queue is served here. */
static void test_call(void)
{
    static const uint8_t promiscuous_off[] = {0, 0, 0};
    VringPiece pieces[] = {{OUT, 3, FALSE}, {OUT + 16, 1, TRUE}};
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
    g_assert_true(
        guest_mem_write(play.rings[0]->mem, OUT, promiscuous_off, sizeof(promiscuous_off)));
    vring_driver_want_interrupt(play.rings[2], TRUE);
    vring_driver_post(play.rings[2], pieces, 2, FALSE);
    virtio_play_kick(play.dev, 2);
    g_assert_cmpuint(virtio_play_await(play.rings[2]), ==, 1);
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
        g_assert_cmpint(fake_vhost_backend(1), ==, -1);
        virtio_device_reset(play.dev);
        play_drive(&play);
        fake_vhost_await(1, TRUE);
        g_assert_false(virtio_device_status(play.dev) & VIRTIO_STATUS_NEEDS_RESET);
    }
    play_end(&play);
}

/** A ring that is not all memory is never handed over. */
static void test_wild(void)
{
    Play play;

    play_make(&play, TRUE);
    virtio_play_attach(play.dev, &play.told);
    play.dev->dma = &play.rings[0]->dma;
    virtio_play_negotiate(play.dev, FEATURES);
    for (unsigned i = 0; i < QUEUES; i++)
        virtio_play_enable(play.dev, i, play.rings[i]);
    play.dev->queues[0].device_addr = VRING_DRIVER_MEMORY - 8;
    play.dev->queues[1].desc_addr = UINT64_MAX - 15;
    virtio_device_set_status(play.dev, VIRTIO_STATUS_DRIVER_OK);
    g_assert_true(virtio_device_status(play.dev) & VIRTIO_STATUS_NEEDS_RESET);
    /* Its thread has come by. */
    virtio_device_reset(play.dev);
    g_assert_cmpuint(fake_vhost.num[0], ==, 0);
    g_assert_cmpuint(fake_vhost.num[1], ==, 0);
    g_assert_cmpint(fake_vhost_backend(0), ==, -1);
    play_end(&play);
}

/** A stopped machine's memory is left alone. */
static void test_pause(void)
{
    Play play;

    play_start(&play);
    play.dev->ops->pause(play.dev);
    g_assert_cmpint(fake_vhost_backend(0), ==, -1);
    g_assert_cmpint(fake_vhost_backend(1), ==, -1);
    play.dev->ops->resume(play.dev);
    g_assert_cmpint(fake_vhost_backend(0), ==, play.tap->fds[0]);
    g_assert_cmpint(fake_vhost_backend(1), ==, play.tap->fds[0]);
    /* Also when its driver begins meanwhile. */
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
    g_assert_cmphex(fake_vhost.ranges[1][0], ==, WINDOW);
    g_assert_cmphex(fake_vhost.ranges[1][1], ==, 2 * BLOCK);
    guest_mem_unplug(mem, WINDOW, BLOCK);
    g_assert_cmphex(fake_vhost.ranges[1][0], ==, WINDOW + BLOCK);
    g_assert_cmpint(fake_vhost_backend(0), >=, 0);

    /* Who can't follow serves nothing, until it can. */
    fake_vhost_refuse(VHOST_SET_MEM_TABLE, -ENOMEM);
    guest_mem_unplug(mem, WINDOW + BLOCK, BLOCK);
    g_assert_cmpint(fake_vhost_backend(0), ==, -1);
    g_assert_cmpint(fake_vhost_backend(1), ==, -1);
    await_reset_wanted(&play);
    virtio_device_reset(play.dev);
    play_drive(&play);
    await_reset_wanted(&play);
    g_assert_cmpint(fake_vhost_backend(0), ==, -1);
    fake_vhost_refuse(0, 0);
    g_assert_nonnull(guest_mem_plug(mem, WINDOW, BLOCK, &error));
    virtio_device_reset(play.dev);
    play_drive(&play);
    fake_vhost_await(1, TRUE);
    play_end(&play);
}

/** What the kernel refuses when the machine begins: an error, or the card does without. */
static void test_refused_begin(void)
{
    static const unsigned long requests[] = {VHOST_SET_OWNER, VHOST_SET_MEM_TABLE,
                                             VHOST_SET_VRING_KICK, VHOST_SET_VRING_CALL,
                                             VHOST_SET_VRING_ERR};

    for (unsigned i = 0; i < G_N_ELEMENTS(requests); i++) {
        GError *error = NULL;
        Play play;
        char got[128];
        VringPiece piece = {OUT, 72, FALSE};

        play_make(&play, TRUE);
        fake_vhost_refuse(requests[i], -EPERM);
        g_assert_false(play.dev->ops->begin(play.dev, &error));
        g_assert_nonnull(strstr(error->message, "vhost-net"));
        g_clear_error(&error);
        play_end(&play);

        play_make(&play, FALSE);
        fake_vhost_refuse(requests[i], -EPERM);
        virtio_play_attach(play.dev, &play.told);
        play_drive(&play);
        vring_driver_post(play.rings[1], &piece, 1, FALSE);
        virtio_play_kick(play.dev, 1);
        virtio_play_await(play.rings[1]);
        g_assert_cmpint(read(play.wire, got, sizeof(got)), ==, 72);
        g_assert_cmpint(fake_vhost_backend(1), ==, -1);
        play_end(&play);
    }
}

/** What it refuses of a driver breaks the device, until a reset. */
static void test_refused_start(void)
{
    static const unsigned long requests[] = {VHOST_SET_FEATURES, VHOST_SET_VRING_NUM,
                                             VHOST_SET_VRING_BASE, VHOST_SET_VRING_ADDR,
                                             VHOST_NET_SET_BACKEND};
    Play play;

    play_start(&play);
    for (unsigned i = 0; i < G_N_ELEMENTS(requests); i++) {
        virtio_device_reset(play.dev);
        fake_vhost_refuse(requests[i], -EFAULT);
        play_drive(&play);
        await_reset_wanted(&play);
        g_assert_cmpint(fake_vhost_backend(0), ==, -1);
        fake_vhost_refuse(0, 0);
        virtio_device_reset(play.dev);
        play_drive(&play);
        fake_vhost_await(1, TRUE);
    }
    play_end(&play);
}

/** That a worker is another card's already is told by the next call only. */
static void test_owner(void)
{
    Play play;

    play_make(&play, TRUE);
    fake_vhost.owned = TRUE;
    fake_vhost_refuse(VHOST_SET_OWNER, -EBUSY);
    virtio_play_attach(play.dev, &play.told);
    play_drive(&play);
    fake_vhost_await(1, TRUE);
    play_end(&play);
}

static void test_open(void)
{
    int fd = eventfd(0, EFD_CLOEXEC);
    Tap tap = {.queues = 1};
    GError *error = NULL;

    g_assert_false(tap_add_vhost(&tap, &fd, &error));
    g_assert_nonnull(strstr(error->message, "/dev/vhost-net"));
    g_assert_cmpuint(tap.n_vhost, ==, 0);
    g_clear_error(&error);
    close(fd);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/vhost/life", test_life);
    g_test_add_func("/vhost/call", test_call);
    g_test_add_func("/vhost/fault", test_fault);
    g_test_add_func("/vhost/wild", test_wild);
    g_test_add_func("/vhost/pause", test_pause);
    g_test_add_func("/vhost/memory", test_memory);
    g_test_add_func("/vhost/refused-begin", test_refused_begin);
    g_test_add_func("/vhost/refused-start", test_refused_start);
    g_test_add_func("/vhost/owner", test_owner);
    g_test_add_func("/vhost/open", test_open);
    return g_test_run();
}
