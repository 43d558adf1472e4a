/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Routing of XICS interrupt sources (LoPAR 7.3.10). With the kernel's XICS it
 * is the kernel that answers by token, before a call gets here; with XIVE
 * there are no such services.
 */
#include "hw/spapr/irq/irq_ops.h"
#include "hw/spapr/irq/xics_user.h"
#include "hw/spapr/rtas/rtas.h"

/** The controller, if it is ours and has @source. */
static XicsUser *xics_of(const Vcpu *cpu, uint32_t source)
{
    const Irq *irq = cpu->vm->irq;

    return irq->kind == IRQ_KIND_XICS_USER && irq_source_exists(irq, source) ? irq->xics : NULL;
}

/** ibm,get-xive: in source; out server, priority. */
static RtasStatus rtas_get_xive(Vcpu *cpu, const uint32_t *args, uint32_t *rets)
{
    XicsUser *xics = xics_of(cpu, args[0]);

    if (!xics || !xics_user_get_xive(xics, args[0], &rets[1], &rets[2]))
        return RTAS_PARAM_ERROR;
    return RTAS_SUCCESS;
}

/** ibm,set-xive: in source, server, priority. */
static RtasStatus rtas_set_xive(Vcpu *cpu, const uint32_t *args, uint32_t *rets)
{
    XicsUser *xics = xics_of(cpu, args[0]);

    if (!xics || !xics_user_set_xive(xics, args[0], args[1], args[2]))
        return RTAS_PARAM_ERROR;
    return RTAS_SUCCESS;
}

/** ibm,int-on: in source; back to the priority from before ibm,int-off. */
static RtasStatus rtas_int_on(Vcpu *cpu, const uint32_t *args, uint32_t *rets)
{
    XicsUser *xics = xics_of(cpu, args[0]);

    return xics && xics_user_int_on(xics, args[0]) ? RTAS_SUCCESS : RTAS_PARAM_ERROR;
}

/** ibm,int-off: in source. */
static RtasStatus rtas_int_off(Vcpu *cpu, const uint32_t *args, uint32_t *rets)
{
    XicsUser *xics = xics_of(cpu, args[0]);

    return xics && xics_user_int_off(xics, args[0]) ? RTAS_SUCCESS : RTAS_PARAM_ERROR;
}

const RtasDef rtas_xics_defs[] = {
    {"ibm,get-xive", rtas_get_xive, 1, 3, "LoPAR 7.3.10.1"},
    {"ibm,set-xive", rtas_set_xive, 3, 1, "LoPAR 7.3.10.2"},
    {"ibm,int-off", rtas_int_off, 1, 1, "LoPAR 7.3.10.3"},
    {"ibm,int-on", rtas_int_on, 1, 1, "LoPAR 7.3.10.4"},
    {0},
};
