/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The guest's translation as it is now: mode, hash page table, process table.
 */
#pragma once

#include <stdint.h>

#include <glib.h>

#include "include/paprika/papr.h"
#include "include/paprika/vm.h"

typedef struct Mmu Mmu;

/** Choose the mode for @vm (config and caps); nothing is told to KVM yet. */
Mmu *mmu_new(Vm *vm, GError **error);
void mmu_free(Mmu *mmu);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Mmu, mmu_free)

/**
 * Put the guest into its mode as after power-on: mode set, table allocated or
 * cleared, no process table. vCPUs parked.
 */
gboolean mmu_reset(Mmu *mmu, GError **error);

/**
 * As mmu_reset(), into radix or hash. On failure the guest is in its former
 * mode, reset; should KVM refuse even that, the machine ends (VM_REQUEST_FAIL). A
 * vCPU's thread, all others stopped and it in an exit, or the main thread, all
 * vCPUs parked.
 */
gboolean mmu_switch(Mmu *mmu, gboolean radix, GError **error);

gboolean mmu_is_radix(const Mmu *mmu);
/**
 * Order of the hash page table: what the kernel granted, or what the guest has
 * resized it to since; 0 under radix. Valid after mmu_reset(). Any thread.
 */
uint32_t mmu_hpt_order(const Mmu *mmu);

/**
 * What is known of the guest's ability to resize its hash page table; at first,
 * that it can. One that can't gets, from the next reset or switch on, the table
 * that its largest memory needs, and no resize. vCPUs parked, or none but the
 * caller's running.
 */
void mmu_set_guest_resizes(Mmu *mmu, gboolean resizes);
/** Whether a reset would give the hash guest a table of another order; the same threads. */
gboolean mmu_wants_other_table(const Mmu *mmu);

/** What is told about translation to those who look from outside. */
typedef struct {
    gboolean radix;
    /** The hash page table: asked for and granted at the last reset, and now; 0 under radix. */
    uint32_t wanted_order, granted_order, order;
    /** The guest may change it. */
    gboolean resizable;
    /** The second doubleword of the partition table entry, and whether the guest may use tlbie. */
    uint64_t pate1;
    gboolean gtse;
    /** Page sizes that the guest was offered, under hash. */
    HvSegmentPageSize page_sizes[HV_MAX_PAGE_SIZES];
} MmuInfo;

/** Main thread, no reset going on. */
void mmu_describe(Mmu *mmu, MmuInfo *info);

/** The second doubleword of the guest's partition table entry (mmu/proc_table.h). Any thread. */
uint64_t mmu_process_table(Mmu *mmu);

/**
 * H_RESIZE_HPT_PREPARE and H_RESIZE_HPT_COMMIT: see mmu/hpt_resize.h. @cpu's own
 * thread.
 */
HcallRet mmu_resize_prepare(Mmu *mmu, uint64_t flags, uint64_t order);
HcallRet mmu_resize_commit(Mmu *mmu, Vcpu *cpu, uint64_t flags, uint64_t order);

/**
 * H_CLEAR_HPT: take out every entry, those of the virtual real mode area
 * excepted, which KVM enters anew. H_SUCCESS; H_CONTINUE to be asked again;
 * H_FUNCTION for a radix guest; H_HARDWARE. @cpu's own thread.
 */
HcallRet mmu_clear_hpt(Mmu *mmu, Vcpu *cpu);

/**
 * H_REGISTER_PROC_TBL (LoPAR 14.13.2.3 and the kernel's
 * arch/powerpc/include/asm/hvcall.h): tell KVM of the guest's process table,
 * or take it back. Any vCPU's thread.
 */
HcallRet mmu_register_process_table(Mmu *mmu, uint64_t flags, uint64_t base, uint64_t page_size,
                                    uint64_t table_size);
