/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "mmu/hpt_hash.h"

/** All for a segment of 2^@segment bytes and pages with a base size of 2^@base bytes. */
#define PARTS(segment, base)                                                                       \
    {                                                                                              \
        .avpn_mask = (HPTE_V_AVPN >> HPTE_AVPN_SHIFT) &                                            \
                     ~(((UINT64_C(1) << (base)) - 1) >> HPTE_AVPN_DROPS),                          \
        .twice = (segment) == HPTE_SEGMENT_1T ? UINT64_MAX : 0,                                    \
        .from_entry = UINT64_MAX << (HPTE_AVPN_DROPS - MIN(base, HPTE_AVPN_DROPS)),                \
        .page_mask = (UINT32_C(1) << ((segment)-HPTE_AVPN_DROPS)) - 1,                             \
        .page_turn = (HPTE_AVPN_DROPS - (base)) & 63, .vsid_shift = (segment)-HPTE_AVPN_DROPS,     \
    }
/** A reserved B counts by its low bit, as in hpte_segment_shift(). */
#define PARTS_OF_BASE(base)                                                                        \
    {                                                                                              \
        PARTS(HPTE_SEGMENT_256M, base), PARTS(HPTE_SEGMENT_1T, base),                              \
            PARTS(HPTE_SEGMENT_256M, base), PARTS(HPTE_SEGMENT_1T, base)                           \
    }

const HptHashParts hpt_hash_parts[HPTE_PAGE_KINDS][4] = {
    [HPTE_PAGE_4K] = PARTS_OF_BASE(12),      [HPTE_PAGE_4K_64K] = PARTS_OF_BASE(12),
    [HPTE_PAGE_4K_16M] = PARTS_OF_BASE(12),  [HPTE_PAGE_64K] = PARTS_OF_BASE(16),
    [HPTE_PAGE_64K_16M] = PARTS_OF_BASE(16), [HPTE_PAGE_16M] = PARTS_OF_BASE(24),
    [HPTE_PAGE_16G] = PARTS_OF_BASE(34),
};

uint64_t hpt_va_encode(const HptVa *va, unsigned base_shift)
{
    uint64_t avpn =
        va->vsid << (va->segment_shift - HPTE_AVPN_DROPS) | va->offset >> HPTE_AVPN_DROPS;

    avpn &= ~(((UINT64_C(1) << base_shift) - 1) >> HPTE_AVPN_DROPS);
    return (avpn << HPTE_AVPN_SHIFT & HPTE_V_AVPN) |
           (va->segment_shift == HPTE_SEGMENT_1T ? HPTE_V_B_1T : 0);
}

gboolean hpt_va_is_sane(const HptVa *va)
{
    if (va->segment_shift != HPTE_SEGMENT_256M && va->segment_shift != HPTE_SEGMENT_1T)
        return FALSE;
    return va->vsid >> (78 - va->segment_shift) == 0 && va->offset >> va->segment_shift == 0;
}
