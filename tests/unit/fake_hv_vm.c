/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The fake hypervisor's VM: memory, translation, hypercalls. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "include/paprika/papr.h"
#include "mmu/hpt_engine.h"
#include "src/base/error.h"
#include "tests/unit/fake_hv_private.h"

HvVm *fake_hv_vm_new(HvHost *host, GError **error)
{
    int ret = fake_enter(host, FAKE_VM_NEW);

    fake_leave(host, (FakeHvCall){.op = FAKE_VM_NEW}, ret);
    if (ret) {
        error_set_errno(error, PAPRIKA_ERROR_HOST, -ret, "cannot create a VM");
        return NULL;
    }
    HvVm *vm = g_new0(HvVm, 1);
    fake_count_object(host, 1);
    vm->host = host;
    g_mutex_init(&vm->lock);
    vm->hcalls = g_hash_table_new(NULL, NULL);
    vm->vcpus = g_hash_table_new(NULL, NULL);
    vm->attrs = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, g_free);
    vm->rtas = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    vm->store_fds = g_hash_table_new(g_direct_hash, g_direct_equal);
    vm->threads = 1;
    vm->radix = host->caps.radix;
    return vm;
}

void fake_hv_vm_free(HvVm *vm)
{
    if (!vm)
        return;
    fake_count_object(vm->host, -1);
    fake_release_irqchip(vm);
    hpt_table_free(vm->htab);
    g_hash_table_unref(vm->hcalls);
    g_hash_table_unref(vm->vcpus);
    g_hash_table_unref(vm->attrs);
    g_hash_table_unref(vm->rtas);
    g_hash_table_unref(vm->store_fds);
    g_mutex_clear(&vm->lock);
    g_free(vm);
}

gboolean fake_hv_vm_set_smt(HvVm *vm, unsigned threads, unsigned *stride, GError **error)
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

int fake_hv_vm_map(HvVm *vm, unsigned slot, uint64_t gpa, uint64_t size, void *host)
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

int fake_hv_vm_enable_hcall(HvVm *vm, uint64_t number)
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

int fake_hv_vcpu_enable_fwnmi(HvVcpu *vcpu)
{
    HvVm *vm = vcpu->vm;
    int ret = fake_enter(vm->host, FAKE_VCPU_ENABLE_FWNMI);

    if (!ret && !vm->host->caps.fwnmi)
        ret = -EINVAL;
    return fake_leave(vm->host, (FakeHvCall){.op = FAKE_VCPU_ENABLE_FWNMI}, ret);
}

int fake_hv_vm_configure_v3_mmu(HvVm *vm, uint64_t flags, uint64_t process_table)
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

int fake_hv_vm_store_fd(HvVm *vm, uint64_t addr, int fd, gboolean bind)
{
    int ret = fake_enter(vm->host, FAKE_VM_STORE_FD);
    gpointer key = GSIZE_TO_POINTER(addr), value = GINT_TO_POINTER(fd + 1);

    g_mutex_lock(&vm->lock);
    gpointer before = g_hash_table_lookup(vm->store_fds, key);
    if (!ret && bind && before)
        ret = -EEXIST;
    else if (!ret && !bind && before != value)
        ret = -ENOENT;
    if (!ret && bind)
        g_hash_table_insert(vm->store_fds, key, value);
    else if (!ret)
        g_hash_table_remove(vm->store_fds, key);
    g_mutex_unlock(&vm->lock);
    return fake_leave(
        vm->host, (FakeHvCall){.op = FAKE_VM_STORE_FD, .args = {addr, (uint64_t)fd, bind}}, ret);
}

int hv_fake_store_fd(HvVm *vm, uint64_t addr)
{
    g_mutex_lock(&vm->lock);
    int fd = GPOINTER_TO_INT(g_hash_table_lookup(vm->store_fds, GSIZE_TO_POINTER(addr))) - 1;
    g_mutex_unlock(&vm->lock);
    return fd;
}

int fake_hv_vm_define_rtas(HvVm *vm, const char *name, uint32_t token)
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
