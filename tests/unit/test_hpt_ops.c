/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * PAPR's calls on a table: by hand, and a million random ones against a model
 * that keeps every entry as the fields of the ISA.
 */
#include <stdlib.h>
#include <string.h>

#include <glib.h>

#include "mmu/hpt_ops.h"
#include "tests/unit/hpt_model.h"

enum { ORDER = 18, SLOTS = 1 << (ORDER - 4) };

/* Bits of a flags word, by their number in PAPR. */
enum { FLAG_EXACT = 24, FLAG_READ_4 = 26, FLAG_AVPN = 32, FLAG_ANDCOND = 33 };

static uint64_t flag(unsigned bit) { return model_with(0, bit, bit, 1); }

/* --- by hand ------------------------------------------------------------------ */

static HptEntry entry_4k(uint64_t avpn, uint64_t r)
{
    return (HptEntry){.v = avpn << 7 | HPTE_V_VALID, .r = r};
}

static void test_table(void)
{
    g_autoptr(GError) error = NULL;

    g_assert_null(hpt_table_new(17, &error));
    g_assert_nonnull(strstr(error->message, "18 to 46, not 17"));
    g_clear_error(&error);
    g_assert_null(hpt_table_new(47, &error));
    g_clear_error(&error);
    /* 64 TiB at once: refused, unless this host promises what it does not have. */
    HptTable *huge = hpt_table_new(46, &error);
    if (!huge)
        g_assert_nonnull(strstr(error->message, "no memory"));
    hpt_table_free(huge);
    hpt_table_free(NULL);

    g_autoptr(HptTable) table = hpt_table_new(ORDER, NULL);
    uint64_t placed;
    g_assert_cmpint(hpt_enter(table, 0, SLOTS - 8, entry_4k(1, 0x1000), &placed), ==, H_SUCCESS);
    g_assert_cmpuint(placed, ==, SLOTS - 8);
    g_assert_cmphex(hpt_table_get(table, placed).v, ==, 0x81);
    g_assert_cmphex(hpt_table_get(table, SLOTS).v, ==, 0);
    g_assert_cmphex(hpt_table_get(table, UINT64_MAX).v, ==, 0);

    g_assert_true(hpt_table_set_mapped(table, placed, FALSE));
    g_assert_cmphex(hpt_table_get(table, placed).v, ==, 0xa0);
    g_assert_true(hpt_table_set_mapped(table, placed, TRUE));
    g_assert_cmphex(hpt_table_get(table, placed).v, ==, 0x81);
    g_assert_false(hpt_table_set_mapped(table, placed - 1, FALSE));
    g_assert_false(hpt_table_set_mapped(table, SLOTS, FALSE));

    hpt_table_clear(table, SLOTS, UINT64_MAX);
    g_assert_cmphex(hpt_table_get(table, placed).v, ==, 0x81);
    hpt_table_clear(table, 1, UINT64_MAX);
    g_assert_cmphex(hpt_table_get(table, placed).v, ==, 0);
}

