/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/block/block_ring.h"

#include <errno.h>
#include <fcntl.h>
#include <liburing.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "src/base/error.h"
#include "src/base/iov.h"
#include "src/base/log.h"

enum {
    /** Bytes that are copied at a time of a request whose buffers are not aligned. */
    BOUNCE_PART = 1 << 20,
    /** Beside requests: the read of the kick descriptor. */
    EXTRA_ENTRIES = 2,
    /** Not to spin if the kernel refuses to wait. */
    REFUSED_US = 10000,
};

struct BlockRing {
    struct io_uring uring;
    const Disk *disk;
    int kick_fd;
    BlockDoneFn done;
    void *opaque;
    unsigned busy;
    /** Where kicks are read to; a read is under way unless rearm. */
    uint64_t kicks;
    gboolean rearm;
};

/**
 * A ring gets past the filters of system calls: this one does nothing but what disks need,
 * even for who has taken this thread over. Linux has had this since 5.10.
 */
static int uring_restrict(struct io_uring *uring)
{
    static const uint8_t ops[] = {IORING_OP_READ, IORING_OP_READV, IORING_OP_WRITEV,
                                  IORING_OP_FSYNC, IORING_OP_FALLOCATE};
    struct io_uring_restriction allowed[G_N_ELEMENTS(ops)] = {0};

    for (unsigned i = 0; i < G_N_ELEMENTS(ops); i++) {
        allowed[i].opcode = IORING_RESTRICTION_SQE_OP;
        allowed[i].sqe_op = ops[i];
    }
    /* liburing 2.3 has functions for both, but does not export them. */
    if (syscall(SYS_io_uring_register, uring->ring_fd, IORING_REGISTER_RESTRICTIONS, allowed,
                G_N_ELEMENTS(allowed)) ||
        syscall(SYS_io_uring_register, uring->ring_fd, IORING_REGISTER_ENABLE_RINGS, NULL, 0))
        return -errno;
    return 0;
}

static int uring_init(struct io_uring *uring, unsigned entries)
{
    struct io_uring_params params = {0};
    int ret = -EINVAL;

#if defined(IORING_SETUP_SINGLE_ISSUER) && defined(IORING_SETUP_DEFER_TASKRUN)
    params.flags =
        IORING_SETUP_R_DISABLED | IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN;
    ret = io_uring_queue_init_params(entries, uring, &params);
#endif
    /* An older kernel. */
    if (ret == -EINVAL) {
        params = (struct io_uring_params){.flags = IORING_SETUP_R_DISABLED};
        ret = io_uring_queue_init_params(entries, uring, &params);
    }
    if (ret < 0)
        return ret;
    ret = uring_restrict(uring);
    if (ret < 0)
        io_uring_queue_exit(uring);
    return ret;
}

BlockRing *block_ring_new(const Disk *disk, int kick_fd, unsigned depth, BlockDoneFn done,
                          void *opaque, GError **error)
{
    BlockRing *ring = g_new0(BlockRing, 1);
    int ret = uring_init(&ring->uring, depth + EXTRA_ENTRIES);

    if (ret < 0) {
        error_set_errno(error, PAPRIKA_ERROR_HOST, -ret,
                        "cannot make an io_uring, which disks need (is "
                        "kernel.io_uring_disabled set?)");
        g_free(ring);
        return NULL;
    }
    ring->disk = disk;
    ring->kick_fd = kick_fd;
    ring->done = done;
    ring->opaque = opaque;
    ring->rearm = TRUE;
    return ring;
}

void block_ring_free(BlockRing *ring)
{
    if (!ring)
        return;
    io_uring_queue_exit(&ring->uring);
    g_free(ring);
}

unsigned block_ring_busy(const BlockRing *ring) { return ring->busy; }

static struct io_uring_sqe *next_sqe(BlockRing *ring)
{
    struct io_uring_sqe *sqe = io_uring_get_sqe(&ring->uring);

    if (!sqe && io_uring_submit(&ring->uring) >= 0)
        sqe = io_uring_get_sqe(&ring->uring);
    return sqe;
}

