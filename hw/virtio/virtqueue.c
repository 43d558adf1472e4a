/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hw/virtio/virtqueue.h"

#include "hw/virtio/virtqueue_private.h"
#include "src/base/event_fd.h"

/** Of one chain, in all its pieces. */
#define CHAIN_MAX_BYTES (UINT64_C(1) << 32)

void virtqueue_init(Virtqueue *vq)
{
    *vq = (Virtqueue){.kick_fd = -1};
    virtqueue_reset(vq);
}

void virtqueue_reset(Virtqueue *vq)
{
    vq->size = VIRTQUEUE_MAX_SIZE;
    vq->vector = VIRTQUEUE_NO_VECTOR;
    vq->enabled = FALSE;
    vq->desc_addr = vq->driver_addr = vq->device_addr = 0;
    vq->broken = FALSE;
    vq->desc = vq->driver = vq->device = NULL;
}

void virtqueue_finish(Virtqueue *vq)
{
    g_clear_pointer(&vq->table, g_free);
    g_clear_pointer(&vq->iov, g_free);
}

void virtqueue_kick(const Virtqueue *vq)
{
    if (vq->kick_fd >= 0)
        event_fd_signal(vq->kick_fd);
}

gboolean virtqueue_registers_ok(const Virtqueue *vq, const VirtqueueMode *mode)
{
    uint64_t driver_align = mode->packed ? 4 : 2;

    if (!vq->size || vq->size > VIRTQUEUE_MAX_SIZE)
        return FALSE;
    if (!mode->packed && vq->size & (vq->size - 1))
        return FALSE;
    return vq->desc_addr % 16 == 0 && vq->driver_addr % driver_align == 0 &&
           vq->device_addr % 4 == 0;
}

gboolean virtqueue_begin(Virtqueue *vq, const DmaSpace *dma, const VirtqueueMode *mode)
{
    uint64_t size = vq->size;
    uint64_t driver = mode->packed ? sizeof(VringEvent) : VRING_AVAIL_RING + 2 * size + 2;
    uint64_t device = mode->packed ? sizeof(VringEvent) : VRING_USED_RING + 8 * size + 2;

    vq->dma = dma;
    vq->mode = *mode;
    vq->next_avail = vq->next_used = 0;
    vq->avail_wrap = vq->used_wrap = TRUE;
    vq->told_valid = FALSE;
    vq->in_flight = 0;
    if (!vq->table) {
        vq->table = g_new(VringDesc, VIRTQUEUE_MAX_IOV);
        vq->iov = g_new(struct iovec, VIRTQUEUE_MAX_IOV);
    }
    /* Each part is written by one side only, but for the descriptors of a packed ring. */
    vq->desc = dma_ptr(dma, vq->desc_addr, size * sizeof(VringDesc), FALSE);
    if (vq->desc && mode->packed)
        vq->desc = dma_ptr(dma, vq->desc_addr, size * sizeof(VringDesc), TRUE);
    vq->driver = dma_ptr(dma, vq->driver_addr, driver, FALSE);
    vq->device = dma_ptr(dma, vq->device_addr, device, TRUE);
    vq->broken = !virtqueue_registers_ok(vq, mode) || !vq->desc || !vq->driver || !vq->device;
    return !vq->broken;
}

gboolean virtqueue_chain_add(Virtqueue *vq, VirtqueueChain *chain, const VringDesc *desc)
{
    gboolean write = (le16_get(desc->flags) & VRING_DESC_WRITE) != 0;
    uint64_t addr = le64_get(desc->addr);
    uint32_t length = le32_get(desc->length);
    /* Pieces of different kinds are never made one, even if they touch. */
    unsigned base = write ? chain->n_readable : 0;
    unsigned *count = write ? &chain->n_writable : &chain->n_readable;

    if (!write && chain->n_writable)
        return FALSE;
    /* A driver may not ask for more (virtio 1.2, 2.7.5); it bounds what a chain costs as well. */
    if (chain->readable_bytes + chain->writable_bytes + length > CHAIN_MAX_BYTES)
        return FALSE;
    if (!dma_map(vq->dma, addr, length, write, vq->iov + base, VIRTQUEUE_MAX_IOV - base, count))
        return FALSE;
    *(write ? &chain->writable_bytes : &chain->readable_bytes) += length;
    return TRUE;
}

unsigned virtqueue_read_table(Virtqueue *vq, const VringDesc *desc)
{
    uint32_t length = le32_get(desc->length);
    uint32_t count = length / (uint32_t)sizeof(VringDesc);

    if (!vq->mode.indirect || le16_get(desc->flags) & VRING_DESC_NEXT ||
        length % sizeof(VringDesc) || !count || count > VIRTQUEUE_MAX_IOV ||
        !dma_read(vq->dma, le64_get(desc->addr), vq->table, length))
        return 0;
    return count;
}

VirtqueueResult virtqueue_take(Virtqueue *vq, VirtqueueChain *chain)
{
    if (vq->broken)
        return VIRTQUEUE_BROKEN;

    *chain = (VirtqueueChain){.iov = vq->iov};
    VirtqueueResult result =
        vq->mode.packed ? virtqueue_packed_take(vq, chain) : virtqueue_split_take(vq, chain);
    if (result == VIRTQUEUE_GOT)
        vq->in_flight += chain->n_desc;
    else if (result == VIRTQUEUE_BROKEN)
        vq->broken = TRUE;
    return result;
}

void virtqueue_give_all(Virtqueue *vq, const VirtqueueGiven *given, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        vq->in_flight -= given[i].n_desc;
    if (vq->broken)
        return;
    if (vq->mode.packed)
        virtqueue_packed_give(vq, given, count);
    else
        virtqueue_split_give(vq, given, count);
}

void virtqueue_give(Virtqueue *vq, uint16_t id, uint16_t n_desc, uint32_t written)
{
    virtqueue_give_all(vq, &(VirtqueueGiven){id, n_desc, written}, 1);
}

gboolean virtqueue_wants_interrupt(Virtqueue *vq)
{
    if (vq->broken)
        return FALSE;
    /* What was given back is seen before the driver's wish is read. */
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    return vq->mode.packed ? virtqueue_packed_wants_interrupt(vq)
                           : virtqueue_split_wants_interrupt(vq);
}

gboolean virtqueue_ask_kicks(Virtqueue *vq, gboolean wanted)
{
    if (vq->broken)
        return FALSE;
    if (vq->mode.packed)
        virtqueue_packed_ask_kicks(vq, wanted);
    else
        virtqueue_split_ask_kicks(vq, wanted);
    if (!wanted)
        return FALSE;
    /* The wish is seen before the ring is looked at for the last time. */
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    return vq->mode.packed ? virtqueue_packed_is_available(vq) : virtqueue_split_is_available(vq);
}
