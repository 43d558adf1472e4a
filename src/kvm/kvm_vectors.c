/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Floating point and vector registers of a vCPU, and breakpoints. */
#include <string.h>

#include "src/kvm/kvm_private.h"

static int one_reg(HvVcpu *vcpu, unsigned long request, uint64_t id, void *data)
{
    struct kvm_one_reg reg = {.id = id, .addr = (uintptr_t)data};

    return kvm_ioctl_ptr(vcpu->fd, request, &reg);
}

/** KVM's name of VSR @index: the upper half are the vector registers. */
static uint64_t vsr_id(unsigned index)
{
    return index < 32 ? KVM_REG_PPC_VSR(index) : KVM_REG_PPC_VR(index - 32);
}

/**
 * A vector register is given as its image in memory, in this host's byte order;
 * the others as two doublewords, the high one first.
 */
static unsigned high_of(unsigned index)
{
    return index >= 32 && G_BYTE_ORDER == G_LITTLE_ENDIAN ? 1 : 0;
}

int kvm_vcpu_get_vectors(HvVcpu *vcpu, HvVectors *vectors)
{
    int ret = kvm_vcpu_settle(vcpu);

    *vectors = (HvVectors){0};
    for (unsigned i = 0; ret == 0 && i < 64; i++) {
        uint64_t pair[2];

        ret = one_reg(vcpu, KVM_GET_ONE_REG, vsr_id(i), pair);
        if (ret == 0) {
            vectors->vsr[i][0] = pair[high_of(i)];
            vectors->vsr[i][1] = pair[1 - high_of(i)];
        }
    }
    if (ret == 0)
        ret = one_reg(vcpu, KVM_GET_ONE_REG, KVM_REG_PPC_FPSCR, &vectors->fpscr);
    if (ret == 0)
        ret = one_reg(vcpu, KVM_GET_ONE_REG, KVM_REG_PPC_VSCR, &vectors->vscr);
    if (ret == 0)
        ret = one_reg(vcpu, KVM_GET_ONE_REG, KVM_REG_PPC_VRSAVE, &vectors->vrsave);
    return ret;
}

int kvm_vcpu_set_vectors(HvVcpu *vcpu, const HvVectors *vectors)
{
    HvVectors copy = *vectors;
    int ret = kvm_vcpu_settle(vcpu);

    for (unsigned i = 0; ret == 0 && i < 64; i++) {
        uint64_t pair[2];

        pair[high_of(i)] = copy.vsr[i][0];
        pair[1 - high_of(i)] = copy.vsr[i][1];
        ret = one_reg(vcpu, KVM_SET_ONE_REG, vsr_id(i), pair);
    }
    if (ret == 0)
        ret = one_reg(vcpu, KVM_SET_ONE_REG, KVM_REG_PPC_FPSCR, &copy.fpscr);
    if (ret == 0)
        ret = one_reg(vcpu, KVM_SET_ONE_REG, KVM_REG_PPC_VSCR, &copy.vscr);
    if (ret == 0)
        ret = one_reg(vcpu, KVM_SET_ONE_REG, KVM_REG_PPC_VRSAVE, &copy.vrsave);
    return ret;
}

int kvm_vcpu_set_debug(HvVcpu *vcpu, gboolean on)
{
    struct kvm_guest_debug debug = {.control =
                                        on ? KVM_GUESTDBG_ENABLE | KVM_GUESTDBG_USE_SW_BP : 0};

    return kvm_ioctl_ptr(vcpu->fd, KVM_SET_GUEST_DEBUG, &debug);
}
