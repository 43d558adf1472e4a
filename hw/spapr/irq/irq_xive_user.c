/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * XIVE in user space as the machine's interrupt controller: its pages, which
 * are no memory, so that a vCPU's loads and stores there come out to us.
 */
#include <string.h>

#include "hw/spapr/irq/irq_ops.h"
#include "hw/spapr/irq/xive_user.h"

/** The operating system's view of the thread interrupt management area. */
enum {
    TIMA_OS_PAGE = 2,
    TIMA_OS_RING = 0x10,
    TIMA_OS_RING_END = 0x20,
    TIMA_OS_CPPR = 0x11,
    /** Operations: a load of two bytes, a store of one. */
    TIMA_ACCEPT = 0x810,
    TIMA_SET_PENDING = 0x812,
};

static XiveUser *user_of(const Irq *irq) { return (XiveUser *)irq->xive; }

/* --- loads and stores ------------------------------------------------------------------ */

static void tima_load(XiveUser *xive, uint32_t server, uint64_t offset, uint8_t *data,
                      unsigned length)
{
    uint8_t ring[TIMA_OS_RING_END - TIMA_OS_RING];

    if (offset == TIMA_ACCEPT && length == 2) {
        uint16_t accepted = xive_user_accept(xive, server);
        data[0] = (uint8_t)(accepted >> 8);
        data[1] = (uint8_t)accepted;
    } else if (offset >= TIMA_OS_RING && offset + length <= TIMA_OS_RING_END) {
        xive_user_ring(xive, server, ring);
        memcpy(data, ring + (offset - TIMA_OS_RING), length);
    } else {
        memset(data, 0xff, length);
    }
}

static void tima_store(XiveUser *xive, uint32_t server, uint64_t offset, const uint8_t *data,
                       unsigned length)
{
    if (offset == TIMA_OS_CPPR && length == 1)
        xive_user_set_cppr(xive, server, data[0]);
    else if (offset == TIMA_SET_PENDING && length == 1)
        xive_user_set_pending(xive, server, data[0]);
}

/** The part of a doubleword that a shorter load sees is that at its address. */
static void esb_load(XiveUser *xive, uint32_t lisn, uint64_t offset, uint8_t *data, unsigned length)
{
    unsigned first = offset % sizeof(uint64_t);
    uint64_t value = GUINT64_TO_BE(xive_esb_load(xive_user_base(xive), lisn, offset));

    memset(data, 0xff, length);
    memcpy(data, (uint8_t *)&value + first, MIN(length, (unsigned)sizeof(value) - first));
}

/** The trigger page knows stores only, which all are the same, and so has the one that follows. */
static void esb_access(XiveUser *xive, uint32_t lisn, uint64_t offset, uint8_t *data,
                       unsigned length, gboolean write)
{
    uint64_t page = UINT64_C(1) << xive_user_base(xive)->page_shift;

    if (offset < page && write)
        xive_user_trigger(xive, lisn);
    else if (offset < page)
        memset(data, 0xff, length);
    else if (write)
        xive_esb_store(xive_user_base(xive), lisn, offset - page, 0);
    else
        esb_load(xive, lisn, offset - page, data, length);
}

static gboolean access_page(Irq *irq, Vcpu *cpu, uint64_t addr, uint8_t *data, unsigned length,
                            gboolean write)
{
    XiveUser *xive = user_of(irq);
    Xive *base = irq->xive;
    uint64_t page = UINT64_C(1) << base->page_shift;
    uint64_t tima = IRQ_XIVE_TIMA_BASE + TIMA_OS_PAGE * page;

    if (addr >= tima && addr - tima < page && length <= page - (addr - tima)) {
        if (write)
            tima_store(xive, cpu->id, addr - tima, data, length);
        else
            tima_load(xive, cpu->id, addr - tima, data, length);
        return TRUE;
    }
    if (addr < IRQ_XIVE_ESB_BASE)
        return FALSE;
    uint64_t lisn = (addr - IRQ_XIVE_ESB_BASE) / (2 * page);
    if (!xive_has_source(base, lisn))
        return FALSE;
    esb_access(xive, (uint32_t)lisn, (addr - IRQ_XIVE_ESB_BASE) % (2 * page), data, length, write);
    return TRUE;
}

/* --- the kind's functions ----------------------------------------------------------------- */

static gboolean attach(Irq *irq, Vcpu *cpu, GError **error)
{
    xive_user_reset_server(user_of(irq), cpu->id);
    xive_connect(irq->xive, cpu->id);
    return TRUE;
}

static gboolean reset(Irq *irq, GError **error)
{
    xive_user_reset(user_of(irq));
    return TRUE;
}

static void pulse(Irq *irq, uint32_t source) { xive_user_trigger(user_of(irq), source); }

static void set_level(Irq *irq, uint32_t source, gboolean level)
{
    if (level)
        xive_user_set_level(user_of(irq), source);
}

static int make_block(Irq *irq, uint32_t block)
{
    for (uint32_t i = 0; i < IRQ_BLOCK; i++)
        xive_user_reset_source(user_of(irq), irq_block_first(block) + i);
    return 0;
}

/** No vCPU's input stays up: that would be held for good. */
static void leave(Irq *irq) { xive_user_reset(user_of(irq)); }

static void finish(Irq *irq)
{
    xive_user_free(user_of(irq));
    irq->xive = NULL;
}

gboolean irq_init_xive_user(Irq *irq, GError **error)
{
    static const IrqOps ops = {
        .attach = attach,
        .reset = reset,
        .pulse = pulse,
        .set_level = set_level,
        .make_block = make_block,
        .access = access_page,
        .leave = leave,
        .free = finish,
    };

    if (!irq_check_xive_servers(irq, error))
        return FALSE;
    irq->xive = xive_user_base(xive_user_new(irq, irq_set_input, irq));
    irq->ops = &ops;
    return TRUE;
}
