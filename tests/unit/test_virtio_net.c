/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Packets by the real threads, to and from a pair of sockets in the place of a tap. */
#include "hw/virtio/virtio_net.h"

#include <errno.h>
#include <linux/if_tun.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "hw/virtio/virtio_net_private.h"
#include "src/base/endian.h"
#include "tests/unit/virtio_play.h"

enum {
    SIZE = 8,
    TX_BASE = 0x80000,
    CONTROL_BASE = 0xc0000,
    DATA = VRING_DRIVER_DATA,
    /** Where what the driver sends is. */
    OUT = VRING_DRIVER_DATA + 0x20000,
    QUEUES = 3,
};

#define FEATURES                                                                                   \
    (VIRTIO_F_VERSION_1 | VIRTIO_F_INDIRECT_DESC | VIRTIO_F_EVENT_IDX | NET_F_MAC | NET_F_CTRL_VQ)
#define MERGING (FEATURES | NET_F_MRG_RXBUF)
#define CAPABLE (MERGING | NET_F_GUEST_CSUM | NET_F_GUEST_TSO4)

typedef struct {
    VirtioDevice *dev;
    /** The network's end. */
    int wire;
    VringDriver *rings[QUEUES];
    VirtioTold told;
} Play;

/** A driver that knows @features begins; the device is stopped. */
static void play_drive(Play *play, uint64_t features)
{
    VirtqueueMode mode = {
        .packed = (features & VIRTIO_F_RING_PACKED) != 0, .indirect = TRUE, .event_idx = TRUE};

    play->rings[0] = vring_driver_new(&mode, SIZE);
    play->rings[1] = vring_driver_new_beside(play->rings[0], TX_BASE);
    play->rings[2] = vring_driver_new_beside(play->rings[0], CONTROL_BASE);
    play->dev->dma = &play->rings[0]->dma;
    virtio_play_negotiate(play->dev, features);
    for (unsigned i = 0; i < QUEUES; i++)
        virtio_play_enable(play->dev, i, play->rings[i]);
    virtio_device_set_status(play->dev, VIRTIO_STATUS_DRIVER_OK);
}

static void play_leave(Play *play)
{
    virtio_device_reset(play->dev);
    g_assert_cmpuint(virtio_device_status(play->dev), ==, 0);
    for (unsigned i = QUEUES; i-- > 0;)
        g_clear_pointer(&play->rings[i], vring_driver_free);
}

static void play_start(Play *play, uint64_t features)
{
    VirtioNetConfig config = {.name = "net0", .mac = {2, 0, 0, 0, 0, 7}, .mtu = 1400};
    Tap *tap = g_new0(Tap, 1);
    GError *error = NULL;
    int pair[2];

    g_assert_cmpint(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair), ==,
                    0);
    play->wire = pair[0];
    tap->fds[0] = pair[1];
    tap->queues = 1;
    play->dev = virtio_net_new(tap, &config, &error);
    g_assert_no_error(error);
    /* Sockets take no offloads: that there are some is for what the driver is given. */
    play->dev->features |= NET_F_GUEST_CSUM | NET_F_GUEST_TSO4;
    virtio_play_attach(play->dev, &play->told);
    play_drive(play, features);
}

static void play_end(Play *play)
{
    play_leave(play);
    play->dev->ops->free(play->dev);
    close(play->wire);
}

static uint8_t *memory(Play *play, uint64_t addr)
{
    return guest_mem_ptr(play->rings[0]->mem, addr, 1);
}

static void post(Play *play, unsigned queue, const VringPiece *pieces, unsigned count)
{
    vring_driver_want_interrupt(play->rings[queue], TRUE);
    vring_driver_post(play->rings[queue], pieces, count, FALSE);
    virtqueue_kick(&play->dev->queues[queue]);
}

static gboolean reap_within(Play *play, unsigned queue, uint32_t *written, unsigned tries)
{
    return virtio_play_reap(play->rings[queue], written, tries);
}

static void reap(Play *play, unsigned queue, uint32_t *written)
{
    *written = virtio_play_await(play->rings[queue]);
}

