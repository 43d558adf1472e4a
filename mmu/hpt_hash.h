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

/**
 * What a hash needs to know of a page size in a segment size, worked out
 * beforehand: hpt_hash_parts[HptePageKind][B].
 */
typedef struct {
    /** Of the AVPN, from bit 0: segment and page, without what is offset in the page. */
    uint64_t avpn_mask;
    /** ~0 where the VSID goes into the hash twice. */
    uint64_t twice;
    /** Bits of the hash that the entry tells, rather than its group. */
    uint64_t from_entry;
    /** Of the AVPN, the page. */
    uint32_t page_mask;
    /** How far to turn it left to have its number, in 64 bits. */
    uint8_t page_turn;
    uint8_t vsid_shift;
} HptHashParts;

extern const HptHashParts hpt_hash_parts[HPTE_PAGE_KINDS][4];

/**
 * Which group @entry, of page size @kind, wants, seen from @group where it is:
 * the bits in which the number of that group differs from @group, in a table of
 * any order. It is the hash, or its complement for an entry of the secondary
 * group; the same as by way of hpt_va_of_entry() and hpt_hash(), in fewer steps.
 */
static inline uint64_t hpt_group_offset(HptEntry entry, HptePageKind kind, uint64_t group)
{
    const HptHashParts *parts = &hpt_hash_parts[kind][entry.v >> 62];
    uint64_t avpn = entry.v >> HPTE_AVPN_SHIFT & parts->avpn_mask;
    uint64_t vsid = avpn >> parts->vsid_shift;
    uint64_t page = avpn & parts->page_mask;
    uint64_t secondary = entry.v & HPTE_V_SECONDARY ? UINT64_MAX : 0;

    page = page << (parts->page_turn & 63) | page >> (-parts->page_turn & 63);
    return (vsid ^ (vsid << 25 & parts->twice) ^ page ^ secondary ^ group) & parts->from_entry;
}

/** B and AVPN of an entry for @va in a page of 2^@base_shift bytes. */
uint64_t hpt_va_encode(const HptVa *va, unsigned base_shift);

/** Whether @va is one: VSID and offset within 78 bits. */
gboolean hpt_va_is_sane(const HptVa *va);
