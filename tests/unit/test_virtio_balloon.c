/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A balloon's requests by its real thread, and what becomes of the pages: those that went read
 * zeros. */
#include "hw/virtio/virtio_balloon.h"

#include <string.h>
#include <unistd.h>

#include "hw/virtio/balloon_pages.h"
#include "src/base/endian.h"
#include "src/base/log.h"
#include "tests/unit/virtio_play.h"

enum {
    QUEUES = 5,
    INFLATE = 0,
    DEFLATE = 1,
    NUMBERS = VRING_DRIVER_DATA,
    /** Guest pages of this host's page. */
    PIECE = 4096,
    FILL = 0x5a,
    /** In the device's configuration. */
    TARGET = 0,
    ACTUAL = 4,
    POISON = 12,
};

#define MUST_TELL UINT64_C(1)
#define STATS_VQ UINT64_C(2)
#define ON_OOM UINT64_C(4)
#define PAGE_POISON UINT64_C(16)
#define REPORTING UINT64_C(32)
#define FEATURES (VIRTIO_F_VERSION_1 | VIRTIO_F_INDIRECT_DESC | VIRTIO_F_EVENT_IDX)

typedef struct {
    VirtioDevice *dev;
    /** Its ring is that of one queue at a time. */
    VringDriver *driver;
    unsigned queue;
    VirtioTold told;
    /** Atomic. */
    unsigned changed;
} Play;

static void on_changed(void *opaque)
{
    __atomic_fetch_add(&((Play *)opaque)->changed, 1, __ATOMIC_SEQ_CST);
}

static uint8_t *memory(Play *play, uint64_t addr)
{
    return guest_mem_ptr(play->driver->mem, addr, 1);
}

/** The driver uses @queue alone, by its ring. */
static void play_begin(Play *play, uint64_t features, unsigned queue)
{
    virtio_play_negotiate(play->dev, FEATURES | features);
    play->queue = queue;
    virtio_play_enable(play->dev, queue, play->driver);
    virtio_device_set_status(play->dev, VIRTIO_STATUS_DRIVER_OK);
}

static void play_start(Play *play, uint64_t features, unsigned queue)
{
    VirtqueueMode mode = {.indirect = TRUE, .event_idx = TRUE};
    GError *error = NULL;

    play->driver = vring_driver_new(&mode, 8);
    VirtioBalloonConfig config = {
        .mem = play->driver->mem,
        .max_memory = VRING_DRIVER_MEMORY,
        .reporting = TRUE,
        .changed = on_changed,
        .opaque = play,
    };
    play->dev = virtio_balloon_new(&config, &error);
    g_assert_no_error(error);
    g_assert_true(virtio_balloon_gives_back(play->dev));
    virtio_play_attach(play->dev, &play->told);
    play->dev->dma = &play->driver->dma;
    play_begin(play, features, queue);
}

static void play_end(Play *play)
{
    virtio_device_reset(play->dev);
    play->dev->ops->free(play->dev);
    vring_driver_free(play->driver);
}

static void await(Play *play) { g_assert_cmpuint(virtio_play_await(play->driver), ==, 0); }

static void post(Play *play, uint64_t addr, uint32_t bytes, gboolean write)
{
    const VringPiece piece = {addr, bytes, write};

    vring_driver_want_interrupt(play->driver, TRUE);
    vring_driver_post(play->driver, &piece, 1, FALSE);
    virtio_play_kick(play->dev, play->queue);
}

/** Name @count pages from @first on in a request. */
static void name_pages(Play *play, uint32_t first, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        le_store(memory(play, NUMBERS) + 4 * i, 4, first + i);
    post(play, NUMBERS, 4 * count, FALSE);
    await(play);
}

static void await_broken(Play *play)
{
    for (unsigned i = 0; !(virtio_device_status(play->dev) & VIRTIO_STATUS_NEEDS_RESET); i++) {
        g_assert_cmpuint(i, <, 20000);
        g_usleep(500);
    }
}

static uint32_t host_pieces(void) { return (uint32_t)sysconf(_SC_PAGESIZE) / PIECE; }

/** The first page of the guest's upper half, which is the first of a host page. */
static uint32_t upper(void) { return VRING_DRIVER_MEMORY / 2 / PIECE; }