static void test_enter(void)
{
    g_autoptr(HptTable) table = hpt_table_new(ORDER, NULL);
    uint64_t placed = 0;

    /* The low bits of the index do not count, and the group fills up from below. */
    for (unsigned i = 0; i < 8; i++) {
        g_assert_cmpint(hpt_enter(table, 0, 0x123, entry_4k(i, 0), &placed), ==, H_SUCCESS);
        g_assert_cmpuint(placed, ==, 0x120 + i);
    }
    placed = 77;
    g_assert_cmpint(hpt_enter(table, 0, 0x123, entry_4k(9, 0), &placed), ==, H_PTEG_FULL);
    g_assert_cmpint(hpt_enter(table, flag(FLAG_EXACT), 0x123, entry_4k(9, 0), &placed), ==,
                    H_PTEG_FULL);
    g_assert_cmpuint(placed, ==, 77);
    g_assert_cmpint(hpt_enter(table, flag(FLAG_EXACT), 0x12b, entry_4k(9, 0), &placed), ==,
                    H_SUCCESS);
    g_assert_cmpuint(placed, ==, 0x12b);
    /* An absent one takes its slot too. */
    g_assert_true(hpt_table_set_mapped(table, placed, FALSE));
    g_assert_cmpint(hpt_enter(table, flag(FLAG_EXACT), 0x12b, entry_4k(9, 0), &placed), ==,
                    H_PTEG_FULL);
    g_assert_cmpint(hpt_enter(table, 0, SLOTS - 1, entry_4k(9, 0), &placed), ==, H_SUCCESS);
    g_assert_cmpuint(placed, ==, SLOTS - 8);

    g_assert_cmpint(hpt_enter(table, 0, SLOTS, entry_4k(9, 0), &placed), ==, H_PARAMETER);
    g_assert_cmpint(hpt_enter(table, 0, UINT64_MAX, entry_4k(9, 0), &placed), ==, H_PARAMETER);
    g_assert_cmpint(
        hpt_enter(table, 0, 0, (HptEntry){.v = UINT64_C(0x8000000000000001), .r = 0}, &placed), ==,
        H_PARAMETER);
    g_assert_cmpint(hpt_enter(table, 0, 0, (HptEntry){.v = 5, .r = 0x2000}, &placed), ==,
                    H_PARAMETER);

    /* Valid without the guest's saying so; the hypervisor's bits are not the guest's. */
    HptEntry odd = {.v = 0x80 | 0x40 | 0x20 | 0x10 | 0x08, .r = UINT64_C(0xc000000000001196)};
    g_assert_cmpint(hpt_enter(table, 0, 0, odd, &placed), ==, H_SUCCESS);
    g_assert_cmphex(hpt_table_get(table, 0).v, ==, 0x80 | 0x10 | 0x08 | 0x01);
    g_assert_cmphex(hpt_table_get(table, 0).r, ==, UINT64_C(0x8000000000001196));
}

static void test_remove(void)
{
    g_autoptr(HptTable) table = hpt_table_new(ORDER, NULL);
    HptEntry removed;
    uint64_t placed;
    HptEntry entry = {.v = UINT64_C(0x4000000000012380) | HPTE_V_BOLTED, .r = 0x5196};

    g_assert_cmpint(hpt_enter(table, flag(FLAG_EXACT), 5, entry, &placed), ==, H_SUCCESS);
    g_assert_cmpint(hpt_remove(table, 0, 4, 0, &removed), ==, H_NOT_FOUND);
    g_assert_cmpint(hpt_remove(table, 0, SLOTS, 0, &removed), ==, H_PARAMETER);
    g_assert_cmpint(hpt_remove(table, flag(FLAG_AVPN), 5, UINT64_C(0x4000000000012300), &removed),
                    ==, H_NOT_FOUND);
    /* B is part of what is compared. */
    g_assert_cmpint(hpt_remove(table, flag(FLAG_AVPN), 5, 0x12380, &removed), ==, H_NOT_FOUND);
    g_assert_cmpint(hpt_remove(table, flag(FLAG_ANDCOND), 5, HPTE_V_BOLTED, &removed), ==,
                    H_NOT_FOUND);
    g_assert_cmpint(hpt_remove(table, flag(FLAG_AVPN), 5, UINT64_C(0x4000000000012380), &removed),
                    ==, H_SUCCESS);
    g_assert_cmphex(removed.v, ==, entry.v | HPTE_V_VALID);
    g_assert_cmphex(removed.r, ==, entry.r);
    g_assert_cmpint(hpt_remove(table, 0, 5, 0, &removed), ==, H_NOT_FOUND);

    entry.v &= ~HPTE_V_BOLTED;
    g_assert_cmpint(hpt_enter(table, flag(FLAG_EXACT), 5, entry, &placed), ==, H_SUCCESS);
    g_assert_true(hpt_table_set_mapped(table, 5, FALSE));
    g_assert_cmpint(hpt_remove(table, flag(FLAG_ANDCOND), 5, HPTE_V_BOLTED, &removed), ==,
                    H_SUCCESS);
    /* Absent is no matter of the guest's. */
    g_assert_cmphex(removed.v, ==, entry.v | HPTE_V_VALID);
}

