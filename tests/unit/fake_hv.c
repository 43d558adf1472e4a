/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/fake_hv.h"

#include <string.h>

#include "tests/unit/fake_hv_private.h"

const char *hv_fake_op_name(FakeHvOp op)
{
    static const char *const names[] = {
        "host_pool_time",
        "vm_new",
        "vm_set_smt",
        "vm_map",
        "vm_enable_hcall",
        "vcpu_enable_fwnmi",
        "vm_configure_v3_mmu",
        "vm_allocate_htab",
        "vm_resize_htab_prepare",
        "vm_resize_htab_commit",
        "vm_get_htab_fd",
        "vm_store_fd",
        "vm_define_rtas",
        "irqchip_new",
        "irqchip_free",
        "irqchip_attr_set",
        "irqchip_attr_get",
        "irqchip_map",
        "irq_line",
        "irq_fd",
        "vcpu_new",
        "vcpu_attach_irqchip",
        "vcpu_run",
        "vcpu_kick",
        "vcpu_unkick",
        "vcpu_interrupt",
        "vcpu_get_regs",
        "vcpu_set_regs",
        "vcpu_get_reg",
        "vcpu_set_reg",
        "vcpu_get_slb",
        "vcpu_get_vectors",
        "vcpu_set_vectors",
        "vcpu_set_debug",
        "vcpu_reset",
    };

    G_STATIC_ASSERT(G_N_ELEMENTS(names) == FAKE_OP_COUNT);
    return names[op];
}

/* --- recording and failing -------------------------------------------------- */

int fake_enter(HvHost *host, FakeHvOp op)
{
    FakeFailure *failure = &host->failures[op];
    int err;

    g_mutex_lock(&host->lock);
    host->counts[op]++;
    err = failure->always;
    if (failure->after && --failure->after == 0)
        err = failure->err;
    if (host->any.after && --host->any.after == 0) {
        host->any_op = op;
        err = host->any.err;
    }
    g_mutex_unlock(&host->lock);
    return -err;
}

int fake_leave(HvHost *host, FakeHvCall call, int ret)
{
    call.ret = ret;
    g_mutex_lock(&host->lock);
    if (host->calls->len < FAKE_HV_MAX_RECORDS)
        g_array_append_val(host->calls, call);
    g_mutex_unlock(&host->lock);
    return ret;
}

void hv_fake_fail(HvHost *host, FakeHvOp op, unsigned nth, int err)
{
    g_mutex_lock(&host->lock);
    host->failures[op].after = nth;
    host->failures[op].err = err;
    g_mutex_unlock(&host->lock);
}

void hv_fake_fail_any(HvHost *host, unsigned nth, int err)
{
    g_mutex_lock(&host->lock);
    host->any.after = nth;
    host->any.err = err;
    g_mutex_unlock(&host->lock);
}

gboolean hv_fake_failed_any(HvHost *host, FakeHvOp *op)
{
    g_mutex_lock(&host->lock);
    gboolean failed = host->any.err && !host->any.after;
    *op = host->any_op;
    g_mutex_unlock(&host->lock);
    return failed;
}

void hv_fake_fail_always(HvHost *host, FakeHvOp op, int err)
{
    g_mutex_lock(&host->lock);
    host->failures[op].always = err;
    g_mutex_unlock(&host->lock);
}

unsigned hv_fake_count(HvHost *host, FakeHvOp op)
{
    g_mutex_lock(&host->lock);
    unsigned count = host->counts[op];
    g_mutex_unlock(&host->lock);
    return count;
}

gboolean hv_fake_call(HvHost *host, FakeHvOp op, unsigned index, FakeHvCall *call)
{
    gboolean found = FALSE;

    g_mutex_lock(&host->lock);
    for (unsigned i = 0; i < host->calls->len && !found; i++) {
        const FakeHvCall *c = &g_array_index(host->calls, FakeHvCall, i);
        if (c->op == op && index-- == 0) {
            *call = *c;
            found = TRUE;
        }
    }
    g_mutex_unlock(&host->lock);
    return found;
}

gboolean hv_fake_last(HvHost *host, FakeHvOp op, FakeHvCall *call)
{
    gboolean found = FALSE;

    g_mutex_lock(&host->lock);
    for (unsigned i = host->calls->len; i > 0 && !found; i--) {
        const FakeHvCall *c = &g_array_index(host->calls, FakeHvCall, i - 1);
        if (c->op == op) {
            *call = *c;
            found = TRUE;
        }
    }
    g_mutex_unlock(&host->lock);
    return found;
}

