/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * KVM's XIVE as the machine's interrupt controller: making the device, mapping
 * its pages into the guest, connecting vCPUs.
 */
#include <errno.h>
#include <inttypes.h>

#include "hw/spapr/irq/irq_ops.h"
#include "hw/spapr/irq/xive_kernel.h"
#include "src/base/error.h"

enum {
    /** Guest memory has the slots from 0 up; these are the device's, the last ones one per block.
     */
    XIVE_SLOT_IPIS = 384,
    XIVE_SLOT_TIMA = 385,
    XIVE_SLOT_BLOCKS = 386,

    /** Views of the thread interrupt management area, and the operating system's. */
    XIVE_TIMA_PAGES = 4,
    XIVE_TIMA_OS_PAGE = 2,
};

/** A thread's context as KVM makes it: CPPR 0, nothing pending. */
#define XIVE_VP_STATE_RESET UINT64_C(0x00000000ff000000)

static gboolean map_slot(XiveKernel *xive, unsigned slot, uint64_t gpa, uint64_t size, void *host,
                         GError **error)
{
    int ret = xive->base.vm->ops->vm_map(xive->base.vm->hv, slot, gpa, size, host);

    if (ret)
        return error_set_errno(error, PAPRIKA_ERROR_HOST, -ret,
                               "cannot map XIVE pages into the guest at %#" PRIx64, gpa);
    return TRUE;
}

/** Map the pages of a block's sources, which exist. */
static int map_block(XiveKernel *xive, uint32_t block)
{
    uint64_t offset = xive_esb_offset(&xive->base, irq_block_first(block));

    return xive->base.vm->ops->vm_map(xive->base.vm->hv, XIVE_SLOT_BLOCKS + block,
                                      IRQ_XIVE_ESB_BASE + offset,
                                      xive_esb_offset(&xive->base, IRQ_BLOCK), xive->esb + offset);
}

/**
 * Give the guest the pages that exist, and no others: KVM ends a vCPU that
 * touches a hole in the device's area, but a hole in guest memory is harmless.
 */
static gboolean map_pages(XiveKernel *xive, GError **error)
{
    const Vm *vm = xive->base.vm;
    uint64_t page = UINT64_C(1) << xive->base.page_shift;
    uint64_t end = xive_esb_offset(&xive->base, IRQ_SOURCE_END);
    uint64_t os = XIVE_TIMA_OS_PAGE * page;
    int ret = 0;

    xive->esb = vm->ops->irqchip_map(vm->hv, HV_XIVE_ESB, end);
    if (!xive->esb)
        return error_set_errno(error, PAPRIKA_ERROR_HOST, errno,
                               "cannot map the event state pages of KVM's XIVE");
    uint8_t *tima = vm->ops->irqchip_map(vm->hv, HV_XIVE_TIMA, XIVE_TIMA_PAGES * page);
    if (!tima)
        return error_set_errno(error, PAPRIKA_ERROR_HOST, errno,
                               "cannot map the thread pages of KVM's XIVE");

    if (!map_slot(xive, XIVE_SLOT_IPIS, IRQ_XIVE_ESB_BASE,
                  xive_esb_offset(&xive->base, xive->base.servers), xive->esb, error) ||
        !map_slot(xive, XIVE_SLOT_TIMA, IRQ_XIVE_TIMA_BASE + os, page, tima + os, error))
        return FALSE;
    for (uint32_t block = 0; block < IRQ_BLOCKS && ret == 0; block++) {
        if (irq_block_exists(xive->base.irq, block))
            ret = map_block(xive, block);
    }
    if (ret)
        return error_set_errno(error, PAPRIKA_ERROR_HOST, -ret,
                               "cannot map XIVE's sources into the guest");
    return TRUE;
}

static void unmap_pages(XiveKernel *xive)
{
    const Vm *vm = xive->base.vm;

    vm->ops->vm_map(vm->hv, XIVE_SLOT_IPIS, 0, 0, NULL);
    vm->ops->vm_map(vm->hv, XIVE_SLOT_TIMA, 0, 0, NULL);
    for (uint32_t block = 0; block < IRQ_BLOCKS; block++) {
        if (irq_block_exists(xive->base.irq, block))
            vm->ops->vm_map(vm->hv, XIVE_SLOT_BLOCKS + block, 0, 0, NULL);
    }
}

