/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/fake_hv.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "include/paprika/papr.h"
#include "src/base/error.h"

enum { FAKE_MAX_VCPUS = 16384, FAKE_HPT_MIN = 18, FAKE_HPT_MAX = 46 };

/** A failure that a test asked for. */
typedef struct {
    /** Calls until it happens; 0: none is waiting. */
    unsigned after;
    int err;
    int always;
} FakeFailure;

struct HvHost {
    HvCaps caps;
    HvOps ops;
    uint32_t max_htab_order;
    FakeHvRunFn run;
    void *run_data;

    /** Protects the fields below. */
    GMutex lock;
    GArray *calls;
    unsigned counts[FAKE_OP_COUNT];
    FakeFailure failures[FAKE_OP_COUNT];
};

typedef struct {
    uint64_t gpa, size;
    void *host;
} FakeSlot;

struct HvVm {
    HvHost *host;

    /** Protects the fields below. */
    GMutex lock;
    FakeSlot slots[FAKE_HV_MAX_SLOTS];
    GHashTable *hcalls;
    GHashTable *vcpus;
    GHashTable *attrs;
    GHashTable *rtas;
    gboolean has_irqchip;
    HvIrqchip irqchip;
    uint32_t n_servers;
    void *areas[2];
    size_t area_sizes[2];
    unsigned threads;
    gboolean radix;
    uint32_t htab_order;
};

struct HvVcpu {
    HvVm *vm;
    unsigned id;

    /** Protects the fields below. */
    GMutex lock;
    GCond wake;
    gboolean kicked;
    gboolean line;
    gboolean attached;
    HvRegs regs;
    GHashTable *one_regs;
};

const char *hv_fake_op_name(FakeHvOp op)
{
    static const char *const names[] = {
        "vm_new",           "vm_set_smt",       "vm_map",
        "vm_enable_hcall",  "vm_enable_fwnmi",  "vm_configure_v3_mmu",
        "vm_allocate_htab", "vm_define_rtas",   "irqchip_new",
        "irqchip_attr_set", "irqchip_attr_get", "irqchip_map",
        "irq_line",         "vcpu_new",         "vcpu_attach_irqchip",
        "vcpu_run",         "vcpu_kick",        "vcpu_unkick",
        "vcpu_interrupt",   "vcpu_get_regs",    "vcpu_set_regs",
        "vcpu_get_reg",     "vcpu_set_reg",     "vcpu_reset",
    };

    G_STATIC_ASSERT(G_N_ELEMENTS(names) == FAKE_OP_COUNT);
    return names[op];
}

/* --- recording and failing -------------------------------------------------- */

/**
 * Count the call and return the negative errno that a test wants of it, or 0.
 */
static int fake_enter(HvHost *host, FakeHvOp op)
{
    FakeFailure *failure = &host->failures[op];
    int err;

    g_mutex_lock(&host->lock);
    host->counts[op]++;
    err = failure->always;
    if (failure->after && --failure->after == 0)
        err = failure->err;
    g_mutex_unlock(&host->lock);
    return -err;
}

static int fake_leave(HvHost *host, FakeHvCall call, int ret)
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

static const HvCaps *fake_host_caps(HvHost *host) { return &host->caps; }

static void fake_host_free(HvHost *host)
{
    if (!host)
        return;
    g_array_unref(host->calls);
    g_mutex_clear(&host->lock);
    g_free(host);
}

HvCaps *hv_fake_caps(HvHost *host) { return &host->caps; }

void hv_fake_set_max_htab_order(HvHost *host, uint32_t order) { host->max_htab_order = order; }

void hv_fake_set_run(HvHost *host, FakeHvRunFn fn, void *data)
{
    host->run = fn;
    host->run_data = data;
}

/* --- VM ---------------------------------------------------------------------- */

