/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the three kinds of interrupt controller have in common, private to
 * hw/spapr/irq and to the hypercall and RTAS families that drive one kind.
 */
#pragma once

#include "hw/spapr/irq/irq.h"

typedef struct XicsUser XicsUser;
typedef struct XiveKernel XiveKernel;

/** One kind of controller. The functions are those of irq.h. */
typedef struct {
    gboolean (*attach)(Irq *irq, Vcpu *cpu, GError **error);
    gboolean (*reset)(Irq *irq, GError **error);
    void (*pulse)(Irq *irq, uint32_t source);
    /** Before another kind takes its place: withdraw what the VM has of this one; or NULL. */
    void (*leave)(Irq *irq);
    /** Or NULL. */
    void (*free)(Irq *irq);
} IrqOps;

struct Irq {
    Vm *vm;
    /** Highest vCPU id plus one. */
    uint32_t servers;
    /** XIVE was tried when the machine was made, and the host refused it. Constant. */
    gboolean xive_refused;

    /**
     * Written while the kind changes, which is when no vCPU but the one that
     * asks for it runs: vCPUs' own threads need not take it.
     */
    GRWLock lock;
    IrqKind kind;
    const IrqOps *ops;
    /** IRQ_KIND_XICS_USER only. */
    XicsUser *xics;
    /** IRQ_KIND_XIVE_KERNEL only. */
    XiveKernel *xive;
};

/*
 * Make @irq the named kind: fills ops and the kind's own state. On failure
 * @irq is as before, and @error says what the host refused. Main thread.
 */
gboolean irq_init_xics_user(Irq *irq, GError **error);
gboolean irq_init_xics_kernel(Irq *irq, GError **error);
gboolean irq_init_xive_kernel(Irq *irq, GError **error);

/** Whether @source is one of the machine's own sources. */
static inline gboolean irq_source_exists(uint32_t source)
{
    return source >= IRQ_SOURCE_BASE && source - IRQ_SOURCE_BASE < IRQ_SOURCE_COUNT;
}
