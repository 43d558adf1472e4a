/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A driver that puts any pages into its balloon, takes any out, and reports any of its
 * memory: what it did not name it does not lose, and all else ends.
 *
 * Input: one byte, whose bits say whether it tells before it takes a page out, and whether host
 * pages have one piece. Then records of a kind, a first page (one byte, or four) and a count.
 */
#include <string.h>

#include "hw/virtio/balloon_pages.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/fuzz_input.h"

enum { PAGES = 64, PAGE = 1 << BALLOON_PAGE_SHIFT, FILL = 0x5a, MAX_NUMBERS = 64, MAX_STEPS = 256 };

typedef struct {
    GuestMem *mem;
    uint8_t *host;
    BalloonPages pages;
    gboolean told;
    /** The guest may find zeros there. */
    gboolean given[PAGES];
} Play;

/** What the guest still has is as it was. */
static void check_kept(const Play *play)
{
    for (unsigned i = 0; i < PAGES; i++)
        check(play->given[i] ||
                  (play->host[i * PAGE] == FILL && play->host[i * PAGE + PAGE - 1] == FILL),
              "a page went that was not named");
}

static void move(Play *play, uint32_t first, unsigned count, gboolean in)
{
    le32 numbers[MAX_NUMBERS];

    for (unsigned i = 0; i < count; i++) {
        uint32_t page = first + i;

        numbers[i] = le32_of(page);
        if (page < PAGES && in)
            play->given[page] = TRUE;
    }
    if (in) {
        balloon_pages_inflate(&play->pages, numbers, count, play->told);
        return;
    }
    balloon_pages_deflate(&play->pages, numbers, count);
}

/** What came out is the guest's again, which uses it. */
static void use(Play *play, uint32_t first, unsigned count)
{
    for (uint32_t page = first; page - first < count; page++) {
        if (page >= PAGES)
            continue;
        play->given[page] = FALSE;
        memset(play->host + (size_t)page * PAGE, FILL, PAGE);
    }
}

static void report(Play *play, uint32_t first, unsigned count, uint8_t edge)
{
    uint64_t start = (uint64_t)first % PAGES * PAGE + edge,
             end = MIN(start + count * PAGE, PAGES * PAGE);

    for (unsigned page = 0; page < PAGES; page++) {
        if (page * PAGE >= start && (page + 1) * PAGE <= end)
            play->given[page] = TRUE;
    }
    balloon_pages_report(&play->pages, play->host + start, end - start);
}

static void step(Play *play, FuzzInput *in)
{
    uint8_t kind = fuzz_take_byte(in), count;
    uint32_t first = kind & 0x80 ? (uint32_t)fuzz_take_bytes(in, 4) : fuzz_take_byte(in);

    count = fuzz_take_byte(in) % MAX_NUMBERS;
    switch (kind % 8) {
    case 0:
    case 1:
    case 2:
        move(play, first, count, TRUE);
        break;
    case 3:
    case 4:
        move(play, first, count, FALSE);
        use(play, first, count);
        break;
    case 5:
        /* Without a word, which who is to tell does not do. */
        if (!play->told)
            use(play, first, count);
        break;
    case 6:
        report(play, first, count, kind >> 3);
        break;
    default:
        balloon_pages_reset(&play->pages);
        use(play, 0, PAGES);
        break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    FuzzInput in = {data, size};
    uint8_t flags = fuzz_take_byte(&in);
    Play play = {.mem = guest_mem_new(NULL), .told = flags & 1};

    check(guest_mem_add(play.mem, 0, PAGES * PAGE, NULL), "no memory");
    /* As a host has them whose pages are larger than this one's. */
    ((GuestBacking *)guest_mem_backing(play.mem))->page_size =
        flags & 2 ? PAGE : BALLOON_MAX_HOST_PAGE;
    check(balloon_pages_init(&play.pages, play.mem, PAGES * PAGE, NULL), "no room");
    play.host = guest_mem_ptr(play.mem, 0, PAGES * PAGE);
    use(&play, 0, PAGES);
    for (unsigned i = 0; in.left && i < MAX_STEPS; i++) {
        step(&play, &in);
        check_kept(&play);
    }
    balloon_pages_finish(&play.pages);
    guest_mem_free(play.mem);
    return 0;
}

/** A driver that gives and takes in either way of doing it. */
size_t fuzz_seed(unsigned index, uint8_t *buffer, size_t room)
{
    static const uint8_t records[][3] = {
        {0, 0, 32}, {3, 5, 1},   {1, 5, 1},  {0, 16, 15}, {5, 3, 20},  {2, 31, 1},
        {6, 8, 40}, {14, 1, 48}, {4, 0, 63}, {7, 0, 0},   {0, 40, 20}, {0, 32, 8},
    };

    if (index >= 4 || room < 1 + sizeof(records))
        return 0;
    buffer[0] = (uint8_t)index;
    memcpy(buffer + 1, records, sizeof(records));
    return 1 + sizeof(records);
}
