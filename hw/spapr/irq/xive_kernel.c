/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hw/spapr/irq/xive_kernel.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "hw/spapr/irq/xive_private.h"
#include "src/base/trace.h"

/** The source's place in the tables; the source exists. */
static XiveTarget *xive_target(XiveKernel *xive, uint32_t lisn)
{
    return lisn < xive->servers ? &xive->targets[lisn]
                                : &xive->targets[xive->servers + (lisn - IRQ_SOURCE_BASE)];
}

gboolean xive_has_source(const XiveKernel *xive, uint64_t lisn)
{
    return lisn < xive->servers || irq_source_exists(xive->irq, lisn);
}

gboolean xive_has_server(const XiveKernel *xive, uint64_t server)
{
    return server < xive->servers && __atomic_load_n(&xive->connected[server], __ATOMIC_ACQUIRE);
}

gboolean xive_source_is_lsi(const XiveKernel *xive, uint32_t lisn)
{
    return lisn >= xive->servers && irq_source_is_lsi(lisn);
}

uint32_t xive_page_shift(const XiveKernel *xive) { return xive->page_shift; }

uint64_t xive_trigger_page(const XiveKernel *xive, uint32_t lisn)
{
    return IRQ_XIVE_ESB_BASE + xive_esb_offset(xive, lisn);
}

uint64_t xive_eoi_page(const XiveKernel *xive, uint32_t lisn)
{
    return xive_trigger_page(xive, lisn) + (UINT64_C(1) << xive->page_shift);
}

/* --- sources --------------------------------------------------------------------- */

static XiveQueueConfig *xive_queue(XiveKernel *xive, uint32_t server, uint8_t priority)
{
    return &xive->queues[(size_t)server * XIVE_PRIORITIES + priority];
}

/** Whether all connected servers have a queue of this priority. Lock held. */
static gboolean xive_all_have_queue(XiveKernel *xive, uint8_t priority)
{
    for (uint32_t server = 0; server < xive->servers; server++) {
        if (xive_has_server(xive, server) && !xive_queue(xive, server, priority)->shift)
            return FALSE;
    }
    return TRUE;
}

/**
 * Whether KVM can be asked to route to @target: it warns on the host's console
 * about a queue that is not there (-ENODEV). It looks at the queues of all
 * servers once it has counted as many routings to one queue as that has
 * entries, and it never counts down (-EBUSY). Lock held.
 */
static int xive_can_route(XiveKernel *xive, const XiveTarget *target)
{
    enum { ENTRY_SHIFT = 2, GAP = 2 };
    const XiveQueueConfig *queue = xive_queue(xive, target->server, target->priority);

    if (!queue->shift)
        return -ENODEV;
    if (queue->routed >= (UINT32_C(1) << (queue->shift - ENTRY_SHIFT)) - GAP &&
        !xive_all_have_queue(xive, target->priority))
        return -EBUSY;
    return 0;
}

static void xive_count_routing(XiveQueueConfig *queue)
{
    if (queue->routed < UINT32_MAX)
        queue->routed++;
}

int xive_set_target(XiveKernel *xive, uint32_t lisn, const XiveTarget *target)
{
    uint64_t config = HV_XIVE_SOURCE_MASKED;

    if (target->priority != XIVE_MASKED)
        config = target->priority | (uint64_t)target->server << HV_XIVE_SOURCE_SERVER_SHIFT |
                 (uint64_t)target->eisn << HV_XIVE_SOURCE_EISN_SHIFT;

    gboolean masked = target->priority == XIVE_MASKED;

    g_mutex_lock(&xive->lock);
    int ret = masked ? 0 : xive_can_route(xive, target);
    if (ret == 0)
        ret = xive->vm->ops->irqchip_attr_set(xive->vm->hv, HV_IRQ_ATTR_XIVE_SOURCE_CONFIG, lisn,
                                              &config);
    if (ret == 0) {
        *xive_target(xive, lisn) = *target;
        if (!masked)
            xive_count_routing(xive_queue(xive, target->server, target->priority));
    }
    g_mutex_unlock(&xive->lock);
    trace(TRACE_IRQ, "source %#x to server %u priority %u number %#x = %d", lisn, target->server,
          target->priority, target->eisn, ret);
    return ret;
}

void xive_get_target(XiveKernel *xive, uint32_t lisn, XiveTarget *target)
{
    g_mutex_lock(&xive->lock);
    *target = *xive_target(xive, lisn);
    g_mutex_unlock(&xive->lock);
}

