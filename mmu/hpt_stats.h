/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Figures about a hash page table: from a table, or from the kernel's stream as
 * it passes, without room for a table.
 */
#pragma once

#include <stdint.h>

#include <glib.h>

#include "mmu/hpt_engine.h"
#include "mmu/hpt_geometry.h"
#include "mmu/hpt_stream.h"

typedef struct {
    HptGeometry geometry;
    /** Entries that the guest has entered, and of these: */
    uint64_t present;
    /** not mapped by the hypervisor at present (a stream does not tell), */
    uint64_t absent;
    uint64_t bolted;
    uint64_t bolted_secondary;
    uint64_t secondary;
    uint64_t segment_1t;
    uint64_t referenced;
    uint64_t changed;
    /** with a page size that no processor has, */
    uint64_t invalid_size;
    /** in a group where no processor looks for them. */
    uint64_t misplaced;
    /** By HptePageKind. */
    uint64_t by_kind[HPTE_PAGE_KINDS];
    /** Groups by the number of entries in them; sums up to all groups after hpt_stats_finish(). */
    uint64_t groups[HPT_GROUP_SLOTS + 1];

    /* Private: the group that is being counted, and the slot that comes next. */
    uint64_t group;
    unsigned in_group;
    uint64_t next;
} HptStats;

/** No entries of a table of @order; false if that is no order. */
gboolean hpt_stats_init(HptStats *stats, uint32_t order);

/**
 * Count @entry at @index. Indices must grow; an entry that is not present, is
 * beyond the table or before the last one is not counted: false.
 */
gboolean hpt_stats_add(HptStats *stats, uint64_t index, HptEntry entry);

/** All entries are in: complete the figures by group. */
void hpt_stats_finish(HptStats *stats);

/** The figures of a whole table. */
void hpt_stats_of_table(HptStats *stats, const HptTable *table);

/** Counts what a stream has on its first pass; the opaque pointer is an HptStats of its order. */
extern const HptStreamSink hpt_stream_to_stats;
