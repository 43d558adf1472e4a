/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "mmu/mmu.h"

#include <errno.h>

#include "mmu/hpt_alloc.h"
#include "mmu/hpt_policy.h"
#include "mmu/hpt_resize.h"
#include "mmu/mmu_choose.h"
#include "mmu/page_sizes.h"
#include "mmu/proc_table.h"
#include "src/base/error.h"
#include "src/base/guest_mem.h"
#include "src/base/log.h"

struct Mmu {
    Vm *vm;
    /** Constant until the next reset or switch. */
    gboolean radix;
    /** The guest says that it can't resize its table. Constant until the next reset. */
    gboolean guest_cant_resize;
    /** What was asked for at the last reset, and what the kernel granted; 0: not yet, or under
     * radix, which has KVM free the table. */
    uint32_t wanted_order, granted_order;
    HptResize resize;

    /** Protects table. */
    GMutex lock;
    ProcTable table;
};

Mmu *mmu_new(Vm *vm, GError **error)
{
    gboolean radix;

    if (!mmu_choose(vm->config->mmu, vm->config->max_cpu_compat, vm->caps, &radix, error))
        return NULL;
    if (!radix && vm->config->hpt_resize == HPT_RESIZE_ON && !vm->caps->resize_hpt) {
        error_set(error, PAPRIKA_ERROR_USAGE,
                  "--hpt-resize on: the host's kernel cannot resize hash page tables; use "
                  "--hpt-resize auto");
        return NULL;
    }

    Mmu *mmu = g_new0(Mmu, 1);
    mmu->vm = vm;
    mmu->radix = radix;
    g_mutex_init(&mmu->lock);
    hpt_resize_init(&mmu->resize, vm);
    return mmu;
}

void mmu_free(Mmu *mmu)
{
    if (!mmu)
        return;
    hpt_resize_finish(&mmu->resize);
    g_mutex_clear(&mmu->lock);
    g_free(mmu);
}

gboolean mmu_is_radix(const Mmu *mmu) { return mmu->radix; }
uint32_t mmu_hpt_order(const Mmu *mmu) { return hpt_resize_order(&mmu->resize); }

static gboolean mmu_is_resizable(const Mmu *mmu)
{
    return !mmu->guest_cant_resize && hpt_policy_resizable(mmu->vm->config, mmu->vm->caps);
}

/** Bytes of a host page that backs the first memory. */
static uint64_t mmu_backing_page(const Mmu *mmu)
{
    unsigned count;

    return guest_mem_regions(mmu->vm->mem, &count)[0].page_size;
}

void mmu_set_guest_resizes(Mmu *mmu, gboolean resizes) { mmu->guest_cant_resize = !resizes; }

gboolean mmu_wants_other_table(const Mmu *mmu)
{
    return !mmu->radix && hpt_policy_first_order(mmu->vm->config, mmu_is_resizable(mmu),
                                                 mmu_backing_page(mmu)) != mmu->wanted_order;
}

HcallRet mmu_resize_prepare(Mmu *mmu, uint64_t flags, uint64_t order)
{
    return hpt_resize_prepare(&mmu->resize, flags, order);
}

HcallRet mmu_resize_commit(Mmu *mmu, Vcpu *cpu, uint64_t flags, uint64_t order)
{
    return hpt_resize_commit(&mmu->resize, cpu, flags, order);
}

uint64_t mmu_process_table(Mmu *mmu)
{
    g_mutex_lock(&mmu->lock);
    uint64_t pate1 = mmu->table.pate1;
    g_mutex_unlock(&mmu->lock);
    return pate1;
}

void mmu_describe(Mmu *mmu, MmuInfo *info)
{
    *info = (MmuInfo){
        .radix = mmu->radix,
        .wanted_order = mmu->wanted_order,
        .granted_order = mmu->granted_order,
        .order = mmu_hpt_order(mmu),
        .resizable = !mmu->radix && mmu_is_resizable(mmu),
    };
    if (!mmu->radix)
        page_sizes_filter(&mmu->vm->caps->smmu, mmu_backing_page(mmu), info->page_sizes);
    g_mutex_lock(&mmu->lock);
    info->pate1 = mmu->table.pate1;
    info->gtse = mmu->table.gtse;
    g_mutex_unlock(&mmu->lock);
}

/** What a refused mode switch means for the one who started the guest. */
static const char *mode_refusal_advice(int err)
{
    switch (err) {
    case EBUSY:
        return " (vCPUs of this guest are still running; stop them first)";
    case EINVAL:
        return " (the host kernel does not run guests in this mode; see paprika info)";
    case ENODEV:
        return " (only POWER9 and later can choose)";
    default:
        return "";
    }
}

