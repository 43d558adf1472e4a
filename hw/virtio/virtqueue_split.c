/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Split virtqueues (virtio 1.2, 2.7). */
#include <string.h>

#include "hw/virtio/virtqueue_private.h"

/** The driver's event index, behind its ring; the device's, behind its own. */
static uint8_t *used_event(const Virtqueue *vq)
{
    return vq->driver + VRING_AVAIL_RING + 2 * (size_t)vq->size;
}

static uint8_t *avail_event(const Virtqueue *vq)
{
    return vq->device + VRING_USED_RING + sizeof(VringUsed) * vq->size;
}

gboolean virtqueue_split_is_available(Virtqueue *vq)
{
    return vring_load16(vq->driver + VRING_AVAIL_IDX) != vq->next_avail;
}

static VringDesc read_desc(const Virtqueue *vq, unsigned index)
{
    VringDesc desc;

    memcpy(&desc, vq->desc + index * sizeof(desc), sizeof(desc));
    return desc;
}

/** Walk a chain in @table or, where that is NULL, in the ring; at most @count descriptors. */
static gboolean walk(Virtqueue *vq, VirtqueueChain *chain, const VringDesc *table, unsigned count,
                     unsigned index)
{
    for (unsigned steps = 0; steps < count; steps++) {
        if (index >= count)
            return FALSE;
        VringDesc desc = table ? table[index] : read_desc(vq, index);
        uint16_t flags = le16_get(desc.flags);

        if (flags & VRING_DESC_INDIRECT) {
            /* Only as the one descriptor in the ring, and not within a table. */
            unsigned entries = table || steps ? 0 : virtqueue_read_table(vq, &desc);

            return entries && walk(vq, chain, vq->table, entries, 0);
        }
        if (!virtqueue_chain_add(vq, chain, &desc))
            return FALSE;
        if (!(flags & VRING_DESC_NEXT))
            return TRUE;
        index = le16_get(desc.next);
    }
    /* A loop. */
    return FALSE;
}

VirtqueueResult virtqueue_split_take(Virtqueue *vq, VirtqueueChain *chain)
{
    uint16_t waiting = (uint16_t)(vring_load16(vq->driver + VRING_AVAIL_IDX) - vq->next_avail);

    if (!waiting)
        return VIRTQUEUE_EMPTY;
    /* A driver has no more chains out than there are descriptors. */
    if (waiting > vq->size || vq->in_flight >= vq->size)
        return VIRTQUEUE_BROKEN;

    unsigned at = vq->next_avail & (vq->size - 1u);
    uint16_t head = vring_load16(vq->driver + VRING_AVAIL_RING + 2 * (size_t)at);
    chain->id = head;
    chain->n_desc = 1;
    if (!walk(vq, chain, NULL, vq->size, head))
        return VIRTQUEUE_BROKEN;
    vq->next_avail++;
    return VIRTQUEUE_GOT;
}

void virtqueue_split_give(Virtqueue *vq, const VirtqueueGiven *given, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        VringUsed used = {.id = le32_of(given[i].id), .length = le32_of(given[i].written)};
        unsigned at = vq->next_used++ & (vq->size - 1u);

        memcpy(vq->device + VRING_USED_RING + at * sizeof(used), &used, sizeof(used));
    }
    vring_store16(vq->device + VRING_USED_IDX, vq->next_used);
}

gboolean virtqueue_split_wants_interrupt(Virtqueue *vq)
{
    uint16_t old = vq->told_used, now = vq->next_used;
    gboolean first = !vq->told_valid;

    if (!first && old == now)
        return FALSE;
    vq->told_used = now;
    vq->told_valid = TRUE;
    if (!vq->mode.event_idx)
        return !(vring_load16(vq->driver + VRING_AVAIL_FLAGS) & VRING_AVAIL_NO_INTERRUPT);
    return first || vring_passes(vring_load16(used_event(vq)), now, old);
}

void virtqueue_split_ask_kicks(Virtqueue *vq, gboolean wanted)
{
    if (!vq->mode.event_idx)
        vring_store16(vq->device + VRING_USED_FLAGS, wanted ? 0 : VRING_USED_NO_NOTIFY);
    else if (wanted)
        vring_store16(avail_event(vq), vq->next_avail);
    /* Else what stands there is behind what was taken, and asks for nothing. */
}
