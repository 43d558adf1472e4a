/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A thread that serves one virtqueue, or some that are next to each other. It waits
 * for kicks, and for what it has begun itself; all else is told it by its state, with a kick.
 */
#pragma once

#include <stdint.h>

#include <glib.h>

#include "hw/virtio/virtio.h"

typedef struct VirtioWorker VirtioWorker;

/** On the worker's own thread. */
typedef struct {
    /** Before anything else; false and an error end the thread. Or NULL. */
    gboolean (*begin)(VirtioWorker *worker, GError **error);
    /** Return when there was a kick, or what was begun has ended and was taken care of. */
    void (*wait)(VirtioWorker *worker);
    /** Look at what there is in the queues, and do it. */
    void (*serve)(VirtioWorker *worker);
    /**
     * How much that was begun has not ended; or NULL: never anything. Asked once
     * nothing more shall be: what waits for better times is let go.
     */
    unsigned (*busy)(VirtioWorker *worker);
    /** All workers of the device have stopped, the device is about to be so; or NULL. */
    void (*rest)(VirtioWorker *worker);
    /** At the end; or NULL. */
    void (*end)(VirtioWorker *worker);
} VirtioWorkerOps;

struct VirtioWorker {
    const VirtioWorkerOps *ops;
    VirtioDevice *dev;
    /** The first of its queues, and how many. */
    unsigned queue, n_queues;
    /** Its kicks, also those of its queues that have no descriptor of their own. Constant. */
    int kick_fd;
    /** The device's own. */
    void *opaque;
    GThread *thread;
    /** Atomic: a WorkerState. */
    int state;
    /** How many of the device's workers still run after stop(); shared by them. Atomic. */
    unsigned *running;

    /** Protects ready and error: how begin() went. */
    GMutex lock;
    GCond wake;
    gboolean ready;
    GError *error;
};

/**
 * Fill @worker, zeroed, for @n_queues queues of @dev from @queue on, whose kick descriptor is
 * made here. It has no thread before virtio_workers_begin(). Main thread.
 */
gboolean virtio_worker_init(VirtioWorker *worker, const VirtioWorkerOps *ops, VirtioDevice *dev,
                            unsigned queue, unsigned n_queues, unsigned *running, void *opaque,
                            GError **error);
/** Start the threads of a device's @count workers, and wait until each is ready. Main thread. */
gboolean virtio_workers_begin(VirtioWorker *workers, unsigned count, GError **error);
/** End the thread once it is not busy; a worker that was never made is fine. Main thread. */
void virtio_worker_finish(VirtioWorker *worker);

/** VirtioDeviceOps' start() and stop() for a device that has @count workers, all its queues'. */
gboolean virtio_workers_start(VirtioWorker *workers, unsigned count);
void virtio_workers_stop(VirtioWorker *workers, unsigned count);

/** A wait() that sleeps until there is a kick. */
void virtio_worker_wait_kick(VirtioWorker *worker);
/** Have the worker look again, as a kick does. Any thread. */
void virtio_worker_kick(VirtioWorker *worker);

/* --- for serve(), on the worker's thread ----------------------------------------- */

/** A chain was taken: begin what it asks for. False if it is no request: it breaks the queue. */
typedef gboolean (*VirtioHandleFn)(VirtioWorker *worker, unsigned queue, VirtqueueChain *chain);

/**
 * Hand what there is in queue @queue to @handle, up to a queue full, as long as the worker
 * runs, and tell the driver of what was given back.
 */
void virtio_worker_take(VirtioWorker *worker, unsigned queue, VirtioHandleFn handle);
/** Tell the driver of what was given back in queue @queue, if it wants to hear of it. */
void virtio_worker_tell(VirtioWorker *worker, unsigned queue);
/** Queue @queue has what is no request: nothing more is done with it, the device needs a reset. */
void virtio_worker_break(VirtioWorker *worker, unsigned queue);
