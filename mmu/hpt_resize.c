/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "mmu/hpt_resize.h"

#include "mmu/hpt_fetch.h"
#include "mmu/hpt_size.h"
#include "mmu/hpt_stats.h"
#include "src/base/error.h"
#include "src/base/log.h"
#include "src/base/papr_errno.h"
#include "src/base/trace.h"

void hpt_resize_init(HptResize *resize, Vm *vm)
{
    *resize = (HptResize){.vm = vm};
    g_mutex_init(&resize->lock);
}

/** The kernel drops the table that it prepares or has ready. Lock held. */
static void drop_prepared(HptResize *resize)
{
    if (resize->phase == HPT_RESIZE_IDLE)
        return;
    if (resize->phase == HPT_RESIZE_PREPARING)
        resize->not_before = g_get_monotonic_time() + HPT_RESIZE_PAUSE_MS * 1000;
    resize->phase = HPT_RESIZE_IDLE;
    resize->vm->ops->vm_resize_htab_prepare(resize->vm->hv, 0);
}

void hpt_resize_finish(HptResize *resize)
{
    g_mutex_lock(&resize->lock);
    drop_prepared(resize);
    g_mutex_unlock(&resize->lock);
    hpt_verify_report(&resize->totals);
    g_mutex_clear(&resize->lock);
}

void hpt_resize_reset(HptResize *resize, uint32_t current, uint32_t limit)
{
    g_mutex_lock(&resize->lock);
    drop_prepared(resize);
    __atomic_store_n(&resize->current, current, __ATOMIC_RELEASE);
    resize->limit = limit;
    g_mutex_unlock(&resize->lock);
}

uint32_t hpt_resize_order(const HptResize *resize)
{
    return __atomic_load_n(&resize->current, __ATOMIC_ACQUIRE);
}

/** What both calls check. Lock held. */
static HcallRet check_request(const HptResize *resize, uint64_t flags, uint64_t order)
{
    if (!resize->current)
        return H_NOT_AVAILABLE;
    if (!resize->limit)
        return H_AUTHORITY;
    if (flags || (order && (order < HPT_ORDER_MIN || order > HPT_ORDER_MAX)))
        return H_PARAMETER;
    return H_SUCCESS;
}

/* --- prepare ----------------------------------------------------------------- */

/** Ask the kernel for the table of resize->order: how far it is, in PAPR's terms. Lock held. */
static HcallRet poll_prepared(HptResize *resize)
{
    int ret = resize->vm->ops->vm_resize_htab_prepare(resize->vm->hv, resize->order);

    if (ret > 0) {
        resize->phase = HPT_RESIZE_PREPARING;
        return papr_long_busy((unsigned)ret);
    }
    resize->phase = ret ? HPT_RESIZE_IDLE : HPT_RESIZE_READY;
    return papr_from_errno(-ret);
}

/** Lock held. */
static HcallRet prepare_locked(HptResize *resize, uint64_t order)
{
    if (resize->phase == HPT_RESIZE_COMMITTING)
        return H_LONG_BUSY_10_MSEC;
    if (order > resize->limit)
        return H_RESOURCE;
    if (resize->phase != HPT_RESIZE_IDLE && resize->order != order)
        drop_prepared(resize);
    if (!order || resize->phase == HPT_RESIZE_READY)
        return H_SUCCESS;
    if (resize->phase == HPT_RESIZE_IDLE) {
        gint64 wait = resize->not_before - g_get_monotonic_time();

        if (wait > 0)
            return papr_long_busy((unsigned)((wait + 999) / 1000));
        resize->order = (uint32_t)order;
    }
    return poll_prepared(resize);
}

HcallRet hpt_resize_prepare(HptResize *resize, uint64_t flags, uint64_t order)
{
    g_mutex_lock(&resize->lock);
    HcallRet ret = check_request(resize, flags, order);
    if (ret == H_SUCCESS)
        ret = prepare_locked(resize, order);
    g_mutex_unlock(&resize->lock);
    return ret;
}

/* --- commit ------------------------------------------------------------------ */

/**
 * Whether the kernel can move the entries without harm to the host: two bolted
 * ones that are where no processor looks for them may meet in the new table,
 * where Linux's KVM has a BUG(). In a smaller one it takes that into account.
 * vCPUs out of the guest.
 */
