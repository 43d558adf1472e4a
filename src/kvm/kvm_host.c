/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Opening /dev/kvm and finding out what it offers. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "src/base/error.h"
#include "src/base/fd.h"
#include "src/kvm/kvm_private.h"

#define KVM_DEVICE "/dev/kvm"

int kvm_ioctl(int fd, unsigned long request, unsigned long argument)
{
    int ret;

    do
        ret = ioctl(fd, request, argument);
    while (ret < 0 && errno == EINTR);
    return ret < 0 ? -errno : ret;
}

int kvm_ioctl_ptr(int fd, unsigned long request, const void *argument)
{
    return kvm_ioctl(fd, request, (unsigned long)argument);
}

int kvm_enable_cap(int fd, uint32_t cap, uint64_t arg0, uint64_t arg1)
{
    struct kvm_enable_cap enable = {.cap = cap, .args = {arg0, arg1}};

    return kvm_ioctl_ptr(fd, KVM_ENABLE_CAP, &enable);
}

int kvm_check(int fd, int cap) { return MAX(kvm_ioctl(fd, KVM_CHECK_EXTENSION, (unsigned)cap), 0); }

static void smmu_info_read(int vm, HvSmmuInfo *info)
{
    struct kvm_ppc_smmu_info in = {0};

    if (kvm_ioctl_ptr(vm, KVM_PPC_GET_SMMU_INFO, &in) < 0)
        return;
    info->valid = TRUE;
    info->page_sizes_real = !!(in.flags & KVM_PPC_PAGE_SIZES_REAL);
    info->one_t_segments = !!(in.flags & KVM_PPC_1T_SEGMENTS);
    info->no_hash = !!(in.flags & KVM_PPC_NO_HASH);
    info->slb_entries = in.slb_size;
    for (unsigned i = 0; i < HV_MAX_PAGE_SIZES && i < KVM_PPC_PAGE_SIZES_MAX_SZ; i++) {
        info->sps[i].shift = in.sps[i].page_shift;
        info->sps[i].slb_enc = in.sps[i].slb_enc;
        for (unsigned j = 0; j < HV_MAX_PAGE_SIZES && j < KVM_PPC_PAGE_SIZES_MAX_SZ; j++) {
            info->sps[i].enc[j].shift = in.sps[i].enc[j].page_shift;
            info->sps[i].enc[j].pte_enc = in.sps[i].enc[j].pte_enc;
        }
    }
}

static void rmmu_info_read(int vm, HvRmmuInfo *info)
{
    struct kvm_ppc_rmmu_info in = {0};

    if (kvm_ioctl_ptr(vm, KVM_PPC_GET_RMMU_INFO, &in) < 0)
        return;
    info->valid = TRUE;
    for (unsigned i = 0; i < HV_MAX_RADIX_AP; i++) {
        if (in.ap_encodings[i])
            info->ap_encodings[info->ap_count++] = in.ap_encodings[i];
    }
}

static void cpu_char_read(int vm, HvCpuChar *info)
{
    struct kvm_ppc_cpu_char in = {0};

    if (kvm_ioctl_ptr(vm, KVM_PPC_GET_CPU_CHAR, &in) < 0)
        return;
    info->valid = TRUE;
    info->character = in.character & in.character_mask;
    info->behaviour = in.behaviour & in.behaviour_mask;
}

