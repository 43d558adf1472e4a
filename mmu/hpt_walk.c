/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "mmu/hpt_walk.h"

#include <limits.h>

/** The segment that KVM maps real mode through. */
#define VRMA_VSID UINT64_C(0x1ffffff)

/* Where the VSID is in the second word of a segment's entry. */
enum { SLB_VSID_SHIFT_256M = 12, SLB_VSID_SHIFT_1T = 24 };

/** The base page size of a segment, or 0 for the reserved encoding. */
static unsigned segment_page_shift(uint64_t slb_vsid)
{
    static const uint8_t large[] = {24, 16, 34, 0};

    return slb_vsid & HPT_SLB_VSID_L ? large[(slb_vsid & HPT_SLB_VSID_LP) >> 4] : 12;
}

static HptWalkStatus fill_target(HptTarget *target, uint64_t ea, unsigned slb_index, uint64_t word)
{
    unsigned segment_shift = hpte_segment_shift(word);
    unsigned vsid_shift =
        segment_shift == HPTE_SEGMENT_1T ? SLB_VSID_SHIFT_1T : SLB_VSID_SHIFT_256M;
    unsigned base_shift = segment_page_shift(word);

    if (word & HPTE_V_B_RESERVED || !base_shift)
        return HPT_WALK_BAD_SEGMENT;

    HptVa va = {
        .vsid = (word & ~HPTE_V_B) >> vsid_shift,
        .offset = ea & ((UINT64_C(1) << segment_shift) - 1),
        .segment_shift = segment_shift,
    };
    *target = (HptTarget){
        .ea = ea,
        .slb_index = slb_index,
        .slb_vsid = word,
        .va = va,
        .base_shift = base_shift,
        .hash = hpt_hash(&va, base_shift),
        .match_v = hpt_va_encode(&va, base_shift),
        .match_mask = HPTE_V_B | HPTE_V_AVPN,
    };
    return HPT_WALK_FOUND;
}

HptWalkStatus hpt_walk_segment(const HptSlbEntry *slb, unsigned count, uint64_t ea,
                               HptTarget *target)
{
    for (unsigned i = 0; i < count; i++) {
        if (!(slb[i].esid & HPT_SLB_ESID_VALID))
            continue;
        if ((slb[i].esid ^ ea) >> hpte_segment_shift(slb[i].vsid) == 0)
            return fill_target(target, ea, i, slb[i].vsid);
    }
    return HPT_WALK_NO_SEGMENT;
}

HptWalkStatus hpt_walk_real_mode(uint64_t ea, unsigned page_shift, HptTarget *target)
{
    uint64_t word = HPTE_V_B_1T | VRMA_VSID << SLB_VSID_SHIFT_1T;

    if (page_shift == 16)
        word |= HPT_SLB_VSID_L | UINT64_C(1) << 4;
    else if (page_shift == 24)
        word |= HPT_SLB_VSID_L;
    else if (page_shift != 12)
        return HPT_WALK_BAD_SEGMENT;
    /* Real mode takes no notice of the four top bits. */
    if (ea << 4 >> 4 >> HPTE_SEGMENT_1T)
        return HPT_WALK_NO_SEGMENT;
    return fill_target(target, ea, UINT_MAX, word);
}

uint64_t hpt_walk_group(const HptTarget *target, const HptGeometry *geometry, gboolean secondary)
{
    return hpt_hash_group(target->hash, secondary, geometry->group_mask);
}

gboolean hpt_walk_matches(const HptTarget *target, HptEntry entry, gboolean secondary)
{
    return hpte_is_present(entry) && !(entry.v & HPTE_V_SECONDARY) == !secondary &&
           ((entry.v ^ target->match_v) & target->match_mask) == 0 &&
           hpte_page_size(entry).base == target->base_shift;
}

HptWalkStatus hpt_walk_table(const HptTable *table, const HptTarget *target, HptWalk *walk)
{
    for (unsigned secondary = 0; secondary < 2; secondary++) {
        uint64_t first =
            hpt_index_of(hpt_walk_group(target, &table->geometry, (gboolean)secondary), 0);

        for (uint64_t index = first; index < first + HPT_GROUP_SLOTS; index++) {
            HptEntry entry = table->entries[index];

            if (!hpt_walk_matches(target, entry, (gboolean)secondary))
                continue;
            *walk = (HptWalk){
                .index = index,
                .entry = hpte_guest_view(entry),
                .secondary = (gboolean)secondary,
                .size = hpte_page_size(entry),
                .real = hpte_real_address(entry, target->ea),
            };
            return HPT_WALK_FOUND;
        }
    }
    return HPT_WALK_NO_ENTRY;
}

HptAccess hpt_walk_access(const HptTarget *target, HptEntry entry, gboolean problem)
{
    /* By the three protection bits, without and with the key of the segment. */
    static const HptAccess allowed[2][8] = {
        {{TRUE, TRUE, TRUE},
         {TRUE, TRUE, TRUE},
         {TRUE, TRUE, TRUE},
         {TRUE, FALSE, TRUE},
         [6] = {TRUE, FALSE, TRUE}},
        {[1] = {TRUE, FALSE, TRUE}, [2] = {TRUE, TRUE, TRUE}, [3] = {TRUE, FALSE, TRUE}},
    };
    gboolean key = (target->slb_vsid & (problem ? HPT_SLB_VSID_KP : HPT_SLB_VSID_KS)) != 0;
    unsigned pp = (entry.r & HPTE_R_PP0 ? 4 : 0) | (unsigned)(entry.r & HPTE_R_PP);
    HptAccess access = allowed[key][pp];

    if (target->slb_vsid & HPT_SLB_VSID_N || entry.r & (HPTE_R_N | HPTE_R_G))
        access.execute = FALSE;
    return access;
}

unsigned hpt_walk_key(HptEntry entry)
{
    return (unsigned)((entry.r & HPTE_R_KEY_HIGH) >> 57 | (entry.r & HPTE_R_KEY_LOW) >> 9);
}
