/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hw/virtio/virtio_net.h"

#include <errno.h>
#include <limits.h>
#include <linux/if_tun.h>
#include <poll.h>
#include <stddef.h>
#include <string.h>
#include <sys/uio.h>

#include "hw/virtio/virtio_net_private.h"
#include "src/base/log.h"

enum { LINK_UP = 1, CONFIG_SIZE = 12 };

/** The device's configuration. */
typedef struct {
    uint8_t mac[ETH_ALEN];
    le16 status, max_pairs, mtu;
} NetConfigSpace;
G_STATIC_ASSERT(sizeof(NetConfigSpace) == CONFIG_SIZE);

static VirtioNet *net_of(VirtioDevice *dev)
{
    return (VirtioNet *)((uint8_t *)dev - offsetof(VirtioNet, dev));
}

unsigned net_control_queue(const VirtioNet *net)
{
    if (!virtio_device_has(&net->dev, NET_F_CTRL_VQ))
        return UINT_MAX;
    /* Behind all pairs that the driver knows of. */
    return virtio_device_has(&net->dev, NET_F_MQ) ? 2 * net->n_pairs : 2;
}

/** What the driver can take, as the tap wants to hear it. */
static unsigned wanted_offloads(const VirtioDevice *dev)
{
    static const struct {
        uint64_t feature;
        unsigned offload;
    } table[] = {{NET_F_GUEST_CSUM, TUN_F_CSUM},
                 {NET_F_GUEST_TSO4, TUN_F_TSO4},
                 {NET_F_GUEST_TSO6, TUN_F_TSO6},
                 {NET_F_GUEST_ECN, TUN_F_TSO_ECN}};
    unsigned offloads = 0;

    for (unsigned i = 0; i < G_N_ELEMENTS(table); i++)
        offloads |= virtio_device_has(dev, table[i].feature) ? table[i].offload : 0;
    return offloads;
}

/** A driver has begun. Until this is done, the tap finishes what it gives by itself. */
static void tell_tap(VirtioNet *net)
{
    int ret = tap_set_offloads(net->tap, wanted_offloads(&net->dev));

    if (ret)
        log_guest("%s: tap %s takes no offloads: %s", net->dev.name, net->tap->name,
                  g_strerror(-ret));
}

/** A packet of the guest's goes to the tap, which checks its header; one that is refused is lost.
 */
static gboolean send_packet(VirtioWorker *worker, unsigned queue, VirtqueueChain *chain)
{
    const NetPair *pair = worker->opaque;
    ssize_t sent = -1;

    if (chain->readable_bytes < TAP_HEADER)
        return FALSE;
    if (__atomic_load_n(&pair->net->down, __ATOMIC_RELAXED)) {
        sent = 0;
    } else if (chain->readable_bytes <= NET_PACKET_MAX) {
        do
            sent = writev(pair->net->tap->fds[pair->index], chain->iov, (int)chain->n_readable);
        while (sent < 0 && errno == EINTR);
    } else {
        errno = EMSGSIZE;
    }
    if (sent < 0)
        log_guest("%s: a packet is lost: %s", worker->dev->name, g_strerror(errno));
    virtqueue_give(&worker->dev->queues[queue], chain->id, chain->n_desc, 0);
    return TRUE;
}

static void serve_queues(VirtioWorker *worker, NetPair *pair)
{
    VirtioNet *net = pair->net;
    unsigned control = net_control_queue(net);

    if (pair->index == 0 && __atomic_exchange_n(&net->fresh, FALSE, __ATOMIC_SEQ_CST))
        tell_tap(net);
    if (net->vhost)
        net_vhost_start(pair);
    for (unsigned i = 0; i < worker->n_queues; i++) {
        unsigned queue = worker->queue + i;

        if (queue == control)
            virtio_worker_take(worker, queue, net_control);
        else if (net->vhost)
            continue;
        else if (queue % 2)
            virtio_worker_take(worker, queue, send_packet);
        else if (queue / 2 == pair->index)
            net_receive(worker, pair, queue);
    }
}

