/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "mmu/mmu.h"

#include <errno.h>

#include "mmu/hpt_alloc.h"
#include "mmu/hpt_size.h"
#include "mmu/mmu_choose.h"
#include "mmu/proc_table.h"
#include "src/base/error.h"
#include "src/base/guest_mem.h"
#include "src/base/log.h"

struct Mmu {
    Vm *vm;
    /** Constant until the next reset or switch. */
    gboolean radix;
    /** 0 under radix, which has KVM free the table, and before the first reset. */
    uint32_t hpt_order;

    /** Protects table. */
    GMutex lock;
    ProcTable table;
};

Mmu *mmu_new(Vm *vm, GError **error)
{
    gboolean radix;

    if (!mmu_choose(vm->config->mmu, vm->config->max_cpu_compat, vm->caps, &radix, error))
        return NULL;

    Mmu *mmu = g_new0(Mmu, 1);
    mmu->vm = vm;
    mmu->radix = radix;
    g_mutex_init(&mmu->lock);
    return mmu;
}

void mmu_free(Mmu *mmu)
{
    if (!mmu)
        return;
    g_mutex_clear(&mmu->lock);
    g_free(mmu);
}

gboolean mmu_is_radix(const Mmu *mmu) { return mmu->radix; }
uint32_t mmu_hpt_order(const Mmu *mmu) { return mmu->hpt_order; }

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

gboolean mmu_reset(Mmu *mmu, GError **error)
{
    Vm *vm = mmu->vm;
    ProcTable table = {
        .radix = mmu->radix,
        .pate1 = mmu->radix ? PATE1_GUEST_RADIX : 0,
    };

    if (vm->caps->radix || vm->caps->hash_v3) {
        int ret = mmu_configure(mmu, &table);
        if (ret)
            return error_set_errno(error, PAPRIKA_ERROR_HOST, -ret,
                                   "cannot put the guest into %s mode%s",
                                   mmu->radix ? "radix" : "hash", mode_refusal_advice(-ret));
    }

    if (mmu->radix) {
        mmu->hpt_order = 0;
    } else {
        unsigned count;
        const GuestRegion *regions = guest_mem_regions(vm->mem, &count);
        /* What was granted once is zeroed in place; for another order KVM would free it first. */
        uint32_t order = mmu->hpt_order
                             ? mmu->hpt_order
                             : hpt_order_for_guest(vm->config->memory, regions[0].page_size);

        if (!hpt_allocate(vm->ops, vm->hv, order, &mmu->hpt_order, error))
            return FALSE;
    }
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
