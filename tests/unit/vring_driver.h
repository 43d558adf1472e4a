/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A driver's side of a virtqueue, in guest memory of its own, for tests of the device's. */
#pragma once

#include <stdint.h>

#include "hw/virtio/virtqueue.h"
#include "src/base/guest_mem.h"

enum {
    VRING_DRIVER_MEMORY = 1 << 20,
    VRING_DRIVER_DESC = 0x1000,
    VRING_DRIVER_AVAIL = 0x3000,
    VRING_DRIVER_USED = 0x4000,
    VRING_DRIVER_TABLES = 0x8000,
    VRING_DRIVER_DATA = 0x40000,
};

typedef struct {
    uint64_t addr;
    uint32_t length;
    gboolean write;
} VringPiece;

typedef struct {
    GuestMem *mem;
    /** Where its areas begin, for the second and further queues in one memory. */
    uint64_t base;
    DmaSpace dma;
    VirtqueueMode mode;
    /** The device's side, begun. */
    Virtqueue vq;
    unsigned size;
    /** Next descriptor to fill, next that may come back; packed: with wrap counters. */
    uint16_t next, reaped;
    gboolean wrap, reaped_wrap;
    unsigned tables;
    /** Packed: descriptors of each id. */
    uint16_t lengths[VIRTQUEUE_MAX_SIZE];
} VringDriver;

VringDriver *vring_driver_new(const VirtqueueMode *mode, unsigned size);
/** A further queue in the memory of @other, which is freed after it; its areas are behind @base. */
VringDriver *vring_driver_new_beside(const VringDriver *other, uint64_t base);
void vring_driver_free(VringDriver *driver);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VringDriver, vring_driver_free)

/** Make a chain available, in the ring or in a table: its id. The caller sees to it that it fits.
 */
unsigned vring_driver_post(VringDriver *driver, const VringPiece *pieces, unsigned count,
                           gboolean indirect);
/** Take one chain back: false if none has come. */
gboolean vring_driver_reap(VringDriver *driver, unsigned *id, uint32_t *written);
/** Say that the next that comes back is to be told of, or, without event index, none. */
void vring_driver_want_interrupt(VringDriver *driver, gboolean wanted);
