/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * KVM's XICS as the machine's interrupt controller, on hosts with XICS or
 * XIVE. The kernel answers the hypercalls, and the RTAS services by token.
 */
#include <errno.h>

#include "hw/spapr/irq/irq_ops.h"
#include "hw/spapr/irq/xics_user.h"
#include "hw/spapr/rtas/rtas.h"
#include "src/base/error.h"
#include "src/base/log.h"

/* Fields of the one-reg that holds a server's state (Documentation/virt/kvm/devices/xics.rst). */
enum { ICP_STATE_PENDING_SHIFT = 16, ICP_STATE_MFRR_SHIFT = 24 };

/** Nothing accepted (CPPR 0), nothing pending. */
#define ICP_STATE_RESET                                                                            \
    ((UINT64_C(0xff) << ICP_STATE_PENDING_SHIFT) | (UINT64_C(0xff) << ICP_STATE_MFRR_SHIFT))

/** Server 0, masked, nothing pending. */
#define SOURCE_RESET (HV_XICS_MASKED | ((uint64_t)XICS_MASKED << HV_XICS_PRIORITY_SHIFT))

static int make_block(Irq *irq, uint32_t block)
{
    int ret = 0;

    for (uint32_t i = 0; i < IRQ_BLOCK && ret == 0; i++) {
        uint32_t source = irq_block_first(block) + i;
        uint64_t state = SOURCE_RESET | (irq_source_is_lsi(source) ? HV_XICS_LEVEL : 0);

        ret = irq->vm->ops->irqchip_attr_set(irq->vm->hv, HV_IRQ_ATTR_XICS_SOURCE, source, &state);
    }
    return ret;
}

static gboolean reset_sources(Irq *irq, GError **error)
{
    int ret = irq_make_blocks(irq);

    if (ret)
        return error_set_errno(error, PAPRIKA_ERROR_HOST, -ret,
                               "KVM's XICS refuses its interrupt sources");
    return TRUE;
}

static gboolean reset(Irq *irq, GError **error)
{
    const Vm *vm = irq->vm;

    /* Sources first: then nothing is left that could be sent to a server again. */
    if (!reset_sources(irq, error))
        return FALSE;
    for (unsigned i = 0; i < vm->n_vcpus; i++) {
        int ret = vm->ops->vcpu_set_reg(vm->vcpus[i]->hv, HV_REG_ICP_STATE, ICP_STATE_RESET);
        if (ret)
            return error_set_errno(error, PAPRIKA_ERROR_HOST, -ret,
                                   "cannot reset the interrupt state of vCPU %u", vm->vcpus[i]->id);
    }
    return TRUE;
}

static gboolean attach(Irq *irq, Vcpu *cpu, GError **error)
{
    int ret = irq->vm->ops->vcpu_attach_irqchip(cpu->hv, HV_IRQCHIP_XICS, cpu->id);

    if (ret)
        return error_set_errno(error, PAPRIKA_ERROR_HOST, -ret,
                               "cannot connect vCPU %u to KVM's XICS", cpu->id);
    return TRUE;
}

static void pulse(Irq *irq, uint32_t source)
{
    int ret = irq->vm->ops->irq_line(irq->vm->hv, source, TRUE);

    if (ret)
        log_guest("cannot raise interrupt %#x: %s", source, g_strerror(-ret));
}

static void set_level(Irq *irq, uint32_t source, gboolean level)
{
    int ret = irq->vm->ops->irq_line(irq->vm->hv, source, level);

    if (ret)
        log_guest("cannot set the level of interrupt %#x: %s", source, g_strerror(-ret));
}

/** The kernel no longer answers the services that route interrupts. */
static void leave(Irq *irq)
{
    for (const RtasDef *def = rtas_xics_defs; def->name; def++)
        irq->vm->ops->vm_define_rtas(irq->vm->hv, def->name, 0);
}

/** Have the kernel answer the services that route interrupts. */
static gboolean define_rtas(Irq *irq, GError **error)
{
    for (const RtasDef *def = rtas_xics_defs; def->name; def++) {
        int ret = irq->vm->ops->vm_define_rtas(irq->vm->hv, def->name, rtas_token(def->name));
        if (ret)
            return error_set_errno(error, PAPRIKA_ERROR_HOST, -ret,
                                   "KVM does not take over the RTAS service '%s'", def->name);
    }
    return TRUE;
}

gboolean irq_init_xics_kernel(Irq *irq, GError **error)
{
    static const IrqOps ops = {
        .attach = attach,
        .reset = reset,
        .pulse = pulse,
        .set_level = set_level,
        .make_block = make_block,
        .in_kernel = TRUE,
        .leave = leave,
    };
    int ret = irq->vm->ops->irqchip_new(irq->vm->hv, HV_IRQCHIP_XICS, irq->servers);

    if (ret)
        return error_set_errno(error, PAPRIKA_ERROR_HOST, -ret, "KVM creates no XICS device");
    irq->ops = &ops;
    if (!reset_sources(irq, error) || !define_rtas(irq, error)) {
        leave(irq);
        irq->vm->ops->irqchip_free(irq->vm->hv);
        irq->ops = NULL;
        return FALSE;
    }
    return TRUE;
}
