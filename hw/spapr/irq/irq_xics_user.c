/* SPDX-License-Identifier: GPL-2.0-or-later */
/* XICS in user space as the machine's interrupt controller. */
#include <string.h>

#include "hw/spapr/irq/irq_ops.h"
#include "hw/spapr/irq/xics_user.h"

static gboolean attach(Irq *irq, Vcpu *cpu, GError **error)
{
    xics_user_connect(irq->xics, cpu->id);
    return TRUE;
}

static gboolean reset(Irq *irq, GError **error)
{
    xics_user_reset(irq->xics);
    return TRUE;
}

static void pulse(Irq *irq, uint32_t source) { xics_user_pulse(irq->xics, source); }

static void set_level(Irq *irq, uint32_t source, gboolean level)
{
    xics_user_set_level(irq->xics, source, level);
}

/** The table has all sources; what they are follows from their numbers. */
static int make_block(Irq *irq, uint32_t block)
{
    for (uint32_t i = 0; i < IRQ_BLOCK; i++) {
        uint32_t source = irq_block_first(block) + i;
        xics_user_set_level_sensitive(irq->xics, source, irq_source_is_lsi(source));
    }
    return 0;
}

/** No vCPU's input stays up: that would be held for good. */
static void leave(Irq *irq) { xics_user_reset(irq->xics); }

static void finish(Irq *irq) { g_clear_pointer(&irq->xics, xics_user_free); }

gboolean irq_init_xics_user(Irq *irq, GError **error)
{
    static const IrqOps ops = {
        .attach = attach,
        .reset = reset,
        .pulse = pulse,
        .set_level = set_level,
        .make_block = make_block,
        .leave = leave,
        .free = finish,
    };

    irq->xics = xics_user_new(irq->servers, IRQ_SOURCE_BASE, IRQ_SOURCE_END - IRQ_SOURCE_BASE,
                              irq_set_input, irq);
    irq->ops = &ops;
    irq_make_blocks(irq);
    return TRUE;
}
