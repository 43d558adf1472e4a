/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hw/spapr/irq/xive_kernel.h"

#include <errno.h>
#include <string.h>

static XiveKernel *kernel_of(Xive *xive) { return (XiveKernel *)xive; }

/** The source's place in the tables; the source exists. */
static XiveTarget *xive_target(XiveKernel *xive, uint32_t lisn)
{
    return &xive->targets[xive_source_index(&xive->base, lisn)];
}

/* --- sources --------------------------------------------------------------------- */

static XiveQueueConfig *xive_queue(XiveKernel *xive, uint32_t server, uint8_t priority)
{
    return &xive->queues[(size_t)server * XIVE_PRIORITIES + priority];
}

/** Whether all connected servers have a queue of this priority. Lock held. */
static gboolean xive_all_have_queue(XiveKernel *xive, uint8_t priority)
{
    for (uint32_t server = 0; server < xive->base.servers; server++) {
        if (xive_has_server(&xive->base, server) && !xive_queue(xive, server, priority)->shift)
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

static int kernel_set_target(Xive *base, uint32_t lisn, const XiveTarget *target)
{
    XiveKernel *xive = kernel_of(base);
    uint64_t config = HV_XIVE_SOURCE_MASKED;

    if (target->priority != XIVE_MASKED)
        config = target->priority | (uint64_t)target->server << HV_XIVE_SOURCE_SERVER_SHIFT |
                 (uint64_t)target->eisn << HV_XIVE_SOURCE_EISN_SHIFT;

    gboolean masked = target->priority == XIVE_MASKED;

    g_mutex_lock(&xive->lock);
    int ret = masked ? 0 : xive_can_route(xive, target);
    if (ret == 0)
        ret = xive->base.vm->ops->irqchip_attr_set(xive->base.vm->hv,
                                                   HV_IRQ_ATTR_XIVE_SOURCE_CONFIG, lisn, &config);
    if (ret == 0) {
        *xive_target(xive, lisn) = *target;
        if (!masked)
            xive_count_routing(xive_queue(xive, target->server, target->priority));
    }
    g_mutex_unlock(&xive->lock);
    return ret;
}

static void kernel_get_target(Xive *base, uint32_t lisn, XiveTarget *target)
{
    XiveKernel *xive = kernel_of(base);

    g_mutex_lock(&xive->lock);
    *target = *xive_target(xive, lisn);
    g_mutex_unlock(&xive->lock);
}

static int kernel_sync(Xive *base, uint32_t lisn)
{
    return base->vm->ops->irqchip_attr_set(base->vm->hv, HV_IRQ_ATTR_XIVE_SOURCE_SYNC, lisn, NULL);
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
    int ret = xive->base.vm->ops->irqchip_attr_set(xive->base.vm->hv, HV_IRQ_ATTR_XIVE_EQ_CONFIG,
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

static int kernel_set_queue(Xive *base, uint32_t server, uint8_t priority, uint64_t address,
                            uint32_t shift)
{
    XiveKernel *xive = kernel_of(base);

    g_mutex_lock(&xive->lock);
    int ret = xive_set_queue_locked(xive, server, priority, address, shift);
    g_mutex_unlock(&xive->lock);
    return ret;
}

static int kernel_get_queue(Xive *base, uint32_t server, uint8_t priority, gboolean state,
                            XiveQueue *queue)
{
    XiveKernel *xive = kernel_of(base);
    HvXiveEq eq = {0};
    int ret = 0;

    g_mutex_lock(&xive->lock);
    const XiveQueueConfig *config = xive_queue(xive, server, priority);
    *queue = (XiveQueue){.address = config->address, .shift = config->shift};
    if (state && config->shift)
        ret = xive->base.vm->ops->irqchip_attr_get(xive->base.vm->hv, HV_IRQ_ATTR_XIVE_EQ_CONFIG,
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

/** The pages are big-endian devices: one access of 8 bytes, in program order. */
static volatile uint64_t *xive_esb_management(XiveKernel *xive, uint32_t lisn, uint64_t offset)
{
    uint64_t page = UINT64_C(1) << xive->base.page_shift;

    return (volatile uint64_t *)(xive->esb + xive_esb_offset(&xive->base, lisn) + page + offset);
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

    if (xive_source_level(&xive->base, lisn))
        xive_kernel_trigger(xive, lisn);
    return before;
}

static uint64_t kernel_esb_load(Xive *base, uint32_t lisn, uint64_t offset)
{
    XiveKernel *xive = kernel_of(base);

    if (xive_source_is_lsi(&xive->base, lisn)) {
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

static void kernel_esb_store(Xive *base, uint32_t lisn, uint64_t offset, uint64_t value)
{
    XiveKernel *xive = kernel_of(base);

    if (xive_source_is_lsi(&xive->base, lisn) && (offset & XIVE_ESB_KIND) == XIVE_ESB_STORE_EOI) {
        xive_esb_rearm(xive, lisn);
        return;
    }
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    *xive_esb_management(xive, lisn, offset) = GUINT64_TO_BE(value);
}

void xive_kernel_trigger(XiveKernel *xive, uint32_t lisn)
{
    /* What the interrupt tells of must be in memory before it. */
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    *(volatile uint64_t *)(xive->esb + xive_esb_offset(&xive->base, lisn)) = 0;
}

void xive_kernel_set_level(XiveKernel *xive, uint32_t lisn, gboolean level)
{
    if (level)
        xive_kernel_trigger(xive, lisn);
}

/* --- reset -------------------------------------------------------------------------------- */

/** Make source @lisn, or put it back to masked with nothing pending. Lock held. */
static int xive_reset_source(XiveKernel *xive, uint32_t lisn)
{
    /* KVM would keep what it is told of a level, and do nothing about it. */
    const uint64_t edge = 0;
    int ret = xive->base.vm->ops->irqchip_attr_set(xive->base.vm->hv, HV_IRQ_ATTR_XIVE_SOURCE, lisn,
                                                   &edge);

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

int xive_kernel_make_block(XiveKernel *xive, uint32_t block)
{
    g_mutex_lock(&xive->lock);
    int ret = xive_reset_block(xive, block);
    g_mutex_unlock(&xive->lock);
    return ret;
}

/** Step @step: first each source, then each queue that exists. Lock held. */
static int xive_reset_step(XiveKernel *xive, uint32_t step)
{
    if (step < xive->base.servers)
        return xive_reset_source(xive, step);
    step -= xive->base.servers;
    if (step < IRQ_BLOCKS)
        return irq_block_exists(xive->base.irq, step) ? xive_reset_block(xive, step) : 0;
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
static int kernel_reset_slice(Xive *base)
{
    XiveKernel *xive = kernel_of(base);
    uint32_t steps = xive->base.servers + IRQ_BLOCKS + xive->base.servers * XIVE_PRIORITIES;
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

/* --- life -------------------------------------------------------------------------------- */

XiveKernel *xive_kernel_new(Irq *irq)
{
    static const XiveOps ops = {
        .set_target = kernel_set_target,
        .get_target = kernel_get_target,
        .set_queue = kernel_set_queue,
        .get_queue = kernel_get_queue,
        .esb_load = kernel_esb_load,
        .esb_store = kernel_esb_store,
        .sync = kernel_sync,
        .reset_slice = kernel_reset_slice,
        .lsi_by_hcall = TRUE,
    };
    XiveKernel *xive = g_new0(XiveKernel, 1);

    /* KVM uses pages of the host's size. */
    xive_init(&xive->base, &ops, irq,
              (uint32_t)g_bit_nth_lsf((gulong)irq->vm->caps->page_size, -1));
    xive->targets = g_new0(XiveTarget, xive_source_count(&xive->base));
    xive->queues = g_new0(XiveQueueConfig, (size_t)irq->servers * XIVE_PRIORITIES);
    g_mutex_init(&xive->lock);
    return xive;
}

void xive_kernel_free(XiveKernel *xive)
{
    if (!xive)
        return;
    g_mutex_clear(&xive->lock);
    g_free(xive->targets);
    g_free(xive->queues);
    xive_finish(&xive->base);
    g_free(xive);
}
