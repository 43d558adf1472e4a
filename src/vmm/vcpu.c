/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/vmm/vcpu.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "hcall/hcall.h"
#include "hw/spapr/fwnmi.h"
#include "hw/spapr/irq/irq.h"
#include "src/base/error.h"
#include "src/base/log.h"
#include "src/base/mmio_bus.h"
#include "src/base/thread_filter.h"
#include "src/vmm/debug.h"
#include "src/vmm/pause.h"

Vcpu *vcpu_new(Vm *vm, unsigned index, GError **error)
{
    unsigned threads = vm->config->threads;
    Vcpu *cpu = g_new0(Vcpu, 1);

    cpu->vm = vm;
    cpu->index = index;
    cpu->id = index / threads * vm->stride + index % threads;
    cpu->park = VCPU_PARK_LIFE;
    g_mutex_init(&cpu->lock);
    g_cond_init(&cpu->wake);
    cpu->hv = vm->ops->vcpu_new(vm->hv, cpu->id, error);
    if (!cpu->hv || !irq_attach_vcpu(vm->irq, cpu, error)) {
        vcpu_free(cpu);
        return NULL;
    }
    pause_join(cpu);
    return cpu;
}

void vcpu_free(Vcpu *cpu)
{
    if (!cpu)
        return;
    cpu->vm->ops->vcpu_free(cpu->hv);
    g_cond_clear(&cpu->wake);
    g_mutex_clear(&cpu->lock);
    g_free(cpu);
}

void vcpu_post_event(Vcpu *cpu, VcpuEvent event)
{
    __atomic_fetch_or(&cpu->events, (uint32_t)event, __ATOMIC_SEQ_CST);
    cpu->vm->ops->vcpu_kick(cpu->hv);
    g_mutex_lock(&cpu->lock);
    g_cond_broadcast(&cpu->wake);
    g_mutex_unlock(&cpu->lock);
}

int vcpu_enter(Vcpu *cpu, const VcpuEntry *entry)
{
    g_mutex_lock(&cpu->lock);
    gboolean stopped = cpu->state == VCPU_STOPPED && !cpu->isolated;
    if (stopped) {
        /* A processor that is stopped takes no system reset, not even later. */
        __atomic_fetch_and(&cpu->events, ~(uint32_t)VCPU_EVENT_SYSTEM_RESET, __ATOMIC_SEQ_CST);
        cpu->state = VCPU_STARTING;
        cpu->start = *entry;
        g_cond_broadcast(&cpu->wake);
    }
    g_mutex_unlock(&cpu->lock);
    return stopped ? 0 : -EBUSY;
}

int vcpu_start(Vcpu *cpu, uint64_t pc, uint64_t r3)
{
    return vcpu_enter(cpu, &(VcpuEntry){.pc = pc, .r3 = r3});
}

void vcpu_stop_self(Vcpu *cpu)
{
    Vm *vm = cpu->vm;
    gboolean last = TRUE;

    g_mutex_lock(&vm->last_lock);
    g_mutex_lock(&cpu->lock);
    cpu->state = VCPU_STOPPED;
    g_mutex_unlock(&cpu->lock);
    for (unsigned i = 0; i < vm->n_vcpus && last; i++)
        last = vcpu_is_stopped(vm->vcpus[i]);
    g_mutex_unlock(&vm->last_lock);

    __atomic_fetch_or(&cpu->events, VCPU_EVENT_STATE, __ATOMIC_SEQ_CST);
    if (last)
        vm->control->request(vm, VM_REQUEST_POWEROFF, "the guest stopped its last processor");
}

void vcpu_park(Vcpu *cpu, VcpuPark why)
{
    __atomic_fetch_or(&cpu->park, (uint32_t)why, __ATOMIC_SEQ_CST);
    cpu->vm->ops->vcpu_kick(cpu->hv);
    g_mutex_lock(&cpu->lock);
    g_cond_broadcast(&cpu->wake);
    g_mutex_unlock(&cpu->lock);
}

void vcpu_wait_parked(Vcpu *cpu)
{
    g_mutex_lock(&cpu->lock);
    while (!cpu->parked)
        g_cond_wait(&cpu->wake, &cpu->lock);
    g_mutex_unlock(&cpu->lock);
}

