/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Processors: ceding, joining, prodding, resetting (LoPAR 14.11). */
#include "hcall/hcall.h"

enum {
    MSR_EE = 1 << 15,
    /**
     * The kernel answers H_PROD by itself and tells nobody, so that a joined
     * processor looks for its prod this often. PAPR lets H_JOIN end early
     * ("stray prod"), and Linux joins again then.
     */
    JOIN_POLL_US = 10000,
};

/** Whether every other running processor of the partition has joined. With vm->last_lock. */
static gboolean join_is_last(const Vcpu *self)
{
    const Vm *vm = self->vm;

    for (unsigned i = 0; i < vm->n_vcpus; i++) {
        Vcpu *cpu = vm->vcpus[i];

        if (cpu == self)
            continue;
        g_mutex_lock(&cpu->lock);
        gboolean active = cpu->state != VCPU_STOPPED && !cpu->joined;
        g_mutex_unlock(&cpu->lock);
        if (active)
            return FALSE;
    }
    return TRUE;
}

/**
 * H_JOIN: no arguments. The processor waits until it is prodded, or returns
 * H_CONTINUE if it is the last one active; H_BAD_MODE with interrupts on.
 * Deviation: returns H_SUCCESS at the latest after JOIN_POLL_US.
 */
static HcallRet h_join(Vcpu *cpu, uint64_t *args)
{
    HvRegs regs;

    if (cpu->vm->ops->vcpu_get_regs(cpu->hv, &regs))
        return H_HARDWARE;
    if (regs.msr & MSR_EE)
        return H_BAD_MODE;

    /* Of processors that join at the same time, exactly one shall be the last. */
    g_mutex_lock(&cpu->vm->last_lock);
    gboolean last = join_is_last(cpu);
    g_mutex_lock(&cpu->lock);
    cpu->joined = !last;
    g_mutex_unlock(&cpu->lock);
    g_mutex_unlock(&cpu->vm->last_lock);
    if (last)
        return H_CONTINUE;

    gint64 end = g_get_monotonic_time() + JOIN_POLL_US;

    g_mutex_lock(&cpu->lock);
    while (!__atomic_load_n(&cpu->events, __ATOMIC_ACQUIRE) &&
           !__atomic_load_n(&cpu->park, __ATOMIC_ACQUIRE)) {
        if (!g_cond_wait_until(&cpu->wake, &cpu->lock, end))
            break;
    }
    cpu->joined = FALSE;
    g_mutex_unlock(&cpu->lock);
    return H_SUCCESS;
}

/** H_SIGNAL_SYS_RESET: r4 is a vCPU, or -1 for all, -2 for all others. */
static HcallRet h_signal_sys_reset(Vcpu *self, uint64_t *args)
{
    enum { TARGET_ALL = -1, TARGET_ALL_OTHERS = -2 };
    int64_t target = (int64_t)args[0];
    Vm *vm = self->vm;

    if (target != TARGET_ALL && target != TARGET_ALL_OTHERS) {
        Vcpu *cpu = target >= 0 ? vm_vcpu_by_id(vm, args[0]) : NULL;

        if (!cpu)
            return H_PARAMETER;
        vm->control->post_event(cpu, VCPU_EVENT_SYSTEM_RESET);
        return H_SUCCESS;
    }
    for (unsigned i = 0; i < vm->n_vcpus; i++) {
        if (target == TARGET_ALL || vm->vcpus[i] != self)
            vm->control->post_event(vm->vcpus[i], VCPU_EVENT_SYSTEM_RESET);
    }
    return H_SUCCESS;
}

const HcallDef h_cpu_defs[] = {
    {H_REGISTER_VPA, "H_REGISTER_VPA", NULL, "LoPAR 14.11.3.2", HCALL_KERNEL},
    {H_CEDE, "H_CEDE", NULL, "LoPAR 14.11.3.3", HCALL_KERNEL},
    {H_CONFER, "H_CONFER", NULL, "LoPAR 14.11.3.4", HCALL_KERNEL},
    {H_PROD, "H_PROD", NULL, "LoPAR 14.11.3.5", HCALL_KERNEL},
    {H_SET_DABR, "H_SET_DABR", NULL, "LoPAR 14.5.4.3.2", HCALL_KERNEL},
    {H_SET_XDABR, "H_SET_XDABR", NULL, "LoPAR 14.5.4.3.4", HCALL_KERNEL},
    {H_JOIN, "H_JOIN", h_join, "LoPAR 14.11.5.1", HCALL_HERE},
    {H_SIGNAL_SYS_RESET, "H_SIGNAL_SYS_RESET", h_signal_sys_reset, "Linux, asm/hvcall.h",
     HCALL_HERE},
    {0},
};
