/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Running a vCPU: entry, exits, kicks. */
#include <errno.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "include/paprika/papr.h"
#include "src/base/error.h"
#include "src/base/fd.h"
#include "src/kvm/kvm_private.h"

HvVcpu *kvm_vcpu_new(HvVm *vm, unsigned id, GError **error)
{
    HvVcpu *vcpu = g_new0(HvVcpu, 1);

    vcpu->vm = vm;
    vcpu->id = id;
    vcpu->fresh = TRUE;
    vcpu->fd = kvm_ioctl(vm->fd, KVM_CREATE_VCPU, id);
    if (vcpu->fd < 0) {
        error_set_errno(error, PAPRIKA_ERROR_HOST, -vcpu->fd, "KVM cannot create vCPU %u", id);
        goto fail;
    }
    vcpu->run = mmap(NULL, vm->host->run_size, PROT_READ | PROT_WRITE, MAP_SHARED, vcpu->fd, 0);
    if (vcpu->run == MAP_FAILED) {
        vcpu->run = NULL;
        error_set_errno(error, PAPRIKA_ERROR_HOST, errno, "cannot map vCPU %u", id);
        goto fail;
    }
    int ret = kvm_enable_cap(vcpu->fd, KVM_CAP_PPC_PAPR, 0, 0);
    if (ret < 0) {
        error_set_errno(error, PAPRIKA_ERROR_HOST, -ret, "KVM gives vCPU %u no PAPR mode", id);
        goto fail;
    }
    return vcpu;

fail:
    kvm_vcpu_free(vcpu);
    return NULL;
}

void kvm_vcpu_free(HvVcpu *vcpu)
{
    if (!vcpu)
        return;
    if (vcpu->run)
        munmap(vcpu->run, vcpu->vm->host->run_size);
    fd_close(&vcpu->fd);
    g_free(vcpu);
}

void kvm_vcpu_bind(HvVcpu *vcpu)
{
    vcpu->thread = pthread_self();
    __atomic_store_n(&vcpu->bound, TRUE, __ATOMIC_RELEASE);
}

void kvm_vcpu_kick(HvVcpu *vcpu)
{
    __atomic_store_n(&vcpu->run->immediate_exit, 1, __ATOMIC_SEQ_CST);
    if (__atomic_load_n(&vcpu->bound, __ATOMIC_ACQUIRE))
        pthread_kill(vcpu->thread, KVM_KICK_SIGNAL);
}

void kvm_vcpu_unkick(HvVcpu *vcpu)
{
    __atomic_store_n(&vcpu->run->immediate_exit, 0, __ATOMIC_SEQ_CST);
}

int kvm_vcpu_settle(HvVcpu *vcpu)
{
    if (!vcpu->pending)
        return 0;

    uint8_t kicked = __atomic_exchange_n(&vcpu->run->immediate_exit, 1, __ATOMIC_SEQ_CST);
    int ret = ioctl(vcpu->fd, KVM_RUN, 0) < 0 ? -errno : 0;

    /*
     * A kick in between is taken back here. Its reason is not lost: the thread
     * looks for work after this and before its next run.
     */
    if (!kicked)
        __atomic_store_n(&vcpu->run->immediate_exit, 0, __ATOMIC_SEQ_CST);
    vcpu->pending = FALSE;
    return ret == -EINTR ? 0 : ret;
}

int kvm_vcpu_interrupt(HvVcpu *vcpu, gboolean level)
{
    struct kvm_interrupt interrupt = {
        .irq = level ? (unsigned)KVM_INTERRUPT_SET_LEVEL : (unsigned)KVM_INTERRUPT_UNSET,
    };

    return kvm_ioctl_ptr(vcpu->fd, KVM_INTERRUPT, &interrupt);
}

static void exit_fail(HvExit *exit, const char *what, uint64_t code)
{
    exit->reason = HV_EXIT_FAIL;
    exit->fail.what = what;
    exit->fail.code = code;
}

static void exit_decode(struct kvm_run *run, HvExit *exit)
{
    switch (run->exit_reason) {
    case KVM_EXIT_MMIO:
        exit->reason = HV_EXIT_MMIO;
        exit->mmio.addr = run->mmio.phys_addr;
        exit->mmio.data = run->mmio.data;
        exit->mmio.length = MIN(run->mmio.len, (uint32_t)sizeof(run->mmio.data));
        exit->mmio.write = run->mmio.is_write;
        break;
    case KVM_EXIT_INTR:
        exit->reason = HV_EXIT_INTERRUPTED;
        break;
    case KVM_EXIT_NMI:
        exit->reason = HV_EXIT_NMI;
        exit->nmi.flags = run->flags;
        break;
    case KVM_EXIT_DEBUG:
        exit->reason = HV_EXIT_DEBUG;
        break;
    case KVM_EXIT_FAIL_ENTRY:
        exit_fail(exit, "the processor refused to enter the guest",
                  run->fail_entry.hardware_entry_failure_reason);
        break;
    case KVM_EXIT_INTERNAL_ERROR:
        exit_fail(exit, "internal error of KVM", run->internal.suberror);
        break;
    case KVM_EXIT_UNKNOWN:
        exit_fail(exit, "unexpected trap", run->hw.hardware_exit_reason);
        break;
    default:
        exit_fail(exit, "unknown exit reason", run->exit_reason);
        break;
    }
}

/**
 * KVM_RUN failed because the kernel, which answers some RTAS calls of its XICS,
 * could not read the guest's call buffer, or found its counts out of range. The hypercall still
 * waits for its answer: ours, which is PAPR's for such a buffer.
 */
static gboolean rtas_refused(const struct kvm_run *run)
{
    return (errno == EFAULT || errno == EINVAL) && run->exit_reason == KVM_EXIT_PAPR_HCALL &&
           run->papr_hcall.nr == H_RTAS;
}

void kvm_vcpu_run(HvVcpu *vcpu, HvExit *exit)
{
    struct kvm_run *run = vcpu->run;

    vcpu->fresh = FALSE;
    int ret = ioctl(vcpu->fd, KVM_RUN, 0);
    vcpu->pending = FALSE;
    if (G_UNLIKELY(ret < 0) && !rtas_refused(run)) {
        if (errno == EINTR || errno == EAGAIN)
            exit->reason = HV_EXIT_INTERRUPTED;
        else
            exit_fail(exit, "KVM_RUN failed", (uint64_t)errno);
        return;
    }
    if (G_LIKELY(run->exit_reason == KVM_EXIT_PAPR_HCALL)) {
        vcpu->pending = TRUE;
        exit->reason = HV_EXIT_HCALL;
        exit->hcall.number = run->papr_hcall.nr;
        exit->hcall.args = (uint64_t *)run->papr_hcall.args;
        exit->hcall.ret = (uint64_t *)&run->papr_hcall.ret;
        return;
    }
    exit_decode(run, exit);
    vcpu->pending = exit->reason == HV_EXIT_MMIO;
}

/** The capability is the machine's, but KVM takes it by a vCPU only. */
int kvm_vcpu_enable_fwnmi(HvVcpu *vcpu)
{
    return kvm_enable_cap(vcpu->fd, KVM_CAP_PPC_FWNMI, 0, 0);
}
