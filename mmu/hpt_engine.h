/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A hash page table in this process's own memory. See docs/hpt.md for what it
 * is for; a running guest's own table belongs to the kernel.
 *
 * A table holds what a guest knows of its entries, and whether the hypervisor
 * has mapped them (HPTE_V_VALID) or not (HPTE_V_ABSENT); never both. An empty
 * slot is all zero. No function locks: a table belongs to one thread at a time.
 */
#pragma once

#include <stdint.h>

#include <glib.h>

#include "mmu/hpt_geometry.h"
#include "mmu/hpte.h"

typedef struct HptTable {
    HptGeometry geometry;
    /** geometry.entries of them; owned. */
    HptEntry *entries;
} HptTable;

/**
 * An empty table of 2^@order bytes, owned by the caller. NULL with @error set
 * if @order is none (HPT_ORDER_MIN to HPT_ORDER_MAX) or there is no memory.
 */
HptTable *hpt_table_new(uint32_t order, GError **error);
void hpt_table_free(HptTable *table);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(HptTable, hpt_table_free)

/** Empty @count slots from @first on; what lies beyond the table is left out. */
void hpt_table_clear(HptTable *table, uint64_t first, uint64_t count);

/** The entry in slot @index as it is stored; an empty one beyond the table. */
HptEntry hpt_table_get(const HptTable *table, uint64_t index);

/**
 * Whether the hypervisor has mapped the entry at @index: valid if so, absent
 * if not, the same to the guest. False if there is no entry.
 */
gboolean hpt_table_set_mapped(HptTable *table, uint64_t index, gboolean mapped);

/** Exchange two tables, order and all: the last step of a resize. */
void hpt_table_pivot(HptTable *active, HptTable *prepared);
