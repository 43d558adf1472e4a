/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Block requests against a file, by the real thread and io_uring; a transport that counts. */
#include "hw/virtio/virtio_blk.h"

#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "src/base/endian.h"
#include "tests/unit/virtio_play.h"

enum {
    SECTORS = 256,
    HEADER = VRING_DRIVER_DATA,
    STATUS = VRING_DRIVER_DATA + 0x100,
    DATA = VRING_DRIVER_DATA + 0x1000,
    TYPE_IN = 0,
    TYPE_OUT = 1,
    TYPE_FLUSH = 4,
    TYPE_GET_ID = 8,
    TYPE_DISCARD = 11,
    TYPE_ZEROES = 13,
    NEVER = 0xee,
};

#define FEATURES                                                                                   \
    (VIRTIO_F_VERSION_1 | VIRTIO_F_INDIRECT_DESC | VIRTIO_F_EVENT_IDX | UINT64_C(1) << 9)

typedef struct {
    char *path;
    VirtioDevice *dev;
    VringDriver *driver;
    VirtioTold told;
    /** Atomic. */
    unsigned halts;
    /** The machine stops where a request fails. */
    gboolean stop;
} Play;

static void on_halt(void *opaque)
{
    __atomic_fetch_add(&((Play *)opaque)->halts, 1, __ATOMIC_SEQ_CST);
}

static void play_start(Play *play, gboolean readonly, uint64_t features)
{
    VirtioBlkConfig config = {.name = "disk0",
                              .serial = "twelve bytes",
                              .queues = 1,
                              .halt = play->stop ? on_halt : NULL,
                              .opaque = play};
    VirtqueueMode mode = {
        .packed = (features & VIRTIO_F_RING_PACKED) != 0, .indirect = TRUE, .event_idx = TRUE};
    GError *error = NULL;

    int fd = g_file_open_tmp("paprika-disk-XXXXXX", &play->path, NULL);
    g_assert_cmpint(ftruncate(fd, SECTORS * DISK_SECTOR), ==, 0);
    close(fd);
    Disk *disk = disk_open(play->path, readonly, FALSE, &error);
    g_assert_no_error(error);
    play->dev = virtio_blk_new(disk, &config, &error);
    g_assert_no_error(error);
    virtio_play_attach(play->dev, &play->told);
    play->driver = vring_driver_new(&mode, 8);
    play->dev->dma = &play->driver->dma;
    virtio_play_negotiate(play->dev, features);
    virtio_play_enable(play->dev, 0, play->driver);
    virtio_device_set_status(play->dev, VIRTIO_STATUS_DRIVER_OK);
}

static void play_end(Play *play)
{
    virtio_device_reset(play->dev);
    g_assert_cmpuint(virtio_device_status(play->dev), ==, 0);
    play->dev->ops->free(play->dev);
    vring_driver_free(play->driver);
    g_unlink(play->path);
    g_free(play->path);
}

static uint8_t *memory(Play *play, uint64_t addr)
{
    return guest_mem_ptr(play->driver->mem, addr, 1);
}

static void header(Play *play, uint32_t type, uint64_t sector)
{
    le_store(memory(play, HEADER), 4, type);
    le_store(memory(play, HEADER) + 4, 4, 0);
    le_store(memory(play, HEADER) + 8, 8, sector);
    *memory(play, STATUS) = NEVER;
}

static void post(Play *play, uint32_t type, uint64_t sector, uint32_t bytes, gboolean write)
{
    VringPiece pieces[] = {{HEADER, 16, FALSE}, {DATA, bytes, write}, {STATUS, 1, TRUE}};
    VringPiece empty[] = {pieces[0], pieces[2]};

    header(play, type, sector);
    vring_driver_want_interrupt(play->driver, TRUE);
    vring_driver_post(play->driver, bytes ? pieces : empty, bytes ? 3 : 2, FALSE);
    virtio_play_kick(play->dev, 0);
}

/** The status of what was posted, once it has ended; *@written is what the ring says. */
static unsigned await(Play *play, uint32_t *written)
{
    *written = virtio_play_await(play->driver);
    return *memory(play, STATUS);
}

/** One request to its end. */
static unsigned request(Play *play, uint32_t type, uint64_t sector, uint32_t bytes, gboolean write,
                        uint32_t *written)
{
    post(play, type, sector, bytes, write);
    return await(play, written);
}