/** Tell KVM of @table; a host older than POWER9 knows hash only, without this call. */
static int mmu_configure(Mmu *mmu, const ProcTable *table)
{
    uint64_t flags = (table->radix ? HV_V3_MMU_RADIX : 0) | (table->gtse ? HV_V3_MMU_GTSE : 0);

    return mmu->vm->ops->vm_configure_v3_mmu(mmu->vm->hv, flags, table->pate1);
}

/**
 * The table as after power-on: a guest that resized it, and reboots, has it as
 * at first. What was granted once is asked for again, so that a host that is
 * short of memory is told of once, and KVM zeroes a table that has its size.
 */
static gboolean mmu_reset_hpt(Mmu *mmu, GError **error)
{
    Vm *vm = mmu->vm;
    uint64_t page = mmu_backing_page(mmu);
    uint32_t wanted = hpt_policy_first_order(vm->config, mmu_is_resizable(mmu), page);
    uint32_t ask = wanted == mmu->wanted_order ? mmu->granted_order : wanted;

    if (!hpt_allocate(vm->ops, vm->hv, ask, &mmu->granted_order, error))
        return FALSE;
    mmu->wanted_order = wanted;
    hpt_resize_reset(&mmu->resize, mmu->granted_order,
                     mmu_is_resizable(mmu) ? hpt_policy_limit(vm->config, mmu->granted_order, page)
                                           : 0);
    return TRUE;
}

gboolean mmu_reset(Mmu *mmu, GError **error)
{
    Vm *vm = mmu->vm;
    ProcTable table = {
        .radix = mmu->radix,
        .pate1 = mmu->radix ? PATE1_GUEST_RADIX : 0,
    };

    /* Before the mode changes: a radix guest's kernel would keep a table in preparation. */
    hpt_resize_reset(&mmu->resize, 0, 0);
    if (vm->caps->radix || vm->caps->hash_v3) {
        int ret = mmu_configure(mmu, &table);
        if (ret)
            return error_set_errno(error, PAPRIKA_ERROR_HOST, -ret,
                                   "cannot put the guest into %s mode%s",
                                   mmu->radix ? "radix" : "hash", mode_refusal_advice(-ret));
    }

    if (mmu->radix)
        mmu->wanted_order = mmu->granted_order = 0;
    else if (!mmu_reset_hpt(mmu, error))
        return FALSE;
    g_mutex_lock(&mmu->lock);
    mmu->table = table;
    g_mutex_unlock(&mmu->lock);
    return TRUE;
}

gboolean mmu_switch(Mmu *mmu, gboolean radix, GError **error)
{
    gboolean before = mmu->radix;
    g_autoptr(GError) also = NULL;

    mmu->radix = radix;
    if (mmu_reset(mmu, error))
        return TRUE;
    mmu->radix = before;
    if (!mmu_reset(mmu, &also))
        mmu->vm->control->request(mmu->vm, VM_REQUEST_FAIL, also->message);
    return FALSE;
}

HcallRet mmu_clear_hpt(Mmu *mmu, Vcpu *cpu)
{
    Vm *vm = mmu->vm;

    if (!mmu_hpt_order(mmu))
        return H_FUNCTION;
    if (!vm->control->hold_others(cpu))
        return H_CONTINUE;
    /* KVM zeroes a table that has the size already. Only who holds the others could resize it. */
    uint32_t order = mmu_hpt_order(mmu);
    int err = vm->ops->vm_allocate_htab(vm->hv, &order);
    vm->control->release_others(cpu);
    if (err == 0)
        return H_SUCCESS;
    log_guest("its hash page table cannot be cleared: %s", g_strerror(-err));
    return H_HARDWARE;
}

HcallRet mmu_register_process_table(Mmu *mmu, uint64_t flags, uint64_t base, uint64_t page_size,
                                    uint64_t table_size)
{
    ProcTable table;

    g_mutex_lock(&mmu->lock);
    HcallRet ret = proc_table_parse(flags, base, page_size, table_size, &mmu->table, &table);
    /* The other mode needs stopped vCPUs, so a reset: not by this call. */
    if (ret == H_SUCCESS && table.radix != mmu->radix)
        ret = H_PARAMETER;
    if (ret == H_SUCCESS && !(mmu->vm->caps->radix || mmu->vm->caps->hash_v3))
        ret = H_FUNCTION;
    if (ret == H_SUCCESS) {
        int err = mmu_configure(mmu, &table);

        if (err == 0)
            mmu->table = table;
        else
            ret = err == -EBUSY ? H_LONG_BUSY_10_MSEC : err == -EINVAL ? H_PARAMETER : H_HARDWARE;
    }
    g_mutex_unlock(&mmu->lock);
    return ret;
}
