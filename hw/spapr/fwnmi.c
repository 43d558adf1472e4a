/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hw/spapr/fwnmi.h"

#include "hw/spapr/mce_log.h"
#include "hw/spapr/platform.h"
#include "src/base/log.h"

enum {
    VECTOR_SYSTEM_RESET = 0x100,
    VECTOR_MACHINE_CHECK = 0x200,
    DSISR_TLB_MULTIHIT = 0x400,
    NOBODY = -1,
    /** Handlers lie below (LoPAR 7.3.14). */
    FWNMI_HANDLER_LIMIT = 32 << 20,
};

/** The area of a machine check. */
typedef struct {
    be64 r3;
    MceLog log;
} FwnmiSave;
G_STATIC_ASSERT(FWNMI_MACHINE_CHECK_OFFSET + sizeof(FwnmiSave) <= FWNMI_RESET_OFFSET);

void fwnmi_set_area(Platform *platform, GuestAddr rtas)
{
    g_mutex_lock(&platform->lock);
    platform->fwnmi_area = rtas;
    g_mutex_unlock(&platform->lock);
}

void fwnmi_reset(Platform *platform)
{
    g_mutex_lock(&platform->lock);
    platform->fwnmi_registered = FALSE;
    platform->fwnmi_owner = NOBODY;
    platform->fwnmi_awaited = FALSE;
    g_mutex_unlock(&platform->lock);
}

/** Tell those that wait for the area, if any, that it is free. platform->lock not held. */
static void fwnmi_wake(Vm *vm, gboolean awaited)
{
    for (unsigned i = 0; awaited && i < vm->n_vcpus; i++)
        vm->control->post_event(vm->vcpus[i], VCPU_EVENT_FWNMI);
}

RtasStatus fwnmi_register(Vcpu *cpu, GuestAddr reset, GuestAddr machine_check)
{
    Vm *vm = cpu->vm;
    Platform *platform = vm->platform;
    uint32_t word;

    if (!vm->caps->fwnmi)
        return RTAS_NOT_SUPPORTED;
    if (MAX(reset, machine_check) >= FWNMI_HANDLER_LIMIT ||
        !guest_mem_load_be32(vm->mem, reset, &word) ||
        !guest_mem_load_be32(vm->mem, machine_check, &word))
        return RTAS_PARAM_ERROR;
    if (vm->ops->vcpu_enable_fwnmi(cpu->hv))
        return RTAS_NOT_SUPPORTED;

    g_mutex_lock(&platform->lock);
    gboolean awaited = platform->fwnmi_awaited;
    platform->fwnmi_registered = TRUE;
    platform->fwnmi_reset = reset;
    platform->fwnmi_machine_check = machine_check;
    platform->fwnmi_owner = NOBODY;
    platform->fwnmi_awaited = FALSE;
    g_mutex_unlock(&platform->lock);
    fwnmi_wake(vm, awaited);
    return RTAS_SUCCESS;
}

RtasStatus fwnmi_interlock(Vcpu *cpu)
{
    Platform *platform = cpu->vm->platform;
    RtasStatus status = RTAS_SUCCESS;
    gboolean awaited = FALSE;

    g_mutex_lock(&platform->lock);
    if (!platform->fwnmi_registered) {
        status = RTAS_NOT_SUPPORTED;
    } else if (platform->fwnmi_owner != (int64_t)cpu->id) {
        status = RTAS_PARAM_ERROR;
    } else {
        platform->fwnmi_owner = NOBODY;
        awaited = platform->fwnmi_awaited;
        platform->fwnmi_awaited = FALSE;
    }
    g_mutex_unlock(&platform->lock);
    fwnmi_wake(cpu->vm, awaited);
    return status;
}

/** Registers as at an interrupt's entry at @vector: translation off, 64-bit. */
static void fwnmi_enter(const Vcpu *cpu, HvRegs *regs, GuestAddr vector, uint64_t srr1,
                        uint64_t msr_me)
{
    Vm *vm = cpu->vm;

    g_mutex_lock(&vm->mode_lock);
    uint64_t endian = vm->lpcr_value & HV_LPCR_ILE ? HV_MSR_LE : 0;
    g_mutex_unlock(&vm->mode_lock);
    regs->srr0 = regs->pc;
    regs->srr1 = srr1;
    regs->pc = vector;
    regs->msr = HV_MSR_SF | msr_me | endian;
}

void fwnmi_system_reset(Vcpu *cpu)
{
    Vm *vm = cpu->vm;
    Platform *platform = vm->platform;
    HvRegs regs;

    if (vm->ops->vcpu_get_regs(cpu->hv, &regs))
        return;
    g_mutex_lock(&platform->lock);
    gboolean registered = platform->fwnmi_registered;
    GuestAddr vector = registered ? platform->fwnmi_reset : VECTOR_SYSTEM_RESET;
    GuestAddr save = platform->fwnmi_area + FWNMI_RESET_OFFSET + cpu->index * FWNMI_RESET_SIZE;
    g_mutex_unlock(&platform->lock);

    if (registered && guest_mem_store_be64(vm->mem, save, regs.gpr[3]))
        regs.gpr[3] = save;
    fwnmi_enter(cpu, &regs, vector, regs.msr & HV_SRR1_FROM_MSR, HV_MSR_ME);
    vm->ops->vcpu_set_regs(cpu->hv, &regs);
}