void hv_fake_forget(HvHost *host)
{
    g_mutex_lock(&host->lock);
    g_array_set_size(host->calls, 0);
    memset(host->counts, 0, sizeof(host->counts));
    g_mutex_unlock(&host->lock);
}

/* --- host -------------------------------------------------------------------- */

static const HvCaps *fake_hv_host_caps(HvHost *host) { return &host->caps; }

static uint64_t fake_hv_host_timebase(HvHost *host) { return host->timebase; }

void hv_fake_set_timebase(HvHost *host, uint64_t ticks) { host->timebase = ticks; }

static void fake_hv_host_free(HvHost *host)
{
    if (!host || host->held)
        return;
    g_array_unref(host->calls);
    g_mutex_clear(&host->lock);
    g_free(host);
}

void hv_fake_set_bind_delay(HvHost *host, unsigned us) { host->bind_delay_us = us; }

void hv_fake_hold(HvHost *host, gboolean hold)
{
    host->held = hold;
    if (!hold)
        fake_hv_host_free(host);
}

void fake_count_object(HvHost *host, int change)
{
    g_mutex_lock(&host->lock);
    host->objects += (unsigned)change;
    g_mutex_unlock(&host->lock);
}

unsigned hv_fake_objects(HvHost *host)
{
    g_mutex_lock(&host->lock);
    unsigned objects = host->objects;
    g_mutex_unlock(&host->lock);
    return objects;
}

/** An hour that the host was up; half of it idle. */
static int fake_hv_host_pool_time(HvHost *host, HvPoolTime *time)
{
    int ret = fake_enter(host, FAKE_HOST_POOL_TIME);

    if (!ret) {
        time->elapsed = UINT64_C(3600) * G_USEC_PER_SEC * host->caps.pool.cores;
        time->idle = time->elapsed / 2;
    }
    return fake_leave(host, (FakeHvCall){.op = FAKE_HOST_POOL_TIME}, ret);
}

HvCaps *hv_fake_caps(HvHost *host) { return &host->caps; }

void hv_fake_set_run(HvHost *host, FakeHvRunFn fn, void *data)
{
    host->run = fn;
    host->run_data = data;
}

/* --- the hosts that are played --------------------------------------------------- */

static const HvOps fake_ops = {
    .host_caps = fake_hv_host_caps,
    .host_free = fake_hv_host_free,
    .host_timebase = fake_hv_host_timebase,
    .host_pool_time = fake_hv_host_pool_time,
    .vm_new = fake_hv_vm_new,
    .vm_free = fake_hv_vm_free,
    .vm_set_smt = fake_hv_vm_set_smt,
    .vm_map = fake_hv_vm_map,
    .vm_enable_hcall = fake_hv_vm_enable_hcall,
    .vcpu_enable_fwnmi = fake_hv_vcpu_enable_fwnmi,
    .vm_configure_v3_mmu = fake_hv_vm_configure_v3_mmu,
    .vm_allocate_htab = fake_hv_vm_allocate_htab,
    .vm_resize_htab_prepare = fake_hv_vm_resize_htab_prepare,
    .vm_resize_htab_commit = fake_hv_vm_resize_htab_commit,
    .vm_get_htab_fd = fake_hv_vm_get_htab_fd,
    .vm_store_fd = fake_hv_vm_store_fd,
    .vm_define_rtas = fake_hv_vm_define_rtas,
    .irqchip_new = fake_hv_irqchip_new,
    .irqchip_free = fake_hv_irqchip_free,
    .irqchip_attr_set = fake_hv_irqchip_attr_set,
    .irqchip_attr_get = fake_hv_irqchip_attr_get,
    .irqchip_map = fake_hv_irqchip_map,
    .irq_line = fake_hv_irq_line,
    .irq_fd = fake_hv_irq_fd,
    .vcpu_new = fake_hv_vcpu_new,
    .vcpu_free = fake_hv_vcpu_free,
    .vcpu_attach_irqchip = fake_hv_vcpu_attach_irqchip,
    .vcpu_bind = fake_hv_vcpu_bind,
    .vcpu_run = fake_hv_vcpu_run,
    .vcpu_kick = fake_hv_vcpu_kick,
    .vcpu_unkick = fake_hv_vcpu_unkick,
    .vcpu_interrupt = fake_hv_vcpu_interrupt,
    .vcpu_get_regs = fake_hv_vcpu_get_regs,
    .vcpu_set_regs = fake_hv_vcpu_set_regs,
    .vcpu_get_reg = fake_hv_vcpu_get_reg,
    .vcpu_set_reg = fake_hv_vcpu_set_reg,
    .vcpu_get_slb = fake_hv_vcpu_get_slb,
    .vcpu_get_vectors = fake_hv_vcpu_get_vectors,
    .vcpu_set_vectors = fake_hv_vcpu_set_vectors,
    .vcpu_set_debug = fake_hv_vcpu_set_debug,
    .vcpu_reset = fake_hv_vcpu_reset,
};

