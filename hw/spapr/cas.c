/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hw/spapr/cas.h"

#include "hw/spapr/cpu_level.h"
#include "hw/spapr/irq/irq.h"
#include "hw/spapr/machine_desc.h"
#include "hw/spapr/platform.h"
#include "mmu/hpt_policy.h"
#include "mmu/hpt_size.h"
#include "mmu/mmu.h"
#include "src/base/error.h"
#include "src/base/guest_mem.h"
#include "src/base/log.h"
#include "src/base/trace.h"

static CasModes modes_now(const Vm *vm)
{
    return (CasModes){
        .radix = mmu_is_radix(vm->mmu),
        .xive = irq_kind_is_xive(irq_kind(vm->irq)),
    };
}

/** Nobody else can start one meanwhile: whoever could is stopped, too. */
static gboolean others_are_stopped(const Vcpu *self)
{
    const Vm *vm = self->vm;
    gboolean stopped = TRUE;

    for (unsigned i = 0; i < vm->n_vcpus && stopped; i++) {
        Vcpu *cpu = vm->vcpus[i];

        stopped = cpu == self || vcpu_is_stopped(cpu);
    }
    return stopped;
}

static gboolean is_in_real_mode(const Vcpu *cpu)
{
    HvRegs regs;

    return cpu->vm->ops->vcpu_get_regs(cpu->hv, &regs) == 0 &&
           !(regs.msr & (HV_MSR_IR | HV_MSR_DR));
}

/** A processor of POWER8's level has a decrementer of 32 bits. */
static uint64_t decrementer_mode(const Vm *vm, uint32_t cpu_pvr)
{
    gboolean large =
        vm->caps->large_decrementer && cpu_level_isa(vm->caps->cpu.pvr, cpu_pvr) >= 300;

    return large ? HV_LPCR_LD : 0;
}

static void set_decrementer(Vm *vm, uint32_t cpu_pvr)
{
    g_mutex_lock(&vm->mode_lock);
    vm->lpcr_value = (vm->lpcr_value & ~(uint64_t)HV_LPCR_LD) | decrementer_mode(vm, cpu_pvr);
    vm->lpcr_mask |= HV_LPCR_LD;
    __atomic_fetch_add(&vm->mode_seq, 1, __ATOMIC_RELEASE);
    g_mutex_unlock(&vm->mode_lock);
}

static gboolean apply_cpu(Vcpu *cpu, uint32_t pvr)
{
    Vm *vm = cpu->vm;
    int ret;

    if (vm->platform->terms.cpu_pvr == pvr)
        return TRUE;
    ret = cpu_level_apply(vm, pvr);
    if (ret) {
        log_guest("the processors cannot be shown with version %#x: %s", pvr, g_strerror(-ret));
        return FALSE;
    }
    vm->platform->terms.cpu_pvr = pvr;
    set_decrementer(vm, pvr);
    /* The other vCPUs look when they are started. */
    vm->control->post_event(cpu, VCPU_EVENT_MODE);
    return TRUE;
}

static uint64_t backing_page(const Vm *vm)
{
    unsigned count;

    return guest_mem_regions(vm->mem, &count)[0].page_size;
}

/** The table by which the client was told of a real mode area: machine_desc_set_negotiable(). */
static uint32_t order_told(const Vm *vm)
{
    gboolean resizable = hpt_policy_resizable(vm->config, vm->caps);
    uint32_t planned = hpt_policy_first_order(vm->config, resizable, backing_page(vm));

    return mmu_is_radix(vm->mmu) ? planned : MIN(planned, mmu_hpt_order(vm->mmu));
}

/**
 * The client, and what it has of memory, lies in the real mode area that it was
 * told of: a table that covers less is of no use to it.
 */
static gboolean table_covers_client(const Vm *vm, uint32_t told)
{
    uint64_t page = backing_page(vm), area = hpt_vrma_limit(told, page);

    return hpt_vrma_limit(mmu_hpt_order(vm->mmu), page) >=
           MIN(MIN(area, vm->config->memory), MACHINE_RMA_MAX);
}

