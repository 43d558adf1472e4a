/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The structures in the BAR (virtio 1.2, 4.1.4). */
#include <string.h>

#include "hw/virtio/virtio_pci_private.h"
#include "src/base/endian.h"

/** Registers of the common structure. */
enum {
    REG_DEVICE_SELECT = 0,
    REG_DEVICE_FEATURES = 4,
    REG_DRIVER_SELECT = 8,
    REG_DRIVER_FEATURES = 12,
    REG_CONFIG_VECTOR = 16,
    REG_N_QUEUES = 18,
    REG_STATUS = 20,
    REG_GENERATION = 21,
    REG_QUEUE_SELECT = 22,
    REG_QUEUE_SIZE = 24,
    REG_QUEUE_VECTOR = 26,
    REG_QUEUE_ENABLE = 28,
    REG_QUEUE_NOTIFY_OFF = 30,
    REG_QUEUE_DESC = 32,
    REG_QUEUE_DRIVER = 40,
    REG_QUEUE_DEVICE = 48,
};

/** The selected queue, or NULL. Device's lock held. */
static Virtqueue *selected(VirtioPci *vp)
{
    return vp->queue_select < vp->dev->n_queues ? &vp->dev->queues[vp->queue_select] : NULL;
}

/** Half @select of 64 feature bits. */
static uint32_t features_half(uint64_t features, uint32_t select)
{
    return select < 2 ? (uint32_t)(features >> 32 * select) : 0;
}

/** All registers as they read, so that any part of them can be. Device's lock held. */
static void common_image(VirtioPci *vp, uint8_t image[VIRTIO_PCI_COMMON_SIZE])
{
    const VirtioDevice *dev = vp->dev;
    const Virtqueue *vq = selected(vp);

    memset(image, 0, VIRTIO_PCI_COMMON_SIZE);
    le_store(image + REG_DEVICE_SELECT, 4, vp->device_select);
    le_store(image + REG_DEVICE_FEATURES, 4, features_half(dev->features, vp->device_select));
    le_store(image + REG_DRIVER_SELECT, 4, vp->driver_select);
    le_store(image + REG_DRIVER_FEATURES, 4,
             features_half(dev->driver_features, vp->driver_select));
    le_store(image + REG_CONFIG_VECTOR, 2, vp->config_vector);
    le_store(image + REG_N_QUEUES, 2, dev->n_queues);
    image[REG_STATUS] = dev->status;
    image[REG_GENERATION] = dev->generation;
    le_store(image + REG_QUEUE_SELECT, 2, vp->queue_select);
    if (!vq)
        return;
    le_store(image + REG_QUEUE_SIZE, 2, vq->size);
    le_store(image + REG_QUEUE_VECTOR, 2, vq->vector);
    le_store(image + REG_QUEUE_ENABLE, 2, vq->enabled ? 1 : 0);
    le_store(image + REG_QUEUE_NOTIFY_OFF, 2, vp->queue_select);
    le_store(image + REG_QUEUE_DESC, 8, vq->desc_addr);
    le_store(image + REG_QUEUE_DRIVER, 8, vq->driver_addr);
    le_store(image + REG_QUEUE_DEVICE, 8, vq->device_addr);
}

static void common_read(VirtioPci *vp, unsigned offset, uint8_t *data, unsigned length)
{
    uint8_t image[VIRTIO_PCI_COMMON_SIZE];

    g_mutex_lock(&vp->dev->lock);
    common_image(vp, image);
    g_mutex_unlock(&vp->dev->lock);
    if (offset + length <= sizeof(image))
        memcpy(data, image + offset, length);
}

/** A vector that the function has, or none. */
static uint16_t checked_vector(const VirtioPci *vp, uint64_t value)
{
    return value < vp->fn.desc.n_vectors ? (uint16_t)value : VIRTQUEUE_NO_VECTOR;
}

/** Half or all of a 64-bit register. */
static void write_address(uint64_t *reg, unsigned offset, unsigned length, uint64_t value)
{
    if (length == 8)
        *reg = value;
    else if (length == 4 && offset % 8 == 0)
        *reg = (*reg & ~(uint64_t)UINT32_MAX) | value;
    else if (length == 4)
        *reg = (*reg & UINT32_MAX) | value << 32;
}

/** Registers of the selected queue, while the device doesn't run. Device's lock held. */
static void write_queue(VirtioPci *vp, unsigned offset, unsigned length, uint64_t value)
{
    Virtqueue *vq = selected(vp);

    if (!vq || vp->dev->running)
        return;
    if (offset == REG_QUEUE_VECTOR && length == 2)
        vq->vector = checked_vector(vp, value);
    /* An enabled queue stays as it is until the next reset. */
    if (vq->enabled)
        return;
    if (offset == REG_QUEUE_SIZE && length == 2)
        vq->size = (uint16_t)MIN(value, (uint64_t)VIRTQUEUE_MAX_SIZE);
    else if (offset == REG_QUEUE_ENABLE && length == 2)
        vq->enabled = value == 1;
    else if (offset >= REG_QUEUE_DEVICE)
        write_address(&vq->device_addr, offset, length, value);
    else if (offset >= REG_QUEUE_DRIVER)
        write_address(&vq->driver_addr, offset, length, value);
    else if (offset >= REG_QUEUE_DESC)
        write_address(&vq->desc_addr, offset, length, value);
}

