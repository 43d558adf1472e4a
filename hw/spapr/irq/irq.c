/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Choosing an interrupt controller, and what all kinds share. */
#include "hw/spapr/irq/irq.h"

#include <inttypes.h>

#include "hw/spapr/irq/irq_ops.h"
#include "src/base/error.h"
#include "src/base/log.h"

/** KVM's XIVE wants each event queue within one host page. */
enum { XIVE_MIN_HOST_PAGE = 1 << IRQ_XIVE_QUEUE_SHIFT };

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
    }
    return irq_init_xics_user;
}

static gboolean caps_have_xive(const HvCaps *caps) { return caps->irq_xive && !caps->nested; }

/** In a partition KVM offers the XICS device without vouching for it: stay with our own. */
static gboolean caps_have_xics(const HvCaps *caps) { return caps->irq_xics && !caps->nested; }

IrqKind irq_kind_choose(IrqChoice choice, CpuCompat limit, const HvCaps *caps)
{
    if (choice == IRQ_XIVE)
        return IRQ_KIND_XIVE_KERNEL;
    if (choice == IRQ_AUTO && limit != CPU_COMPAT_POWER8 && caps_have_xive(caps) &&
        caps->page_size >= XIVE_MIN_HOST_PAGE)
        return IRQ_KIND_XIVE_KERNEL;
    return caps_have_xics(caps) ? IRQ_KIND_XICS_KERNEL : IRQ_KIND_XICS_USER;
}

/** The kind to try when @kind could not be made; false after the last one. */
static gboolean irq_kind_next(IrqKind *kind, const HvCaps *caps)
{
    switch (*kind) {
    case IRQ_KIND_XIVE_KERNEL:
        *kind = caps_have_xics(caps) ? IRQ_KIND_XICS_KERNEL : IRQ_KIND_XICS_USER;
        return TRUE;
    case IRQ_KIND_XICS_KERNEL:
        *kind = IRQ_KIND_XICS_USER;
        return TRUE;
    case IRQ_KIND_XICS_USER:
        break;
    }
    return FALSE;
}

/** `--irq xive` where it can't be: say why, and what there is. */
static gboolean irq_check_xive(const Vm *vm, GError **error)
{
    const HvCaps *caps = vm->caps;
    const char *rest = irq_kind_name(irq_kind_choose(IRQ_XICS, CPU_COMPAT_NONE, caps));

    if (vm->config->max_cpu_compat == CPU_COMPAT_POWER8)
        return error_set(error, PAPRIKA_ERROR_USAGE,
                         "irq 'xive': there is none with max-cpu-compat 'power8', it came with "
                         "POWER9: choose 'xics' or 'auto'");
    if (!caps_have_xive(caps))
        return error_set(error, PAPRIKA_ERROR_USAGE,
                         "irq 'xive': this host's KVM offers guests no XIVE%s; it has %s: "
                         "choose 'xics' or 'auto'",
                         caps->nested ? " (it is itself a partition)" : "", rest);
    if (caps->page_size < XIVE_MIN_HOST_PAGE)
        return error_set(error, PAPRIKA_ERROR_USAGE,
                         "irq 'xive': KVM needs a host with pages of 64 KiB for it, this one's "
                         "are %" PRIu64 " KiB; it has %s: choose 'xics' or 'auto'",
                         caps->page_size >> 10, rest);
    return TRUE;
}

/** Why `auto` did not even try what a newer host would have, for the log. */
static void irq_log_choice(const Vm *vm, IrqKind kind)
{
    const HvCaps *caps = vm->caps;

    if (vm->config->irq != IRQ_AUTO || kind == IRQ_KIND_XIVE_KERNEL ||
        vm->config->max_cpu_compat == CPU_COMPAT_POWER8)
        return;
    if (caps->nested)
        log_info("interrupts: the host is a partition, its KVM has no controller that can be "
                 "relied on; using %s",
                 irq_kind_name(kind));
    else if (caps->irq_xive)
        log_info("interrupts: XIVE needs host pages of 64 KiB or more, this host's are %" PRIu64
                 " KiB; using %s",
                 caps->page_size >> 10, irq_kind_name(kind));
}

static uint32_t count_servers(const Vm *vm)
{
    unsigned threads = vm->config->threads;
    unsigned cores = vm->config->cpus / threads;

    return (cores - 1) * vm->stride + threads;
}

Irq *irq_new(Vm *vm, GError **error)
{
    g_autoptr(Irq) irq = g_new0(Irq, 1);
    IrqKind kind = irq_kind_choose(vm->config->irq, vm->config->max_cpu_compat, vm->caps);

    irq->vm = vm;
    irq->blocks[0] = 1;
    g_rw_lock_init(&irq->lock);
    g_mutex_init(&irq->claim_lock);
    g_mutex_init(&irq->fd_lock);
    irq->servers = count_servers(vm);
    if (vm->config->irq == IRQ_XIVE && !irq_check_xive(vm, error))
        return NULL;
    irq_log_choice(vm, kind);

    for (;;) {
        g_autoptr(GError) refused = NULL;
        IrqKind tried = kind;

        irq->kind = kind;
        if (irq_kind_init(kind)(irq, &refused))
            break;
        if (vm->config->irq == IRQ_XIVE || !irq_kind_next(&kind, vm->caps)) {
            g_propagate_error(error, g_steal_pointer(&refused));
            return NULL;
        }
        irq->xive_refused = TRUE;
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
        if (!irq_kind_next(&kind, irq->vm->caps))
            g_return_if_reached();
    }
}

gboolean irq_switch(Irq *irq, gboolean xive, GError **error)
{
    IrqKind before = irq->kind;

    if ((before == IRQ_KIND_XIVE_KERNEL) == xive)
        return TRUE;

    g_mutex_lock(&irq->claim_lock);
    g_mutex_lock(&irq->fd_lock);
    g_rw_lock_writer_lock(&irq->lock);
    irq_fds_suspend(irq);
    irq_leave(irq);
    gboolean ok = TRUE;
    if (!xive) {
        irq_become_any(irq, irq_kind_choose(IRQ_XICS, CPU_COMPAT_NONE, irq->vm->caps));
    } else if (!irq_become(irq, IRQ_KIND_XIVE_KERNEL, error)) {
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
