/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From the tap to the guest. A packet is read right into chains that were taken beforehand, as
 * many as the longest one may need. If the guest has given less, what has no room goes to a
 * buffer of ours, and is copied once there is.
 */
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/uio.h>

#include "hw/virtio/virtio_net_private.h"
#include "src/base/iov.h"
#include "src/base/log.h"

enum {
    HEADER_NEEDS_CSUM = 1,
    HEADER_GSO_NONE = 0,
    HEADER_GSO_TCPV4 = 1,
    HEADER_GSO_TCPV6 = 4,
    HEADER_GSO_ECN = 0x80,
    /** Without large packets: Ethernet's own length. */
    DEFAULT_MTU = 1500,
};

void net_receive_reset(NetReceive *receive)
{
    receive->n_rooms = receive->n_iov = 0;
    receive->bytes = 0;
    receive->pending = 0;
    receive->waiting = FALSE;
}

static void add_room(NetReceive *receive, const VirtqueueChain *chain)
{
    receive->rooms[receive->n_rooms++] =
        (NetRoom){chain->id, chain->n_desc, chain->n_writable, chain->writable_bytes};
    memcpy(receive->iov + receive->n_iov, chain->iov, chain->n_writable * sizeof(struct iovec));
    receive->n_iov += chain->n_writable;
    receive->bytes += chain->writable_bytes;
}

/** Whether one more chain could be taken, now or later. */
static gboolean may_take(const NetReceive *receive, const Virtqueue *vq)
{
    return receive->n_rooms < VIRTQUEUE_MAX_SIZE && receive->n_iov <= VIRTQUEUE_MAX_IOV &&
           vq->in_flight < vq->size;
}

/** Take chains until they have @wanted bytes, or there are no more; false if the queue breaks. */
static gboolean gather(VirtioWorker *worker, NetReceive *receive, unsigned queue, uint64_t wanted)
{
    while (receive->bytes < wanted && may_take(receive, &worker->dev->queues[queue])) {
        VirtqueueChain chain;
        VirtqueueResult result = virtqueue_take(&worker->dev->queues[queue], &chain);

        if (result == VIRTQUEUE_EMPTY)
            return TRUE;
        if (result == VIRTQUEUE_BROKEN || chain.n_readable || chain.writable_bytes < TAP_HEADER) {
            virtio_worker_break(worker, queue);
            return FALSE;
        }
        add_room(receive, &chain);
    }
    return TRUE;
}

/** What a packet at its longest needs. Without merging, one chain must do. */
static uint64_t room_wanted(const VirtioNet *net)
{
    if (!virtio_device_has(&net->dev, NET_F_MRG_RXBUF))
        return 1;
    if (virtio_device_has(&net->dev, NET_F_GUEST_TSO4 | NET_F_GUEST_TSO6))
        return NET_PACKET_MAX;
    return TAP_HEADER + ETH_HLEN + 4 + (net->mtu ? net->mtu : DEFAULT_MTU);
}

/** Whether the driver knows what to do with a packet that is behind @header. */
static gboolean header_ok(const VirtioDevice *dev, const NetHeader *header)
{
    uint8_t gso = header->gso_type & (uint8_t)~HEADER_GSO_ECN;

    if (header->flags & HEADER_NEEDS_CSUM && !virtio_device_has(dev, NET_F_GUEST_CSUM))
        return FALSE;
    if (header->gso_type & HEADER_GSO_ECN && !virtio_device_has(dev, NET_F_GUEST_ECN))
        return FALSE;
    return gso == HEADER_GSO_NONE ||
           (gso == HEADER_GSO_TCPV4 && virtio_device_has(dev, NET_F_GUEST_TSO4)) ||
           (gso == HEADER_GSO_TCPV6 && virtio_device_has(dev, NET_F_GUEST_TSO6));
}

/** What was read is not for the driver: from before it said what it takes, or too long. */
static gboolean is_unfit(const VirtioNet *net, const NetReceive *receive, size_t length)
{
    NetHeader header;

    if (length < sizeof(header) || length > NET_PACKET_MAX)
        return TRUE;
    if (!virtio_device_has(&net->dev, NET_F_MRG_RXBUF) && length > receive->rooms[0].bytes)
        return TRUE;
    iov_copy(receive->iov, receive->n_iov, 0, &header, sizeof(header), FALSE);
    return !header_ok(&net->dev, &header);
}