static HvVm *fake_vm_new(HvHost *host, GError **error)
{
    int ret = fake_enter(host, FAKE_VM_NEW);

    fake_leave(host, (FakeHvCall){.op = FAKE_VM_NEW}, ret);
    if (ret) {
        error_set_errno(error, PAPRIKA_ERROR_HOST, -ret, "cannot create a VM");
        return NULL;
    }
    HvVm *vm = g_new0(HvVm, 1);
    vm->host = host;
    g_mutex_init(&vm->lock);
    vm->hcalls = g_hash_table_new(NULL, NULL);
    vm->vcpus = g_hash_table_new(NULL, NULL);
    vm->attrs = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, g_free);
    vm->rtas = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    vm->threads = 1;
    vm->radix = host->caps.radix;
    return vm;
}

static void fake_vm_free(HvVm *vm)
{
    if (!vm)
        return;
    for (unsigned i = 0; i < G_N_ELEMENTS(vm->areas); i++) {
        if (vm->areas[i])
            munmap(vm->areas[i], vm->area_sizes[i]);
    }
    g_hash_table_unref(vm->hcalls);
    g_hash_table_unref(vm->vcpus);
    g_hash_table_unref(vm->attrs);
    g_hash_table_unref(vm->rtas);
    g_mutex_clear(&vm->lock);
    g_free(vm);
}

static gboolean fake_vm_set_smt(HvVm *vm, unsigned threads, unsigned *stride, GError **error)
{
    int ret = fake_enter(vm->host, FAKE_VM_SET_SMT);

    if (!ret) {
        gboolean power = threads && !(threads & (threads - 1)) && threads <= 8;
        if (!power || !(vm->host->caps.smt_possible & (1u << g_bit_nth_lsf(threads, -1))))
            ret = -EINVAL;
        else if (g_hash_table_size(vm->vcpus))
            ret = -EBUSY;
    }
    fake_leave(vm->host, (FakeHvCall){.op = FAKE_VM_SET_SMT, .args = {threads}}, ret);
    if (ret)
        return error_set_errno(error, PAPRIKA_ERROR_USAGE, -ret, "cannot set %u threads per core",
                               threads);
    vm->threads = threads;
    *stride = threads;
    return TRUE;
}

static int fake_vm_map(HvVm *vm, unsigned slot, uint64_t gpa, uint64_t size, void *host)
{
    int ret = fake_enter(vm->host, FAKE_VM_MAP);

    g_mutex_lock(&vm->lock);
    if (!ret && (slot >= FAKE_HV_MAX_SLOTS || slot >= vm->host->caps.nr_memslots ||
                 (gpa | size) % vm->host->caps.page_size ||
                 (uintptr_t)host % (uintptr_t)getpagesize() || gpa + size < gpa))
        ret = -EINVAL;
    for (unsigned i = 0; !ret && size && i < FAKE_HV_MAX_SLOTS; i++) {
        const FakeSlot *s = &vm->slots[i];
        if (i != slot && s->size && gpa < s->gpa + s->size && s->gpa < gpa + size)
            ret = -EEXIST;
    }
    if (!ret)
        vm->slots[slot] = (FakeSlot){gpa, size, host};
    g_mutex_unlock(&vm->lock);
    return fake_leave(
        vm->host, (FakeHvCall){.op = FAKE_VM_MAP, .args = {slot, gpa, size, (uintptr_t)host}}, ret);
}