/** What KVM-HV says of page sizes on a host with 64K pages. */
static void fake_fill_hash(HvCaps *caps)
{
    static const HvSegmentPageSize sps[] = {
        {.shift = 12, .slb_enc = 0, .enc = {{12, 0}, {16, 7}, {24, 0x38}}},
        {.shift = 16, .slb_enc = 0x110, .enc = {{16, 1}, {24, 8}}},
        {.shift = 24, .slb_enc = 0x100, .enc = {{24, 0}}},
    };

    caps->hash = TRUE;
    caps->resize_hpt = TRUE;
    caps->smmu.valid = TRUE;
    caps->smmu.page_sizes_real = TRUE;
    caps->smmu.one_t_segments = TRUE;
    caps->smmu.slb_entries = 32;
    memcpy(caps->smmu.sps, sps, sizeof(sps));
}

static void fake_fill_radix(HvCaps *caps)
{
    static const uint32_t ap[] = {0x0000000c, 0xa0000010, 0x20000015, 0x4000001e};

    caps->radix = TRUE;
    caps->rpt_invalidate = TRUE;
    caps->large_decrementer = TRUE;
    caps->rmmu.valid = TRUE;
    caps->rmmu.ap_count = G_N_ELEMENTS(ap);
    memcpy(caps->rmmu.ap_encodings, ap, sizeof(ap));
}

HvHost *hv_fake_new(FakeHvProfile profile, const HvOps **ops)
{
    HvHost *host = g_new0(HvHost, 1);
    HvCaps *caps = &host->caps;

    g_mutex_init(&host->lock);
    host->calls = g_array_new(FALSE, FALSE, sizeof(FakeHvCall));
    host->max_htab_order = 30;
    host->ops = fake_ops;
    *ops = &host->ops;

    *caps = (HvCaps){
        .api_version = 12,
        .hv = TRUE,
        .hwrng = TRUE,
        .fwnmi = TRUE,
        .ail_mode_3 = TRUE,
        .smt_possible = 0xf,
        .smt = 1,
        .max_vcpus = 2048,
        .max_vcpu_id = 16384,
        .nr_memslots = 512,
        .page_size = 65536,
        .pool = {.cores = 8, .cores_present = 16, .modules = 2, .module_chips = 1, .chip_cores = 8},
        .cpu = {.timebase = 512000000, .clock = UINT64_C(3800000000), .model = "fake,host"},
    };
    caps->cpu.dcache = caps->cpu.icache = (HvCache){.size = 32768, .line = 128, .sets = 32};

    switch (profile) {
    case FAKE_HV_POWER8:
        caps->cpu.pvr = 0x004d0200;
        caps->smt_possible = 1;
        caps->htm = TRUE;
        caps->irq_xics = TRUE;
        fake_fill_hash(caps);
        break;
    case FAKE_HV_POWER9:
    case FAKE_HV_POWER10:
        caps->cpu.pvr = profile == FAKE_HV_POWER9 ? 0x004e1202 : 0x00800200;
        caps->dawr1 = profile == FAKE_HV_POWER10;
        caps->hash_v3 = TRUE;
        caps->irq_xics = TRUE;
        caps->irq_xive = TRUE;
        fake_fill_hash(caps);
        fake_fill_radix(caps);
        break;
    case FAKE_HV_NESTED:
        caps->cpu.pvr = 0x004e1202;
        caps->nested = TRUE;
        caps->pool.modules = caps->pool.module_chips = caps->pool.chip_cores = 0;
        caps->smmu.no_hash = TRUE;
        fake_fill_radix(caps);
        break;
    }
    return host;
}
