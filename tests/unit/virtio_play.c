/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/virtio_play.h"

#include <unistd.h>

static void on_queue(void *transport, unsigned queue, uint16_t vector)
{
    __atomic_fetch_add(&((VirtioTold *)transport)->interrupts, 1, __ATOMIC_SEQ_CST);
}

static void on_config(void *transport)
{
    __atomic_fetch_add(&((VirtioTold *)transport)->changes, 1, __ATOMIC_SEQ_CST);
}

static const VirtioTransportOps transport = {on_queue, on_config, NULL};

void virtio_play_attach(VirtioDevice *dev, VirtioTold *told)
{
    GError *error = NULL;

    gboolean begun = dev->ops->begin(dev, &error);
    g_assert_no_error(error);
    g_assert_true(begun);
    dev->transport = told;
    dev->transport_ops = &transport;
}

void virtio_play_negotiate(VirtioDevice *dev, uint64_t features)
{
    virtio_device_set_status(dev, VIRTIO_STATUS_DRIVER);
    dev->driver_features = features;
    virtio_device_set_status(dev, VIRTIO_STATUS_FEATURES_OK);
    g_assert_true(virtio_device_status(dev) & VIRTIO_STATUS_FEATURES_OK);
}

void virtio_play_enable(VirtioDevice *dev, unsigned queue, const VringDriver *driver)
{
    Virtqueue *vq = &dev->queues[queue];

    vq->size = (uint16_t)driver->size;
    vq->desc_addr = driver->vq.desc_addr;
    vq->driver_addr = driver->vq.driver_addr;
    vq->device_addr = driver->vq.device_addr;
    vq->enabled = TRUE;
}

void virtio_play_kick(const VirtioDevice *dev, unsigned queue)
{
    uint64_t one = 1;

    g_assert_cmpint(write(dev->queues[queue].kick_fd, &one, sizeof(one)), ==, sizeof(one));
}

gboolean virtio_play_reap(VringDriver *driver, uint32_t *written, unsigned tries)
{
    unsigned id;

    while (!vring_driver_reap(driver, &id, written)) {
        if (!tries--)
            return FALSE;
        g_usleep(500);
    }
    return TRUE;
}

uint32_t virtio_play_await(VringDriver *driver)
{
    uint32_t written;

    g_assert_true(virtio_play_reap(driver, &written, 20000));
    return written;
}