static int fake_vm_enable_hcall(HvVm *vm, uint64_t number)
{
    /* What the kernel implements, whether or not it is on by default. */
    static const uint16_t known[] = {
        H_REMOVE,
        H_ENTER,
        H_READ,
        H_PROTECT,
        H_BULK_REMOVE,
        H_GET_TCE,
        H_PUT_TCE,
        H_SET_DABR,
        H_SET_XDABR,
        H_CEDE,
        H_PROD,
        H_CONFER,
        H_REGISTER_VPA,
        H_EOI,
        H_CPPR,
        H_IPI,
        H_IPOLL,
        H_XIRR,
        H_XIRR_X,
        H_SET_MODE,
        H_CLEAR_REF,
        H_CLEAR_MOD,
        H_LOGICAL_CI_LOAD,
        H_LOGICAL_CI_STORE,
        H_STUFF_TCE,
        H_PUT_TCE_INDIRECT,
        H_PAGE_INIT,
        H_RPT_INVALIDATE,
        H_RANDOM,
    };
    int ret = fake_enter(vm->host, FAKE_VM_ENABLE_HCALL);

    if (!ret) {
        ret = -EINVAL;
        for (unsigned i = 0; i < G_N_ELEMENTS(known); i++)
            if (known[i] == number)
                ret = 0;
    }
    if (!ret) {
        g_mutex_lock(&vm->lock);
        g_hash_table_add(vm->hcalls, GSIZE_TO_POINTER(number));
        g_mutex_unlock(&vm->lock);
    }
    return fake_leave(vm->host, (FakeHvCall){.op = FAKE_VM_ENABLE_HCALL, .args = {number}}, ret);
}

static int fake_vm_enable_fwnmi(HvVm *vm)
{
    int ret = fake_enter(vm->host, FAKE_VM_ENABLE_FWNMI);

    if (!ret && !vm->host->caps.fwnmi)
        ret = -EINVAL;
    return fake_leave(vm->host, (FakeHvCall){.op = FAKE_VM_ENABLE_FWNMI}, ret);
}

static int fake_vm_configure_v3_mmu(HvVm *vm, uint64_t flags, uint64_t process_table)
{
    const HvCaps *caps = &vm->host->caps;
    gboolean radix = !!(flags & HV_V3_MMU_RADIX);
    int ret = fake_enter(vm->host, FAKE_VM_CONFIGURE_V3_MMU);

    if (!ret && !caps->radix && !caps->hash_v3)
        ret = -ENODEV;
    else if (!ret && ((flags & ~(uint64_t)(HV_V3_MMU_RADIX | HV_V3_MMU_GTSE)) ||
                      (radix ? !caps->radix : !caps->hash_v3)))
        ret = -EINVAL;
    if (!ret)
        vm->radix = radix;
    return fake_leave(vm->host,
                      (FakeHvCall){.op = FAKE_VM_CONFIGURE_V3_MMU, .args = {flags, process_table}},
                      ret);
}

static int fake_vm_allocate_htab(HvVm *vm, uint32_t *order)
{
    FakeHvCall call = {.op = FAKE_VM_ALLOCATE_HTAB, .args = {*order}};
    int ret = fake_enter(vm->host, FAKE_VM_ALLOCATE_HTAB);

    if (!ret && !vm->host->caps.hash)
        ret = -EOPNOTSUPP;
    else if (!ret && (*order < FAKE_HPT_MIN || *order > FAKE_HPT_MAX))
        ret = -EINVAL;
    else if (!ret && *order > vm->host->max_htab_order)
        ret = -ENOMEM;
    if (!ret) {
        vm->htab_order = *order;
        vm->radix = FALSE;
    }
    return fake_leave(vm->host, call, ret);
}

static int fake_vm_define_rtas(HvVm *vm, const char *name, uint32_t token)
{
    static const char *const known[] = {"ibm,set-xive", "ibm,get-xive", "ibm,int-on",
                                        "ibm,int-off"};
    FakeHvCall call = {.op = FAKE_VM_DEFINE_RTAS, .args = {token}};
    int ret = fake_enter(vm->host, FAKE_VM_DEFINE_RTAS);

    if (!ret) {
        ret = -ENOENT;
        for (unsigned i = 0; i < G_N_ELEMENTS(known); i++)
            if (!strcmp(known[i], name))
                ret = 0;
    }
    g_mutex_lock(&vm->lock);
    if (!ret && token)
        g_hash_table_replace(vm->rtas, g_strdup(name), GUINT_TO_POINTER(token));
    else if (!ret)
        g_hash_table_remove(vm->rtas, name);
    g_mutex_unlock(&vm->lock);
    memcpy(&call.args[1], name, MIN(strlen(name), 3 * sizeof(uint64_t)));
    return fake_leave(vm->host, call, ret);
}

