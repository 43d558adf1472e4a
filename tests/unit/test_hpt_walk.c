/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From effective addresses through segments and groups to entries; protection. */
#include <limits.h>
#include <string.h>

#include <glib.h>

#include "mmu/hpt_ops.h"
#include "mmu/hpt_walk.h"
#include "tests/unit/hpt_model.h"

enum { ORDER = 18, GROUPS = 1 << (ORDER - 7) };

#define EA_KERNEL UINT64_C(0xc000000000000000)

static void test_segments(void)
{
    HptSlbEntry slb[] = {
        /* Not valid, though it would fit. */
        {.esid = EA_KERNEL, .vsid = UINT64_C(0x4000000001000000)},
        {.esid = EA_KERNEL | 0x08000001, .vsid = UINT64_C(0x4000000123000500)},
        {.esid = 0x10000000 | 0x08000002, .vsid = 0x0000000000456c90},
        {.esid = 0x20000000 | 0x08000003, .vsid = UINT64_C(0x8000000000456000)},
        {.esid = 0x30000000 | 0x08000004, .vsid = 0x456130},
        {.esid = 0x40000000 | 0x08000005, .vsid = 0x456110},
        {.esid = UINT64_C(0x10000000000) | 0x08000006, .vsid = UINT64_C(0x4000000007000120)},
    };
    HptTarget target;

    g_assert_cmpint(hpt_walk_segment(slb, 0, EA_KERNEL, &target), ==, HPT_WALK_NO_SEGMENT);
    g_assert_cmpint(hpt_walk_segment(slb, 7, 0x0fffffff, &target), ==, HPT_WALK_NO_SEGMENT);
    g_assert_cmpint(hpt_walk_segment(slb, 7, 0x50000000, &target), ==, HPT_WALK_NO_SEGMENT);
    /* A reserved segment size, a reserved page size. */
    g_assert_cmpint(hpt_walk_segment(slb, 7, 0x20000000, &target), ==, HPT_WALK_BAD_SEGMENT);
    g_assert_cmpint(hpt_walk_segment(slb, 7, 0x30000000, &target), ==, HPT_WALK_BAD_SEGMENT);

    /* 1T: all of it, and 16M pages. */
    uint64_t ea = EA_KERNEL | UINT64_C(0xfedcba9876);
    g_assert_cmpint(hpt_walk_segment(slb, 7, ea, &target), ==, HPT_WALK_FOUND);
    g_assert_cmpuint(target.slb_index, ==, 1);
    g_assert_cmpuint(target.va.segment_shift, ==, 40);
    g_assert_cmphex(target.va.vsid, ==, 0x123);
    g_assert_cmphex(target.va.offset, ==, UINT64_C(0xfedcba9876));
    g_assert_cmpuint(target.base_shift, ==, 24);
    g_assert_cmphex(target.hash, ==, UINT64_C(0x123) ^ UINT64_C(0x123) << 25 ^ 0xfedc);
    g_assert_cmpint(hpt_walk_segment(slb, 7, EA_KERNEL | UINT64_C(0x10000000000), &target), ==,
                    HPT_WALK_NO_SEGMENT);

    /* 256M; without L, what is in LP does not count. */
    g_assert_cmpint(hpt_walk_segment(slb, 7, 0x1abcd123, &target), ==, HPT_WALK_FOUND);
    g_assert_cmpuint(target.slb_index, ==, 2);
    g_assert_cmpuint(target.va.segment_shift, ==, 28);
    g_assert_cmphex(target.va.vsid, ==, 0x456);
    g_assert_cmphex(target.va.offset, ==, 0xabcd123);
    g_assert_cmpuint(target.base_shift, ==, 12);
    g_assert_cmphex(target.hash, ==, 0x456 ^ 0xabcd);
    g_assert_cmpint(hpt_walk_segment(slb, 7, 0x4abcd123, &target), ==, HPT_WALK_FOUND);
    g_assert_cmpuint(target.base_shift, ==, 16);
    g_assert_cmphex(target.hash, ==, 0x456 ^ 0xabc);
    g_assert_cmpint(hpt_walk_segment(slb, 7, UINT64_C(0x10400000000), &target), ==, HPT_WALK_FOUND);
    g_assert_cmpuint(target.base_shift, ==, 34);
    g_assert_cmphex(target.hash, ==, 7 ^ 7 << 25 ^ 1);
}

