/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hw/virtio/virtio_blk.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "hw/virtio/virtio_worker.h"
#include "src/base/endian.h"
#include "src/base/iov.h"
#include "src/base/log.h"
#include "src/block/block_ring.h"

#define BLK_F_SIZE_MAX (UINT64_C(1) << 1)
#define BLK_F_SEG_MAX (UINT64_C(1) << 2)
#define BLK_F_RO (UINT64_C(1) << 5)
#define BLK_F_BLK_SIZE (UINT64_C(1) << 6)
#define BLK_F_FLUSH (UINT64_C(1) << 9)
#define BLK_F_MQ (UINT64_C(1) << 12)
#define BLK_F_DISCARD (UINT64_C(1) << 13)
#define BLK_F_WRITE_ZEROES (UINT64_C(1) << 14)

enum {
    TYPE_IN = 0,
    TYPE_OUT = 1,
    TYPE_FLUSH = 4,
    TYPE_GET_ID = 8,
    TYPE_DISCARD = 11,
    TYPE_WRITE_ZEROES = 13,

    STATUS_OK = 0,
    STATUS_IOERR = 1,
    STATUS_UNSUPPORTED = 2,

    RANGE_UNMAP = 1,

    /** Data segments of a request, beside header and status; each within VIRTQUEUE_MAX_IOV. */
    SEG_MAX = VIRTQUEUE_MAX_SIZE - 2,
    /**
     * Through pages of 4 KiB a segment falls into up to 17 pieces: fewer and shorter
     * ones then, but no shorter than a page of the guest's, which Linux insists on.
     */
    SEG_MAX_IOMMU = 56,
    SIZE_MAX_IOMMU = 64 << 10,
    /** Sectors of one discard: 1 GiB. */
    RANGE_MAX = 1 << 21,
};

/** The device's configuration. */
typedef struct {
    le64 capacity;
    le32 size_max, seg_max;
    uint8_t geometry[4];
    le32 blk_size;
    uint8_t physical_block_exp, alignment_offset;
    le16 min_io_size;
    le32 opt_io_size;
    uint8_t writeback, unused0;
    le16 num_queues;
    le32 max_discard_sectors, max_discard_seg, discard_sector_alignment;
    le32 max_write_zeroes_sectors, max_write_zeroes_seg;
    uint8_t write_zeroes_may_unmap, unused1[3];
} BlkConfig;
/** Without what pads the structure. */
enum { BLK_CONFIG_SIZE = 60 };
G_STATIC_ASSERT(offsetof(BlkConfig, unused1) + 3 == BLK_CONFIG_SIZE);

typedef struct {
    le32 type, reserved;
    le64 sector;
} BlkHeader;
G_STATIC_ASSERT(sizeof(BlkHeader) == 16);

/** What a discard is about. */
typedef struct {
    le64 sector;
    le32 count, flags;
} BlkRange;
G_STATIC_ASSERT(sizeof(BlkRange) == 16);

typedef struct {
    VirtioDevice dev;
    Disk *disk;
    char serial[VIRTIO_BLK_SERIAL_SIZE];
    /** VirtioBlkConfig's. */
    void (*halt)(void *opaque);
    void *halt_opaque;
    VirtioWorker *workers;
    /** Workers that still run; see VirtioWorker. */
    unsigned running;
    /** Atomic: virtio_blk_failure(). */
    int failure;
} VirtioBlk;

/** One queue's, its worker's thread. */
typedef struct {
    VirtioBlk *blk;
    BlockRing *ring;
    /** BlkRequests that failed and wait for the machine to go on; at most a queue full. */
    GPtrArray *held;
    /** Atomic: it does. */
    int resumed;
    /** Atomic fields, which others read. */
    VirtioBlkStats stats;
} BlkQueue;

typedef struct {
    /** First: the ring gives it back. */
    BlockRequest io;
    BlkQueue *queue;
    VirtioWorker *worker;
    uint16_t id, n_desc;
    uint8_t *status;
    /** Bytes before the status that the request fills when it ends well. */
    uint32_t fills;
    struct iovec iov[];
} BlkRequest;

static VirtioBlk *blk_of(VirtioDevice *dev)
{
    return (VirtioBlk *)((uint8_t *)dev - offsetof(VirtioBlk, dev));
}

