/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The radix walker: trees built here and walked, each fault in each place, and
 * memory of random content.
 */
#include <glib.h>

#include "mmu/proc_table.h"
#include "mmu/radix_walk.h"
#include "tests/unit/hpt_model.h"

#define PRESENT (UINT64_C(1) << 63)
#define LEAF (UINT64_C(1) << 62)
#define EA_KERNEL UINT64_C(0xc000000000000000)
/** The size field of a tree of 52 bits: 21, the low three bits and the high two apart. */
#define TREE_52 (UINT64_C(2) << 61 | UINT64_C(5) << 5)

enum { PROCESS_TABLE = 0x10000, PROCESS_SIZE = 4, TREE_AREA = 0x1000000 };

/** Doublewords by address; what is not in it reads as zero below the limit. */
typedef struct {
    GHashTable *words;
    uint64_t limit;
    uint64_t next_table;
    unsigned reads;
} Memory;

static Memory memory_new(void)
{
    return (Memory){
        .words = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, g_free),
        .limit = UINT64_C(1) << 40,
        .next_table = TREE_AREA,
    };
}

static void memory_clear(Memory *memory) { g_hash_table_destroy(memory->words); }
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Memory, memory_clear)

static void memory_set(Memory *memory, uint64_t addr, uint64_t value)
{
    g_hash_table_replace(memory->words, g_memdup2(&addr, 8), g_memdup2(&value, 8));
}

static gboolean memory_read(void *opaque, uint64_t addr, uint64_t *value)
{
    Memory *memory = opaque;

    memory->reads++;
    g_assert_cmpuint(addr % 8, ==, 0);
    if (addr >= memory->limit)
        return FALSE;
    const uint64_t *word = g_hash_table_lookup(memory->words, &addr);
    *value = word ? *word : 0;
    return TRUE;
}

static uint64_t pate1(void) { return PATE1_GUEST_RADIX | PROCESS_TABLE | PROCESS_SIZE; }

/** A fresh directory of 2^@bits entries, as a directory's entry points to it. */
static uint64_t new_table(Memory *memory, unsigned bits)
{
    uint64_t table = memory->next_table;

    memory->next_table += UINT64_C(8) << 13;
    return table | bits;
}

/** The shifts and sizes of the levels, for pages of 4K (0) and of 64K (1). */
static const unsigned level_bits[2][4] = {{13, 9, 9, 9}, {13, 9, 9, 5}};

/**
 * Map @ea of @pid by a leaf at @level (1 to 3) of the tree with pages of 4K or
 * 64K; what is there already is kept. The address of the leaf's entry.
 */
static uint64_t map(Memory *memory, uint32_t pid, uint64_t ea, gboolean large, unsigned level,
                    uint64_t leaf)
{
    uint64_t at = PROCESS_TABLE + UINT64_C(16) * pid, word;
    unsigned shift = 52;

    g_assert_true(memory_read(memory, at, &word));
    if (!word) {
        word = new_table(memory, 13) | TREE_52;
        memory_set(memory, at, word);
    }
    for (unsigned i = 0;; i++) {
        shift -= level_bits[large][i];
        at = (word & UINT64_C(0x0fffffffffffff00)) +
             8 * (ea >> shift & ((UINT64_C(1) << level_bits[large][i]) - 1));
        if (i == level)
            break;
        g_assert_true(memory_read(memory, at, &word));
        if (!word) {
            word = new_table(memory, level_bits[large][i + 1]) | PRESENT;
            memory_set(memory, at, word);
        }
    }
    memory_set(memory, at, leaf | PRESENT | LEAF);
    return at;
}

static RadixWalkStatus walk(Memory *memory, uint32_t pid, uint64_t ea, RadixWalk *out)
{
    memory->reads = 0;
    RadixWalkStatus status = radix_walk(memory_read, memory, pate1(), pid, ea, out);
    g_assert_cmpuint(memory->reads, <=, 5);
    return status;
}

