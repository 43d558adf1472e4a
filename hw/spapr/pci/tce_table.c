/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hw/spapr/pci/tce_table.h"

#include <errno.h>
#include <sys/mman.h>

struct TceTable {
    uint64_t base, entries;
    unsigned shift;
    /** Mapped, so that what was never written costs nothing. Atomic. */
    uint64_t *tces;
};

TceTable *tce_table_new(uint64_t base, unsigned shift, uint64_t entries)
{
    if (!entries || entries > TCE_MAX_ENTRIES) {
        errno = EINVAL;
        return NULL;
    }

    void *tces = mmap(NULL, entries * sizeof(uint64_t), PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (tces == MAP_FAILED)
        return NULL;
    TceTable *table = g_new0(TceTable, 1);
    *table = (TceTable){.base = base, .entries = entries, .shift = shift, .tces = tces};
    return table;
}

void tce_table_free(TceTable *table)
{
    if (!table)
        return;
    munmap(table->tces, table->entries * sizeof(uint64_t));
    g_free(table);
}

void tce_table_clear(TceTable *table)
{
    madvise(table->tces, table->entries * sizeof(uint64_t), MADV_DONTNEED);
}

/** The entry for @ioba, or table->entries if the window has none. */
static uint64_t index_of(const TceTable *table, uint64_t ioba)
{
    if (ioba < table->base)
        return table->entries;
    return MIN((ioba - table->base) >> table->shift, table->entries);
}

/** Whether @tce may be an entry of this table. */
static gboolean is_entry(const TceTable *table, uint64_t tce)
{
    uint64_t low = (UINT64_C(1) << table->shift) - 1;

    return !(tce & low & ~(uint64_t)(TCE_READ | TCE_WRITE));
}

static void set_entry(TceTable *table, uint64_t index, uint64_t tce)
{
    /* A guest clears what is clear already: that shall not cost a page. */
    if (__atomic_load_n(&table->tces[index], __ATOMIC_RELAXED) != tce)
        __atomic_store_n(&table->tces[index], tce, __ATOMIC_RELEASE);
}

gboolean tce_table_set(TceTable *table, uint64_t ioba, uint64_t tce, uint64_t count)
{
    uint64_t index = index_of(table, ioba);

    if (!count || count > table->entries - index || !is_entry(table, tce))
        return FALSE;
    for (; count; count--)
        set_entry(table, index++, tce);
    return TRUE;
}

gboolean tce_table_set_list(TceTable *table, uint64_t ioba, const be64 *tces, uint64_t count)
{
    uint64_t index = index_of(table, ioba);

    if (!count || count > table->entries - index)
        return FALSE;
    for (uint64_t i = 0; i < count; i++) {
        if (!is_entry(table, be64_get(tces[i])))
            return FALSE;
    }
    for (uint64_t i = 0; i < count; i++)
        set_entry(table, index + i, be64_get(tces[i]));
    return TRUE;
}

gboolean tce_table_get(const TceTable *table, uint64_t ioba, uint64_t *tce)
{
    uint64_t index = index_of(table, ioba);

    if (index == table->entries)
        return FALSE;
    *tce = __atomic_load_n(&table->tces[index], __ATOMIC_ACQUIRE);
    return TRUE;
}

gboolean tce_table_translate(const TceTable *table, uint64_t ioba, gboolean write, uint64_t *real,
                             uint64_t *left)
{
    uint64_t page = UINT64_C(1) << table->shift, tce;

    if (!tce_table_get(table, ioba, &tce) || !(tce & (write ? TCE_WRITE : TCE_READ)))
        return FALSE;
    *real = (tce & ~(page - 1)) | (ioba & (page - 1));
    *left = page - (ioba & (page - 1));
    return TRUE;
}
