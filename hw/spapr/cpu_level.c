/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hw/spapr/cpu_level.h"

#include "hw/spapr/cpu_model.h"
#include "include/paprika/papr.h"

const CpuLevel cpu_levels[CPU_LEVELS] = {
    {PVR_LOGICAL_310, 310, CPU_COMPAT_POWER10, "POWER10"},
    {PVR_LOGICAL_300, 300, CPU_COMPAT_POWER9, "POWER9"},
    {PVR_LOGICAL_207, 207, CPU_COMPAT_POWER8, "POWER8"},
};

const CpuLevel *cpu_level_find(uint32_t pvr)
{
    for (unsigned i = 0; i < CPU_LEVELS; i++) {
        if (cpu_levels[i].pvr == pvr)
            return &cpu_levels[i];
    }
    return NULL;
}

const CpuLevel *cpu_level_highest(uint32_t host_pvr, CpuCompat limit)
{
    const CpuModel *model = cpu_model_find(host_pvr);

    for (unsigned i = 0; model && i < CPU_LEVELS; i++) {
        if (cpu_levels[i].isa <= model->isa &&
            (limit == CPU_COMPAT_NONE || cpu_levels[i].compat <= limit))
            return &cpu_levels[i];
    }
    return NULL;
}

uint32_t cpu_level_at_start(uint32_t host_pvr, CpuCompat limit)
{
    const CpuLevel *level = cpu_level_highest(host_pvr, limit);

    return limit == CPU_COMPAT_NONE || !level ? 0 : level->pvr;
}

unsigned cpu_level_isa(uint32_t host_pvr, uint32_t pvr)
{
    const CpuLevel *level = cpu_level_find(pvr);
    const CpuModel *model = cpu_model_find(host_pvr);

    return level ? level->isa : model ? model->isa : 0;
}

int cpu_level_apply_to(const Vcpu *cpu, uint32_t pvr)
{
    /* As KVM makes them. */
    return pvr ? cpu->vm->ops->vcpu_set_reg(cpu->hv, HV_REG_ARCH_COMPAT, pvr) : 0;
}

int cpu_level_apply(const Vm *vm, uint32_t pvr)
{
    uint64_t before = 0;

    for (unsigned i = 0; i < vm->n_vcpus; i++) {
        HvVcpu *hv = vm->vcpus[i]->hv;
        int ret = i ? 0 : vm->ops->vcpu_get_reg(hv, HV_REG_ARCH_COMPAT, &before);

        if (ret == 0)
            ret = vm->ops->vcpu_set_reg(hv, HV_REG_ARCH_COMPAT, pvr);
        if (ret == 0)
            continue;
        while (i-- > 0)
            vm->ops->vcpu_set_reg(vm->vcpus[i]->hv, HV_REG_ARCH_COMPAT, before);
        return ret;
    }
    return 0;
}