static void test_page_sizes(void)
{
    static const struct {
        gboolean large;
        unsigned level, shift;
    } cases[] = {{FALSE, 3, 12}, {TRUE, 3, 16}, {FALSE, 2, 21}, {TRUE, 2, 21}, {FALSE, 1, 30}};

    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_auto(Memory) memory = memory_new();
        uint64_t ea = UINT64_C(0x000fedcba9876543), mask = (UINT64_C(1) << cases[i].shift) - 1;
        uint64_t page = UINT64_C(0x00765432fedcb000) & ~mask;
        uint64_t at = map(&memory, 7, ea, cases[i].large, cases[i].level, page | 0x187);
        RadixWalk out;

        g_assert_cmpint(walk(&memory, 7, ea, &out), ==, RADIX_WALK_FOUND);
        g_assert_cmpuint(out.page_shift, ==, cases[i].shift);
        g_assert_cmphex(out.real, ==, page | (ea & mask));
        g_assert_cmphex(out.pte, ==, page | 0x187 | PRESENT | LEAF);
        g_assert_cmpuint(out.pid, ==, 7);
        g_assert_cmphex(out.ea, ==, ea);
        g_assert_cmphex(out.process_addr, ==, PROCESS_TABLE + 7 * 16);
        g_assert_cmpuint(out.steps, ==, cases[i].level + 1);
        g_assert_cmpuint(memory.reads, ==, cases[i].level + 2);
        /* The path leads from the root to the leaf. */
        uint64_t above = out.process;
        unsigned shift = 52;
        for (unsigned n = 0; n < out.steps; n++) {
            const RadixStep *step = &out.path[n];
            uint64_t value;

            shift -= level_bits[cases[i].large][n];
            g_assert_cmpuint(step->shift, ==, shift);
            g_assert_cmphex(step->table, ==, above & UINT64_C(0x0fffffffffffff00));
            g_assert_true(memory_read(&memory, step->table + 8 * step->index, &value));
            g_assert_cmphex(step->value, ==, value);
            above = value;
        }
        g_assert_cmphex(out.path[out.steps - 1].table + 8 * out.path[out.steps - 1].index, ==, at);
        /* The next page is another matter. */
        g_assert_cmpint(walk(&memory, 7, ea ^ (mask + 1), &out), ==, RADIX_WALK_NOT_PRESENT);
        g_assert_cmpuint(out.steps, ==, cases[i].level + 1);
        g_assert_cmpint(walk(&memory, 6, ea, &out), ==, RADIX_WALK_BAD_TREE);
    }
}

/** Process 0 has the upper quadrant, whatever process runs. */
static void test_quadrants(void)
{
    g_auto(Memory) memory = memory_new();
    RadixWalk out;

    map(&memory, 0, 0x5000, FALSE, 3, 0x111000);
    map(&memory, 9, 0x5000, FALSE, 3, 0x999000);
    g_assert_cmpint(walk(&memory, 9, 0x5123, &out), ==, RADIX_WALK_FOUND);
    g_assert_cmphex(out.real, ==, 0x999123);
    g_assert_cmpint(walk(&memory, 9, EA_KERNEL | 0x5123, &out), ==, RADIX_WALK_FOUND);
    g_assert_cmphex(out.real, ==, 0x111123);
    g_assert_cmpuint(out.pid, ==, 0);
    g_assert_cmpint(walk(&memory, 9, UINT64_C(1) << 62 | 0x5123, &out), ==, RADIX_WALK_BAD_ADDRESS);
    g_assert_cmpint(walk(&memory, 9, UINT64_C(2) << 62 | 0x5123, &out), ==, RADIX_WALK_BAD_ADDRESS);
    for (unsigned bit = 52; bit < 62; bit++) {
        g_assert_cmpint(walk(&memory, 9, UINT64_C(1) << bit | 0x5123, &out), ==,
                        RADIX_WALK_BAD_ADDRESS);
        g_assert_cmpint(walk(&memory, 9, EA_KERNEL | UINT64_C(1) << bit | 0x5123, &out), ==,
                        RADIX_WALK_BAD_ADDRESS);
        g_assert_cmpuint(memory.reads, ==, 0);
    }
}

static void test_process_table(void)
{
    g_auto(Memory) memory = memory_new();
    uint32_t last = (1u << (PROCESS_SIZE + 12)) / 16 - 1;
    RadixWalk out;

    map(&memory, last, 0, FALSE, 3, 0x777000);
    g_assert_cmpint(walk(&memory, last, 0, &out), ==, RADIX_WALK_FOUND);
    g_assert_cmpint(walk(&memory, last + 1, 0, &out), ==, RADIX_WALK_NO_PROCESS);
    g_assert_cmpint(walk(&memory, UINT32_MAX, 0, &out), ==, RADIX_WALK_NO_PROCESS);
    g_assert_cmpint(radix_walk(memory_read, &memory, PROCESS_TABLE | PROCESS_SIZE, 1, 0, &out), ==,
                    RADIX_WALK_NO_TABLE);
    g_assert_cmpint(
        radix_walk(memory_read, &memory, PATE1_GUEST_RADIX | PROCESS_TABLE | 25, 1, 0, &out), ==,
        RADIX_WALK_NO_TABLE);
    g_assert_cmpint(radix_walk(memory_read, &memory, PATE1_GUEST_RADIX | 23, UINT32_MAX, 0, &out),
                    ==, RADIX_WALK_NO_PROCESS);

    /* Outside of memory; the address that failed is told. */
    memory.limit = PROCESS_TABLE + 8;
    g_assert_cmpint(walk(&memory, 1, 0, &out), ==, RADIX_WALK_NO_MEMORY);
    g_assert_cmphex(out.failed, ==, PROCESS_TABLE + 16);
    g_assert_cmpuint(out.steps, ==, 0);
}