/* --- interrupt controller ------------------------------------------------------ */

static int fake_irqchip_new(HvVm *vm, HvIrqchip kind, uint32_t n_servers)
{
    const HvCaps *caps = &vm->host->caps;
    int ret = fake_enter(vm->host, FAKE_IRQCHIP_NEW);

    if (!ret && !(kind == HV_IRQCHIP_XIVE ? caps->irq_xive : caps->irq_xics))
        ret = -ENODEV;
    else if (!ret && vm->has_irqchip)
        ret = -EEXIST;
    if (!ret) {
        vm->has_irqchip = TRUE;
        vm->irqchip = kind;
        vm->n_servers = n_servers;
    }
    return fake_leave(vm->host, (FakeHvCall){.op = FAKE_IRQCHIP_NEW, .args = {kind, n_servers}},
                      ret);
}

static uint64_t fake_attr_key(HvIrqAttr group, uint64_t attr)
{
    return ((uint64_t)group << 48) | (attr & ((UINT64_C(1) << 48) - 1));
}

/** What KVM's XIVE device says to a queue's description. */
static int fake_check_eq(HvVm *vm, uint64_t attr, const HvXiveEq *eq)
{
    unsigned server = (unsigned)(attr >> HV_XIVE_EQ_SERVER_SHIFT) & 0x1fffffff;
    HvVcpu *vcpu = hv_fake_vcpu(vm, server);

    if (!vcpu || !vcpu->attached)
        return -ENOENT;
    if ((attr & 7) == 7)
        return -EINVAL;
    if (!eq->qshift)
        return 0;
    if (eq->flags != HV_XIVE_EQ_ALWAYS_NOTIFY || eq->qshift != 16 ||
        eq->qaddr & ((UINT64_C(1) << eq->qshift) - 1))
        return -EINVAL;
    return 0;
}

static int fake_irqchip_attr_set(HvVm *vm, HvIrqAttr group, uint64_t attr, const void *value)
{
    FakeHvCall call = {.op = FAKE_IRQCHIP_ATTR_SET, .args = {group, attr}};
    int ret = fake_enter(vm->host, FAKE_IRQCHIP_ATTR_SET);
    uint64_t key = fake_attr_key(group, attr);
    uint64_t source_key = fake_attr_key(HV_IRQ_ATTR_XIVE_SOURCE, attr);
    gboolean xics = group == HV_IRQ_ATTR_XICS_SOURCE;

    if (group == HV_IRQ_ATTR_XIVE_EQ_CONFIG)
        memcpy(&call.eq, value, sizeof(call.eq));
    else if (value)
        memcpy(&call.value, value, sizeof(call.value));

    if (!ret && (!vm->has_irqchip || xics != (vm->irqchip == HV_IRQCHIP_XICS)))
        ret = -ENXIO;
    if (!ret && group == HV_IRQ_ATTR_XIVE_EQ_CONFIG)
        ret = fake_check_eq(vm, attr, &call.eq);
    if (!ret && xics && attr < 16)
        ret = -ENOENT;

    g_mutex_lock(&vm->lock);
    if (!ret &&
        (group == HV_IRQ_ATTR_XIVE_SOURCE_CONFIG || group == HV_IRQ_ATTR_XIVE_SOURCE_SYNC) &&
        !g_hash_table_contains(vm->attrs, &source_key))
        ret = -ENOENT;
    if (!ret) {
        if (group == HV_IRQ_ATTR_XIVE_EQ_CONFIG)
            g_hash_table_replace(vm->attrs, g_memdup2(&key, sizeof(key)),
                                 g_memdup2(&call.eq, sizeof(call.eq)));
        else
            g_hash_table_replace(vm->attrs, g_memdup2(&key, sizeof(key)),
                                 g_memdup2(&call.value, sizeof(call.value)));
    }
    g_mutex_unlock(&vm->lock);
    return fake_leave(vm->host, call, ret);
}

