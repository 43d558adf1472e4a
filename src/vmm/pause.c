/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/vmm/pause.h"

#include "hw/spapr/platform.h"
#include "hw/spapr/watchdog.h"
#include "src/base/log.h"

/** What KVM can move a timebase by. */
#define TIMEBASE_STEP (UINT64_C(1) << 24)

void pause_begin(Vm *vm)
{
    vm->stopped_at = vm->ops->host_timebase(vm->host);
    watchdogs_pause(vm->platform->watchdogs);
}

/**
 * Older kernels keep the decrementer's end in the host's time, newer ones in
 * the guest's: what is read before and written afterwards is the guest's.
 */
static int set_offset(Vcpu *cpu, uint64_t offset)
{
    const HvOps *ops = cpu->vm->ops;
    uint64_t expiry;
    int ret = ops->vcpu_get_reg(cpu->hv, HV_REG_DEC_EXPIRY, &expiry);
    gboolean has_expiry = ret == 0;

    ret = ops->vcpu_set_reg(cpu->hv, HV_REG_TB_OFFSET, offset);
    if (ret == 0 && has_expiry)
        ret = ops->vcpu_set_reg(cpu->hv, HV_REG_DEC_EXPIRY, expiry);
    return ret;
}

void pause_end(Vm *vm)
{
    uint64_t gone = vm->ops->host_timebase(vm->host) - vm->stopped_at;
    int ret = 0;

    vm->tb_offset -= gone & ~(TIMEBASE_STEP - 1);
    for (unsigned i = 0; i < vm->n_vcpus && ret == 0; i++)
        ret = set_offset(vm->vcpus[i], vm->tb_offset);
    if (ret)
        log_warn("the guest's clock cannot be set back by the time that it was stopped: %s",
                 g_strerror(-ret));
    watchdogs_resume(vm->platform->watchdogs);
}

void pause_join(Vcpu *cpu)
{
    if (cpu->vm->tb_offset && set_offset(cpu, cpu->vm->tb_offset))
        log_warn("vCPU %u cannot be given the guest's timebase", cpu->id);
}
