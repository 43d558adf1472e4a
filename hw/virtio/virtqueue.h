/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A virtqueue (virtio 1.2, 2.6 to 2.8), split or packed, from the device's side.
 *
 * The ring lies in guest memory and is the guest's to write at any time: each
 * field is read once, and checked before it is used. What no driver would do
 * breaks the queue; then the device needs a reset.
 *
 * The registers are the transport's, under the device's lock, while the device
 * does not run; the rest belongs to the one thread that serves the queue.
 */
#pragma once

#include <stdint.h>
#include <sys/uio.h>

#include <glib.h>

#include "src/base/dma.h"

enum {
    VIRTQUEUE_MAX_SIZE = 256,
    /** Pieces of host memory of one chain at most; what needs more breaks the queue. */
    VIRTQUEUE_MAX_IOV = 1024,
    VIRTQUEUE_NO_VECTOR = 0xffff,
};

/** How the ring is laid out, as was negotiated. */
typedef struct {
    gboolean packed, indirect, event_idx;
} VirtqueueMode;

struct VringDesc;

typedef struct {
    /* Registers. */
    uint16_t size, vector;
    gboolean enabled;
    uint64_t desc_addr, driver_addr, device_addr;

    /** Written for each kick; whoever serves the queue reads it. -1: none. Constant. */
    int kick_fd;

    /* The serving thread's, from virtqueue_begin() on. */
    const DmaSpace *dma;
    VirtqueueMode mode;
    gboolean broken;
    uint8_t *desc, *driver, *device;
    /** Next entry to look at, and to fill; packed: with their wrap counters. */
    uint16_t next_avail, next_used;
    gboolean avail_wrap, used_wrap;
    /** Where next_used was when the driver was last told, if it was. */
    uint16_t told_used;
    gboolean told_wrap, told_valid;
    /** Descriptors of chains that were taken and not given back. */
    unsigned in_flight;
    /** Scratch of one chain; owned. */
    struct VringDesc *table;
    struct iovec *iov;
} Virtqueue;

/** One request: readable pieces first, then writable ones. Valid until the next chain is taken. */
typedef struct {
    uint16_t id;
    /** Descriptors of the ring that it takes up. */
    uint16_t n_desc;
    unsigned n_readable, n_writable;
    /** n_readable + n_writable of them. */
    struct iovec *iov;
    uint64_t readable_bytes, writable_bytes;
} VirtqueueChain;

typedef enum {
    VIRTQUEUE_EMPTY,
    VIRTQUEUE_GOT,
    VIRTQUEUE_BROKEN,
} VirtqueueResult;

/** Registers as after a reset; there is no kick descriptor yet. */
void virtqueue_init(Virtqueue *vq);
void virtqueue_reset(Virtqueue *vq);
/** Free what virtqueue_begin() made. */
void virtqueue_finish(Virtqueue *vq);

/** Have who serves the queue look at it; what has no descriptor for it is not kicked. Any thread.
 */
void virtqueue_kick(const Virtqueue *vq);

/** Whether the ring's addresses and size are such as a driver may set. */
gboolean virtqueue_registers_ok(const Virtqueue *vq, const VirtqueueMode *mode);

/**
 * Find the ring in memory and begin at its start. False if it is not all there:
 * the queue is broken. Keeps @dma.
 */
gboolean virtqueue_begin(Virtqueue *vq, const DmaSpace *dma, const VirtqueueMode *mode);

/** Take the next chain. */
VirtqueueResult virtqueue_take(Virtqueue *vq, VirtqueueChain *chain);

/** One chain that is given back; see virtqueue_give(). */
typedef struct {
    uint16_t id, n_desc;
    uint32_t written;
} VirtqueueGiven;

/** Give @count chains back, at least one, of which the driver sees all or none. */
void virtqueue_give_all(Virtqueue *vq, const VirtqueueGiven *given, unsigned count);
/** Give a chain back, @written bytes of its writable part filled; the driver is not told yet. */
void virtqueue_give(Virtqueue *vq, uint16_t id, uint16_t n_desc, uint32_t written);

/** Whether the driver wants to be told of what was given back since this was last asked. */
gboolean virtqueue_wants_interrupt(Virtqueue *vq);

/**
 * Ask the driver for kicks, or to do without: only a hint. When they were asked
 * for, there may be chains already that no kick will come for: true.
 */
gboolean virtqueue_ask_kicks(Virtqueue *vq, gboolean wanted);