static int fake_irqchip_attr_get(HvVm *vm, HvIrqAttr group, uint64_t attr, void *value)
{
    FakeHvCall call = {.op = FAKE_IRQCHIP_ATTR_GET, .args = {group, attr}};
    int ret = fake_enter(vm->host, FAKE_IRQCHIP_ATTR_GET);
    uint64_t key = fake_attr_key(group, attr);

    if (!ret && (!vm->has_irqchip ||
                 (group != HV_IRQ_ATTR_XICS_SOURCE && group != HV_IRQ_ATTR_XIVE_EQ_CONFIG)))
        ret = -ENXIO;
    g_mutex_lock(&vm->lock);
    void *stored = g_hash_table_lookup(vm->attrs, &key);
    if (!ret && group == HV_IRQ_ATTR_XIVE_EQ_CONFIG) {
        memset(value, 0, sizeof(HvXiveEq));
        if (stored)
            memcpy(value, stored, sizeof(HvXiveEq));
    } else if (!ret && stored) {
        memcpy(value, stored, sizeof(uint64_t));
    } else if (!ret) {
        ret = -ENOENT;
    }
    g_mutex_unlock(&vm->lock);
    return fake_leave(vm->host, call, ret);
}

static void *fake_irqchip_map(HvVm *vm, HvXiveArea area, size_t size)
{
    FakeHvCall call = {.op = FAKE_IRQCHIP_MAP, .args = {area, size}};
    int ret = fake_enter(vm->host, FAKE_IRQCHIP_MAP);
    void *host = NULL;

    if (!ret && (!vm->has_irqchip || vm->irqchip != HV_IRQCHIP_XIVE))
        ret = -ENXIO;
    else if (!ret && (vm->areas[area] || !size))
        ret = -EINVAL;
    if (!ret) {
        host = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
                    -1, 0);
        if (host == MAP_FAILED) {
            host = NULL;
            ret = -ENOMEM;
        }
    }
    if (!ret) {
        vm->areas[area] = host;
        vm->area_sizes[area] = size;
    }
    fake_leave(vm->host, call, ret);
    errno = -ret;
    return host;
}

static int fake_irq_line(HvVm *vm, uint32_t source, gboolean level)
{
    int ret = fake_enter(vm->host, FAKE_IRQ_LINE);

    if (!ret && !vm->has_irqchip)
        ret = -ENXIO;
    return fake_leave(vm->host,
                      (FakeHvCall){.op = FAKE_IRQ_LINE, .args = {source, (uint64_t) !!level}}, ret);
}

/* --- vCPU -------------------------------------------------------------------- */

static HvVcpu *fake_vcpu_new(HvVm *vm, unsigned id, GError **error)
{
    int ret = fake_enter(vm->host, FAKE_VCPU_NEW);

    if (!ret && (id >= vm->host->caps.max_vcpu_id || id >= FAKE_MAX_VCPUS))
        ret = -EINVAL;
    if (!ret && hv_fake_vcpu(vm, id))
        ret = -EEXIST;
    fake_leave(vm->host, (FakeHvCall){.op = FAKE_VCPU_NEW, .args = {id}}, ret);
    if (ret) {
        error_set_errno(error, PAPRIKA_ERROR_HOST, -ret, "cannot create vCPU %u", id);
        return NULL;
    }
    HvVcpu *vcpu = g_new0(HvVcpu, 1);
    vcpu->vm = vm;
    vcpu->id = id;
    g_mutex_init(&vcpu->lock);
    g_cond_init(&vcpu->wake);
    vcpu->one_regs = g_hash_table_new_full(NULL, NULL, NULL, g_free);
    g_mutex_lock(&vm->lock);
    g_hash_table_insert(vm->vcpus, GUINT_TO_POINTER(id), vcpu);
    g_mutex_unlock(&vm->lock);
    return vcpu;
}

