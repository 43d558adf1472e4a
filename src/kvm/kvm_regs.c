/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Registers of a vCPU, and its state after power-on. */
#include <errno.h>
#include <string.h>

#include "src/base/error.h"
#include "src/kvm/kvm_private.h"

/** KVM's names, with the widths that they encode, for ours. */
static const uint64_t reg_ids[] = {
    [HV_REG_PVR] = 0,
    [HV_REG_LPCR] = KVM_REG_PPC_LPCR_64,
    [HV_REG_VPA_ADDR] = KVM_REG_PPC_VPA_ADDR,
    [HV_REG_VPA_SLB] = KVM_REG_PPC_VPA_SLB,
    [HV_REG_VPA_DTL] = KVM_REG_PPC_VPA_DTL,
    [HV_REG_ARCH_COMPAT] = KVM_REG_PPC_ARCH_COMPAT,
    [HV_REG_DEC_EXPIRY] = KVM_REG_PPC_DEC_EXPIRY,
    [HV_REG_TB_OFFSET] = KVM_REG_PPC_TB_OFFSET,
    [HV_REG_ICP_STATE] = KVM_REG_PPC_ICP_STATE,
    [HV_REG_XIVE_VP_STATE] = KVM_REG_PPC_VP_STATE,
    [HV_REG_DAR] = KVM_REG_PPC_DAR,
    [HV_REG_DSISR] = KVM_REG_PPC_DSISR,
    [HV_REG_DEBUG_INST] = KVM_REG_PPC_DEBUG_INST,
    [HV_REG_PURR] = KVM_REG_PPC_PURR,
};

/** Registers that power-on leaves at zero; those that a host lacks are skipped. */
static const uint64_t reset_regs[] = {
    KVM_REG_PPC_DABR,  KVM_REG_PPC_DABRX, KVM_REG_PPC_DSCR,  KVM_REG_PPC_AMR,    KVM_REG_PPC_UAMOR,
    KVM_REG_PPC_IAMR,  KVM_REG_PPC_MMCR0, KVM_REG_PPC_MMCR1, KVM_REG_PPC_MMCRA,  KVM_REG_PPC_MMCR2,
    KVM_REG_PPC_PMC1,  KVM_REG_PPC_PMC2,  KVM_REG_PPC_PMC3,  KVM_REG_PPC_PMC4,   KVM_REG_PPC_PMC5,
    KVM_REG_PPC_PMC6,  KVM_REG_PPC_SIAR,  KVM_REG_PPC_SDAR,  KVM_REG_PPC_SIER,   KVM_REG_PPC_PSPB,
    KVM_REG_PPC_DPDES, KVM_REG_PPC_DAWR,  KVM_REG_PPC_DAWRX, KVM_REG_PPC_DAWR1,  KVM_REG_PPC_DAWRX1,
    KVM_REG_PPC_CIABR, KVM_REG_PPC_PPR,   KVM_REG_PPC_TAR,   KVM_REG_PPC_VRSAVE, KVM_REG_PPC_FPSCR,
    KVM_REG_PPC_VSCR,  KVM_REG_PPC_PSSCR, KVM_REG_PPC_TIDR,  KVM_REG_PPC_ACOP,   KVM_REG_PPC_CSIGR,
    KVM_REG_PPC_TACR,  KVM_REG_PPC_TCSCR, KVM_REG_PPC_WORT,  KVM_REG_PPC_VTB,
};

static unsigned reg_size(uint64_t id)
{
    return 1u << ((id & KVM_REG_SIZE_MASK) >> KVM_REG_SIZE_SHIFT);
}

/** KVM_SET_ONE_REG of @id, zero-extended or cut to its width. */
static int one_reg_set(HvVcpu *vcpu, uint64_t id, uint64_t value)
{
    union {
        uint32_t u32;
        uint64_t u64;
        uint64_t wide[2];
    } data = {.wide = {0, 0}};
    struct kvm_one_reg reg = {.id = id, .addr = (uintptr_t)&data};

    if (reg_size(id) == 4)
        data.u32 = (uint32_t)value;
    else
        data.u64 = value;
    return kvm_ioctl_ptr(vcpu->fd, KVM_SET_ONE_REG, &reg);
}

int kvm_vcpu_set_reg(HvVcpu *vcpu, HvReg reg, uint64_t value)
{
    /* An image of the hardware's registers, big-endian on any host. */
    if (reg == HV_REG_XIVE_VP_STATE)
        value = GUINT64_TO_BE(value);
    return reg_ids[reg] ? one_reg_set(vcpu, reg_ids[reg], value) : -EINVAL;
}

static int pvr_get(HvVcpu *vcpu, uint64_t *value)
{
    struct kvm_sregs sregs = {0};
    int ret = kvm_ioctl_ptr(vcpu->fd, KVM_GET_SREGS, &sregs);

    if (ret == 0)
        *value = sregs.pvr;
    return ret;
}

int kvm_vcpu_get_reg(HvVcpu *vcpu, HvReg reg, uint64_t *value)
{
    union {
        uint32_t u32;
        uint64_t u64;
        uint64_t wide[2];
    } data = {.wide = {0, 0}};
    struct kvm_one_reg access = {.id = reg_ids[reg], .addr = (uintptr_t)&data};

    if (reg == HV_REG_PVR)
        return pvr_get(vcpu, value);

    int ret = kvm_ioctl_ptr(vcpu->fd, KVM_GET_ONE_REG, &access);
    if (ret == 0)
        *value = reg_size(access.id) == 4 ? data.u32 : data.u64;
    if (ret == 0 && reg == HV_REG_XIVE_VP_STATE)
        *value = GUINT64_FROM_BE(*value);
    return ret;
}

