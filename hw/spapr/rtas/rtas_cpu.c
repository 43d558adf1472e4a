/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Starting and stopping processors (LoPAR 7.3.8). */
#include "hw/spapr/rtas/rtas.h"

/** start-cpu: in vCPU, real address, r3; out status. */
static RtasStatus rtas_start_cpu(Vcpu *self, const uint32_t *args, uint32_t *rets)
{
    Vcpu *cpu = vm_vcpu_by_id(self->vm, args[0]);

    if (!cpu)
        return RTAS_PARAM_ERROR;
    return self->vm->control->start_cpu(cpu, args[1], args[2]) ? RTAS_HW_ERROR : RTAS_SUCCESS;
}

/** stop-self: no arguments; does not return while it succeeds. */
static RtasStatus rtas_stop_self(Vcpu *self, const uint32_t *args, uint32_t *rets)
{
    self->vm->control->stop_self(self);
    return RTAS_SUCCESS;
}

/** query-cpu-stopped-state: in vCPU; out status, state (0 stopped, 1 stopping, 2 not stopped). */
static RtasStatus rtas_query_cpu_stopped_state(Vcpu *self, const uint32_t *args, uint32_t *rets)
{
    enum { STATE_STOPPED = 0, STATE_NOT_STOPPED = 2 };
    Vcpu *cpu = vm_vcpu_by_id(self->vm, args[0]);

    if (!cpu)
        return RTAS_PARAM_ERROR;
    rets[1] = vcpu_is_stopped(cpu) ? STATE_STOPPED : STATE_NOT_STOPPED;
    return RTAS_SUCCESS;
}

const RtasDef rtas_cpu_defs[] = {
    {"start-cpu", rtas_start_cpu, 3, 1, "LoPAR 7.3.8.2"},
    {"stop-self", rtas_stop_self, 0, 1, "LoPAR 7.3.8.1"},
    {"query-cpu-stopped-state", rtas_query_cpu_stopped_state, 1, 2, "LoPAR 7.3.8.3"},
    {0},
};
