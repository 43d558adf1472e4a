/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the transport's two files share. */
#pragma once

#include "hw/virtio/virtio_pci.h"

enum {
    VIRTIO_PCI_MSIX_BAR = 0,
    VIRTIO_PCI_BAR = 2,

    /* Where the structures are in the BAR. */
    VIRTIO_PCI_COMMON = 0x0000,
    VIRTIO_PCI_COMMON_SIZE = 56,
    VIRTIO_PCI_ISR = 0x1000,
    VIRTIO_PCI_DEVICE = 0x2000,
    VIRTIO_PCI_NOTIFY = 0x3000,
    /** Each queue's kicks have an address of their own. */
    VIRTIO_PCI_NOTIFY_STRIDE = 4,

    VIRTIO_ISR_QUEUE = 1 << 0,
    VIRTIO_ISR_CONFIG = 1 << 1,
};

struct VirtioPci {
    /** First: a PciFunction is the start of its VirtioPci. */
    PciFunction fn;
    /** Owned. */
    VirtioDevice *dev;
    /** Offset of the capability that shows a place in a BAR. Constant. */
    unsigned window_cap;

    /* The device's lock. */
    uint32_t device_select, driver_select;
    uint16_t queue_select;
    /** Atomic, written under the device's lock. */
    uint16_t config_vector;

    /** Protects isr, and keeps INTA in step with it. */
    GMutex isr_lock;
    uint8_t isr;

    /** Protects what follows. */
    GMutex kick_lock;
    gboolean wants_kicks;
    /** Where kicks are bound, or PCI_BAR_OFF. */
    uint64_t kick_base;
};

VirtioPci *virtio_pci_of(PciFunction *fn);

/** PciFunctionOps' (virtio_pci_regs.c). */
void virtio_pci_bar_read(PciFunction *fn, unsigned bar, uint64_t offset, uint8_t *data,
                         unsigned length);
void virtio_pci_bar_write(PciFunction *fn, unsigned bar, uint64_t offset, const uint8_t *data,
                          unsigned length);
/** The transport's own registers, as after power-on. */
void virtio_pci_reset_registers(VirtioPci *vp);

/** The interrupt status, which is 0 after that, and INTA low. */
uint8_t virtio_pci_take_isr(VirtioPci *vp);
void virtio_pci_kick(VirtioPci *vp, unsigned queue);
/** Have the kernel take kicks, or not. Not under the device's lock. */
void virtio_pci_want_kicks(VirtioPci *vp, gboolean wanted);
void virtio_pci_update_kicks(VirtioPci *vp);