static gboolean is_filled(Play *play, uint32_t page)
{
    return *memory(play, (uint64_t)page * PIECE) == FILL;
}

static void fill(Play *play)
{
    memset(memory(play, VRING_DRIVER_MEMORY / 2), FILL, VRING_DRIVER_MEMORY / 2);
}

static void test_inflate(void)
{
    uint32_t pieces = host_pieces(), first = upper();
    Play play = {0};

    play_start(&play, MUST_TELL | ON_OOM, INFLATE);
    fill(&play);
    name_pages(&play, first, 2 * pieces);
    g_assert_false(is_filled(&play, first) || is_filled(&play, first + 2 * pieces - 1));
    g_assert_true(is_filled(&play, first + 2 * pieces));
    g_assert_cmpuint(play.told.interrupts, >, 0);

    /* What is no memory, or is there already, harms nobody. */
    name_pages(&play, first, 1);
    name_pages(&play, VRING_DRIVER_MEMORY / PIECE, 4);
    name_pages(&play, UINT32_MAX - 3, 4);
    name_pages(&play, 0x7fffffff, 1);
    /* No whole numbers of pages: what is left over counts for nothing. */
    post(&play, NUMBERS, 3, FALSE);
    await(&play);
    g_assert_false(virtio_device_status(play.dev) & VIRTIO_STATUS_NEEDS_RESET);

    /* More than any driver names at a time. */
    post(&play, 0x10000, 0x10000 + 4, FALSE);
    await_broken(&play);
    /* After a reset it is one as any other. */
    virtio_device_reset(play.dev);
    g_assert_cmpuint(virtio_device_status(play.dev), ==, 0);
    play_end(&play);
}

/** The configuration: what is asked for, and what there is. */
static void test_config(void)
{
    Play play = {0};
    uint8_t *config;

    play_start(&play, MUST_TELL, INFLATE);
    config = play.dev->config;
    virtio_balloon_set_target(play.dev, 10 * PIECE + 1);
    g_assert_cmpuint(le_load(config + TARGET, 4), ==, 10);
    g_assert_cmpuint(play.told.changes, ==, 1);

    le_store(config + TARGET, 4, 77);
    le_store(config + ACTUAL, 4, 9);
    g_mutex_lock(&play.dev->lock);
    play.dev->ops->config_written(play.dev, ACTUAL, 4);
    play.dev->ops->config_written(play.dev, ACTUAL, 4);
    g_mutex_unlock(&play.dev->lock);
    g_assert_cmpuint(le_load(config + TARGET, 4), ==, 10);
    g_assert_cmpuint(virtio_balloon_size(play.dev), ==, 9 * PIECE);
    g_assert_cmpuint(play.changed, ==, 1);

    /* A driver that begins anew has an empty balloon, and is asked for the same. */
    virtio_device_reset(play.dev);
    g_assert_cmpuint(virtio_balloon_size(play.dev), ==, 0);
    g_assert_cmpuint(le_load(config + ACTUAL, 4), ==, 0);
    g_assert_cmpuint(le_load(config + TARGET, 4), ==, 10);
    g_assert_cmpuint(play.changed, ==, 2);
    /* Nobody is there to be told. */
    virtio_balloon_set_target(play.dev, UINT64_MAX);
    g_assert_cmpuint(le_load(config + TARGET, 4), ==, UINT32_MAX);
    virtio_balloon_clear_target(play.dev);
    g_assert_cmpuint(le_load(config + TARGET, 4), ==, 0);
    g_assert_cmpuint(play.told.changes, ==, 1);
    play_end(&play);
}

