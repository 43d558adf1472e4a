/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which memory is in use while Open Firmware is there: by itself, by the images
 * that it loaded, and by what its client claimed. Neighbours grow together, so
 * that the number of ranges is small. One thread at a time.
 */
#pragma once

#include <stdint.h>

#include <glib.h>

#include "hw/spapr/machine_desc.h"

enum {
    /** Ranges in use that are not neighbours. */
    OF_MEMORY_MAX = 256,
};

typedef struct {
    /** Claims lie below this; bytes. */
    uint64_t limit;
    /** In use; ascending, apart from one another. */
    GuestRange range[OF_MEMORY_MAX];
    unsigned count;
} OfMemory;

void of_memory_init(OfMemory *memory, uint64_t limit);

/** Take [@start, @end), which is nonempty, whatever of it is in use already. FALSE: too many
 * ranges. */
gboolean of_memory_reserve(OfMemory *memory, uint64_t start, uint64_t end);

/** Take @size bytes at @start. FALSE if any of them is in use or beyond the limit, or @size is 0.
 */
gboolean of_memory_claim_at(OfMemory *memory, uint64_t start, uint64_t size);

/**
 * Take @size bytes where they first fit, at a multiple of @align, which is
 * rounded up to a power of two. FALSE if they fit nowhere.
 */
gboolean of_memory_claim(OfMemory *memory, uint64_t size, uint64_t align, uint64_t *start);

/** Give back what is in use of @size bytes at @start. FALSE if that would make too many ranges. */
gboolean of_memory_release(OfMemory *memory, uint64_t start, uint64_t size);

/** What is free below the limit, ascending, to @free; returns how many ranges. */
unsigned of_memory_free_ranges(const OfMemory *memory, GuestRange free[OF_MEMORY_MAX + 1]);
