/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "mmu/hpt_engine.h"

#include <string.h>

#include "src/base/error.h"

HptTable *hpt_table_new(uint32_t order, GError **error)
{
    HptGeometry geometry;

    if (!hpt_geometry_init(&geometry, order)) {
        error_set(error, PAPRIKA_ERROR_HOST, "a hash page table has an order of %d to %d, not %u",
                  HPT_ORDER_MIN, HPT_ORDER_MAX, order);
        return NULL;
    }
    /* Fresh zero pages: what stays empty costs no memory. */
    HptEntry *entries = g_try_malloc0_n(geometry.entries, sizeof(*entries));
    if (!entries) {
        error_set(error, PAPRIKA_ERROR_HOST, "no memory for a hash page table of order %u", order);
        return NULL;
    }
    HptTable *table = g_new(HptTable, 1);
    *table = (HptTable){.geometry = geometry, .entries = entries};
    return table;
}

void hpt_table_free(HptTable *table)
{
    if (!table)
        return;
    g_free(table->entries);
    g_free(table);
}

void hpt_table_clear(HptTable *table, uint64_t first, uint64_t count)
{
    if (first >= table->geometry.entries)
        return;
    count = MIN(count, table->geometry.entries - first);
    memset(table->entries + first, 0, count * sizeof(*table->entries));
}

HptEntry hpt_table_get(const HptTable *table, uint64_t index)
{
    return index < table->geometry.entries ? table->entries[index] : (HptEntry){0};
}

gboolean hpt_table_set_mapped(HptTable *table, uint64_t index, gboolean mapped)
{
    if (index >= table->geometry.entries || !hpte_is_present(table->entries[index]))
        return FALSE;
    table->entries[index].v &= ~HPTE_V_PRESENT;
    table->entries[index].v |= mapped ? HPTE_V_VALID : HPTE_V_ABSENT;
    return TRUE;
}

void hpt_table_pivot(HptTable *active, HptTable *prepared)
{
    HptTable old = *active;

    *active = *prepared;
    *prepared = old;
}