static void fake_vcpu_free(HvVcpu *vcpu)
{
    if (!vcpu)
        return;
    g_mutex_lock(&vcpu->vm->lock);
    g_hash_table_remove(vcpu->vm->vcpus, GUINT_TO_POINTER(vcpu->id));
    g_mutex_unlock(&vcpu->vm->lock);
    g_hash_table_unref(vcpu->one_regs);
    g_cond_clear(&vcpu->wake);
    g_mutex_clear(&vcpu->lock);
    g_free(vcpu);
}

static int fake_vcpu_attach_irqchip(HvVcpu *vcpu, HvIrqchip kind, uint32_t server)
{
    HvVm *vm = vcpu->vm;
    int ret = fake_enter(vm->host, FAKE_VCPU_ATTACH_IRQCHIP);

    if (!ret && (!vm->has_irqchip || vm->irqchip != kind))
        ret = -EPERM;
    else if (!ret && vcpu->attached)
        ret = -EBUSY;
    else if (!ret && server >= vm->n_servers)
        ret = -EINVAL;
    if (!ret)
        vcpu->attached = TRUE;
    return fake_leave(
        vm->host, (FakeHvCall){.op = FAKE_VCPU_ATTACH_IRQCHIP, .args = {vcpu->id, kind, server}},
        ret);
}

static void fake_vcpu_bind(HvVcpu *vcpu) {}

static void fake_vcpu_run(HvVcpu *vcpu, HvExit *exit)
{
    HvHost *host = vcpu->vm->host;
    int ret = fake_enter(host, FAKE_VCPU_RUN);

    fake_leave(host, (FakeHvCall){.op = FAKE_VCPU_RUN, .args = {vcpu->id}}, ret);
    *exit = (HvExit){.reason = HV_EXIT_INTERRUPTED};
    if (ret) {
        exit->reason = HV_EXIT_FAIL;
        exit->fail.what = "a failure that the test asked for";
        exit->fail.code = (uint64_t)-ret;
    } else if (host->run) {
        host->run(vcpu, vcpu->id, exit, host->run_data);
    } else {
        g_mutex_lock(&vcpu->lock);
        while (!vcpu->kicked)
            g_cond_wait(&vcpu->wake, &vcpu->lock);
        g_mutex_unlock(&vcpu->lock);
    }
}

static void fake_vcpu_set_kick(HvVcpu *vcpu, FakeHvOp op, gboolean kicked)
{
    HvHost *host = vcpu->vm->host;

    fake_enter(host, op);
    g_mutex_lock(&vcpu->lock);
    vcpu->kicked = kicked;
    g_cond_broadcast(&vcpu->wake);
    g_mutex_unlock(&vcpu->lock);
    fake_leave(host, (FakeHvCall){.op = op, .args = {vcpu->id}}, 0);
}

static void fake_vcpu_kick(HvVcpu *vcpu) { fake_vcpu_set_kick(vcpu, FAKE_VCPU_KICK, TRUE); }
static void fake_vcpu_unkick(HvVcpu *vcpu) { fake_vcpu_set_kick(vcpu, FAKE_VCPU_UNKICK, FALSE); }

static int fake_vcpu_interrupt(HvVcpu *vcpu, gboolean level)
{
    HvHost *host = vcpu->vm->host;
    int ret = fake_enter(host, FAKE_VCPU_INTERRUPT);

    if (!ret) {
        g_mutex_lock(&vcpu->lock);
        vcpu->line = !!level;
        g_cond_broadcast(&vcpu->wake);
        g_mutex_unlock(&vcpu->lock);
    }
    return fake_leave(
        host, (FakeHvCall){.op = FAKE_VCPU_INTERRUPT, .args = {vcpu->id, (uint64_t) !!level}}, ret);
}