static void test_stats(void)
{
    VirtioBalloonStats stats;
    uint8_t *at;
    Play play = {0};

    play_start(&play, STATS_VQ, 2);
    virtio_balloon_stats(play.dev, &stats);
    g_assert_cmpint(stats.time, ==, 0);
    at = memory(&play, NUMBERS);
    for (unsigned round = 1; round < 4; round++) {
        const uint16_t tags[] = {4, 5, 99};

        for (unsigned i = 0; i < G_N_ELEMENTS(tags); i++) {
            le_store(at + 10 * i, 2, tags[i]);
            le_store(at + 10 * i + 2, 8, 1000 * round + tags[i]);
        }
        post(&play, NUMBERS, 30, FALSE);
        for (unsigned i = 0; stats.values[4] != 1000 * round + 4; i++) {
            g_assert_cmpuint(i, <, 20000);
            g_usleep(500);
            /* Without a question to the driver, whose buffer it keeps. */
            g_mutex_lock(&play.dev->lock);
            g_mutex_unlock(&play.dev->lock);
            virtio_balloon_stats(play.dev, &stats);
        }
        g_assert_cmpuint(stats.valid, ==, 1 << 4 | 1 << 5);
        g_assert_cmpuint(stats.values[5], ==, 1000 * round + 5);
        g_assert_cmpint(stats.time, >, 0);
        /* It was asked for newer ones, and so gets its buffer back. */
        await(&play);
    }
    virtio_device_reset(play.dev);
    virtio_balloon_stats(play.dev, &stats);
    g_assert_cmpint(stats.time, ==, 0);
    play_end(&play);
}

/** Linux counts queues as it uses them, the specification numbers them. */
static void test_report(gconstpointer queue)
{
    static const uint64_t features[] = {[2] = 0, [3] = STATS_VQ, [4] = STATS_VQ};
    uint64_t start = VRING_DRIVER_MEMORY / 2, host = (uint64_t)sysconf(_SC_PAGESIZE);
    unsigned number = GPOINTER_TO_UINT(queue);
    Play play = {0};

    play_start(&play, REPORTING | features[number], number);
    fill(&play);
    /* Of what is no whole host page a part is in use. */
    post(&play, start + 1, (uint32_t)(3 * host - 2), TRUE);
    await(&play);
    g_assert_cmphex(*memory(&play, start + host - 1), ==, FILL);
    g_assert_cmphex(*memory(&play, start + host), ==, 0);
    g_assert_cmphex(*memory(&play, start + 2 * host - 1), ==, 0);
    g_assert_cmphex(*memory(&play, start + 2 * host), ==, FILL);
    post(&play, start + 1, 16, TRUE);
    await(&play);
    g_assert_cmphex(*memory(&play, start + 1), ==, FILL);
    play_end(&play);
}

/** A guest that finds its free pages filled with something wants to find that again. */
static void test_poison(void)
{
    uint64_t start = VRING_DRIVER_MEMORY / 2, host = (uint64_t)sysconf(_SC_PAGESIZE);
    Play play = {0};

    play_start(&play, REPORTING | PAGE_POISON, 2);
    fill(&play);
    le_store(play.dev->config + POISON, 4, FILL);
    post(&play, start, (uint32_t)host, TRUE);
    await(&play);
    g_assert_cmphex(*memory(&play, start), ==, FILL);
    le_store(play.dev->config + POISON, 4, 0);
    post(&play, start, (uint32_t)host, TRUE);
    await(&play);
    g_assert_cmphex(*memory(&play, start), ==, 0);
    play_end(&play);
}

/* --- host pages of several pieces ------------------------------------------------------- */

static void number(le32 *numbers, uint32_t first, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        numbers[i] = le32_of(first + i);
}

