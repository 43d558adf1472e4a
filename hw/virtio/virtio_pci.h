/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Virtio over PCI (virtio 1.2, 4.1), modern devices only: a function with an
 * MSI-X table in one BAR, and all virtio structures in another.
 */
#pragma once

#include <stdint.h>

#include <glib.h>

#include "hw/pci/pci_function.h"
#include "hw/virtio/virtio.h"

/** Bytes of each BAR. */
#define VIRTIO_PCI_BAR_SIZE UINT64_C(0x10000)

typedef struct VirtioPci VirtioPci;

/** What a virtio device of kind @id with @queues queues is on PCI; devfn and addresses stay 0. */
void virtio_pci_describe(PciFunctionDesc *desc, unsigned id, unsigned queues);

/**
 * A function for @dev, as @desc says; @dev is owned from then on. The caller puts
 * it on a bus, which says how memory is reached.
 */
PciFunction *virtio_pci_new(const PciFunctionDesc *desc, VirtioDevice *dev);
/** The device of a function that virtio_pci_new() made. */
VirtioDevice *virtio_pci_device(PciFunction *fn);
