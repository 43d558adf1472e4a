/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "mmu/hpt_compare.h"

/** What the guest can tell about a slot: of an empty one, that it is empty. */
static HptEntry slot_contents(HptEntry entry)
{
    return hpte_is_present(entry) ? hpte_guest_view(entry) : (HptEntry){0};
}

uint64_t hpt_compare(const HptTable *a, const HptTable *b, uint64_t ignore_r, HptDifference *list,
                     unsigned room)
{
    uint64_t found = 0;

    if (a->geometry.order != b->geometry.order)
        return UINT64_MAX;
    for (uint64_t i = 0; i < a->geometry.entries; i++) {
        HptEntry left = slot_contents(a->entries[i]);
        HptEntry right = slot_contents(b->entries[i]);

        if (left.v == right.v && ((left.r ^ right.r) & ~ignore_r) == 0)
            continue;
        if (found < room)
            list[found] = (HptDifference){.index = i, .a = left, .b = right};
        found++;
    }
    return found;
}
