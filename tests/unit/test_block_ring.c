/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Requests whose buffers are not aligned, as with direct disks: copied a part at a time. */
#include "src/block/block_ring.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "src/base/fd.h"

enum {
    /** More than is copied at a time, and no multiple of it. */
    LENGTH = (3 << 20) + 512,
    SIZE = 4 << 20,
    /** Pieces fall across the ends of parts. */
    PIECES = 7,
};

typedef struct {
    char *path;
    Disk *disk;
    BlockRing *ring;
    int kick_fd;
    uint8_t *data;
    unsigned ended;
    int err;
    struct iovec iov[PIECES];
} Play;

static void on_done(void *opaque, BlockRequest *request, int err)
{
    Play *play = opaque;

    play->ended++;
    play->err = err;
}

static void play_start(Play *play)
{
    GError *error = NULL;

    int fd = g_file_open_tmp("paprika-ring-XXXXXX", &play->path, NULL);
    g_assert_cmpint(ftruncate(fd, SIZE), ==, 0);
    close(fd);
    /* The copies are what is tested: the folder's file system may know no O_DIRECT. */
    play->disk = disk_open(play->path, FALSE, FALSE, &error);
    g_assert_no_error(error);
    play->disk->direct = TRUE;
    play->kick_fd = eventfd(0, EFD_CLOEXEC);
    play->ring = block_ring_new(play->disk, play->kick_fd, 8, on_done, play, &error);
    g_assert_no_error(error);
    play->data = g_malloc(LENGTH + 1);
}

static void play_end(Play *play)
{
    block_ring_free(play->ring);
    fd_close(&play->kick_fd);
    disk_close(play->disk);
    g_unlink(play->path);
    g_free(play->path);
    g_free(play->data);
}

/** The data from @data + 1 on, in pieces of odd lengths. */
static BlockRequest make_request(Play *play, BlockOp op)
{
    size_t at = 0, length = LENGTH / PIECES | 1;

    for (unsigned i = 0; i < PIECES; i++, at += length)
        play->iov[i] = (struct iovec){play->data + 1 + at, i + 1 < PIECES ? length : LENGTH - at};
    return (BlockRequest){
        .op = op, .offset = 512, .length = LENGTH, .iov = play->iov, .n_iov = PIECES};
}

static void await(Play *play, unsigned ended)
{
    while (play->ended < ended)
        block_ring_wait(play->ring);
    g_assert_cmpuint(block_ring_busy(play->ring), ==, 0);
}

static uint8_t pattern(size_t at) { return (uint8_t)(at * 7 + (at >> 12)); }

static void fill(Play *play)
{
    for (size_t i = 0; i < LENGTH; i++)
        play->data[1 + i] = pattern(i);
}

static void expect_pattern(const uint8_t *data, size_t length)
{
    for (size_t i = 0; i < length; i++)
        g_assert_cmpuint(data[i], ==, pattern(i));
}

static void test_transfer(gconstpointer op)
{
    Play play = {0};
    gsize size;

    play_start(&play);
    fill(&play);
    BlockRequest request = make_request(&play, GPOINTER_TO_INT(op));
    block_ring_submit(play.ring, &request);
    g_assert_true(request.copied);
    await(&play, 1);
    g_assert_cmpint(play.err, ==, 0);
    g_autofree char *content = NULL;
    g_assert_true(g_file_get_contents(play.path, &content, &size, NULL));
    g_assert_cmpuint(size, ==, SIZE);
    expect_pattern((uint8_t *)content + 512, LENGTH);
    g_assert_cmpint(content[511], ==, 0);
    g_assert_cmpint(content[512 + LENGTH], ==, 0);

    memset(play.data, 0, LENGTH + 1);
    request = make_request(&play, BLOCK_READ);
    block_ring_submit(play.ring, &request);
    await(&play, 2);
    g_assert_cmpint(play.err, ==, 0);
    expect_pattern(play.data + 1, LENGTH);
    g_assert_cmpuint(play.data[0], ==, 0);
    play_end(&play);
}

/** What fails within a later part goes on there. */
static void test_retry(void)
{
    Play play = {0};

    play_start(&play);
    fill(&play);
    BlockRequest request = make_request(&play, BLOCK_WRITE);
    block_ring_submit(play.ring, &request);
    await(&play, 1);
    g_autofree char *content = NULL;
    g_assert_true(g_file_get_contents(play.path, &content, NULL, NULL));

    g_assert_cmpint(truncate(play.path, (1 << 20) + 4096), ==, 0);
    memset(play.data, 0, LENGTH + 1);
    request = make_request(&play, BLOCK_READ);
    block_ring_submit(play.ring, &request);
    await(&play, 2);
    g_assert_cmpint(play.err, !=, 0);
    expect_pattern(play.data + 1, 1 << 20);

    g_assert_true(g_file_set_contents(play.path, content, SIZE, NULL));
    int fd = open(play.path, O_RDWR | O_CLOEXEC);
    g_assert_cmpint(dup3(fd, play.disk->fd, O_CLOEXEC), ==, play.disk->fd);
    close(fd);
    block_ring_retry(play.ring, &request);
    await(&play, 3);
    g_assert_cmpint(play.err, ==, 0);
    expect_pattern(play.data + 1, LENGTH);
    play_end(&play);
}

/** A disk's blocks may be larger than what memory must be aligned to. */
static void test_alignment(void)
{
    static const struct {
        uint32_t memory_align, block;
        unsigned offset, length;
        gboolean copied;
    } cases[] = {
        {512, 512, 512, 512, FALSE},    {512, 512, 256, 512, TRUE},  {512, 4096, 512, 4096, TRUE},
        {512, 4096, 0, 4096, FALSE},    {4096, 512, 512, 512, TRUE}, {4, 4096, 4, 4096, TRUE},
        {512, 4096, 4096, 8192, FALSE},
    };
    Play play = {0};
    void *memory = NULL;

    play_start(&play);
    g_assert_cmpint(posix_memalign(&memory, 4096, 16384), ==, 0);
    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct iovec iov = {(uint8_t *)memory + cases[i].offset, cases[i].length};
        BlockRequest request = {
            .op = BLOCK_READ, .length = cases[i].length, .iov = &iov, .n_iov = 1};

        play.disk->memory_align = cases[i].memory_align;
        play.disk->block = cases[i].block;
        block_ring_submit(play.ring, &request);
        g_assert_cmpint(request.copied, ==, cases[i].copied);
        await(&play, i + 1);
        g_assert_cmpint(play.err, ==, 0);
    }
    free(memory);
    play_end(&play);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_data_func("/block-ring/write", GINT_TO_POINTER(BLOCK_WRITE), test_transfer);
    g_test_add_data_func("/block-ring/write-through", GINT_TO_POINTER(BLOCK_WRITE_THROUGH),
                         test_transfer);
    g_test_add_func("/block-ring/retry", test_retry);
    g_test_add_func("/block-ring/alignment", test_alignment);
    return g_test_run();
}
