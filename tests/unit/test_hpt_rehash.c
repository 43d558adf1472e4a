/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rehash: tables of random addresses taken to every other order and back,
 * collisions against a slow model, and what is refused.
 */
#include <string.h>

#include <glib.h>

#include "mmu/hpt_compare.h"
#include "mmu/hpt_ops.h"
#include "mmu/hpt_rehash.h"
#include "mmu/hpt_stats.h"
#include "mmu/hpt_walk.h"
#include "tests/unit/hpt_model.h"

enum { ORDER_LOW = 18, ORDER_HIGH = 24 };

/** What was put into a table, to be found again. */
typedef struct {
    HptVa va;
    HptePageKind kind;
    HptEntry entry;
} Mapping;

typedef struct {
    HptTable *table;
    /** By slot of the table as it was filled; kind 0 where there is nothing. */
    Mapping *mappings;
} Filled;

static HptTable *table_new(uint32_t order)
{
    HptTable *table = hpt_table_new(order, NULL);

    g_assert_nonnull(table);
    return table;
}

static void filled_clear(Filled *filled)
{
    hpt_table_free(filled->table);
    g_free(filled->mappings);
}

/**
 * Enter random mappings as a guest does: primary group, else secondary, else
 * not at all. Some are absent.
 */
static Filled fill(uint32_t order, uint64_t count, unsigned bolted_in, uint64_t seed)
{
    Filled filled = {.table = table_new(order)};
    uint64_t state = seed, placed;

    filled.mappings = g_new0(Mapping, filled.table->geometry.entries);
    for (uint64_t i = 0; i < count; i++) {
        HptePageKind kind = model_random_kind(&state);
        unsigned base = hpte_kind_size(kind).base;
        HptVa va = model_random_va(&state, base);
        HptEntry entry = model_entry(&state, &va, kind, bolted_in);

        for (unsigned secondary = 0; secondary < 2; secondary++) {
            uint64_t group = model_group(&va, base, (gboolean)secondary, order);

            entry.v = model_with(entry.v, 62, 62, secondary);
            if (hpt_enter(filled.table, 0, group * 8, entry, &placed) != H_SUCCESS)
                continue;
            filled.mappings[placed] = (Mapping){.va = va, .kind = kind, .entry = entry};
            if (model_below(&state, 4) == 0)
                g_assert_true(hpt_table_set_mapped(filled.table, placed, FALSE));
            break;
        }
    }
    return filled;
}

/** Where @mapping of @slot has to be in a table of @order. */
static uint64_t new_place(const Mapping *mapping, uint64_t slot, uint32_t order)
{
    gboolean secondary = model_bits(mapping->entry.v, 62, 62) == 1;

    return model_group(&mapping->va, hpte_kind_size(mapping->kind).base, secondary, order) * 8 +
           slot % 8;
}

/** The same as hpt_rehash(), slowly; false if two bolted ones meet. */
static gboolean model_rehash(const Filled *from, HptTable *to, gboolean bolted_only,
                             HptRehashReport *report)
{
    *report = (HptRehashReport){0};
    for (uint64_t i = 0; i < from->table->geometry.entries; i++) {
        const Mapping *mapping = &from->mappings[i];
        gboolean bolted = model_bits(mapping->entry.v, 59, 59) == 1;

        if (mapping->kind == HPTE_PAGE_INVALID)
            continue;
        if (bolted_only && !bolted) {
            report->unbolted++;
            continue;
        }
        HptEntry *there = &to->entries[new_place(mapping, i, to->geometry.order)];
        gboolean taken = there->v != 0, taken_bolted = model_bits(there->v, 59, 59) == 1;
        if (taken && taken_bolted && bolted)
            return FALSE;
        if (taken)
            report->evicted++;
        else
            report->kept++;
        if (!taken || !taken_bolted)
            *there = from->table->entries[i];
    }
    return TRUE;
}