int kvm_vcpu_get_regs(HvVcpu *vcpu, HvRegs *regs)
{
    const struct kvm_run *run = vcpu->run;
    struct kvm_regs in = {0};
    gboolean hcall = vcpu->pending && run->exit_reason == KVM_EXIT_PAPR_HCALL;
    /* A hypercall's own handler may ask, before there is an answer: it must
     * not be settled then, but only be read as it stands. */
    int ret = hcall ? 0 : kvm_vcpu_settle(vcpu);

    if (ret == 0)
        ret = kvm_ioctl_ptr(vcpu->fd, KVM_GET_REGS, &in);
    if (ret < 0)
        return ret;
    if (hcall) {
        in.gpr[3] = run->papr_hcall.ret;
        for (unsigned i = 0; i < HV_MAX_HCALL_ARGS; i++)
            in.gpr[4 + i] = run->papr_hcall.args[i];
    }
    *regs = (HvRegs){
        .pc = in.pc,
        .msr = in.msr,
        .lr = in.lr,
        .ctr = in.ctr,
        .cr = in.cr,
        .xer = in.xer,
        .srr0 = in.srr0,
        .srr1 = in.srr1,
        .pid = in.pid,
        .sprg = {in.sprg0, in.sprg1, in.sprg2, in.sprg3, in.sprg4, in.sprg5, in.sprg6, in.sprg7},
    };
    memcpy(regs->gpr, in.gpr, sizeof(regs->gpr));
    return 0;
}

int kvm_vcpu_set_regs(HvVcpu *vcpu, const HvRegs *regs)
{
    int ret = kvm_vcpu_settle(vcpu);
    struct kvm_regs out = {
        .pc = regs->pc,
        .msr = regs->msr,
        .lr = regs->lr,
        .ctr = regs->ctr,
        .cr = regs->cr,
        .xer = regs->xer,
        .srr0 = regs->srr0,
        .srr1 = regs->srr1,
        .pid = regs->pid,
        .sprg0 = regs->sprg[0],
        .sprg1 = regs->sprg[1],
        .sprg2 = regs->sprg[2],
        .sprg3 = regs->sprg[3],
        .sprg4 = regs->sprg[4],
        .sprg5 = regs->sprg[5],
        .sprg6 = regs->sprg[6],
        .sprg7 = regs->sprg[7],
    };

    memcpy(out.gpr, regs->gpr, sizeof(out.gpr));
    return ret < 0 ? ret : kvm_ioctl_ptr(vcpu->fd, KVM_SET_REGS, &out);
}

int kvm_vcpu_get_slb(HvVcpu *vcpu, HvSlbEntry slb[HV_MAX_SLB])
{
    struct kvm_sregs sregs = {0};
    int ret = kvm_ioctl_ptr(vcpu->fd, KVM_GET_SREGS, &sregs);

    G_STATIC_ASSERT(G_N_ELEMENTS(sregs.u.s.ppc64.slb) == HV_MAX_SLB);
    for (unsigned i = 0; ret == 0 && i < HV_MAX_SLB; i++)
        slb[i] = (HvSlbEntry){
            .esid = sregs.u.s.ppc64.slb[i].slbe,
            .vsid = sregs.u.s.ppc64.slb[i].slbv,
        };
    return ret;
}

/** Segments: an empty SLB. KVM wants to hear its own PVR. */
static int reset_segments(HvVcpu *vcpu)
{
    struct kvm_sregs sregs = {0};
    int ret = kvm_ioctl_ptr(vcpu->fd, KVM_GET_SREGS, &sregs);

    if (ret < 0)
        return ret;
    memset(&sregs.u, 0, sizeof(sregs.u));
    return kvm_ioctl_ptr(vcpu->fd, KVM_SET_SREGS, &sregs);
}

/** Areas registered by H_REGISTER_VPA; the VPA goes last, as KVM insists. */
static int reset_vpa(HvVcpu *vcpu)
{
    int ret = one_reg_set(vcpu, KVM_REG_PPC_VPA_DTL, 0);

    if (ret == 0)
        ret = one_reg_set(vcpu, KVM_REG_PPC_VPA_SLB, 0);
    if (ret == 0)
        ret = one_reg_set(vcpu, KVM_REG_PPC_VPA_ADDR, 0);
    return ret;
}

gboolean kvm_vcpu_reset(HvVcpu *vcpu, GError **error)
{
    if (vcpu->fresh)
        return TRUE;

    HvRegs regs = {0};
    int ret = kvm_vcpu_set_regs(vcpu, &regs);

    if (ret == 0)
        ret = reset_segments(vcpu);
    if (ret == 0)
        ret = reset_vpa(vcpu);
    if (ret < 0)
        return error_set_errno(error, PAPRIKA_ERROR_HOST, -ret, "cannot reset vCPU %u", vcpu->id);
    for (unsigned i = 0; i < G_N_ELEMENTS(reset_regs); i++)
        one_reg_set(vcpu, reset_regs[i], 0);
    kvm_vcpu_set_vectors(vcpu, &(HvVectors){0});
    vcpu->fresh = TRUE;
    return TRUE;
}
