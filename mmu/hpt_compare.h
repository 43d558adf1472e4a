/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Two hash page tables, entry by entry as the guest sees them. */
#pragma once

#include "mmu/hpt_engine.h"

typedef struct {
    uint64_t index;
    /** As the guest sees them. */
    HptEntry a;
    HptEntry b;
} HptDifference;

/**
 * The number of slots in which @a and @b differ, of which the first @room go to
 * @list. Bits of the second doubleword in @ignore_r do not count: HPTE_R_R |
 * HPTE_R_C where the guest ran in between, 0 where it did not. Tables of two
 * orders differ in every slot: UINT64_MAX.
 */
uint64_t hpt_compare(const HptTable *a, const HptTable *b, uint64_t ignore_r, HptDifference *list,
                     unsigned room);