int xive_sync(XiveKernel *xive, uint32_t lisn)
{
    return xive->vm->ops->irqchip_attr_set(xive->vm->hv, HV_IRQ_ATTR_XIVE_SOURCE_SYNC, lisn, NULL);
}

/* --- queues ------------------------------------------------------------------------ */

static uint64_t xive_queue_id(uint32_t server, uint8_t priority)
{
    return (uint64_t)server << HV_XIVE_EQ_SERVER_SHIFT | priority;
}

/**
 * Whether @server ever had a queue of another priority. All priorities of a
 * KVM vCPU share one escalation interrupt: KVM takes it for the first, fails
 * to take it for the second, gives it back then, and the host's kernel crashes
 * at the vCPU's next H_CEDE. Lock held.
 */
static gboolean xive_escalation_taken(XiveKernel *xive, uint32_t server, uint8_t priority)
{
    for (uint8_t other = 0; other < XIVE_PRIORITIES; other++) {
        if (other != priority && xive_queue(xive, server, other)->used)
            return TRUE;
    }
    return FALSE;
}

/** Lock held. */
static int xive_set_queue_locked(XiveKernel *xive, uint32_t server, uint8_t priority,
                                 uint64_t address, uint32_t shift)
{
    XiveQueueConfig *queue = xive_queue(xive, server, priority);
    HvXiveEq eq = {0};

    if (shift && xive_escalation_taken(xive, server, priority))
        return -EEXIST;
    /* KVM takes a queue from its start: generation 1, index 0. */
    if (shift)
        eq = (HvXiveEq){
            .flags = HV_XIVE_EQ_ALWAYS_NOTIFY,
            .qshift = shift,
            .qaddr = address,
            .qtoggle = 1,
        };
    int ret = xive->vm->ops->irqchip_attr_set(xive->vm->hv, HV_IRQ_ATTR_XIVE_EQ_CONFIG,
                                              xive_queue_id(server, priority), &eq);
    /* KVM may have failed only after it took the interrupt. */
    if (shift)
        queue->used = TRUE;
    if (ret == 0) {
        queue->address = eq.qaddr;
        queue->shift = eq.qshift;
    }
    return ret;
}

int xive_set_queue(XiveKernel *xive, uint32_t server, uint8_t priority, uint64_t address,
                   uint32_t shift)
{
    g_mutex_lock(&xive->lock);
    int ret = xive_set_queue_locked(xive, server, priority, address, shift);
    g_mutex_unlock(&xive->lock);
    trace(TRACE_IRQ, "queue of server %u priority %u at %#" PRIx64 " shift %u = %d", server,
          priority, address, shift, ret);
    return ret;
}

int xive_get_queue(XiveKernel *xive, uint32_t server, uint8_t priority, gboolean state,
                   XiveQueue *queue)
{
    HvXiveEq eq = {0};
    int ret = 0;

    g_mutex_lock(&xive->lock);
    const XiveQueueConfig *config = xive_queue(xive, server, priority);
    *queue = (XiveQueue){.address = config->address, .shift = config->shift};
    if (state && config->shift)
        ret = xive->vm->ops->irqchip_attr_get(xive->vm->hv, HV_IRQ_ATTR_XIVE_EQ_CONFIG,
                                              xive_queue_id(server, priority), &eq);
    g_mutex_unlock(&xive->lock);
    queue->index = eq.qindex;
    queue->generation = eq.qtoggle & 1;
    return ret;
}

/* --- event state buffers -------------------------------------------------------------- */

/** What an access to the management page does, by its offset; an end may be a load or a store. */
enum {
    XIVE_ESB_OPERATION = 0xf00,
    XIVE_ESB_KIND = 0xc00,
    XIVE_ESB_LOAD_EOI = 0,
    XIVE_ESB_STORE_EOI = 0x400,
    XIVE_ESB_SET_PQ_00 = 0xc00,
};

static gboolean xive_level(const XiveKernel *xive, uint32_t lisn)
{
    uint32_t levels = __atomic_load_n(&xive->irq->levels, __ATOMIC_SEQ_CST);

    return levels >> (lisn - IRQ_SOURCE_LSI) & 1;
}

/** The pages are big-endian devices: one access of 8 bytes, in program order. */
static volatile uint64_t *xive_esb_management(XiveKernel *xive, uint32_t lisn, uint64_t offset)
{
    uint64_t page = UINT64_C(1) << xive->page_shift;

    return (volatile uint64_t *)(xive->esb + xive_esb_offset(xive, lisn) + page + offset);
}

static uint64_t xive_esb_read(XiveKernel *xive, uint32_t lisn, uint64_t offset)
{
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    uint64_t raw = *xive_esb_management(xive, lisn, offset);
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    return GUINT64_FROM_BE(raw);
}

