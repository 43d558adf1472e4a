/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The hypercall dispatcher. Each PAPR family has a file of its own that ends
 * in a `const HcallDef h_xxx_defs[]` table; hcall.c lists the tables.
 */
#pragma once

#include <stdint.h>

#include "include/paprika/papr.h"
#include "include/paprika/vm.h"

/**
 * One handler. @args are r4 to r12 as the guest passed them, and go back to
 * the guest as r4 to r12 afterwards, so that a handler writes its results to
 * args[0] onwards and leaves the rest alone. Runs on @cpu's own thread.
 */
typedef HcallRet (*HcallFn)(Vcpu *cpu, uint64_t *args);

typedef enum {
    /** Answered here. */
    HCALL_HERE,
    /** KVM answers it without being asked; a handler here serves what KVM passes on. */
    HCALL_KERNEL,
    /** As HCALL_KERNEL once KVM_CAP_PPC_ENABLE_HCALL switched it on. */
    HCALL_KERNEL_ON_REQUEST,
    /** As HCALL_KERNEL_ON_REQUEST, for a guest that the user trusts with it. */
    HCALL_KERNEL_ON_OPTION,
} HcallPlace;

typedef struct {
    uint32_t number;
    const char *name;
    /** NULL where only the kernel can answer. */
    HcallFn handler;
    /** Where the call is specified, for docs/hcalls.md; numbers are those of LoPAR 2.9. */
    const char *section;
    HcallPlace place;
} HcallDef;

/* One per family; a table ends with a NULL name. */
extern const HcallDef h_cpu_defs[];
extern const HcallDef h_info_defs[];
extern const HcallDef h_llan_defs[];
extern const HcallDef h_logical_defs[];
extern const HcallDef h_lpar_defs[];
extern const HcallDef h_mmu_defs[];
extern const HcallDef h_mode_defs[];
extern const HcallDef h_of_defs[];
extern const HcallDef h_rtas_defs[];
extern const HcallDef h_tce_defs[];
extern const HcallDef h_term_defs[];
extern const HcallDef h_vio_defs[];
extern const HcallDef h_watchdog_defs[];
extern const HcallDef h_xics_defs[];
extern const HcallDef h_xive_defs[];

typedef struct HcallTable HcallTable;

/** Build the dispatch table from all families; constant afterwards. */
HcallTable *hcall_table_new(void);
void hcall_table_free(HcallTable *table);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(HcallTable, hcall_table_free)

/**
 * Switch on what the kernel implements and leaves off. What an older kernel
 * lacks is answered here instead, or is H_FUNCTION. Main thread, before vCPUs.
 */
void hcall_enable_kernel(const Vm *vm);

/** The definition of @number, or NULL. */
const HcallDef *hcall_table_find(const HcallTable *table, uint64_t number);

/**
 * Answer one hypercall on @cpu's thread: the handler's code, or H_FUNCTION
 * for a number that nobody serves. Takes no lock of its own.
 */
HcallRet hcall_dispatch(Vcpu *cpu, uint64_t number, uint64_t *args);
