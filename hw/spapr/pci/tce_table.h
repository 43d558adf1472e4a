/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A DMA window: a table of translation control entries (LoPAR 14.5.4.2), one
 * for each I/O page. The guest writes them, devices look them up.
 */
#pragma once

#include <stdint.h>

#include <glib.h>

#include "src/base/endian.h"

enum {
    TCE_READ = 1,
    TCE_WRITE = 2,
    /** log2 of the bytes of an I/O page. */
    TCE_SHIFT_4K = 12,
    TCE_SHIFT_64K = 16,
    TCE_SHIFT_2M = 21,
    TCE_SHIFT_16M = 24,
    /** Entries of the largest table (128 MiB that only what is used costs). */
    TCE_MAX_ENTRIES = 1 << 24,
};

typedef struct TceTable TceTable;

/**
 * A table of @entries entries that all forbid, for a window at I/O address
 * @base in pages of 2^@shift bytes; NULL and errno if the host has no room. Costs
 * memory as it is written only.
 */
TceTable *tce_table_new(uint64_t base, unsigned shift, uint64_t entries);
/** NULL is fine. */
void tce_table_free(TceTable *table);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TceTable, tce_table_free)

/** Forbid all, and give the memory back. */
void tce_table_clear(TceTable *table);

/**
 * Set @count entries from I/O address @ioba on, each to @tce. False, with nothing
 * written, if they are not all in the window or @tce is no entry for its pages.
 * Any thread, as all below.
 */
gboolean tce_table_set(TceTable *table, uint64_t ioba, uint64_t tce, uint64_t count);
/**
 * The same, each to its own of @tces, which are big-endian. Another thread that writes the same
 * ones may come in between.
 */
gboolean tce_table_set_list(TceTable *table, uint64_t ioba, const be64 *tces, uint64_t count);
gboolean tce_table_get(const TceTable *table, uint64_t ioba, uint64_t *tce);

/** The real address that I/O address @ioba means, and how much of its page is left. */
gboolean tce_table_translate(const TceTable *table, uint64_t ioba, gboolean write, uint64_t *real,
                             uint64_t *left);
