/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A virtio device (virtio 1.2, chapters 2 and 3): status, features, queues. The
 * transport is hw/virtio/virtio_pci.h; what a device does is VirtioDeviceOps.
 */
#pragma once

#include <stdint.h>

#include <glib.h>

#include "hw/virtio/virtqueue.h"

enum {
    VIRTIO_ID_NET = 1,
    VIRTIO_ID_BLOCK = 2,
    VIRTIO_ID_CONSOLE = 3,
    VIRTIO_ID_RNG = 4,
    VIRTIO_ID_BALLOON = 5,
    VIRTIO_ID_VSOCK = 19,

    VIRTIO_STATUS_DRIVER = 2,
    VIRTIO_STATUS_DRIVER_OK = 4,
    VIRTIO_STATUS_FEATURES_OK = 8,
    VIRTIO_STATUS_NEEDS_RESET = 64,

    /** Bytes of a device's own configuration at most. */
    VIRTIO_CONFIG_MAX = 256,
};

#define VIRTIO_F_INDIRECT_DESC (UINT64_C(1) << 28)
#define VIRTIO_F_EVENT_IDX (UINT64_C(1) << 29)
#define VIRTIO_F_VERSION_1 (UINT64_C(1) << 32)
#define VIRTIO_F_ACCESS_PLATFORM (UINT64_C(1) << 33)
#define VIRTIO_F_RING_PACKED (UINT64_C(1) << 34)

typedef struct VirtioDevice VirtioDevice;

typedef struct {
    /** Start its threads, before anything else of these. Main thread. */
    gboolean (*begin)(VirtioDevice *dev, GError **error);
    /**
     * Queues that are enabled have their registers; serve them. False if that
     * can't be: the device then needs a reset. The device's lock is held.
     */
    gboolean (*start)(VirtioDevice *dev);
    /**
     * Stop serving; once nothing of the guest's memory is in use any more, call
     * virtio_device_stopped(), from another thread. The device's lock is held.
     */
    void (*stop)(VirtioDevice *dev);
    /** The machine was stopped: leave its memory as it is; or NULL. Main thread. */
    void (*pause)(VirtioDevice *dev);
    /** The machine goes on after a stop: try again what failed before it; or NULL. Main thread. */
    void (*resume)(VirtioDevice *dev);
    /** The driver has written @length bytes at @offset of config; or NULL. The lock is held. */
    void (*config_written)(VirtioDevice *dev, unsigned offset, unsigned length);
    /** All is at rest, and begins anew as after power-on; or NULL. The device's lock is held. */
    void (*reset)(VirtioDevice *dev);
    void (*free)(VirtioDevice *dev);
} VirtioDeviceOps;

/** How a device reaches its driver. Any thread. */
typedef struct {
    void (*notify_queue)(void *transport, unsigned queue, uint16_t vector);
    void (*notify_config)(void *transport);
    /**
     * Let eventfd @fd be the same as notify_queue() where that can be, or no longer; else it stays
     * readable. Or NULL.
     */
    void (*bind_queue)(void *transport, unsigned queue, uint16_t vector, int fd, gboolean bind);
} VirtioTransportOps;

struct VirtioDevice {
    const VirtioDeviceOps *ops;
    const VirtioTransportOps *transport_ops;
    void *transport;
    const DmaSpace *dma;
    /** For messages: "disk 0". Owned. */
    char *name;
    uint16_t id;
    /** What it offers. Constant. */
    uint64_t features;
    Virtqueue *queues;
    unsigned n_queues;

    /** Protects what follows, and the queues' registers. */
    GMutex lock;
    /** Signalled when resetting ends. */
    GCond idle;
    uint8_t status, generation;
    uint64_t driver_features;
    /** Queues are being served. */
    gboolean running;
    /** The driver asked for a reset, and not all has come to rest yet. */
    gboolean resetting;
    /** config_size bytes, little-endian. */
    uint8_t config[VIRTIO_CONFIG_MAX];
    unsigned config_size;
};

/** Fill @dev, zeroed, with @n_queues queues that have no kick descriptors yet. */
void virtio_device_init(VirtioDevice *dev, uint16_t id, unsigned n_queues, uint64_t features,
                        const VirtioDeviceOps *ops);
/** The device is stopped. */
void virtio_device_finish(VirtioDevice *dev);

/* --- for the transport. vCPU threads. ------------------------------------------ */

/** What the status register reads as. */
uint8_t virtio_device_status(VirtioDevice *dev);
/** What writing it does; 0 begins a reset, over once the status reads as 0. */
void virtio_device_set_status(VirtioDevice *dev, uint8_t status);
/** Reset, and wait until it is over. Main thread, or a vCPU's. */
void virtio_device_reset(VirtioDevice *dev);

/* --- for the devices ------------------------------------------------------------- */

/** The layout of rings that was negotiated. The lock is held, or the device runs. */
VirtqueueMode virtio_device_mode(const VirtioDevice *dev);
static inline gboolean virtio_device_has(const VirtioDevice *dev, uint64_t feature)
{
    return (dev->driver_features & feature) != 0;
}
/** After ops->stop(): all is at rest. Any thread but the caller of stop(). */
void virtio_device_stopped(VirtioDevice *dev);
/** A queue is broken: the driver is told that the device needs a reset. A serving thread. */
void virtio_device_broken(VirtioDevice *dev, const char *why);
/** Tell the driver of what was given back in queue @queue. A serving thread. */
void virtio_device_notify(VirtioDevice *dev, unsigned queue);
/** Let eventfd @fd tell the driver of queue @queue where it can, or no longer. Lock held. */
void virtio_device_bind_queue(VirtioDevice *dev, unsigned queue, int fd, gboolean bind);
/** Change @length bytes of config at @offset, and tell the driver, if it runs. Any thread. */
void virtio_device_change_config(VirtioDevice *dev, unsigned offset, const void *data,
                                 unsigned length);