static void net_serve(VirtioWorker *worker)
{
    NetPair *pair = worker->opaque;

    g_mutex_lock(&pair->serving);
    if (!__atomic_load_n(&pair->net->paused, __ATOMIC_SEQ_CST))
        serve_queues(worker, pair);
    else
        pair->receive->waiting = FALSE;
    g_mutex_unlock(&pair->serving);
}

/** Sleep until there is a kick or, if there is room for it, a packet. */
static void net_wait(VirtioWorker *worker)
{
    NetPair *pair = worker->opaque;

    if (pair->net->vhost) {
        virtio_vhost_wait(&pair->vhost, worker);
        return;
    }
    struct pollfd fds[2] = {
        {.fd = worker->kick_fd, .events = POLLIN},
        {.fd = pair->receive->waiting ? pair->net->tap->fds[pair->index] : -1, .events = POLLIN}};

    if (poll(fds, G_N_ELEMENTS(fds), -1) > 0 && fds[0].revents)
        virtio_worker_wait_kick(worker);
}

/** Nothing goes on beyond serve(); what waits for packets is let go. */
static unsigned net_busy(VirtioWorker *worker)
{
    NetPair *pair = worker->opaque;

    net_receive_reset(pair->receive);
    if (pair->net->vhost)
        virtio_vhost_stop(&pair->vhost);
    return 0;
}

static void net_rest(VirtioWorker *worker)
{
    const NetPair *pair = worker->opaque;

    net_control_reset(pair->net);
}

static const VirtioWorkerOps worker_ops = {
    .wait = net_wait,
    .serve = net_serve,
    .busy = net_busy,
    .rest = net_rest,
};

/** The kernel's workers take over; else, if they need not, the queues are served here. */
static gboolean begin_vhost(VirtioNet *net, GError **error)
{
    g_autoptr(GError) why = NULL;

    net->vhost = net_vhost_begin(net, &why);
    if (!net->vhost && net->need_vhost) {
        g_propagate_error(error, g_steal_pointer(&why));
        return FALSE;
    }
    if (!net->vhost)
        log_info("%s does without the kernel's worker: %s", net->dev.name, why->message);
    return TRUE;
}

static gboolean net_begin(VirtioDevice *dev, GError **error)
{
    if (net_of(dev)->tap->n_vhost && !begin_vhost(net_of(dev), error))
        return FALSE;
    return virtio_workers_begin(net_of(dev)->workers, net_of(dev)->n_pairs, error);
}

static gboolean net_start(VirtioDevice *dev)
{
    VirtioNet *net = net_of(dev);

    __atomic_store_n(&net->fresh, TRUE, __ATOMIC_SEQ_CST);
    if (net->vhost)
        net_vhost_bind(net, TRUE);
    return virtio_workers_start(net->workers, net->n_pairs);
}

static void net_stop(VirtioDevice *dev)
{
    if (net_of(dev)->vhost)
        net_vhost_bind(net_of(dev), FALSE);
    virtio_workers_stop(net_of(dev)->workers, net_of(dev)->n_pairs);
}

/** What is under way ends first; what comes waits for resume(), as packets do in the tap. */
static void net_pause(VirtioDevice *dev)
{
    VirtioNet *net = net_of(dev);

    __atomic_store_n(&net->paused, TRUE, __ATOMIC_SEQ_CST);
    for (unsigned i = 0; i < net->n_pairs; i++) {
        g_mutex_lock(&net->pairs[i].serving);
        g_mutex_unlock(&net->pairs[i].serving);
    }
    if (net->vhost)
        net_vhost_pause(net, TRUE);
}

static void net_resume(VirtioDevice *dev)
{
    VirtioNet *net = net_of(dev);

    __atomic_store_n(&net->paused, FALSE, __ATOMIC_SEQ_CST);
    if (net->vhost)
        net_vhost_pause(net, FALSE);
    for (unsigned i = 0; i < net->n_pairs; i++)
        virtio_worker_kick(&net->workers[i]);
}

