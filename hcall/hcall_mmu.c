/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Translation: the kernel keeps the table; we keep its shape and size (LoPAR 14.5.4.1). */
#include "hcall/hcall.h"
#include "mmu/mmu.h"

/** H_REGISTER_PROC_TBL. In: r4 flags, r5 base, r6 page size, r7 table size. */
static HcallRet h_register_proc_tbl(Vcpu *cpu, uint64_t *args)
{
    return mmu_register_process_table(cpu->vm->mmu, args[0], args[1], args[2], args[3]);
}

/** H_CLEAR_HPT. Other processors of the guest may run: they are held meanwhile. */
static HcallRet h_clear_hpt(Vcpu *cpu, uint64_t *args) { return mmu_clear_hpt(cpu->vm->mmu, cpu); }

/** H_RESIZE_HPT_PREPARE. In: r4 flags (0), r5 order of the new table, 0 for none. */
static HcallRet h_resize_hpt_prepare(Vcpu *cpu, uint64_t *args)
{
    return mmu_resize_prepare(cpu->vm->mmu, args[0], args[1]);
}

/**
 * H_RESIZE_HPT_COMMIT. In: r4 flags (0), r5 order of the new table. Other
 * processors of the guest may run: they are held meanwhile.
 */
static HcallRet h_resize_hpt_commit(Vcpu *cpu, uint64_t *args)
{
    return mmu_resize_commit(cpu->vm->mmu, cpu, args[0], args[1]);
}

const HcallDef h_mmu_defs[] = {
    {H_REMOVE, "H_REMOVE", NULL, "LoPAR 14.5.4.1.1", HCALL_KERNEL},
    {H_ENTER, "H_ENTER", NULL, "LoPAR 14.5.4.1.2", HCALL_KERNEL},
    {H_READ, "H_READ", NULL, "LoPAR 14.5.4.1.3", HCALL_KERNEL},
    {H_CLEAR_MOD, "H_CLEAR_MOD", NULL, "LoPAR 14.5.4.1.4", HCALL_KERNEL_ON_REQUEST},
    {H_CLEAR_REF, "H_CLEAR_REF", NULL, "LoPAR 14.5.4.1.5", HCALL_KERNEL_ON_REQUEST},
    {H_PROTECT, "H_PROTECT", NULL, "LoPAR 14.5.4.1.6", HCALL_KERNEL},
    {H_BULK_REMOVE, "H_BULK_REMOVE", NULL, "LoPAR 14.5.4.1.7", HCALL_KERNEL},
    {H_CLEAR_HPT, "H_CLEAR_HPT", h_clear_hpt, "Linux, asm/hvcall.h", HCALL_HERE},
    {H_RESIZE_HPT_PREPARE, "H_RESIZE_HPT_PREPARE", h_resize_hpt_prepare, "Linux, asm/hvcall.h",
     HCALL_HERE},
    {H_RESIZE_HPT_COMMIT, "H_RESIZE_HPT_COMMIT", h_resize_hpt_commit, "Linux, asm/hvcall.h",
     HCALL_HERE},
    {H_REGISTER_PROC_TBL, "H_REGISTER_PROC_TBL", h_register_proc_tbl, "LoPAR 14.13.2.3",
     HCALL_HERE},
    {H_RPT_INVALIDATE, "H_RPT_INVALIDATE", NULL, "Linux, asm/hvcall.h", HCALL_KERNEL_ON_OPTION},
    {0},
};
