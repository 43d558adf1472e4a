/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hw/virtio/virtio.h"

#include <string.h>

#include "src/base/log.h"
#include "src/base/trace.h"

void virtio_device_init(VirtioDevice *dev, uint16_t id, unsigned n_queues, uint64_t features,
                        const VirtioDeviceOps *ops)
{
    dev->ops = ops;
    dev->id = id;
    dev->features = features | VIRTIO_F_VERSION_1 | VIRTIO_F_INDIRECT_DESC | VIRTIO_F_EVENT_IDX;
    dev->n_queues = n_queues;
    dev->queues = g_new0(Virtqueue, n_queues);
    for (unsigned i = 0; i < n_queues; i++)
        virtqueue_init(&dev->queues[i]);
    g_mutex_init(&dev->lock);
    g_cond_init(&dev->idle);
}

void virtio_device_finish(VirtioDevice *dev)
{
    for (unsigned i = 0; i < dev->n_queues; i++)
        virtqueue_finish(&dev->queues[i]);
    g_free(dev->queues);
    g_free(dev->name);
    g_cond_clear(&dev->idle);
    g_mutex_clear(&dev->lock);
}

VirtqueueMode virtio_device_mode(const VirtioDevice *dev)
{
    return (VirtqueueMode){
        .packed = virtio_device_has(dev, VIRTIO_F_RING_PACKED),
        .indirect = virtio_device_has(dev, VIRTIO_F_INDIRECT_DESC),
        .event_idx = virtio_device_has(dev, VIRTIO_F_EVENT_IDX),
    };
}

/** All as after power-on. Lock held. */
static void finish_reset(VirtioDevice *dev)
{
    dev->running = dev->resetting = FALSE;
    dev->status = 0;
    dev->driver_features = 0;
    for (unsigned i = 0; i < dev->n_queues; i++)
        virtqueue_reset(&dev->queues[i]);
    if (dev->ops->reset)
        dev->ops->reset(dev);
    g_cond_broadcast(&dev->idle);
}

/** Lock held. */
static void begin_reset(VirtioDevice *dev)
{
    if (dev->resetting)
        return;
    if (!dev->running) {
        finish_reset(dev);
        return;
    }
    dev->resetting = TRUE;
    dev->ops->stop(dev);
}

void virtio_device_stopped(VirtioDevice *dev)
{
    g_mutex_lock(&dev->lock);
    finish_reset(dev);
    g_mutex_unlock(&dev->lock);
}

void virtio_device_reset(VirtioDevice *dev)
{
    g_mutex_lock(&dev->lock);
    begin_reset(dev);
    while (dev->resetting)
        g_cond_wait(&dev->idle, &dev->lock);
    g_mutex_unlock(&dev->lock);
}

/** Nothing that was not offered, and all that must be (virtio 1.2, 6.2). Lock held. */
static gboolean features_ok(const VirtioDevice *dev)
{
    uint64_t needed = VIRTIO_F_VERSION_1 | (dev->features & VIRTIO_F_ACCESS_PLATFORM);

    return !(dev->driver_features & ~dev->features) && (dev->driver_features & needed) == needed;
}

/** Lock held. */
static gboolean start(VirtioDevice *dev)
{
    VirtqueueMode mode = virtio_device_mode(dev);

    for (unsigned i = 0; i < dev->n_queues; i++) {
        if (dev->queues[i].enabled && !virtqueue_registers_ok(&dev->queues[i], &mode))
            return FALSE;
    }
    dev->running = TRUE;
    return dev->ops->start(dev);
}

uint8_t virtio_device_status(VirtioDevice *dev)
{
    g_mutex_lock(&dev->lock);
    uint8_t status = dev->status;
    g_mutex_unlock(&dev->lock);
    return status;
}

void virtio_device_set_status(VirtioDevice *dev, uint8_t status)
{
    g_mutex_lock(&dev->lock);
    if (!status) {
        begin_reset(dev);
    } else if (!dev->resetting) {
        uint8_t fresh = (uint8_t)(status & ~dev->status & ~VIRTIO_STATUS_NEEDS_RESET);

        if (fresh & VIRTIO_STATUS_FEATURES_OK && !features_ok(dev))
            fresh &= (uint8_t)~VIRTIO_STATUS_FEATURES_OK;
        dev->status |= fresh;
        /* Without features agreed on there is no layout to serve queues by. */
        if (fresh & VIRTIO_STATUS_DRIVER_OK && dev->status & VIRTIO_STATUS_FEATURES_OK &&
            !dev->running && !start(dev)) {
            log_guest("%s: a queue has no ring", dev->name);
            dev->status |= VIRTIO_STATUS_NEEDS_RESET;
        }
    }
    trace(TRACE_VIRTIO, "%s: status %#x is %#x, features %#" G_GINT64_MODIFIER "x", dev->name,
          status, dev->status, dev->driver_features);
    g_mutex_unlock(&dev->lock);
}

void virtio_device_broken(VirtioDevice *dev, const char *why)
{
    log_guest("%s needs a reset: %s", dev->name, why);
    g_mutex_lock(&dev->lock);
    /* While the driver resets it anyway, there is nothing to tell. */
    gboolean tell = !dev->resetting;
    if (tell)
        dev->status |= VIRTIO_STATUS_NEEDS_RESET;
    g_mutex_unlock(&dev->lock);
    if (tell)
        dev->transport_ops->notify_config(dev->transport);
}

void virtio_device_notify(VirtioDevice *dev, unsigned queue)
{
    dev->transport_ops->notify_queue(dev->transport, queue, dev->queues[queue].vector);
}

void virtio_device_bind_queue(VirtioDevice *dev, unsigned queue, int fd, gboolean bind)
{
    if (dev->transport_ops->bind_queue)
        dev->transport_ops->bind_queue(dev->transport, queue, dev->queues[queue].vector, fd, bind);
}

void virtio_device_change_config(VirtioDevice *dev, unsigned offset, const void *data,
                                 unsigned length)
{
    g_mutex_lock(&dev->lock);
    memcpy(dev->config + offset, data, length);
    dev->generation++;
    gboolean tell = (dev->status & VIRTIO_STATUS_DRIVER_OK) && !dev->resetting;
    g_mutex_unlock(&dev->lock);
    if (tell)
        dev->transport_ops->notify_config(dev->transport);
}