/** Move @length bytes from the front of @iov to @data; false if there are fewer. */
static gboolean take_front(struct iovec **iov, unsigned *count, void *data, size_t length)
{
    uint8_t *to = data;

    while (length && *count) {
        size_t part = MIN(length, (*iov)->iov_len);

        memcpy(to, (*iov)->iov_base, part);
        to += part;
        length -= part;
        (*iov)->iov_base = (uint8_t *)(*iov)->iov_base + part;
        (*iov)->iov_len -= part;
        if (!(*iov)->iov_len) {
            (*iov)++;
            (*count)--;
        }
    }
    return length == 0;
}

/** The last byte of @iov, which is then one shorter; NULL if there is none. */
static uint8_t *take_last_byte(struct iovec *iov, unsigned *count)
{
    if (!*count)
        return NULL;
    struct iovec *last = &iov[*count - 1];
    uint8_t *byte = (uint8_t *)last->iov_base + --last->iov_len;

    if (!last->iov_len)
        (*count)--;
    return byte;
}

static void give(VirtioWorker *worker, uint16_t id, uint16_t n_desc, uint8_t *status, uint8_t code,
                 uint32_t filled)
{
    *status = code;
    virtqueue_give(&worker->dev->queues[worker->queue], id, n_desc, filled + 1);
}

static uint8_t status_of(int err)
{
    if (!err)
        return STATUS_OK;
    return err == EOPNOTSUPP ? STATUS_UNSUPPORTED : STATUS_IOERR;
}

/** Only this thread writes: so no more than a store that others may read. */
static void add_to(uint64_t *figure, uint64_t more)
{
    __atomic_store_n(figure, *figure + more, __ATOMIC_RELAXED);
}

static void count_request(VirtioBlkStats *stats, const BlockRequest *io, int err)
{
    uint64_t bytes = err ? 0 : io->length;

    switch (io->op) {
    case BLOCK_READ:
        add_to(&stats->reads, 1);
        add_to(&stats->read_bytes, bytes);
        break;
    case BLOCK_WRITE:
    case BLOCK_WRITE_THROUGH:
        add_to(&stats->writes, 1);
        add_to(&stats->written_bytes, bytes);
        break;
    case BLOCK_FLUSH:
        add_to(&stats->flushes, 1);
        break;
    default:
        break;
    }
}

/** The ring's done(). */
static void request_done(void *opaque, BlockRequest *io, int err)
{
    BlkRequest *request = (BlkRequest *)io;
    VirtioWorker *worker = request->worker;

    if (err && err != EOPNOTSUPP) {
        BlkQueue *queue = request->queue;

        log_guest("%s: a request failed: %s", worker->dev->name, g_strerror(err));
        if (queue->blk->halt) {
            g_ptr_array_add(queue->held, request);
            __atomic_store_n(&queue->blk->failure, err, __ATOMIC_RELAXED);
            queue->blk->halt(queue->blk->halt_opaque);
            return;
        }
    }
    count_request(&request->queue->stats, io, err);
    give(worker, request->id, request->n_desc, request->status, status_of(err),
         err ? 0 : request->fills);
    g_free(request);
}

/** What came with a chain, taken apart. */
typedef struct {
    struct iovec *out, *in;
    unsigned n_out, n_in;
    uint8_t *status;
    uint32_t type;
    uint64_t sector;
    /** Bytes of data each way. */
    uint64_t out_bytes, in_bytes;
} BlkParts;

/** Hand a request of kind @op to the disk. */
static gboolean begin_io(VirtioWorker *worker, const VirtqueueChain *chain, const BlkParts *parts,
                         BlockOp op, uint64_t offset, uint64_t length)
{
    BlkQueue *queue = worker->opaque;
    gboolean in = op == BLOCK_READ;
    gboolean out = op == BLOCK_WRITE || op == BLOCK_WRITE_THROUGH;
    unsigned n_iov = in ? parts->n_in : out ? parts->n_out : 0;
    BlkRequest *request = g_try_malloc(sizeof(*request) + n_iov * sizeof(struct iovec));

    if (!request)
        return FALSE;
    request->io = (BlockRequest){
        .op = op, .offset = offset, .length = length, .iov = request->iov, .n_iov = n_iov};
    request->queue = queue;
    request->worker = worker;
    request->id = chain->id;
    request->n_desc = chain->n_desc;
    request->status = parts->status;
    request->fills = in ? (uint32_t)MIN(length, UINT32_MAX - 1) : 0;
    if (n_iov)
        memcpy(request->iov, in ? parts->in : parts->out, n_iov * sizeof(struct iovec));
    block_ring_submit(queue->ring, &request->io);
    return TRUE;
}

