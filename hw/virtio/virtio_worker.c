/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hw/virtio/virtio_worker.h"

#include <errno.h>
#include <sys/eventfd.h>

#include "src/base/error.h"
#include "src/base/event_fd.h"
#include "src/base/fd.h"
#include "src/base/thread.h"
#include "src/base/thread_filter.h"

typedef enum {
    /** Nothing of the queue is touched. */
    WORKER_STOPPED,
    WORKER_RUNNING,
    /** Nothing more is taken; what was begun ends. */
    WORKER_STOPPING,
    WORKER_QUIT,
} WorkerState;

/** The @i-th of its queues. */
static Virtqueue *worker_queue(const VirtioWorker *worker, unsigned i)
{
    return &worker->dev->queues[worker->queue + i];
}

static WorkerState worker_state(const VirtioWorker *worker)
{
    return (WorkerState)__atomic_load_n(&worker->state, __ATOMIC_SEQ_CST);
}

static unsigned worker_busy(VirtioWorker *worker)
{
    return worker->ops->busy ? worker->ops->busy(worker) : 0;
}

static void worker_ready(VirtioWorker *worker, GError *error)
{
    g_mutex_lock(&worker->lock);
    worker->ready = TRUE;
    worker->error = error;
    g_cond_signal(&worker->wake);
    g_mutex_unlock(&worker->lock);
}

static void worker_stopped(VirtioWorker *worker)
{
    __atomic_store_n(&worker->state, WORKER_STOPPED, __ATOMIC_SEQ_CST);
    if (__atomic_sub_fetch(worker->running, 1, __ATOMIC_SEQ_CST))
        return;
    if (worker->ops->rest)
        worker->ops->rest(worker);
    virtio_device_stopped(worker->dev);
}

/** A driver runs: by now the process has its filter, and no chain was looked at yet. */
static gboolean worker_narrow(VirtioWorker *worker)
{
    if (thread_filter_narrow(THREAD_FILTER_IO) == 0)
        return TRUE;
    virtio_device_broken(worker->dev, "its thread cannot filter its system calls");
    return FALSE;
}

void virtio_worker_tell(VirtioWorker *worker, unsigned queue)
{
    if (virtqueue_wants_interrupt(&worker->dev->queues[queue]))
        virtio_device_notify(worker->dev, queue);
}

void virtio_worker_break(VirtioWorker *worker, unsigned queue)
{
    worker->dev->queues[queue].broken = TRUE;
    virtio_device_broken(worker->dev, "a request that is none");
}

/** Take one chain, and begin what it asks for; false if there is none, or the queue is broken. */
static gboolean take_one(VirtioWorker *worker, unsigned queue, VirtioHandleFn handle)
{
    VirtqueueChain chain;
    VirtqueueResult result = virtqueue_take(&worker->dev->queues[queue], &chain);

    if (result == VIRTQUEUE_EMPTY)
        return FALSE;
    if (result == VIRTQUEUE_GOT && handle(worker, queue, &chain))
        return TRUE;
    virtio_worker_break(worker, queue);
    return FALSE;
}

void virtio_worker_take(VirtioWorker *worker, unsigned queue, VirtioHandleFn handle)
{
    Virtqueue *vq = &worker->dev->queues[queue];

    if (vq->broken)
        return;
    virtqueue_ask_kicks(vq, FALSE);
    for (unsigned i = 0; i < VIRTQUEUE_MAX_SIZE && worker_state(worker) == WORKER_RUNNING; i++) {
        if (!take_one(worker, queue, handle))
            break;
    }
    if (virtqueue_ask_kicks(vq, TRUE))
        virtio_worker_kick(worker);
    virtio_worker_tell(worker, queue);
}

static gpointer worker_thread(gpointer opaque)
{
    VirtioWorker *worker = opaque;
    GError *error = NULL;

    if (worker->ops->begin && !worker->ops->begin(worker, &error)) {
        worker_ready(worker, error);
        return NULL;
    }
    worker_ready(worker, NULL);
    for (;;) {
        worker->ops->wait(worker);
        switch (worker_state(worker)) {
        case WORKER_STOPPED:
            break;
        case WORKER_RUNNING:
            if (worker_narrow(worker))
                worker->ops->serve(worker);
            break;
        case WORKER_STOPPING:
            if (!worker_busy(worker))
                worker_stopped(worker);
            break;
        case WORKER_QUIT:
            if (worker_busy(worker))
                break;
            if (worker->ops->end)
                worker->ops->end(worker);
            return NULL;
        }
    }
}

