/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether the kernel moved a hash page table as it should: its entries before
 * and after a resize, and what our own engine makes of the former. What PAPR
 * leaves open, and is allowed for, is in docs/hpt.md.
 */
#pragma once

#include <stdint.h>

#include <glib.h>

#include "include/paprika/hv.h"
#include "include/paprika/papr.h"
#include "mmu/hpt_engine.h"

/** What became of all resizes that were looked at. */
typedef struct {
    uint64_t checked;
    /** Of these: not as they should be. */
    uint64_t wrong;
    /** Of these: refused, the table as it was. */
    uint64_t refused;
    /** Entries that are in the new tables, all in all; by page size, HptePageKind; in 1T segments.
     */
    uint64_t moved;
    uint64_t by_kind[HPTE_PAGE_KINDS];
    uint64_t in_1t;
    /** Entries that were left out because they are not bolted. */
    uint64_t dropped;
} HptVerifyTotals;

/**
 * The guest's table of @order as it is now, before a resize; NULL with @error if
 * it cannot be read. From here to hpt_verify_after() no vCPU is in the guest.
 */
HptTable *hpt_verify_before(const HvOps *ops, HvVm *vm, uint32_t order, GError **error);

/**
 * The kernel answered @ret to a resize of @before to @order. Read the table that
 * there is now, compare, count in @totals, and log what is wrong: whether all is
 * as it should be. What could not be read counts as wrong.
 */
gboolean hpt_verify_after(const HvOps *ops, HvVm *vm, const HptTable *before, uint32_t order,
                          HcallRet ret, HptVerifyTotals *totals);

/** Log the sum, if anything was checked. */
void hpt_verify_report(const HptVerifyTotals *totals);
