/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel's own workers serve a card's queues. Kicks go to them from KVM, interrupts from them
 * to KVM where it has the controller and the vector is not masked; else the pair's thread, which
 * watches the same descriptors, tells the driver. A ring is handed over when a driver has begun, by
 * addresses that were checked to be memory of the guest, and taken back before a reset is over.
 * What the kernel finds wrong with one breaks the device, as it does here.
 */
#include <errno.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "hw/virtio/virtio_net_private.h"
#include "src/base/error.h"
#include "src/base/event_fd.h"
#include "src/base/fd.h"
#include "src/base/log.h"

/** What the kernel's workers have to know of; all else is between tap and driver. */
#define KERNEL_FEATURES                                                                            \
    (VIRTIO_F_VERSION_1 | VIRTIO_F_INDIRECT_DESC | VIRTIO_F_EVENT_IDX | VIRTIO_F_RING_PACKED |     \
     NET_F_MRG_RXBUF)

/** What of that each virtio device offers here. */
#define ALWAYS_OFFERED (VIRTIO_F_VERSION_1 | VIRTIO_F_INDIRECT_DESC | VIRTIO_F_EVENT_IDX)

enum {
    /** Packets that wait in a tap at most, as far as any is set up so. */
    MAX_WAITING = 4096,
};

static uint64_t kernel_features(const Tap *tap)
{
    uint64_t all = UINT64_MAX, features;

    for (unsigned i = 0; i < tap->n_vhost; i++) {
        const Vhost vhost = {tap->vhost_fds[i], tap->vhost_call};

        all &= vhost_features(&vhost, &features) ? 0 : features;
    }
    return all;
}

uint64_t net_vhost_features(const Tap *tap, uint64_t features)
{
    return features & (kernel_features(tap) | ~KERNEL_FEATURES);
}

static Virtqueue *pair_queue(const NetPair *pair, unsigned i)
{
    return &pair->net->dev.queues[2 * pair->index + i];
}

/* --- rings ------------------------------------------------------------------------------- */

/** Have the kernel serve what is to be served now, and nothing else. vhost_lock held. */
static int update_pair(NetPair *pair)
{
    const VirtioNet *net = pair->net;
    NetVhost *vhost = &pair->vhost;
    gboolean wanted = vhost->ready && !vhost->broken && !vhost->stale &&
                      pair->index < net->pairs_used &&
                      !__atomic_load_n(&net->paused, __ATOMIC_SEQ_CST);

    for (unsigned i = 0; i < 2; i++) {
        gboolean serve = wanted && !pair_queue(pair, i)->broken;

        if (serve == vhost->served[i])
            continue;
        int ret = vhost_set_backend(&vhost->kernel, i, serve ? net->tap->fds[pair->index] : -1);
        if (ret && serve)
            return ret;
        vhost->served[i] = serve;
    }
    return 0;
}

/** The same; a pair that the kernel can't serve is broken. True if it is so since now. */
static gboolean try_update(NetPair *pair)
{
    int ret = update_pair(pair);

    if (!ret || pair->vhost.broken)
        return FALSE;
    log_guest("%s: vhost-net cannot serve pair %u: %s", pair->net->dev.name, pair->index,
              g_strerror(-ret));
    pair->vhost.broken = TRUE;
    update_pair(pair);
    return TRUE;
}

static void update(NetPair *pair)
{
    g_mutex_lock(&pair->net->vhost_lock);
    /* Its own thread tells the driver. */
    if (try_update(pair))
        event_fd_signal(pair->vhost.fault);
    g_mutex_unlock(&pair->net->vhost_lock);
}

/** The driver's features and rings, which begin at their start. */
static int tell_rings(const NetPair *pair)
{
    const Vhost *kernel = &pair->vhost.kernel;
    int ret = vhost_set_features(kernel, pair->net->dev.driver_features & KERNEL_FEATURES);

    for (unsigned i = 0; !ret && i < 2; i++) {
        const Virtqueue *vq = pair_queue(pair, i);

        if (!vq->broken)
            ret = vhost_set_ring(kernel, i, vq->size, vq->desc, vq->driver, vq->device);
    }
    return ret;
}

/** What arrived while there was no driver may be what this one can't take: it goes. */
static void drain_tap(const NetPair *pair)
{
    NetReceive *receive = pair->receive;

    for (unsigned i = 0; i < MAX_WAITING; i++) {
        if (read(pair->net->tap->fds[pair->index], receive->spill, sizeof(receive->spill)) < 0)
            break;
    }
}

void net_vhost_start(NetPair *pair)
{
    VirtioNet *net = pair->net;

    if (pair->vhost.ready)
        return;
    drain_tap(pair);
    int ret = tell_rings(pair);
    if (ret)
        log_guest("%s: vhost-net refuses its rings: %s", net->dev.name, g_strerror(-ret));
    g_mutex_lock(&net->vhost_lock);
    pair->vhost.ready = TRUE;
    pair->vhost.broken = ret || pair->vhost.stale;
    gboolean broken = pair->vhost.broken || try_update(pair);
    g_mutex_unlock(&net->vhost_lock);
    if (broken)
        virtio_device_broken(&net->dev, "the kernel cannot serve it");
}

void net_vhost_stop(NetPair *pair)
{
    g_mutex_lock(&pair->net->vhost_lock);
    pair->vhost.ready = FALSE;
    update_pair(pair);
    pair->vhost.broken = FALSE;
    g_mutex_unlock(&pair->net->vhost_lock);
    /* What it told of last is no business of the next driver. */
    for (unsigned i = 0; i < 2; i++)
        event_fd_take(pair->vhost.call[i]);
    event_fd_take(pair->vhost.fault);
}