void vcpu_unpark(Vcpu *cpu, VcpuPark why)
{
    g_mutex_lock(&cpu->lock);
    __atomic_fetch_and(&cpu->park, ~(uint32_t)why, __ATOMIC_SEQ_CST);
    g_cond_broadcast(&cpu->wake);
    g_mutex_unlock(&cpu->lock);
}

/*
 * Two that held each other would wait for ever: so one at a time, and the other
 * goes back to its loop, where it parks. The main thread may be waiting for all
 * of them meanwhile: those held are parked for it as well, the holder will be.
 */
gboolean vcpu_hold_others(Vcpu *cpu)
{
    Vm *vm = cpu->vm;

    if (__atomic_exchange_n(&vm->held, TRUE, __ATOMIC_SEQ_CST))
        return FALSE;
    for (unsigned i = 0; i < vm->n_vcpus; i++) {
        if (vm->vcpus[i] != cpu)
            vcpu_park(vm->vcpus[i], VCPU_PARK_PEER);
    }
    for (unsigned i = 0; i < vm->n_vcpus; i++) {
        if (vm->vcpus[i] != cpu)
            vcpu_wait_parked(vm->vcpus[i]);
    }
    return TRUE;
}

void vcpu_release_others(Vcpu *cpu)
{
    Vm *vm = cpu->vm;

    for (unsigned i = 0; i < vm->n_vcpus; i++) {
        if (vm->vcpus[i] != cpu)
            vcpu_unpark(vm->vcpus[i], VCPU_PARK_PEER);
    }
    __atomic_store_n(&vm->held, FALSE, __ATOMIC_SEQ_CST);
}

/** Registers for @entry: big-endian, 64-bit, translation off, as firmware enters. */
static int vcpu_set_entry(Vcpu *cpu, const VcpuEntry *entry)
{
    HvRegs regs = {.pc = entry->pc, .msr = HV_MSR_SF | HV_MSR_ME};

    regs.gpr[1] = entry->r1;
    regs.gpr[3] = entry->r3;
    regs.gpr[4] = entry->r4;
    regs.gpr[5] = entry->r5;
    return cpu->vm->ops->vcpu_set_regs(cpu->hv, &regs);
}

gboolean vcpu_reset(Vcpu *cpu, GError **error)
{
    Vm *vm = cpu->vm;

    if (!vm->ops->vcpu_reset(cpu->hv, error))
        return FALSE;
    __atomic_store_n(&cpu->events, 0, __ATOMIC_SEQ_CST);
    g_mutex_lock(&cpu->lock);
    cpu->state = VCPU_STOPPED;
    g_mutex_unlock(&cpu->lock);
    cpu->nmi_pending = FALSE;
    /* Not vm->mode_seq: the first entry sets the partition's mode. */
    cpu->mode_seq = __atomic_load_n(&vm->mode_seq, __ATOMIC_ACQUIRE) - 1;
    return TRUE;
}

/** The vCPU can't go on: say why and end the machine. */
static void vcpu_fail(Vcpu *cpu, const char *what, uint64_t code)
{
    HvRegs regs = {0};

    cpu->vm->ops->vcpu_get_regs(cpu->hv, &regs);
    g_autofree char *why =
        g_strdup_printf("vCPU %u can't go on: %s (%#" G_GINT64_MODIFIER
                        "x), pc %#" G_GINT64_MODIFIER "x, msr %#" G_GINT64_MODIFIER "x",
                        cpu->id, what, code, regs.pc, regs.msr);
    cpu->vm->control->request(cpu->vm, VM_REQUEST_CRASH, why);
}

/** What it needs the host refuses, with a negative errno: no fault of the guest's. */
static void vcpu_refused(Vcpu *cpu, const char *what, int err)
{
    g_autofree char *why = g_strdup_printf("vCPU %u: %s: %s", cpu->id, what, g_strerror(-err));

    cpu->vm->control->request(cpu->vm, VM_REQUEST_FAIL, why);
}

