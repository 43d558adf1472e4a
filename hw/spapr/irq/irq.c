/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Making an interrupt controller, changing it for another, and what all kinds share. */
#include "hw/spapr/irq/irq.h"

#include <inttypes.h>

#include "hw/spapr/irq/irq_ops.h"
#include "src/base/error.h"
#include "src/base/log.h"
#include "src/base/trace.h"

typedef gboolean (*IrqInitFn)(Irq *irq, GError **error);

const char *irq_kind_name(IrqKind kind)
{
    switch (kind) {
    case IRQ_KIND_XICS_KERNEL:
        return "XICS (kernel)";
    case IRQ_KIND_XICS_USER:
        return "XICS (user space)";
    case IRQ_KIND_XIVE_KERNEL:
        return "XIVE (kernel)";
    case IRQ_KIND_XIVE_USER:
        return "XIVE (user space)";
    }
    return "unknown";
}

static IrqInitFn irq_kind_init(IrqKind kind)
{
    switch (kind) {
    case IRQ_KIND_XICS_KERNEL:
        return irq_init_xics_kernel;
    case IRQ_KIND_XICS_USER:
        return irq_init_xics_user;
    case IRQ_KIND_XIVE_KERNEL:
        return irq_init_xive_kernel;
    case IRQ_KIND_XIVE_USER:
        return irq_init_xive_user;
    }
    return irq_init_xics_user;
}

static uint32_t count_servers(const Vm *vm)
{
    unsigned threads = vm->config->threads;
    unsigned cores = config_max_cpus(vm->config) / threads;

    return (cores - 1) * vm->stride + threads;
}

Irq *irq_new(Vm *vm, GError **error)
{
    g_autoptr(Irq) irq = g_new0(Irq, 1);
    IrqKind kind = irq_kind_choose(vm->config, vm->caps);

    irq->vm = vm;
    irq->blocks[0] = 1;
    g_rw_lock_init(&irq->lock);
    g_mutex_init(&irq->claim_lock);
    g_mutex_init(&irq->fd_lock);
    irq->servers = count_servers(vm);
    if (!irq_check_choice(vm->config, vm->caps, error))
        return NULL;
    irq_log_choice(kind, vm->config, vm->caps);

    for (;;) {
        g_autoptr(GError) refused = NULL;
        IrqKind tried = kind;

        irq->kind = kind;
        if (irq_kind_init(kind)(irq, &refused))
            break;
        if (!irq_kind_next(&kind, vm->config, vm->caps)) {
            g_propagate_error(error, g_steal_pointer(&refused));
            return NULL;
        }
        irq->xive_refused = !irq_kind_is_xive(kind);
        log_info("interrupts: no %s here (%s); using %s", irq_kind_name(tried), refused->message,
                 irq_kind_name(kind));
    }
    return g_steal_pointer(&irq);
}

void irq_free(Irq *irq)
{
    if (!irq)
        return;
    irq_fds_free(irq);
    if (irq->ops && irq->ops->free)
        irq->ops->free(irq);
    g_rw_lock_clear(&irq->lock);
    g_mutex_clear(&irq->claim_lock);
    g_mutex_clear(&irq->fd_lock);
    g_free(irq);
}

IrqKind irq_kind(const Irq *irq) { return irq->kind; }

gboolean irq_xive_refused(const Irq *irq) { return irq->xive_refused; }

uint32_t irq_servers(const Irq *irq) { return irq->servers; }

gboolean irq_attach_vcpu(Irq *irq, Vcpu *cpu, GError **error)
{
    if (cpu->id >= irq->servers)
        return error_set(error, PAPRIKA_ERROR_HOST,
                         "vCPU id %u is beyond the %" PRIu32 " interrupt servers", cpu->id,
                         irq->servers);
    return irq->ops->attach(irq, cpu, error);
}

gboolean irq_reset(Irq *irq, GError **error)
{
    irq_forget_levels(irq);
    return irq->ops->reset(irq, error);
}