static void test_transfer(gconstpointer features)
{
    Play play = {0};
    uint32_t written;

    play_start(&play, FALSE, *(const uint64_t *)features);
    for (unsigned i = 0; i < 20; i++) {
        uint64_t sector = i * 7 % (SECTORS - 8);

        memset(memory(&play, DATA), (int)i + 1, 4096);
        g_assert_cmpuint(request(&play, TYPE_OUT, sector, 4096, FALSE, &written), ==, 0);
        g_assert_cmpuint(written, ==, 1);
        memset(memory(&play, DATA), 0, 4096);
        g_assert_cmpuint(request(&play, TYPE_IN, sector, 4096, TRUE, &written), ==, 0);
        g_assert_cmpuint(written, ==, 4097);
        g_assert_cmpuint(memory(&play, DATA)[4095], ==, i + 1);
    }
    g_assert_cmpuint(request(&play, TYPE_FLUSH, 0, 0, FALSE, &written), ==, 0);
    g_assert_cmpuint(play.told.interrupts, >, 0);
    play_end(&play);
}

static void test_serial(void)
{
    Play play = {0};
    uint32_t written;

    play_start(&play, FALSE, FEATURES);
    g_assert_cmpuint(request(&play, TYPE_GET_ID, 0, 20, TRUE, &written), ==, 0);
    g_assert_cmpstr((char *)memory(&play, DATA), ==, "twelve bytes");
    g_assert_cmpuint(request(&play, TYPE_GET_ID, 0, 19, TRUE, &written), ==, 1);
    play_end(&play);
}

/** What lies outside, or is no whole sector, ends with an error, and nothing is written. */
static void test_refused(void)
{
    static const struct {
        uint32_t type;
        uint64_t sector;
        uint32_t bytes;
        unsigned status;
    } cases[] = {
        {TYPE_OUT, SECTORS, 512, 1},
        {TYPE_OUT, SECTORS - 1, 1024, 1},
        {TYPE_OUT, 0, 511, 1},
        {TYPE_OUT, UINT64_MAX, 512, 1},
        {TYPE_OUT, UINT64_MAX / 512, 512, 1},
        {TYPE_OUT, 0, 0, 1},
        {99, 0, 512, 2},
        {TYPE_DISCARD, 0, 15, 1},
        {TYPE_DISCARD, 0, 32, 1},
    };
    Play play = {0};
    uint32_t written;

    play_start(&play, FALSE, FEATURES);
    memset(memory(&play, DATA), 0xff, 1024);
    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++)
        g_assert_cmpuint(
            request(&play, cases[i].type, cases[i].sector, cases[i].bytes, FALSE, &written), ==,
            cases[i].status);
    g_assert_cmpuint(request(&play, TYPE_IN, SECTORS, 512, TRUE, &written), ==, 1);
    g_assert_cmpuint(request(&play, TYPE_IN, SECTORS - 1, 512, TRUE, &written), ==, 0);
    g_assert_cmpuint(*memory(&play, DATA), ==, 0);
    g_assert_false(virtio_device_status(play.dev) & VIRTIO_STATUS_NEEDS_RESET);
    play_end(&play);
}

static unsigned range(Play *play, uint32_t type, uint64_t sector, uint32_t count, uint32_t flags)
{
    uint32_t written;

    le_store(memory(play, DATA), 8, sector);
    le_store(memory(play, DATA) + 8, 4, count);
    le_store(memory(play, DATA) + 12, 4, flags);
    return request(play, type, 0, 16, FALSE, &written);
}

static void test_ranges(void)
{
    Play play = {0};
    uint32_t written;

    play_start(&play, FALSE, FEATURES);
    for (unsigned i = 0; i < 3; i++) {
        memset(memory(&play, DATA), 0x77, 8192);
        g_assert_cmpuint(request(&play, TYPE_OUT, 16, 8192, FALSE, &written), ==, 0);
        g_assert_cmpuint(range(&play, i ? TYPE_ZEROES : TYPE_DISCARD, 16, 16, i == 2), ==, 0);
        g_assert_cmpuint(request(&play, TYPE_IN, 16, 8192, TRUE, &written), ==, 0);
        for (unsigned byte = 0; byte < 8192; byte++)
            g_assert_cmpuint(memory(&play, DATA)[byte], ==, 0);
    }
    g_assert_cmpuint(range(&play, TYPE_DISCARD, 0, 8, 1), ==, 2);
    g_assert_cmpuint(range(&play, TYPE_ZEROES, 0, 8, 2), ==, 2);
    g_assert_cmpuint(range(&play, TYPE_ZEROES, SECTORS - 1, 2, 0), ==, 1);
    g_assert_cmpuint(range(&play, TYPE_ZEROES, 0, UINT32_MAX, 0), ==, 1);
    g_assert_cmpuint(range(&play, TYPE_ZEROES, 0, 0, 0), ==, 1);
    play_end(&play);
}

static void test_readonly(void)
{
    Play play = {0};
    uint32_t written;

    play_start(&play, TRUE, FEATURES);
    g_assert_cmpuint(request(&play, TYPE_OUT, 0, 512, FALSE, &written), ==, 1);
    g_assert_cmpuint(range(&play, TYPE_DISCARD, 0, 8, 0), ==, 1);
    g_assert_cmpuint(request(&play, TYPE_IN, 0, 512, TRUE, &written), ==, 0);
    play_end(&play);
}

