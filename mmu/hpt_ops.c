/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "mmu/hpt_ops.h"

/** What H_PROTECT can change. */
#define HPT_R_PROTECTION (HPTE_R_PP0 | HPTE_R_PP | HPTE_R_N | HPTE_R_KEY_HIGH | HPTE_R_KEY_LOW)

/* The control doubleword of a removal in bulk, from its top bit on. */
enum {
    BULK_TYPE_REQUEST = 1,
    BULK_TYPE_END = 3,
    BULK_ABSOLUTE = 0,
    BULK_ANDCOND = 1,
    BULK_AVPN = 2,
    BULK_DONE = 0x80,
    BULK_NOT_FOUND = 0x90,
    BULK_PARAMETER = 0xa0,
};
#define BULK_INDEX ((UINT64_C(1) << 56) - 1)

HcallRet hpt_enter(HptTable *table, uint64_t flags, uint64_t index, HptEntry entry,
                   uint64_t *placed)
{
    if (!hpte_is_sane(entry) || index >= table->geometry.entries)
        return H_PARAMETER;

    /* Present it is, whatever the guest says; the bits beside are not its own. */
    entry.v |= HPTE_V_VALID;
    entry = hpte_guest_view(entry);

    uint64_t slot = flags & H_FLAG_EXACT ? index : index & ~(uint64_t)(HPT_GROUP_SLOTS - 1);
    uint64_t end = flags & H_FLAG_EXACT ? slot + 1 : slot + HPT_GROUP_SLOTS;

    while (slot < end && hpte_is_present(table->entries[slot]))
        slot++;
    if (slot == end)
        return H_PTEG_FULL;
    table->entries[slot] = entry;
    *placed = slot;
    return H_SUCCESS;
}

/** The entry at @index as the guest sees it; false if there is none. */
static gboolean find_entry(const HptTable *table, uint64_t index, HptEntry *entry)
{
    *entry = hpte_guest_view(table->entries[index]);
    return hpte_is_present(*entry);
}

HcallRet hpt_remove(HptTable *table, uint64_t flags, uint64_t index, uint64_t avpn,
                    HptEntry *removed)
{
    HptEntry entry;

    if (index >= table->geometry.entries)
        return H_PARAMETER;
    if (!find_entry(table, index, &entry))
        return H_NOT_FOUND;
    if (flags & H_FLAG_AVPN && (entry.v & HPTE_V_COMPARE) != avpn)
        return H_NOT_FOUND;
    if (flags & H_FLAG_ANDCOND && entry.v & avpn)
        return H_NOT_FOUND;
    table->entries[index] = (HptEntry){0};
    *removed = entry;
    return H_SUCCESS;
}

/** One removal; @control is the request and becomes the answer. */
static HcallRet bulk_remove_one(HptTable *table, uint64_t *control, uint64_t avpn)
{
    static const uint64_t flags[] = {
        [BULK_ABSOLUTE] = 0,
        [BULK_ANDCOND] = H_FLAG_ANDCOND,
        [BULK_AVPN] = H_FLAG_AVPN,
    };
    uint64_t index = *control & BULK_INDEX;
    uint64_t condition = *control >> 56 & 3;
    uint64_t status = BULK_PARAMETER;
    HcallRet ret = H_PARAMETER;
    HptEntry removed = {0};

    if (*control >> 62 == BULK_TYPE_REQUEST && condition < G_N_ELEMENTS(flags))
        ret = hpt_remove(table, flags[condition], index, avpn, &removed);
    if (ret == H_SUCCESS)
        status = BULK_DONE;
    else if (ret == H_NOT_FOUND)
        status = BULK_NOT_FOUND;

    uint64_t rc = (removed.r & HPTE_R_R ? 8 : 0) | (removed.r & HPTE_R_C ? 4 : 0);
    *control = (status | rc | condition) << 56 | index;
    return ret == H_NOT_FOUND ? H_SUCCESS : ret;
}

HcallRet hpt_bulk_remove(HptTable *table, uint64_t words[2 * HPT_BULK_MAX])
{
    HcallRet ret = H_SUCCESS;

    for (unsigned i = 0; i < HPT_BULK_MAX && ret == H_SUCCESS; i++) {
        if (words[2 * i] >> 62 == BULK_TYPE_END)
            break;
        ret = bulk_remove_one(table, &words[2 * i], words[2 * i + 1]);
    }
    return ret;
}

HcallRet hpt_protect(HptTable *table, uint64_t flags, uint64_t index, uint64_t avpn)
{
    HptEntry entry;

    if (index >= table->geometry.entries)
        return H_PARAMETER;
    if (!find_entry(table, index, &entry))
        return H_NOT_FOUND;
    if (flags & H_FLAG_AVPN && (entry.v & HPTE_V_COMPARE) != avpn)
        return H_NOT_FOUND;

    /* The upper protection bit and the upper key bits travel lower than they live. */
    uint64_t wanted = (flags << 55 & HPTE_R_PP0) | (flags << 48 & HPTE_R_KEY_HIGH) |
                      (flags & (HPTE_R_PP | HPTE_R_N | HPTE_R_KEY_LOW));
    uint64_t *r = &table->entries[index].r;
    *r = (*r & ~HPT_R_PROTECTION) | wanted;
    return H_SUCCESS;
}

HcallRet hpt_read(const HptTable *table, uint64_t flags, uint64_t index, HptEntry entries[4],
                  unsigned *count)
{
    if (index >= table->geometry.entries)
        return H_PARAMETER;
    *count = flags & H_FLAG_READ_4 ? 4 : 1;
    index &= ~(uint64_t)(*count - 1);
    for (unsigned i = 0; i < *count; i++)
        entries[i] = hpte_guest_view(table->entries[index + i]);
    return H_SUCCESS;
}

/** Clear @bit of the second doubleword at @index; its former value to *@r. */
static HcallRet clear_bit(HptTable *table, uint64_t index, uint64_t bit, uint64_t *r)
{
    HptEntry entry;

    if (index >= table->geometry.entries)
        return H_PARAMETER;
    if (!find_entry(table, index, &entry))
        return H_NOT_FOUND;
    table->entries[index].r &= ~bit;
    *r = entry.r;
    return H_SUCCESS;
}

HcallRet hpt_clear_ref(HptTable *table, uint64_t index, uint64_t *r)
{
    return clear_bit(table, index, HPTE_R_R, r);
}

HcallRet hpt_clear_mod(HptTable *table, uint64_t index, uint64_t *r)
{
    return clear_bit(table, index, HPTE_R_C, r);
}
