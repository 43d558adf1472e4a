/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Devices on PCI that come and go while the guest runs (src/vmm/plug.h), and those that it started
 * with. Main thread, all of it.
 */
#pragma once

#include "hw/spapr/pci/pci_plan.h"
#include "hw/virtio/virtio_blk.h"
#include "include/paprika/config.h"
#include "src/vmm/backends.h"
#include "src/vmm/plug.h"

typedef struct PlugCard PlugCard;

typedef struct {
    PciDeviceKind kind;
    /** NULL: its kind and a number. */
    const char *id;
    /** UINT_MAX: any bridge; PCI_SLOTS: any slot. */
    unsigned bridge, slot;
    /** What it works on: a block node or a network back end. */
    const char *backend;
    /** Of the two, what the guest gets to see. */
    DiskConfig disk;
    NetConfig net;
} PlugCardSpec;

/** Put a device into a slot, and tell the guest. */
gboolean plug_add_card(Plug *plug, const PlugCardSpec *spec, GError **error);

/** Back ends of devices. */
Backends *plug_parts(const Plug *plug);

/* What there is, for the monitor. All borrowed. */

/** A file, or a format upon one. */
typedef struct {
    const char *name, *file;
    /** QEMU's name of what it is: "raw", "file", "host_device". */
    const char *driver;
    const Disk *disk;
    gboolean readonly;
    /** The disk that works on it, by another node too; NULL: none does. */
    VirtioDevice *virtio;
} PlugNode;

typedef struct {
    PciDeviceKind kind;
    const char *id;
    VirtioDevice *virtio;
    /** Of a disk. */
    PlugNode node;
} PlugCardInfo;

/** The @index-th device; false past the end. */
gboolean plug_card_at(const Plug *plug, unsigned index, PlugCardInfo *info);
/** QEMU's name of what @kind is. */
const char *plug_card_driver(PciDeviceKind kind);
/** The @index-th node, used or not; false past the end. */
gboolean plug_node_at(const Plug *plug, unsigned index, PlugNode *node);

/** Make the disk that is on node @node, or that is device @id, @size bytes long; either is NULL. */
gboolean plug_grow_disk(Plug *plug, const char *id, const char *node, uint64_t size,
                        GError **error);

/** Plug the cable of a network card in, or pull it; @name is the card's or its back end's. */
gboolean plug_set_link(Plug *plug, const char *name, gboolean up, GError **error);