/** The file is shorter than it was: an error, not a hang. */
/** The disk grows while its driver uses it, which is told; and what was done is counted. */
static void test_grow(void)
{
    g_autoptr(GError) error = NULL;
    VirtioBlkStats stats;
    Play play = {0};
    uint32_t written;

    play_start(&play, FALSE, FEATURES);
    g_assert_cmpuint(request(&play, TYPE_OUT, SECTORS, 512, FALSE, &written), ==, 1);
    g_assert_false(virtio_blk_grow(play.dev, (SECTORS - 1) * DISK_SECTOR, &error));
    g_assert_nonnull(strstr(error->message, "does not shrink"));
    g_assert_true(virtio_blk_grow(play.dev, 2 * SECTORS * DISK_SECTOR, NULL));
    g_assert_cmpuint(__atomic_load_n(&play.told.changes, __ATOMIC_SEQ_CST), ==, 1);
    g_assert_cmpuint(le_load(play.dev->config, 8), ==, 2 * SECTORS);
    g_assert_cmpuint(request(&play, TYPE_OUT, SECTORS, 512, FALSE, &written), ==, 0);
    g_assert_cmpuint(request(&play, TYPE_IN, SECTORS, 1024, TRUE, &written), ==, 0);
    g_assert_cmpuint(request(&play, TYPE_FLUSH, 0, 0, FALSE, &written), ==, 0);
    virtio_blk_stats(play.dev, &stats);
    g_assert_cmpuint(stats.writes, ==, 1);
    g_assert_cmpuint(stats.written_bytes, ==, 512);
    g_assert_cmpuint(stats.reads, ==, 1);
    g_assert_cmpuint(stats.read_bytes, ==, 1024);
    g_assert_cmpuint(stats.flushes, ==, 1);
    play_end(&play);
}

static void test_truncated(void)
{
    Play play = {0};
    uint32_t written;

    play_start(&play, FALSE, FEATURES);
    g_assert_cmpint(truncate(play.path, 512), ==, 0);
    g_assert_cmpuint(request(&play, TYPE_IN, 0, 4096, TRUE, &written), ==, 1);
    g_assert_cmpuint(request(&play, TYPE_IN, 8, 512, TRUE, &written), ==, 1);
    play_end(&play);
}

static void await_halts(Play *play, unsigned count)
{
    for (unsigned t = 0; __atomic_load_n(&play->halts, __ATOMIC_SEQ_CST) != count; t++) {
        g_assert_cmpuint(t, <, 20000);
        g_usleep(500);
    }
}

/** With on-error=stop what fails is kept, goes on where it was, and is forgotten by a reset. */
static void test_halt(void)
{
    Play play = {.stop = TRUE};
    uint32_t written;
    unsigned id;

    play_start(&play, FALSE, FEATURES);
    memset(memory(&play, DATA), 0x55, 4096);
    g_assert_cmpuint(request(&play, TYPE_OUT, 0, 4096, FALSE, &written), ==, 0);
    memset(memory(&play, DATA), 0, 4096);
    g_assert_cmpint(truncate(play.path, 512), ==, 0);
    post(&play, TYPE_IN, 0, 4096, TRUE);
    await_halts(&play, 1);
    g_assert_cmpint(virtio_blk_failure(play.dev), ==, EIO);
    g_assert_false(vring_driver_reap(play.driver, &id, &written));
    /* Not better yet. */
    play.dev->ops->resume(play.dev);
    await_halts(&play, 2);
    g_assert_cmpint(truncate(play.path, SECTORS * DISK_SECTOR), ==, 0);
    play.dev->ops->resume(play.dev);
    g_assert_cmpuint(await(&play, &written), ==, 0);
    g_assert_cmpuint(written, ==, 4097);
    g_assert_cmpint(virtio_blk_failure(play.dev), ==, 0);
    g_assert_cmpuint(memory(&play, DATA)[511], ==, 0x55);
    g_assert_cmpuint(memory(&play, DATA)[512], ==, 0);

    /* What the guest asks for wrongly is its own fault. */
    g_assert_cmpuint(request(&play, TYPE_IN, SECTORS, 512, TRUE, &written), ==, 1);
    g_assert_cmpint(truncate(play.path, 512), ==, 0);
    post(&play, TYPE_IN, 8, 512, TRUE);
    await_halts(&play, 3);
    play_end(&play);
    g_assert_cmpuint(play.halts, ==, 3);
}