/** What KVM enters for real mode: 1 entry per group, in its last slot. */
static void test_real_mode(void)
{
    static const HptePageKind kinds[] = {HPTE_PAGE_4K, HPTE_PAGE_64K, HPTE_PAGE_16M};
    HptTarget target;

    for (unsigned i = 0; i < G_N_ELEMENTS(kinds); i++) {
        g_autoptr(HptTable) table = hpt_table_new(ORDER, NULL);
        unsigned shift = hpte_kind_size(kinds[i]).base;
        uint64_t placed;

        for (uint64_t page = 0; page < GROUPS; page++) {
            uint64_t group = (page ^ UINT64_C(0x1ffffff) ^ UINT64_C(0x1ffffff) << 25) % GROUPS;
            HptEntry entry = {
                .v = UINT64_C(0x4001ffffff000000) | page << shift >> 23 << 7 | 0x10,
                .r = page << shift | 0x190,
            };
            hpte_set_page_kind(&entry, kinds[i]);
            if (kinds[i] == HPTE_PAGE_16M)
                entry.v &= ~UINT64_C(0x80);
            g_assert_cmpint(hpt_enter(table, H_FLAG_EXACT, group * 8 + 7, entry, &placed), ==,
                            H_SUCCESS);
        }
        for (uint64_t n = 0; n < 2 * GROUPS; n++) {
            uint64_t ea = (n / 2) << shift | (n & 1 ? 0xabc : 0);
            HptWalk walk;

            /* The top bits do not count in real mode. */
            g_assert_cmpint(hpt_walk_real_mode(n & 1 ? ea | EA_KERNEL : ea, shift, &target), ==,
                            HPT_WALK_FOUND);
            g_assert_cmpuint(target.slb_index, ==, UINT_MAX);
            g_assert_cmpint(hpt_walk_table(table, &target, &walk), ==, HPT_WALK_FOUND);
            g_assert_cmphex(walk.real, ==, ea);
            g_assert_cmpuint(walk.index % 8, ==, 7);
            g_assert_cmpuint(walk.size.kind, ==, kinds[i]);
        }
        g_assert_cmpint(hpt_walk_real_mode((uint64_t)GROUPS << shift, shift, &target), ==,
                        HPT_WALK_FOUND);
        HptWalk none;
        g_assert_cmpint(hpt_walk_table(table, &target, &none), ==, HPT_WALK_NO_ENTRY);
    }
    g_assert_cmpint(hpt_walk_real_mode(0, 20, &target), ==, HPT_WALK_BAD_SEGMENT);
    g_assert_cmpint(hpt_walk_real_mode(UINT64_C(1) << 40, 12, &target), ==, HPT_WALK_NO_SEGMENT);
}

/** Everything about an entry that could be wrong hides it. */
static void test_matches(void)
{
    uint64_t state = 3;

    for (unsigned round = 0; round < 20000; round++) {
        HptePageKind kind = model_random_kind(&state);
        unsigned base = hpte_kind_size(kind).base;
        HptVa va = model_random_va(&state, base);
        HptEntry entry = model_entry(&state, &va, kind, 2);
        uint64_t ea = va.offset | (model_random(&state) & ((UINT64_C(1) << base) - 1));
        HptSlbEntry slb = model_slb(&va, kind, ea);
        gboolean secondary = (gboolean)model_below(&state, 2);
        HptTarget target;

        entry.v = model_with(entry.v, 62, 62, secondary);
        g_assert_cmpint(hpt_walk_segment(&slb, 1, ea, &target), ==, HPT_WALK_FOUND);
        g_assert_true(hpt_walk_matches(&target, entry, secondary));
        g_assert_false(hpt_walk_matches(&target, entry, !secondary));
        /* Bolted, the guest's own bit, absent: no matter. */
        HptEntry other = entry;
        other.v ^= 0x18;
        g_assert_true(hpt_walk_matches(&target, other, secondary));
        other.v ^= HPTE_V_VALID | HPTE_V_ABSENT;
        g_assert_true(hpt_walk_matches(&target, other, secondary));
        other.v ^= HPTE_V_ABSENT;
        g_assert_false(hpt_walk_matches(&target, other, secondary));
        other = entry;
        other.v ^= UINT64_C(1) << (7 + model_below(&state, 57));
        g_assert_false(hpt_walk_matches(&target, other, secondary));
        /* Another base page size. */
        other = entry;
        other.v = model_with(other.v, 61, 61, 1);
        other.r = model_with(other.r, 44, 51, base == 16 ? 0 : 1);
        g_assert_false(hpt_walk_matches(&target, other, secondary));

        HptGeometry geometry;
        g_assert_true(hpt_geometry_init(&geometry, 18 + (uint32_t)model_below(&state, 29)));
        g_assert_cmpuint(hpt_walk_group(&target, &geometry, secondary), ==,
                         model_group(&va, base, secondary, geometry.order));
    }
}

