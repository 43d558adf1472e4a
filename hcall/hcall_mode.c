/* SPDX-License-Identifier: GPL-2.0-or-later */
/* H_SET_MODE (LoPAR 14.5.4.3.5): what the kernel leaves of it to user space. */
#include "hcall/hcall.h"

enum {
    SET_MODE_TRANSLATION = 3,
    SET_MODE_ENDIAN = 4,

    SET_MODE_BIG_ENDIAN = 0,
    SET_MODE_LITTLE_ENDIAN = 1,
    /** Alternate interrupt location: none, and 0xc000000000004000. */
    SET_MODE_AIL_NONE = 0,
    SET_MODE_AIL_HIGH = 3,
};

/**
 * Change LPCR bits of the whole partition: at once on this vCPU, on the others
 * before they enter the guest again (they are brought out for it).
 */
static void mode_change(Vcpu *cpu, uint64_t mask, uint64_t value)
{
    Vm *vm = cpu->vm;

    g_mutex_lock(&vm->mode_lock);
    vm->lpcr_value = (vm->lpcr_value & ~mask) | value;
    vm->lpcr_mask |= mask;
    __atomic_fetch_add(&vm->mode_seq, 1, __ATOMIC_RELEASE);
    g_mutex_unlock(&vm->mode_lock);

    for (unsigned i = 0; i < vm->n_vcpus; i++)
        vm->control->post_event(vm->vcpus[i], VCPU_EVENT_MODE);
}

static HcallRet set_mode_endian(Vcpu *cpu, uint64_t flags)
{
    if (flags != SET_MODE_BIG_ENDIAN && flags != SET_MODE_LITTLE_ENDIAN)
        return H_UNSUPPORTED_FLAG_START;
    mode_change(cpu, HV_LPCR_ILE, flags == SET_MODE_LITTLE_ENDIAN ? HV_LPCR_ILE : 0);
    return H_SUCCESS;
}

static HcallRet set_mode_translation(Vcpu *cpu, uint64_t flags)
{
    if (flags != SET_MODE_AIL_NONE && flags != SET_MODE_AIL_HIGH)
        return H_UNSUPPORTED_FLAG_START;
    mode_change(cpu, HV_LPCR_AIL, flags << HV_LPCR_AIL_SHIFT);
    return H_SUCCESS;
}

/**
 * In: r4 flags, r5 resource, r6 and r7 values. The kernel answers for the
 * breakpoint registers and vets the interrupt location; older kernels that
 * pass the breakpoint registers on get H_P2, "no such resource".
 */
static HcallRet h_set_mode(Vcpu *cpu, uint64_t *args)
{
    uint64_t flags = args[0], resource = args[1];

    if (resource != SET_MODE_TRANSLATION && resource != SET_MODE_ENDIAN)
        return H_P2;
    if (args[2])
        return H_P3;
    if (args[3])
        return H_P4;
    return resource == SET_MODE_ENDIAN ? set_mode_endian(cpu, flags)
                                       : set_mode_translation(cpu, flags);
}

const HcallDef h_mode_defs[] = {
    {H_SET_MODE, "H_SET_MODE", h_set_mode, "LoPAR 14.5.4.3.5", HCALL_KERNEL_ON_REQUEST},
    {0},
};
