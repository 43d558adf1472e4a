/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What tests of virtio devices do as a driver's transport, with the device's real threads. */
#pragma once

#include "hw/virtio/virtio.h"
#include "tests/unit/vring_driver.h"

/** What the device has told its driver; atomic. */
typedef struct {
    unsigned interrupts, changes;
} VirtioTold;

/** Begin @dev, which tells @told from now on. */
void virtio_play_attach(VirtioDevice *dev, VirtioTold *told);
/** A driver comes that knows @features, which are taken. */
void virtio_play_negotiate(VirtioDevice *dev, uint64_t features);
/** Queue @queue has the ring of @driver. */
void virtio_play_enable(VirtioDevice *dev, unsigned queue, const VringDriver *driver);
/** As the guest does it. */
void virtio_play_kick(const VirtioDevice *dev, unsigned queue);
/** The next chain that comes back, and how much was written to it; false if none has after @tries
 * half milliseconds. */
gboolean virtio_play_reap(VringDriver *driver, uint32_t *written, unsigned tries);
/** One will; how much was written to it. */
uint32_t virtio_play_await(VringDriver *driver);