/** Random mappings by eight in a group: each is found, until it is removed. */
static void test_table(void)
{
    enum { COUNT = 9000 };
    g_autoptr(HptTable) table = hpt_table_new(ORDER, NULL);
    g_autofree HptTarget *targets = g_new(HptTarget, COUNT);
    g_autofree uint64_t *places = g_new(uint64_t, COUNT);
    uint64_t state = 11, secondaries = 0;
    unsigned count = 0;
    HptWalk walk;

    for (unsigned i = 0; i < COUNT; i++) {
        HptePageKind kind = model_random_kind(&state);
        unsigned base = hpte_kind_size(kind).base;
        HptVa va = model_random_va(&state, base);
        HptEntry entry = model_entry(&state, &va, kind, 2);
        uint64_t ea = va.offset | (model_random(&state) & ((UINT64_C(1) << base) - 1));
        HptSlbEntry slb = model_slb(&va, kind, ea);

        g_assert_cmpint(hpt_walk_segment(&slb, 1, ea, &targets[count]), ==, HPT_WALK_FOUND);
        if (hpt_walk_table(table, &targets[count], &walk) == HPT_WALK_FOUND)
            continue;
        for (unsigned secondary = 0; secondary < 2; secondary++) {
            entry.v = model_with(entry.v, 62, 62, secondary);
            if (hpt_enter(table, 0, model_group(&va, base, (gboolean)secondary, ORDER) * 8, entry,
                          &places[count]) == H_SUCCESS) {
                secondaries += secondary;
                count++;
                break;
            }
        }
    }
    g_assert_cmpuint(count, >, COUNT / 2);
    g_assert_cmpuint(secondaries, >, 100);
    for (unsigned i = 0; i < count; i++) {
        g_assert_cmpint(hpt_walk_table(table, &targets[i], &walk), ==, HPT_WALK_FOUND);
        g_assert_cmpuint(walk.index, ==, places[i]);
        g_assert_cmpint(walk.secondary, ==, (walk.entry.v >> 1) & 1);
        /* The actual page of the entry, the offset of the address. */
        uint64_t page = UINT64_C(1) << walk.size.actual;
        g_assert_cmphex(walk.real % page, ==, targets[i].ea % page);
        g_assert_cmphex(walk.real / page, ==, (walk.entry.r & UINT64_C(0x0ffffffffffff000)) / page);
    }
    for (unsigned i = 0; i < count; i++) {
        HptEntry removed;
        g_assert_cmpint(hpt_remove(table, 0, places[i], 0, &removed), ==, H_SUCCESS);
        g_assert_cmpint(hpt_walk_table(table, &targets[i], &walk), ==, HPT_WALK_NO_ENTRY);
    }
}

static void test_access(void)
{
    /* By pp (0 to 7): rights without and with key, as the ISA's table has them. */
    static const char *const rights[8][2] = {
        {"rw", ""}, {"rw", "r"}, {"rw", "rw"}, {"r", "r"}, {"", ""}, {"", ""}, {"r", ""}, {"", ""},
    };
    HptTarget target = {0};

    for (unsigned pp = 0; pp < 8; pp++) {
        for (unsigned keys = 0; keys < 4; keys++) {
            for (unsigned problem = 0; problem < 2; problem++) {
                HptEntry entry = {.v = HPTE_V_VALID, .r = (pp & 4 ? HPTE_R_PP0 : 0) | (pp & 3)};
                const char *want = rights[pp][keys >> problem & 1];
                gboolean read = strchr(want, 'r') != NULL, write = strchr(want, 'w') != NULL;

                target.slb_vsid = (keys & 1 ? 0x800 : 0) | (keys & 2 ? 0x400 : 0);
                HptAccess access = hpt_walk_access(&target, entry, (gboolean)problem);
                g_assert_cmpint(access.read, ==, read);
                g_assert_cmpint(access.write, ==, write);
                g_assert_cmpint(access.execute, ==, read);
                entry.r |= HPTE_R_N;
                g_assert_false(hpt_walk_access(&target, entry, (gboolean)problem).execute);
                entry.r ^= HPTE_R_N | HPTE_R_G;
                g_assert_false(hpt_walk_access(&target, entry, (gboolean)problem).execute);
                entry.r ^= HPTE_R_G;
                target.slb_vsid |= 0x200;
                access = hpt_walk_access(&target, entry, (gboolean)problem);
                g_assert_false(access.execute);
                g_assert_cmpint(access.read, ==, read);
            }
        }
    }
    for (unsigned key = 0; key < 32; key++) {
        HptEntry entry = {.r = model_with(model_with(0x1ff, 2, 3, key / 8), 52, 54, key % 8)};
        g_assert_cmpuint(hpt_walk_key(entry), ==, key);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/hpt/walk/segments", test_segments);
    g_test_add_func("/hpt/walk/real-mode", test_real_mode);
    g_test_add_func("/hpt/walk/matches", test_matches);
    g_test_add_func("/hpt/walk/table", test_table);
    g_test_add_func("/hpt/walk/access", test_access);
    return g_test_run();
}
