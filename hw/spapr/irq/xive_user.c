/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the pages do is the hardware's, as Linux relies on it
 * (arch/powerpc/include/asm/xive-regs.h and sysdev/xive/common.c).
 */
#include "hw/spapr/irq/xive_user.h"

#include <errno.h>
#include <string.h>

#include "src/base/guest_mem.h"

/** The two bits of an event state buffer: pending, and queued behind that. */
enum { ESB_READY = 0, ESB_OFF = 1, ESB_PENDING = 2, ESB_QUEUED = 3 };

/** What an access to the management page does: bits 11 and 10 of its offset. */
enum {
    ESB_OPERATION_SHIFT = 10,
    ESB_LOAD_EOI = 0,
    ESB_STORE_EOI = 1,
    ESB_GET = 2,
    ESB_SET = 3,
    /** ESB_SET: the state, in the offset. */
    ESB_STATE_SHIFT = 8,
};

/** Offsets in a context's ring. */
enum {
    RING_NSR = 0,
    RING_CPPR = 1,
    RING_IPB = 2,
    RING_LSMFB = 3,
    RING_ACK_COUNT = 4,
    RING_AGE = 6,
    RING_PIPR = 7,
    RING_VALID = 8,
    RING_SIZE = 16,
};

enum {
    LEAST_FAVOURED = 0xff,
    /** Priorities 0 to this one can be in a CPPR. */
    PRIORITY_MAX = 7,
    ENTRY_SIZE = 4,
    ENTRY_GENERATION_SHIFT = 31,
};

typedef struct {
    /** Protects the fields below. */
    GMutex lock;
    uint8_t state;
    XiveTarget target;
} XiveSource;

typedef struct {
    /** Protects the fields below. */
    GMutex lock;
    uint8_t cppr;
    /** Interrupt pending buffer: a bit for each priority, 0 uppermost. */
    uint8_t ipb;
    /** The last level given to the vCPU. */
    gboolean line;
    XiveQueue queues[XIVE_PRIORITIES];
} XiveServer;

struct XiveUser {
    Xive base;
    XiveOutputFn output;
    void *opaque;
    /** By xive_source_index(). */
    XiveSource *sources;
    XiveServer *servers;

    /** Protects the field below. */
    GMutex reset_lock;
    /** Where a reset in slices goes on; 0: none is under way. */
    uint32_t reset_step;
};

static XiveUser *user_of(Xive *xive) { return (XiveUser *)xive; }

Xive *xive_user_base(XiveUser *xive) { return &xive->base; }

static XiveSource *source_of(XiveUser *xive, uint32_t lisn)
{
    return &xive->sources[xive_source_index(&xive->base, lisn)];
}

/* --- contexts (the server's lock is held) ----------------------------------------- */

/** The most favoured priority that is pending. */
static uint8_t server_pending(const XiveServer *server)
{
    return server->ipb ? (uint8_t)(__builtin_clz(server->ipb) - 24) : LEAST_FAVOURED;
}

static gboolean server_has_event(const XiveServer *server)
{
    return server_pending(server) < server->cppr;
}

/** Give the vCPU its input's level where it changed. */
static void server_update_line(XiveUser *xive, XiveServer *server)
{
    gboolean level = server_has_event(server);

    if (level == server->line)
        return;
    server->line = level;
    xive->output(xive->opaque, (uint32_t)(server - xive->servers), level);
}

/** Write the queue's next entry; what is not read in time is overwritten, as by hardware. */
static void queue_push(XiveUser *xive, XiveQueue *queue, uint32_t eisn)
{
    uint32_t entries = UINT32_C(1) << (queue->shift - 2);
    uint32_t entry = queue->generation << ENTRY_GENERATION_SHIFT | (eisn & XIVE_EISN_MAX);

    G_STATIC_ASSERT(ENTRY_SIZE == 1 << 2);
    /* What the event tells of is in memory before the entry. */
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    /* The memory may have been unplugged since: then the event is lost, and nothing else. */
    guest_mem_store_be32(xive->base.vm->mem, queue->address + (uint64_t)queue->index * ENTRY_SIZE,
                         entry);
    queue->index = (queue->index + 1) % entries;
    if (queue->index == 0)
        queue->generation ^= 1;
}

