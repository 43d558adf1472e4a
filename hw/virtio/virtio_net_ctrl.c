/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The control queue (virtio 1.2, 5.1.6.5): whom the driver listens to, and how many queues it uses.
 */
#include <errno.h>
#include <string.h>

#include "hw/virtio/virtio_net_private.h"
#include "src/base/iov.h"
#include "src/base/log.h"

enum {
    CLASS_RX = 0,
    RX_PROMISCUOUS = 0,
    RX_ALL_MULTICAST = 1,
    CLASS_MAC = 1,
    MAC_TABLE_SET = 0,
    MAC_ADDR_SET = 1,
    CLASS_MQ = 4,
    MQ_PAIRS_SET = 0,

    ACK_OK = 0,
    ACK_ERROR = 1,

    /** Bytes of a command at most: more addresses than any driver gives. */
    COMMAND_MAX = 8192,
};

/** What a command has behind its class and kind, as far as it was not read yet. */
typedef struct {
    const uint8_t *data;
    size_t left;
} Command;

/** The next @length bytes, to @data unless it is NULL; false if there are fewer. */
static gboolean take(Command *command, void *data, size_t length)
{
    if (command->left < length)
        return FALSE;
    if (data)
        memcpy(data, command->data, length);
    command->data += length;
    command->left -= length;
    return TRUE;
}

/** The tap delivers what the driver wants to hear; 0 or a negative errno. */
static int apply_filter(VirtioNet *net)
{
    const NetFilter *wish = &net->filter;
    TapFilter filter = {.count = 0};

    G_STATIC_ASSERT(G_N_ELEMENTS(filter.addresses) == 2 * NET_ADDRESSES + 2);
    if (!wish->promiscuous && !wish->many_unicast) {
        filter.all_multicast = wish->all_multicast || wish->many_multicast;
        memcpy(filter.addresses[filter.count++], net->dev.config, ETH_ALEN);
        for (unsigned i = 0; i < wish->n_unicast; i++)
            memcpy(filter.addresses[filter.count++], wish->unicast[i], ETH_ALEN);
        memset(filter.addresses[filter.count++], 0xff, ETH_ALEN);
        for (unsigned i = 0; i < wish->n_multicast; i++)
            memcpy(filter.addresses[filter.count++], wish->multicast[i], ETH_ALEN);
    }
    return tap_set_filter(net->tap, &filter);
}

/** A list of addresses: those that there is room for, or that they are too many. */
static gboolean take_addresses(Command *command, uint8_t (*list)[ETH_ALEN], unsigned *count,
                               gboolean *many)
{
    le32 entries;

    if (!take(command, &entries, sizeof(entries)))
        return FALSE;
    size_t wanted = le32_get(entries);
    if (wanted > command->left / ETH_ALEN)
        return FALSE;
    *many = wanted > NET_ADDRESSES;
    *count = *many ? 0 : (unsigned)wanted;
    return take(command, *many ? NULL : list, wanted * ETH_ALEN);
}

static gboolean set_mode(VirtioNet *net, uint8_t kind, Command *command)
{
    uint8_t on;

    if (kind > RX_ALL_MULTICAST || !take(command, &on, 1))
        return FALSE;
    *(kind == RX_PROMISCUOUS ? &net->filter.promiscuous : &net->filter.all_multicast) = on != 0;
    return apply_filter(net) == 0;
}

static gboolean set_table(VirtioNet *net, Command *command)
{
    NetFilter filter = net->filter;

    if (!take_addresses(command, filter.unicast, &filter.n_unicast, &filter.many_unicast) ||
        !take_addresses(command, filter.multicast, &filter.n_multicast, &filter.many_multicast))
        return FALSE;
    net->filter = filter;
    return apply_filter(net) == 0;
}

static void store_mac(VirtioNet *net, const uint8_t mac[ETH_ALEN])
{
    g_mutex_lock(&net->dev.lock);
    memcpy(net->dev.config, mac, ETH_ALEN);
    g_mutex_unlock(&net->dev.lock);
}

static gboolean set_mac(VirtioNet *net, uint8_t kind, Command *command)
{
    uint8_t mac[ETH_ALEN];

    if (kind == MAC_TABLE_SET)
        return set_table(net, command);
    if (kind != MAC_ADDR_SET || !take(command, mac, sizeof(mac)) || mac[0] & 1)
        return FALSE;
    store_mac(net, mac);
    return apply_filter(net) == 0;
}

static gboolean set_pairs(VirtioNet *net, uint8_t kind, Command *command)
{
    le16 pairs;

    if (kind != MQ_PAIRS_SET || !virtio_device_has(&net->dev, NET_F_MQ) ||
        !take(command, &pairs, sizeof(pairs)))
        return FALSE;
    unsigned count = le16_get(pairs);
    if (!count || count > net->n_pairs)
        return FALSE;
    /* A queue of the tap that it does not know of is none that the kernel's worker could serve. */
    net_vhost_use(net, MIN(count, net->pairs_used));
    if (tap_set_queues(net->tap, count))
        return FALSE;
    net_vhost_use(net, count);
    /* Their workers see that there may be packets now. */
    for (unsigned i = 0; i < net->n_pairs; i++)
        virtio_worker_kick(&net->workers[i]);
    return TRUE;
}

static gboolean carry_out(VirtioNet *net, Command *command)
{
    uint8_t head[2];

    if (!take(command, head, sizeof(head)))
        return FALSE;
    switch (head[0]) {
    case CLASS_RX:
        return set_mode(net, head[1], command);
    case CLASS_MAC:
        return set_mac(net, head[1], command);
    case CLASS_MQ:
        return set_pairs(net, head[1], command);
    }
    return FALSE;
}

gboolean net_control(VirtioWorker *worker, unsigned queue, VirtqueueChain *chain)
{
    NetPair *pair = worker->opaque;
    uint8_t data[COMMAND_MAX], ack = ACK_ERROR;

    if (!chain->writable_bytes || !chain->readable_bytes)
        return FALSE;
    Command command = {data, MIN(chain->readable_bytes, sizeof(data))};
    iov_copy(chain->iov, chain->n_readable, 0, data, command.left, FALSE);
    if (chain->readable_bytes <= sizeof(data) && carry_out(pair->net, &command))
        ack = ACK_OK;
    iov_copy(chain->iov + chain->n_readable, chain->n_writable, 0, &ack, 1, TRUE);
    virtqueue_give(&worker->dev->queues[queue], chain->id, chain->n_desc, 1);
    return TRUE;
}

void net_control_reset(VirtioNet *net)
{
    int ret = tap_set_offloads(net->tap, 0);

    net->filter = (NetFilter){.promiscuous = TRUE};
    store_mac(net, net->mac);
    if (!ret)
        ret = apply_filter(net);
    if (!ret)
        ret = tap_set_queues(net->tap, 1);
    net_vhost_use(net, 1);
    if (ret)
        log_guest("%s: tap %s cannot be reset: %s", net->dev.name, net->tap->name,
                  g_strerror(-ret));
}
