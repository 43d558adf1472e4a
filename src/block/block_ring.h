/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Requests to a disk by io_uring, for one thread, which waits for their ends and
 * for kicks of an eventfd in one system call.
 */
#pragma once

#include <stdint.h>
#include <sys/uio.h>

#include <glib.h>

#include "src/block/disk.h"

typedef enum {
    BLOCK_READ,
    BLOCK_WRITE,
    /** A write that is on stable storage when it ends. */
    BLOCK_WRITE_THROUGH,
    BLOCK_FLUSH,
    BLOCK_DISCARD,
    BLOCK_ZERO,
    /** As BLOCK_ZERO, and give the space back where that is possible. */
    BLOCK_ZERO_UNMAP,
} BlockOp;

/** One request; the caller's until its end, but for the last fields. */
typedef struct {
    BlockOp op;
    /** Bytes, within the disk, multiples of its block. */
    uint64_t offset, length;
    /** length bytes of memory, for reads and writes; the ring changes the entries. */
    struct iovec *iov;
    unsigned n_iov;

    /* The ring's. */
    uint64_t done;
    /** An aligned copy, if it is copied; and where in the request what it holds begins. */
    void *bounce;
    uint64_t part;
    struct iovec bounce_iov;
    gboolean copied, punched;
} BlockRequest;

typedef struct BlockRing BlockRing;

/** @request has ended: with 0, or a positive errno. On the ring's thread. */
typedef void (*BlockDoneFn)(void *opaque, BlockRequest *request, int err);

/**
 * A ring for up to @depth requests at a time; keeps @disk and @kick_fd, which
 * blocks. The thread that calls this is the only one that may use it.
 */
BlockRing *block_ring_new(const Disk *disk, int kick_fd, unsigned depth, BlockDoneFn done,
                          void *opaque, GError **error);
/** No request is under way. NULL is fine. */
void block_ring_free(BlockRing *ring);

/** Take up @request; it may end within this call. It is the kernel's only at the next wait. */
void block_ring_submit(BlockRing *ring, BlockRequest *request);

/** Take up @request again, which has ended with an error: what was moved stays moved. */
void block_ring_retry(BlockRing *ring, BlockRequest *request);

/** Wait until there is a kick, which is taken, or a request has ended; done() is called for all. */
void block_ring_wait(BlockRing *ring);

/** Requests that have not ended. */
unsigned block_ring_busy(const BlockRing *ring);
