/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "mmu/hpt_hash.h"

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
