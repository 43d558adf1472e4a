/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hw/spapr/irq/xive.h"

#include <inttypes.h>

#include "src/base/trace.h"

enum { XIVE_MACHINE_SOURCES = IRQ_SOURCE_END - IRQ_SOURCE_BASE };

void xive_init(Xive *xive, const XiveOps *ops, Irq *irq, uint32_t page_shift)
{
    *xive = (Xive){
        .ops = ops,
        .vm = irq->vm,
        .irq = irq,
        .servers = irq->servers,
        .page_shift = page_shift,
        .connected = g_new0(uint8_t, irq->servers),
    };
}

void xive_finish(Xive *xive) { g_clear_pointer(&xive->connected, g_free); }

void xive_connect(Xive *xive, uint32_t server)
{
    __atomic_store_n(&xive->connected[server], TRUE, __ATOMIC_RELEASE);
}

gboolean xive_has_source(const Xive *xive, uint64_t lisn)
{
    return lisn < xive->servers || irq_source_exists(xive->irq, lisn);
}

gboolean xive_has_server(const Xive *xive, uint64_t server)
{
    return server < xive->servers && __atomic_load_n(&xive->connected[server], __ATOMIC_ACQUIRE);
}

uint32_t xive_source_count(const Xive *xive) { return xive->servers + XIVE_MACHINE_SOURCES; }

uint32_t xive_source_index(const Xive *xive, uint32_t lisn)
{
    return lisn < xive->servers ? lisn : xive->servers + (lisn - IRQ_SOURCE_BASE);
}

gboolean xive_source_is_lsi(const Xive *xive, uint32_t lisn)
{
    return lisn >= xive->servers && irq_source_is_lsi(lisn);
}

gboolean xive_source_level(const Xive *xive, uint32_t lisn)
{
    uint32_t levels = __atomic_load_n(&xive->irq->levels, __ATOMIC_SEQ_CST);

    return levels >> (lisn - IRQ_SOURCE_LSI) & 1;
}

gboolean xive_source_by_hcall(const Xive *xive, uint32_t lisn)
{
    return xive->ops->lsi_by_hcall && xive_source_is_lsi(xive, lisn);
}

uint32_t xive_page_shift(const Xive *xive) { return xive->page_shift; }

uint64_t xive_esb_offset(const Xive *xive, uint64_t lisn) { return lisn * 2 << xive->page_shift; }

uint64_t xive_trigger_page(const Xive *xive, uint32_t lisn)
{
    return IRQ_XIVE_ESB_BASE + xive_esb_offset(xive, lisn);
}

uint64_t xive_eoi_page(const Xive *xive, uint32_t lisn)
{
    return xive_trigger_page(xive, lisn) + (UINT64_C(1) << xive->page_shift);
}

int xive_set_target(Xive *xive, uint32_t lisn, const XiveTarget *target)
{
    int ret = xive->ops->set_target(xive, lisn, target);

    trace(TRACE_IRQ, "source %#x to server %u priority %u number %#x = %d", lisn, target->server,
          target->priority, target->eisn, ret);
    return ret;
}

void xive_get_target(Xive *xive, uint32_t lisn, XiveTarget *target)
{
    xive->ops->get_target(xive, lisn, target);
}

int xive_set_queue(Xive *xive, uint32_t server, uint8_t priority, uint64_t address, uint32_t shift)
{
    int ret = xive->ops->set_queue(xive, server, priority, address, shift);

    trace(TRACE_IRQ, "queue of server %u priority %u at %#" PRIx64 " shift %u = %d", server,
          priority, address, shift, ret);
    return ret;
}

int xive_get_queue(Xive *xive, uint32_t server, uint8_t priority, gboolean state, XiveQueue *queue)
{
    return xive->ops->get_queue(xive, server, priority, state, queue);
}

uint64_t xive_esb_load(Xive *xive, uint32_t lisn, uint64_t offset)
{
    return xive->ops->esb_load(xive, lisn, offset);
}

void xive_esb_store(Xive *xive, uint32_t lisn, uint64_t offset, uint64_t value)
{
    xive->ops->esb_store(xive, lisn, offset, value);
}

int xive_sync(Xive *xive, uint32_t lisn) { return xive->ops->sync(xive, lisn); }

int xive_reset_slice(Xive *xive) { return xive->ops->reset_slice(xive); }
