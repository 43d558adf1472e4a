/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the guest is told about its machine, as plain data: everything that the
 * device tree is made from, so that it can be built, and pinned by tests,
 * without a hypervisor.
 */
#pragma once

#include <stdint.h>

#include <glib.h>

#include "hw/spapr/cas_offer.h"
#include "hw/spapr/irq/irq.h"
#include "hw/spapr/machine_terms.h"
#include "include/paprika/config.h"
#include "include/paprika/hv.h"

enum {
    MACHINE_RNG_SEED_SIZE = 32,
    /** "8-4-4-4-12" and the terminator. */
    MACHINE_UUID_SIZE = 37,
    /**
     * Logical memory blocks at most: Linux keeps one allocation of 24 bytes
     * for each, and crashes where it can't have it (16 MiB are the limit).
     */
    MACHINE_MAX_LMBS = 1 << 18,
};

/** Bounds of a logical memory block; the real mode area is a number of them. */
#define MACHINE_LMB_MIN (16 * MIB)
#define MACHINE_LMB_MAX (256 * MIB)
/** The real mode area at most; Linux itself uses no more of a larger one. */
#define MACHINE_RMA_MAX GIB

/** Guest real addresses; end is exclusive; start == end means absent. */
typedef struct {
    uint64_t start, end;
} GuestRange;

typedef struct {
    const VmConfig *config;
    const HvCaps *caps;

    /** Cores that there can ever be, threads per core, distance of two cores' vCPU ids. */
    unsigned max_cores, threads, stride;
    /** Which of those are there, one byte each; NULL: the first @cores. Borrowed. */
    const uint8_t *core_present;
    unsigned cores;

    gboolean radix;
    /** Hash only: log2 of the table's bytes, as granted. */
    uint32_t hpt_order;
    /** Hash only: the guest may resize it. */
    gboolean hpt_resize;
    /** Hash only: segment page sizes that may be told to the guest. */
    HvSegmentPageSize sps[HV_MAX_PAGE_SIZES];
    gboolean one_t_segments;
    uint32_t slb_entries;

    /** Bytes: memory at boot, the first node (real mode area), a logical memory block. */
    uint64_t memory, rma, lmb;
    /** Bytes: the largest address that memory can ever have; no larger block than this, if not 0.
     */
    uint64_t max_memory, lmb_limit;
    /** What is plugged of the memory between the two, in ascending order. Borrowed. */
    const GuestRange *plugged;
    unsigned n_plugged;
    /** Bytes of the smallest host page that backs the memory. */
    uint64_t backing_page;

    /** What was settled with the client, or is assumed of it. */
    MachineTerms terms;
    /** The client may negotiate, and is told what there is to choose from. */
    gboolean negotiable;
    CasOffer offer;

    IrqKind irq;
    uint32_t irq_servers;
    /** XIVE only: log2 of the bytes of an ESB page and of a TIMA page. */
    uint32_t xive_page_shift;

    /**
     * The guest asks Open Firmware's client interface: it loads RTAS by that, so
     * that only the size of rtas counts, and knows itself where its initrd is.
     */
    gboolean client_interface;
    GuestRange initrd;
    GuestRange rtas;

    /** Its PCI devices, or NULL for none; borrowed. */
    const struct PciPlan *pci;
    /**
     * Where a dump is active: "ibm,kernel-dump", borrowed, else NULL; and the end of the memory
     * that may be written, else all of it.
     */
    const void *kernel_dump;
    size_t kernel_dump_size;
    uint64_t boot_end;

    /** Identity of this guest, a UUID; borrowed, never NULL. */
    const char *uuid;
    /** MACHINE_RNG_SEED_SIZE bytes for /chosen/rng-seed, or NULL for none (reproducible trees). */
    const uint8_t *rng_seed;
} MachineDesc;

/**
 * Plan the machine that @config asks for on a host with @caps: all of @desc
 * but where images lie (initrd, rtas) and rng_seed, which stay empty. The order
 * of the hash page table is the one to ask for; machine_desc_set_hpt() takes
 * the one that was granted. @backing_page is that of the guest's memory, or 0
 * for what @config and @caps lead to. Keeps @config, @caps and @uuid; any thread.
 */
gboolean machine_desc_init(MachineDesc *desc, const VmConfig *config, const HvCaps *caps,
                           uint64_t backing_page, const char *uuid, GError **error);

/** Translation is by radix, whatever was planned. */
gboolean machine_desc_set_radix(MachineDesc *desc, GError **error);

/**
 * Translation is by a hash page table of order @order, whatever was planned:
 * the real mode area, and with it the logical memory blocks, follow. Fails if
 * so small a table leaves no room for a guest to start in.
 */
gboolean machine_desc_set_hpt(MachineDesc *desc, uint32_t order, GError **error);

/**
 * The client that starts in this machine may choose from @offer by
 * ibm,client-architecture-support. Where that can bring it to hash, or to another
 * table, the real mode area is one that both have. After the functions above.
 */
gboolean machine_desc_set_negotiable(MachineDesc *desc, const CasOffer *offer, GError **error);

/** @end, or where the memory that may be written ends before it. */
static inline uint64_t machine_desc_writable(const MachineDesc *desc, uint64_t end)
{
    return MIN(end, desc->boot_end);
}

/** Whether core number @core is there. */
gboolean machine_desc_has_core(const MachineDesc *desc, unsigned core);

/** ISA level, in hundredths, of the processors as the guest is shown them. */
unsigned machine_desc_isa(const MachineDesc *desc);

/**
 * Bytes of a logical memory block: the largest power of two within the bounds
 * that divides all the sizes that @sizes is made of, by "or"; 0 if there is none.
 */
uint64_t machine_lmb_size(uint64_t sizes);

/** A UUID (RFC 9562, version 5) that depends on @name alone; NULL is a name, too. */
void machine_uuid_from_name(const char *name, char uuid[MACHINE_UUID_SIZE]);