static gboolean apply_mmu(Vm *vm, gboolean radix)
{
    gboolean before = mmu_is_radix(vm->mmu);
    uint32_t told = order_told(vm);
    g_autoptr(GError) error = NULL;

    if (before == radix && !mmu_wants_other_table(vm->mmu))
        return TRUE;
    if (!mmu_switch(vm->mmu, radix, &error)) {
        log_guest("the translation cannot be changed: %s", error->message);
        return FALSE;
    }
    if (!radix && !table_covers_client(vm, told)) {
        log_guest("the hash page table of order %u is too small for a guest that has begun",
                  mmu_hpt_order(vm->mmu));
        /* A table that there was before is gone. */
        if (before)
            mmu_switch(vm->mmu, TRUE, NULL);
        return FALSE;
    }
    return TRUE;
}

static gboolean apply_irq(Vm *vm, gboolean xive)
{
    g_autoptr(GError) error = NULL;

    if (irq_switch(vm->irq, xive, &error))
        return TRUE;
    log_guest("the interrupt controller cannot be changed: %s", error->message);
    return FALSE;
}

static CasStatus apply(Vcpu *cpu, const CasChoice *choice)
{
    Vm *vm = cpu->vm;

    /* One that can't resize its table is to have the one that it may need at last. */
    mmu_set_guest_resizes(vm->mmu, choice->terms.hpt_resize);
    if ((choice->modes.radix != mmu_is_radix(vm->mmu) || mmu_wants_other_table(vm->mmu)) &&
        !is_in_real_mode(cpu))
        return CAS_NOT_REAL_MODE;
    if (!apply_cpu(cpu, choice->terms.cpu_pvr) || !apply_mmu(vm, choice->modes.radix) ||
        !apply_irq(vm, choice->modes.xive))
        return CAS_REFUSED;
    vm->platform->terms = choice->terms;
    return CAS_OK;
}

static CasStatus negotiate(Vcpu *cpu, uint64_t vectors)
{
    const Vm *vm = cpu->vm;
    CasModes now = modes_now(vm);
    CasRequest request;
    CasChoice choice;
    CasOffer offer;

    if (!others_are_stopped(cpu))
        return CAS_NOT_ALONE;
    if (cas_vectors_parse(vm->mem, vectors, &request) != CAS_PARSED)
        return CAS_MALFORMED;
    cas_offer_of_vm(&offer, vm);
    CasStatus status = cas_choose(&request, &offer, &now, &choice);
    return status == CAS_OK ? apply(cpu, &choice) : status;
}

gboolean cas_negotiate(Vcpu *cpu, uint64_t vectors, CasOutcome *outcome)
{
    outcome->status = negotiate(cpu, vectors);
    outcome->modes = modes_now(cpu->vm);
    trace(TRACE_BOOT, "client architecture support: %s; version %#x, %s, %s",
          cas_status_text(outcome->status), cpu->vm->platform->terms.cpu_pvr,
          outcome->modes.radix ? "radix" : "hash", irq_kind_name(irq_kind(cpu->vm->irq)));

    if (outcome->status != CAS_OK)
        log_guest("its ibm,client-architecture-support call fails: %s",
                  cas_status_text(outcome->status));
    return outcome->status == CAS_OK;
}

int cas_reset(Vm *vm)
{
    uint32_t pvr = cpu_level_at_start(vm->caps->cpu.pvr, vm->config->max_cpu_compat);
    int ret = 0;

    if (vm->platform->terms.cpu_pvr != pvr)
        ret = cpu_level_apply(vm, pvr);
    if (ret)
        return ret;
    machine_terms_init(&vm->platform->terms, pvr);
    mmu_set_guest_resizes(vm->mmu, TRUE);
    set_decrementer(vm, pvr);
    return 0;
}
