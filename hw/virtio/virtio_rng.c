/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hw/virtio/virtio_rng.h"

#include <stddef.h>
#include <sys/random.h>

#include "hw/virtio/virtio_worker.h"

/** Bytes that one request gets at most; the driver asks again. */
enum { RNG_MAX_BYTES = 4096 };

typedef struct {
    VirtioDevice dev;
    VirtioWorker worker;
    unsigned running;
} VirtioRng;

static VirtioRng *rng_of(VirtioDevice *dev)
{
    return (VirtioRng *)((uint8_t *)dev - offsetof(VirtioRng, dev));
}

static uint32_t fill(const VirtqueueChain *chain)
{
    size_t done = 0;

    for (unsigned i = 0; i < chain->n_writable && done < RNG_MAX_BYTES; i++) {
        const struct iovec *piece = &chain->iov[chain->n_readable + i];
        ssize_t got = getrandom(piece->iov_base, MIN(piece->iov_len, RNG_MAX_BYTES - done), 0);

        if (got <= 0)
            break;
        done += (size_t)got;
        if ((size_t)got < piece->iov_len)
            break;
    }
    return (uint32_t)done;
}

static gboolean rng_handle(VirtioWorker *worker, unsigned queue, VirtqueueChain *chain)
{
    virtqueue_give(&worker->dev->queues[queue], chain->id, chain->n_desc, fill(chain));
    return TRUE;
}

static void rng_serve(VirtioWorker *worker)
{
    virtio_worker_take(worker, worker->queue, rng_handle);
}

static const VirtioWorkerOps worker_ops = {
    .wait = virtio_worker_wait_kick,
    .serve = rng_serve,
};

static gboolean rng_begin(VirtioDevice *dev, GError **error)
{
    return virtio_workers_begin(&rng_of(dev)->worker, 1, error);
}

static gboolean rng_start(VirtioDevice *dev)
{
    return virtio_workers_start(&rng_of(dev)->worker, 1);
}

static void rng_stop(VirtioDevice *dev) { virtio_workers_stop(&rng_of(dev)->worker, 1); }

static void rng_free(VirtioDevice *dev)
{
    VirtioRng *rng = rng_of(dev);

    virtio_worker_finish(&rng->worker);
    virtio_device_finish(dev);
    g_free(rng);
}

static const VirtioDeviceOps device_ops = {
    .begin = rng_begin,
    .start = rng_start,
    .stop = rng_stop,
    .free = rng_free,
};

VirtioDevice *virtio_rng_new(GError **error)
{
    VirtioRng *rng = g_new0(VirtioRng, 1);

    virtio_device_init(&rng->dev, VIRTIO_ID_RNG, 1, VIRTIO_F_RING_PACKED, &device_ops);
    rng->dev.name = g_strdup("rng");
    if (!virtio_worker_init(&rng->worker, &worker_ops, &rng->dev, 0, 1, &rng->running, NULL,
                            error)) {
        rng_free(&rng->dev);
        return NULL;
    }
    return &rng->dev;
}