gboolean irq_access(Irq *irq, Vcpu *cpu, uint64_t addr, uint8_t *data, unsigned length,
                    gboolean write)
{
    return irq->ops->access && irq->ops->access(irq, cpu, addr, data, length, write);
}

gboolean irq_check_xive_servers(const Irq *irq, GError **error)
{
    if (irq->servers > IRQ_SOURCE_BASE)
        return error_set(error, PAPRIKA_ERROR_USAGE,
                         "XIVE serves vCPU ids below %d here, not %" PRIu32
                         ": fewer --cpus, or irq 'xics'",
                         IRQ_SOURCE_BASE, irq->servers);
    return TRUE;
}

/** The machine has no controller after this. Lock held. */
static void irq_leave(Irq *irq)
{
    if (irq->ops->leave)
        irq->ops->leave(irq);
    irq->vm->ops->irqchip_free(irq->vm->hv);
    if (irq->ops->free)
        irq->ops->free(irq);
    irq->ops = NULL;
}

/** Make @irq, which is nothing yet, @kind, with all vCPUs connected. Lock held. */
static gboolean irq_become(Irq *irq, IrqKind kind, GError **error)
{
    const Vm *vm = irq->vm;

    irq->kind = kind;
    if (!irq_kind_init(kind)(irq, error))
        return FALSE;

    gboolean ok = TRUE;
    for (unsigned i = 0; ok && i < vm->n_vcpus; i++)
        ok = irq->ops->attach(irq, vm->vcpus[i], error);
    ok = ok && irq->ops->reset(irq, error);
    if (!ok)
        irq_leave(irq);
    return ok;
}

/** Some kind, @kind at best; the last one that there is can't be refused. Lock held. */
static void irq_become_any(Irq *irq, IrqKind kind)
{
    for (;;) {
        g_autoptr(GError) refused = NULL;

        if (irq_become(irq, kind, &refused))
            return;
        log_guest("interrupts: no %s any more: %s", irq_kind_name(kind), refused->message);
        if (!irq_kind_next(&kind, irq->vm->config, irq->vm->caps))
            kind = IRQ_KIND_XICS_USER;
    }
}

gboolean irq_switch(Irq *irq, gboolean xive, GError **error)
{
    IrqKind before = irq->kind;

    IrqKind wanted;

    if (irq_kind_is_xive(before) == !!xive)
        return TRUE;
    if (!irq_kind_find(irq->vm->config, irq->vm->caps, xive, &wanted))
        return error_set(error, PAPRIKA_ERROR_HOST, "there is no %s to be had",
                         xive ? "XIVE" : "XICS");

    g_mutex_lock(&irq->claim_lock);
    g_mutex_lock(&irq->fd_lock);
    g_rw_lock_writer_lock(&irq->lock);
    irq_fds_suspend(irq);
    irq_leave(irq);
    gboolean ok = TRUE;
    if (!xive) {
        irq_become_any(irq, wanted);
    } else if (!irq_become(irq, wanted, error)) {
        irq_become_any(irq, before);
        ok = FALSE;
    }
    irq_restore_levels(irq);
    irq_fds_resume(irq);
    g_rw_lock_writer_unlock(&irq->lock);
    g_mutex_unlock(&irq->fd_lock);
    g_mutex_unlock(&irq->claim_lock);
    return ok;
}

void irq_set_input(void *opaque, uint32_t server, gboolean level)
{
    Irq *irq = opaque;
    Vcpu *cpu = vm_vcpu_by_id(irq->vm, server);

    if (!cpu)
        return;
    int ret = irq->vm->ops->vcpu_interrupt(cpu->hv, level);
    trace(TRACE_IRQ, "server %u external input %s", server, level ? "up" : "down");
    if (ret)
        log_guest("cannot set the interrupt input of vCPU %u: %s", server, g_strerror(-ret));
}