static int fake_vcpu_get_regs(HvVcpu *vcpu, HvRegs *regs)
{
    int ret = fake_enter(vcpu->vm->host, FAKE_VCPU_GET_REGS);

    if (!ret) {
        g_mutex_lock(&vcpu->lock);
        *regs = vcpu->regs;
        g_mutex_unlock(&vcpu->lock);
    }
    return fake_leave(vcpu->vm->host, (FakeHvCall){.op = FAKE_VCPU_GET_REGS, .args = {vcpu->id}},
                      ret);
}

static int fake_vcpu_set_regs(HvVcpu *vcpu, const HvRegs *regs)
{
    int ret = fake_enter(vcpu->vm->host, FAKE_VCPU_SET_REGS);

    if (!ret) {
        g_mutex_lock(&vcpu->lock);
        vcpu->regs = *regs;
        g_mutex_unlock(&vcpu->lock);
    }
    return fake_leave(vcpu->vm->host, (FakeHvCall){.op = FAKE_VCPU_SET_REGS, .args = {vcpu->id}},
                      ret);
}

static int fake_vcpu_get_reg(HvVcpu *vcpu, HvReg reg, uint64_t *value)
{
    int ret = fake_enter(vcpu->vm->host, FAKE_VCPU_GET_REG);

    if (!ret) {
        g_mutex_lock(&vcpu->lock);
        const uint64_t *stored = g_hash_table_lookup(vcpu->one_regs, GUINT_TO_POINTER(reg));
        *value = stored ? *stored : reg == HV_REG_PVR ? vcpu->vm->host->caps.cpu.pvr : 0;
        g_mutex_unlock(&vcpu->lock);
    }
    return fake_leave(vcpu->vm->host,
                      (FakeHvCall){.op = FAKE_VCPU_GET_REG, .args = {vcpu->id, reg}}, ret);
}

static int fake_vcpu_set_reg(HvVcpu *vcpu, HvReg reg, uint64_t value)
{
    int ret = fake_enter(vcpu->vm->host, FAKE_VCPU_SET_REG);

    if (!ret) {
        g_mutex_lock(&vcpu->lock);
        g_hash_table_replace(vcpu->one_regs, GUINT_TO_POINTER(reg),
                             g_memdup2(&value, sizeof(value)));
        g_mutex_unlock(&vcpu->lock);
    }
    return fake_leave(vcpu->vm->host,
                      (FakeHvCall){.op = FAKE_VCPU_SET_REG, .args = {vcpu->id, reg, value}}, ret);
}

static gboolean fake_vcpu_reset(HvVcpu *vcpu, GError **error)
{
    int ret = fake_enter(vcpu->vm->host, FAKE_VCPU_RESET);

    fake_leave(vcpu->vm->host, (FakeHvCall){.op = FAKE_VCPU_RESET, .args = {vcpu->id}}, ret);
    if (ret)
        return error_set_errno(error, PAPRIKA_ERROR_HOST, -ret, "cannot reset vCPU %u", vcpu->id);
    g_mutex_lock(&vcpu->lock);
    memset(&vcpu->regs, 0, sizeof(vcpu->regs));
    g_hash_table_remove_all(vcpu->one_regs);
    g_mutex_unlock(&vcpu->lock);
    return TRUE;
}

/* --- state that the calls left -------------------------------------------------- */

gboolean hv_fake_vcpu_line(HvVcpu *vcpu)
{
    g_mutex_lock(&vcpu->lock);
    gboolean line = vcpu->line;
    g_mutex_unlock(&vcpu->lock);
    return line;
}

gboolean hv_fake_vcpu_kicked(HvVcpu *vcpu)
{
    g_mutex_lock(&vcpu->lock);
    gboolean kicked = vcpu->kicked;
    g_mutex_unlock(&vcpu->lock);
    return kicked;
}