/** A chain without room for a status: the device needs a reset, and works after it. */
static void test_broken(void)
{
    static const VringPiece bad[][2] = {
        {{HEADER, 16, FALSE}, {DATA, 512, FALSE}},
        {{HEADER, 15, FALSE}, {STATUS, 1, TRUE}},
        {{VRING_DRIVER_MEMORY, 16, FALSE}, {STATUS, 1, TRUE}},
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(bad); i++) {
        Play play = {0};

        play_start(&play, FALSE, FEATURES);
        header(&play, TYPE_OUT, 0);
        vring_driver_post(play.driver, bad[i], 2, FALSE);
        virtio_play_kick(play.dev, 0);
        for (unsigned t = 0; !__atomic_load_n(&play.told.changes, __ATOMIC_SEQ_CST); t++) {
            g_assert_cmpuint(t, <, 20000);
            g_usleep(500);
        }
        g_assert_true(virtio_device_status(play.dev) & VIRTIO_STATUS_NEEDS_RESET);
        virtio_play_kick(play.dev, 0);
        play_end(&play);
    }
}

static void test_features(void)
{
    static const uint64_t wrong[] = {0, UINT64_C(1) << 9, VIRTIO_F_VERSION_1 | UINT64_C(1) << 60,
                                     VIRTIO_F_VERSION_1 | VIRTIO_F_ACCESS_PLATFORM};
    Play play = {0};

    play_start(&play, FALSE, FEATURES);
    for (unsigned i = 0; i < G_N_ELEMENTS(wrong); i++) {
        virtio_device_reset(play.dev);
        play.dev->driver_features = wrong[i];
        virtio_device_set_status(play.dev, VIRTIO_STATUS_FEATURES_OK);
        g_assert_false(virtio_device_status(play.dev) & VIRTIO_STATUS_FEATURES_OK);
        /* Nothing starts without. */
        virtio_device_set_status(play.dev, VIRTIO_STATUS_DRIVER_OK);
        g_assert_false(play.dev->running);
    }
    play_end(&play);
}

static void test_open(void)
{
    g_autofree char *path = NULL;
    g_autoptr(GError) error = NULL;

    g_assert_null(disk_open("/nonexistent/disk", FALSE, FALSE, &error));
    g_assert_nonnull(error);
    g_clear_error(&error);
    g_assert_null(disk_open("/dev", TRUE, FALSE, &error));
    g_clear_error(&error);
    g_assert_null(disk_open("/dev/null", TRUE, FALSE, &error));
    g_clear_error(&error);

    int fd = g_file_open_tmp("paprika-disk-XXXXXX", &path, NULL);
    g_assert_null(disk_open(path, FALSE, FALSE, &error));
    g_clear_error(&error);
    g_assert_cmpint(ftruncate(fd, 513), ==, 0);
    g_assert_null(disk_open(path, FALSE, FALSE, &error));
    g_clear_error(&error);
    g_assert_cmpint(ftruncate(fd, 512), ==, 0);
    close(fd);

    /* One writer, or any number of readers. */
    Disk *writer = disk_open(path, FALSE, FALSE, &error);
    g_assert_no_error(error);
    g_assert_null(disk_open(path, FALSE, FALSE, &error));
    g_assert_nonnull(strstr(error->message, "in use"));
    g_clear_error(&error);
    g_assert_null(disk_open(path, TRUE, FALSE, &error));
    g_clear_error(&error);
    disk_close(writer);
    Disk *reader = disk_open(path, TRUE, FALSE, &error);
    Disk *another = disk_open(path, TRUE, FALSE, &error);
    g_assert_no_error(error);
    g_assert_null(disk_open(path, FALSE, FALSE, &error));
    disk_close(reader);
    disk_close(another);
    g_unlink(path);
}

int main(int argc, char **argv)
{
    static const uint64_t split = FEATURES, packed = FEATURES | VIRTIO_F_RING_PACKED,
                          no_flush = FEATURES & ~(UINT64_C(1) << 9);

    g_test_init(&argc, &argv, NULL);
    g_test_add_data_func("/virtio-blk/transfer/split", &split, test_transfer);
    g_test_add_data_func("/virtio-blk/transfer/packed", &packed, test_transfer);
    g_test_add_data_func("/virtio-blk/transfer/no-flush", &no_flush, test_transfer);
    g_test_add_func("/virtio-blk/serial", test_serial);
    g_test_add_func("/virtio-blk/refused", test_refused);
    g_test_add_func("/virtio-blk/ranges", test_ranges);
    g_test_add_func("/virtio-blk/readonly", test_readonly);
    g_test_add_func("/virtio-blk/grow", test_grow);
    g_test_add_func("/virtio-blk/truncated", test_truncated);
    g_test_add_func("/virtio-blk/halt", test_halt);
    g_test_add_func("/virtio-blk/broken", test_broken);
    g_test_add_func("/virtio-blk/features", test_features);
    g_test_add_func("/virtio-blk/open", test_open);
    return g_test_run();
}