/** Ready for another event, which there is at once if the input is still up. */
static uint64_t xive_esb_rearm(XiveKernel *xive, uint32_t lisn)
{
    uint64_t before = xive_esb_read(xive, lisn, XIVE_ESB_SET_PQ_00);

    if (xive_level(xive, lisn))
        xive_trigger(xive, lisn);
    return before;
}

uint64_t xive_esb_load(XiveKernel *xive, uint32_t lisn, uint64_t offset)
{
    if (xive_source_is_lsi(xive, lisn)) {
        /* Whether an event came while one was in service does not count, only the input. */
        if ((offset & XIVE_ESB_KIND) == XIVE_ESB_LOAD_EOI) {
            xive_esb_rearm(xive, lisn);
            return 0;
        }
        if ((offset & XIVE_ESB_OPERATION) == XIVE_ESB_SET_PQ_00)
            return xive_esb_rearm(xive, lisn);
    }
    return xive_esb_read(xive, lisn, offset);
}

void xive_esb_store(XiveKernel *xive, uint32_t lisn, uint64_t offset, uint64_t value)
{
    if (xive_source_is_lsi(xive, lisn) && (offset & XIVE_ESB_KIND) == XIVE_ESB_STORE_EOI) {
        xive_esb_rearm(xive, lisn);
        return;
    }
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    *xive_esb_management(xive, lisn, offset) = GUINT64_TO_BE(value);
}

void xive_trigger(XiveKernel *xive, uint32_t lisn)
{
    /* What the interrupt tells of must be in memory before it. */
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    *(volatile uint64_t *)(xive->esb + xive_esb_offset(xive, lisn)) = 0;
}

void xive_set_level(XiveKernel *xive, uint32_t lisn, gboolean level)
{
    if (level)
        xive_trigger(xive, lisn);
}

/* --- reset -------------------------------------------------------------------------------- */

/** Make source @lisn, or put it back to masked with nothing pending. Lock held. */
static int xive_reset_source(XiveKernel *xive, uint32_t lisn)
{
    /* KVM would keep what it is told of a level, and do nothing about it. */
    const uint64_t edge = 0;
    int ret = xive->vm->ops->irqchip_attr_set(xive->vm->hv, HV_IRQ_ATTR_XIVE_SOURCE, lisn, &edge);

    if (ret == 0)
        *xive_target(xive, lisn) = (XiveTarget){.priority = XIVE_MASKED, .eisn = lisn};
    return ret;
}

/** Lock held. */
static int xive_reset_block(XiveKernel *xive, uint32_t block)
{
    int ret = 0;

    for (uint32_t i = 0; i < IRQ_BLOCK && ret == 0; i++)
        ret = xive_reset_source(xive, irq_block_first(block) + i);
    return ret;
}

int xive_make_block(XiveKernel *xive, uint32_t block)
{
    g_mutex_lock(&xive->lock);
    int ret = xive_reset_block(xive, block);
    g_mutex_unlock(&xive->lock);
    return ret;
}

/** Step @step: first each source, then each queue that exists. Lock held. */
static int xive_reset_step(XiveKernel *xive, uint32_t step)
{
    if (step < xive->servers)
        return xive_reset_source(xive, step);
    step -= xive->servers;
    if (step < IRQ_BLOCKS)
        return irq_block_exists(xive->irq, step) ? xive_reset_block(xive, step) : 0;
    step -= IRQ_BLOCKS;

    uint32_t server = step / XIVE_PRIORITIES;
    uint8_t priority = (uint8_t)(step % XIVE_PRIORITIES);
    if (!xive_queue(xive, server, priority)->shift)
        return 0;
    return xive_set_queue_locked(xive, server, priority, 0, 0);
}

/*
 * KVM's own reset of the whole device is left alone on purpose: it frees the
 * wake-up interrupts of vCPUs, which other vCPUs of a guest may be using at
 * that very moment. One queue or source at a time has no such edge.
 */
int xive_reset_slice(XiveKernel *xive)
{
    uint32_t steps = xive->servers + IRQ_BLOCKS + xive->servers * XIVE_PRIORITIES;
    int ret = 0;

    g_mutex_lock(&xive->lock);
    for (unsigned i = 0; i < XIVE_RESET_SLICE && xive->reset_step < steps && ret == 0; i++)
        ret = xive_reset_step(xive, xive->reset_step++);
    gboolean more = ret == 0 && xive->reset_step < steps;
    if (!more)
        xive->reset_step = 0;
    g_mutex_unlock(&xive->lock);
    return ret ? ret : more;
}
