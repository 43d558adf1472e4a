/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hw/virtio/virtio_balloon.h"

#include <stddef.h>
#include <string.h>

#include "hw/virtio/balloon_pages.h"
#include "hw/virtio/virtio_worker.h"
#include "src/base/iov.h"

#define BALLOON_F_MUST_TELL_HOST (UINT64_C(1) << 0)
#define BALLOON_F_STATS_VQ (UINT64_C(1) << 1)
#define BALLOON_F_DEFLATE_ON_OOM (UINT64_C(1) << 2)
#define BALLOON_F_PAGE_POISON (UINT64_C(1) << 4)
#define BALLOON_F_PAGE_REPORTING (UINT64_C(1) << 5)

/** The specification's numbers of queues. Linux counts only those that it uses. */
enum {
    QUEUE_INFLATE = 0,
    QUEUE_DEFLATE = 1,
    QUEUE_FIRST_OPTIONAL = 2,
    QUEUE_REPORT = 4,
};

enum {
    /** Numbers of pages in a request at most. Linux puts 256 into one. */
    BALLOON_MAX_NUMBERS = 16384,
    BALLOON_MAX_STATS = 64,
};

/** What a queue is for, as was negotiated. */
typedef enum { ROLE_NONE, ROLE_INFLATE, ROLE_DEFLATE, ROLE_STATS, ROLE_REPORT } QueueRole;

/** The device's configuration; only actual and poison_val are the driver's. */
typedef struct {
    le32 num_pages;
    le32 actual;
    le32 free_page_hint_cmd_id;
    le32 poison_val;
} BalloonSpace;
G_STATIC_ASSERT(sizeof(BalloonSpace) == 16);

typedef struct {
    le16 tag;
    le64 value;
} __attribute__((packed)) BalloonStat;
G_STATIC_ASSERT(sizeof(BalloonStat) == 10);

typedef struct {
    VirtioDevice dev;
    /** Serves all queues. */
    VirtioWorker worker;
    unsigned running;
    void (*changed)(void *opaque);
    void *opaque;

    /* With the device's lock. */
    uint32_t target, actual;
    VirtioBalloonStats stats;

    /** Atomic: newer statistics are wanted. */
    int ask_stats;

    /* The worker's thread, or any while it is stopped. */
    QueueRole roles[VIRTIO_BALLOON_QUEUES];
    BalloonPages pages;
    uint64_t max_memory;
    /** The driver's buffer for statistics is here, and goes back when they are wanted. */
    gboolean has_stats;
    uint16_t stats_id, stats_n_desc;
    le32 numbers[BALLOON_MAX_NUMBERS];
} VirtioBalloon;

const char *const virtio_balloon_stat_names[VIRTIO_BALLOON_STATS] = {
    "stat-swap-in",      "stat-swap-out",     "stat-major-faults",     "stat-minor-faults",
    "stat-free-memory",  "stat-total-memory", "stat-available-memory", "stat-disk-caches",
    "stat-htlb-pgalloc", "stat-htlb-pgfail",  "stat-oom-kills",        "stat-alloc-stalls",
    "stat-async-scans",  "stat-direct-scans", "stat-async-reclaims",   "stat-direct-reclaims",
};

static VirtioBalloon *balloon_of(VirtioDevice *dev)
{
    return (VirtioBalloon *)((uint8_t *)dev - offsetof(VirtioBalloon, dev));
}

static BalloonSpace *space_of(VirtioBalloon *balloon)
{
    return (BalloonSpace *)balloon->dev.config;
}

/* --- requests ----------------------------------------------------------------------------- */

/** Pages go in, or come out; false if they are more than any driver would name. */
static gboolean move_pages(VirtioBalloon *balloon, const VirtqueueChain *chain, gboolean in)
{
    if (chain->readable_bytes > sizeof(balloon->numbers))
        return FALSE;

    size_t count = iov_copy(chain->iov, chain->n_readable, 0, balloon->numbers,
                            sizeof(balloon->numbers), FALSE) /
                   sizeof(balloon->numbers[0]);
    if (in)
        balloon_pages_inflate(&balloon->pages, balloon->numbers, count,
                              virtio_device_has(&balloon->dev, BALLOON_F_MUST_TELL_HOST));
    else
        balloon_pages_deflate(&balloon->pages, balloon->numbers, count);
    return TRUE;
}

/** The driver's memory there is unused, and as it was filled before it reported it. */
static void take_report(VirtioBalloon *balloon, const VirtqueueChain *chain)
{
    VirtioDevice *dev = &balloon->dev;
    uint64_t left = balloon->max_memory;

    g_mutex_lock(&dev->lock);
    gboolean filled = virtio_device_has(dev, BALLOON_F_PAGE_POISON) &&
                      le32_get(space_of(balloon)->poison_val) != 0;
    g_mutex_unlock(&dev->lock);
    /* A new page would be all zeros, which is not what it was filled with. */
    for (unsigned i = 0; i < chain->n_writable && left && !filled; i++) {
        const struct iovec *piece = &chain->iov[chain->n_readable + i];
        uint64_t size = MIN(piece->iov_len, left);

        balloon_pages_report(&balloon->pages, piece->iov_base, size);
        left -= size;
    }
}

