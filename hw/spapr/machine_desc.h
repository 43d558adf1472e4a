/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the guest is told about its machine, as plain data: everything that the
 * device tree is made from, so that it can be built, and pinned by tests,
 * without a hypervisor.
 */
#pragma once

#include <stdint.h>

#include <glib.h>

#include "hw/spapr/irq/irq.h"
#include "include/paprika/config.h"
#include "include/paprika/hv.h"

/** Guest real addresses; end is exclusive; start == end means absent. */
typedef struct {
    uint64_t start, end;
} GuestRange;

typedef struct {
    const VmConfig *config;
    const HvCaps *caps;

    /** Cores, threads per core, distance of two cores' vCPU ids. */
    unsigned cores, threads, stride;

    gboolean radix;
    /** Hash only: log2 of the table's bytes, as granted. */
    uint32_t hpt_order;
    /** Hash only: segment page sizes that may be told to the guest. */
    HvSegmentPageSize sps[HV_MAX_PAGE_SIZES];
    gboolean one_t_segments;
    uint32_t slb_entries;

    /** Bytes: all memory, the first node (real mode area), a logical memory block. */
    uint64_t memory, rma, lmb;

    IrqKind irq;
    uint32_t irq_servers;
    /** XIVE only: bytes of an ESB page and of a TIMA page. */
    uint32_t xive_page_shift;

    GuestRange initrd;
    GuestRange rtas;

    /** Identity of this guest, a UUID; never NULL. */
    const char *uuid;
    /** 32 bytes for /chosen/rng-seed, or NULL for none (reproducible trees). */
    const uint8_t *rng_seed;
} MachineDesc;
