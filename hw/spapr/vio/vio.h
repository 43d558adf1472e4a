/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Virtual I/O devices that reach the guest's memory (LoPAR chapter 17): those of
 * /vdevice that have a DMA window, and some of them a queue (crq.h), of their own. The
 * bus finds them by unit address, and their windows by LIOBN.
 */
#pragma once

#include <stdint.h>

#include <glib.h>

#include "hw/spapr/irq/irq.h"
#include "hw/spapr/vio/crq.h"
#include "include/paprika/vm.h"
#include "src/base/dma.h"

struct TceTable;

enum {
    /** A device's unit address, which is its LIOBN, too: this, and its slot. */
    VIO_UNIT_BASE = 0x71000010,
    VIO_SLOTS = IRQ_SOURCE_VIO_END - IRQ_SOURCE_VIO,
    VIO_SLOT_VTPM = 0,
    /** The first of CONFIG_MAX_NETS. */
    VIO_SLOT_LAN = 1,
    /** Bytes of a window: for a device that moves little at a time. */
    VIO_WINDOW_SMALL = 16 << 20,
};

typedef struct VioDevice VioDevice;

typedef struct {
    /**
     * A message of H_SEND_CRQ, whose header is 0x80: what the call returns. NULL for a
     * device that has no queue. Device locked, vCPU's thread.
     */
    HcallRet (*message)(VioDevice *dev, const CrqMessage *message);
    /** The queue is gone: answers that are due are not sent. Or NULL. Device locked. */
    void (*closed)(VioDevice *dev);
    /** Start its thread, or NULL. Main thread. */
    gboolean (*begin)(VioDevice *dev, GError **error);
    /** The rest of a reset, after closed(); or NULL. Device locked, vCPUs parked. */
    void (*reset)(VioDevice *dev);
    /** The device's own part, vio_device_finish(), and its memory. Main thread. */
    void (*free)(VioDevice *dev);
} VioDeviceOps;

struct VioDevice {
    const VioDeviceOps *ops;
    Vm *vm;
    unsigned slot;
    struct TceTable *window;
    /** The same as a device sees it: any thread. */
    DmaSpace dma;

    /** Protects the fields below, and the device's own that say so. Before locks of irq/. */
    GMutex lock;
    /** H_VIO_SIGNAL has switched its interrupt on. */
    gboolean signals;
    Crq crq;
};

static inline uint32_t vio_unit(unsigned slot) { return VIO_UNIT_BASE + slot; }
static inline uint32_t vio_source(unsigned slot) { return IRQ_SOURCE_VIO + slot; }

/**
 * Fill @dev, zeroed, with a window of @window bytes at 0, in pages of 4 KiB. On failure
 * it can be given to vio_device_finish(). vm->irq exists. Main thread.
 */
gboolean vio_device_init(VioDevice *dev, const VioDeviceOps *ops, Vm *vm, unsigned slot,
                         uint64_t window, GError **error);
void vio_device_finish(VioDevice *dev);

/**
 * Whether all of @length bytes at @ioba is mapped for both ways; ends at the first page that is
 * not. Any thread.
 */
gboolean vio_device_maps(const VioDevice *dev, uint64_t ioba, uint64_t length);

/** Raise its interrupt, if that is switched on. Device locked. */
void vio_device_signal(VioDevice *dev);

typedef struct VioBus VioBus;

/** Without devices. Main thread. */
VioBus *vio_bus_new(void);
/** With its devices. NULL is fine; vm->irq still exists. Main thread, no vCPU runs. */
void vio_bus_free(VioBus *bus);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VioBus, vio_bus_free)
/** @dev is the bus's from now on; its slot is free. vCPUs do not run. */
void vio_bus_add(VioBus *bus, VioDevice *dev);

/** Start the devices' threads. NULL is fine. Main thread. */
gboolean vio_bus_begin(VioBus *bus, GError **error);
/** Queues are gone, windows empty. NULL is fine. Main thread, vCPUs parked. */
void vio_bus_reset(VioBus *bus);

/** The device at a unit address, or NULL. @bus may be NULL. Any thread. */
VioDevice *vio_bus_find(VioBus *bus, uint64_t unit);
/** The window that @liobn means, or NULL; it is there as long as the bus is. Any thread. */
struct TceTable *vio_bus_window(VioBus *bus, uint64_t liobn);