static void check_same(const HptTable *a, const HptTable *b)
{
    HptDifference first = {0};
    uint64_t n = hpt_compare(a, b, 0, &first, 1);

    if (n)
        g_test_message("%" G_GUINT64_FORMAT " slots differ, first %" G_GUINT64_FORMAT, n,
                       first.index);
    g_assert_cmpuint(n, ==, 0);
    /* Mapped and absent too. */
    g_assert_true(memcmp(a->entries, b->entries, a->geometry.size) == 0);
}

/** Every mapping that must be in @table is found from its address. */
static void check_found(const Filled *filled, const HptTable *table, gboolean bolted_only)
{
    for (uint64_t i = 0; i < filled->table->geometry.entries; i++) {
        const Mapping *mapping = &filled->mappings[i];
        HptTarget target;
        HptWalk walk;

        if (mapping->kind == HPTE_PAGE_INVALID ||
            (bolted_only && model_bits(mapping->entry.v, 59, 59) == 0))
            continue;
        uint64_t ea = mapping->va.offset + 0x123;
        HptSlbEntry slb = model_slb(&mapping->va, mapping->kind, ea);
        g_assert_cmpint(hpt_walk_segment(&slb, 1, ea, &target), ==, HPT_WALK_FOUND);
        g_assert_cmpint(hpt_walk_table(table, &target, &walk), ==, HPT_WALK_FOUND);
        /* Two entries may map one address; then the first found is as good. */
        uint64_t place = new_place(mapping, i, table->geometry.order);
        g_assert_cmphex(hpte_guest_view(table->entries[place]).v, ==, mapping->entry.v);
        if (walk.index != place)
            g_assert_cmphex((walk.entry.v ^ mapping->entry.v) & HPTE_V_COMPARE, ==, 0);
        else
            g_assert_cmphex(walk.entry.r, ==, mapping->entry.r);
    }
}

/** Larger and back: nothing is lost, nothing moves, whatever the way. */
static void test_round_trips(void)
{
    for (uint32_t order = ORDER_LOW; order < ORDER_HIGH; order++) {
        Filled filled = fill(order, UINT64_C(5) << (order - 7), 4, order);
        g_autoptr(HptTable) by_steps = NULL;
        HptStats before;

        hpt_stats_of_table(&before, filled.table);
        g_assert_cmpuint(before.present, >, UINT64_C(2) << (order - 7));
        g_assert_cmpuint(before.misplaced, ==, 0);
        for (uint32_t larger = order + 1; larger <= ORDER_HIGH; larger++) {
            g_autoptr(HptTable) grown = table_new(larger);
            g_autoptr(HptTable) back = table_new(order);
            HptRehashReport report;

            g_assert_cmpint(hpt_rehash(filled.table, grown, HPT_REHASH_ALL, &report), ==,
                            H_SUCCESS);
            g_assert_cmpuint(report.kept, ==, before.present);
            g_assert_cmpuint(report.evicted + report.unbolted + report.misplaced, ==, 0);
            check_found(&filled, grown, FALSE);
            g_assert_cmpint(hpt_rehash(grown, back, HPT_REHASH_ALL, NULL), ==, H_SUCCESS);
            check_same(filled.table, back);

            /* One order at a time gives the same. */
            g_autoptr(HptTable) step = table_new(larger);
            g_assert_cmpint(
                hpt_rehash(by_steps ? by_steps : filled.table, step, HPT_REHASH_ALL, NULL), ==,
                H_SUCCESS);
            check_same(grown, step);
            hpt_table_free(by_steps);
            by_steps = g_steal_pointer(&step);
        }
        filled_clear(&filled);
    }
}

