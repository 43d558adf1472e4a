/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One instruction further, where KVM has no single step (it has none for HV guests):
 * branches are done here, and for the rest it is said where they go on.
 */
#pragma once

#include <stdint.h>

#include <glib.h>

#include "include/paprika/hv.h"

typedef enum {
    /** A branch: @regs are as after it. */
    PPC_STEP_DONE,
    /** It is to be executed, and the next one is at the address given. */
    PPC_STEP_RUN,
    /** It can't be told where it goes on. */
    PPC_STEP_UNKNOWN,
} PpcStep;

/** Step over @instruction, at regs->pc (Power ISA 3.1, Book I, 2.4; Book III, 4.3). */
PpcStep ppc_step(HvRegs *regs, uint32_t instruction, uint64_t *next);