void net_vhost_pause(VirtioNet *net)
{
    for (unsigned i = 0; i < net->n_pairs; i++)
        update(&net->pairs[i]);
}

void net_vhost_use(VirtioNet *net, unsigned count)
{
    g_mutex_lock(&net->vhost_lock);
    net->pairs_used = count;
    g_mutex_unlock(&net->vhost_lock);
    for (unsigned i = 0; net->vhost && i < net->n_pairs; i++)
        update(&net->pairs[i]);
}

/* --- life ------------------------------------------------------------------------------- */

static void close_fds(NetPair *pair)
{
    for (unsigned i = 0; i < 2; i++) {
        fd_close(&pair->vhost.kick[i]);
        fd_close(&pair->vhost.call[i]);
    }
    fd_close(&pair->vhost.fault);
}

static gboolean make_fd(int *fd)
{
    *fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    return *fd >= 0;
}

static int begin_pair(NetPair *pair, const GuestMem *mem)
{
    const Tap *tap = pair->net->tap;
    NetVhost *vhost = &pair->vhost;

    *vhost = (NetVhost){.kernel = {tap->vhost_fds[pair->index], tap->vhost_call},
                        .kick = {-1, -1},
                        .call = {-1, -1}};
    if (!make_fd(&vhost->fault) || !make_fd(&vhost->kick[0]) || !make_fd(&vhost->kick[1]) ||
        !make_fd(&vhost->call[0]) || !make_fd(&vhost->call[1]))
        return -errno;
    int ret = vhost_own(&vhost->kernel);
    if (!ret)
        ret = vhost_set_memory(&vhost->kernel, mem);
    for (unsigned i = 0; !ret && i < 2; i++)
        ret = vhost_set_eventfds(&vhost->kernel, i, vhost->kick[i], vhost->call[i], vhost->fault);
    return ret;
}

/** Memory comes or goes. What can't be told of that serves nothing until it can. Main thread. */
static void memory_changed(void *opaque)
{
    VirtioNet *net = opaque;

    g_mutex_lock(&net->vhost_lock);
    for (unsigned i = 0; i < net->n_pairs; i++) {
        NetVhost *vhost = &net->pairs[i].vhost;
        int ret = vhost_set_memory(&vhost->kernel, net->mem);

        vhost->stale = ret != 0;
        if (!ret)
            continue;
        log_guest("%s: vhost-net cannot follow the guest's memory: %s", net->dev.name,
                  g_strerror(-ret));
        update_pair(&net->pairs[i]);
        event_fd_signal(vhost->fault);
    }
    g_mutex_unlock(&net->vhost_lock);
}

gboolean net_vhost_begin(VirtioNet *net, GError **error)
{
    int ret = ALWAYS_OFFERED & ~kernel_features(net->tap) ? -EOPNOTSUPP : 0;

    for (unsigned i = 0; !ret && i < net->n_pairs; i++) {
        ret = begin_pair(&net->pairs[i], net->mem);
        for (unsigned done = 0; ret && done <= i; done++)
            close_fds(&net->pairs[done]);
    }
    if (ret)
        return error_set_errno(error, PAPRIKA_ERROR_HOST, -ret, "%s: vhost-net cannot serve it",
                               net->dev.name);
    for (unsigned i = 0; i < net->n_pairs; i++) {
        for (unsigned queue = 0; queue < 2; queue++)
            pair_queue(&net->pairs[i], queue)->kick_fd = net->pairs[i].vhost.kick[queue];
    }
    guest_mem_watch(net->mem, memory_changed, net);
    return TRUE;
}

void net_vhost_finish(VirtioNet *net)
{
    guest_mem_unwatch(net->mem, memory_changed, net);
    for (unsigned i = 0; i < net->n_pairs; i++)
        close_fds(&net->pairs[i]);
}

/* --- events -------------------------------------------------------------------------------- */

void net_vhost_bind(VirtioNet *net, gboolean bind)
{
    for (unsigned i = 0; i < net->n_pairs; i++) {
        for (unsigned queue = 0; queue < 2; queue++)
            virtio_device_bind_queue(&net->dev, 2 * i + queue, net->pairs[i].vhost.call[queue],
                                     bind);
    }
}

static void take_fault(NetPair *pair)
{
    g_mutex_lock(&pair->net->vhost_lock);
    gboolean runs = pair->vhost.ready;
    pair->vhost.broken = TRUE;
    update_pair(pair);
    g_mutex_unlock(&pair->net->vhost_lock);
    if (runs)
        virtio_device_broken(&pair->net->dev, "the kernel does not serve a ring any more");
}

void net_vhost_wait(VirtioWorker *worker)
{
    NetPair *pair = worker->opaque;
    const NetVhost *vhost = &pair->vhost;
    struct pollfd fds[4] = {{.fd = worker->kick_fd, .events = POLLIN},
                            {.fd = vhost->fault, .events = POLLIN},
                            {.fd = vhost->call[0], .events = POLLIN},
                            {.fd = vhost->call[1], .events = POLLIN}};

    for (;;) {
        if (poll(fds, G_N_ELEMENTS(fds), -1) <= 0)
            continue;
        if (fds[1].revents && event_fd_take(vhost->fault))
            take_fault(pair);
        for (unsigned i = 0; i < 2; i++) {
            /* It may be KVM's by now. */
            if (fds[2 + i].revents && event_fd_take(vhost->call[i]))
                virtio_device_notify(&pair->net->dev, 2 * pair->index + i);
        }
        if (fds[0].revents) {
            virtio_worker_wait_kick(worker);
            return;
        }
    }
}
