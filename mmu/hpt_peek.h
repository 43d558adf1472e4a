/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Parts of the guest's hash page table, as the kernel gives them out.
 *
 * Linux's KVM does not keep a reader of the table and a resize of it apart: what
 * is read may be freed meanwhile. So nothing may be read but while every vCPU is
 * parked, or by the vCPU that holds the others.
 */
#pragma once

#include <stdint.h>

#include <glib.h>

#include "include/paprika/hv.h"
#include "mmu/hpt_geometry.h"
#include "mmu/hpt_stats.h"
#include "mmu/hpte.h"

/** The entries of @group in the guest's table of @order, empty slots all zero. */
gboolean hpt_peek_group(const HvOps *ops, HvVm *vm, uint32_t order, uint64_t group,
                        HptEntry entries[HPT_GROUP_SLOTS], GError **error);

/** Figures about a table, gathered in slices. */
typedef struct {
    HptStats stats;
    HptStreamReader reader;
} HptCensus;

/** Begin with a table of @order, of at most HPT_STREAM_ORDER_MAX (false with @error otherwise). */
gboolean hpt_census_begin(HptCensus *census, uint32_t order, GError **error);

/**
 * Go on for about @us microseconds, more if the table has very large empty
 * parts. False with @error if the kernel refuses. The table has the order that
 * it had at the beginning, which the caller sees to.
 */
gboolean hpt_census_step(HptCensus *census, const HvOps *ops, HvVm *vm, unsigned us,
                         GError **error);

/** Whether all is read; census->stats are complete then. */
gboolean hpt_census_is_done(const HptCensus *census);
