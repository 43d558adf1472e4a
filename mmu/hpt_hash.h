/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From a virtual address to the two groups that may hold its entry, and back
 * from an entry and the place where it is to the virtual address (Power ISA
 * 2.07, Book III-S, 5.7.7.3).
 *
 * The entry's AVPN lacks the low 23 bits of the address. What of them is not
 * offset in the page is in the low 23 - b bits of the hash, so in the number of
 * the group: the smallest table has 2^11 groups, just enough for pages of 4K.
 */
#pragma once

#include <stdint.h>

#include <glib.h>

#include "mmu/hpt_geometry.h"
#include "mmu/hpte.h"

/** Bits that the hash has at most. */
#define HPT_HASH_MASK ((UINT64_C(1) << 39) - 1)

/** A 78-bit virtual address: @offset within the segment @vsid of 2^@segment_shift bytes. */
typedef struct {
    uint64_t vsid;
    uint64_t offset;
    unsigned segment_shift;
} HptVa;

/** The segment's share of the hash. */
static inline uint64_t hpt_hash_segment(uint64_t vsid, unsigned segment_shift)
{
    return segment_shift == HPTE_SEGMENT_1T ? vsid ^ vsid << 25 : vsid;
}

/** The primary hash of @va, in a page of 2^@base_shift bytes. */
static inline uint64_t hpt_hash(const HptVa *va, unsigned base_shift)
{
    return (hpt_hash_segment(va->vsid, va->segment_shift) ^ va->offset >> base_shift) &
           HPT_HASH_MASK;
}

/** The group for @hash in a table of @group_mask: the secondary one is the complement. */
static inline uint64_t hpt_hash_group(uint64_t hash, gboolean secondary, uint64_t group_mask)
{
    return (secondary ? ~hash : hash) & group_mask;
}

/**
 * The address of the first byte that @entry, found in @group, maps by its base
 * page size of 2^@base_shift bytes. Meaningful only if hpt_entry_belongs().
 */
static inline HptVa hpt_va_of_entry(HptEntry entry, unsigned base_shift, uint64_t group)
{
    unsigned segment_shift = hpte_segment_shift(entry.v);
    unsigned offset_bits = segment_shift - HPTE_AVPN_DROPS;
    uint64_t avpn = (entry.v & HPTE_V_AVPN) >> HPTE_AVPN_SHIFT &
                    ~(((UINT64_C(1) << base_shift) - 1) >> HPTE_AVPN_DROPS);
    HptVa va = {
        .vsid = avpn >> offset_bits,
        .offset = (avpn & ((UINT64_C(1) << offset_bits) - 1)) << HPTE_AVPN_DROPS,
        .segment_shift = segment_shift,
    };
    uint64_t hash = entry.v & HPTE_V_SECONDARY ? ~group : group;
    uint64_t page = hpt_hash_segment(va.vsid, segment_shift) ^ hash;

    /* Nothing is left of it where a page covers all 23 bits. */
    va.offset |= page << base_shift & ((UINT64_C(1) << HPTE_AVPN_DROPS) - 1);
    return va;
}

/**
 * Whether @entry of address @va and @hash may be in @group: a guest can put an
 * entry anywhere, but a processor looks for it in its two groups only.
 */
static inline gboolean hpt_entry_belongs(HptEntry entry, uint64_t hash, uint64_t group,
                                         uint64_t group_mask)
{
    return hpt_hash_group(hash, (entry.v & HPTE_V_SECONDARY) != 0, group_mask) == group;
}

/** B and AVPN of an entry for @va in a page of 2^@base_shift bytes. */
uint64_t hpt_va_encode(const HptVa *va, unsigned base_shift);

/** Whether @va is one: VSID and offset within 78 bits. */
gboolean hpt_va_is_sane(const HptVa *va);