/* --- events --------------------------------------------------------------------------- */

/** Send one event where @target says. A source's lock is held. */
static void event_send(XiveUser *xive, const XiveTarget *target)
{
    if (target->priority == XIVE_MASKED || !xive_has_server(&xive->base, target->server))
        return;

    XiveServer *server = &xive->servers[target->server];
    XiveQueue *queue = &server->queues[target->priority];
    g_mutex_lock(&server->lock);
    if (queue->shift) {
        queue_push(xive, queue, target->eisn);
        server->ipb |= (uint8_t)(0x80 >> target->priority);
        server_update_line(xive, server);
    }
    g_mutex_unlock(&server->lock);
}

/** An event of @source, unless it is off or has one under way. Lock held. */
static void source_event(XiveUser *xive, XiveSource *source)
{
    switch (source->state) {
    case ESB_READY:
        source->state = ESB_PENDING;
        event_send(xive, &source->target);
        break;
    case ESB_PENDING:
        source->state = ESB_QUEUED;
        break;
    default:
        break;
    }
}

/** A level-triggered source that is ready while its input is up has an event. Lock held. */
static void source_look_at_input(XiveUser *xive, uint32_t lisn, XiveSource *source)
{
    if (xive_source_is_lsi(&xive->base, lisn) && source->state == ESB_READY &&
        xive_source_level(&xive->base, lisn))
        source_event(xive, source);
}

/** The end of an event: ready again, or the next one is sent. Whether there was one. Lock held. */
static uint64_t source_eoi(XiveUser *xive, uint32_t lisn, XiveSource *source)
{
    gboolean queued = source->state == ESB_QUEUED;

    if (source->state & ESB_PENDING) {
        source->state = ESB_READY;
        if (queued && !xive_source_is_lsi(&xive->base, lisn))
            source_event(xive, source);
    }
    source_look_at_input(xive, lisn, source);
    return queued;
}

void xive_user_trigger(XiveUser *xive, uint32_t lisn)
{
    XiveSource *source = source_of(xive, lisn);

    if (xive_source_is_lsi(&xive->base, lisn))
        return;
    g_mutex_lock(&source->lock);
    source_event(xive, source);
    g_mutex_unlock(&source->lock);
}

void xive_user_set_level(XiveUser *xive, uint32_t lisn)
{
    XiveSource *source = source_of(xive, lisn);

    g_mutex_lock(&source->lock);
    source_look_at_input(xive, lisn, source);
    g_mutex_unlock(&source->lock);
}

/* --- what servers do -------------------------------------------------------------------- */

void xive_user_ring(XiveUser *xive, uint32_t number, uint8_t ring[16])
{
    XiveServer *server = &xive->servers[number];

    G_STATIC_ASSERT(RING_SIZE == 16);
    memset(ring, 0, RING_SIZE);
    g_mutex_lock(&server->lock);
    ring[RING_NSR] = server_has_event(server) ? XIVE_ACK_EVENT : 0;
    ring[RING_CPPR] = server->cppr;
    ring[RING_IPB] = server->ipb;
    ring[RING_PIPR] = server_pending(server);
    g_mutex_unlock(&server->lock);
    ring[RING_LSMFB] = ring[RING_ACK_COUNT] = ring[RING_AGE] = 0xff;
    ring[RING_VALID] = 0x80;
}

uint16_t xive_user_accept(XiveUser *xive, uint32_t number)
{
    XiveServer *server = &xive->servers[number];

    g_mutex_lock(&server->lock);
    gboolean event = server_has_event(server);
    if (event) {
        server->cppr = server_pending(server);
        server->ipb &= (uint8_t) ~(0x80 >> server->cppr);
        server_update_line(xive, server);
    }
    uint16_t result = (uint16_t)((event ? XIVE_ACK_EVENT << 8 : 0) | server->cppr);
    g_mutex_unlock(&server->lock);
    return result;
}