static void test_protect_and_read(void)
{
    g_autoptr(HptTable) table = hpt_table_new(ORDER, NULL);
    HptEntry seen[4];
    unsigned count;
    uint64_t placed, r;

    for (unsigned i = 0; i < 4; i++)
        g_assert_cmpint(
            hpt_enter(table, flag(FLAG_EXACT), 8 + i, entry_4k(i, 0x1000 * i + 0x190), &placed), ==,
            H_SUCCESS);
    g_assert_cmpint(hpt_protect(table, 0, SLOTS, 0), ==, H_PARAMETER);
    g_assert_cmpint(hpt_protect(table, 0, 7, 0), ==, H_NOT_FOUND);
    g_assert_cmpint(hpt_protect(table, flag(FLAG_AVPN), 9, 2 << 7), ==, H_NOT_FOUND);
    /* pp0, both upper key bits, lower key 5, N, pp 2 */
    g_assert_cmpint(hpt_protect(table, flag(FLAG_AVPN) | 0x3000 | 0x100 | 0xa00 | 4 | 2, 9, 1 << 7),
                    ==, H_SUCCESS);
    g_assert_cmpint(hpt_read(table, 0, 9, seen, &count), ==, H_SUCCESS);
    g_assert_cmpuint(count, ==, 1);
    g_assert_cmphex(seen[0].r, ==, UINT64_C(0xb000000000001b96));
    g_assert_cmpint(hpt_protect(table, 0, 9, 0), ==, H_SUCCESS);
    g_assert_cmpint(hpt_read(table, flag(FLAG_READ_4), 11, seen, &count), ==, H_SUCCESS);
    g_assert_cmpuint(count, ==, 4);
    for (unsigned i = 0; i < 4; i++) {
        g_assert_cmphex(seen[i].v, ==, (i << 7) + 1);
        g_assert_cmphex(seen[i].r, ==, 0x1000 * i + 0x190);
    }
    g_assert_cmpint(hpt_read(table, flag(FLAG_READ_4), SLOTS - 1, seen, &count), ==, H_SUCCESS);
    g_assert_cmphex(seen[3].v, ==, 0);
    g_assert_cmpint(hpt_read(table, 0, SLOTS, seen, &count), ==, H_PARAMETER);

    g_assert_cmpint(hpt_clear_ref(table, 8, &r), ==, H_SUCCESS);
    g_assert_cmphex(r, ==, 0x190);
    g_assert_cmpint(hpt_clear_mod(table, 8, &r), ==, H_SUCCESS);
    g_assert_cmphex(r, ==, 0x90);
    g_assert_cmpint(hpt_clear_ref(table, 8, &r), ==, H_SUCCESS);
    g_assert_cmphex(r, ==, 0x10);
    g_assert_cmpint(hpt_clear_ref(table, 7, &r), ==, H_NOT_FOUND);
    g_assert_cmpint(hpt_clear_mod(table, 7, &r), ==, H_NOT_FOUND);
    g_assert_cmpint(hpt_clear_ref(table, SLOTS, &r), ==, H_PARAMETER);
    g_assert_cmpint(hpt_clear_mod(table, UINT64_MAX, &r), ==, H_PARAMETER);
}