/** Bring this vCPU's LPCR to the partition's mode. */
static void vcpu_apply_mode(Vcpu *cpu)
{
    Vm *vm = cpu->vm;
    uint64_t lpcr;

    g_mutex_lock(&vm->mode_lock);
    uint32_t seq = __atomic_load_n(&vm->mode_seq, __ATOMIC_ACQUIRE);
    uint64_t mask = vm->lpcr_mask, value = vm->lpcr_value;
    g_mutex_unlock(&vm->mode_lock);
    if (seq == cpu->mode_seq)
        return;

    int ret = vm->ops->vcpu_get_reg(cpu->hv, HV_REG_LPCR, &lpcr);
    if (ret == 0)
        ret = vm->ops->vcpu_set_reg(cpu->hv, HV_REG_LPCR, (lpcr & ~mask) | value);
    if (ret)
        vcpu_refused(cpu, "its mode cannot be set", ret);
    cpu->mode_seq = seq;
}

/**
 * Wait while parked or stopped. FALSE: the thread shall end. Else the vCPU runs, with @entry if
 * it was started (*starting).
 */
static gboolean vcpu_wait_state(Vcpu *cpu, gboolean *starting, VcpuEntry *entry)
{
    g_mutex_lock(&cpu->lock);
    for (;;) {
        if (__atomic_load_n(&cpu->park, __ATOMIC_SEQ_CST)) {
            cpu->parked = TRUE;
            g_cond_broadcast(&cpu->wake);
            while (__atomic_load_n(&cpu->park, __ATOMIC_SEQ_CST))
                g_cond_wait(&cpu->wake, &cpu->lock);
            cpu->parked = FALSE;
        }
        if (cpu->quit || cpu->state != VCPU_STOPPED)
            break;
        g_cond_wait(&cpu->wake, &cpu->lock);
    }

    gboolean quit = cpu->quit;
    *starting = cpu->state == VCPU_STARTING;
    *entry = cpu->start;
    cpu->state = VCPU_RUNNING;
    g_mutex_unlock(&cpu->lock);
    return !quit;
}

/** The same, with the vCPU's registers set if it was started. */
static gboolean vcpu_wait_runnable(Vcpu *cpu)
{
    gboolean starting;
    VcpuEntry entry;

    while (vcpu_wait_state(cpu, &starting, &entry)) {
        int ret = starting ? vcpu_set_entry(cpu, &entry) : 0;

        if (!ret)
            return TRUE;
        vcpu_refused(cpu, "it cannot be started", ret);
        /* Until the machine ends. */
        g_mutex_lock(&cpu->lock);
        cpu->state = VCPU_STOPPED;
        g_mutex_unlock(&cpu->lock);
    }
    return FALSE;
}

/** Wait for the area that another vCPU's machine check has, or to be parked. */
static void vcpu_wait_fwnmi(Vcpu *cpu)
{
    g_mutex_lock(&cpu->lock);
    while (!(__atomic_load_n(&cpu->events, __ATOMIC_SEQ_CST) & VCPU_EVENT_FWNMI) &&
           !__atomic_load_n(&cpu->park, __ATOMIC_SEQ_CST))
        g_cond_wait(&cpu->wake, &cpu->lock);
    g_mutex_unlock(&cpu->lock);
}

/** Deliver the pending machine check. FALSE if it is not this vCPU's turn yet. */
static gboolean vcpu_machine_check(Vcpu *cpu)
{
    const char *why;
    FwnmiResult result = fwnmi_machine_check(cpu, cpu->nmi_flags, &why);

    if (result == FWNMI_BUSY)
        return FALSE;
    cpu->nmi_pending = FALSE;
    if (result == FWNMI_FATAL)
        vcpu_fail(cpu, why, cpu->nmi_flags);
    return TRUE;
}

/** Before its first entry: by then the machine was let go, and the process has its filter. */
static void vcpu_narrow(Vcpu *cpu)
{
    if (thread_filter_narrow(THREAD_FILTER_VCPU))
        cpu->vm->control->request(cpu->vm, VM_REQUEST_FAIL,
                                  "a vCPU's thread cannot filter its system calls");
}

/**
 * Everything but entering the guest, after which there may be more to do.
 * FALSE when the thread shall end.
 */
static gboolean vcpu_work(Vcpu *cpu)
{
    if (!vcpu_wait_runnable(cpu))
        return FALSE;
    vcpu_narrow(cpu);

    uint32_t events = __atomic_exchange_n(&cpu->events, 0, __ATOMIC_SEQ_CST);
    vcpu_apply_mode(cpu);
    if (cpu->nmi_pending && !vcpu_machine_check(cpu)) {
        /* The machine check came first: what else there is comes after it. */
        __atomic_fetch_or(&cpu->events, events & VCPU_EVENT_SYSTEM_RESET, __ATOMIC_SEQ_CST);
        vcpu_wait_fwnmi(cpu);
        return TRUE;
    }
    if (events & VCPU_EVENT_SYSTEM_RESET)
        fwnmi_system_reset(cpu);
    return TRUE;
}