static void prepare(const BlockRing *ring, struct io_uring_sqe *sqe, const BlockRequest *request)
{
    const int keep = FALLOC_FL_KEEP_SIZE;
    uint64_t offset = request->offset + request->done;
    gboolean punch = request->op != BLOCK_ZERO || request->punched;
    const struct iovec *iov = request->bounce ? &request->bounce_iov : request->iov;
    unsigned n_iov = request->bounce ? 1 : request->n_iov;

    switch (request->op) {
    case BLOCK_READ:
        io_uring_prep_readv(sqe, ring->disk->fd, iov, n_iov, offset);
        break;
    case BLOCK_WRITE:
        io_uring_prep_writev(sqe, ring->disk->fd, iov, n_iov, offset);
        break;
    case BLOCK_WRITE_THROUGH:
        io_uring_prep_writev2(sqe, ring->disk->fd, iov, n_iov, offset, RWF_DSYNC);
        break;
    case BLOCK_FLUSH:
        io_uring_prep_fsync(sqe, ring->disk->fd, IORING_FSYNC_DATASYNC);
        break;
    case BLOCK_DISCARD:
    case BLOCK_ZERO:
    case BLOCK_ZERO_UNMAP:
        io_uring_prep_fallocate(sqe, ring->disk->fd,
                                keep | (punch ? FALLOC_FL_PUNCH_HOLE : FALLOC_FL_ZERO_RANGE),
                                (off_t)offset, (off_t)request->length);
        break;
    }
}

/** Copy the part that begins at @part between the request's own pieces and the aligned copy. */
static void bounce_copy(const BlockRequest *request, size_t length, gboolean in)
{
    iov_copy(request->iov, request->n_iov, request->part, request->bounce, length, !in);
}

/** Make the aligned copy the part that begins where the request has got to. */
static void bounce_fill(BlockRequest *request)
{
    size_t length = MIN(request->length - request->done, (uint64_t)BOUNCE_PART);

    request->part = request->done;
    request->bounce_iov = (struct iovec){request->bounce, length};
    if (request->op != BLOCK_READ)
        bounce_copy(request, length, TRUE);
}

static void request_end(BlockRing *ring, BlockRequest *request, int err)
{
    ring->busy--;
    free(g_steal_pointer(&request->bounce));
    ring->done(ring->opaque, request, err);
}

/** Hand @request, or what is left of it, to the kernel. */
static void request_issue(BlockRing *ring, BlockRequest *request)
{
    struct io_uring_sqe *sqe = next_sqe(ring);

    if (!sqe) {
        request_end(ring, request, EBUSY);
        return;
    }
    prepare(ring, sqe, request);
    io_uring_sqe_set_data(sqe, request);
}

static gboolean is_transfer(const BlockRequest *request)
{
    return request->op == BLOCK_READ || request->op == BLOCK_WRITE ||
           request->op == BLOCK_WRITE_THROUGH;
}

/** What each piece of a direct transfer must be a multiple of. */
static uint32_t direct_align(const Disk *disk) { return MAX(disk->memory_align, disk->block); }

static gboolean needs_bounce(const BlockRing *ring, const BlockRequest *request)
{
    uintptr_t mask = direct_align(ring->disk) - 1, bits = 0;

    if (!ring->disk->direct || !is_transfer(request))
        return FALSE;
    for (unsigned i = 0; i < request->n_iov; i++)
        bits |= (uintptr_t)request->iov[i].iov_base | request->iov[i].iov_len;
    return (bits & mask) != 0;
}

/** An aligned copy is moved in the place of @request's own pieces, a part at a time. */
static gboolean bounce_begin(BlockRing *ring, BlockRequest *request)
{
    size_t room = MIN(request->length - request->done, (uint64_t)BOUNCE_PART);

    if (posix_memalign(&request->bounce, MAX(direct_align(ring->disk), 4096), room))
        return FALSE;
    bounce_fill(request);
    return TRUE;
}