/** Whether @bytes at @sector are whole blocks within the disk. */
static gboolean range_ok(const Disk *disk, uint64_t sector, uint64_t bytes)
{
    uint64_t size = __atomic_load_n(&disk->size, __ATOMIC_RELAXED);

    return bytes && bytes <= size && sector <= (size - bytes) / DISK_SECTOR &&
           bytes % disk->block == 0 && sector * DISK_SECTOR % disk->block == 0;
}

/** Reads and writes: STATUS_OK if it has begun, else how it ends. */
static uint8_t start_transfer(VirtioWorker *worker, const VirtqueueChain *chain,
                              const BlkParts *parts, gboolean write)
{
    VirtioBlk *blk = blk_of(worker->dev);
    uint64_t bytes = write ? parts->out_bytes : parts->in_bytes;
    BlockOp op = BLOCK_READ;

    if ((write && blk->disk->readonly) || !range_ok(blk->disk, parts->sector, bytes))
        return STATUS_IOERR;
    /* A driver that does not flush takes for safe what was written. */
    if (write)
        op = virtio_device_has(worker->dev, BLK_F_FLUSH) ? BLOCK_WRITE : BLOCK_WRITE_THROUGH;
    return begin_io(worker, chain, parts, op, parts->sector * DISK_SECTOR, bytes) ? STATUS_OK
                                                                                  : STATUS_IOERR;
}

/** Discard and write zeroes, of one range each. */
static uint8_t start_range(VirtioWorker *worker, const VirtqueueChain *chain, BlkParts *parts)
{
    VirtioBlk *blk = blk_of(worker->dev);
    gboolean zero = parts->type == TYPE_WRITE_ZEROES;
    BlkRange range;

    if (blk->disk->readonly || parts->out_bytes != sizeof(range) ||
        !take_front(&parts->out, &parts->n_out, &range, sizeof(range)))
        return STATUS_IOERR;
    uint32_t flags = le32_get(range.flags);
    if (flags & ~(uint32_t)(zero ? RANGE_UNMAP : 0))
        return STATUS_UNSUPPORTED;

    uint64_t sector = le64_get(range.sector), bytes = (uint64_t)le32_get(range.count) * DISK_SECTOR;
    if (bytes > (uint64_t)RANGE_MAX * DISK_SECTOR || !range_ok(blk->disk, sector, bytes))
        return STATUS_IOERR;
    BlockOp op = !zero ? BLOCK_DISCARD : flags & RANGE_UNMAP ? BLOCK_ZERO_UNMAP : BLOCK_ZERO;
    return begin_io(worker, chain, parts, op, sector * DISK_SECTOR, bytes) ? STATUS_OK
                                                                           : STATUS_IOERR;
}

/** The serial number, at once. */
static uint8_t get_id(VirtioWorker *worker, const VirtqueueChain *chain, const BlkParts *parts)
{
    VirtioBlk *blk = blk_of(worker->dev);

    if (parts->in_bytes < sizeof(blk->serial))
        return STATUS_IOERR;
    size_t done = iov_copy(parts->in, parts->n_in, 0, blk->serial, sizeof(blk->serial), TRUE);
    give(worker, chain->id, chain->n_desc, parts->status, STATUS_OK, (uint32_t)done);
    return STATUS_OK;
}

/** STATUS_OK if it has begun, or has ended well; else it ends so. */
static uint8_t start_request(VirtioWorker *worker, const VirtqueueChain *chain, BlkParts *parts)
{
    switch (parts->type) {
    case TYPE_IN:
        return start_transfer(worker, chain, parts, FALSE);
    case TYPE_OUT:
        return start_transfer(worker, chain, parts, TRUE);
    case TYPE_FLUSH:
        return begin_io(worker, chain, parts, BLOCK_FLUSH, 0, 0) ? STATUS_OK : STATUS_IOERR;
    case TYPE_GET_ID:
        return get_id(worker, chain, parts);
    case TYPE_DISCARD:
    case TYPE_WRITE_ZEROES:
        return start_range(worker, chain, parts);
    default:
        return STATUS_UNSUPPORTED;
    }
}