static void test_bulk_remove(void)
{
    g_autoptr(HptTable) table = hpt_table_new(ORDER, NULL);
    uint64_t placed;

    for (unsigned i = 0; i < 8; i++)
        g_assert_cmpint(hpt_enter(table, flag(FLAG_EXACT), i,
                                  entry_4k(i, i % 4 * 0x80 | 0x1000 | (i == 6 ? 0x196 : 0)),
                                  &placed),
                        ==, H_SUCCESS);
    /* Absolute with C, AVPN that fails, AND condition that holds with R and C, end. */
    uint64_t words[8] = {UINT64_C(0x4000000000000001), 0,    UINT64_C(0x4200000000000002), 3 << 7,
                         UINT64_C(0x4100000000000003), 0x10, UINT64_C(0xc000000000000004), 0};
    g_assert_cmpint(hpt_bulk_remove(table, words), ==, H_SUCCESS);
    g_assert_cmphex(words[0], ==, UINT64_C(0x8400000000000001));
    g_assert_cmphex(words[2], ==, UINT64_C(0x9200000000000002));
    g_assert_cmphex(words[4], ==, UINT64_C(0x8d00000000000003));
    g_assert_cmphex(words[6], ==, UINT64_C(0xc000000000000004));
    g_assert_cmphex(hpt_table_get(table, 1).v, ==, 0);
    g_assert_cmphex(hpt_table_get(table, 2).v, ==, 0x101);
    g_assert_cmphex(hpt_table_get(table, 3).v, ==, 0);
    g_assert_cmphex(hpt_table_get(table, 4).v, ==, 0x201);

    /* What is malformed stops it, with what was before done and what is behind not. */
    static const uint64_t bad[] = {
        UINT64_C(0x4300000000000005),         /* two conditions */
        UINT64_C(0x0000000000000005),         /* unused */
        UINT64_C(0x8000000000000005),         /* an answer */
        UINT64_C(0x4000000000000000) | SLOTS, /* beyond the table */
        UINT64_C(0x40ffffffffffffff),
    };
    for (unsigned i = 0; i < G_N_ELEMENTS(bad); i++) {
        uint64_t control[8] = {UINT64_C(0x4200000000000006), 6 << 7, bad[i], 0,
                               UINT64_C(0x4000000000000007), 0};
        g_assert_cmpint(hpt_bulk_remove(table, control), ==, H_PARAMETER);
        g_assert_cmphex(control[0], ==,
                        i ? UINT64_C(0x9200000000000006) : UINT64_C(0x8e00000000000006));
        g_assert_cmphex(control[2], ==,
                        (0xa0 | (bad[i] >> 56 & 3)) << 56 | (bad[i] & 0xffffffffffffff));
        g_assert_cmphex(control[4], ==, UINT64_C(0x4000000000000007));
        g_assert_cmphex(hpt_table_get(table, 7).v, ==, 0x381);
    }
}

/* --- the model ------------------------------------------------------------------ */

typedef struct {
    gboolean used;
    /* The fields of the two doublewords, in the ISA's names and order. */
    uint64_t b, avpn, sw59, sw60, l, h;
    uint64_t pp0, key01, arpn_lp, key234, ref, chg, wimg, n, pp12;
} ModelEntry;

static ModelEntry model[SLOTS];

static ModelEntry model_take(HptEntry e)
{
    return (ModelEntry){
        .used = TRUE,
        .b = model_bits(e.v, 0, 1),
        .avpn = model_bits(e.v, 2, 56),
        .sw59 = model_bits(e.v, 59, 59),
        .sw60 = model_bits(e.v, 60, 60),
        .l = model_bits(e.v, 61, 61),
        .h = model_bits(e.v, 62, 62),
        .pp0 = model_bits(e.r, 0, 0),
        .key01 = model_bits(e.r, 2, 3),
        .arpn_lp = model_bits(e.r, 4, 51),
        .key234 = model_bits(e.r, 52, 54),
        .ref = model_bits(e.r, 55, 55),
        .chg = model_bits(e.r, 56, 56),
        .wimg = model_bits(e.r, 57, 60),
        .n = model_bits(e.r, 61, 61),
        .pp12 = model_bits(e.r, 62, 63),
    };
}

