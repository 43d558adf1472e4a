/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Two queues of a device that the kernel's own worker serves. Kicks go to it from KVM, interrupts
 * from it to KVM where that has the controller and the vector is not masked; else the thread of a
 * VirtioWorker, which watches the same descriptors, tells the driver. A ring is handed over when a
 * driver has begun, by addresses that were checked to be memory of the guest, and taken back before
 * a reset is over. What the kernel finds wrong with one breaks the device, as it does here.
 */
#pragma once

#include <stdint.h>

#include <glib.h>

#include "hw/virtio/virtio_worker.h"
#include "src/base/guest_mem.h"
#include "src/vhost/vhost.h"

enum { VIRTIO_VHOST_QUEUES = 2 };

/** What of the features each virtio device offers here, so that a worker must have it. */
#define VIRTIO_VHOST_ALWAYS (VIRTIO_F_VERSION_1 | VIRTIO_F_INDIRECT_DESC | VIRTIO_F_EVENT_IDX)
/** And what else there is of rings. */
#define VIRTIO_VHOST_RINGS (VIRTIO_VHOST_ALWAYS | VIRTIO_F_RING_PACKED)

typedef struct VirtioVhost VirtioVhost;

typedef struct {
    /** For messages: "vhost-net". */
    const char *name;
    /** What the worker has to know of; all else is none of its business. */
    uint64_t features;
    /** It serves both queues or none. */
    gboolean together;
    /**
     * Have the kernel serve queue @queue (0 or 1; 0 stands for both that go together), or no
     * longer: nothing of memory is in use then. 0 or a negative errno. VirtioVhost.lock is held.
     */
    int (*serve)(const VirtioVhost *vhost, unsigned queue, gboolean serve);
} VirtioVhostKind;

struct VirtioVhost {
    /* The device's to set before prepare(), constant. */
    const VirtioVhostKind *kind;
    VirtioDevice *dev;
    /** The first of the two. */
    unsigned queue;
    Vhost kernel;
    /** Of this the worker is told; it outlives the device. */
    GuestMem *mem;
    void *opaque;

    /** Eventfds of the two queues, and of their faults; -1: none. Constant from prepare() on. */
    int kick[VIRTIO_VHOST_QUEUES], call[VIRTIO_VHOST_QUEUES], fault;
    /** Protects what the worker is told, and what follows. */
    GMutex lock;
    /** The rings are told; a fault was found; what it knows of memory is old. */
    gboolean ready, broken, stale;
    /** The machine is stopped; the queues are not to be served for now. */
    gboolean paused, idle;
    gboolean served[VIRTIO_VHOST_QUEUES];
};

/* --- Main thread. ------------------------------------------------------------------ */

/** The features of virtio that the worker has of kind @kind's, and all others of @features. */
uint64_t virtio_vhost_features(const VirtioVhostKind *kind, const Vhost *kernel, uint64_t features);
/** The worker gets memory and descriptors; 0 or a negative errno, and nothing is left then. */
int virtio_vhost_prepare(VirtioVhost *vhost);
/** The queues' kicks go to it from now on, and it follows what there is of memory. */
void virtio_vhost_begin(VirtioVhost *vhost);
/** Undo prepare(), and begin() if there was one. No thread waits any more. */
void virtio_vhost_finish(VirtioVhost *vhost);
/** The machine was stopped, and the worker leaves its memory as it is; or it goes on. */
void virtio_vhost_pause(VirtioVhost *vhost, gboolean paused);

/* ---------------------------------------------------------------------------------------- */

/** The queues are not to be served for now, or are again. Any thread that may have its ioctls. */
void virtio_vhost_set_idle(VirtioVhost *vhost, gboolean idle);
/** A driver begins, or is about to leave: its interrupts come without us. The device's lock is
 * held. */
void virtio_vhost_bind(VirtioVhost *vhost, gboolean bind);

/* --- The VirtioWorker's thread. ------------------------------------------------------- */

/** A driver has begun: hand over the rings, unless that was done. */
void virtio_vhost_start(VirtioVhost *vhost);
/** Take them back: nothing of memory is in use after it. */
void virtio_vhost_stop(VirtioVhost *vhost);
/** For a wait(): sleep until there is a kick of @worker, and tell the driver meanwhile of what
 * can't reach it by itself. */
void virtio_vhost_wait(VirtioVhost *vhost, VirtioWorker *worker);
