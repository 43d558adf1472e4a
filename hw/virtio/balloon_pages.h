/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Pages that a guest does without, given back to the host.
 *
 * A guest counts in pages of 4 KiB, and the host gives pages of its own, mostly of
 * 64 KiB: one of those goes once all its pieces are in the balloon. Which are is a bit
 * for each piece. That a host page goes is only a hint to the guest: it reads zeros
 * there and has a new one when it writes, so that a guest which lies about its pages
 * harms its own memory alone.
 *
 * One thread at a time.
 */
#pragma once

#include <stdint.h>

#include <glib.h>

#include "src/base/endian.h"
#include "src/base/guest_mem.h"

enum {
    /** The guest's unit. */
    BALLOON_PAGE_SHIFT = 12,
    /** Host pages are of this many bytes at most; larger ones stay where they are. */
    BALLOON_MAX_HOST_PAGE = 64 * 1024,
};

typedef struct {
    const GuestMem *mem;
    /** Bytes of a host page. */
    uint64_t page;
    /** Nothing is given back: host pages are too large. */
    gboolean keeps;
    /** For each host page which of its pieces are in the balloon; NULL where it is one piece. */
    uint16_t *held;
    uint64_t n_held;
    /** Host pages next to each other that go in one call. */
    uint8_t *run;
    uint64_t run_size;
} BalloonPages;

/** Empty, for a guest of @max_memory bytes at most. False if the host has no room for the bits. */
gboolean balloon_pages_init(BalloonPages *pages, const GuestMem *mem, uint64_t max_memory,
                            GError **error);
/** One that is all zeros is fine. */
void balloon_pages_finish(BalloonPages *pages);
/** The balloon is empty. */
void balloon_pages_reset(BalloonPages *pages);

/**
 * @count numbers of pages go into the balloon. With @told each page's way out is told
 * before it is used; else nothing is known of a piece after this call, and a host page goes
 * only if all of it is among these.
 */
void balloon_pages_inflate(BalloonPages *pages, const le32 *numbers, size_t count, gboolean told);
/** They come out. What the host gave up comes back with the guest's first access. */
void balloon_pages_deflate(BalloonPages *pages, const le32 *numbers, size_t count);

/** The guest uses nothing of the @size bytes at @host, its memory, for now. */
void balloon_pages_report(BalloonPages *pages, void *host, uint64_t size);
