/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/vmm/ppc_step.h"

/** The field of @instruction that begins at bit @first in the ISA's count, @length bits long. */
static uint32_t field(uint32_t instruction, unsigned first, unsigned length)
{
    return instruction >> (32 - first - length) & ((1u << length) - 1);
}

static uint64_t sign_extend(uint64_t value, unsigned bits)
{
    uint64_t sign = UINT64_C(1) << (bits - 1);

    return (value ^ sign) - sign;
}

/** An address in the width that the processor computes with. */
static uint64_t address(const HvRegs *regs, uint64_t value)
{
    return regs->msr & HV_MSR_SF ? value : (uint32_t)value;
}

/** Whether a conditional branch is taken; counts CTR. */
static gboolean is_taken(HvRegs *regs, uint32_t bo, uint32_t bi)
{
    gboolean counts = TRUE, holds;

    if (!(bo & 4)) {
        regs->ctr--;
        counts = (address(regs, regs->ctr) != 0) != ((bo & 2) != 0);
    }
    holds = (bo & 16) || ((regs->cr >> (31 - bi) & 1) == (bo >> 3 & 1));
    return counts && holds;
}

static PpcStep branch(HvRegs *regs, gboolean taken, gboolean link, uint64_t target)
{
    uint64_t next = address(regs, regs->pc + 4);

    if (link)
        regs->lr = next;
    regs->pc = taken ? address(regs, target) : next;
    return PPC_STEP_DONE;
}

/** Branches to a register, and returns from interrupts. */
static PpcStep step_19(HvRegs *regs, uint32_t instruction, uint64_t *next)
{
    uint32_t bo = field(instruction, 6, 5), bi = field(instruction, 11, 5);
    gboolean link = instruction & 1;
    uint64_t target;

    switch (field(instruction, 21, 10)) {
    case 16: /* bclr */
        target = regs->lr & ~UINT64_C(3);
        return branch(regs, is_taken(regs, bo, bi), link, target);
    case 528: /* bcctr */
        target = regs->ctr & ~UINT64_C(3);
        return branch(regs, is_taken(regs, bo, bi), link, target);
    case 18: /* rfid */
        *next = regs->srr0 & ~UINT64_C(3);
        return PPC_STEP_RUN;
    case 82: /* rfscv */
        *next = regs->lr & ~UINT64_C(3);
        return PPC_STEP_RUN;
    case 560: /* bctar: TAR is not among the registers here */
    case 274: /* hrfid */
        return PPC_STEP_UNKNOWN;
    default:
        *next = address(regs, regs->pc + 4);
        return PPC_STEP_RUN;
    }
}

PpcStep ppc_step(HvRegs *regs, uint32_t instruction, uint64_t *next)
{
    uint64_t base = instruction & 2 ? 0 : regs->pc;
    uint64_t target;

    switch (field(instruction, 0, 6)) {
    case 1: /* a prefix */
        *next = address(regs, regs->pc + 8);
        return PPC_STEP_RUN;
    case 16: /* bc */
        target = base + sign_extend(instruction & 0xfffc, 16);
        return branch(regs, is_taken(regs, field(instruction, 6, 5), field(instruction, 11, 5)),
                      instruction & 1, target);
    case 18: /* b */
        target = base + sign_extend(instruction & 0x3fffffc, 26);
        return branch(regs, TRUE, instruction & 1, target);
    case 19:
        return step_19(regs, instruction, next);
    default:
        *next = address(regs, regs->pc + 4);
        return PPC_STEP_RUN;
    }
}
