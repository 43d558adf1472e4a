/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "mmu/hpt_rehash.h"

#include "mmu/hpt_hash.h"

/** The entries of one group. */
static inline HcallRet rehash_group(const HptTable *from, uint64_t group, HptTable *to,
                                    uint64_t wanted, HptRehashReport *report)
{
    uint64_t old_mask = from->geometry.group_mask, new_mask = to->geometry.group_mask;
    const HptEntry *entries = &from->entries[hpt_index_of(group, 0)];

    /* Each slot's own code is worth 7 instructions of 59 per entry. */
#pragma GCC unroll 8
    for (unsigned slot = 0; slot < HPT_GROUP_SLOTS; slot++) {
        HptEntry entry = entries[slot];

        if (!hpte_is_present(entry))
            continue;
        HptePageKind kind = hpte_page_kind(entry);
        if (kind == HPTE_PAGE_INVALID)
            return H_HARDWARE;
        if (!(entry.v & wanted)) {
            report->unbolted++;
            continue;
        }
        uint64_t offset = hpt_group_offset(entry, kind, group);
        if (offset & old_mask) {
            report->misplaced++;
            continue;
        }
        HptEntry *place = &to->entries[hpt_index_of((group ^ offset) & new_mask, 0)] + slot;
        if (hpte_is_present(*place)) {
            if (place->v & entry.v & HPTE_V_BOLTED)
                return H_PTEG_FULL;
            report->evicted++;
            if (place->v & HPTE_V_BOLTED)
                continue;
        } else {
            report->kept++;
        }
        *place = entry;
    }
    return H_SUCCESS;
}

HcallRet hpt_rehash(const HptTable *from, HptTable *to, HptRehashPolicy policy,
                    HptRehashReport *report)
{
    uint64_t wanted = policy == HPT_REHASH_BOLTED ? HPTE_V_BOLTED : HPTE_V_PRESENT;
    HptRehashReport counts = {0};
    HcallRet ret = H_SUCCESS;

    for (uint64_t group = 0; group <= from->geometry.group_mask && ret == H_SUCCESS; group++)
        ret = rehash_group(from, group, to, wanted, &counts);
    if (report)
        *report = counts;
    return ret;
}