/** As the kernel does it: only bolted ones stay, and they are found. */
static void test_bolted_only(void)
{
    for (uint32_t order = ORDER_LOW; order <= 22; order += 2) {
        Filled filled = fill(order, UINT64_C(6) << (order - 7), 5, 100 + order);

        for (uint32_t other = ORDER_LOW; other <= ORDER_HIGH; other++) {
            g_autoptr(HptTable) to = table_new(other), expected = table_new(other);
            HptRehashReport report, model;
            gboolean fits = model_rehash(&filled, expected, TRUE, &model);

            if (!fits)
                g_assert_cmpuint(other, <, order);
            g_assert_cmpint(hpt_rehash(filled.table, to, HPT_REHASH_BOLTED, &report), ==,
                            fits ? H_SUCCESS : H_PTEG_FULL);
            g_assert_cmpmem(&report, sizeof(report), &model, sizeof(model));
            check_same(to, expected);
            if (fits)
                check_found(&filled, to, TRUE);
        }
        filled_clear(&filled);
    }
}

/** Smaller, against the model, down to where two bolted ones meet. */
static void test_collisions(void)
{
    unsigned refused = 0, evicting = 0;

    for (uint32_t seed = 0; seed < 24; seed++) {
        uint32_t order = 20 + seed % 4;
        /* From sparse with few bolted to full. */
        Filled filled = fill(order, UINT64_C(64) << seed % 12, 2 + seed * 7, 200 + seed);

        for (uint32_t smaller = ORDER_LOW; smaller < order; smaller++) {
            g_autoptr(HptTable) to = table_new(smaller), expected = table_new(smaller);
            HptRehashReport report, model;
            gboolean fits = model_rehash(&filled, expected, FALSE, &model);
            HcallRet ret = hpt_rehash(filled.table, to, HPT_REHASH_ALL, &report);

            g_assert_cmpint(ret, ==, fits ? H_SUCCESS : H_PTEG_FULL);
            g_assert_cmpmem(&report, sizeof(report), &model, sizeof(model));
            check_same(to, expected);
            refused += !fits;
            evicting += fits && model.evicted;
            /* The old table is as it was, for every mapping. */
            check_found(&filled, filled.table, FALSE);
        }
        filled_clear(&filled);
    }
    g_assert_cmpuint(refused, >, 5);
    g_assert_cmpuint(evicting, >, 5);
}

/** Two entries for one slot of the smaller table, in all combinations and both orders. */
static void test_who_wins(void)
{
    for (unsigned bits = 0; bits < 4; bits++) {
        g_autoptr(HptTable) from = table_new(20), to = table_new(18);
        uint64_t state = bits, placed;
        HptEntry entries[2];
        HptRehashReport report;

        for (unsigned i = 0; i < 2; i++) {
            /* Groups 5 and 5 + 2^11: one in the smaller table. */
            HptVa va = {.vsid = 0x100, .segment_shift = 28};
            va.offset = (uint64_t)(0x105 + i * 0x800) << 12;
            entries[i] = model_entry(&state, &va, HPTE_PAGE_4K, 1);
            entries[i].v = model_with(entries[i].v, 59, 59, bits >> i & 1);
            g_assert_cmpint(
                hpt_enter(from, H_FLAG_EXACT, (5 + i * 0x800) * 8 + 3, entries[i], &placed), ==,
                H_SUCCESS);
        }
        HcallRet ret = hpt_rehash(from, to, HPT_REHASH_ALL, &report);
        g_assert_cmpint(ret, ==, bits == 3 ? H_PTEG_FULL : H_SUCCESS);
        if (bits == 3)
            continue;
        g_assert_cmpuint(report.kept, ==, 1);
        g_assert_cmpuint(report.evicted, ==, 1);
        /* The first one only if it alone is bolted. */
        g_assert_cmphex(hpt_table_get(to, 5 * 8 + 3).v, ==, entries[bits == 1 ? 0 : 1].v);
    }
}