/** Write the save area, which is @cpu's; *@regs get its address. */
static gboolean fwnmi_save(Vcpu *cpu, uint32_t flags, GuestAddr area, HvRegs *regs)
{
    const HvOps *ops = cpu->vm->ops;
    uint64_t dar = 0, dsisr = 0;
    FwnmiSave save;

    /* Without these two the log says that it does not know the cause. */
    if (ops->vcpu_get_reg(cpu->hv, HV_REG_DAR, &dar) ||
        ops->vcpu_get_reg(cpu->hv, HV_REG_DSISR, &dsisr))
        dsisr = 0;
    const MachineCheck check = {
        .pvr = cpu->vm->caps->cpu.pvr,
        .cpu = cpu->id,
        .srr0 = regs->pc,
        .srr1 = regs->msr,
        .dar = dar,
        .dsisr = (uint32_t)dsisr,
        .disposition = flags,
    };
    const char *cause = mce_log_build(&save.log, &check);

    save.r3 = be64_of(regs->gpr[3]);
    log_guest("machine check on vCPU %u: %s, pc %#" G_GINT64_MODIFIER "x", cpu->id, cause,
              regs->pc);
    regs->gpr[3] = area;
    return guest_mem_write(cpu->vm->mem, area, &save, sizeof(save));
}

FwnmiResult fwnmi_machine_check(Vcpu *cpu, uint32_t flags, const char **why)
{
    Vm *vm = cpu->vm;
    Platform *platform = vm->platform;
    GuestAddr vector = VECTOR_MACHINE_CHECK, area = 0;
    FwnmiResult result = FWNMI_DELIVERED;
    HvRegs regs;

    *why = "machine check, and its registers cannot be read";
    if (vm->ops->vcpu_get_regs(cpu->hv, &regs))
        return FWNMI_FATAL;

    g_mutex_lock(&platform->lock);
    gboolean registered = platform->fwnmi_registered;
    if (!registered) {
        /* The architecture's vector will do. */
    } else if (platform->fwnmi_owner == (int64_t)cpu->id) {
        *why = "machine check in the handler of one";
        result = FWNMI_FATAL;
    } else if (platform->fwnmi_owner != NOBODY) {
        platform->fwnmi_awaited = TRUE;
        result = FWNMI_BUSY;
    } else {
        platform->fwnmi_owner = cpu->id;
        vector = platform->fwnmi_machine_check;
        area = platform->fwnmi_area + FWNMI_MACHINE_CHECK_OFFSET;
    }
    g_mutex_unlock(&platform->lock);
    if (result != FWNMI_DELIVERED)
        return result;

    *why = "machine check that cannot be delivered";
    if (registered && !fwnmi_save(cpu, flags, area, &regs))
        return FWNMI_FATAL;
    /* SRR1 keeps the bits that tell the cause; ME goes off. */
    fwnmi_enter(cpu, &regs, vector, regs.msr, 0);
    return vm->ops->vcpu_set_regs(cpu->hv, &regs) ? FWNMI_FATAL : FWNMI_DELIVERED;
}

FwnmiInjection fwnmi_inject(Vcpu *cpu)
{
    Vm *vm = cpu->vm;
    HvRegs regs;

    g_mutex_lock(&vm->platform->lock);
    gboolean registered = vm->platform->fwnmi_registered;
    g_mutex_unlock(&vm->platform->lock);
    if (!registered)
        return FWNMI_NO_HANDLER;
    g_mutex_lock(&cpu->lock);
    gboolean running = cpu->state == VCPU_RUNNING;
    g_mutex_unlock(&cpu->lock);
    if (!running || cpu->nmi_pending)
        return FWNMI_NOT_NOW;
    if (vm->ops->vcpu_get_regs(cpu->hv, &regs))
        return FWNMI_FAILED;
    if (!(regs.msr & HV_MSR_RI))
        return FWNMI_NOT_NOW;

    /* As KVM leaves them: the bits of SRR1 in the MSR, which takes them no further. */
    uint64_t address = regs.pc;
    regs.msr |= MCE_SRR1_DATA;
    if (vm->ops->vcpu_set_reg(cpu->hv, HV_REG_DAR, address) ||
        vm->ops->vcpu_set_reg(cpu->hv, HV_REG_DSISR, DSISR_TLB_MULTIHIT) ||
        vm->ops->vcpu_set_regs(cpu->hv, &regs))
        return FWNMI_FAILED;
    cpu->nmi_flags = HV_NMI_FULLY_RECOVERED;
    cpu->nmi_pending = TRUE;
    return FWNMI_INJECTED;
}