/** The network has a packet of @length bytes, all of them @byte. */
static void arrive(Play *play, NetHeader header, size_t length, uint8_t byte)
{
    g_autofree uint8_t *data = g_malloc(sizeof(header) + length);

    memcpy(data, &header, sizeof(header));
    memset(data + sizeof(header), byte, length);
    g_assert_cmpint(write(play->wire, data, sizeof(header) + length), ==,
                    (ssize_t)(sizeof(header) + length));
}

static void await_reset_wanted(Play *play)
{
    for (unsigned t = 0; !__atomic_load_n(&play->told.changes, __ATOMIC_SEQ_CST); t++) {
        g_assert_cmpuint(t, <, 20000);
        g_usleep(500);
    }
    g_assert_true(virtio_device_status(play->dev) & VIRTIO_STATUS_NEEDS_RESET);
}

static void test_send(gconstpointer features)
{
    Play play = {0};
    uint8_t got[256];
    uint32_t written;

    play_start(&play, *(const uint64_t *)features);
    for (unsigned i = 0; i < 40; i++) {
        VringPiece pieces[] = {{OUT, 12, FALSE}, {OUT + 0x100, 60 + i, FALSE}};

        memset(memory(&play, OUT), 0, 12);
        *memory(&play, OUT) = 1;
        memset(memory(&play, OUT + 0x100), (int)i, 256);
        post(&play, 1, pieces, 2);
        reap(&play, 1, &written);
        g_assert_cmpuint(written, ==, 0);
        g_assert_cmpint(read(play.wire, got, sizeof(got)), ==, 72 + i);
        g_assert_cmpuint(got[0], ==, 1);
        g_assert_cmpuint(got[12], ==, i);
        g_assert_cmpuint(got[71 + i], ==, i);
    }
    g_assert_cmpuint(play.told.interrupts, >, 0);
    play_end(&play);
}

static void test_receive(gconstpointer features)
{
    Play play = {0};
    uint32_t written;

    play_start(&play, *(const uint64_t *)features);
    for (unsigned i = 0; i < 40; i++) {
        VringPiece pieces[] = {{DATA, 12, TRUE}, {DATA + 0x100, 1600, TRUE}};

        memset(memory(&play, DATA), 0xff, 0x100 + 1600);
        post(&play, 0, pieces, 2);
        /* What a tap adds about sums is not for who has not asked. */
        arrive(&play, (NetHeader){.flags = 2}, 100 + i, (uint8_t)i);
        reap(&play, 0, &written);
        g_assert_cmpuint(written, ==, 112 + i);
        g_assert_cmpuint(memory(&play, DATA)[0], ==, 0);
        g_assert_cmpuint(le_load(memory(&play, DATA) + 10, 2), ==, 1);
        g_assert_cmpuint(*memory(&play, DATA + 0x100 + 99 + i), ==, i);
        g_assert_cmpuint(*memory(&play, DATA + 0x100 + 100 + i), ==, 0xff);
    }
    play_end(&play);
}

/** A packet over several chains, which come before it, or only when there is no room left. */
static void test_merged(gconstpointer features)
{
    enum { ROOM = 1000, CHAINS = 5, LENGTH = 4200 };
    Play play = {0};
    uint32_t written;

    play_start(&play, *(const uint64_t *)features);
    for (unsigned before = 0; before <= CHAINS; before++) {
        unsigned posted = 0, total = 0;

        memset(memory(&play, DATA), 0xff, CHAINS * 0x1000);
        for (; posted < before; posted++) {
            VringPiece piece = {DATA + posted * 0x1000, ROOM, TRUE};
            post(&play, 0, &piece, 1);
        }
        arrive(&play, (NetHeader){.flags = 1, .gso_type = 1}, LENGTH, 0x5a);
        for (; posted < CHAINS; posted++) {
            VringPiece piece = {DATA + posted * 0x1000, ROOM, TRUE};

            /* The driver sees all of it, or nothing. */
            g_assert_false(reap_within(&play, 0, &written, 20));
            post(&play, 0, &piece, 1);
        }
        for (unsigned i = 0; i < CHAINS; i++) {
            reap(&play, 0, &written);
            g_assert_cmpuint(written, ==, i + 1 < CHAINS ? ROOM : LENGTH + 12 - 4 * ROOM);
            total += written;
            for (unsigned byte = i ? 0 : 12; byte < written; byte++)
                g_assert_cmpuint(*memory(&play, DATA + i * 0x1000 + byte), ==, 0x5a);
        }
        g_assert_cmpuint(total, ==, LENGTH + 12);
        g_assert_cmpuint(*memory(&play, DATA), ==, 1);
        g_assert_cmpuint(le_load(memory(&play, DATA) + 10, 2), ==, CHAINS);
        g_assert_cmpuint(*memory(&play, DATA + 4 * 0x1000 + written), ==, 0xff);
    }
    play_end(&play);
}

