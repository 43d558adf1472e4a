/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writes a flattened device tree from front to back. The first error is kept
 * and makes all later calls do nothing, so that callers check once, at the end.
 * A builder belongs to one thread.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include <glib.h>

typedef struct {
    /** The tree so far; size bytes, zeroed beyond what is written. */
    void *fdt;
    size_t size;
    /** The first error, or NULL. */
    GError *error;
} DtBuilder;

enum {
    DT_SIZE_START = 32 * 1024,
    /** More than the largest machine that can be configured needs. */
    DT_SIZE_MAX = 16 * 1024 * 1024,
};

/**
 * Start a tree with one reserved range, [@reserve_start, @reserve_end), or
 * none if it is empty.
 */
void dt_builder_init(DtBuilder *builder, uint64_t reserve_start, uint64_t reserve_end);

/** Free what dt_builder_finish() did not hand over. */
void dt_builder_clear(DtBuilder *builder);

/** End the tree: the caller owns it and its @size, or gets the first error. */
void *dt_builder_finish(DtBuilder *builder, size_t *size, GError **error);

/** Keep an error of the caller's, if it is the first. */
void dt_fail(DtBuilder *builder, const char *format, ...) G_GNUC_PRINTF(2, 3);

void dt_begin_node(DtBuilder *builder, const char *format, ...) G_GNUC_PRINTF(2, 3);
void dt_end_node(DtBuilder *builder);

/* Properties; integers and cells are in the host's byte order here. */
void dt_add_flag(DtBuilder *builder, const char *name);
void dt_add_u32(DtBuilder *builder, const char *name, uint32_t value);
void dt_add_u64(DtBuilder *builder, const char *name, uint64_t value);
void dt_add_string(DtBuilder *builder, const char *name, const char *value);
/** @strings ends with NULL. */
void dt_add_stringlist(DtBuilder *builder, const char *name, const char *const *strings);
void dt_add_cells(DtBuilder *builder, const char *name, const uint32_t *cells, size_t count);
void dt_add_bytes(DtBuilder *builder, const char *name, const void *bytes, size_t length);

/** dt_add_cells() of what follows the name. */
#define dt_add_cell_list(builder, name, ...)                                                       \
    dt_add_cells(builder, name, (const uint32_t[]){__VA_ARGS__},                                   \
                 G_N_ELEMENTS(((const uint32_t[]){__VA_ARGS__})))

/** Both cells of a 64-bit number, for dt_add_cell_list(). */
#define DT_CELLS_64(value) (uint32_t)((uint64_t)(value) >> 32), (uint32_t)(value)
