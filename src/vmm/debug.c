/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/vmm/debug.h"

#include <inttypes.h>

#include "mmu/virt_mem.h"
#include "src/base/error.h"
#include "src/base/log.h"
#include "src/base/main_call.h"
#include "src/vmm/ppc_step.h"
#include "src/vmm/vcpu.h"
#include "src/vmm/vm.h"

/** "Illegal instruction" (Power ISA, Book III, 7.5.9). */
#define SRR1_ILLEGAL UINT64_C(0x80000)
#define VECTOR_PROGRAM UINT64_C(0x700)
/** Where vectors are with AIL 3. */
#define VECTOR_AIL_3 UINT64_C(0xc000000000004000)

typedef struct {
    uint64_t ea, real;
    /** The instruction that it stands for, and its own, as they are in memory. */
    uint32_t saved, image;
    /** For a step only. */
    gboolean step;
} Breakpoint;

struct Debug {
    Vm *vm;
    DebugStopped stopped;
    void *opaque;
    /** Carries out what vCPUs came out for. */
    MainCall *hits;
    GArray *breakpoints;
    uint32_t instruction;
    gboolean attached, held;
    /** It makes a step; NULL: none does. */
    Vcpu *stepping;
    guint step_timer;
};

/** @instruction as the vCPU with @msr has it in memory. */
static uint32_t image_of(uint32_t instruction, uint64_t msr)
{
    return msr & HV_MSR_LE ? GUINT32_TO_LE(instruction) : GUINT32_TO_BE(instruction);
}

/** Let @only go on, or all if it is NULL. */
static void unpark(Debug *debug, Vcpu *only)
{
    debug->held = FALSE;
    if (only)
        vcpu_unpark(only, VCPU_PARK_DEBUG);
    else
        vm_unpark_for(debug->vm, VCPU_PARK_DEBUG);
}

/* --- breakpoints ---------------------------------------------------------------------- */

static Breakpoint *breakpoint_at(const Debug *debug, unsigned index)
{
    return &g_array_index(debug->breakpoints, Breakpoint, index);
}

static void remove_index(Debug *debug, unsigned index)
{
    const Breakpoint *breakpoint = breakpoint_at(debug, index);
    gboolean shared = FALSE;
    uint32_t now;

    for (unsigned i = 0; i < debug->breakpoints->len; i++)
        shared |= i != index && breakpoint_at(debug, i)->real == breakpoint->real;
    /* Not if the guest has put something else there. */
    if (!shared && mmu_instruction_read(debug->vm, breakpoint->real, &now) &&
        now == breakpoint->image)
        mmu_instruction_write(debug->vm, breakpoint->real, breakpoint->saved);
    g_array_remove_index_fast(debug->breakpoints, index);
}

static void remove_all(Debug *debug, gboolean steps_only)
{
    for (unsigned i = debug->breakpoints->len; i-- > 0;) {
        if (!steps_only || breakpoint_at(debug, i)->step)
            remove_index(debug, i);
    }
}

static gboolean insert(Debug *debug, Vcpu *cpu, uint64_t ea, gboolean step, GError **error)
{
    Breakpoint new = {.ea = ea, .step = step};
    HvRegs regs;

    for (unsigned i = 0; i < debug->breakpoints->len; i++) {
        if (breakpoint_at(debug, i)->ea == ea && breakpoint_at(debug, i)->step == step)
            return TRUE;
    }
    if (debug->breakpoints->len >= DEBUG_BREAKPOINTS_MAX)
        return error_set(error, PAPRIKA_ERROR_USAGE, "there are %d breakpoints already",
                         DEBUG_BREAKPOINTS_MAX);
    int ret = debug->vm->ops->vcpu_get_regs(cpu->hv, &regs);
    if (ret)
        return error_set_errno(error, PAPRIKA_ERROR_HOST, -ret,
                               "cannot read the registers of vCPU %u", cpu->id);
    if (!mmu_virt_instruction(cpu, ea, &new.real, error))
        return FALSE;
    new.image = image_of(debug->instruction, regs.msr);
    mmu_instruction_read(debug->vm, new.real, &new.saved);
    /* Two at one place stand for the same instruction. */
    for (unsigned i = 0; i < debug->breakpoints->len; i++) {
        if (breakpoint_at(debug, i)->real == new.real)
            new.saved = breakpoint_at(debug, i)->saved;
    }
    mmu_instruction_write(debug->vm, new.real, new.image);
    g_array_append_val(debug->breakpoints, new);
    return TRUE;
}

gboolean debug_insert(Debug *debug, Vcpu *cpu, uint64_t ea, GError **error)
{
    return insert(debug, cpu, ea, FALSE, error);
}

void debug_remove(Debug *debug, uint64_t ea)
{
    for (unsigned i = debug->breakpoints->len; i-- > 0;) {
        if (breakpoint_at(debug, i)->ea == ea && !breakpoint_at(debug, i)->step)
            remove_index(debug, i);
    }
}