void xive_user_set_cppr(XiveUser *xive, uint32_t number, uint8_t cppr)
{
    XiveServer *server = &xive->servers[number];

    g_mutex_lock(&server->lock);
    server->cppr = cppr > PRIORITY_MAX ? LEAST_FAVOURED : cppr;
    server_update_line(xive, server);
    g_mutex_unlock(&server->lock);
}

void xive_user_set_pending(XiveUser *xive, uint32_t number, uint8_t priority)
{
    XiveServer *server = &xive->servers[number];

    g_mutex_lock(&server->lock);
    server->ipb |= (uint8_t)(0x80 >> (priority & PRIORITY_MAX));
    server_update_line(xive, server);
    g_mutex_unlock(&server->lock);
}

/* --- what hypercalls do ------------------------------------------------------------------- */

static gboolean queue_exists(XiveUser *xive, uint32_t number, uint8_t priority)
{
    XiveServer *server = &xive->servers[number];

    g_mutex_lock(&server->lock);
    gboolean exists = server->queues[priority].shift != 0;
    g_mutex_unlock(&server->lock);
    return exists;
}

static int user_set_target(Xive *base, uint32_t lisn, const XiveTarget *target)
{
    XiveUser *xive = user_of(base);
    XiveSource *source = source_of(xive, lisn);
    int ret = 0;

    g_mutex_lock(&source->lock);
    if (target->priority != XIVE_MASKED && !queue_exists(xive, target->server, target->priority))
        ret = -ENODEV;
    else
        source->target = *target;
    g_mutex_unlock(&source->lock);
    return ret;
}

static void user_get_target(Xive *base, uint32_t lisn, XiveTarget *target)
{
    XiveSource *source = source_of(user_of(base), lisn);

    g_mutex_lock(&source->lock);
    *target = source->target;
    g_mutex_unlock(&source->lock);
}

static int user_set_queue(Xive *base, uint32_t number, uint8_t priority, uint64_t address,
                          uint32_t shift)
{
    XiveServer *server = &user_of(base)->servers[number];

    g_mutex_lock(&server->lock);
    server->queues[priority] =
        shift ? (XiveQueue){.address = address, .shift = shift, .generation = 1} : (XiveQueue){0};
    g_mutex_unlock(&server->lock);
    return 0;
}

static int user_get_queue(Xive *base, uint32_t number, uint8_t priority, gboolean state,
                          XiveQueue *queue)
{
    XiveServer *server = &user_of(base)->servers[number];

    g_mutex_lock(&server->lock);
    *queue = server->queues[priority];
    g_mutex_unlock(&server->lock);
    if (!state)
        queue->index = queue->generation = 0;
    return 0;
}

static uint64_t user_esb_load(Xive *base, uint32_t lisn, uint64_t offset)
{
    XiveUser *xive = user_of(base);
    XiveSource *source = source_of(xive, lisn);
    uint64_t result = UINT64_MAX;

    g_mutex_lock(&source->lock);
    switch (offset >> ESB_OPERATION_SHIFT & 3) {
    case ESB_LOAD_EOI:
        result = source_eoi(xive, lisn, source);
        break;
    case ESB_GET:
        result = source->state;
        break;
    case ESB_SET:
        result = source->state;
        source->state = offset >> ESB_STATE_SHIFT & 3;
        source_look_at_input(xive, lisn, source);
        break;
    default:
        break;
    }
    g_mutex_unlock(&source->lock);
    return result;
}

static void user_esb_store(Xive *base, uint32_t lisn, uint64_t offset, uint64_t value)
{
    XiveUser *xive = user_of(base);
    XiveSource *source = source_of(xive, lisn);

    if ((offset >> ESB_OPERATION_SHIFT & 3) != ESB_STORE_EOI)
        return;
    g_mutex_lock(&source->lock);
    source_eoi(xive, lisn, source);
    g_mutex_unlock(&source->lock);
}

/** An event is in its queue before its source's lock is free. */
static int user_sync(Xive *base, uint32_t lisn)
{
    XiveSource *source = source_of(user_of(base), lisn);

    g_mutex_lock(&source->lock);
    g_mutex_unlock(&source->lock);
    return 0;
}

/* --- reset ------------------------------------------------------------------------------- */