static void net_free(VirtioDevice *dev)
{
    VirtioNet *net = net_of(dev);

    for (unsigned i = 0; i < net->n_pairs; i++) {
        virtio_worker_finish(&net->workers[i]);
        g_free(net->pairs[i].receive);
        g_mutex_clear(&net->pairs[i].serving);
    }
    if (net->vhost)
        net_vhost_finish(net);
    g_free(net->workers);
    g_free(net->pairs);
    tap_close(net->tap);
    virtio_device_finish(dev);
    g_free(net);
}

static const VirtioDeviceOps device_ops = {
    .begin = net_begin,
    .start = net_start,
    .stop = net_stop,
    .pause = net_pause,
    .resume = net_resume,
    .free = net_free,
};

static uint64_t net_features(const Tap *tap, const VirtioNetConfig *config)
{
    uint64_t features = NET_F_MAC | NET_F_STATUS | NET_F_MRG_RXBUF | NET_F_CTRL_VQ | NET_F_CTRL_RX |
                        NET_F_CTRL_MAC_ADDR | VIRTIO_F_RING_PACKED;

    /* A tap takes checksums and segments from us whatever it gives. */
    features |= NET_F_CSUM | NET_F_HOST_TSO4 | NET_F_HOST_TSO6 | NET_F_HOST_ECN;
    if (tap->offloads)
        features |= NET_F_GUEST_CSUM | NET_F_GUEST_TSO4 | NET_F_GUEST_TSO6 | NET_F_GUEST_ECN;
    if (config->mtu)
        features |= NET_F_MTU;
    if (tap->queues > 1)
        features |= NET_F_MQ;
    if (config->iommu)
        features |= VIRTIO_F_ACCESS_PLATFORM;
    return tap->n_vhost ? net_vhost_features(tap, features) : features;
}

static void net_config(VirtioNet *net)
{
    NetConfigSpace space = {
        .status = le16_of(LINK_UP),
        .max_pairs = le16_of((uint16_t)net->n_pairs),
        .mtu = le16_of((uint16_t)net->mtu),
    };

    memcpy(space.mac, net->mac, ETH_ALEN);
    memcpy(net->dev.config, &space, sizeof(space));
    net->dev.config_size = sizeof(space);
}

static gboolean net_add_worker(VirtioNet *net, unsigned index, GError **error)
{
    NetPair *pair = &net->pairs[index];

    *pair = (NetPair){.net = net, .index = index, .receive = g_new0(NetReceive, 1)};
    g_mutex_init(&pair->serving);
    return virtio_worker_init(&net->workers[index], &worker_ops, &net->dev, 2 * index,
                              index + 1 < net->n_pairs ? 2 : 3, &net->running, pair, error);
}

const Tap *virtio_net_tap(VirtioDevice *dev) { return net_of(dev)->tap; }

void virtio_net_set_link(VirtioDevice *dev, gboolean up)
{
    le16 status = le16_of(up ? LINK_UP : 0);

    __atomic_store_n(&net_of(dev)->down, !up, __ATOMIC_RELAXED);
    virtio_device_change_config(dev, offsetof(NetConfigSpace, status), &status, sizeof(status));
}

VirtioDevice *virtio_net_new(Tap *tap, const VirtioNetConfig *config, GError **error)
{
    VirtioNet *net = g_new0(VirtioNet, 1);

    net->tap = tap;
    net->n_pairs = tap->queues;
    net->pairs_used = 1;
    net->need_vhost = config->need_vhost;
    net->mem = config->mem;
    /* They would need each translation to be told. */
    if (config->iommu)
        tap_drop_vhost(tap);
    net->mtu = config->mtu;
    net->filter.promiscuous = TRUE;
    memcpy(net->mac, config->mac, ETH_ALEN);
    virtio_device_init(&net->dev, VIRTIO_ID_NET, virtio_net_queues(net->n_pairs),
                       net_features(tap, config), &device_ops);
    net->dev.name = g_strdup(config->name);
    net_config(net);
    net->workers = g_new0(VirtioWorker, net->n_pairs);
    net->pairs = g_new0(NetPair, net->n_pairs);
    for (unsigned i = 0; i < net->n_pairs; i++) {
        if (!net_add_worker(net, i, error)) {
            net_free(&net->dev);
            return NULL;
        }
    }
    return &net->dev;
}
