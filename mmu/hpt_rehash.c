/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "mmu/hpt_rehash.h"

#include "mmu/hpt_hash.h"

/** Put @entry into @slot unless one that goes before it is there. */
static inline HcallRet place_entry(HptEntry *slot, HptEntry entry, HptRehashReport *report)
{
    if (!hpte_is_present(*slot)) {
        *slot = entry;
        report->kept++;
        return H_SUCCESS;
    }
    if (slot->v & entry.v & HPTE_V_BOLTED)
        return H_PTEG_FULL;
    if (!(slot->v & HPTE_V_BOLTED))
        *slot = entry;
    report->evicted++;
    return H_SUCCESS;
}

HcallRet hpt_rehash(const HptTable *from, HptTable *to, HptRehashPolicy policy,
                    HptRehashReport *report)
{
    uint64_t old_mask = from->geometry.group_mask;
    uint64_t new_mask = to->geometry.group_mask;
    uint64_t wanted = policy == HPT_REHASH_BOLTED ? HPTE_V_BOLTED : HPTE_V_PRESENT;
    HptRehashReport counts = {0};
    HcallRet ret = H_SUCCESS;

    for (uint64_t index = 0; index < from->geometry.entries && ret == H_SUCCESS; index++) {
        HptEntry entry = from->entries[index];

        if (!hpte_is_present(entry))
            continue;

        unsigned base_shift = hpte_page_size(entry).base;
        if (!base_shift) {
            ret = H_HARDWARE;
            break;
        }
        if (!(entry.v & wanted)) {
            counts.unbolted++;
            continue;
        }

        uint64_t group = hpt_group_of(index);
        HptVa va = hpt_va_of_entry(entry, base_shift, group);
        uint64_t hash = hpt_hash(&va, base_shift);
        if (!hpt_entry_belongs(entry, hash, group, old_mask)) {
            counts.misplaced++;
            continue;
        }
        group = hpt_hash_group(hash, (entry.v & HPTE_V_SECONDARY) != 0, new_mask);
        ret = place_entry(&to->entries[hpt_index_of(group, hpt_slot_of(index))], entry, &counts);
    }
    if (report)
        *report = counts;
    return ret;
}
