/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "mmu/hpt_stats.h"

#include "mmu/hpt_hash.h"

gboolean hpt_stats_init(HptStats *stats, uint32_t order)
{
    *stats = (HptStats){0};
    return hpt_geometry_init(&stats->geometry, order);
}

/** The group counted so far has no more entries. */
static void close_group(HptStats *stats)
{
    if (stats->in_group)
        stats->groups[stats->in_group]++;
    stats->in_group = 0;
}

/** Whether @entry, of sane size, is where its address says. */
static gboolean is_placed(const HptStats *stats, uint64_t index, HptEntry entry, unsigned base)
{
    HptVa va = hpt_va_of_entry(entry, base, hpt_group_of(index));

    return hpt_entry_belongs(entry, hpt_hash(&va, base), hpt_group_of(index),
                             stats->geometry.group_mask);
}

gboolean hpt_stats_add(HptStats *stats, uint64_t index, HptEntry entry)
{
    if (!hpte_is_present(entry) || index >= stats->geometry.entries || index < stats->next)
        return FALSE;
    stats->next = index + 1;
    if (hpt_group_of(index) != stats->group)
        close_group(stats);
    stats->group = hpt_group_of(index);
    stats->in_group++;

    HptePageSize size = hpte_page_size(entry);
    gboolean bolted = (entry.v & HPTE_V_BOLTED) != 0;
    gboolean secondary = (entry.v & HPTE_V_SECONDARY) != 0;
    stats->present++;
    stats->absent += (entry.v & HPTE_V_ABSENT) != 0;
    stats->bolted += (uint64_t)bolted;
    stats->secondary += (uint64_t)secondary;
    stats->bolted_secondary += (uint64_t)(bolted && secondary);
    stats->segment_1t += hpte_segment_shift(entry.v) == HPTE_SEGMENT_1T;
    stats->referenced += (entry.r & HPTE_R_R) != 0;
    stats->changed += (entry.r & HPTE_R_C) != 0;
    stats->by_kind[size.kind]++;
    if (!size.base)
        stats->invalid_size++;
    else if (!is_placed(stats, index, entry, size.base))
        stats->misplaced++;
    return TRUE;
}

void hpt_stats_finish(HptStats *stats)
{
    uint64_t used = 0;

    close_group(stats);
    for (unsigned i = 1; i <= HPT_GROUP_SLOTS; i++)
        used += stats->groups[i];
    stats->groups[0] = stats->geometry.group_mask + 1 - used;
}

void hpt_stats_of_table(HptStats *stats, const HptTable *table)
{
    *stats = (HptStats){.geometry = table->geometry};
    for (uint64_t i = 0; i < table->geometry.entries; i++)
        hpt_stats_add(stats, i, table->entries[i]);
    hpt_stats_finish(stats);
}

static void stats_take_valid(void *opaque, uint64_t index, HptEntry entry)
{
    hpt_stats_add(opaque, index, entry);
}

static void stats_take_invalid(void *opaque, uint64_t first, uint64_t count) {}

const HptStreamSink hpt_stream_to_stats = {
    .valid = stats_take_valid,
    .invalid = stats_take_invalid,
};
