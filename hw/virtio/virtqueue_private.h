/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What virtqueue.c and the two kinds of ring share. */
#pragma once

#include "hw/virtio/virtqueue.h"
#include "src/base/endian.h"

enum {
    VRING_DESC_NEXT = 1 << 0,
    VRING_DESC_WRITE = 1 << 1,
    VRING_DESC_INDIRECT = 1 << 2,

    /* Split: offsets in the driver's and the device's area. */
    VRING_AVAIL_FLAGS = 0,
    VRING_AVAIL_IDX = 2,
    VRING_AVAIL_RING = 4,
    VRING_AVAIL_NO_INTERRUPT = 1,
    VRING_USED_FLAGS = 0,
    VRING_USED_IDX = 2,
    VRING_USED_RING = 4,
    VRING_USED_NO_NOTIFY = 1,

    /* Packed. */
    VRING_PACKED_AVAIL = 1 << 7,
    VRING_PACKED_USED = 1 << 15,
    VRING_EVENT_ENABLE = 0,
    VRING_EVENT_DISABLE = 1,
    VRING_EVENT_DESC = 2,
};

/** A descriptor of a split ring. */
typedef struct VringDesc {
    le64 addr;
    le32 length;
    le16 flags;
    le16 next;
} VringDesc;
G_STATIC_ASSERT(sizeof(VringDesc) == 16);

typedef struct {
    le64 addr;
    le32 length;
    le16 id;
    le16 flags;
} VringPackedDesc;
G_STATIC_ASSERT(sizeof(VringPackedDesc) == 16);

typedef struct {
    le32 id;
    le32 length;
} VringUsed;
G_STATIC_ASSERT(sizeof(VringUsed) == 8);

/** Packed: when one side wants to hear of the other. */
typedef struct {
    le16 off_wrap;
    le16 flags;
} VringEvent;
G_STATIC_ASSERT(sizeof(VringEvent) == 4);

static inline uint16_t vring_load16(const uint8_t *at)
{
    return GUINT16_FROM_LE(__atomic_load_n((const uint16_t *)(const void *)at, __ATOMIC_ACQUIRE));
}

static inline void vring_store16(uint8_t *at, uint16_t value)
{
    __atomic_store_n((uint16_t *)(void *)at, GUINT16_TO_LE(value), __ATOMIC_RELEASE);
}

/** Whether the step from @old to @now, both modulo 2^16, passes @event (virtio 1.2, 2.7.7.1). */
static inline gboolean vring_passes(uint16_t event, uint16_t now, uint16_t old)
{
    return (uint16_t)(now - event - 1) < (uint16_t)(now - old);
}

/** Add what @desc means to @chain; false breaks the queue. */
gboolean virtqueue_chain_add(Virtqueue *vq, VirtqueueChain *chain, const VringDesc *desc);
/** Copy the table that @desc means to vq->table: the number of its entries, 0 breaks the queue. */
unsigned virtqueue_read_table(Virtqueue *vq, const VringDesc *desc);

gboolean virtqueue_split_is_available(Virtqueue *vq);
VirtqueueResult virtqueue_split_take(Virtqueue *vq, VirtqueueChain *chain);
void virtqueue_split_give(Virtqueue *vq, const VirtqueueGiven *given, unsigned count);
gboolean virtqueue_split_wants_interrupt(Virtqueue *vq);
void virtqueue_split_ask_kicks(Virtqueue *vq, gboolean wanted);

gboolean virtqueue_packed_is_available(Virtqueue *vq);
VirtqueueResult virtqueue_packed_take(Virtqueue *vq, VirtqueueChain *chain);
void virtqueue_packed_give(Virtqueue *vq, const VirtqueueGiven *given, unsigned count);
gboolean virtqueue_packed_wants_interrupt(Virtqueue *vq);
void virtqueue_packed_ask_kicks(Virtqueue *vq, gboolean wanted);