static HptEntry model_show(const ModelEntry *m)
{
    HptEntry e = {0};

    if (!m->used)
        return e;
    e.v = model_with(e.v, 0, 1, m->b);
    e.v = model_with(e.v, 2, 56, m->avpn);
    e.v = model_with(e.v, 59, 59, m->sw59);
    e.v = model_with(e.v, 60, 60, m->sw60);
    e.v = model_with(e.v, 61, 61, m->l);
    e.v = model_with(e.v, 62, 62, m->h);
    e.v = model_with(e.v, 63, 63, 1);
    e.r = model_with(e.r, 0, 0, m->pp0);
    e.r = model_with(e.r, 2, 3, m->key01);
    e.r = model_with(e.r, 4, 51, m->arpn_lp);
    e.r = model_with(e.r, 52, 54, m->key234);
    e.r = model_with(e.r, 55, 55, m->ref);
    e.r = model_with(e.r, 56, 56, m->chg);
    e.r = model_with(e.r, 57, 60, m->wimg);
    e.r = model_with(e.r, 61, 61, m->n);
    e.r = model_with(e.r, 62, 63, m->pp12);
    return e;
}

static gboolean model_page_exists(const ModelEntry *m)
{
    unsigned lp = m->arpn_lp % 256;

    return !m->l || lp % 16 == 1 || lp % 16 == 7 || lp == 0 || lp == 3 || lp == 8 || lp == 56;
}

static HcallRet model_enter(uint64_t flags, uint64_t index, HptEntry e, uint64_t *placed)
{
    ModelEntry m = model_take(e);
    gboolean exact = model_bits(flags, FLAG_EXACT, FLAG_EXACT) == 1;

    if (m.b > 1 || !model_page_exists(&m) || index >= SLOTS)
        return H_PARAMETER;
    for (uint64_t i = index / 8 * 8; i < index / 8 * 8 + 8; i++) {
        if (model[i].used || (exact && i != index))
            continue;
        model[i] = m;
        *placed = i;
        return H_SUCCESS;
    }
    return H_PTEG_FULL;
}

static gboolean model_conditions_hold(uint64_t flags, uint64_t index, uint64_t avpn)
{
    HptEntry shown = model_show(&model[index]);

    if (!model[index].used)
        return FALSE;
    if (model_bits(flags, FLAG_AVPN, FLAG_AVPN) && shown.v / 128 * 128 != avpn)
        return FALSE;
    return !model_bits(flags, FLAG_ANDCOND, FLAG_ANDCOND) || !(shown.v & avpn);
}

static HcallRet model_remove(uint64_t flags, uint64_t index, uint64_t avpn, HptEntry *removed)
{
    if (index >= SLOTS)
        return H_PARAMETER;
    if (!model_conditions_hold(flags, index, avpn))
        return H_NOT_FOUND;
    *removed = model_show(&model[index]);
    model[index].used = FALSE;
    return H_SUCCESS;
}

static HcallRet model_protect(uint64_t flags, uint64_t index, uint64_t avpn)
{
    if (index >= SLOTS)
        return H_PARAMETER;
    if (!model_conditions_hold(flags & ~flag(FLAG_ANDCOND), index, avpn))
        return H_NOT_FOUND;
    model[index].pp0 = model_bits(flags, 55, 55);
    model[index].key01 = model_bits(flags, 50, 51);
    model[index].key234 = model_bits(flags, 52, 54);
    model[index].n = model_bits(flags, 61, 61);
    model[index].pp12 = model_bits(flags, 62, 63);
    return H_SUCCESS;
}

