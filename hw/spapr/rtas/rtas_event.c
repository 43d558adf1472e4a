/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Events and error reports (LoPAR 7.3.3), firmware-assisted NMI (7.3.14). */
#include "hw/spapr/fwnmi.h"
#include "hw/spapr/rtas/rtas.h"

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
    return fwnmi_register(cpu, args[0], args[1]);
}

/** ibm,nmi-interlock: the processor is done with its machine check. */
static RtasStatus rtas_nmi_interlock(Vcpu *cpu, const uint32_t *args, uint32_t *rets)
{
    return fwnmi_interlock(cpu);
}

const RtasDef rtas_event_defs[] = {
    {"check-exception", rtas_check_exception, RTAS_ANY, 1, "LoPAR 7.3.3.2"},
    {"event-scan", rtas_event_scan, 4, 1, "LoPAR 7.3.3.1"},
    {"ibm,nmi-register", rtas_nmi_register, 2, 1, "LoPAR 7.3.14"},
    {"ibm,nmi-interlock", rtas_nmi_interlock, 0, 1, "LoPAR 7.3.14"},
    {0},
};