void virtio_worker_kick(VirtioWorker *worker) { event_fd_signal(worker->kick_fd); }

void virtio_worker_wait_kick(VirtioWorker *worker) { event_fd_take(worker->kick_fd); }

gboolean virtio_worker_init(VirtioWorker *worker, const VirtioWorkerOps *ops, VirtioDevice *dev,
                            unsigned queue, unsigned n_queues, unsigned *running, void *opaque,
                            GError **error)
{
    int kick = eventfd(0, EFD_CLOEXEC);

    if (kick < 0)
        return error_set_errno(error, PAPRIKA_ERROR_HOST, errno, "cannot make an eventfd");
    worker->ops = ops;
    worker->dev = dev;
    worker->queue = queue;
    worker->n_queues = n_queues;
    worker->running = running;
    worker->opaque = opaque;
    worker->kick_fd = kick;
    for (unsigned i = 0; i < n_queues; i++)
        worker_queue(worker, i)->kick_fd = kick;
    g_mutex_init(&worker->lock);
    g_cond_init(&worker->wake);
    return TRUE;
}

static gboolean worker_begin(VirtioWorker *worker, GError **error)
{
    g_autofree char *name = g_strdup_printf("%s.%u", worker->dev->name, worker->queue);

    worker->thread = thread_start(name, worker_thread, worker, error);
    if (!worker->thread)
        return FALSE;

    g_mutex_lock(&worker->lock);
    while (!worker->ready)
        g_cond_wait(&worker->wake, &worker->lock);
    g_mutex_unlock(&worker->lock);
    if (!worker->error)
        return TRUE;
    g_propagate_error(error, g_steal_pointer(&worker->error));
    g_thread_join(g_steal_pointer(&worker->thread));
    return FALSE;
}

gboolean virtio_workers_begin(VirtioWorker *workers, unsigned count, GError **error)
{
    for (unsigned i = 0; i < count; i++) {
        if (!worker_begin(&workers[i], error))
            return FALSE;
    }
    return TRUE;
}

void virtio_worker_finish(VirtioWorker *worker)
{
    if (!worker->ops)
        return;
    if (worker->thread) {
        __atomic_store_n(&worker->state, WORKER_QUIT, __ATOMIC_SEQ_CST);
        virtio_worker_kick(worker);
        g_thread_join(g_steal_pointer(&worker->thread));
    }
    fd_close(&worker->kick_fd);
    for (unsigned i = 0; i < worker->n_queues; i++)
        worker_queue(worker, i)->kick_fd = -1;
    g_cond_clear(&worker->wake);
    g_mutex_clear(&worker->lock);
}

/** Find the rings of queues that are in use; the others are looked at no more than broken ones. */
static gboolean worker_find_rings(VirtioWorker *worker)
{
    VirtioDevice *dev = worker->dev;
    VirtqueueMode mode = virtio_device_mode(dev);
    gboolean ok = TRUE;

    for (unsigned i = 0; i < worker->n_queues; i++) {
        Virtqueue *vq = worker_queue(worker, i);

        if (!vq->enabled)
            vq->broken = TRUE;
        else if (!virtqueue_begin(vq, dev->dma, &mode))
            ok = FALSE;
    }
    return ok;
}

gboolean virtio_workers_start(VirtioWorker *workers, unsigned count)
{
    gboolean ok = TRUE;

    /* All of them stop later, whether their queues are in use or not. */
    __atomic_store_n(workers->running, count, __ATOMIC_SEQ_CST);
    for (unsigned i = 0; i < count; i++)
        ok &= worker_find_rings(&workers[i]);
    for (unsigned i = 0; i < count; i++) {
        __atomic_store_n(&workers[i].state, WORKER_RUNNING, __ATOMIC_SEQ_CST);
        /* There may be chains from before the driver said that it is ready. */
        virtio_worker_kick(&workers[i]);
    }
    return ok;
}

void virtio_workers_stop(VirtioWorker *workers, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        __atomic_store_n(&workers[i].state, WORKER_STOPPING, __ATOMIC_SEQ_CST);
        virtio_worker_kick(&workers[i]);
    }
}
