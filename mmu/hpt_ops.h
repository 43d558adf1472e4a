/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * PAPR's calls on a hash page table (LoPAR 14.5.4.1), on a table of our own.
 * The words are those of the guest's registers, every one of them hostile. What
 * PAPR leaves to the hypervisor is as in Linux's KVM-HV; docs/hpt.md lists it.
 */
#pragma once

#include "include/paprika/papr.h"
#include "mmu/hpt_engine.h"

/* Flags, as PAPR counts them from the top bit. */
#define H_FLAG_EXACT (UINT64_C(1) << (63 - 24))
#define H_FLAG_READ_4 (UINT64_C(1) << (63 - 26))
#define H_FLAG_AVPN (UINT64_C(1) << (63 - 32))
#define H_FLAG_ANDCOND (UINT64_C(1) << (63 - 33))

/** The translation specifiers of one H_BULK_REMOVE. */
enum { HPT_BULK_MAX = 4 };

/**
 * H_ENTER: put @entry into the first free slot of the group of @index, or,
 * with H_FLAG_EXACT, into slot @index. H_SUCCESS and the slot in *@placed;
 * H_PTEG_FULL if it, or all of the group, is taken; H_PARAMETER for an index
 * beyond the table, a reserved segment size or a reserved page size.
 */
HcallRet hpt_enter(HptTable *table, uint64_t flags, uint64_t index, HptEntry entry,
                   uint64_t *placed);

/**
 * H_REMOVE: take the entry at @index out, into *@removed. H_NOT_FOUND if there
 * is none, if H_FLAG_AVPN is set and @avpn is not the entry's, or if
 * H_FLAG_ANDCOND is set and @avpn and the first doubleword have a bit in
 * common; H_PARAMETER for an index beyond the table.
 */
HcallRet hpt_remove(HptTable *table, uint64_t flags, uint64_t index, uint64_t avpn,
                    HptEntry *removed);

/**
 * H_BULK_REMOVE: up to HPT_BULK_MAX removals, each a pair of doublewords in
 * @words: control (type, condition, index) and AVPN. The first of each pair is
 * replaced by the outcome and the entry's R and C bits. H_PARAMETER, at the first
 * malformed one, leaves those behind it alone.
 */
HcallRet hpt_bulk_remove(HptTable *table, uint64_t words[2 * HPT_BULK_MAX]);

/**
 * H_PROTECT: give the entry at @index the page protection, key and no-execute
 * bits that are in @flags. H_NOT_FOUND and H_PARAMETER as hpt_remove().
 */
HcallRet hpt_protect(HptTable *table, uint64_t flags, uint64_t index, uint64_t avpn);

/**
 * H_READ: the entry at @index as the guest sees it, or with H_FLAG_READ_4 all
 * of its aligned four, in @entries; *@count of them. H_PARAMETER for an index
 * beyond the table.
 */
HcallRet hpt_read(const HptTable *table, uint64_t flags, uint64_t index, HptEntry entries[4],
                  unsigned *count);

/**
 * H_CLEAR_REF, H_CLEAR_MOD: clear the R or the C bit of the entry at @index;
 * the second doubleword as it was before goes to *@r. H_NOT_FOUND if there is
 * no entry, H_PARAMETER for an index beyond the table.
 */
HcallRet hpt_clear_ref(HptTable *table, uint64_t index, uint64_t *r);
HcallRet hpt_clear_mod(HptTable *table, uint64_t index, uint64_t *r);