/** As on a host with pages of 64 KiB, whose whole pages are a number of this host's. */
static void test_pieces(void)
{
    enum { HOST = 64 * 1024, PIECES = HOST / PIECE, BASE = 4 * PIECES };
    g_autoptr(GuestMem) mem = guest_mem_new(NULL);
    BalloonPages pages = {0};
    le32 numbers[2 * PIECES];
    uint8_t *host;

    g_assert_true(guest_mem_add(mem, 0, VRING_DRIVER_MEMORY, NULL));
    ((GuestBacking *)guest_mem_backing(mem))->page_size = HOST;
    g_assert_true(balloon_pages_init(&pages, mem, VRING_DRIVER_MEMORY, NULL));
    host = guest_mem_ptr(mem, BASE * PIECE, 2 * HOST);
    memset(host, FILL, 2 * HOST);

    /* Piece by piece; not before the last one. */
    for (unsigned i = 0; i < PIECES; i++) {
        g_assert_cmphex(host[0], ==, FILL);
        number(numbers, BASE + i, 1);
        balloon_pages_inflate(&pages, numbers, 1, TRUE);
    }
    g_assert_cmphex(host[0] | host[HOST - 1], ==, 0);
    g_assert_cmphex(host[HOST], ==, FILL);

    /* One is out again, and in use: the others do not take it with them. */
    number(numbers, BASE + 3, 1);
    balloon_pages_deflate(&pages, numbers, 1);
    host[3 * PIECE] = FILL;
    number(numbers, BASE, 3);
    balloon_pages_inflate(&pages, numbers, 3, TRUE);
    g_assert_cmphex(host[3 * PIECE], ==, FILL);
    number(numbers, BASE + 3, 1);
    balloon_pages_inflate(&pages, numbers, 1, TRUE);
    g_assert_cmphex(host[3 * PIECE], ==, 0);

    /* Who does not tell what he takes back gives whole pages, or none. */
    balloon_pages_reset(&pages);
    memset(host, FILL, 2 * HOST);
    number(numbers, BASE, PIECES - 1);
    balloon_pages_inflate(&pages, numbers, PIECES - 1, FALSE);
    number(numbers, BASE + PIECES - 1, 1);
    balloon_pages_inflate(&pages, numbers, 1, FALSE);
    g_assert_cmphex(host[0], ==, FILL);
    number(numbers, BASE, 2 * PIECES);
    balloon_pages_inflate(&pages, numbers, 2 * PIECES, FALSE);
    g_assert_cmphex(host[0] | host[2 * HOST - 1], ==, 0);

    /* Beyond all memory. */
    number(numbers, UINT32_MAX - PIECES + 1, PIECES);
    balloon_pages_inflate(&pages, numbers, PIECES, TRUE);
    balloon_pages_deflate(&pages, numbers, PIECES);
    balloon_pages_finish(&pages);

    /* Huge pages stay. */
    ((GuestBacking *)guest_mem_backing(mem))->page_size = 2 * HOST;
    g_assert_true(balloon_pages_init(&pages, mem, VRING_DRIVER_MEMORY, NULL));
    memset(host, FILL, 2 * HOST);
    number(numbers, BASE, 2 * PIECES);
    balloon_pages_inflate(&pages, numbers, 2 * PIECES, TRUE);
    balloon_pages_report(&pages, host, 2 * HOST);
    balloon_pages_deflate(&pages, numbers, 2 * PIECES);
    g_assert_cmphex(host[0], ==, FILL);
    balloon_pages_finish(&pages);
}

/** A file's pages go from the file. */
static void test_shared(void)
{
    g_autoptr(GuestMem) mem = NULL;
    uint32_t pieces = host_pieces();
    BalloonPages pages = {0};
    GuestBacking backing;
    uint8_t byte = 0xff;
    le32 numbers[16];

    g_assert_true(guest_backing_open(&backing, MEMORY_MEMFD, TRUE, NULL, 1 << 20, NULL));
    mem = guest_mem_new(&backing);
    g_assert_true(guest_mem_add(mem, 0, 1 << 20, NULL));
    g_assert_true(balloon_pages_init(&pages, mem, 1 << 20, NULL));
    memset(guest_mem_ptr(mem, 0, 1 << 20), FILL, 1 << 20);
    number(numbers, 0, pieces);
    balloon_pages_inflate(&pages, numbers, pieces, TRUE);
    g_assert_cmpint(pread(guest_mem_backing(mem)->fd, &byte, 1, 0), ==, 1);
    g_assert_cmphex(byte, ==, 0);
    g_assert_cmpint(pread(guest_mem_backing(mem)->fd, &byte, 1, pieces * PIECE), ==, 1);
    g_assert_cmphex(byte, ==, FILL);
    balloon_pages_finish(&pages);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    log_open(NULL, LOG_ERROR, NULL);
    g_test_add_func("/balloon/inflate", test_inflate);
    g_test_add_func("/balloon/config", test_config);
    g_test_add_func("/balloon/stats", test_stats);
    g_test_add_data_func("/balloon/report", GUINT_TO_POINTER(2), test_report);
    g_test_add_data_func("/balloon/report/linux", GUINT_TO_POINTER(3), test_report);
    g_test_add_data_func("/balloon/report/numbered", GUINT_TO_POINTER(4), test_report);
    g_test_add_func("/balloon/poison", test_poison);
    g_test_add_func("/balloon/pieces", test_pieces);
    g_test_add_func("/balloon/shared", test_shared);
    return g_test_run();
}