/** Each bit of the tree's size and of each level's is looked at, at each level. */
static void test_bad_trees(void)
{
    g_auto(Memory) memory = memory_new();
    uint64_t ea = UINT64_C(0x0003000000000000);
    RadixWalk out;

    map(&memory, 1, ea, FALSE, 3, 0x1000);
    g_assert_cmpint(walk(&memory, 1, ea, &out), ==, RADIX_WALK_FOUND);
    RadixWalk good = out;
    for (int level = -1; level < 3; level++) {
        const RadixStep *step = level < 0 ? NULL : &good.path[level];
        uint64_t at = step ? step->table + UINT64_C(8) * step->index : good.process_addr;
        uint64_t value = step ? step->value : good.process;

        for (unsigned bits = 0; bits < 32; bits++) {
            gboolean fits = bits == (level < 0 ? 13 : 9) || (bits == 5 && level == 2);

            memory_set(&memory, at, (value & ~UINT64_C(31)) | bits);
            RadixWalkStatus status = walk(&memory, 1, ea, &out);
            g_assert_cmpint(status != RADIX_WALK_BAD_TREE, ==, fits);
            if (!fits)
                g_assert_cmpuint(out.steps, ==, level + 1);
        }
        /* Not aligned to its size, of 64K or 4K. */
        memory_set(&memory, at, value | (level < 0 ? 0x8000 : 0x800));
        g_assert_cmpint(walk(&memory, 1, ea, &out), ==, RADIX_WALK_BAD_TREE);
        /* Outside of memory. */
        memory_set(&memory, at, value | UINT64_C(1) << 41);
        g_assert_cmpint(walk(&memory, 1, ea, &out), ==, RADIX_WALK_NO_MEMORY);
        g_assert_cmphex(out.failed, ==,
                        (good.path[level + 1].table | UINT64_C(1) << 41) +
                            UINT64_C(8) * good.path[level + 1].index);
        if (level >= 0) {
            memory_set(&memory, at, value & ~PRESENT);
            g_assert_cmpint(walk(&memory, 1, ea, &out), ==, RADIX_WALK_NOT_PRESENT);
            g_assert_cmpuint(out.steps, ==, level + 1);
        }
        memory_set(&memory, at, value);
    }
    for (unsigned size = 0; size < 32; size++) {
        memory_set(&memory, good.process_addr,
                   (good.process & ~(UINT64_C(3) << 61 | UINT64_C(7) << 5)) |
                       (uint64_t)(size >> 3) << 61 | (uint64_t)(size & 7) << 5);
        g_assert_cmpint(walk(&memory, 1, ea, &out) == RADIX_WALK_FOUND, ==, size == 52 - 31);
    }
    memory_set(&memory, good.process_addr, good.process);

    /* The last level as a directory, the first as a leaf. */
    uint64_t last = good.path[3].table + UINT64_C(8) * good.path[3].index;
    memory_set(&memory, last, good.path[3].value & ~LEAF);
    g_assert_cmpint(walk(&memory, 1, ea, &out), ==, RADIX_WALK_BAD_TREE);
    g_assert_cmpuint(out.steps, ==, 4);
    map(&memory, 1, ea, FALSE, 0, 0);
    g_assert_cmpint(walk(&memory, 1, ea, &out), ==, RADIX_WALK_BAD_LEAF);
}

static void test_bad_leaves(void)
{
    static const struct {
        unsigned level, shift;
    } cases[] = {{1, 30}, {2, 21}};
    RadixWalk out;

    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        for (unsigned bit = 12; bit < 53; bit++) {
            g_auto(Memory) memory = memory_new();

            map(&memory, 1, 0, FALSE, cases[i].level, UINT64_C(1) << bit);
            g_assert_cmpint(walk(&memory, 1, 0, &out), ==,
                            bit < cases[i].shift ? RADIX_WALK_BAD_LEAF : RADIX_WALK_FOUND);
        }
    }
}

