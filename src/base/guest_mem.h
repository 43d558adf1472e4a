/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Guest memory: the only way to reach it. Every access is checked for overflow
 * and bounds against the regions that are mapped.
 *
 * Locking: regions are added before vCPUs run and removed when none does, so
 * that readers need no lock. Memory that comes and goes while they run has a
 * window of its own (guest_mem_window.h), whose addresses in this process stay
 * mapped for good: a reader that is late finds zeros, not a fault. Contents are
 * shared with running vCPUs: copy in once, validate the copy, never read the
 * same field twice.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include <glib.h>

#include "src/base/endian.h"
#include "src/base/guest_backing.h"

/** A guest real address. Not a pointer on purpose. */
typedef uint64_t GuestAddr;

typedef struct {
    GuestAddr base;
    /** Bytes. */
    uint64_t size;
    /** Where it is mapped in this process; owned by GuestMem. */
    uint8_t *host;
    /** Bytes of one host page that backs it. */
    uint64_t page_size;
} GuestRegion;

typedef struct GuestMem GuestMem;

/** Memory of @backing, which is taken over; NULL: of anonymous pages. */
GuestMem *guest_mem_new(GuestBacking *backing);
void guest_mem_free(GuestMem *mem);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(GuestMem, guest_mem_free)

/**
 * Map @size bytes of fresh zeroed memory at @base. Fails with a message when
 * the host has no room, no huge pages, or the range overlaps or wraps.
 */
gboolean guest_mem_add(GuestMem *mem, GuestAddr base, uint64_t size, GError **error);

/** What it consists of, for those who pass it on; as long as @mem is. */
const GuestBacking *guest_mem_backing(const GuestMem *mem);

/** Regions in ascending order, the window not among them; valid until the next add. */
const GuestRegion *guest_mem_regions(const GuestMem *mem, unsigned *count);

/** Bytes of all memory that there is now: regions, and what is plugged. */
uint64_t guest_mem_size(const GuestMem *mem);

/** Return every page to the host; the guest then reads zeros. vCPUs stopped. */
gboolean guest_mem_clear(GuestMem *mem, GError **error);

/** The same of @length bytes at @addr, all of them in one region. vCPUs stopped. */
gboolean guest_mem_clear_range(GuestMem *mem, GuestAddr addr, uint64_t length, GError **error);

/**
 * Reserve room in this process for @size bytes above all regions, at @base, that
 * come and go in blocks of @block bytes, a power of two; none is there yet. Once,
 * before vCPUs run.
 */
gboolean guest_mem_reserve(GuestMem *mem, GuestAddr base, uint64_t size, uint64_t block,
                           GError **error);

/**
 * Whole blocks of the window come: fresh zeros at the address in this process that
 * is returned; NULL if the host has no room, or the range is none of the window's
 * or not free. Main thread; vCPUs may run.
 */
void *guest_mem_plug(GuestMem *mem, GuestAddr base, uint64_t size, GError **error);

/**
 * Blocks that were plugged go, and their pages back to the host. KVM has no slot
 * there any more. Main thread; vCPUs may run.
 */
void guest_mem_unplug(GuestMem *mem, GuestAddr base, uint64_t size);

/**
 * Call @changed with @opaque each time memory has come, or is about to go: then guest_mem_next()
 * does not tell of it any more, and its pages are still there. On the main thread, as is this.
 */
typedef void (*GuestMemChangedFn)(void *opaque);
void guest_mem_watch(GuestMem *mem, GuestMemChangedFn changed, void *opaque);
void guest_mem_unwatch(GuestMem *mem, GuestMemChangedFn changed, void *opaque);

/**
 * The first memory at @from or above, as one range: a region, or blocks of the
 * window that follow each other. False if there is none. Main thread.
 */
gboolean guest_mem_next(const GuestMem *mem, GuestAddr from, GuestAddr *base, uint64_t *size);

/**
 * Host pointer for @length bytes at @addr, or NULL unless all of them lie in
 * one region, or in plugged blocks. It stays valid when those are unplugged. For bulk transfer only
 * (images, rings); never dereference structures through it.
 */
void *guest_mem_ptr(const GuestMem *mem, GuestAddr addr, uint64_t length);

/**
 * About to be filled: have the host back these bytes in one go, which is much
 * cheaper than a fault for each page amid a copy of the kernel's. Only a hint.
 */
void guest_mem_populate(const GuestMem *mem, GuestAddr addr, uint64_t length);

gboolean guest_mem_read(const GuestMem *mem, GuestAddr addr, void *data, size_t length);
gboolean guest_mem_write(const GuestMem *mem, GuestAddr addr, const void *data, size_t length);
gboolean guest_mem_fill(const GuestMem *mem, GuestAddr addr, uint8_t byte, size_t length);

/* Single cells, big-endian in the guest. */
gboolean guest_mem_load_be32(const GuestMem *mem, GuestAddr addr, uint32_t *value);
gboolean guest_mem_store_be32(const GuestMem *mem, GuestAddr addr, uint32_t value);
gboolean guest_mem_load_be64(const GuestMem *mem, GuestAddr addr, uint64_t *value);
gboolean guest_mem_store_be64(const GuestMem *mem, GuestAddr addr, uint64_t value);
