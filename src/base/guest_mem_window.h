/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Guest memory that comes and goes while vCPUs run: part of src/base/guest_mem.c,
 * private to it.
 *
 * All that can ever be plugged has its addresses in this process from the start.
 * What is plugged is a bit for each block: readers look at it without a lock.
 * Unplugged again, a block's addresses are mapped to empty pages: one who looked
 * at the bit just before reads zeros there, and harms nobody.
 */
#pragma once

#include "src/base/guest_mem.h"

typedef struct {
    GuestAddr base;
    /** Bytes; 0: there is no window. */
    uint64_t size;
    uint8_t *host;
    /** log2 of a block's bytes. */
    unsigned shift;
    /** Atomic: one bit for each block; owned. */
    uint64_t *present;
    /** Main thread: bytes that are plugged. */
    uint64_t plugged;
} GuestWindow;

/** @host: @size bytes of addresses that nothing else uses; the window's from now on. */
void guest_window_init(GuestWindow *window, GuestAddr base, uint64_t size, uint64_t block,
                       uint8_t *host);
/** NULL is no window. */
void guest_window_finish(GuestWindow *window);

/** Whether [@base, @base + @size) are whole blocks of the window. */
gboolean guest_window_has(const GuestWindow *window, GuestAddr base, uint64_t size);
/** Whether none of those blocks is plugged. Main thread. */
gboolean guest_window_is_free(const GuestWindow *window, GuestAddr base, uint64_t size);

/** Show those blocks, which are backed, to readers, or hide them. Main thread. */
void guest_window_set(GuestWindow *window, GuestAddr base, uint64_t size, gboolean present);

/** As guest_mem_ptr(), for addresses of the window. Any thread. */
void *guest_window_ptr(const GuestWindow *window, GuestAddr addr, uint64_t length);

/** As guest_mem_next(), within the window. */
gboolean guest_window_next(const GuestWindow *window, GuestAddr from, GuestAddr *base,
                           uint64_t *size);
