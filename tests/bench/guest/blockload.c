// SPDX-License-Identifier: GPL-2.0-or-later
//
// blockload FILE read|write DEPTH COUNT MIB [signal]: COUNT requests of 4 KiB at random places in
// the first MIB of FILE, DEPTH of them at a time, by io_uring. As a guest's load they go past its
// page cache. With "signal", on the host, they do not, and an eventfd is signalled for each: the
// least that a VMM has to do for a request.

#include "tests/lab/guest/plain.h"

#include <linux/fcntl.h>
#include <linux/io_uring.h>
#include <linux/mman.h>
#include <linux/time.h>
#include <linux/time_types.h>

enum { BLOCK = 4096, DEPTH_MAX = 64, RING = 64 };

typedef struct {
    long fd;
    uint32_t *sq_tail, *sq_mask, *sq_array, *cq_head, *cq_tail, *cq_mask;
    struct io_uring_sqe *sqes;
    struct io_uring_cqe *cqes;
    uint32_t queued;
} Ring;

static void *map(size_t size, int flags, long fd, uint64_t offset)
{
    return (void *)must(
        call6(__NR_mmap, 0, (long)size, PROT_READ | PROT_WRITE, flags, fd, (long)offset), "mmap");
}

static void ring_open(Ring *ring)
{
    struct io_uring_params params;

    memset(&params, 0, sizeof(params));
    ring->fd = must(call(__NR_io_uring_setup, RING, (long)&params, 0), "io_uring_setup");
    size_t sq_size = params.sq_off.array + params.sq_entries * sizeof(uint32_t);
    size_t cq_size = params.cq_off.cqes + params.cq_entries * sizeof(struct io_uring_cqe);
    char *rings = map(sq_size > cq_size ? sq_size : cq_size, MAP_SHARED | MAP_POPULATE, ring->fd,
                      IORING_OFF_SQ_RING);

    ring->sqes = map(params.sq_entries * sizeof(struct io_uring_sqe), MAP_SHARED | MAP_POPULATE,
                     ring->fd, IORING_OFF_SQES);
    ring->sq_tail = (uint32_t *)(rings + params.sq_off.tail);
    ring->sq_mask = (uint32_t *)(rings + params.sq_off.ring_mask);
    ring->sq_array = (uint32_t *)(rings + params.sq_off.array);
    ring->cq_head = (uint32_t *)(rings + params.cq_off.head);
    ring->cq_tail = (uint32_t *)(rings + params.cq_off.tail);
    ring->cq_mask = (uint32_t *)(rings + params.cq_off.ring_mask);
    ring->cqes = (struct io_uring_cqe *)(rings + params.cq_off.cqes);
    ring->queued = 0;
}

static uint64_t next_random(void)
{
    static uint64_t state = 0x9e3779b97f4a7c15;

    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

static uint64_t cpu_time(void)
{
    struct __kernel_timespec now;

    must(call(__NR_clock_gettime, CLOCK_PROCESS_CPUTIME_ID, (long)&now, 0), "clock_gettime");
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static void queue(Ring *ring, uint8_t opcode, long file, char *buffers, uint32_t slot,
                  uint64_t blocks)
{
    uint32_t tail = *ring->sq_tail, index = tail & *ring->sq_mask;
    struct io_uring_sqe *sqe = &ring->sqes[index];

    memset(sqe, 0, sizeof(*sqe));
    sqe->opcode = opcode;
    sqe->fd = (int)file;
    sqe->addr = (uintptr_t)(buffers + (size_t)slot * BLOCK);
    sqe->len = BLOCK;
    sqe->off = next_random() % blocks * BLOCK;
    sqe->user_data = slot;
    ring->sq_array[index] = index;
    __atomic_store_n(ring->sq_tail, tail + 1, __ATOMIC_RELEASE);
    ring->queued++;
}

static int plain_main(int argc, char **argv)
{
    if (argc < 6)
        return 2;
    bool write = same(argv[2], "write"), signal = argc > 6 && same(argv[6], "signal");
    uint64_t depth = parse_number(argv[3]), count = parse_number(argv[4]),
             blocks = parse_number(argv[5]) * 256;
    uint64_t asked = 0, done = 0, one = 1;
    uint8_t opcode = write ? IORING_OP_WRITE : IORING_OP_READ;
    Ring ring;

    if (!depth || depth > DEPTH_MAX || !blocks)
        return 2;
    long file = must(call(__NR_open, (long)argv[1], O_RDWR | (signal ? 0 : O_DIRECT), 0), argv[1]);
    long event = signal ? must(call(__NR_eventfd2, 0, 0, 0), "eventfd") : -1;
    char *buffers = map(DEPTH_MAX * BLOCK, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    ring_open(&ring);
    uint64_t begin = cpu_time();
    for (; asked < depth && asked < count; asked++)
        queue(&ring, opcode, file, buffers, (uint32_t)asked, blocks);
    while (done < count) {
        long taken =
            must(call6(__NR_io_uring_enter, ring.fd, ring.queued, 1, IORING_ENTER_GETEVENTS, 0, 0),
                 "io_uring_enter");
        uint32_t head = *ring.cq_head;

        ring.queued -= (uint32_t)taken;
        for (; head != __atomic_load_n(ring.cq_tail, __ATOMIC_ACQUIRE); head++, done++) {
            struct io_uring_cqe *cqe = &ring.cqes[head & *ring.cq_mask];

            if (cqe->res != BLOCK)
                must(cqe->res < 0 ? cqe->res : -5, "request");
            if (signal)
                call(__NR_write, event, (long)&one, sizeof(one));
            if (asked < count) {
                queue(&ring, opcode, file, buffers, (uint32_t)cqe->user_data, blocks);
                asked++;
            }
        }
        __atomic_store_n(ring.cq_head, head, __ATOMIC_RELEASE);
    }
    say_value("blockload: nanoseconds", cpu_time() - begin);
    say_value("blockload: requests", done);
    return 0;
}
