/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hw/virtio/virtio_vsock.h"

#include <stddef.h>
#include <string.h>

#include "hw/virtio/virtio_vhost.h"
#include "src/base/endian.h"
#include "src/base/error.h"
#include "src/base/event_fd.h"
#include "src/base/fd.h"
#include "src/vhost/vhost_vsock.h"

/** Sockets that keep the bounds of messages. */
#define VSOCK_F_SEQPACKET (UINT64_C(1) << 1)

typedef struct {
    VirtioDevice dev;
    /** Of all three queues: the first two are the kernel's while a driver runs, and the event queue
     * is never looked at, for there is no migration that a guest would have to be told of. */
    VirtioWorker worker;
    unsigned running;
    VirtioVhost vhost;
    /** The kernel's worker was begun with. */
    gboolean begun;
} VirtioVsock;

static VirtioVsock *vsock_of(VirtioDevice *dev)
{
    return (VirtioVsock *)((uint8_t *)dev - offsetof(VirtioVsock, dev));
}

static int serve_queues(const VirtioVhost *vhost, unsigned queue, gboolean serve)
{
    int ret = vhost_vsock_set_running(&vhost->kernel, serve);

    /* It looks at what kicks have come for before only when there is one more. */
    for (unsigned i = 0; !ret && serve && i < VIRTIO_VHOST_QUEUES; i++)
        event_fd_signal(vhost->kick[i]);
    return ret;
}

static const VirtioVhostKind vhost_vsock = {
    .name = "vhost-vsock",
    .features = VIRTIO_VHOST_RINGS | VSOCK_F_SEQPACKET,
    .together = TRUE,
    .serve = serve_queues,
};

/* --- the worker's thread ------------------------------------------------------------------ */

static void vsock_wait(VirtioWorker *worker)
{
    virtio_vhost_wait(&vsock_of(worker->dev)->vhost, worker);
}

static void vsock_serve(VirtioWorker *worker) { virtio_vhost_start(&vsock_of(worker->dev)->vhost); }

static unsigned vsock_busy(VirtioWorker *worker)
{
    virtio_vhost_stop(&vsock_of(worker->dev)->vhost);
    return 0;
}

static const VirtioWorkerOps worker_ops = {
    .wait = vsock_wait,
    .serve = vsock_serve,
    .busy = vsock_busy,
};

/* --- the device ----------------------------------------------------------------------------- */

static gboolean vsock_begin(VirtioDevice *dev, GError **error)
{
    VirtioVsock *vsock = vsock_of(dev);
    int ret = virtio_vhost_prepare(&vsock->vhost);

    if (ret)
        return error_set_errno(error, PAPRIKA_ERROR_HOST, -ret, "vhost-vsock cannot serve %s",
                               dev->name);
    vsock->begun = TRUE;
    virtio_vhost_begin(&vsock->vhost);
    return virtio_workers_begin(&vsock->worker, 1, error);
}

static gboolean vsock_start(VirtioDevice *dev)
{
    virtio_vhost_bind(&vsock_of(dev)->vhost, TRUE);
    return virtio_workers_start(&vsock_of(dev)->worker, 1);
}

static void vsock_stop(VirtioDevice *dev)
{
    virtio_vhost_bind(&vsock_of(dev)->vhost, FALSE);
    virtio_workers_stop(&vsock_of(dev)->worker, 1);
}

static void vsock_pause(VirtioDevice *dev) { virtio_vhost_pause(&vsock_of(dev)->vhost, TRUE); }

static void vsock_resume(VirtioDevice *dev) { virtio_vhost_pause(&vsock_of(dev)->vhost, FALSE); }

static void vsock_free(VirtioDevice *dev)
{
    VirtioVsock *vsock = vsock_of(dev);

    virtio_worker_finish(&vsock->worker);
    if (vsock->begun)
        virtio_vhost_finish(&vsock->vhost);
    fd_close(&vsock->vhost.kernel.fd);
    virtio_device_finish(dev);
    g_free(vsock);
}

static const VirtioDeviceOps device_ops = {
    .begin = vsock_begin,
    .start = vsock_start,
    .stop = vsock_stop,
    .pause = vsock_pause,
    .resume = vsock_resume,
    .free = vsock_free,
};

VirtioDevice *virtio_vsock_new(const Vhost *kernel, uint32_t cid, GuestMem *mem, GError **error)
{
    VirtioVsock *vsock = g_new0(VirtioVsock, 1);
    const le64 guest_cid = le64_of(cid);

    virtio_device_init(&vsock->dev, VIRTIO_ID_VSOCK, VIRTIO_VSOCK_QUEUES,
                       virtio_vhost_features(&vhost_vsock, kernel, VSOCK_F_SEQPACKET), &device_ops);
    vsock->dev.name = g_strdup("vsock");
    memcpy(vsock->dev.config, &guest_cid, sizeof(guest_cid));
    vsock->dev.config_size = sizeof(guest_cid);
    vsock->vhost =
        (VirtioVhost){.kind = &vhost_vsock, .dev = &vsock->dev, .kernel = *kernel, .mem = mem};
    if (!virtio_worker_init(&vsock->worker, &worker_ops, &vsock->dev, 0, VIRTIO_VSOCK_QUEUES,
                            &vsock->running, NULL, error)) {
        vsock_free(&vsock->dev);
        return NULL;
    }
    return &vsock->dev;
}
