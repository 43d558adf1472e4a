/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Entries, geometry, hashes, and addresses from entries. */
#include <glib.h>

#include "mmu/hpt_hash.h"
#include "tests/unit/hpt_model.h"

static void test_geometry(void)
{
    HptGeometry geometry;

    g_assert_false(hpt_geometry_init(&geometry, 0));
    g_assert_false(hpt_geometry_init(&geometry, 17));
    g_assert_false(hpt_geometry_init(&geometry, 47));
    g_assert_false(hpt_geometry_init(&geometry, UINT32_MAX));
    for (uint32_t order = 18; order <= 46; order++) {
        g_assert_true(hpt_geometry_init(&geometry, order));
        g_assert_cmpuint(geometry.order, ==, order);
        g_assert_cmpuint(geometry.size, ==, UINT64_C(1) << order);
        g_assert_cmpuint(geometry.entries * 16, ==, geometry.size);
        g_assert_cmpuint((geometry.group_mask + 1) * 128, ==, geometry.size);
    }
    g_assert_cmpuint(hpt_group_of(0x1237), ==, 0x246);
    g_assert_cmpuint(hpt_slot_of(0x1237), ==, 7);
    g_assert_cmpuint(hpt_index_of(0x246, 7), ==, 0x1237);
}

/** LP as the ISA lists it: the bits that say r there are the page number's. */
static HptePageKind expected_kind(unsigned lp)
{
    if (lp % 16 == 1)
        return HPTE_PAGE_64K;
    if (lp % 16 == 7)
        return HPTE_PAGE_4K_64K;
    switch (lp) {
    case 0x00:
        return HPTE_PAGE_16M;
    case 0x03:
        return HPTE_PAGE_16G;
    case 0x08:
        return HPTE_PAGE_64K_16M;
    case 0x38:
        return HPTE_PAGE_4K_16M;
    default:
        return HPTE_PAGE_INVALID;
    }
}

static void test_page_sizes(void)
{
    static const unsigned shifts[HPTE_PAGE_KINDS][2] = {{0, 0},   {12, 12}, {12, 16}, {12, 24},
                                                        {16, 16}, {16, 24}, {24, 24}, {34, 34}};

    for (unsigned lp = 0; lp < 256; lp++) {
        HptEntry entry = {.v = HPTE_V_VALID, .r = UINT64_C(0xabc) << 24 | lp << 12 | 0x196};

        g_assert_cmpuint(hpte_page_size(entry).kind, ==, HPTE_PAGE_4K);
        g_assert_cmpuint(hpte_page_size(entry).base, ==, 12);
        entry.v |= HPTE_V_LARGE;
        HptePageSize size = hpte_page_size(entry);
        g_assert_cmpuint(size.kind, ==, expected_kind(lp));
        g_assert_cmpuint(size.base, ==, shifts[size.kind][0]);
        g_assert_cmpuint(size.actual, ==, shifts[size.kind][1]);
        g_assert_cmpint(hpte_is_sane(entry), ==, size.kind != HPTE_PAGE_INVALID);
        entry.v |= HPTE_V_B_1T;
        g_assert_cmpint(hpte_is_sane(entry), ==, size.kind != HPTE_PAGE_INVALID);
        entry.v |= HPTE_V_B;
        g_assert_false(hpte_is_sane(entry));
    }
    for (HptePageKind kind = HPTE_PAGE_4K; kind < HPTE_PAGE_KINDS; kind++) {
        HptEntry entry = {0};

        hpte_set_page_kind(&entry, kind);
        g_assert_cmpuint(hpte_page_size(entry).kind, ==, kind);
        g_assert_cmpuint(hpte_kind_size(kind).base, ==, shifts[kind][0]);
        g_assert_cmpuint(hpte_kind_size(kind).actual, ==, shifts[kind][1]);
    }
    g_assert_cmpstr(hpte_kind_name(HPTE_PAGE_4K_16M), ==, "4K/16M");
    g_assert_cmpstr(hpte_kind_name(HPTE_PAGE_KINDS), ==, "invalid");
    g_assert_cmpuint(hpte_kind_size(HPTE_PAGE_KINDS).base, ==, 0);
}

static void test_guest_view(void)
{
    HptEntry absent = {.v = UINT64_C(0x4000123456789080) | 0x7a, .r = UINT64_MAX};
    HptEntry seen = hpte_guest_view(absent);

    /* Absent is valid to the guest; neither it nor the lock bit are seen. */
    g_assert_cmphex(seen.v, ==, UINT64_C(0x4000123456789080) | 0x1b);
    g_assert_cmphex(seen.r, ==, UINT64_C(0xbfffffffffffffff));
    seen = hpte_guest_view((HptEntry){.v = 0x40, .r = 5});
    g_assert_cmphex(seen.v, ==, 0);
    g_assert_cmphex(seen.r, ==, 5);
}

static void test_real_address(void)
{
    HptEntry entry = {.v = HPTE_V_VALID, .r = UINT64_C(0xb000000012345197)};

    g_assert_cmphex(hpte_real_address(entry, UINT64_C(0xc000000000abcdef)), ==, 0x12345def);
    entry = (HptEntry){.v = HPTE_V_VALID | HPTE_V_LARGE, .r = 0x12341197};
    g_assert_cmphex(hpte_real_address(entry, UINT64_C(0xc000000000abcdef)), ==, 0x1234cdef);
    entry.r = 0x12038197; /* base 4K in a page of 16M */
    g_assert_cmphex(hpte_real_address(entry, UINT64_C(0xc000000000abcdef)), ==, 0x12abcdef);
    entry.r = UINT64_C(0x0ffffffc00003000);
    g_assert_cmphex(hpte_real_address(entry, UINT64_C(0xc000000000abcdef)), ==,
                    UINT64_C(0x0ffffffc00abcdef));
}

