/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The measures that follow from a hash page table's order (mmu/hpt_size.h):
 * groups of eight entries, and the masks that pick them.
 */
#pragma once

#include <stdint.h>

#include <glib.h>

#include "mmu/hpt_size.h"

enum {
    /** log2 of the entries in a group. */
    HPT_SLOTS_SHIFT = HPT_GROUP_SHIFT - HPT_ENTRY_SHIFT,
    HPT_GROUP_SLOTS = 1 << HPT_SLOTS_SHIFT,
};

typedef struct {
    uint32_t order;
    /** Number of groups, less one: what of a hash picks the group. */
    uint64_t group_mask;
    /** Number of entries. */
    uint64_t entries;
    /** Bytes. */
    uint64_t size;
} HptGeometry;

/** The measures for @order; false unless it is HPT_ORDER_MIN to HPT_ORDER_MAX. Any thread. */
gboolean hpt_geometry_init(HptGeometry *geometry, uint32_t order);

/** The group in which entry @index is. */
static inline uint64_t hpt_group_of(uint64_t index) { return index >> HPT_SLOTS_SHIFT; }

/** The slot of its group in which entry @index is. */
static inline unsigned hpt_slot_of(uint64_t index) { return index & (HPT_GROUP_SLOTS - 1); }

/** The number of the entry in @slot of @group. */
static inline uint64_t hpt_index_of(uint64_t group, unsigned slot)
{
    return group << HPT_SLOTS_SHIFT | slot;
}