/** A packet that needs more than all of the ring, or more pieces than are kept, is dropped. */
static void test_no_room(void)
{
    enum { SMALL = 600, PIECES = 200 };
    VringPiece pieces[PIECES];
    Play play = {0};
    uint32_t written;

    play_start(&play, CAPABLE);
    for (unsigned i = 0; i < SIZE; i++) {
        VringPiece piece = {DATA + i * 0x1000, SMALL, TRUE};
        post(&play, 0, &piece, 1);
    }
    arrive(&play, (NetHeader){.flags = 0}, SIZE * SMALL, 1);
    arrive(&play, (NetHeader){.flags = 0}, 100, 2);
    reap(&play, 0, &written);
    g_assert_cmpuint(written, ==, 112);
    g_assert_cmpuint(*memory(&play, DATA + 12), ==, 2);
    play_leave(&play);

    play_drive(&play, CAPABLE);
    for (unsigned i = 0; i < PIECES; i++)
        pieces[i] = (VringPiece){DATA + 2 * i, 1, TRUE};
    for (unsigned i = 0; i + 1 < SIZE; i++)
        vring_driver_post(play.rings[0], pieces, PIECES, TRUE);
    virtqueue_kick(&play.dev->queues[0]);
    arrive(&play, (NetHeader){.flags = 0}, SIZE * PIECES, 3);
    arrive(&play, (NetHeader){.flags = 0}, 100, 4);
    reap(&play, 0, &written);
    g_assert_cmpuint(written, ==, 112);
    g_assert_cmpuint(*memory(&play, DATA + 24), ==, 4);
    play_end(&play);
}

/** What the driver can't use does not reach it, and takes no room. */
static void test_dropped(void)
{
    VringPiece piece = {DATA, 500, TRUE};
    Play play = {0};
    uint32_t written;

    play_start(&play, FEATURES);
    post(&play, 0, &piece, 1);
    arrive(&play, (NetHeader){.flags = 1}, 100, 1);
    arrive(&play, (NetHeader){.gso_type = 1}, 100, 2);
    arrive(&play, (NetHeader){.gso_type = 0x80}, 100, 3);
    /* One chain has no room for it, and no more are taken for it. */
    arrive(&play, (NetHeader){.flags = 0}, 489, 4);
    g_assert_cmpint(write(play.wire, "short", 5), ==, 5);
    g_assert_false(reap_within(&play, 0, &written, 100));
    arrive(&play, (NetHeader){.flags = 0}, 488, 5);
    reap(&play, 0, &written);
    g_assert_cmpuint(written, ==, 500);
    g_assert_cmpuint(*memory(&play, DATA + 499), ==, 5);
    g_assert_false(virtio_device_status(play.dev) & VIRTIO_STATUS_NEEDS_RESET);
    play_end(&play);
}

/** With the cable pulled, which the driver is told, packets go nowhere; also over a reset. */
static void test_link(void)
{
    VringPiece piece = {DATA, 500, TRUE}, out = {OUT, 72, FALSE};
    Play play = {0};
    uint32_t written;
    uint8_t got[256];

    play_start(&play, FEATURES | NET_F_STATUS);
    g_assert_cmpuint(play.dev->config[6], ==, 1);
    virtio_net_set_link(play.dev, FALSE);
    g_assert_cmpuint(play.told.changes, ==, 1);
    g_assert_cmpuint(play.dev->config[6], ==, 0);
    for (unsigned turn = 0; turn < 2; turn++) {
        post(&play, 0, &piece, 1);
        arrive(&play, (NetHeader){.flags = 0}, 100, 1);
        g_assert_false(reap_within(&play, 0, &written, 100));
        memset(memory(&play, OUT), 0, 72);
        post(&play, 1, &out, 1);
        reap(&play, 1, &written);
        g_assert_cmpint(read(play.wire, got, sizeof(got)), ==, -1);
        g_assert_cmpint(errno, ==, EAGAIN);
        play_leave(&play);
        play_drive(&play, FEATURES | NET_F_STATUS);
    }
    virtio_net_set_link(play.dev, TRUE);
    g_assert_cmpuint(play.dev->config[6], ==, 1);
    post(&play, 0, &piece, 1);
    arrive(&play, (NetHeader){.flags = 0}, 100, 2);
    reap(&play, 0, &written);
    g_assert_cmpuint(written, ==, 112);
    g_assert_cmpuint(*memory(&play, DATA + 111), ==, 2);
    memset(memory(&play, OUT), 0, 72);
    post(&play, 1, &out, 1);
    reap(&play, 1, &written);
    g_assert_cmpint(read(play.wire, got, sizeof(got)), ==, 72);
    play_end(&play);
}

