/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which PCI devices a machine has, where they are, and what they are, as plain
 * data: made from the configuration alone, so that the device tree can be
 * written without a hypervisor.
 */
#pragma once

#include <stdint.h>

#include <glib.h>

#include "hw/pci/pci_function.h"
#include "hw/spapr/irq/irq.h"
#include "include/paprika/config.h"

/** A host bridge's BUID, which is its unit address, too. */
#define PCI_HOST_BUID(index) (UINT64_C(0x800000020000000) + (index))

/*
 * Guest real addresses of the windows, above all memory that can be, and below
 * what POWER8 can translate. The one for 32-bit BARs is elsewhere on the bus.
 */
#define PCI_WINDOW32_BASE(index) (UINT64_C(0x200000000000) + ((uint64_t)(index) << 32))
#define PCI_WINDOW32_BUS UINT64_C(0x80000000)
#define PCI_WINDOW32_SIZE UINT64_C(0x40000000)
#define PCI_WINDOW64_BASE(index) (UINT64_C(0x210000000000) + ((uint64_t)(index) << 36))
#define PCI_WINDOW64_SIZE (UINT64_C(1) << 36)

/* DMA windows: the one that is there, and the one that a guest may have made. */
#define PCI_DMA32_SIZE UINT64_C(0x40000000)
#define PCI_DMA64_BASE (UINT64_C(1) << 59)
#define PCI_LIOBN(index, window) (0x80000000u | (uint32_t)(index) << 8 | (uint32_t)(window))

/** Message-signalled interrupts are stores here on the bus. */
#define PCI_MSI_ADDRESS UINT64_C(0x40000000000)

/** A slot's connector has this number among those for PCI (hw/spapr/drc.h). */
enum { PCI_DRC_STEP = 8 };
#define PCI_DRC_ID(bridge, slot) ((uint32_t)(bridge) << 16 | (uint32_t)(slot)*PCI_DRC_STEP)

typedef enum {
    PCI_DEVICE_DISK,
    PCI_DEVICE_NET,
    PCI_DEVICE_RNG,
    PCI_DEVICE_BALLOON,
    PCI_DEVICE_VSOCK,
    PCI_DEVICE_PORTS,
} PciDeviceKind;

typedef struct {
    PciDeviceKind kind;
    /** Which one of its kind, in the order of the configuration. */
    unsigned number;
    unsigned bridge;
    PciFunctionDesc desc;
} PciPlanned;

typedef struct PciPlan {
    unsigned n_bridges;
    /** Devices come and go: each slot has a connector. */
    gboolean hotplug;
    PciPlanned *devices;
    unsigned count;
} PciPlan;

/**
 * Place the devices of @config; fails if there are more than slots. Any thread.
 */
PciPlan *pci_plan_new(const VmConfig *config, GError **error);
/** The device in a slot, or NULL. */
PciPlanned *pci_plan_find(const PciPlan *plan, unsigned bridge, unsigned slot);
/** *@slot of @bridge if it is free, or if it is PCI_SLOTS the first one that is; false if none is.
 */
gboolean pci_plan_choose(const PciPlan *plan, unsigned bridge, unsigned *slot);
/**
 * One more device, in a free slot, of virtio's kind @virtio_id with @queues queues; or one less.
 * What was returned before is invalid then. vCPUs parked.
 */
const PciPlanned *pci_plan_add(PciPlan *plan, PciDeviceKind kind, unsigned bridge, unsigned slot,
                               unsigned virtio_id, unsigned queues);
void pci_plan_remove(PciPlan *plan, unsigned bridge, unsigned slot);
/** NULL is fine. */
void pci_plan_free(PciPlan *plan);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(PciPlan, pci_plan_free)

/** Message-signalled interrupts for the devices of one bridge. */
unsigned pci_plan_msis(const PciPlan *plan);