/** False if the chain has no room for header or status, so that the driver can't be told. */
static gboolean handle_chain(VirtioWorker *worker, unsigned queue, VirtqueueChain *chain)
{
    BlkParts parts = {
        .out = chain->iov,
        .n_out = chain->n_readable,
        .in = chain->iov + chain->n_readable,
        .n_in = chain->n_writable,
    };
    BlkHeader header;

    if (!chain->writable_bytes || chain->readable_bytes < sizeof(header))
        return FALSE;
    take_front(&parts.out, &parts.n_out, &header, sizeof(header));
    parts.status = take_last_byte(parts.in, &parts.n_in);
    parts.type = le32_get(header.type);
    parts.sector = le64_get(header.sector);
    parts.out_bytes = chain->readable_bytes - sizeof(header);
    parts.in_bytes = chain->writable_bytes - 1;
    uint8_t status = start_request(worker, chain, &parts);
    if (status != STATUS_OK)
        give(worker, chain->id, chain->n_desc, parts.status, status, 0);
    return TRUE;
}

/** Begin anew what failed, once the machine goes on. */
static void retry_held(BlkQueue *queue)
{
    if (!__atomic_exchange_n(&queue->resumed, FALSE, __ATOMIC_SEQ_CST) || !queue->held->len)
        return;

    /* What fails at once is held again. */
    g_autoptr(GPtrArray) held = g_steal_pointer(&queue->held);
    queue->held = g_ptr_array_new();
    for (unsigned i = 0; i < held->len; i++) {
        BlkRequest *request = g_ptr_array_index(held, i);

        block_ring_retry(queue->ring, &request->io);
    }
}

/** Its driver is gone: nobody waits for them. */
static void drop_held(BlkQueue *queue)
{
    for (unsigned i = 0; i < queue->held->len; i++)
        g_free(g_ptr_array_index(queue->held, i));
    g_ptr_array_set_size(queue->held, 0);
}

static void blk_serve(VirtioWorker *worker)
{
    retry_held(worker->opaque);
    virtio_worker_take(worker, worker->queue, handle_chain);
}

static gboolean blk_begin(VirtioWorker *worker, GError **error)
{
    BlkQueue *queue = worker->opaque;

    queue->ring = block_ring_new(queue->blk->disk, worker->dev->queues[worker->queue].kick_fd,
                                 VIRTQUEUE_MAX_SIZE, request_done, queue, error);
    return queue->ring != NULL;
}

static void blk_wait(VirtioWorker *worker)
{
    BlkQueue *queue = worker->opaque;
    unsigned before = block_ring_busy(queue->ring);

    block_ring_wait(queue->ring);
    if (block_ring_busy(queue->ring) != before)
        virtio_worker_tell(worker, worker->queue);
}

static unsigned blk_busy(VirtioWorker *worker)
{
    BlkQueue *queue = worker->opaque;

    drop_held(queue);
    return block_ring_busy(queue->ring);
}

static void blk_end(VirtioWorker *worker)
{
    BlkQueue *queue = worker->opaque;

    g_clear_pointer(&queue->ring, block_ring_free);
}

static const VirtioWorkerOps worker_ops = {
    .begin = blk_begin,
    .wait = blk_wait,
    .serve = blk_serve,
    .busy = blk_busy,
    .end = blk_end,
};

static gboolean blk_begin_workers(VirtioDevice *dev, GError **error)
{
    return virtio_workers_begin(blk_of(dev)->workers, dev->n_queues, error);
}

static gboolean blk_start(VirtioDevice *dev)
{
    return virtio_workers_start(blk_of(dev)->workers, dev->n_queues);
}

static void blk_stop(VirtioDevice *dev)
{
    virtio_workers_stop(blk_of(dev)->workers, dev->n_queues);
}

static void blk_resume(VirtioDevice *dev)
{
    VirtioBlk *blk = blk_of(dev);

    __atomic_store_n(&blk->failure, 0, __ATOMIC_RELAXED);
    for (unsigned i = 0; i < dev->n_queues; i++) {
        BlkQueue *queue = blk->workers[i].opaque;

        __atomic_store_n(&queue->resumed, TRUE, __ATOMIC_SEQ_CST);
        virtio_worker_kick(&blk->workers[i]);
    }
}

static void blk_free(VirtioDevice *dev)
{
    VirtioBlk *blk = blk_of(dev);

    for (unsigned i = 0; blk->workers && i < dev->n_queues; i++) {
        BlkQueue *queue = blk->workers[i].opaque;

        virtio_worker_finish(&blk->workers[i]);
        if (queue)
            g_ptr_array_free(queue->held, TRUE);
        g_free(queue);
    }
    g_free(blk->workers);
    disk_close(blk->disk);
    virtio_device_finish(dev);
    g_free(blk);
}

static const VirtioDeviceOps device_ops = {
    .begin = blk_begin_workers,
    .start = blk_start,
    .stop = blk_stop,
    .resume = blk_resume,
    .free = blk_free,
};

