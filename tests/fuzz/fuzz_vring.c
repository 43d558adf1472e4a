/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rings that a hostile driver writes: whatever stands in them, taking and giving
 * back ends, what is taken is memory of the guest's, and a broken queue stays so.
 *
 * Input: one byte for the layout, two for the size, then the contents of the
 * descriptors' page, driver's area and device's area in turn: records of a place
 * (2 bytes), a length (1 byte) and what is written there. A zero length takes chains.
 */
#include "hw/virtio/virtqueue.h"
#include "src/base/guest_mem.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/fuzz_ring.h"

enum {
    MEMORY = 1 << 20,
    DESC = 0x1000,
    DRIVER = 0x3000,
    DEVICE = 0x4000,
    WRITABLE = 0x8000,
    MAX_TAKEN = 4096,
};

static void check_chain(const GuestMem *mem, const VirtqueueChain *chain)
{
    const uint8_t *start = guest_mem_ptr(mem, 0, MEMORY);
    uint64_t readable = 0, writable = 0;

    check(chain->n_readable + chain->n_writable <= VIRTQUEUE_MAX_IOV, "too many pieces");
    for (unsigned i = 0; i < chain->n_readable + chain->n_writable; i++) {
        const uint8_t *base = chain->iov[i].iov_base;

        check(base >= start && base < start + MEMORY &&
                  chain->iov[i].iov_len <= (size_t)(start + MEMORY - base),
              "a piece is outside of memory");
        *(i < chain->n_readable ? &readable : &writable) += chain->iov[i].iov_len;
    }
    check(readable == chain->readable_bytes && writable == chain->writable_bytes,
          "lengths do not add up");
}

/** Take what there is; give back every second one, the last first. */
static void take_all(Virtqueue *vq, const GuestMem *mem)
{
    VirtqueueChain chain;
    unsigned taken = 0;

    virtqueue_ask_kicks(vq, FALSE);
    while (taken++ < MAX_TAKEN && virtqueue_take(vq, &chain) == VIRTQUEUE_GOT) {
        check(vq->in_flight <= vq->size, "more in flight than there are descriptors");
        check_chain(mem, &chain);
        if (taken % 2)
            virtqueue_give(vq, chain.id, chain.n_desc, taken);
    }
    virtqueue_wants_interrupt(vq);
    virtqueue_ask_kicks(vq, TRUE);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    FuzzInput in = {data, size};
    uint8_t layout = fuzz_take_byte(&in);
    VirtqueueMode mode = {
        .packed = layout & 1, .indirect = (layout & 2) != 0, .event_idx = (layout & 4) != 0};
    GuestMem *mem = guest_mem_new(NULL);
    DmaSpace dma = {.mem = mem};
    Virtqueue vq;

    check(guest_mem_add(mem, 0, MEMORY, NULL), "no memory");
    virtqueue_init(&vq);
    vq.size = (uint16_t)fuzz_take_bytes(&in, 2);
    vq.desc_addr = DESC;
    vq.driver_addr = DRIVER;
    vq.device_addr = DEVICE;
    if (virtqueue_begin(&vq, &dma, &mode)) {
        while (in.left) {
            uint64_t at = fuzz_take_bytes(&in, 2) % WRITABLE;
            uint8_t length = fuzz_take_byte(&in);

            if (!length)
                take_all(&vq, mem);
            fuzz_poke(&in, mem, at, length);
        }
        take_all(&vq, mem);
        if (vq.broken) {
            VirtqueueChain chain;
            check(virtqueue_take(&vq, &chain) == VIRTQUEUE_BROKEN, "a broken queue goes on");
        }
    }
    virtqueue_finish(&vq);
    guest_mem_free(mem);
    return 0;
}

/** Two chains of three descriptors, as a driver writes them, in each layout. */
size_t fuzz_seed(unsigned index, uint8_t *buffer, size_t room)
{
    uint8_t *to = buffer;
    gboolean packed = index & 1, indirect = (index & 2) != 0;

    if (index >= 8 || room < 512)
        return 0;
    fuzz_put(&to, index, 1, FALSE);
    fuzz_put(&to, 8, 2, FALSE);
    fuzz_put(&to, indirect ? 0x6000 : DESC, 2, FALSE);
    fuzz_put(&to, 6 * 16, 1, FALSE);
    for (unsigned i = 0; i < 6; i++) {
        uint16_t flags = (uint16_t)((i % 3 < 2 && (!packed || !indirect) ? 1 : 0) |
                                    (i % 3 == 2 ? 2 : 0) | (packed && !indirect ? 1 << 7 : 0));
        if (packed)
            fuzz_put_desc(&to, 0x40000 + 0x1000 * i, 512, (uint16_t)(i / 3 * 3), flags);
        else
            fuzz_put_desc(&to, 0x40000 + 0x1000 * i, 512, flags,
                          (uint16_t)(indirect ? i % 3 + 1 : i + 1));
    }
    if (indirect) {
        fuzz_put(&to, DESC, 2, FALSE);
        fuzz_put(&to, 2 * 16, 1, FALSE);
        for (unsigned i = 0; i < 2; i++) {
            uint16_t flags = (uint16_t)(4 | (packed ? 1 << 7 : 0));
            fuzz_put_desc(&to, 0x6000 + 48 * i, 48, (uint16_t)(packed ? i : flags),
                          (uint16_t)(packed ? flags : 0));
        }
    }
    if (!packed) {
        fuzz_put(&to, DRIVER, 2, FALSE);
        fuzz_put(&to, 8, 1, FALSE);
        fuzz_put(&to, 0, 2, TRUE);
        fuzz_put(&to, 2, 2, TRUE);
        fuzz_put(&to, 0, 2, TRUE);
        fuzz_put(&to, indirect ? 1 : 3, 2, TRUE);
    }
    fuzz_put(&to, 0, 3, FALSE);
    return (size_t)(to - buffer);
}
