/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The PCI host bridges of a machine (LoPAR chapter 3 and 4): configuration
 * space, windows, interrupts, DMA windows. Each bridge has one bus, and is one
 * partitionable endpoint.
 */
#pragma once

#include <stdint.h>

#include <glib.h>

#include "hw/pci/pci_function.h"
#include "hw/spapr/pci/pci_plan.h"
#include "include/paprika/vm.h"

struct DrcFamily;
struct TceTable;

enum {
    /** DMA windows of a bridge: that of 32 bits, and the dynamic one. */
    PCI_DMA_WINDOWS = 2,
    PCI_DMA_DEFAULT = 0,
    PCI_DMA_DYNAMIC = 1,
};

typedef struct PciHost PciHost;
typedef struct PciHosts PciHosts;

struct PciHost {
    PciHosts *all;
    unsigned index;
    /** By slot; changes with all vCPUs parked. */
    PciFunction *functions[PCI_SLOTS];

    /** Its slots' connectors; NULL where devices stay. */
    struct DrcFamily *slots;

    /** Protects all functions' configuration spaces. */
    GMutex lock;

    /** Protects lsi_users and what the controller was told of them; taken last. */
    GMutex lsi_lock;
    unsigned lsi_users[IRQ_LSIS_PER_BRIDGE];

    /** Protects the tables, whose entries have no lock: readers use them, writers make them. */
    GRWLock dma_lock;
    struct TceTable *windows[PCI_DMA_WINDOWS];
};

struct PciHosts {
    Vm *vm;
    /** Owned. */
    PciPlan *plan;
    PciHost *hosts;
    unsigned count;

    /** Protects msi_owner: which devfn of which bridge each source is for. */
    GMutex msi_lock;
    /** By source - IRQ_SOURCE_MSI: 0 if free, else 1 + (bridge << 8 | devfn). */
    uint16_t msi_owner[IRQ_MSIS];
};

/**
 * Make the bridges that @plan, which is taken over, wants: without functions yet.
 * Registers their windows at vm->mmio. vm->irq exists. Main thread.
 */
PciHosts *pci_hosts_new(Vm *vm, PciPlan *plan, GError **error);
/** Frees the functions, too. NULL is fine; vm->irq still exists. Main thread. */
void pci_hosts_free(PciHosts *hosts);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(PciHosts, pci_hosts_free)

/**
 * Put @fn, whose desc says where, on bridge @bridge; it is owned from then on.
 * With @iommu it reaches memory through the DMA windows only. vCPUs do not run.
 */
void pci_hosts_add(PciHosts *hosts, unsigned bridge, PciFunction *fn, gboolean iommu);

/**
 * Take the function in a slot off its bridge, so that the guest does not reach it any more; the
 * caller frees it. NULL if the slot is free. vCPUs parked.
 */
PciFunction *pci_hosts_take(PciHosts *hosts, unsigned bridge, unsigned slot);

/** Connectors for all slots, with what is in them now; vm->platform exists. Main thread. */
void pci_slots_init(PciHosts *hosts);

/** Start the functions' threads; before that no vCPU may run. NULL is fine. Main thread. */
gboolean pci_hosts_begin(PciHosts *hosts, GError **error);

/** The machine was stopped, its vCPUs are parked; or goes on. NULL is fine. Main thread. */
void pci_hosts_pause(PciHosts *hosts, gboolean pause);

/** All functions and windows as after power-on. vCPUs parked. NULL is fine. */
void pci_hosts_reset(PciHosts *hosts);

/** The bridge with that BUID, or NULL. @hosts may be NULL. Any thread. */
PciHost *pci_hosts_find(PciHosts *hosts, uint64_t buid);

/** The function that an RTAS configuration address means, or NULL. Any thread. */
PciFunction *pci_host_function(PciHost *host, uint32_t config_addr);

/** All functions of the bridge, reset, as firmware leaves them. vCPU thread. */
void pci_host_reset_functions(PciHost *host);

/* --- message-signalled interrupts (pci_msi.c). vCPU threads. ----------------- */

/**
 * Have @fn own @count sources in a row, and its vectors send them; 0 gives all
 * back. The number granted, or a negative errno.
 */
int pci_msi_set(PciHost *host, PciFunction *fn, unsigned count);
/** How many sources @fn has. */
unsigned pci_msi_count(PciHost *host, const PciFunction *fn);
/** The source of @fn's vector @vector, or 0. */
uint32_t pci_msi_source(PciHost *host, const PciFunction *fn, unsigned vector);
/** Those of a slot whose function is gone are given back. Main thread. */
void pci_msi_drop(PciHosts *hosts, unsigned bridge, unsigned slot);
/** All given back. vCPUs parked. */
void pci_msi_reset(PciHosts *hosts);
/** What PciBridgeOps says of messages. */
void pci_msi_message(void *bridge, uint64_t address, uint32_t data);
int pci_msi_message_fd(void *bridge, uint64_t address, uint32_t data, int fd, gboolean bind);

/* --- DMA windows (pci_dma.c). Any thread, unless said otherwise. -------------- */

typedef struct {
    /** Windows that can be made, entries of the largest, page sizes (LoPAR's bits). */
    uint32_t available, entries, page_sizes;
} PciDmaOffer;

/** Make the window that a machine begins with. Main thread. */
gboolean pci_dma_init(PciHost *host, GError **error);
void pci_dma_finish(PciHost *host);
/** The windows of a machine that begins: the dynamic one is gone. */
void pci_dma_reset(PciHost *host);
void pci_dma_query(PciHost *host, PciDmaOffer *offer);
/** 0 and the window's LIOBN and I/O address, or a negative errno. */
int pci_dma_create(PciHost *host, unsigned page_shift, unsigned window_shift, uint32_t *liobn,
                   uint64_t *base);
/** Take window @liobn away: false if there is none. */
gboolean pci_dma_remove(PciHosts *hosts, uint32_t liobn);
/** DmaSpace's translation; @opaque is the bridge. */
gboolean pci_dma_translate(void *opaque, uint64_t addr, gboolean write, uint64_t *real,
                           uint64_t *left);

/**
 * The window that @liobn means, or NULL; it stays until pci_dma_release() gets what is in *@holder.
 * Hold it for no longer than its entries take.
 */
struct TceTable *pci_dma_hold(PciHosts *hosts, uint64_t liobn, PciHost **holder);
/** NULL is fine. */
void pci_dma_release(PciHost *holder);
