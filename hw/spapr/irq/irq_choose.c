/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which kind of interrupt controller a machine gets. */
#include <inttypes.h>

#include "hw/spapr/cpu_level.h"
#include "hw/spapr/irq/irq_ops.h"
#include "src/base/error.h"
#include "src/base/log.h"

/** KVM's XIVE wants each event queue within one host page. */
enum { XIVE_MIN_HOST_PAGE = 1 << IRQ_XIVE_QUEUE_SHIFT };

/** Processors know of XIVE from this level of the architecture on. */
enum { ISA_POWER9 = 300 };

static gboolean caps_have_xive(const HvCaps *caps) { return caps->irq_xive && !caps->nested; }

/** In a partition KVM offers the XICS device without vouching for it: stay with our own. */
static gboolean caps_have_xics(const HvCaps *caps) { return caps->irq_xics && !caps->nested; }

static gboolean kernel_xive_works(const HvCaps *caps)
{
    return caps_have_xive(caps) && caps->page_size >= XIVE_MIN_HOST_PAGE;
}

/** Whether the host's processors know of XIVE, so that a guest can be told of ours. */
static gboolean user_xive_works(const HvCaps *caps)
{
    const CpuLevel *level = cpu_level_highest(caps->cpu.pvr, CPU_COMPAT_NONE);

    return level && level->isa >= ISA_POWER9;
}

static gboolean find_xive(const VmConfig *config, const HvCaps *caps, IrqKind *kind)
{
    if (config->irq_place != IRQ_IN_USER && kernel_xive_works(caps)) {
        *kind = IRQ_KIND_XIVE_KERNEL;
        return TRUE;
    }
    *kind = IRQ_KIND_XIVE_USER;
    /* Unasked it is no better than XICS, which also costs an exit for each access. */
    return user_xive_works(caps) && (config->irq_place == IRQ_IN_USER ||
                                     (config->irq_place == IRQ_IN_AUTO && config->irq == IRQ_XIVE));
}

static gboolean find_xics(const VmConfig *config, const HvCaps *caps, IrqKind *kind)
{
    gboolean kernel = config->irq_place != IRQ_IN_USER && caps_have_xics(caps);

    *kind = kernel ? IRQ_KIND_XICS_KERNEL : IRQ_KIND_XICS_USER;
    return kernel || config->irq_place != IRQ_IN_KERNEL;
}

gboolean irq_kind_find(const VmConfig *config, const HvCaps *caps, gboolean xive, IrqKind *kind)
{
    if (config->irq == (xive ? IRQ_XICS : IRQ_XIVE))
        return FALSE;
    return xive ? find_xive(config, caps, kind) : find_xics(config, caps, kind);
}

IrqKind irq_kind_choose(const VmConfig *config, const HvCaps *caps)
{
    IrqKind kind;

    if (config->irq == IRQ_XIVE)
        find_xive(config, caps, &kind);
    else if (config->irq == IRQ_XICS || config->max_cpu_compat == CPU_COMPAT_POWER8 ||
             !find_xive(config, caps, &kind))
        find_xics(config, caps, &kind);
    return kind;
}

gboolean irq_kind_next(IrqKind *kind, const VmConfig *config, const HvCaps *caps)
{
    gboolean user = config->irq_place == IRQ_IN_AUTO;

    switch (*kind) {
    case IRQ_KIND_XIVE_KERNEL:
        if (config->irq == IRQ_XIVE) {
            *kind = IRQ_KIND_XIVE_USER;
            return user && user_xive_works(caps);
        }
        return find_xics(config, caps, kind);
    case IRQ_KIND_XICS_KERNEL:
        *kind = IRQ_KIND_XICS_USER;
        return user;
    case IRQ_KIND_XIVE_USER:
        return config->irq != IRQ_XIVE && find_xics(config, caps, kind);
    case IRQ_KIND_XICS_USER:
        break;
    }
    return FALSE;
}

/** `--irq xive` where it can't be. */
static gboolean check_xive(const VmConfig *config, const HvCaps *caps, GError **error)
{
    gboolean here = config->irq_place != IRQ_IN_KERNEL;

    if (config->max_cpu_compat == CPU_COMPAT_POWER8)
        return error_set(error, PAPRIKA_ERROR_USAGE,
                         "irq 'xive': there is none with max-cpu-compat 'power8', it came with "
                         "POWER9: choose 'xics' or 'auto'");
    if (!user_xive_works(caps))
        return error_set(
            error, PAPRIKA_ERROR_USAGE,
            "irq 'xive': this host's processors have none, it came with POWER9; the "
            "host has %s: choose 'xics' or 'auto'",
            irq_kind_name(caps_have_xics(caps) ? IRQ_KIND_XICS_KERNEL : IRQ_KIND_XICS_USER));
    if (!here && !caps_have_xive(caps))
        return error_set(error, PAPRIKA_ERROR_USAGE,
                         "irq 'xive,in=kernel': this host's KVM offers guests no XIVE%s: leave "
                         "out 'in=kernel'",
                         caps->nested ? " (it is itself a partition)" : "");
    if (!here && !kernel_xive_works(caps))
        return error_set(error, PAPRIKA_ERROR_USAGE,
                         "irq 'xive,in=kernel': KVM needs a host with pages of 64 KiB for it, this "
                         "one's are %" PRIu64 " KiB: leave out 'in=kernel'",
                         caps->page_size >> 10);
    return TRUE;
}

gboolean irq_check_choice(const VmConfig *config, const HvCaps *caps, GError **error)
{
    IrqKind kind;

    if (config->irq == IRQ_XIVE)
        return check_xive(config, caps, error);
    if (config->irq == IRQ_AUTO && find_xive(config, caps, &kind))
        return TRUE;
    if (!find_xics(config, caps, &kind))
        return error_set(error, PAPRIKA_ERROR_USAGE,
                         "irq 'in=kernel': this host's KVM has no interrupt controller%s: leave "
                         "out 'in=kernel'",
                         caps->nested ? " that can be relied on (it is itself a partition)" : "");
    return TRUE;
}

void irq_log_choice(IrqKind kind, const VmConfig *config, const HvCaps *caps)
{
    if (config->irq != IRQ_AUTO || config->irq_place != IRQ_IN_AUTO || irq_kind_is_xive(kind) ||
        config->max_cpu_compat == CPU_COMPAT_POWER8)
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