static void host_probe(HvHost *host, int vm)
{
    HvCaps *caps = &host->caps;

    caps->hv = TRUE;
    caps->radix = !!kvm_check(vm, KVM_CAP_PPC_MMU_RADIX);
    caps->hash_v3 = !!kvm_check(vm, KVM_CAP_PPC_MMU_HASH_V3);
    smmu_info_read(vm, &caps->smmu);
    rmmu_info_read(vm, &caps->rmmu);
    cpu_char_read(vm, &caps->cpu_char);
    caps->hash = caps->smmu.valid && !caps->smmu.no_hash && !caps->nested &&
                 kvm_check(vm, KVM_CAP_PPC_ALLOC_HTAB);
    caps->irq_xics = !!kvm_check(vm, KVM_CAP_IRQ_XICS);
    caps->irq_xive = !!kvm_check(vm, KVM_CAP_PPC_IRQ_XIVE);
    caps->hwrng = !!kvm_check(vm, KVM_CAP_PPC_HWRNG);
    caps->resize_hpt = !!kvm_check(vm, KVM_CAP_SPAPR_RESIZE_HPT);
    caps->fwnmi = !!kvm_check(vm, KVM_CAP_PPC_FWNMI);
    caps->rpt_invalidate = !!kvm_check(vm, KVM_CAP_PPC_RPT_INVALIDATE);
    caps->ail_mode_3 = !!kvm_check(vm, KVM_CAP_PPC_AIL_MODE_3);
    caps->dawr1 = !!kvm_check(vm, KVM_CAP_PPC_DAWR1);
    caps->htm = !!kvm_check(vm, KVM_CAP_PPC_HTM);
    caps->nested_hv = !!kvm_check(vm, KVM_CAP_PPC_NESTED_HV);
    caps->smt = (uint32_t)kvm_check(vm, KVM_CAP_PPC_SMT);
    caps->smt_possible = (uint32_t)kvm_check(vm, KVM_CAP_PPC_SMT_POSSIBLE);
    caps->max_vcpus = (uint32_t)kvm_check(vm, KVM_CAP_MAX_VCPUS);
    caps->max_vcpu_id = (uint32_t)kvm_check(vm, KVM_CAP_MAX_VCPU_ID);
    caps->nr_memslots = (uint32_t)kvm_check(vm, KVM_CAP_NR_MEMSLOTS);
}

static gboolean host_open_device(HvHost *host, GError **error)
{
    host->fd = open(KVM_DEVICE, O_RDWR | O_CLOEXEC);
    if (host->fd >= 0)
        return TRUE;
    switch (errno) {
    case ENOENT:
    case ENODEV:
    case ENXIO:
        return error_set_errno(error, PAPRIKA_ERROR_HOST, errno,
                               "cannot open " KVM_DEVICE
                               " (is the kvm-hv module loaded? try: modprobe kvm-hv)");
    case EACCES:
    case EPERM:
        return error_set_errno(error, PAPRIKA_ERROR_HOST, errno,
                               "cannot open " KVM_DEVICE
                               " (its group may: add this user to group kvm)");
    default:
        return error_set_errno(error, PAPRIKA_ERROR_HOST, errno, "cannot open " KVM_DEVICE);
    }
}

static gboolean host_create_vm(HvHost *host, GError **error)
{
    int ret = kvm_ioctl(host->fd, KVM_GET_API_VERSION, 0);

    if (ret < 0)
        return error_set_errno(error, PAPRIKA_ERROR_HOST, -ret,
                               KVM_DEVICE " does not answer as KVM does");
    host->caps.api_version = ret;
    if (ret != KVM_API_VERSION)
        return error_set(error, PAPRIKA_ERROR_HOST, KVM_DEVICE " has API version %d, not %d", ret,
                         KVM_API_VERSION);
    ret = kvm_ioctl(host->fd, KVM_GET_VCPU_MMAP_SIZE, 0);
    if (ret < (int)sizeof(struct kvm_run))
        return error_set(error, PAPRIKA_ERROR_HOST, KVM_DEVICE " has no usable vCPU area");
    host->run_size = (size_t)ret;

    ret = kvm_ioctl(host->fd, KVM_CREATE_VM, KVM_VM_PPC_HV);
    if (ret == -EINVAL)
        return error_set(error, PAPRIKA_ERROR_HOST,
                         KVM_DEVICE " makes no HV guests: Paprika needs the kvm-hv module (loaded "
                                    "is only kvm-pr, or none); try: modprobe kvm-hv");
    if (ret < 0)
        return error_set_errno(error, PAPRIKA_ERROR_HOST, -ret, "KVM cannot create an HV guest");
    host->probed_vm = ret;
    return TRUE;
}

static const HvCaps *host_caps(HvHost *host) { return &host->caps; }