/** Packets wait for a driver; a reset forgets room and what was half placed; the next one works. */
static void test_reset(void)
{
    VringPiece small = {DATA, 200, TRUE}, large = {DATA, 3000, TRUE};
    Play play = {0};
    uint32_t written;

    play_start(&play, CAPABLE);
    post(&play, 0, &small, 1);
    arrive(&play, (NetHeader){.flags = 0}, 2000, 1);
    g_assert_false(reap_within(&play, 0, &written, 100));
    play_leave(&play);
    arrive(&play, (NetHeader){.flags = 0}, 1000, 2);
    play_drive(&play, FEATURES);
    g_assert_false(reap_within(&play, 0, &written, 20));
    post(&play, 0, &large, 1);
    reap(&play, 0, &written);
    g_assert_cmpuint(written, ==, 1012);
    g_assert_cmpuint(*memory(&play, DATA + 12), ==, 2);
    play_end(&play);
}

static unsigned command(Play *play, const void *data, uint32_t length)
{
    VringPiece pieces[] = {{OUT, length, FALSE}, {OUT + 0x8000, 1, TRUE}};
    uint32_t written;

    memcpy(guest_mem_ptr(play->rings[0]->mem, OUT, length), data, length);
    *memory(play, OUT + 0x8000) = 0xee;
    post(play, 2, pieces, 2);
    reap(play, 2, &written);
    g_assert_cmpuint(written, ==, 1);
    return *memory(play, OUT + 0x8000);
}

/** Commands that are none are answered so. (Sockets refuse what a tap takes.) */
static void test_control(void)
{
    static const uint8_t mac[] = {1, 1, 2, 0, 0, 0, 0, 9}, group[] = {1, 1, 3, 0, 0, 0, 0, 9};
    static const uint8_t table[] = {1, 0, 2, 0, 0, 0, 2, 0, 0, 0, 0, 1};
    static const uint8_t endless[] = {1, 0, 0xff, 0xff, 0xff, 0xff};
    static const uint8_t pairs[] = {4, 0, 1, 0}, unknown[] = {9, 0, 1}, half[] = {0};
    static const uint8_t mode[] = {0, 2, 1}, no_mode[] = {0, 0};
    uint8_t huge[0x4000] = {1, 0};
    Play play = {0};

    play_start(&play, FEATURES);
    g_assert_cmpuint(command(&play, group, sizeof(group)), ==, 1);
    g_assert_cmpuint(play.dev->config[5], ==, 7);
    g_assert_cmpuint(command(&play, table, sizeof(table)), ==, 1);
    g_assert_cmpuint(command(&play, endless, sizeof(endless)), ==, 1);
    g_assert_cmpuint(command(&play, pairs, sizeof(pairs)), ==, 1);
    g_assert_cmpuint(command(&play, unknown, sizeof(unknown)), ==, 1);
    g_assert_cmpuint(command(&play, half, sizeof(half)), ==, 1);
    g_assert_cmpuint(command(&play, mode, sizeof(mode)), ==, 1);
    g_assert_cmpuint(command(&play, no_mode, sizeof(no_mode)), ==, 1);
    g_assert_cmpuint(command(&play, huge, sizeof(huge)), ==, 1);
    /* An address of its own is gone with the driver. */
    command(&play, mac, sizeof(mac));
    g_assert_cmpuint(play.dev->config[5], ==, 9);
    play_leave(&play);
    g_assert_cmpuint(play.dev->config[5], ==, 7);
    play_drive(&play, FEATURES);
    play_end(&play);
}

