/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The memory balloon (virtio 1.2, 5.5): memory that the guest gives up when it is asked
 * to, statistics of its memory, and reports of what it does not use for now.
 */
#pragma once

#include <stdint.h>

#include <glib.h>

#include "hw/virtio/virtio.h"
#include "src/base/guest_mem.h"

enum { VIRTIO_BALLOON_QUEUES = 5 };

typedef struct {
    const GuestMem *mem;
    /** Bytes that the guest can ever have. */
    uint64_t max_memory;
    /** The guest may report free pages. */
    gboolean reporting;
    /** The guest has more or less in its balloon. Any thread, the device's lock held. */
    void (*changed)(void *opaque);
    void *opaque;
} VirtioBalloonConfig;

/** Main thread, as all below. */
VirtioDevice *virtio_balloon_new(const VirtioBalloonConfig *config, GError **error);

/** Ask the guest for a balloon of @bytes, a little less where they are no whole pages. */
void virtio_balloon_set_target(VirtioDevice *dev, uint64_t bytes);
/** Ask for none; a reset of the device follows, so that nobody is told. */
void virtio_balloon_clear_target(VirtioDevice *dev);

/** Whether what is in the balloon goes back to the host: not where its pages are too large. */
gboolean virtio_balloon_gives_back(VirtioDevice *dev);

/** Bytes in the balloon, as the guest says. */
uint64_t virtio_balloon_size(VirtioDevice *dev);

/** What the guest tells of its memory: bytes, or a count; see virtio_balloon_stat_names. */
enum { VIRTIO_BALLOON_STATS = 16 };
typedef struct {
    /** Seconds since 1970 at which it was told; 0: never. */
    int64_t time;
    /** Bit N: values[N] was told. */
    uint32_t valid;
    uint64_t values[VIRTIO_BALLOON_STATS];
} VirtioBalloonStats;

/** QEMU's names of them. */
extern const char *const virtio_balloon_stat_names[VIRTIO_BALLOON_STATS];

/** What the guest told last; it is asked for newer ones, which come some time later. */
void virtio_balloon_stats(VirtioDevice *dev, VirtioBalloonStats *stats);