/** The instruction that every program may read it by. */
static uint64_t host_timebase(HvHost *host) { return __builtin_ppc_get_timebase(); }

static void host_free(HvHost *host)
{
    if (!host)
        return;
    fd_close(&host->probed_vm);
    fd_close(&host->fd);
    kvm_host_pool_close(host);
    g_free(host);
}

/** The signal only has to interrupt KVM_RUN; there is nothing to do in it. */
static void kick_signal(int signal) {}

static const HvOps kvm_ops = {
    .host_caps = host_caps,
    .host_free = host_free,
    .host_timebase = host_timebase,
    .host_pool_time = kvm_host_pool_time,
    .vm_new = kvm_vm_new,
    .vm_free = kvm_vm_free,
    .vm_set_smt = kvm_vm_set_smt,
    .vm_map = kvm_vm_map,
    .vm_enable_hcall = kvm_vm_enable_hcall,
    .vcpu_enable_fwnmi = kvm_vcpu_enable_fwnmi,
    .vm_configure_v3_mmu = kvm_vm_configure_v3_mmu,
    .vm_allocate_htab = kvm_vm_allocate_htab,
    .vm_resize_htab_prepare = kvm_vm_resize_htab_prepare,
    .vm_resize_htab_commit = kvm_vm_resize_htab_commit,
    .vm_get_htab_fd = kvm_vm_get_htab_fd,
    .vm_store_fd = kvm_vm_store_fd,
    .vm_define_rtas = kvm_vm_define_rtas,
    .irqchip_new = kvm_irqchip_new,
    .irqchip_free = kvm_irqchip_free,
    .irqchip_attr_set = kvm_irqchip_attr_set,
    .irqchip_attr_get = kvm_irqchip_attr_get,
    .irqchip_map = kvm_irqchip_map,
    .irq_line = kvm_irq_line,
    .irq_fd = kvm_irq_fd,
    .vcpu_new = kvm_vcpu_new,
    .vcpu_free = kvm_vcpu_free,
    .vcpu_attach_irqchip = kvm_vcpu_attach_irqchip,
    .vcpu_bind = kvm_vcpu_bind,
    .vcpu_run = kvm_vcpu_run,
    .vcpu_kick = kvm_vcpu_kick,
    .vcpu_unkick = kvm_vcpu_unkick,
    .vcpu_interrupt = kvm_vcpu_interrupt,
    .vcpu_get_regs = kvm_vcpu_get_regs,
    .vcpu_set_regs = kvm_vcpu_set_regs,
    .vcpu_get_reg = kvm_vcpu_get_reg,
    .vcpu_set_reg = kvm_vcpu_set_reg,
    .vcpu_get_slb = kvm_vcpu_get_slb,
    .vcpu_get_vectors = kvm_vcpu_get_vectors,
    .vcpu_set_vectors = kvm_vcpu_set_vectors,
    .vcpu_set_debug = kvm_vcpu_set_debug,
    .vcpu_reset = kvm_vcpu_reset,
};

static gboolean host_take_kicks(GError **error)
{
    struct sigaction action = {.sa_handler = kick_signal};

    return sigaction(KVM_KICK_SIGNAL, &action, NULL) == 0 ||
           error_set_errno(error, PAPRIKA_ERROR_HOST, errno,
                           "cannot take the signal that stops vCPUs");
}

HvHost *hv_kvm_open(const HvOps **ops, GError **error)
{
    HvHost *host = g_new0(HvHost, 1);

    host->fd = host->probed_vm = host->uptime = -1;
    kvm_host_cpu_read(&host->caps, host->model, sizeof(host->model));
    host->caps.cpu.model = host->model;
    host->caps.page_size = (uint64_t)sysconf(_SC_PAGESIZE);
    if (!host_open_device(host, error) || !host_create_vm(host, error) || !host_take_kicks(error)) {
        host_free(host);
        return NULL;
    }
    host_probe(host, host->probed_vm);
    kvm_host_pool_open(host);
    *ops = &kvm_ops;
    return host;
}