/** What is no packet's room, no packet, and no command: the device needs a reset. */
static void test_broken(void)
{
    static const struct {
        unsigned queue;
        VringPiece piece;
    } bad[] = {
        {0, {DATA, 11, TRUE}},
        {0, {DATA, 100, FALSE}},
        {0, {VRING_DRIVER_MEMORY, 100, TRUE}},
        {1, {DATA, 11, FALSE}},
        {1, {DATA, 100, TRUE}},
        {1, {VRING_DRIVER_MEMORY - 1, 100, FALSE}},
        {2, {DATA, 100, FALSE}},
        {2, {DATA, 100, TRUE}},
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(bad); i++) {
        Play play = {0};

        play_start(&play, CAPABLE);
        post(&play, bad[i].queue, &bad[i].piece, 1);
        await_reset_wanted(&play);
        arrive(&play, (NetHeader){.flags = 0}, 100, 1);
        virtqueue_kick(&play.dev->queues[0]);
        play_leave(&play);
        play_drive(&play, FEATURES);
        play_end(&play);
    }
}

/** A packet that is longer than any is lost, and the queue goes on. */
static void test_too_long(void)
{
    VringPiece piece = {DATA, 70000, FALSE}, good = {DATA, 100, FALSE};
    Play play = {0};
    uint8_t got[256];
    uint32_t written;

    play_start(&play, FEATURES);
    post(&play, 1, &piece, 1);
    reap(&play, 1, &written);
    post(&play, 1, &good, 1);
    reap(&play, 1, &written);
    g_assert_cmpint(read(play.wire, got, sizeof(got)), ==, 100);
    play_end(&play);
}

static void test_config(void)
{
    Play play = {0};

    play_start(&play, FEATURES);
    g_assert_cmpuint(play.dev->config_size, ==, 12);
    g_assert_cmpuint(play.dev->config[0], ==, 2);
    g_assert_cmpuint(le_load(play.dev->config + 6, 2), ==, 1);
    g_assert_cmpuint(le_load(play.dev->config + 8, 2), ==, 1);
    g_assert_cmpuint(le_load(play.dev->config + 10, 2), ==, 1400);
    g_assert_true(play.dev->features & NET_F_MTU);
    g_assert_false(play.dev->features & NET_F_MQ);
    play_end(&play);
}

/** What can't be attached to is refused with a message that tells why. */
static void test_open(void)
{
    g_autoptr(GError) error = NULL;
    int fds[2] = {STDIN_FILENO, -1};

    g_assert_null(tap_open("no-such-tap", 1, &error));
    g_assert_nonnull(strstr(error->message, "no interface 'no-such-tap'"));
    g_clear_error(&error);
    g_assert_null(tap_adopt(fds, 1, &error));
    g_assert_nonnull(strstr(error->message, "is no tap"));
    g_clear_error(&error);
    g_assert_null(tap_adopt(fds + 1, 1, &error));
    g_assert_nonnull(error);
}

int main(int argc, char **argv)
{
    static const uint64_t plain = FEATURES, merging = MERGING, capable = CAPABLE,
                          packed = CAPABLE | VIRTIO_F_RING_PACKED;

    g_test_init(&argc, &argv, NULL);
    g_test_add_data_func("/virtio-net/send/split", &plain, test_send);
    g_test_add_data_func("/virtio-net/send/packed", &packed, test_send);
    g_test_add_data_func("/virtio-net/receive/split", &plain, test_receive);
    g_test_add_data_func("/virtio-net/receive/merging", &merging, test_receive);
    g_test_add_data_func("/virtio-net/merged/split", &capable, test_merged);
    g_test_add_data_func("/virtio-net/merged/packed", &packed, test_merged);
    g_test_add_func("/virtio-net/dropped", test_dropped);
    g_test_add_func("/virtio-net/link", test_link);
    g_test_add_func("/virtio-net/no-room", test_no_room);
    g_test_add_func("/virtio-net/reset", test_reset);
    g_test_add_func("/virtio-net/control", test_control);
    g_test_add_func("/virtio-net/broken", test_broken);
    g_test_add_func("/virtio-net/too-long", test_too_long);
    g_test_add_func("/virtio-net/config", test_config);
    g_test_add_func("/virtio-net/open", test_open);
    return g_test_run();
}
