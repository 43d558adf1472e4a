/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The machine's interrupt sources: which exist, and their inputs. */
#include <errno.h>

#include "hw/spapr/irq/irq_ops.h"
#include "src/base/trace.h"

uint32_t irq_msi_count(const Irq *irq) { return IRQ_MSIS; }

int irq_make_blocks(Irq *irq)
{
    int ret = 0;

    for (uint32_t block = 0; block < IRQ_BLOCKS && ret == 0; block++) {
        if (irq_block_exists(irq, block))
            ret = irq->ops->make_block(irq, block);
    }
    return ret;
}

/** claim_lock held. */
static int irq_claim_block(Irq *irq, uint32_t block)
{
    if (irq_block_exists(irq, block))
        return 0;
    g_rw_lock_reader_lock(&irq->lock);
    int ret = irq->ops->make_block(irq, block);
    g_rw_lock_reader_unlock(&irq->lock);
    if (ret == 0)
        __atomic_fetch_or(&irq->blocks[block / 64], UINT64_C(1) << (block % 64), __ATOMIC_RELEASE);
    trace(TRACE_IRQ, "sources from %#x on = %d", irq_block_first(block), ret);
    return ret;
}

int irq_claim(Irq *irq, uint32_t first, uint32_t count)
{
    int ret = 0;

    if (first < IRQ_SOURCE_BASE || first >= IRQ_SOURCE_END || count == 0 ||
        count > IRQ_SOURCE_END - first)
        return -EINVAL;

    uint32_t block = (first - IRQ_SOURCE_BASE) / IRQ_BLOCK;
    uint32_t last = (first + count - 1 - IRQ_SOURCE_BASE) / IRQ_BLOCK;
    g_mutex_lock(&irq->claim_lock);
    for (; block <= last && ret == 0; block++)
        ret = irq_claim_block(irq, block);
    g_mutex_unlock(&irq->claim_lock);
    return ret;
}

void irq_pulse(Irq *irq, uint32_t source)
{
    if (!irq_source_exists(irq, source) || irq_source_is_lsi(source))
        return;
    g_rw_lock_reader_lock(&irq->lock);
    irq->ops->pulse(irq, source);
    g_rw_lock_reader_unlock(&irq->lock);
}

void irq_set_level(Irq *irq, uint32_t source, gboolean level)
{
    if (!irq_source_exists(irq, source) || !irq_source_is_lsi(source))
        return;

    uint32_t bit = UINT32_C(1) << (source - IRQ_SOURCE_LSI);
    g_rw_lock_reader_lock(&irq->lock);
    uint32_t before = level ? __atomic_fetch_or(&irq->levels, bit, __ATOMIC_SEQ_CST)
                            : __atomic_fetch_and(&irq->levels, ~bit, __ATOMIC_SEQ_CST);
    if (!!(before & bit) != !!level)
        irq->ops->set_level(irq, source, level);
    g_rw_lock_reader_unlock(&irq->lock);
}

void irq_restore_levels(Irq *irq)
{
    for (uint32_t levels = irq->levels; levels; levels &= levels - 1)
        irq->ops->set_level(irq, IRQ_SOURCE_LSI + (uint32_t)__builtin_ctz(levels), TRUE);
}

void irq_forget_levels(Irq *irq)
{
    G_STATIC_ASSERT(IRQ_SOURCE_LSI_END - IRQ_SOURCE_LSI <= 32);
    __atomic_store_n(&irq->levels, 0, __ATOMIC_SEQ_CST);
}