static void give_stats_back(VirtioBalloon *balloon, Virtqueue *vq)
{
    if (balloon->has_stats)
        virtqueue_give(vq, balloon->stats_id, balloon->stats_n_desc, 0);
    balloon->has_stats = FALSE;
}

/** The buffer stays here until newer ones are wanted. */
static void take_stats(VirtioBalloon *balloon, Virtqueue *vq, const VirtqueueChain *chain)
{
    BalloonStat told[BALLOON_MAX_STATS];
    size_t count =
        iov_copy(chain->iov, chain->n_readable, 0, told, sizeof(told), FALSE) / sizeof(told[0]);
    VirtioBalloonStats stats = {.time = g_get_real_time() / G_USEC_PER_SEC};

    for (size_t i = 0; i < count; i++) {
        uint16_t tag = le16_get(told[i].tag);

        if (tag >= VIRTIO_BALLOON_STATS)
            continue;
        stats.valid |= 1u << tag;
        stats.values[tag] = le64_get(told[i].value);
    }
    g_mutex_lock(&balloon->dev.lock);
    balloon->stats = stats;
    g_mutex_unlock(&balloon->dev.lock);
    /* A driver has one such buffer. Of more than one the older is of no use. */
    give_stats_back(balloon, vq);
    balloon->has_stats = TRUE;
    balloon->stats_id = chain->id;
    balloon->stats_n_desc = chain->n_desc;
}

static gboolean balloon_handle(VirtioWorker *worker, unsigned queue, VirtqueueChain *chain)
{
    VirtioBalloon *balloon = balloon_of(worker->dev);
    Virtqueue *vq = &worker->dev->queues[queue];

    switch (balloon->roles[queue]) {
    case ROLE_INFLATE:
    case ROLE_DEFLATE:
        if (!move_pages(balloon, chain, balloon->roles[queue] == ROLE_INFLATE))
            return FALSE;
        break;
    case ROLE_STATS:
        take_stats(balloon, vq, chain);
        return TRUE;
    case ROLE_REPORT:
        take_report(balloon, chain);
        break;
    case ROLE_NONE:
        break;
    }
    virtqueue_give(vq, chain->id, chain->n_desc, 0);
    return TRUE;
}

static void balloon_serve(VirtioWorker *worker)
{
    VirtioBalloon *balloon = balloon_of(worker->dev);

    for (unsigned i = 0; i < VIRTIO_BALLOON_QUEUES; i++) {
        Virtqueue *vq = &worker->dev->queues[i];

        if (balloon->roles[i] == ROLE_STATS && !vq->broken &&
            __atomic_exchange_n(&balloon->ask_stats, FALSE, __ATOMIC_SEQ_CST))
            give_stats_back(balloon, vq);
        virtio_worker_take(worker, i, balloon_handle);
    }
}

static const VirtioWorkerOps worker_ops = {
    .wait = virtio_worker_wait_kick,
    .serve = balloon_serve,
};

/* --- the device --------------------------------------------------------------------------- */

static gboolean balloon_begin(VirtioDevice *dev, GError **error)
{
    return virtio_workers_begin(&balloon_of(dev)->worker, 1, error);
}

static void set_roles(VirtioBalloon *balloon)
{
    unsigned next = QUEUE_FIRST_OPTIONAL;

    memset(balloon->roles, 0, sizeof(balloon->roles));
    balloon->roles[QUEUE_INFLATE] = ROLE_INFLATE;
    balloon->roles[QUEUE_DEFLATE] = ROLE_DEFLATE;
    if (virtio_device_has(&balloon->dev, BALLOON_F_STATS_VQ))
        balloon->roles[next++] = ROLE_STATS;
    if (virtio_device_has(&balloon->dev, BALLOON_F_PAGE_REPORTING))
        balloon->roles[next] = balloon->roles[QUEUE_REPORT] = ROLE_REPORT;
}

static gboolean balloon_start(VirtioDevice *dev)
{
    VirtioBalloon *balloon = balloon_of(dev);

    set_roles(balloon);
    return virtio_workers_start(&balloon->worker, 1);
}

static void balloon_stop(VirtioDevice *dev) { virtio_workers_stop(&balloon_of(dev)->worker, 1); }

/** The driver's @actual of it is what there is. Lock held. */
static void set_actual(VirtioBalloon *balloon, uint32_t actual)
{
    if (actual == balloon->actual)
        return;
    balloon->actual = actual;
    balloon->changed(balloon->opaque);
}

