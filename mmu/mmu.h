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
/** Order that the kernel granted; 0 under radix. Valid after mmu_reset(). */
uint32_t mmu_hpt_order(const Mmu *mmu);

/**
 * H_REGISTER_PROC_TBL (LoPAR 14.13.2.3 and the kernel's
 * arch/powerpc/include/asm/hvcall.h): tell KVM of the guest's process table,
 * or take it back. Any vCPU's thread.
 */
HcallRet mmu_register_process_table(Mmu *mmu, uint64_t flags, uint64_t base, uint64_t page_size,
                                    uint64_t table_size);
