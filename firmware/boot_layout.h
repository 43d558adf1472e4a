/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where things go in a fresh guest's memory beside its kernel: the flattened
 * device tree, the RTAS blob and the initial RAM disk.
 *
 * The tree and RTAS go to the top of the real mode area, below 2 GiB: the
 * kernel reads the tree and calls RTAS with translation off, and RTAS takes
 * addresses of 32 bits of which Linux keeps to the lower half. High, because
 * what a kernel takes in its first steps (BSS, stack, page tables) lies by its
 * image.
 *
 * The initrd goes right behind the kernel where that leaves the kernel room
 * for its early allocations in the real mode area (BOOT_LAYOUT_EARLY_ROOM):
 * low memory is there in every mode, is in the first node, and can never be
 * unplugged. If that room would get scarce and there is memory above the real mode
 * area, it goes there: kernels read it with translation on. Failing both, anywhere.
 */
#pragma once

#include <stdint.h>

#include <glib.h>

#include "hw/spapr/machine_desc.h"
#include "src/base/guest_mem.h"

/** Everything starts at a multiple of this: the largest base page of a guest kernel. */
#define BOOT_LAYOUT_ALIGN UINT64_C(0x10000)
/** End of what RTAS and the tree may use, exclusive. */
#define BOOT_LAYOUT_CELL_LIMIT (UINT64_C(1) << 31)
/** Bytes of the real mode area that the initrd leaves free if it can. */
#define BOOT_LAYOUT_EARLY_ROOM (UINT64_C(64) << 20)

typedef struct {
    /** Bytes: all guest memory, from address 0; the real mode area at its beginning. */
    uint64_t memory, rma;
    /** What the kernel occupies, as loaded. */
    GuestRange kernel;
    /** Bytes; 0 for none. */
    uint64_t initrd_size;
    uint64_t rtas_size;
    /** Bytes that the flattened tree may have at most. */
    uint64_t fdt_size;
} BootLayoutRequest;

typedef struct {
    /** start == end if there is none. */
    GuestRange initrd;
    GuestRange rtas;
    /** As large as was asked for. */
    GuestRange fdt;
} BootLayout;

/**
 * Place everything; no two ranges overlap, each starts at a multiple of
 * BOOT_LAYOUT_ALIGN and ends as its size says. A pure function: the same
 * request gives the same layout. If something does not fit, the message names
 * the sizes (PAPRIKA_ERROR_USAGE).
 */
gboolean boot_layout_place(const BootLayoutRequest *request, BootLayout *layout, GError **error);