static void vcpu_mmio(Vcpu *cpu, const HvExit *exit)
{
    if (irq_access(cpu->vm->irq, cpu, exit->mmio.addr, exit->mmio.data, exit->mmio.length,
                   exit->mmio.write))
        return;
    if (mmio_bus_access(cpu->vm->mmio, exit->mmio.addr, exit->mmio.data, exit->mmio.length,
                        exit->mmio.write))
        return;
    if (!exit->mmio.write)
        memset(exit->mmio.data, 0xff, exit->mmio.length);
    log_guest("vCPU %u %s %u bytes at unassigned address %#" G_GINT64_MODIFIER "x", cpu->id,
              exit->mmio.write ? "stores" : "loads", exit->mmio.length, exit->mmio.addr);
}

static void vcpu_exit(Vcpu *cpu, HvExit *exit)
{
    switch (exit->reason) {
    case HV_EXIT_HCALL:
        *exit->hcall.ret = (uint64_t)hcall_dispatch(cpu, exit->hcall.number, exit->hcall.args);
        break;
    case HV_EXIT_MMIO:
        vcpu_mmio(cpu, exit);
        break;
    case HV_EXIT_INTERRUPTED:
        cpu->vm->ops->vcpu_unkick(cpu->hv);
        break;
    case HV_EXIT_NMI:
        cpu->nmi_pending = TRUE;
        cpu->nmi_flags = exit->nmi.flags;
        __atomic_fetch_or(&cpu->events, VCPU_EVENT_STATE, __ATOMIC_SEQ_CST);
        break;
    case HV_EXIT_DEBUG:
        if (cpu->vm->debug)
            debug_on_exit(cpu);
        else
            vcpu_fail(cpu, "debug exit that nobody asked for", 0);
        break;
    case HV_EXIT_FAIL:
        vcpu_fail(cpu, exit->fail.what, exit->fail.code);
        break;
    }
}

static gboolean vcpu_has_work(const Vcpu *cpu)
{
    return __atomic_load_n(&cpu->events, __ATOMIC_SEQ_CST) ||
           __atomic_load_n(&cpu->park, __ATOMIC_SEQ_CST);
}

static gpointer vcpu_thread(gpointer opaque)
{
    Vcpu *cpu = opaque;
    const HvOps *ops = cpu->vm->ops;
    HvExit exit;

    __atomic_store_n(&cpu->tid, (int)gettid(), __ATOMIC_SEQ_CST);
    ops->vcpu_bind(cpu->hv);
    for (;;) {
        while (G_UNLIKELY(vcpu_has_work(cpu))) {
            if (!vcpu_work(cpu))
                return NULL;
        }
        ops->vcpu_run(cpu->hv, &exit);
        vcpu_exit(cpu, &exit);
    }
}

gboolean vcpu_thread_start(Vcpu *cpu, GError **error)
{
    char name[16];

    snprintf(name, sizeof(name), "vcpu%u", cpu->index);
    g_autoptr(GError) cause = NULL;
    cpu->thread = g_thread_try_new(name, vcpu_thread, cpu, &cause);
    if (!cpu->thread)
        return error_set(error, PAPRIKA_ERROR_HOST, "cannot start the thread of vCPU %u: %s",
                         cpu->id, cause->message);
    return TRUE;
}

void vcpu_thread_end(Vcpu *cpu)
{
    if (!cpu->thread)
        return;
    /* A thread that has only just begun would otherwise miss that it shall end. */
    vcpu_park(cpu, VCPU_PARK_LIFE);
    vcpu_wait_parked(cpu);
    g_mutex_lock(&cpu->lock);
    cpu->quit = TRUE;
    g_mutex_unlock(&cpu->lock);
    /* The user may have stopped it for good. */
    vcpu_unpark(cpu,
                (VcpuPark)(VCPU_PARK_LIFE | VCPU_PARK_USER | VCPU_PARK_DEBUG | VCPU_PARK_DUMP));
    g_thread_join(g_steal_pointer(&cpu->thread));
}
