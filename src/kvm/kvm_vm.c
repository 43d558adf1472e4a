/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The VM: memory, translation, hypercalls that the kernel answers. */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "src/base/error.h"
#include "src/base/fd.h"
#include "src/base/trace.h"
#include "src/kvm/kvm_private.h"

HvVm *kvm_vm_new(HvHost *host, GError **error)
{
    int fd = fd_steal(&host->probed_vm);

    if (fd < 0)
        fd = kvm_ioctl(host->fd, KVM_CREATE_VM, KVM_VM_PPC_HV);
    if (fd < 0) {
        error_set_errno(error, PAPRIKA_ERROR_HOST, -fd, "KVM cannot create an HV guest");
        return NULL;
    }

    HvVm *vm = g_new0(HvVm, 1);
    vm->host = host;
    vm->fd = fd;
    vm->irqchip = -1;
    /* Guests are told of the second watchpoint; KVM keeps it from them until asked. */
    if (host->caps.dawr1 && kvm_enable_cap(fd, KVM_CAP_PPC_DAWR1, 0, 0) < 0)
        host->caps.dawr1 = FALSE;
    return vm;
}

void kvm_vm_free(HvVm *vm)
{
    if (!vm)
        return;
    for (unsigned i = 0; i < G_N_ELEMENTS(vm->areas); i++) {
        if (vm->areas[i].address)
            munmap(vm->areas[i].address, vm->areas[i].size);
    }
    fd_close(&vm->irqchip);
    fd_close(&vm->fd);
    g_free(vm);
}

/** "1, 2 and 4" for the bits that @possible has. */
static char *smt_modes_text(uint32_t possible)
{
    GString *text = g_string_new(NULL);

    for (unsigned bit = 0; bit < 4; bit++) {
        if (possible & 1u << bit)
            g_string_append_printf(text, "%s%u", text->len ? ", " : "", 1u << bit);
    }
    return g_string_free(text, FALSE);
}

gboolean kvm_vm_set_smt(HvVm *vm, unsigned threads, unsigned *stride, GError **error)
{
    int ret = kvm_enable_cap(vm->fd, KVM_CAP_PPC_SMT, threads, 0);

    /* A single thread per core is how every VM starts. */
    if (ret < 0 && threads > 1) {
        g_autofree char *modes = smt_modes_text(vm->host->caps.smt_possible);

        return error_set_errno(error, PAPRIKA_ERROR_USAGE, -ret,
                               "KVM does not grant %u threads per core on this host (granted: %s)",
                               threads, modes);
    }
    *stride = MAX((unsigned)kvm_check(vm->fd, KVM_CAP_PPC_SMT), threads);
    return TRUE;
}

int kvm_vm_map(HvVm *vm, unsigned slot, uint64_t gpa, uint64_t size, void *host)
{
    struct kvm_userspace_memory_region region = {
        .slot = slot,
        .guest_phys_addr = gpa,
        .memory_size = size,
        .userspace_addr = (uintptr_t)host,
    };
    gint64 start = trace_on(TRACE_HV) ? g_get_monotonic_time() : 0;
    int ret = kvm_ioctl_ptr(vm->fd, KVM_SET_USER_MEMORY_REGION, &region);

    trace(TRACE_HV,
          "memory slot %u: %#" G_GINT64_MODIFIER "x + %#" G_GINT64_MODIFIER
          "x = %d (%" G_GINT64_FORMAT " us)",
          slot, gpa, size, ret, g_get_monotonic_time() - start);
    return ret;
}

int kvm_vm_enable_hcall(HvVm *vm, uint64_t number)
{
    return kvm_enable_cap(vm->fd, KVM_CAP_PPC_ENABLE_HCALL, number, 1);
}

int kvm_vm_configure_v3_mmu(HvVm *vm, uint64_t flags, uint64_t process_table)
{
    struct kvm_ppc_mmuv3_cfg config = {
        .flags = (flags & HV_V3_MMU_RADIX ? KVM_PPC_MMUV3_RADIX : 0) |
                 (flags & HV_V3_MMU_GTSE ? KVM_PPC_MMUV3_GTSE : 0),
        .process_table = process_table,
    };
    int ret = kvm_ioctl_ptr(vm->fd, KVM_PPC_CONFIGURE_V3_MMU, &config);

    trace(TRACE_HV,
          "configure v3 mmu: flags %#" G_GINT64_MODIFIER "x table %#" G_GINT64_MODIFIER "x = %d",
          flags, process_table, ret);
    return ret;
}

int kvm_vm_allocate_htab(HvVm *vm, uint32_t *order)
{
    uint32_t granted = *order;
    int ret = kvm_ioctl_ptr(vm->fd, KVM_PPC_ALLOCATE_HTAB, &granted);

    trace(TRACE_HV, "allocate hash table: order %u = %d, granted %u", *order, ret, granted);
    if (ret == 0)
        *order = granted;
    return ret;
}

int kvm_vm_resize_htab_prepare(HvVm *vm, uint32_t order)
{
    struct kvm_ppc_resize_hpt request = {.shift = order};
    int ret = kvm_ioctl_ptr(vm->fd, KVM_PPC_RESIZE_HPT_PREPARE, &request);

    trace(TRACE_HV, "prepare hash table: order %u = %d", order, ret);
    return ret;
}

int kvm_vm_resize_htab_commit(HvVm *vm, uint32_t order)
{
    struct kvm_ppc_resize_hpt request = {.shift = order};
    gint64 start = trace_on(TRACE_HV) ? g_get_monotonic_time() : 0;
    int ret = kvm_ioctl_ptr(vm->fd, KVM_PPC_RESIZE_HPT_COMMIT, &request);

    trace(TRACE_HV, "commit hash table: order %u = %d (%" G_GINT64_FORMAT " us)", order, ret,
          g_get_monotonic_time() - start);
    return ret;
}

int kvm_vm_get_htab_fd(HvVm *vm, uint32_t flags, uint64_t start)
{
    struct kvm_get_htab_fd request = {
        .flags = (flags & HV_HTAB_BOLTED_ONLY ? KVM_GET_HTAB_BOLTED_ONLY : 0) |
                 (flags & HV_HTAB_WRITE ? KVM_GET_HTAB_WRITE : 0),
        .start_index = start,
    };

    return kvm_ioctl_ptr(vm->fd, KVM_PPC_GET_HTAB_FD, &request);
}

int kvm_vm_store_fd(HvVm *vm, uint64_t addr, int fd, gboolean bind)
{
    /* Length 0 is any length, which KVM also finds without decoding the instruction. */
    struct kvm_ioeventfd request = {
        .addr = addr,
        .fd = fd,
        .flags = bind ? 0 : KVM_IOEVENTFD_FLAG_DEASSIGN,
    };
    int ret = kvm_ioctl_ptr(vm->fd, KVM_IOEVENTFD, &request);

    trace(TRACE_HV, "stores at %#" G_GINT64_MODIFIER "x: %s descriptor %d = %d", addr,
          bind ? "bind" : "release", fd, ret);
    return ret;
}

int kvm_vm_define_rtas(HvVm *vm, const char *name, uint32_t token)
{
    struct kvm_rtas_token_args args = {.token = token};

    g_strlcpy(args.name, name, sizeof(args.name));
    return kvm_ioctl_ptr(vm->fd, KVM_PPC_RTAS_DEFINE_TOKEN, &args);
}