static void test_refused(void)
{
    g_autoptr(HptTable) from = table_new(18), to = table_new(19);
    HptRehashReport report;

    /* No H_ENTER takes such an entry; a damaged table may have one. */
    from->entries[3] = (HptEntry){.v = HPTE_V_VALID | HPTE_V_LARGE, .r = 0x2000};
    g_assert_cmpint(hpt_rehash(from, to, HPT_REHASH_BOLTED, NULL), ==, H_HARDWARE);

    /* A page of 16M in a group that is neither of its two. */
    from->entries[3] = (HptEntry){.v = HPTE_V_VALID | HPTE_V_LARGE | HPTE_V_BOLTED, .r = 0x190};
    from->entries[99] = from->entries[3];
    g_assert_cmpint(hpt_rehash(from, to, HPT_REHASH_BOLTED, &report), ==, H_SUCCESS);
    g_assert_cmpuint(report.kept, ==, 1);
    g_assert_cmpuint(report.misplaced, ==, 1);
    g_assert_cmphex(hpt_table_get(to, 3).v, ==, from->entries[3].v);
}

/** Whatever a guest enters, and wherever: a larger table always has room. */
static void test_hostile(void)
{
    uint64_t state = 5, placed;

    for (unsigned round = 0; round < 40; round++) {
        g_autoptr(HptTable) from = table_new(18), to = table_new(18 + round % 3);
        HptRehashReport report;
        uint64_t entered = 0;

        for (unsigned i = 0; i < 12000; i++) {
            HptEntry entry = {.v = model_random(&state) | HPTE_V_BOLTED, .r = model_random(&state)};
            /* Few address bits, so that there are many of the same. */
            if (round & 1)
                entry.v &= UINT64_C(0x40000000000007ff);
            entered += hpt_enter(from, H_FLAG_EXACT, model_below(&state, 1 << 14), entry,
                                 &placed) == H_SUCCESS;
        }
        g_assert_cmpint(hpt_rehash(from, to, HPT_REHASH_ALL, &report), ==, H_SUCCESS);
        g_assert_cmpuint(report.kept + report.misplaced, ==, entered);
        g_assert_cmpuint(report.evicted, ==, 0);
    }
}

static void test_compare_and_pivot(void)
{
    g_autoptr(HptTable) a = table_new(18), b = table_new(18), c = table_new(19);
    HptDifference list[2];

    a->entries[5] = (HptEntry){.v = 0x80 | HPTE_V_VALID, .r = 0x1110};
    b->entries[5] = (HptEntry){.v = 0x80 | HPTE_V_ABSENT, .r = 0x1110 | HPTE_R_C};
    b->entries[6] = (HptEntry){.v = 0x40, .r = 7}; /* empty all the same */
    g_assert_cmpuint(hpt_compare(a, b, HPTE_R_C, NULL, 0), ==, 0);
    g_assert_cmpuint(hpt_compare(a, b, HPTE_R_R, list, 2), ==, 1);
    g_assert_cmpuint(list[0].index, ==, 5);
    g_assert_cmphex(list[0].a.r ^ list[0].b.r, ==, HPTE_R_C);
    a->entries[7].v = a->entries[8].v = HPTE_V_VALID;
    g_assert_cmpuint(hpt_compare(a, b, 0, list, 2), ==, 3);
    g_assert_cmpuint(list[1].index, ==, 7);
    g_assert_cmpuint(hpt_compare(a, c, 0, NULL, 0), ==, UINT64_MAX);

    hpt_table_pivot(a, c);
    g_assert_cmpuint(a->geometry.order, ==, 19);
    g_assert_cmpuint(c->geometry.order, ==, 18);
    g_assert_cmphex(hpt_table_get(c, 7).v, ==, HPTE_V_VALID);
    g_assert_cmphex(hpt_table_get(a, 7).v, ==, 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/hpt/rehash/round-trips", test_round_trips);
    g_test_add_func("/hpt/rehash/bolted-only", test_bolted_only);
    g_test_add_func("/hpt/rehash/collisions", test_collisions);
    g_test_add_func("/hpt/rehash/who-wins", test_who_wins);
    g_test_add_func("/hpt/rehash/refused", test_refused);
    g_test_add_func("/hpt/rehash/hostile", test_hostile);
    g_test_add_func("/hpt/rehash/compare-and-pivot", test_compare_and_pivot);
    return g_test_run();
}