/** Worked out on paper. */
static void test_hash_known(void)
{
    /* 0x123 ^ 0x4567 */
    HptVa small = {.vsid = 0x123, .offset = 0x4567000, .segment_shift = 28};
    g_assert_cmphex(hpt_hash(&small, 12), ==, 0x4444);
    g_assert_cmphex(hpt_hash(&small, 16), ==, 0x123 ^ 0x456);
    g_assert_cmphex(hpt_hash(&small, 24), ==, 0x123 ^ 0x4);
    g_assert_cmphex(hpt_va_encode(&small, 12), ==, UINT64_C(0x123400));
    g_assert_cmphex(hpt_va_encode(&small, 24), ==, UINT64_C(0x123400));

    /* 3 ^ 3 << 25 ^ 0x12345678 */
    HptVa large = {.vsid = 3, .offset = UINT64_C(0x12345678000), .segment_shift = 40};
    large.offset &= (UINT64_C(1) << 40) - 1;
    g_assert_cmphex(hpt_hash(&large, 12), ==, 3 ^ 3 << 25 ^ 0x02345678);
    /* The AVPN of the large page leaves out bit 23 too. */
    large.offset = 0x1800000;
    g_assert_cmphex(hpt_va_encode(&large, 12), ==, UINT64_C(0x4000000003000180));
    g_assert_cmphex(hpt_va_encode(&large, 24), ==, UINT64_C(0x4000000003000100));

    /* The segment through which KVM maps real mode. */
    HptVa real = {.vsid = 0x1ffffff, .offset = 0x30000, .segment_shift = 40};
    g_assert_cmphex(hpt_hash(&real, 16), ==, UINT64_C(0x7ffe000000) ^ 0x1ffffff ^ 3);
}

static void test_hash_random(void)
{
    uint64_t state = 1;
    uint64_t rounds = model_operations(1000000) / 5;

    for (uint64_t i = 0; i < rounds; i++) {
        HptePageKind kind = model_random_kind(&state);
        unsigned base = hpte_kind_size(kind).base;
        HptVa va = model_random_va(&state, base);
        uint64_t hash = hpt_hash(&va, base);

        g_assert_true(hpt_va_is_sane(&va));
        g_assert_cmphex(hash, ==, model_hash(&va, base));

        HptEntry entry = model_entry(&state, &va, kind, 2);
        g_assert_cmphex(hpt_va_encode(&va, base), ==, entry.v & HPTE_V_COMPARE);

        /* From the entry and its place back to the address, in a table of any order. */
        gboolean secondary = (gboolean)model_below(&state, 2);
        uint32_t order = 18 + (uint32_t)model_below(&state, 46 - 18 + 1);
        uint64_t mask = (UINT64_C(1) << (order - 7)) - 1;
        uint64_t group = hpt_hash_group(hash, secondary, mask);
        g_assert_cmpuint(group, ==, model_group(&va, base, secondary, order));
        entry.v = model_with(entry.v, 62, 62, secondary);
        HptVa back = hpt_va_of_entry(entry, base, group);
        g_assert_cmphex(back.vsid, ==, va.vsid);
        g_assert_cmphex(back.offset, ==, va.offset);
        g_assert_cmpuint(back.segment_shift, ==, va.segment_shift);
        g_assert_true(hpt_entry_belongs(entry, hash, group, mask));
        /* The short way to the same: no offset here, and the way to a table of any order. */
        uint64_t offset = hpt_group_offset(entry, kind, group);
        g_assert_cmphex(offset & mask, ==, 0);
        uint32_t to = 18 + (uint32_t)model_below(&state, 46 - 18 + 1);
        g_assert_cmpuint((group ^ offset) & ((UINT64_C(1) << (to - 7)) - 1), ==,
                         model_group(&va, base, secondary, to));

        /* In another group it is out of place, if what differs is not the page number. */
        uint64_t other = group ^ UINT64_C(1) << model_below(&state, order - 7);
        back = hpt_va_of_entry(entry, base, other);
        gboolean belongs = hpt_entry_belongs(entry, hpt_hash(&back, base), other, mask);
        g_assert_cmpint(belongs, ==, (hpt_group_offset(entry, kind, other) & mask) == 0);
        unsigned free_bits = base < 23 ? 23 - base : 0;
        g_assert_cmpint(belongs, ==, (group ^ other) >> free_bits == 0);
    }
}

static void test_va_bounds(void)
{
    HptVa va = {.vsid = (UINT64_C(1) << 50) - 1, .offset = 0xfffffff, .segment_shift = 28};

    g_assert_true(hpt_va_is_sane(&va));
    va.offset++;
    g_assert_false(hpt_va_is_sane(&va));
    va = (HptVa){.vsid = UINT64_C(1) << 50, .segment_shift = 28};
    g_assert_false(hpt_va_is_sane(&va));
    va = (HptVa){.vsid = (UINT64_C(1) << 38) - 1, .segment_shift = 40};
    g_assert_true(hpt_va_is_sane(&va));
    va.vsid++;
    g_assert_false(hpt_va_is_sane(&va));
    va = (HptVa){.segment_shift = 30};
    g_assert_false(hpt_va_is_sane(&va));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/hpt/hash/geometry", test_geometry);
    g_test_add_func("/hpt/hash/page-sizes", test_page_sizes);
    g_test_add_func("/hpt/hash/guest-view", test_guest_view);
    g_test_add_func("/hpt/hash/real-address", test_real_address);
    g_test_add_func("/hpt/hash/known", test_hash_known);
    g_test_add_func("/hpt/hash/random", test_hash_random);
    g_test_add_func("/hpt/hash/va-bounds", test_va_bounds);
    return g_test_run();
}