void debug_hide_breakpoints(Debug *debug, uint64_t ea, void *data, size_t length)
{
    for (unsigned i = 0; i < debug->breakpoints->len; i++) {
        const Breakpoint *breakpoint = breakpoint_at(debug, i);

        for (unsigned j = 0; j < sizeof(breakpoint->saved); j++) {
            uint64_t at = breakpoint->ea + j - ea;
            if (at < length)
                ((uint8_t *)data)[at] = ((const uint8_t *)&breakpoint->saved)[j];
        }
    }
}

gboolean debug_keep_breakpoints(Debug *debug, uint64_t ea, const void *data, size_t length)
{
    gboolean ok = TRUE;

    for (unsigned i = 0; i < debug->breakpoints->len; i++) {
        Breakpoint *breakpoint = breakpoint_at(debug, i);
        gboolean touched = FALSE;

        for (unsigned j = 0; j < sizeof(breakpoint->saved); j++) {
            uint64_t at = breakpoint->ea + j - ea;
            if (at >= length)
                continue;
            ((uint8_t *)&breakpoint->saved)[j] = ((const uint8_t *)data)[at];
            touched = TRUE;
        }
        if (!touched)
            continue;
        /* Two at one place stand for the same instruction. */
        for (unsigned j = 0; j < debug->breakpoints->len; j++) {
            if (breakpoint_at(debug, j)->real == breakpoint->real)
                breakpoint_at(debug, j)->saved = breakpoint->saved;
        }
        ok &= mmu_instruction_write(debug->vm, breakpoint->real, breakpoint->image);
    }
    return ok;
}

/* --- vCPUs that came out --------------------------------------------------------------- */

void debug_on_exit(Vcpu *cpu)
{
    __atomic_store_n(&cpu->debug_hit, TRUE, __ATOMIC_SEQ_CST);
    /* Held until the main loop has looked at it. */
    __atomic_fetch_or(&cpu->park, (uint32_t)VCPU_PARK_DEBUG, __ATOMIC_SEQ_CST);
    main_call_soon(cpu->vm->debug->hits);
}

/**
 * The guest itself has such an instruction, which is an illegal one to it: a program
 * interrupt (Power ISA, Book III, 7.5.9), as KVM would make it.
 */
static void inject_illegal(Debug *debug, Vcpu *cpu, HvRegs *regs)
{
    Vm *vm = debug->vm;
    uint64_t relocate = HV_MSR_IR | HV_MSR_DR;

    g_mutex_lock(&vm->mode_lock);
    uint64_t mode = vm->lpcr_value;
    g_mutex_unlock(&vm->mode_lock);
    gboolean ail = (mode & HV_LPCR_AIL) == HV_LPCR_AIL && (regs->msr & relocate) == relocate;

    regs->srr0 = regs->pc;
    regs->srr1 = (regs->msr & HV_SRR1_FROM_MSR) | SRR1_ILLEGAL;
    regs->pc = ail ? VECTOR_AIL_3 + VECTOR_PROGRAM : VECTOR_PROGRAM;
    regs->msr = HV_MSR_SF | (regs->msr & HV_MSR_ME) | (ail ? relocate : 0) |
                (mode & HV_LPCR_ILE ? HV_MSR_LE : 0);
    vm->ops->vcpu_set_regs(cpu->hv, regs);
}

/** What @cpu came out for; true if the debugger is to know, *@user if by its own breakpoint. */
static gboolean look_at_hit(Debug *debug, Vcpu *cpu, gboolean *user)
{
    gboolean found = FALSE;
    uint64_t real;
    uint32_t image;
    HvRegs regs;

    *user = FALSE;
    if (debug->vm->ops->vcpu_get_regs(cpu->hv, &regs))
        return FALSE;
    gboolean mapped = mmu_virt_instruction(cpu, regs.pc, &real, NULL);
    for (unsigned i = 0; i < debug->breakpoints->len; i++) {
        const Breakpoint *breakpoint = breakpoint_at(debug, i);

        if (mapped ? breakpoint->real != real : breakpoint->ea != regs.pc)
            continue;
        found = TRUE;
        *user |= !breakpoint->step;
    }
    if (!found && debug->attached && mapped && mmu_instruction_read(debug->vm, real, &image) &&
        image == image_of(debug->instruction, regs.msr))
        inject_illegal(debug, cpu, &regs);
    return found;
}

static void on_hits(void *opaque)
{
    Debug *debug = opaque;
    Vm *vm = debug->vm;
    Vcpu *stopped = NULL;
    gboolean was_held = debug->held, stopped_user = FALSE;

    vm_park_for(vm, VCPU_PARK_DEBUG);
    for (unsigned i = 0; i < vm->n_vcpus; i++) {
        Vcpu *cpu = vm->vcpus[i];
        gboolean user;

        if (!__atomic_exchange_n(&cpu->debug_hit, FALSE, __ATOMIC_SEQ_CST))
            continue;
        /* Those that are not told of now come here again when they go on. */
        if (!was_held && !stopped && look_at_hit(debug, cpu, &user)) {
            stopped = cpu;
            stopped_user = user;
        }
    }
    if (was_held)
        return;
    if (!stopped) {
        unpark(debug, debug->stepping);
        return;
    }
    debug_hold(debug);
    debug->stopped(debug->opaque, stopped, stopped_user);
}