static void blk_config(VirtioBlk *blk, const VirtioBlkConfig *config)
{
    BlkConfig data = {
        .capacity = le64_of(blk->disk->size / DISK_SECTOR),
        .size_max = le32_of(config->iommu ? SIZE_MAX_IOMMU : 0),
        .seg_max = le32_of(config->iommu ? SEG_MAX_IOMMU : SEG_MAX),
        .blk_size = le32_of(blk->disk->block),
        .num_queues = le16_of((uint16_t)config->queues),
        .max_discard_sectors = le32_of(RANGE_MAX),
        .max_discard_seg = le32_of(1),
        .discard_sector_alignment = le32_of(blk->disk->block / DISK_SECTOR),
        .max_write_zeroes_sectors = le32_of(RANGE_MAX),
        .max_write_zeroes_seg = le32_of(1),
        .write_zeroes_may_unmap = 1,
    };

    memcpy(blk->dev.config, &data, BLK_CONFIG_SIZE);
    blk->dev.config_size = BLK_CONFIG_SIZE;
    if (config->serial)
        memcpy(blk->serial, config->serial, MIN(strlen(config->serial), sizeof(blk->serial)));
}

static uint64_t blk_features(const Disk *disk, const VirtioBlkConfig *config)
{
    uint64_t features = BLK_F_SEG_MAX | BLK_F_BLK_SIZE | BLK_F_FLUSH | VIRTIO_F_RING_PACKED;

    features |= disk->readonly ? BLK_F_RO : BLK_F_DISCARD | BLK_F_WRITE_ZEROES;
    if (config->queues > 1)
        features |= BLK_F_MQ;
    if (config->iommu)
        features |= VIRTIO_F_ACCESS_PLATFORM | BLK_F_SIZE_MAX;
    return features;
}

static gboolean blk_add_worker(VirtioBlk *blk, unsigned queue, GError **error)
{
    BlkQueue *state = g_new0(BlkQueue, 1);

    state->blk = blk;
    state->held = g_ptr_array_new();
    blk->workers[queue].opaque = state;
    return virtio_worker_init(&blk->workers[queue], &worker_ops, &blk->dev, queue, 1, &blk->running,
                              state, error);
}

int virtio_blk_failure(VirtioDevice *dev)
{
    return __atomic_load_n(&blk_of(dev)->failure, __ATOMIC_RELAXED);
}

const Disk *virtio_blk_disk(VirtioDevice *dev) { return blk_of(dev)->disk; }

gboolean virtio_blk_grow(VirtioDevice *dev, uint64_t size, GError **error)
{
    le64 sectors = le64_of(size / DISK_SECTOR);

    if (!disk_grow(blk_of(dev)->disk, size, error))
        return FALSE;
    virtio_device_change_config(dev, offsetof(BlkConfig, capacity), &sectors, sizeof(sectors));
    return TRUE;
}

void virtio_blk_stats(VirtioDevice *dev, VirtioBlkStats *stats)
{
    const VirtioBlk *blk = blk_of(dev);

    *stats = (VirtioBlkStats){0};
    for (unsigned i = 0; i < dev->n_queues; i++) {
        const BlkQueue *queue = blk->workers[i].opaque;

        stats->reads += __atomic_load_n(&queue->stats.reads, __ATOMIC_RELAXED);
        stats->writes += __atomic_load_n(&queue->stats.writes, __ATOMIC_RELAXED);
        stats->flushes += __atomic_load_n(&queue->stats.flushes, __ATOMIC_RELAXED);
        stats->read_bytes += __atomic_load_n(&queue->stats.read_bytes, __ATOMIC_RELAXED);
        stats->written_bytes += __atomic_load_n(&queue->stats.written_bytes, __ATOMIC_RELAXED);
    }
}

VirtioDevice *virtio_blk_new(Disk *disk, const VirtioBlkConfig *config, GError **error)
{
    VirtioBlk *blk = g_new0(VirtioBlk, 1);

    blk->disk = disk;
    blk->halt = config->halt;
    blk->halt_opaque = config->opaque;
    virtio_device_init(&blk->dev, VIRTIO_ID_BLOCK, config->queues, blk_features(disk, config),
                       &device_ops);
    blk->dev.name = g_strdup(config->name);
    blk_config(blk, config);
    blk->workers = g_new0(VirtioWorker, config->queues);
    for (unsigned i = 0; i < config->queues; i++) {
        if (!blk_add_worker(blk, i, error)) {
            blk_free(&blk->dev);
            return NULL;
        }
    }
    return &blk->dev;
}