static HcallRet check_entries(const HptResize *resize)
{
    const Vm *vm = resize->vm;
    g_autoptr(GError) error = NULL;
    HptStats stats;

    if (resize->order < resize->current)
        return H_SUCCESS;
    hpt_stats_init(&stats, resize->current);
    if (!hpt_fetch(vm->ops, vm->hv, resize->current, TRUE, &hpt_stream_to_stats, &stats, &error)) {
        log_guest("resize of its hash page table refused: %s", error->message);
        return H_HARDWARE;
    }
    if (!stats.misplaced)
        return H_SUCCESS;
    log_guest("resize of its hash page table refused: %" G_GUINT64_FORMAT
              " bolted entries are where no processor looks for them",
              stats.misplaced);
    return H_PTEG_FULL;
}

/** Have the kernel do it, and look at what it did if the user wants that. vCPUs out of the guest.
 */
static HcallRet commit_in_kernel(HptResize *resize)
{
    Vm *vm = resize->vm;
    g_autoptr(HptTable) before = NULL;
    g_autoptr(GError) error = NULL;

    if (vm->config->hpt_verify) {
        before = hpt_verify_before(vm->ops, vm->hv, resize->current, &error);
        if (!before)
            log_guest("a resize of its hash page table cannot be checked: %s", error->message);
    }

    HcallRet ret = papr_from_errno(-vm->ops->vm_resize_htab_commit(vm->hv, resize->order));
    if (before)
        hpt_verify_after(vm->ops, vm->hv, before, resize->order, ret, &resize->totals);
    return ret;
}

/** Make this vCPU the one that commits, or say why not. Lock held. */
static HcallRet begin_commit(HptResize *resize, uint64_t order)
{
    if (resize->phase == HPT_RESIZE_COMMITTING)
        return H_BUSY;
    if (resize->phase == HPT_RESIZE_IDLE || resize->order != order) {
        drop_prepared(resize);
        return H_CLOSED;
    }
    if (resize->phase == HPT_RESIZE_PREPARING) {
        HcallRet ret = poll_prepared(resize);

        if (ret != H_SUCCESS)
            return resize->phase == HPT_RESIZE_PREPARING ? H_BUSY : ret;
    }
    resize->phase = HPT_RESIZE_COMMITTING;
    return H_SUCCESS;
}

/** The commit came to its end with @ret. Lock held. */
static void end_commit(HptResize *resize, HcallRet ret)
{
    static LogSite site;
    uint32_t left_out;

    resize->phase = HPT_RESIZE_IDLE;
    if (log_wants(LOG_INFO) && log_site_allows(&site, &left_out)) {
        if (ret == H_SUCCESS)
            log_info("hash page table: order %u is now %u", resize->current, resize->order);
        else
            log_info("hash page table: order stays at %u, %u was refused (%" G_GINT64_FORMAT ")",
                     resize->current, resize->order, ret);
    }
    if (ret == H_SUCCESS)
        __atomic_store_n(&resize->current, resize->order, __ATOMIC_RELEASE);
}

/** In the phase HPT_RESIZE_COMMITTING, on the thread of the vCPU that is at it; the others are out.
 */
static HcallRet commit_alone(HptResize *resize)
{
    gint64 start = g_get_monotonic_time();
    HcallRet ret = check_entries(resize);
    gint64 checked = g_get_monotonic_time();

    if (ret == H_SUCCESS)
        ret = commit_in_kernel(resize);
    else
        resize->vm->ops->vm_resize_htab_prepare(resize->vm->hv, 0);
    trace(TRACE_HV,
          "hash table to order %u = %" G_GINT64_FORMAT ": entries looked at in %" G_GINT64_FORMAT
          " us, moved in %" G_GINT64_FORMAT " us",
          resize->order, ret, checked - start, g_get_monotonic_time() - checked);
    return ret;
}

HcallRet hpt_resize_commit(HptResize *resize, Vcpu *cpu, uint64_t flags, uint64_t order)
{
    const VmControl *control = resize->vm->control;

    g_mutex_lock(&resize->lock);
    HcallRet ret = check_request(resize, flags, order);
    if (ret == H_SUCCESS)
        ret = begin_commit(resize, order);
    g_mutex_unlock(&resize->lock);
    if (ret != H_SUCCESS)
        return ret;

    /* In this phase nobody else writes the state. */
    gint64 start = g_get_monotonic_time();
    gboolean alone = control->hold_others(cpu);
    trace(TRACE_HV, "vCPUs held for vCPU %u: %s after %" G_GINT64_FORMAT " us", cpu->id,
          alone ? "yes" : "no", g_get_monotonic_time() - start);
    if (alone) {
        ret = commit_alone(resize);
        control->release_others(cpu);
    }
    g_mutex_lock(&resize->lock);
    if (alone)
        end_commit(resize, ret);
    else
        resize->phase = HPT_RESIZE_READY;
    g_mutex_unlock(&resize->lock);
    return alone ? ret : H_BUSY;
}