static void write_features(VirtioPci *vp, uint32_t value)
{
    VirtioDevice *dev = vp->dev;
    unsigned shift = 32 * vp->driver_select;

    if (vp->driver_select > 1 || dev->status & VIRTIO_STATUS_FEATURES_OK)
        return;
    dev->driver_features =
        (dev->driver_features & ~((uint64_t)UINT32_MAX << shift)) | (uint64_t)value << shift;
}

static void common_write_locked(VirtioPci *vp, unsigned offset, unsigned length, uint64_t value)
{
    switch (offset) {
    case REG_DEVICE_SELECT:
        vp->device_select = (uint32_t)value;
        break;
    case REG_DRIVER_SELECT:
        vp->driver_select = (uint32_t)value;
        break;
    case REG_DRIVER_FEATURES:
        if (length == 4)
            write_features(vp, (uint32_t)value);
        break;
    case REG_CONFIG_VECTOR:
        __atomic_store_n(&vp->config_vector, checked_vector(vp, value), __ATOMIC_RELAXED);
        break;
    case REG_QUEUE_SELECT:
        vp->queue_select = (uint16_t)value;
        break;
    default:
        if (offset >= REG_QUEUE_SIZE)
            write_queue(vp, offset, length, value);
        break;
    }
}

static void status_write(VirtioPci *vp, uint8_t status)
{
    if (!status)
        virtio_pci_want_kicks(vp, FALSE);
    virtio_device_set_status(vp->dev, status);
    if (!status)
        virtio_pci_reset_registers(vp);
    else if (status & VIRTIO_STATUS_DRIVER_OK)
        virtio_pci_want_kicks(vp, TRUE);
}

static void common_write(VirtioPci *vp, unsigned offset, unsigned length, uint64_t value)
{
    if (offset == REG_STATUS && length == 1) {
        status_write(vp, (uint8_t)value);
        return;
    }
    if (offset % length || offset + length > VIRTIO_PCI_COMMON_SIZE)
        return;
    g_mutex_lock(&vp->dev->lock);
    if (!vp->dev->resetting)
        common_write_locked(vp, offset, length, value);
    g_mutex_unlock(&vp->dev->lock);
}

void virtio_pci_reset_registers(VirtioPci *vp)
{
    g_mutex_lock(&vp->dev->lock);
    vp->device_select = vp->driver_select = 0;
    vp->queue_select = 0;
    __atomic_store_n(&vp->config_vector, VIRTQUEUE_NO_VECTOR, __ATOMIC_RELAXED);
    g_mutex_unlock(&vp->dev->lock);
    virtio_pci_take_isr(vp);
}

static void device_read(VirtioPci *vp, uint64_t offset, uint8_t *data, unsigned length)
{
    VirtioDevice *dev = vp->dev;

    g_mutex_lock(&dev->lock);
    if (offset < dev->config_size && length <= dev->config_size - offset)
        memcpy(data, dev->config + offset, length);
    g_mutex_unlock(&dev->lock);
}

static void device_write(VirtioPci *vp, uint64_t offset, const uint8_t *data, unsigned length)
{
    VirtioDevice *dev = vp->dev;

    if (!dev->ops->config_written)
        return;
    g_mutex_lock(&dev->lock);
    if (offset < dev->config_size && length <= dev->config_size - offset) {
        memcpy(dev->config + offset, data, length);
        dev->ops->config_written(dev, (unsigned)offset, length);
    }
    g_mutex_unlock(&dev->lock);
}

void virtio_pci_bar_read(PciFunction *fn, unsigned bar, uint64_t offset, uint8_t *data,
                         unsigned length)
{
    VirtioPci *vp = virtio_pci_of(fn);

    memset(data, 0, length);
    if (bar != VIRTIO_PCI_BAR)
        return;
    if (offset < VIRTIO_PCI_COMMON_SIZE)
        common_read(vp, (unsigned)offset, data, length);
    else if (offset == VIRTIO_PCI_ISR)
        data[0] = virtio_pci_take_isr(vp);
    else if (offset >= VIRTIO_PCI_DEVICE && offset < VIRTIO_PCI_NOTIFY)
        device_read(vp, offset - VIRTIO_PCI_DEVICE, data, length);
}

void virtio_pci_bar_write(PciFunction *fn, unsigned bar, uint64_t offset, const uint8_t *data,
                          unsigned length)
{
    VirtioPci *vp = virtio_pci_of(fn);

    if (bar != VIRTIO_PCI_BAR)
        return;
    if (offset < VIRTIO_PCI_COMMON_SIZE)
        common_write(vp, (unsigned)offset, length, le_load(data, length));
    else if (offset >= VIRTIO_PCI_DEVICE && offset < VIRTIO_PCI_NOTIFY)
        device_write(vp, offset - VIRTIO_PCI_DEVICE, data, length);
    else if (offset >= VIRTIO_PCI_NOTIFY)
        virtio_pci_kick(vp, (unsigned)((offset - VIRTIO_PCI_NOTIFY) / VIRTIO_PCI_NOTIFY_STRIDE));
}
