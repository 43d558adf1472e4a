/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hw/virtio/virtio_vhost.h"

#include <errno.h>
#include <poll.h>
#include <sys/eventfd.h>

#include "src/base/event_fd.h"
#include "src/base/fd.h"
#include "src/base/log.h"

static Virtqueue *queue_of(const VirtioVhost *vhost, unsigned i)
{
    return &vhost->dev->queues[vhost->queue + i];
}

uint64_t virtio_vhost_features(const VirtioVhostKind *kind, const Vhost *kernel, uint64_t features)
{
    uint64_t has;

    return features & ((vhost_features(kernel, &has) ? 0 : has) | ~kind->features);
}

/* --- rings ------------------------------------------------------------------------------- */

static gboolean wants(const VirtioVhost *vhost, unsigned i)
{
    gboolean wanted = vhost->ready && !vhost->broken && !vhost->stale && !vhost->paused &&
                      !vhost->idle && !queue_of(vhost, i)->broken;

    return wanted && !(vhost->kind->together && queue_of(vhost, !i)->broken);
}

/** Have the kernel serve what is to be served now, and nothing else. Lock held. */
static int update_rings(VirtioVhost *vhost)
{
    for (unsigned i = 0; i < VIRTIO_VHOST_QUEUES; i++) {
        gboolean serve = wants(vhost, i);

        if (serve == vhost->served[i])
            continue;
        if (!vhost->kind->together || i == 0) {
            int ret = vhost->kind->serve(vhost, i, serve);

            if (ret && serve)
                return ret;
        }
        vhost->served[i] = serve;
    }
    return 0;
}

/** The same; what the kernel can't serve is broken. True if it is so since now. Lock held. */
static gboolean try_update(VirtioVhost *vhost)
{
    int ret = update_rings(vhost);

    if (!ret || vhost->broken)
        return FALSE;
    log_guest("%s: %s cannot serve queues from %u on: %s", vhost->dev->name, vhost->kind->name,
              vhost->queue, g_strerror(-ret));
    vhost->broken = TRUE;
    update_rings(vhost);
    return TRUE;
}

/** Set *@state, a field of @vhost's, and do what that means. */
static void change(VirtioVhost *vhost, gboolean *state, gboolean value)
{
    g_mutex_lock(&vhost->lock);
    *state = value;
    /* Its own thread tells the driver. */
    if (try_update(vhost))
        event_fd_signal(vhost->fault);
    g_mutex_unlock(&vhost->lock);
}

void virtio_vhost_pause(VirtioVhost *vhost, gboolean paused)
{
    change(vhost, &vhost->paused, paused);
}

void virtio_vhost_set_idle(VirtioVhost *vhost, gboolean idle) { change(vhost, &vhost->idle, idle); }

/** The driver's features and rings, which begin at their start. */
static int tell_rings(const VirtioVhost *vhost)
{
    const Vhost *kernel = &vhost->kernel;
    int ret = vhost_set_features(kernel, vhost->dev->driver_features & vhost->kind->features);

    for (unsigned i = 0; !ret && i < VIRTIO_VHOST_QUEUES; i++) {
        const Virtqueue *vq = queue_of(vhost, i);

        if (!vq->broken)
            ret = vhost_set_ring(kernel, i, vq->size, vq->desc, vq->driver, vq->device);
    }
    return ret;
}

void virtio_vhost_start(VirtioVhost *vhost)
{
    /* Nobody else changes it. */
    if (vhost->ready)
        return;
    int ret = tell_rings(vhost);
    if (ret)
        log_guest("%s: %s refuses its rings: %s", vhost->dev->name, vhost->kind->name,
                  g_strerror(-ret));
    g_mutex_lock(&vhost->lock);
    vhost->ready = TRUE;
    vhost->broken = ret || vhost->stale;
    gboolean broken = vhost->broken || try_update(vhost);
    g_mutex_unlock(&vhost->lock);
    if (broken)
        virtio_device_broken(vhost->dev, "the kernel cannot serve it");
}

void virtio_vhost_stop(VirtioVhost *vhost)
{
    g_mutex_lock(&vhost->lock);
    vhost->ready = FALSE;
    update_rings(vhost);
    vhost->broken = FALSE;
    g_mutex_unlock(&vhost->lock);
    /* What it told of last is no business of the next driver. */
    for (unsigned i = 0; i < VIRTIO_VHOST_QUEUES; i++)
        event_fd_take(vhost->call[i]);
    event_fd_take(vhost->fault);
}

/* --- life ------------------------------------------------------------------------------- */

