/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Guest memory as a device sees it: at guest real addresses, or through a
 * translation that the guest has set up. What is translated once may be used
 * until the device is reset: a guest that changes its translation meanwhile
 * only hurts its own memory, and that stays mapped.
 */
#pragma once

#include <stdint.h>
#include <sys/uio.h>

#include <glib.h>

#include "src/base/guest_mem.h"

typedef struct {
    const GuestMem *mem;
    /**
     * The guest real address that @addr means for a load or, with @write, a
     * store, and how many bytes from there on are next to each other in *@left.
     * False if the device may not. NULL: addresses are guest real ones. Any thread.
     */
    gboolean (*translate)(void *opaque, uint64_t addr, gboolean write, GuestAddr *real,
                          uint64_t *left);
    void *opaque;
} DmaSpace;

/**
 * Append the host's pieces of @length bytes at @addr to @iov, whose *@count
 * entries are in use and which has room for @max; pieces that touch are made one.
 * False, with *@count as it was, if not all of it is memory that the device may
 * use so, or there is no room. Any thread.
 */
gboolean dma_map(const DmaSpace *space, uint64_t addr, uint64_t length, gboolean write,
                 struct iovec *iov, unsigned max, unsigned *count);

/** All @length bytes at @addr in one piece of the host's memory, or NULL. Any thread. */
void *dma_ptr(const DmaSpace *space, uint64_t addr, uint64_t length, gboolean write);

/** Copy @length bytes at @addr to @data, in however many pieces. Any thread. */
gboolean dma_read(const DmaSpace *space, uint64_t addr, void *data, size_t length);
/** Copy @data there. On failure some of it may be written. Any thread. */
gboolean dma_write(const DmaSpace *space, uint64_t addr, const void *data, size_t length);
