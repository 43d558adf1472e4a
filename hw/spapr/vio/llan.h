/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * PAPR's own network card, the logical LAN (LoPAR, "Interpartition Logical LAN"), on a tap of the
 * host: guests that know no virtio have it. Packets go out by hypercall, one each, and come in
 * by a thread into buffers that the guest has added, of which a queue in its memory tells.
 */
#pragma once

#include <stdint.h>

#include <glib.h>

#include "hw/spapr/vio/vio.h"
#include "src/net/tap.h"

enum {
    /** Buffers of one size, and sizes, that the guest may have added. */
    LLAN_POOL_MAX = 4096,
    LLAN_POOLS = 8,
    /** Multicast addresses that can be asked for one by one. */
    LLAN_FILTERS = 32,
    /** Bytes of the largest packet, with its Ethernet header. */
    LLAN_MAX_PACKET = 65535 + 14,
    /** Buffers that one packet may be sent from. */
    LLAN_SEND_BUFFERS = 6,
    /** Bytes of the window: thousands of buffers, some of them of 64 KiB. */
    LLAN_WINDOW = 256 << 20,
};

/** What H_ILLAN_ATTRIBUTES may change: nothing, since no option is there. */
enum { LLAN_ATTRIBUTES = 0 };

/** The slot of a card, by its number among all cards. */
static inline unsigned llan_slot(unsigned number) { return VIO_SLOT_LAN + number; }

/**
 * Takes @tap over, on failure, too; of its queues the first one is used. @name is for the thread
 * and the log, copied. Main thread.
 */
VioDevice *llan_new(Vm *vm, Tap *tap, const char *name, unsigned number, GError **error);

/** The card at unit address @unit, or NULL. Any thread. */
VioDevice *llan_find(const Vm *vm, uint64_t unit);

/* --- the guest's calls: vCPU's thread, nothing locked ----------------------------------- */

/** Where the guest has what belongs to a card: I/O address, or descriptors of buffers. */
typedef struct {
    uint64_t buffers, queue, filters;
    uint64_t mac;
} LlanRegistration;

/** H_RESOURCE where it is registered already. */
HcallRet llan_register(VioDevice *dev, const LlanRegistration *what);
HcallRet llan_unregister(VioDevice *dev);
/** H_RESOURCE where there are too many of that size, or too many sizes. */
HcallRet llan_add_buffer(VioDevice *dev, uint64_t descriptor);
/** H_NOT_FOUND where there is none of @size; else one comes back by the queue. */
HcallRet llan_free_buffer(VioDevice *dev, uint64_t size);
/** H_DROPPED where the tap does not take it. */
HcallRet llan_send(VioDevice *dev, const uint64_t descriptors[LLAN_SEND_BUFFERS]);
/** *@state is what the call returns in r4. */
HcallRet llan_multicast(VioDevice *dev, uint64_t flags, uint64_t mac, uint64_t *state);
HcallRet llan_change_mac(VioDevice *dev, uint64_t mac);

/** Take packets from the tap as long as there is room: its thread, or, without, any. */
void llan_receive(VioDevice *dev);
