/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Events and error reports (LoPAR 7.3.3), firmware-assisted NMI (7.3.14). */
#include "hw/spapr/platform.h"
#include "hw/spapr/rtas/rtas.h"
#include "src/base/guest_mem.h"

/**
 * check-exception: in vector, interrupt, event mask, critical, buffer, length
 * (and extended information, or not). No source has an event to report.
 */
static RtasStatus rtas_check_exception(Vcpu *cpu, const uint32_t *args, uint32_t *rets)
{
    return RTAS_NO_ERRORS_FOUND;
}

/** event-scan: in event mask, critical, buffer, length. */
static RtasStatus rtas_event_scan(Vcpu *cpu, const uint32_t *args, uint32_t *rets)
{
    return RTAS_NO_ERRORS_FOUND;
}

/** ibm,nmi-register: in real addresses of the reset and the machine check handler. */
static RtasStatus rtas_nmi_register(Vcpu *cpu, const uint32_t *args, uint32_t *rets)
{
    Platform *platform = cpu->vm->platform;
    uint32_t word;

    if (!cpu->vm->caps->fwnmi)
        return RTAS_NOT_SUPPORTED;
    if (!guest_mem_load_be32(cpu->vm->mem, args[0], &word) ||
        !guest_mem_load_be32(cpu->vm->mem, args[1], &word))
        return RTAS_PARAM_ERROR;
    if (cpu->vm->ops->vm_enable_fwnmi(cpu->vm->hv))
        return RTAS_NOT_SUPPORTED;

    g_mutex_lock(&platform->lock);
    platform->fwnmi_registered = TRUE;
    platform->fwnmi_reset = args[0];
    platform->fwnmi_machine_check = args[1];
    platform->fwnmi_owner = -1;
    g_mutex_unlock(&platform->lock);
    return RTAS_SUCCESS;
}

/** ibm,nmi-interlock: the processor is done with its machine check. */
static RtasStatus rtas_nmi_interlock(Vcpu *cpu, const uint32_t *args, uint32_t *rets)
{
    Platform *platform = cpu->vm->platform;
    RtasStatus status = RTAS_SUCCESS;

    g_mutex_lock(&platform->lock);
    if (!platform->fwnmi_registered)
        status = RTAS_NOT_SUPPORTED;
    else if (platform->fwnmi_owner != (int64_t)cpu->id)
        status = RTAS_PARAM_ERROR;
    else
        platform->fwnmi_owner = -1;
    g_mutex_unlock(&platform->lock);
    return status;
}

const RtasDef rtas_event_defs[] = {
    {"check-exception", rtas_check_exception, RTAS_ANY, 1, "LoPAR 7.3.3.2"},
    {"event-scan", rtas_event_scan, 4, 1, "LoPAR 7.3.3.1"},
    {"ibm,nmi-register", rtas_nmi_register, 2, 1, "LoPAR 7.3.14"},
    {"ibm,nmi-interlock", rtas_nmi_interlock, 0, 1, "LoPAR 7.3.14"},
    {0},
};
