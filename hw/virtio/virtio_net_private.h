/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the network device's files share. */
#pragma once

#include "hw/virtio/virtio_net.h"
#include "hw/virtio/virtio_vhost.h"
#include "hw/virtio/virtio_worker.h"

#define NET_F_CSUM (UINT64_C(1) << 0)
#define NET_F_GUEST_CSUM (UINT64_C(1) << 1)
#define NET_F_MTU (UINT64_C(1) << 3)
#define NET_F_MAC (UINT64_C(1) << 5)
#define NET_F_GUEST_TSO4 (UINT64_C(1) << 7)
#define NET_F_GUEST_TSO6 (UINT64_C(1) << 8)
#define NET_F_GUEST_ECN (UINT64_C(1) << 9)
#define NET_F_HOST_TSO4 (UINT64_C(1) << 11)
#define NET_F_HOST_TSO6 (UINT64_C(1) << 12)
#define NET_F_HOST_ECN (UINT64_C(1) << 13)
#define NET_F_MRG_RXBUF (UINT64_C(1) << 15)
#define NET_F_STATUS (UINT64_C(1) << 16)
#define NET_F_CTRL_VQ (UINT64_C(1) << 17)
#define NET_F_CTRL_RX (UINT64_C(1) << 18)
#define NET_F_MQ (UINT64_C(1) << 22)
#define NET_F_CTRL_MAC_ADDR (UINT64_C(1) << 23)

/** What stands before each packet. */
typedef struct {
    uint8_t flags, gso_type;
    le16 hdr_len, gso_size, csum_start, csum_offset;
    le16 num_buffers;
} NetHeader;
G_STATIC_ASSERT(sizeof(NetHeader) == TAP_HEADER);

enum {
    /** An Ethernet header with a VLAN's tag, and the longest datagram, behind NetHeader. */
    NET_PACKET_MAX = TAP_HEADER + ETH_HLEN + 4 + 65535,
    /** Addresses of each kind that are told apart. */
    NET_ADDRESSES = 64,
};

typedef struct VirtioNet VirtioNet;

/** A chain that waits for a packet, and how many of NetReceive.iov are its pieces. */
typedef struct {
    uint16_t id, n_desc;
    unsigned n_iov;
    uint64_t bytes;
} NetRoom;

/** Packets from the tap to the guest; see virtio_net_rx.c. */
typedef struct {
    /** Oldest first; their pieces follow each other. */
    NetRoom rooms[VIRTQUEUE_MAX_SIZE];
    /** One entry more than those of all rooms ever are. */
    struct iovec iov[2 * VIRTQUEUE_MAX_IOV + 1];
    unsigned n_rooms, n_iov;
    uint64_t bytes;
    /** A packet of that many bytes, whose end is in spill from @direct bytes on; 0: there is none.
     */
    size_t pending, direct;
    uint8_t spill[NET_PACKET_MAX];
    /** The tap is to be waited for. */
    gboolean waiting;
} NetReceive;

/** A pair of queues, its worker's thread. */
typedef struct {
    VirtioNet *net;
    unsigned index;
    NetReceive *receive;
    /** Its queues at the kernel's own worker, where VirtioNet.vhost is set. */
    VirtioVhost vhost;
    /** Held while its queues are served: who has it after VirtioNet.paused was set knows that
     * nothing is under way. */
    GMutex serving;
} NetPair;

/** What the driver has said about whom it listens to; the thread that serves the control queue. */
typedef struct {
    gboolean promiscuous, all_multicast;
    /** Too many to tell them apart. */
    gboolean many_unicast, many_multicast;
    unsigned n_unicast, n_multicast;
    uint8_t unicast[NET_ADDRESSES][ETH_ALEN], multicast[NET_ADDRESSES][ETH_ALEN];
} NetFilter;

struct VirtioNet {
    VirtioDevice dev;
    Tap *tap;
    uint8_t mac[ETH_ALEN];
    unsigned mtu;
    /** One for each pair, the last one's also for the control queue. */
    VirtioWorker *workers;
    NetPair *pairs;
    unsigned n_pairs;
    /** Workers that still run; see VirtioWorker. */
    unsigned running;
    /** Atomic: the tap has not been told yet what the driver can take. */
    int fresh;
    /** Atomic: the cable is pulled. */
    int down;
    NetFilter filter;
    /** Atomic: the machine is stopped. */
    int paused;

    /** The kernel's workers serve the queues. Constant once the device has begun. */
    gboolean vhost;
    gboolean need_vhost;
    GuestMem *mem;
    /** Pairs that the tap knows of; the thread that serves the control queue. */
    unsigned pairs_used;
};

/** Its driver knows it; or a queue that there is not. */
unsigned net_control_queue(const VirtioNet *net);

/** Take what the tap has, as long as there is room. The worker's thread. */
void net_receive(VirtioWorker *worker, NetPair *pair, unsigned queue);
/** Forget rooms, and a packet that found none. */
void net_receive_reset(NetReceive *receive);

/** A VirtioHandleFn for the control queue (virtio_net_ctrl.c). */
gboolean net_control(VirtioWorker *worker, unsigned queue, VirtqueueChain *chain);

/* --- the kernel's own workers (virtio_net_vhost.c) --------------------------------------- */

/** What of @features they can do, too. */
uint64_t net_vhost_features(const Tap *tap, uint64_t features);
/** They get memory and descriptors; false, with none of that, if one of them can't. Main thread. */
gboolean net_vhost_begin(VirtioNet *net, GError **error);
/** Close what begin() made. */
void net_vhost_finish(VirtioNet *net);
/** A driver begins, or is about to leave: its interrupts come without us. The device's lock is
 * held. */
void net_vhost_bind(VirtioNet *net, gboolean bind);
/** A driver has begun: hand over @pair's rings. The pair's thread. */
void net_vhost_start(NetPair *pair);
/** The machine was stopped or goes on. Main thread. */
void net_vhost_pause(VirtioNet *net, gboolean paused);
/** The tap knows of @count pairs, or (before) is to know of so many only. */
void net_vhost_use(VirtioNet *net, unsigned count);

/** As if the driver had said nothing, which the tap learns too. No worker runs. */
void net_control_reset(VirtioNet *net);
