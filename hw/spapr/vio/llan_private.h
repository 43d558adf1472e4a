/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of the logical LAN share. */
#pragma once

#include <linux/if_ether.h>

#include "hw/spapr/vio/llan.h"
#include "src/base/endian.h"

/** Of a descriptor: the queue's valid toggle, and options of the packet. */
#define LLAN_TOGGLE (UINT64_C(1) << 62)
#define LLAN_OPTIONS (UINT64_C(0x3f) << 56)

/** Where the count of dropped packets is in the page of buffer lists. */
enum { LLAN_LIST_DROPPED = 4096 - 8 };

/** A receive queue's entry. */
typedef struct {
    /** Flags, and the packet's offset in the buffer. */
    be32 control;
    be32 length;
    /** The first eight bytes of the buffer, as they are. */
    uint64_t handle;
} LlanEntry;
G_STATIC_ASSERT(sizeof(LlanEntry) == 16);

/** Flags of an entry: the valid bit, whose meaning changes with each round; a packet is there. */
#define LLAN_ENTRY_VALID UINT32_C(0x80000000)
#define LLAN_ENTRY_PACKET UINT32_C(0x40000000)

/** Buffers of one size, the last one added on top. */
typedef struct {
    uint32_t size;
    unsigned count;
    /** LLAN_POOL_MAX. Owned. */
    uint32_t *iobas;
} LlanPool;

typedef struct {
    VioDevice dev;
    Tap *tap;
    char name[16];
    GThread *thread;
    /** Wakes the thread. */
    int kick;
    /** Atomic. */
    int quit;
    /** The thread's: nothing comes from the tap any more. */
    gboolean tap_failed;

    /* Under dev.lock. */
    gboolean registered;
    /** I/O addresses of the page of buffer lists and the receive queue, the queue's bytes. */
    uint64_t list, queue;
    uint32_t length;
    /** Offset of the next entry, and the value of its valid bit. */
    uint32_t next;
    gboolean valid;
    uint64_t dropped;
    LlanPool pools[LLAN_POOLS];
    unsigned n_pools;
    /** In all pools. */
    unsigned n_buffers;
    uint8_t mac[ETH_ALEN];
    gboolean receive_groups, filter_groups;
    uint8_t filters[LLAN_FILTERS][ETH_ALEN];
    unsigned n_filters;
} Llan;

extern const VioDeviceOps llan_ops;

static inline Llan *llan_of(VioDevice *dev)
{
    G_STATIC_ASSERT(offsetof(Llan, dev) == 0);
    return (Llan *)dev;
}

/** Whether the multicast address is one of those asked for. Device locked. */
gboolean llan_has_filter(const Llan *lan, const uint8_t mac[ETH_ALEN]);

/* --- llan_receive.c. Device locked where it is not said otherwise. ----------------------- */

/** Its thread. Main thread, nothing locked. */
gboolean llan_begin(VioDevice *dev, GError **error);
/** Have the thread look again. Any thread. */
void llan_wake(Llan *lan);
/** Store @value at @offset of the page of buffer lists. */
void llan_store_list(Llan *lan, unsigned offset, uint64_t value);
/** I/O address of a buffer of @pool, which has one. */
uint32_t llan_take_buffer(Llan *lan, LlanPool *pool);
/** Tell the guest that the buffer at @ioba has a packet of @length bytes, or, with 0, none. */
void llan_post(Llan *lan, uint32_t ioba, uint32_t length);
