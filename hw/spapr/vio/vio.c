/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hw/spapr/vio/vio.h"

#include <errno.h>

#include "hw/spapr/pci/tce_table.h"
#include "src/base/error.h"

struct VioBus {
    /** By slot; constant while vCPUs run. Owned. */
    VioDevice *devices[VIO_SLOTS];
};

static gboolean vio_translate(void *opaque, uint64_t addr, gboolean write, GuestAddr *real,
                              uint64_t *left)
{
    return tce_table_translate(opaque, addr, write, real, left);
}

gboolean vio_device_init(VioDevice *dev, const VioDeviceOps *ops, Vm *vm, unsigned slot,
                         uint64_t window, GError **error)
{
    dev->ops = ops;
    dev->vm = vm;
    dev->slot = slot;
    g_mutex_init(&dev->lock);
    dev->window = tce_table_new(0, TCE_SHIFT_4K, window >> TCE_SHIFT_4K);
    if (!dev->window)
        return error_set_errno(error, PAPRIKA_ERROR_HOST, errno, "no memory for a DMA window");
    dev->dma = (DmaSpace){.mem = vm->mem, .translate = vio_translate, .opaque = dev->window};

    int ret = irq_claim(vm->irq, vio_source(slot), 1);
    return ret == 0 || error_set_errno(error, PAPRIKA_ERROR_HOST, -ret,
                                       "no interrupt for a virtual I/O device");
}

void vio_device_finish(VioDevice *dev)
{
    tce_table_free(dev->window);
    g_mutex_clear(&dev->lock);
}

gboolean vio_device_maps(const VioDevice *dev, uint64_t ioba, uint64_t length)
{
    const uint64_t page = UINT64_C(1) << TCE_SHIFT_4K, into = ioba % page;

    for (uint64_t at = 0; at < length + into; at += page) {
        if (!dma_ptr(&dev->dma, ioba - into + at, page, TRUE) ||
            !dma_ptr(&dev->dma, ioba - into + at, page, FALSE))
            return FALSE;
    }
    return TRUE;
}

void vio_device_signal(VioDevice *dev)
{
    if (dev->signals)
        irq_pulse(dev->vm->irq, vio_source(dev->slot));
}

VioBus *vio_bus_new(void) { return g_new0(VioBus, 1); }

void vio_bus_free(VioBus *bus)
{
    if (!bus)
        return;
    for (unsigned i = 0; i < VIO_SLOTS; i++) {
        if (bus->devices[i])
            bus->devices[i]->ops->free(bus->devices[i]);
    }
    g_free(bus);
}

void vio_bus_add(VioBus *bus, VioDevice *dev) { bus->devices[dev->slot] = dev; }

gboolean vio_bus_begin(VioBus *bus, GError **error)
{
    for (unsigned i = 0; bus && i < VIO_SLOTS; i++) {
        VioDevice *dev = bus->devices[i];

        if (dev && dev->ops->begin && !dev->ops->begin(dev, error))
            return FALSE;
    }
    return TRUE;
}

void vio_bus_reset(VioBus *bus)
{
    for (unsigned i = 0; bus && i < VIO_SLOTS; i++) {
        VioDevice *dev = bus->devices[i];

        if (!dev)
            continue;
        g_mutex_lock(&dev->lock);
        crq_close(dev);
        if (dev->ops->reset)
            dev->ops->reset(dev);
        g_mutex_unlock(&dev->lock);
        tce_table_clear(dev->window);
    }
}

VioDevice *vio_bus_find(VioBus *bus, uint64_t unit)
{
    if (!bus || unit < VIO_UNIT_BASE || unit - VIO_UNIT_BASE >= VIO_SLOTS)
        return NULL;
    return bus->devices[unit - VIO_UNIT_BASE];
}

TceTable *vio_bus_window(VioBus *bus, uint64_t liobn)
{
    const VioDevice *dev = vio_bus_find(bus, liobn);

    return dev ? dev->window : NULL;
}