static gboolean reset_all(XiveKernel *xive, GError **error)
{
    int ret;

    /* A guest may have left a reset of its own half done. */
    g_mutex_lock(&xive->lock);
    xive->reset_step = 0;
    g_mutex_unlock(&xive->lock);
    while ((ret = xive_reset_slice(&xive->base)) > 0)
        ;
    if (ret < 0)
        return error_set_errno(error, PAPRIKA_ERROR_HOST, -ret,
                               "KVM's XIVE refuses to set up its sources");
    return TRUE;
}

static XiveKernel *kernel_of(const Irq *irq) { return (XiveKernel *)irq->xive; }

/* --- the kind's functions -------------------------------------------------------------- */

static gboolean attach(Irq *irq, Vcpu *cpu, GError **error)
{
    int ret = irq->vm->ops->vcpu_attach_irqchip(cpu->hv, HV_IRQCHIP_XIVE, cpu->id);

    if (ret)
        return error_set_errno(
            error, PAPRIKA_ERROR_HOST, -ret, "cannot connect vCPU %u to KVM's XIVE%s", cpu->id,
            ret == -ENOSPC ? " (other guests use up its virtual processors: end some, "
                             "or choose irq 'xics')"
                           : "");
    xive_connect(irq->xive, cpu->id);
    return TRUE;
}

static gboolean reset(Irq *irq, GError **error)
{
    const Vm *vm = irq->vm;

    if (!reset_all(kernel_of(irq), error))
        return FALSE;
    for (unsigned i = 0; i < vm->n_vcpus; i++) {
        int ret =
            vm->ops->vcpu_set_reg(vm->vcpus[i]->hv, HV_REG_XIVE_VP_STATE, XIVE_VP_STATE_RESET);
        if (ret)
            return error_set_errno(error, PAPRIKA_ERROR_HOST, -ret,
                                   "cannot reset the interrupt context of vCPU %u",
                                   vm->vcpus[i]->id);
    }
    return TRUE;
}

static void pulse(Irq *irq, uint32_t source) { xive_kernel_trigger(kernel_of(irq), source); }

static void set_level(Irq *irq, uint32_t source, gboolean level)
{
    xive_kernel_set_level(kernel_of(irq), source, level);
}

/** Pages first made, then shown: a guest that touches them early does no harm. */
static int make_block(Irq *irq, uint32_t block)
{
    int ret = xive_kernel_make_block(kernel_of(irq), block);

    return ret ? ret : map_block(kernel_of(irq), block);
}

static void leave(Irq *irq) { unmap_pages(kernel_of(irq)); }

static void finish(Irq *irq)
{
    xive_kernel_free(kernel_of(irq));
    irq->xive = NULL;
}

gboolean irq_init_xive_kernel(Irq *irq, GError **error)
{
    static const IrqOps ops = {
        .attach = attach,
        .reset = reset,
        .pulse = pulse,
        .set_level = set_level,
        .make_block = make_block,
        .in_kernel = TRUE,
        .leave = leave,
        .free = finish,
    };

    if (!irq_check_xive_servers(irq, error))
        return FALSE;

    int ret = irq->vm->ops->irqchip_new(irq->vm->hv, HV_IRQCHIP_XIVE, irq->servers);
    if (ret)
        return error_set_errno(error, PAPRIKA_ERROR_HOST, -ret, "KVM creates no XIVE device");

    XiveKernel *xive = xive_kernel_new(irq);
    if (!reset_all(xive, error) || !map_pages(xive, error)) {
        unmap_pages(xive);
        irq->vm->ops->irqchip_free(irq->vm->hv);
        xive_kernel_free(xive);
        return FALSE;
    }
    irq->xive = &xive->base;
    irq->ops = &ops;
    return TRUE;
}