void xive_user_reset_source(XiveUser *xive, uint32_t lisn)
{
    XiveSource *source = source_of(xive, lisn);

    g_mutex_lock(&source->lock);
    source->state = ESB_OFF;
    source->target = (XiveTarget){.priority = XIVE_MASKED, .eisn = lisn};
    g_mutex_unlock(&source->lock);
}

/** Step @step: first each IPI, then each block, then each server's queues. */
static void user_reset_step(XiveUser *xive, uint32_t step)
{
    uint32_t servers = xive->base.servers;

    if (step < servers) {
        xive_user_reset_source(xive, step);
    } else if (step < servers + IRQ_BLOCKS) {
        for (uint32_t i = 0; i < IRQ_BLOCK; i++)
            xive_user_reset_source(xive, irq_block_first(step - servers) + i);
    } else {
        for (uint8_t priority = 0; priority < XIVE_PRIORITIES; priority++)
            user_set_queue(&xive->base, step - servers - IRQ_BLOCKS, priority, 0, 0);
    }
}

static int user_reset_slice(Xive *base)
{
    enum { SLICE = 256 };
    XiveUser *xive = user_of(base);
    uint32_t steps = 2 * base->servers + IRQ_BLOCKS;

    g_mutex_lock(&xive->reset_lock);
    for (unsigned i = 0; i < SLICE && xive->reset_step < steps; i++)
        user_reset_step(xive, xive->reset_step++);
    gboolean more = xive->reset_step < steps;
    if (!more)
        xive->reset_step = 0;
    g_mutex_unlock(&xive->reset_lock);
    return more;
}

void xive_user_reset_server(XiveUser *xive, uint32_t number)
{
    XiveServer *server = &xive->servers[number];

    g_mutex_lock(&server->lock);
    server->cppr = 0;
    server->ipb = 0;
    server->line = FALSE;
    xive->output(xive->opaque, number, FALSE);
    g_mutex_unlock(&server->lock);
}

void xive_user_reset(XiveUser *xive)
{
    /* A guest may have left a reset of its own half done. */
    g_mutex_lock(&xive->reset_lock);
    xive->reset_step = 0;
    g_mutex_unlock(&xive->reset_lock);
    while (user_reset_slice(&xive->base))
        ;
    for (uint32_t i = 0; i < xive->base.servers; i++) {
        if (xive_has_server(&xive->base, i))
            xive_user_reset_server(xive, i);
    }
}

/* --- life --------------------------------------------------------------------------------- */

XiveUser *xive_user_new(Irq *irq, XiveOutputFn output, void *opaque)
{
    static const XiveOps ops = {
        .set_target = user_set_target,
        .get_target = user_get_target,
        .set_queue = user_set_queue,
        .get_queue = user_get_queue,
        .esb_load = user_esb_load,
        .esb_store = user_esb_store,
        .sync = user_sync,
        .reset_slice = user_reset_slice,
    };
    XiveUser *xive = g_new0(XiveUser, 1);

    /* Pages of 64 KiB, whatever the host's: nothing is mapped. */
    xive_init(&xive->base, &ops, irq, IRQ_XIVE_QUEUE_SHIFT);
    xive->output = output;
    xive->opaque = opaque;
    xive->sources = g_new0(XiveSource, xive_source_count(&xive->base));
    xive->servers = g_new0(XiveServer, irq->servers);
    for (uint32_t i = 0; i < xive_source_count(&xive->base); i++)
        g_mutex_init(&xive->sources[i].lock);
    for (uint32_t i = 0; i < irq->servers; i++)
        g_mutex_init(&xive->servers[i].lock);
    g_mutex_init(&xive->reset_lock);
    xive_user_reset(xive);
    return xive;
}

void xive_user_free(XiveUser *xive)
{
    if (!xive)
        return;
    for (uint32_t i = 0; i < xive_source_count(&xive->base); i++)
        g_mutex_clear(&xive->sources[i].lock);
    for (uint32_t i = 0; i < xive->base.servers; i++)
        g_mutex_clear(&xive->servers[i].lock);
    g_mutex_clear(&xive->reset_lock);
    g_free(xive->sources);
    g_free(xive->servers);
    xive_finish(&xive->base);
    g_free(xive);
}
