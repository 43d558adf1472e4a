/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "mmu/hpte.h"

/** For every value of the upper half of the field, which is then the page number's. */
#define LP_EACH(low, kind)                                                                         \
    [0x00 | (low)] = (kind), [0x10 | (low)] = (kind), [0x20 | (low)] = (kind),                     \
            [0x30 | (low)] = (kind), [0x40 | (low)] = (kind), [0x50 | (low)] = (kind),             \
            [0x60 | (low)] = (kind), [0x70 | (low)] = (kind), [0x80 | (low)] = (kind),             \
            [0x90 | (low)] = (kind), [0xa0 | (low)] = (kind), [0xb0 | (low)] = (kind),             \
            [0xc0 | (low)] = (kind), [0xd0 | (low)] = (kind), [0xe0 | (low)] = (kind),             \
            [0xf0 | (low)] = (kind)

const uint8_t hpte_lp_kinds[256] = {
    [0x00] = HPTE_PAGE_16M,    [0x03] = HPTE_PAGE_16G,       [0x08] = HPTE_PAGE_64K_16M,
    [0x38] = HPTE_PAGE_4K_16M, LP_EACH(0x01, HPTE_PAGE_64K), LP_EACH(0x07, HPTE_PAGE_4K_64K),
};

static const struct {
    uint8_t base;
    uint8_t actual;
    uint8_t lp;
    const char *name;
} kinds[HPTE_PAGE_KINDS] = {
    [HPTE_PAGE_INVALID] = {0, 0, 0, "invalid"},    [HPTE_PAGE_4K] = {12, 12, 0, "4K"},
    [HPTE_PAGE_4K_64K] = {12, 16, 0x07, "4K/64K"}, [HPTE_PAGE_4K_16M] = {12, 24, 0x38, "4K/16M"},
    [HPTE_PAGE_64K] = {16, 16, 0x01, "64K"},       [HPTE_PAGE_64K_16M] = {16, 24, 0x08, "64K/16M"},
    [HPTE_PAGE_16M] = {24, 24, 0x00, "16M"},       [HPTE_PAGE_16G] = {34, 34, 0x03, "16G"},
};

void hpte_set_page_kind(HptEntry *entry, HptePageKind kind)
{
    if (kind == HPTE_PAGE_INVALID || kind >= HPTE_PAGE_KINDS)
        return;
    if (kind == HPTE_PAGE_4K)
        return;
    entry->v |= HPTE_V_LARGE;
    entry->r |= (uint64_t)kinds[kind].lp << HPTE_LP_SHIFT;
}

HptePageSize hpte_kind_size(HptePageKind kind)
{
    if (kind >= HPTE_PAGE_KINDS)
        kind = HPTE_PAGE_INVALID;
    return (HptePageSize){.base = kinds[kind].base, .actual = kinds[kind].actual, .kind = kind};
}

const char *hpte_kind_name(HptePageKind kind)
{
    return kinds[kind < HPTE_PAGE_KINDS ? kind : HPTE_PAGE_INVALID].name;
}

uint64_t hpte_real_address(HptEntry entry, uint64_t ea)
{
    uint64_t in_page = (UINT64_C(1) << hpte_page_size(entry).actual) - 1;

    return (entry.r & HPTE_R_RPN & ~in_page) | (ea & in_page);
}