static void close_fds(VirtioVhost *vhost)
{
    for (unsigned i = 0; i < VIRTIO_VHOST_QUEUES; i++) {
        fd_close(&vhost->kick[i]);
        fd_close(&vhost->call[i]);
    }
    fd_close(&vhost->fault);
}

static gboolean make_fd(int *fd)
{
    *fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    return *fd >= 0;
}

static int tell_all(VirtioVhost *vhost)
{
    if (!make_fd(&vhost->fault))
        return -errno;
    for (unsigned i = 0; i < VIRTIO_VHOST_QUEUES; i++) {
        if (!make_fd(&vhost->kick[i]) || !make_fd(&vhost->call[i]))
            return -errno;
    }
    int ret = vhost_own(&vhost->kernel);
    if (!ret)
        ret = vhost_set_memory(&vhost->kernel, vhost->mem);
    for (unsigned i = 0; !ret && i < VIRTIO_VHOST_QUEUES; i++)
        ret = vhost_set_eventfds(&vhost->kernel, i, vhost->kick[i], vhost->call[i], vhost->fault);
    return ret;
}

int virtio_vhost_prepare(VirtioVhost *vhost)
{
    for (unsigned i = 0; i < VIRTIO_VHOST_QUEUES; i++)
        vhost->kick[i] = vhost->call[i] = -1;
    vhost->fault = -1;
    if (VIRTIO_VHOST_ALWAYS &
        ~virtio_vhost_features(vhost->kind, &vhost->kernel, VIRTIO_VHOST_ALWAYS))
        return -EOPNOTSUPP;
    int ret = tell_all(vhost);
    if (ret)
        close_fds(vhost);
    else
        g_mutex_init(&vhost->lock);
    return ret;
}

/** Memory comes or goes. What can't be told of that serves nothing until it can. Main thread. */
static void memory_changed(void *opaque)
{
    VirtioVhost *vhost = opaque;

    g_mutex_lock(&vhost->lock);
    int ret = vhost_set_memory(&vhost->kernel, vhost->mem);
    vhost->stale = ret != 0;
    if (ret) {
        log_guest("%s: %s cannot follow the guest's memory: %s", vhost->dev->name,
                  vhost->kind->name, g_strerror(-ret));
        update_rings(vhost);
        event_fd_signal(vhost->fault);
    }
    g_mutex_unlock(&vhost->lock);
}

void virtio_vhost_begin(VirtioVhost *vhost)
{
    for (unsigned i = 0; i < VIRTIO_VHOST_QUEUES; i++)
        queue_of(vhost, i)->kick_fd = vhost->kick[i];
    guest_mem_watch(vhost->mem, memory_changed, vhost);
}

void virtio_vhost_finish(VirtioVhost *vhost)
{
    guest_mem_unwatch(vhost->mem, memory_changed, vhost);
    close_fds(vhost);
    g_mutex_clear(&vhost->lock);
}

/* --- events -------------------------------------------------------------------------------- */

void virtio_vhost_bind(VirtioVhost *vhost, gboolean bind)
{
    for (unsigned i = 0; i < VIRTIO_VHOST_QUEUES; i++)
        virtio_device_bind_queue(vhost->dev, vhost->queue + i, vhost->call[i], bind);
}

static void take_fault(VirtioVhost *vhost)
{
    g_mutex_lock(&vhost->lock);
    gboolean runs = vhost->ready;
    vhost->broken = TRUE;
    update_rings(vhost);
    g_mutex_unlock(&vhost->lock);
    if (runs)
        virtio_device_broken(vhost->dev, "the kernel does not serve a ring any more");
}

void virtio_vhost_wait(VirtioVhost *vhost, VirtioWorker *worker)
{
    struct pollfd fds[2 + VIRTIO_VHOST_QUEUES] = {{.fd = worker->kick_fd, .events = POLLIN},
                                                  {.fd = vhost->fault, .events = POLLIN}};

    for (unsigned i = 0; i < VIRTIO_VHOST_QUEUES; i++)
        fds[2 + i] = (struct pollfd){.fd = vhost->call[i], .events = POLLIN};
    for (;;) {
        if (poll(fds, G_N_ELEMENTS(fds), -1) <= 0)
            continue;
        if (fds[1].revents && event_fd_take(vhost->fault))
            take_fault(vhost);
        for (unsigned i = 0; i < VIRTIO_VHOST_QUEUES; i++) {
            /* It may be KVM's by now. */
            if (fds[2 + i].revents && event_fd_take(vhost->call[i]))
                virtio_device_notify(vhost->dev, vhost->queue + i);
        }
        if (fds[0].revents) {
            virtio_worker_wait_kick(worker);
            return;
        }
    }
}