static void balloon_reset(VirtioDevice *dev)
{
    VirtioBalloon *balloon = balloon_of(dev);
    BalloonSpace *space = space_of(balloon);

    space->actual = space->poison_val = le32_of(0);
    balloon->stats = (VirtioBalloonStats){0};
    balloon->has_stats = FALSE;
    balloon_pages_reset(&balloon->pages);
    set_actual(balloon, 0);
}

static void balloon_config_written(VirtioDevice *dev, unsigned offset, unsigned length)
{
    VirtioBalloon *balloon = balloon_of(dev);
    BalloonSpace *space = space_of(balloon);

    /* These are not the driver's to write. */
    space->num_pages = le32_of(balloon->target);
    space->free_page_hint_cmd_id = le32_of(0);
    set_actual(balloon, le32_get(space->actual));
}

static void balloon_free(VirtioDevice *dev)
{
    VirtioBalloon *balloon = balloon_of(dev);

    virtio_worker_finish(&balloon->worker);
    balloon_pages_finish(&balloon->pages);
    virtio_device_finish(dev);
    g_free(balloon);
}

static const VirtioDeviceOps device_ops = {
    .begin = balloon_begin,
    .start = balloon_start,
    .stop = balloon_stop,
    .reset = balloon_reset,
    .config_written = balloon_config_written,
    .free = balloon_free,
};

/**
 * A piece of a host page may go only while the guest does not use it again without a
 * word: MUST_TELL_HOST. What a guest takes back when it is short of memory it could take
 * anyway; that it may do so orderly (DEFLATE_ON_OOM) keeps its processes alive.
 */
static uint64_t offered(const VirtioBalloonConfig *config, const BalloonPages *pages)
{
    uint64_t features = BALLOON_F_MUST_TELL_HOST | BALLOON_F_STATS_VQ | BALLOON_F_DEFLATE_ON_OOM |
                        VIRTIO_F_RING_PACKED;

    if (config->reporting && !pages->keeps)
        features |= BALLOON_F_PAGE_REPORTING | BALLOON_F_PAGE_POISON;
    return features;
}

VirtioDevice *virtio_balloon_new(const VirtioBalloonConfig *config, GError **error)
{
    BalloonPages pages;

    if (!balloon_pages_init(&pages, config->mem, config->max_memory, error))
        return NULL;

    VirtioBalloon *balloon = g_new0(VirtioBalloon, 1);
    VirtioDevice *dev = &balloon->dev;

    balloon->pages = pages;
    balloon->max_memory = config->max_memory;
    balloon->changed = config->changed;
    balloon->opaque = config->opaque;
    virtio_device_init(dev, VIRTIO_ID_BALLOON, VIRTIO_BALLOON_QUEUES, offered(config, &pages),
                       &device_ops);
    dev->name = g_strdup("balloon");
    dev->config_size = sizeof(BalloonSpace);
    if (!virtio_worker_init(&balloon->worker, &worker_ops, dev, 0, VIRTIO_BALLOON_QUEUES,
                            &balloon->running, NULL, error)) {
        balloon_free(dev);
        return NULL;
    }
    return dev;
}

/* --- for the monitor ---------------------------------------------------------------------- */

void virtio_balloon_set_target(VirtioDevice *dev, uint64_t bytes)
{
    VirtioBalloon *balloon = balloon_of(dev);
    uint32_t target = (uint32_t)MIN(bytes >> BALLOON_PAGE_SHIFT, UINT32_MAX);
    const le32 value = le32_of(target);

    g_mutex_lock(&dev->lock);
    balloon->target = target;
    g_mutex_unlock(&dev->lock);
    virtio_device_change_config(dev, offsetof(BalloonSpace, num_pages), &value, sizeof(value));
}

void virtio_balloon_clear_target(VirtioDevice *dev)
{
    VirtioBalloon *balloon = balloon_of(dev);

    g_mutex_lock(&dev->lock);
    balloon->target = 0;
    space_of(balloon)->num_pages = le32_of(0);
    g_mutex_unlock(&dev->lock);
}

gboolean virtio_balloon_gives_back(VirtioDevice *dev) { return !balloon_of(dev)->pages.keeps; }

uint64_t virtio_balloon_size(VirtioDevice *dev)
{
    g_mutex_lock(&dev->lock);
    uint64_t pages = balloon_of(dev)->actual;
    g_mutex_unlock(&dev->lock);
    return pages << BALLOON_PAGE_SHIFT;
}

void virtio_balloon_stats(VirtioDevice *dev, VirtioBalloonStats *stats)
{
    VirtioBalloon *balloon = balloon_of(dev);

    g_mutex_lock(&dev->lock);
    *stats = balloon->stats;
    g_mutex_unlock(&dev->lock);
    __atomic_store_n(&balloon->ask_stats, TRUE, __ATOMIC_SEQ_CST);
    virtio_worker_kick(&balloon->worker);
}