HvVcpu *hv_fake_vcpu(HvVm *vm, unsigned id)
{
    g_mutex_lock(&vm->lock);
    HvVcpu *vcpu = g_hash_table_lookup(vm->vcpus, GUINT_TO_POINTER(id));
    g_mutex_unlock(&vm->lock);
    return vcpu;
}

gboolean hv_fake_slot(HvVm *vm, unsigned slot, uint64_t *gpa, uint64_t *size, void **host)
{
    FakeSlot s = {0};

    g_mutex_lock(&vm->lock);
    if (slot < FAKE_HV_MAX_SLOTS)
        s = vm->slots[slot];
    g_mutex_unlock(&vm->lock);
    if (!s.size)
        return FALSE;
    *gpa = s.gpa;
    *size = s.size;
    *host = s.host;
    return TRUE;
}

gboolean hv_fake_hcall_enabled(HvVm *vm, uint64_t number)
{
    g_mutex_lock(&vm->lock);
    gboolean enabled = g_hash_table_contains(vm->hcalls, GSIZE_TO_POINTER(number));
    g_mutex_unlock(&vm->lock);
    return enabled;
}

gboolean hv_fake_attr(HvVm *vm, HvIrqAttr group, uint64_t attr, uint64_t *value)
{
    uint64_t key = fake_attr_key(group, attr);

    g_mutex_lock(&vm->lock);
    const uint64_t *stored = g_hash_table_lookup(vm->attrs, &key);
    if (stored)
        *value = *stored;
    g_mutex_unlock(&vm->lock);
    return stored != NULL;
}

gboolean hv_fake_irqchip(HvVm *vm, HvIrqchip *kind, uint32_t *n_servers)
{
    if (vm->has_irqchip) {
        *kind = vm->irqchip;
        *n_servers = vm->n_servers;
    }
    return vm->has_irqchip;
}

void *hv_fake_area(HvVm *vm, HvXiveArea area, size_t *size)
{
    *size = vm->area_sizes[area];
    return vm->areas[area];
}

/* --- the hosts that are played --------------------------------------------------- */

static const HvOps fake_ops = {
    .host_caps = fake_host_caps,
    .host_free = fake_host_free,
    .vm_new = fake_vm_new,
    .vm_free = fake_vm_free,
    .vm_set_smt = fake_vm_set_smt,
    .vm_map = fake_vm_map,
    .vm_enable_hcall = fake_vm_enable_hcall,
    .vm_enable_fwnmi = fake_vm_enable_fwnmi,
    .vm_configure_v3_mmu = fake_vm_configure_v3_mmu,
    .vm_allocate_htab = fake_vm_allocate_htab,
    .vm_define_rtas = fake_vm_define_rtas,
    .irqchip_new = fake_irqchip_new,
    .irqchip_attr_set = fake_irqchip_attr_set,
    .irqchip_attr_get = fake_irqchip_attr_get,
    .irqchip_map = fake_irqchip_map,
    .irq_line = fake_irq_line,
    .vcpu_new = fake_vcpu_new,
    .vcpu_free = fake_vcpu_free,
    .vcpu_attach_irqchip = fake_vcpu_attach_irqchip,
    .vcpu_bind = fake_vcpu_bind,
    .vcpu_run = fake_vcpu_run,
    .vcpu_kick = fake_vcpu_kick,
    .vcpu_unkick = fake_vcpu_unkick,
    .vcpu_interrupt = fake_vcpu_interrupt,
    .vcpu_get_regs = fake_vcpu_get_regs,
    .vcpu_set_regs = fake_vcpu_set_regs,
    .vcpu_get_reg = fake_vcpu_get_reg,
    .vcpu_set_reg = fake_vcpu_set_reg,
    .vcpu_reset = fake_vcpu_reset,
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
        caps->smmu.no_hash = TRUE;
        fake_fill_radix(caps);
        break;
    }
    return host;
}