/** Random pages of all sizes against a list of them. */
static void test_random(void)
{
    enum { PAGES = 300 };
    g_auto(Memory) memory = memory_new();
    static const unsigned shifts[2][4] = {{39, 30, 21, 12}, {39, 30, 21, 16}};
    struct {
        uint32_t pid;
        uint64_t ea, real;
        unsigned shift;
    } pages[PAGES];
    uint64_t state = 4, rounds = model_operations(1000000) / 10;
    unsigned n = 0;

    while (n < PAGES) {
        uint32_t pid = (uint32_t)model_below(&state, 8);
        gboolean large = pid & 1;
        unsigned level = 1 + (unsigned)model_below(&state, 3), shift = shifts[large][level];
        /* Each its own gigabyte: a leaf is never in another's way. */
        uint64_t ea = (uint64_t)n * 7919 % (1 << 22) << 30;
        ea |= model_below(&state, 1 << 30) >> shift << shift;
        uint64_t real = model_below(&state, UINT64_C(1) << 53) >> shift << shift;

        map(&memory, pid, ea, large, level, real | 0x6);
        pages[n].pid = pid;
        pages[n].ea = ea;
        pages[n].real = real;
        pages[n++].shift = shift;
    }
    for (uint64_t i = 0; i < rounds; i++) {
        unsigned at = (unsigned)model_below(&state, PAGES);
        uint64_t ea = pages[at].ea | model_below(&state, UINT64_C(1) << pages[at].shift);
        RadixWalk out;

        if (i & 1) {
            g_assert_cmpint(walk(&memory, pages[at].pid, ea, &out), ==, RADIX_WALK_FOUND);
            g_assert_cmpuint(out.page_shift, ==, pages[at].shift);
            g_assert_cmphex(out.real - pages[at].real, ==, ea - pages[at].ea);
        } else if (pages[at].shift < 30) {
            g_assert_cmpint(walk(&memory, pages[at].pid, ea ^ UINT64_C(1) << pages[at].shift, &out),
                            ==, RADIX_WALK_NOT_PRESENT);
        }
    }
}

typedef struct {
    uint64_t state;
    unsigned reads;
} Noise;

/** Memory in which every word is random, but mostly plausible where it is read. */
static gboolean read_random(void *opaque, uint64_t addr, uint64_t *value)
{
    static const uint64_t sizes[] = {13, 9, 9, 9, 5};
    Noise *noise = opaque;
    unsigned at = MIN(noise->reads, 3u);

    noise->reads++;
    *value = model_random(&noise->state);
    if (model_below(&noise->state, 8))
        *value = (*value & UINT64_C(0x00ffffffffff0000)) | PRESENT |
                 (noise->reads == 1 ? TREE_52 : 0) |
                 sizes[at + (at == 3 && model_below(&noise->state, 2))];
    if (model_below(&noise->state, noise->reads == 5 ? 2 : 5) == 0)
        *value |= LEAF;
    return model_below(&noise->state, 32) != 0;
}

static void test_hostile(void)
{
    Noise noise = {.state = 21};
    uint64_t rounds = model_operations(1000000);
    uint64_t seen[RADIX_WALK_BAD_LEAF + 1] = {0};

    for (uint64_t i = 0; i < rounds; i++) {
        uint64_t ea = model_random(&noise.state), root = model_random(&noise.state);
        RadixWalk out;

        noise.reads = 0;
        if (model_below(&noise.state, 8))
            ea &= UINT64_C(0x000fffffffffffff);
        if (model_below(&noise.state, 8))
            root = (root & ~UINT64_C(31)) | PATE1_GUEST_RADIX | 23;
        RadixWalkStatus status =
            radix_walk(read_random, &noise, root, (uint32_t)model_random(&noise.state), ea, &out);
        g_assert_cmpuint(noise.reads, <=, 5);
        g_assert_cmpuint(out.steps, <=, 4);
        seen[MIN(status, RADIX_WALK_BAD_LEAF)]++;
        g_assert_cmpuint(status, <=, RADIX_WALK_BAD_LEAF);
        if (status == RADIX_WALK_FOUND) {
            g_assert_cmpuint(out.real >> 57, ==, 0);
            g_assert_cmpuint(out.real % 4096, ==, ea % 4096);
        }
        g_assert_cmpstr(radix_walk_status_name(status), !=, "unknown");
    }
    for (unsigned i = 0; i < G_N_ELEMENTS(seen); i++)
        g_test_message("%s: %" G_GUINT64_FORMAT, radix_walk_status_name(i), seen[i]);
    for (unsigned i = 0; i < G_N_ELEMENTS(seen); i++)
        g_assert_cmpuint(seen[i], >, rounds / 2000);
    g_assert_cmpstr(radix_walk_status_name(RADIX_WALK_BAD_LEAF + 1), ==, "unknown");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/radix/walk/page-sizes", test_page_sizes);
    g_test_add_func("/radix/walk/quadrants", test_quadrants);
    g_test_add_func("/radix/walk/process-table", test_process_table);
    g_test_add_func("/radix/walk/bad-trees", test_bad_trees);
    g_test_add_func("/radix/walk/bad-leaves", test_bad_leaves);
    g_test_add_func("/radix/walk/random", test_random);
    g_test_add_func("/radix/walk/hostile", test_hostile);
    return g_test_run();
}