static HcallRet model_bulk(uint64_t words[8])
{
    for (unsigned i = 0; i < 8; i += 2) {
        uint64_t type = model_bits(words[i], 0, 1), condition = model_bits(words[i], 6, 7);
        uint64_t index = model_bits(words[i], 8, 63), answer = 2;
        HptEntry removed = {0};
        HcallRet ret = H_PARAMETER;

        if (type == 3)
            return H_SUCCESS;
        if (type == 1 && condition != 3)
            ret = model_remove(condition == 1   ? flag(FLAG_ANDCOND)
                               : condition == 2 ? flag(FLAG_AVPN)
                                                : 0,
                               index, words[i + 1], &removed);
        if (ret == H_SUCCESS)
            answer = 0;
        if (ret == H_NOT_FOUND)
            answer = 1;
        words[i] = model_with(0, 0, 1, 2);
        words[i] = model_with(words[i], 2, 3, answer);
        words[i] = model_with(words[i], 4, 4, model_bits(removed.r, 55, 55));
        words[i] = model_with(words[i], 5, 5, model_bits(removed.r, 56, 56));
        words[i] = model_with(words[i], 6, 7, condition);
        words[i] = model_with(words[i], 8, 63, index);
        if (ret == H_PARAMETER)
            return H_PARAMETER;
    }
    return H_SUCCESS;
}

/* --- random calls --------------------------------------------------------------- */

static uint64_t seed = 7;

/** Few groups, so that they fill up; now and then anything. */
static uint64_t random_index(void)
{
    if (model_below(&seed, 50) == 0)
        return model_below(&seed, 2) ? model_random(&seed) : SLOTS - 2 + model_below(&seed, 4);
    return model_below(&seed, 8) * (SLOTS / 8) + model_below(&seed, 16);
}

static uint64_t random_flags(void)
{
    uint64_t flags = 0;

    if (model_below(&seed, 2))
        flags |= flag(FLAG_EXACT);
    if (model_below(&seed, 3) == 0)
        flags |= flag(FLAG_AVPN);
    if (model_below(&seed, 3) == 0)
        flags |= flag(FLAG_ANDCOND);
    if (model_below(&seed, 2))
        flags |= flag(FLAG_READ_4);
    return flags | (model_random(&seed) & 0xfff00000000000ff) | (model_random(&seed) & 0xffff);
}

static HptEntry random_entry(void)
{
    HptVa va = model_random_va(&seed, 12);
    HptEntry e = model_entry(&seed, &va, HPTE_PAGE_4K, 3);

    e.v |= model_random(&seed) & 0x7f;
    if (model_below(&seed, 8) == 0)
        e = (HptEntry){.v = model_random(&seed), .r = model_random(&seed)};
    return e;
}

/** An AVPN or condition that fits about every other time. */
static uint64_t random_avpn(uint64_t index)
{
    if (index < SLOTS && model_below(&seed, 2))
        return model_show(&model[index]).v / 128 * 128;
    return UINT64_C(1) << model_below(&seed, 64);
}

static uint64_t same_ret[8];

static void count_ret(HcallRet ours, HcallRet expected)
{
    g_assert_cmpint(ours, ==, expected);
    same_ret[-ours]++;
}

