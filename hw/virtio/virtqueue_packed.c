/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Packed virtqueues (virtio 1.2, 2.8). */
#include <stddef.h>
#include <string.h>

#include "hw/virtio/virtqueue_private.h"

enum { EVENT_WRAP = 1 << 15, EVENT_OFFSET = EVENT_WRAP - 1 };

static uint8_t *desc_at(const Virtqueue *vq, unsigned index)
{
    return vq->desc + index * sizeof(VringPackedDesc);
}

/** Whether descriptor @index is the device's, by flags that @wrap gives their meaning. */
static gboolean is_available(const Virtqueue *vq, unsigned index, gboolean wrap)
{
    uint16_t flags = vring_load16(desc_at(vq, index) + offsetof(VringPackedDesc, flags));
    gboolean avail = (flags & VRING_PACKED_AVAIL) != 0, used = (flags & VRING_PACKED_USED) != 0;

    return avail == wrap && used != wrap;
}

gboolean virtqueue_packed_is_available(Virtqueue *vq)
{
    return is_available(vq, vq->next_avail, vq->avail_wrap);
}

/** As a split ring's descriptor. */
static VringDesc plain_desc(const VringPackedDesc *packed)
{
    return (VringDesc){packed->addr, packed->length, packed->flags, {0}};
}

/** Add the table that @desc means; in it descriptors just follow each other. */
static gboolean add_table(Virtqueue *vq, VirtqueueChain *chain, const VringDesc *desc)
{
    unsigned entries = virtqueue_read_table(vq, desc);

    for (unsigned i = 0; i < entries; i++) {
        VringPackedDesc packed;

        memcpy(&packed, &vq->table[i], sizeof(packed));
        VringDesc entry = plain_desc(&packed);
        if (!virtqueue_chain_add(vq, chain, &entry))
            return FALSE;
    }
    return entries > 0;
}

static void step(const Virtqueue *vq, uint16_t *index, gboolean *wrap, unsigned count)
{
    unsigned next = *index + count;

    if (next >= vq->size) {
        next -= vq->size;
        *wrap = !*wrap;
    }
    *index = (uint16_t)next;
}

/** Add the descriptor at @index, the first of its chain or a further one. */
static gboolean add_desc(Virtqueue *vq, VirtqueueChain *chain, unsigned index, uint16_t *flags)
{
    VringPackedDesc packed;

    /* A driver has no more out than there are descriptors. */
    if (chain->n_desc + vq->in_flight >= vq->size)
        return FALSE;
    memcpy(&packed, desc_at(vq, index), sizeof(packed));
    *flags = le16_get(packed.flags);
    chain->id = le16_get(packed.id);

    VringDesc desc = plain_desc(&packed);
    if (*flags & VRING_DESC_INDIRECT ? chain->n_desc || !add_table(vq, chain, &desc)
                                     : !virtqueue_chain_add(vq, chain, &desc))
        return FALSE;
    chain->n_desc++;
    return TRUE;
}

VirtqueueResult virtqueue_packed_take(Virtqueue *vq, VirtqueueChain *chain)
{
    uint16_t index = vq->next_avail, flags;
    gboolean wrap = vq->avail_wrap;

    if (!is_available(vq, index, wrap))
        return VIRTQUEUE_EMPTY;
    do {
        /* The first one's flags vouch for the whole chain. */
        if (!add_desc(vq, chain, index, &flags))
            return VIRTQUEUE_BROKEN;
        step(vq, &index, &wrap, 1);
    } while (flags & VRING_DESC_NEXT);

    vq->next_avail = index;
    vq->avail_wrap = wrap;
    return VIRTQUEUE_GOT;
}

/** The flags by which a descriptor of next_used's is seen as given back. */
static uint16_t used_flags(const Virtqueue *vq, const VirtqueueGiven *given)
{
    uint16_t flags = vq->used_wrap ? VRING_PACKED_AVAIL | VRING_PACKED_USED : 0;

    return (uint16_t)(flags | (given->written ? VRING_DESC_WRITE : 0));
}

void virtqueue_packed_give(Virtqueue *vq, const VirtqueueGiven *given, unsigned count)
{
    uint8_t *first = desc_at(vq, vq->next_used) + offsetof(VringPackedDesc, flags);
    uint16_t first_flags = used_flags(vq, given);

    for (unsigned i = 0; i < count; i++) {
        uint8_t *at = desc_at(vq, vq->next_used);
        VringPackedDesc used = {.length = le32_of(given[i].written), .id = le16_of(given[i].id)};

        memcpy(at + offsetof(VringPackedDesc, length), &used.length, sizeof(used.length));
        memcpy(at + offsetof(VringPackedDesc, id), &used.id, sizeof(used.id));
        if (i)
            vring_store16(at + offsetof(VringPackedDesc, flags), used_flags(vq, &given[i]));
        step(vq, &vq->next_used, &vq->used_wrap, given[i].n_desc);
    }
    /* A driver does not look behind the first one before that is given back. */
    vring_store16(first, first_flags);
}

gboolean virtqueue_packed_wants_interrupt(Virtqueue *vq)
{
    uint16_t old = vq->told_used, now = vq->next_used;
    gboolean first = !vq->told_valid, old_wrap = vq->told_wrap;

    if (!first && old == now && old_wrap == vq->used_wrap)
        return FALSE;
    vq->told_used = now;
    vq->told_wrap = vq->used_wrap;
    vq->told_valid = TRUE;

    uint16_t flags = vring_load16(vq->driver + offsetof(VringEvent, flags));
    uint16_t off_wrap = vring_load16(vq->driver + offsetof(VringEvent, off_wrap));
    if (flags == VRING_EVENT_DISABLE)
        return FALSE;
    if (flags != VRING_EVENT_DESC || !vq->mode.event_idx || first)
        return TRUE;

    /* Places on a line on which the ring follows itself: was the event's passed? */
    int event = off_wrap & EVENT_OFFSET;
    if (((off_wrap & EVENT_WRAP) != 0) != vq->used_wrap)
        event -= vq->size;
    int from = old_wrap == vq->used_wrap ? old : old - (int)vq->size;
    return vring_passes((uint16_t)event, now, (uint16_t)from);
}

void virtqueue_packed_ask_kicks(Virtqueue *vq, gboolean wanted)
{
    uint8_t *flags = vq->device + offsetof(VringEvent, flags);

    if (wanted && vq->mode.event_idx) {
        vring_store16(vq->device + offsetof(VringEvent, off_wrap),
                      (uint16_t)(vq->next_avail | (vq->avail_wrap ? EVENT_WRAP : 0)));
        vring_store16(flags, VRING_EVENT_DESC);
    } else {
        vring_store16(flags, wanted ? VRING_EVENT_ENABLE : VRING_EVENT_DISABLE);
    }
}
