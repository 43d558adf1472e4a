/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From an effective address through the segment table of a vCPU and the hash
 * page table to a real address (Power ISA 2.07, Book III-S, 5.7), for the
 * debugger and for dumps. In two steps, so that whoever has no whole table can
 * read just the two groups that matter:
 *
 *   hpt_walk_segment() -> HptTarget -> hpt_walk_table(), or
 *                                      hpt_walk_group() and hpt_walk_matches()
 *
 * Pure functions on hostile words. Any thread.
 */
#pragma once

#include <stdint.h>

#include <glib.h>

#include "mmu/hpt_engine.h"
#include "mmu/hpt_hash.h"

/** An entry of the segment lookaside buffer: the words of slbmte, and of KVM's sregs. */
typedef struct {
    uint64_t esid;
    uint64_t vsid;
} HptSlbEntry;

#define HPT_SLB_ESID_VALID UINT64_C(0x08000000)
#define HPT_SLB_VSID_KS UINT64_C(0x800)
#define HPT_SLB_VSID_KP UINT64_C(0x400)
#define HPT_SLB_VSID_N UINT64_C(0x200)
#define HPT_SLB_VSID_L UINT64_C(0x100)
#define HPT_SLB_VSID_LP UINT64_C(0x030)

typedef enum {
    HPT_WALK_FOUND,
    /** No segment for the address: a segment interrupt. */
    HPT_WALK_NO_SEGMENT,
    /** The segment has a reserved size or page size. */
    HPT_WALK_BAD_SEGMENT,
    /** Neither group has an entry: a storage interrupt. */
    HPT_WALK_NO_ENTRY,
} HptWalkStatus;

/** What is looked for, and where. */
typedef struct {
    uint64_t ea;
    /** The entry of the segment table; real mode has none: UINT_MAX. */
    unsigned slb_index;
    /** The second word of that entry. */
    uint64_t slb_vsid;
    HptVa va;
    unsigned base_shift;
    uint64_t hash;
    /** B, AVPN and L as the entry must have them, and which of these bits count. */
    uint64_t match_v;
    uint64_t match_mask;
} HptTarget;

typedef struct {
    uint64_t index;
    HptEntry entry;
    gboolean secondary;
    HptePageSize size;
    uint64_t real;
} HptWalk;

typedef struct {
    gboolean read;
    gboolean write;
    gboolean execute;
} HptAccess;

/** The segment of @ea among @count entries of @slb. HPT_WALK_FOUND and *@target, or why not. */
HptWalkStatus hpt_walk_segment(const HptSlbEntry *slb, unsigned count, uint64_t ea,
                               HptTarget *target);

/**
 * As hpt_walk_segment() for an address of real mode, which goes through the
 * hypervisor's own segment of 1T, with pages of 2^@page_shift bytes (12, 16 or 24).
 */
HptWalkStatus hpt_walk_real_mode(uint64_t ea, unsigned page_shift, HptTarget *target);

/** The primary or secondary group for @target in a table of @geometry. */
uint64_t hpt_walk_group(const HptTarget *target, const HptGeometry *geometry, gboolean secondary);

/** Whether @entry, from the primary or secondary group, is the one for @target. */
gboolean hpt_walk_matches(const HptTarget *target, HptEntry entry, gboolean secondary);

/** Look through both groups: HPT_WALK_FOUND and *@walk, or HPT_WALK_NO_ENTRY. */
HptWalkStatus hpt_walk_table(const HptTable *table, const HptTarget *target, HptWalk *walk);

/**
 * What @entry and the segment allow a program of problem state (@problem) or
 * privileged state; virtual page class keys (AMR) can take more away.
 */
HptAccess hpt_walk_access(const HptTarget *target, HptEntry entry, gboolean problem);

/** The class key of @entry, 0 to 31: two bits of the AMR each, from the top. */
unsigned hpt_walk_key(HptEntry entry);
