/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The block device (virtio 1.2, 5.2): a thread for each queue, which talks to the disk by io_uring.
 */
#pragma once

#include <glib.h>

#include "hw/virtio/virtio.h"
#include "src/block/disk.h"

enum { VIRTIO_BLK_SERIAL_SIZE = 20 };

typedef struct {
    /** For messages and threads: "disk 0". */
    const char *name;
    /** What the guest may ask for, up to VIRTIO_BLK_SERIAL_SIZE bytes; or NULL. */
    const char *serial;
    unsigned queues;
    /** The device reaches memory through the guest's translation. */
    gboolean iommu;
    /**
     * A request that fails is kept, this is called, and it is begun anew when the
     * machine goes on; NULL: the driver is told. The disk's threads.
     */
    void (*halt)(void *opaque);
    void *opaque;
} VirtioBlkConfig;

/** What was done so far; requests that failed count, their bytes do not. */
typedef struct {
    uint64_t reads, writes, flushes, read_bytes, written_bytes;
} VirtioBlkStats;

/** Its disk. Any thread. */
const Disk *virtio_blk_disk(VirtioDevice *dev);
/** Its disk has @size bytes now, which disk_grow() accepts: the driver is told. Main thread. */
gboolean virtio_blk_grow(VirtioDevice *dev, uint64_t size, GError **error);
/** All queues' together. Any thread. */
void virtio_blk_stats(VirtioDevice *dev, VirtioBlkStats *stats);

/**
 * The errno of the last request that is kept since it failed, until the machine goes on; 0: there
 * is none. Any thread.
 */
int virtio_blk_failure(VirtioDevice *dev);

/** A device on @disk, which is taken over, on failure too. Main thread. */
VirtioDevice *virtio_blk_new(Disk *disk, const VirtioBlkConfig *config, GError **error);