/* --- holding and letting go -------------------------------------------------------------- */

static void end_step(Debug *debug)
{
    g_clear_handle_id(&debug->step_timer, g_source_remove);
    debug->stepping = NULL;
    remove_all(debug, TRUE);
}

void debug_hold(Debug *debug)
{
    vm_park_for(debug->vm, VCPU_PARK_DEBUG);
    debug->held = TRUE;
    end_step(debug);
}

void debug_continue(Debug *debug) { unpark(debug, NULL); }

/** It waits for another, perhaps. */
static gboolean on_step_timeout(gpointer opaque)
{
    Debug *debug = opaque;

    debug->step_timer = 0;
    debug->stepping = NULL;
    unpark(debug, NULL);
    return G_SOURCE_REMOVE;
}

gboolean debug_step(Debug *debug, Vcpu *cpu, gboolean *done, GError **error)
{
    const HvOps *ops = debug->vm->ops;
    uint64_t real, next = 0;
    uint32_t image;
    HvRegs regs;

    int ret = ops->vcpu_get_regs(cpu->hv, &regs);
    if (ret)
        return error_set_errno(error, PAPRIKA_ERROR_HOST, -ret,
                               "cannot read the registers of vCPU %u", cpu->id);
    uint64_t pc = regs.pc;
    if (!mmu_virt_instruction(cpu, pc, &real, error))
        return FALSE;
    mmu_instruction_read(debug->vm, real, &image);
    debug_hide_breakpoints(debug, pc, &image, sizeof(image));
    /* Reading is the same turn of bytes as writing. */
    switch (ppc_step(&regs, image_of(image, regs.msr), &next)) {
    case PPC_STEP_DONE:
        *done = TRUE;
        ret = ops->vcpu_set_regs(cpu->hv, &regs);
        return !ret || error_set_errno(error, PAPRIKA_ERROR_HOST, -ret,
                                       "cannot write the registers of vCPU %u", cpu->id);
    case PPC_STEP_RUN:
        break;
    case PPC_STEP_UNKNOWN:
        return error_set(error, PAPRIKA_ERROR_USAGE,
                         "it can't be told where the instruction at 0x%" PRIx64 " goes on", pc);
    }
    *done = FALSE;
    if (!insert(debug, cpu, next, TRUE, error))
        return FALSE;
    debug->stepping = cpu;
    debug->step_timer = g_timeout_add(DEBUG_STEP_MS, on_step_timeout, debug);
    unpark(debug, cpu);
    return TRUE;
}

static gboolean set_debug(Debug *debug, gboolean on, GError **error)
{
    Vm *vm = debug->vm;

    for (unsigned i = 0; i < vm->n_vcpus; i++) {
        int ret = vm->ops->vcpu_set_debug(vm->vcpus[i]->hv, on);

        if (ret)
            return error_set_errno(error, PAPRIKA_ERROR_HOST, -ret,
                                   "KVM does not let vCPU %u be debugged", vm->vcpus[i]->id);
    }
    return TRUE;
}

gboolean debug_attach(Debug *debug, GError **error)
{
    Vm *vm = debug->vm;
    uint64_t instruction;

    debug_hold(debug);
    int ret = vm->ops->vcpu_get_reg(vm->vcpus[0]->hv, HV_REG_DEBUG_INST, &instruction);
    if (ret)
        error_set_errno(error, PAPRIKA_ERROR_HOST, -ret, "KVM has no breakpoints");
    if (ret || !set_debug(debug, TRUE, error)) {
        set_debug(debug, FALSE, NULL);
        unpark(debug, NULL);
        return FALSE;
    }
    debug->instruction = (uint32_t)instruction;
    debug->attached = TRUE;
    return TRUE;
}

void debug_detach(Debug *debug)
{
    if (!debug->attached)
        return;
    debug_hold(debug);
    remove_all(debug, FALSE);
    set_debug(debug, FALSE, NULL);
    debug->attached = FALSE;
    unpark(debug, NULL);
}

gboolean debug_is_attached(const Debug *debug) { return debug->attached; }

gboolean debug_is_held(const Debug *debug) { return debug && debug->held; }

void debug_on_reset(Debug *debug)
{
    if (debug->breakpoints->len)
        log_info("gdb: the guest begins anew: breakpoints are gone");
    g_array_set_size(debug->breakpoints, 0);
    if (debug->step_timer)
        on_step_timeout(debug);
    debug->stepping = NULL;
}

Debug *debug_new(Vm *vm, DebugStopped stopped, void *opaque)
{
    Debug *debug = g_new0(Debug, 1);

    debug->vm = vm;
    debug->stopped = stopped;
    debug->opaque = opaque;
    debug->breakpoints = g_array_new(FALSE, FALSE, sizeof(Breakpoint));
    debug->hits = main_call_new(on_hits, debug);
    vm->debug = debug;
    return debug;
}

void debug_free(Debug *debug)
{
    if (!debug)
        return;
    debug_detach(debug);
    debug->vm->debug = NULL;
    main_call_free(debug->hits);
    g_array_unref(debug->breakpoints);
    g_free(debug);
}
