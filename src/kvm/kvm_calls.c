/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is asked of KVM once the machine runs; built on every architecture, for tests and docs. */
#include <sys/ioctl.h>

#include <linux/kvm.h>

#include "include/paprika/sandbox.h"

#ifndef __powerpc64__
/* Requests have the size of what they take in their numbers; other architectures' headers lack
 * these. */
struct kvm_rtas_token_args {
    char bytes[128];
};
struct kvm_ppc_mmuv3_cfg {
    char bytes[16];
};
struct kvm_get_htab_fd {
    char bytes[32];
};
#endif

#define ROW(request, threads, why)                                                                 \
    {                                                                                              \
        request, #request, threads, SANDBOX_ALWAYS, why                                            \
    }

const uint32_t kvm_sandbox_run = KVM_RUN;

const SandboxIoctl kvm_sandbox_ioctls[] = {
    ROW(KVM_RUN, SANDBOX_VCPU, "enter the guest"),
    ROW(KVM_CREATE_VCPU, SANDBOX_MAIN_ONLY, "a vCPU that is plugged while the machine runs"),
    ROW(KVM_GET_REGS, SANDBOX_VCPU, "a vCPU's registers: start, system reset, a look"),
    ROW(KVM_SET_REGS, SANDBOX_VCPU, "the same"),
    ROW(KVM_GET_SREGS, SANDBOX_VCPU, "segments, for a look at translation"),
    ROW(KVM_SET_SREGS, SANDBOX_VCPU, "reset of a vCPU"),
    ROW(KVM_GET_ONE_REG, SANDBOX_VCPU, "single registers, among them the mode in LPCR"),
    ROW(KVM_SET_ONE_REG, SANDBOX_VCPU, "the same"),
    ROW(KVM_INTERRUPT, SANDBOX_EVERY, "a vCPU's external interrupt, for controllers in user space"),
    ROW(KVM_IRQ_LINE, SANDBOX_EVERY, "interrupts of devices, for controllers in the kernel"),
    ROW(KVM_IRQFD, SANDBOX_VCPU, "devices' descriptors and the controller, once it has changed"),
    ROW(KVM_IOEVENTFD, SANDBOX_VCPU, "kicks of devices' queues, where the guest puts them"),
    ROW(KVM_SET_GUEST_DEBUG, SANDBOX_VCPU, "breakpoints and single steps"),
    ROW(KVM_ENABLE_CAP, SANDBOX_VCPU,
        "connect a vCPU to another controller; hand over machine checks"),
    ROW(KVM_CHECK_EXTENSION, SANDBOX_VCPU, "what the kernel offers"),
    ROW(KVM_CREATE_DEVICE, SANDBOX_VCPU, "another interrupt controller, as negotiated or at reset"),
    ROW(KVM_HAS_DEVICE_ATTR, SANDBOX_VCPU, "its number of servers"),
    ROW(KVM_SET_DEVICE_ATTR, SANDBOX_VCPU, "its sources and queues"),
    ROW(KVM_GET_DEVICE_ATTR, SANDBOX_VCPU, "the same"),
    ROW(KVM_PPC_RTAS_DEFINE_TOKEN, SANDBOX_VCPU, "RTAS calls that the kernel's XICS answers"),
    ROW(KVM_PPC_CONFIGURE_V3_MMU, SANDBOX_VCPU, "radix or hash, and the guest's process table"),
    ROW(KVM_PPC_ALLOCATE_HTAB, SANDBOX_VCPU, "the first hash page table, at each reset"),
    ROW(KVM_PPC_RESIZE_HPT_PREPARE, SANDBOX_VCPU, "its resize"),
    ROW(KVM_PPC_RESIZE_HPT_COMMIT, SANDBOX_VCPU, "its resize"),
    ROW(KVM_PPC_GET_HTAB_FD, SANDBOX_VCPU, "a look at it, and the check of a resize"),
    ROW(KVM_SET_USER_MEMORY_REGION, SANDBOX_VCPU, "guest memory"),
};

const size_t kvm_sandbox_ioctl_count = G_N_ELEMENTS(kvm_sandbox_ioctls);