static void request_begin(BlockRing *ring, BlockRequest *request)
{
    ring->busy++;
    request->bounce = NULL;
    if (request->copied && !bounce_begin(ring, request)) {
        request->bounce = NULL;
        request_end(ring, request, ENOMEM);
        return;
    }
    request_issue(ring, request);
}

void block_ring_submit(BlockRing *ring, BlockRequest *request)
{
    request->done = request->part = 0;
    request->punched = FALSE;
    request->copied = needs_bounce(ring, request);
    request_begin(ring, request);
}

void block_ring_retry(BlockRing *ring, BlockRequest *request)
{
    /* The copy is made anew, and all of that part moved; pieces of the request's own advance. */
    if (request->copied)
        request->done = request->part;
    request_begin(ring, request);
}

/** Drop @bytes at the start of the part; the next follows once all of it is through. */
static void bounce_advance(BlockRequest *request, uint64_t bytes)
{
    request->bounce_iov.iov_base = (uint8_t *)request->bounce_iov.iov_base + bytes;
    request->bounce_iov.iov_len -= bytes;
    if (request->bounce_iov.iov_len)
        return;
    if (request->op == BLOCK_READ)
        bounce_copy(request, request->done - request->part, FALSE);
    if (request->done < request->length)
        bounce_fill(request);
}

/** Drop @bytes at the start of what is to be moved. */
static void advance(BlockRequest *request, uint64_t bytes)
{
    while (request->n_iov && bytes >= request->iov->iov_len) {
        bytes -= request->iov->iov_len;
        request->iov++;
        request->n_iov--;
    }
    if (request->n_iov) {
        request->iov->iov_base = (uint8_t *)request->iov->iov_base + bytes;
        request->iov->iov_len -= bytes;
    }
}

/** A read or write has moved @bytes: go on with the rest. */
static void transfer_moved(BlockRing *ring, BlockRequest *request, uint64_t bytes)
{
    if (!bytes) {
        /* The file has become shorter, or takes no more. */
        request_end(ring, request, request->op == BLOCK_READ ? EIO : ENOSPC);
        return;
    }
    request->done += bytes;
    if (request->bounce)
        bounce_advance(request, bytes);
    else
        advance(request, bytes);
    if (request->done < request->length)
        request_issue(ring, request);
    else
        request_end(ring, request, 0);
}

static void request_completed(BlockRing *ring, BlockRequest *request, int result)
{
    if (result == -EINTR || result == -EAGAIN)
        request_issue(ring, request);
    else if (result == -EOPNOTSUPP && request->op == BLOCK_ZERO && !request->punched) {
        /* A hole reads as zeros as well. */
        request->punched = TRUE;
        request_issue(ring, request);
    } else if (result < 0)
        request_end(ring, request, -result);
    else if (is_transfer(request))
        transfer_moved(ring, request, (uint64_t)result);
    else
        request_end(ring, request, 0);
}

static void arm_kick(BlockRing *ring)
{
    struct io_uring_sqe *sqe = ring->rearm ? next_sqe(ring) : NULL;

    if (!sqe)
        return;
    io_uring_prep_read(sqe, ring->kick_fd, &ring->kicks, sizeof(ring->kicks), 0);
    io_uring_sqe_set_data(sqe, NULL);
    ring->rearm = FALSE;
}

void block_ring_wait(BlockRing *ring)
{
    struct io_uring_cqe *cqe;

    arm_kick(ring);
    int ret = io_uring_submit_and_wait(&ring->uring, 1);
    if (ret < 0 && ret != -EINTR && ret != -EAGAIN && ret != -EBUSY) {
        log_guest("io_uring: %s", g_strerror(-ret));
        g_usleep(REFUSED_US);
    }
    while (io_uring_peek_cqe(&ring->uring, &cqe) == 0) {
        BlockRequest *request = io_uring_cqe_get_data(cqe);
        int result = cqe->res;

        io_uring_cqe_seen(&ring->uring, cqe);
        if (request)
            request_completed(ring, request, result);
        else
            ring->rearm = TRUE;
    }
}