static void random_call(HptTable *table)
{
    uint64_t index = random_index(), flags = random_flags(), avpn = random_avpn(index);
    uint64_t ours = 0, theirs = 0;
    HptEntry a = {0}, b = {0}, four[4];
    unsigned count;
    HcallRet ret;

    switch (model_below(&seed, 8)) {
    case 0:
    case 1:
    case 2:
        a = random_entry();
        count_ret(hpt_enter(table, flags, index, a, &ours), model_enter(flags, index, a, &theirs));
        g_assert_cmpuint(ours, ==, theirs);
        break;
    case 3:
        count_ret(hpt_remove(table, flags, index, avpn, &a), model_remove(flags, index, avpn, &b));
        g_assert_cmphex(a.v, ==, b.v);
        g_assert_cmphex(a.r, ==, b.r);
        break;
    case 4:
        count_ret(hpt_protect(table, flags, index, avpn), model_protect(flags, index, avpn));
        break;
    case 5:
        ret = hpt_read(table, flags, index, four, &count);
        count_ret(ret, index >= SLOTS ? H_PARAMETER : H_SUCCESS);
        if (ret != H_SUCCESS)
            break;
        g_assert_cmpuint(count, ==, model_bits(flags, FLAG_READ_4, FLAG_READ_4) ? 4 : 1);
        for (unsigned i = 0; i < count; i++) {
            b = model_show(&model[(count == 4 ? index / 4 * 4 : index) + i]);
            g_assert_cmphex(four[i].v, ==, b.v);
            g_assert_cmphex(four[i].r, ==, b.r);
        }
        break;
    case 6: {
        gboolean ref = (gboolean)model_below(&seed, 2);
        ret = (ref ? hpt_clear_ref : hpt_clear_mod)(table, index, &ours);
        count_ret(ret, index >= SLOTS ? H_PARAMETER : !model[index].used ? H_NOT_FOUND : H_SUCCESS);
        if (ret == H_SUCCESS) {
            g_assert_cmphex(ours, ==, model_show(&model[index]).r);
            *(ref ? &model[index].ref : &model[index].chg) = 0;
        }
        break;
    }
    case 7: {
        uint64_t words[8], same[8];
        for (unsigned i = 0; i < 8; i += 2) {
            uint64_t at = random_index();
            uint64_t type = model_below(&seed, 8) ? 1 : model_below(&seed, 4);
            words[i] = model_with(at, 0, 7, type << 6 | model_below(&seed, 3));
            if (model_below(&seed, 16) == 0)
                words[i] |= UINT64_C(3) << 56;
            words[i + 1] = random_avpn(at);
        }
        memcpy(same, words, sizeof(same));
        count_ret(hpt_bulk_remove(table, words), model_bulk(same));
        g_assert_cmpmem(words, sizeof(words), same, sizeof(same));
        break;
    }
    }
    /* Mapped or not makes no difference to any of them. */
    if (model_below(&seed, 4) == 0) {
        gboolean there = index < SLOTS && model[index].used;
        g_assert_cmpint(hpt_table_set_mapped(table, index, (gboolean)model_below(&seed, 2)), ==,
                        there);
    }
}

static void check_whole(const HptTable *table)
{
    for (uint64_t i = 0; i < SLOTS; i++) {
        HptEntry stored = hpt_table_get(table, i), shown = model_show(&model[i]);
        uint64_t present = stored.v & HPTE_V_PRESENT;

        /* Valid or absent, never both; nothing is left in an empty slot. */
        g_assert_true(present != HPTE_V_PRESENT);
        stored = hpte_guest_view(stored);
        g_assert_cmphex(stored.v, ==, shown.v);
        g_assert_cmphex(stored.r, ==, shown.r);
    }
}

static void test_random(void)
{
    g_autoptr(HptTable) table = hpt_table_new(ORDER, NULL);
    uint64_t operations = model_operations(1000000);

    for (uint64_t i = 0; i < operations; i++) {
        random_call(table);
        if (i % (operations / 16 + 1) == 0)
            check_whole(table);
    }
    check_whole(table);
    /* Each outcome was seen often enough to mean something. */
    g_assert_cmpuint(same_ret[-H_SUCCESS], >, operations / 10);
    g_assert_cmpuint(same_ret[-H_PTEG_FULL], >, operations / 100);
    g_assert_cmpuint(same_ret[-H_NOT_FOUND], >, operations / 100);
    g_assert_cmpuint(same_ret[-H_PARAMETER], >, operations / 100);
}

/** The refusal of 64 TiB is the allocator's to give, not a sanitizer's to die of. */
const char *__asan_default_options(void);
const char *__asan_default_options(void) { return "allocator_may_return_null=1"; }

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/hpt/ops/table", test_table);
    g_test_add_func("/hpt/ops/enter", test_enter);
    g_test_add_func("/hpt/ops/remove", test_remove);
    g_test_add_func("/hpt/ops/protect-and-read", test_protect_and_read);
    g_test_add_func("/hpt/ops/bulk-remove", test_bulk_remove);
    g_test_add_func("/hpt/ops/random", test_random);
    return g_test_run();
}
