/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A card whose pairs of queues the kernel's own workers serve, each with its queue of the tap. */
#include <errno.h>
#include <unistd.h>

#include "hw/virtio/virtio_net_private.h"
#include "src/base/error.h"

enum {
    /** Packets that wait in a tap at most, as far as any is set up so. */
    MAX_WAITING = 4096,
};

static int serve_queue(const VirtioVhost *vhost, unsigned queue, gboolean serve)
{
    const NetPair *pair = vhost->opaque;

    return vhost_net_set_backend(&vhost->kernel, queue,
                                 serve ? pair->net->tap->fds[pair->index] : -1);
}

static const VirtioVhostKind vhost_net = {
    .name = "vhost-net",
    .features = VIRTIO_VHOST_RINGS | NET_F_MRG_RXBUF,
    .serve = serve_queue,
};

uint64_t net_vhost_features(const Tap *tap, uint64_t features)
{
    for (unsigned i = 0; i < tap->n_vhost; i++) {
        const Vhost kernel = {tap->vhost_fds[i], tap->vhost_call};

        features = virtio_vhost_features(&vhost_net, &kernel, features);
    }
    return features;
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
    if (!pair->vhost.ready)
        drain_tap(pair);
    virtio_vhost_start(&pair->vhost);
}

void net_vhost_pause(VirtioNet *net, gboolean paused)
{
    for (unsigned i = 0; i < net->n_pairs; i++)
        virtio_vhost_pause(&net->pairs[i].vhost, paused);
}

void net_vhost_use(VirtioNet *net, unsigned count)
{
    net->pairs_used = count;
    for (unsigned i = 0; net->vhost && i < net->n_pairs; i++)
        virtio_vhost_set_idle(&net->pairs[i].vhost, i >= count);
}

static int prepare_pair(NetPair *pair)
{
    const Tap *tap = pair->net->tap;

    pair->vhost = (VirtioVhost){
        .kind = &vhost_net,
        .dev = &pair->net->dev,
        .queue = 2 * pair->index,
        .kernel = {tap->vhost_fds[pair->index], tap->vhost_call},
        .mem = pair->net->mem,
        .opaque = pair,
        .idle = pair->index >= pair->net->pairs_used,
    };
    return virtio_vhost_prepare(&pair->vhost);
}

gboolean net_vhost_begin(VirtioNet *net, GError **error)
{
    for (unsigned i = 0; i < net->n_pairs; i++) {
        int ret = prepare_pair(&net->pairs[i]);

        if (!ret)
            continue;
        while (i--)
            virtio_vhost_finish(&net->pairs[i].vhost);
        return error_set_errno(error, PAPRIKA_ERROR_HOST, -ret, "%s: vhost-net cannot serve it",
                               net->dev.name);
    }
    for (unsigned i = 0; i < net->n_pairs; i++)
        virtio_vhost_begin(&net->pairs[i].vhost);
    return TRUE;
}

void net_vhost_finish(VirtioNet *net)
{
    for (unsigned i = 0; i < net->n_pairs; i++)
        virtio_vhost_finish(&net->pairs[i].vhost);
}

void net_vhost_bind(VirtioNet *net, gboolean bind)
{
    for (unsigned i = 0; i < net->n_pairs; i++)
        virtio_vhost_bind(&net->pairs[i].vhost, bind);
}
