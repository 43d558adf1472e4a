/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What guest memory consists of on the host: pages of nobody else's, or those of
 * a file, which other processes can map. In a file the offset is the guest's
 * address, and what the guest does not use takes no room.
 */
#pragma once

#include <stdint.h>

#include <glib.h>

#include "include/paprika/config.h"

typedef struct {
    MemoryBacking kind;
    /** What the guest writes goes to the file, where others see it; else it is copied. */
    gboolean share;
    /** The file, or -1. */
    int fd;
    /** Bytes of one of its pages. */
    uint64_t page_size;
} GuestBacking;

/** The plain case, which cannot fail. */
void guest_backing_init(GuestBacking *backing);

/**
 * Open what is asked for, for guest addresses below @end: @path for
 * MEMORY_FILE, else NULL. On failure the message names it.
 */
gboolean guest_backing_open(GuestBacking *backing, MemoryBacking kind, gboolean share,
                            const char *path, uint64_t end, GError **error);
void guest_backing_finish(GuestBacking *backing);

/**
 * Map the @size bytes of guest address @base at @host, where addresses are
 * reserved, in the place of what is there. False with errno.
 */
gboolean guest_backing_map(const GuestBacking *backing, uint64_t base, uint64_t size, void *host);

/**
 * Give the pages of what is mapped at @host back to the host: zeros are read then.
 * False with errno.
 */
gboolean guest_backing_clear(const GuestBacking *backing, void *host, uint64_t size);

/**
 * The same, where the file system can; else they stay as they are, and it is false with errno.
 * Any thread.
 */
gboolean guest_backing_discard(const GuestBacking *backing, void *host, uint64_t size);

/** What to do where guest_backing_map() failed for want of memory: " (raise ...)", or "". */
const char *guest_backing_advice(const GuestBacking *backing);