/** The packet of pending bytes is all in the first rooms: give them back. */
static void deliver(const VirtioNet *net, NetReceive *receive, Virtqueue *vq)
{
    VirtqueueGiven given[VIRTQUEUE_MAX_SIZE];
    size_t left = receive->pending;
    unsigned count = 0, n_iov = 0;
    uint64_t bytes = 0;

    while (left) {
        const NetRoom *room = &receive->rooms[count];
        size_t part = MIN(left, room->bytes);

        given[count++] = (VirtqueueGiven){room->id, room->n_desc, (uint32_t)part};
        n_iov += room->n_iov;
        bytes += room->bytes;
        left -= part;
    }
    le16 buffers = le16_of((uint16_t)count);
    iov_copy(receive->iov, n_iov, offsetof(NetHeader, num_buffers), &buffers, sizeof(buffers),
             TRUE);
    /* That a sum is known to be right is told only to who has asked for such. */
    uint8_t no_flags = 0;
    if (!virtio_device_has(&net->dev, NET_F_GUEST_CSUM))
        iov_copy(receive->iov, n_iov, offsetof(NetHeader, flags), &no_flags, 1, TRUE);
    virtqueue_give_all(vq, given, count);

    receive->n_rooms -= count;
    receive->n_iov -= n_iov;
    receive->bytes -= bytes;
    receive->pending = 0;
    memmove(receive->rooms, receive->rooms + count, receive->n_rooms * sizeof(NetRoom));
    memmove(receive->iov, receive->iov + n_iov, receive->n_iov * sizeof(struct iovec));
}

/** The end of a packet that had no room goes to the rooms that there are now; false if too few. */
static gboolean place_pending(NetReceive *receive)
{
    if (receive->bytes < receive->pending)
        return FALSE;
    if (receive->pending > receive->direct)
        iov_copy(receive->iov, receive->n_iov, receive->direct, receive->spill,
                 receive->pending - receive->direct, TRUE);
    return TRUE;
}

/** Read a packet, which is pending then unless it is dropped; false if there is none. */
static gboolean read_packet(const NetPair *pair, NetReceive *receive)
{
    VirtioNet *net = pair->net;
    unsigned count = MIN(receive->n_iov, (unsigned)IOV_MAX - 1);
    struct iovec last = receive->iov[count];
    ssize_t length;

    receive->iov[count] = (struct iovec){receive->spill, sizeof(receive->spill)};
    do
        length = readv(net->tap->fds[pair->index], receive->iov, (int)count + 1);
    while (length < 0 && errno == EINTR);
    receive->iov[count] = last;
    if (length < 0) {
        /* A queue that the driver does not use is detached, or the interface is gone. */
        receive->waiting = errno != EBADFD;
        if (errno != EAGAIN && errno != EBADFD)
            log_guest("%s: reading from tap %s: %s", net->dev.name, net->tap->name,
                      g_strerror(errno));
        return FALSE;
    }
    receive->direct = 0;
    for (unsigned i = 0; i < count; i++)
        receive->direct += receive->iov[i].iov_len;
    gboolean drop =
        __atomic_load_n(&net->down, __ATOMIC_RELAXED) || is_unfit(net, receive, (size_t)length);
    receive->pending = drop ? 0 : (size_t)length;
    return TRUE;
}

void net_receive(VirtioWorker *worker, NetPair *pair, unsigned queue)
{
    Virtqueue *vq = &worker->dev->queues[queue];
    NetReceive *receive = pair->receive;
    uint64_t wanted = room_wanted(pair->net);

    receive->waiting = FALSE;
    if (vq->broken)
        return;
    virtqueue_ask_kicks(vq, FALSE);
    for (unsigned i = 0; i < VIRTQUEUE_MAX_SIZE; i++) {
        receive->waiting = FALSE;
        if (!gather(worker, receive, queue, MAX(wanted, (uint64_t)receive->pending)))
            return;
        /* All that the guest can give is here, and is too little. */
        if (receive->bytes < receive->pending && !may_take(receive, vq))
            receive->pending = 0;
        if (!receive->n_rooms || receive->bytes < receive->pending) {
            /* Nothing to be done before the guest gives more room. */
            if (virtqueue_ask_kicks(vq, TRUE))
                virtio_worker_kick(worker);
            break;
        }
        receive->waiting = TRUE;
        if (!receive->pending && !read_packet(pair, receive))
            break;
        if (receive->pending && place_pending(receive))
            deliver(pair->net, receive, vq);
    }
    virtio_worker_tell(worker, queue);
}
