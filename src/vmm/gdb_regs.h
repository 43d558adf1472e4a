/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A vCPU's registers as GDB numbers them, and the description that tells GDB so
 * (GDB's manual, "PowerPC Features"). Values are in the vCPU's byte order (MSR[LE]).
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include <glib.h>

#include "include/paprika/vm.h"

enum {
    GDB_REG_GPR = 0,
    GDB_REG_FPR = 32,
    GDB_REG_PC = 64,
    GDB_REG_MSR,
    GDB_REG_CR,
    GDB_REG_LR,
    GDB_REG_CTR,
    GDB_REG_XER,
    GDB_REG_FPSCR,
    GDB_REG_VR,
    GDB_REG_VSCR = GDB_REG_VR + 32,
    GDB_REG_VRSAVE,
    /** Low doublewords of VSR0 to VSR31, whose high ones are FPR0 to FPR31. */
    GDB_REG_VSH,
    GDB_REG_COUNT = GDB_REG_VSH + 32,
    GDB_REG_SIZE_MAX = 16,
};

/** Everything of a vCPU that GDB sees. */
typedef struct {
    HvRegs regs;
    HvVectors vectors;
} GdbRegs;

/** Read, or write, all of it: 0 or a negative errno. @cpu is parked. Main thread. */
int gdb_regs_load(Vcpu *cpu, GdbRegs *regs);
int gdb_regs_store(Vcpu *cpu, const GdbRegs *regs);

/** Bytes of register @number; 0 if there is none. */
size_t gdb_reg_size(unsigned number);

/** Register @number to @bytes; its size. */
size_t gdb_reg_get(const GdbRegs *regs, unsigned number, uint8_t bytes[GDB_REG_SIZE_MAX]);
/** The other way round, in the byte order that @regs has before. */
void gdb_reg_set(GdbRegs *regs, unsigned number, const uint8_t bytes[GDB_REG_SIZE_MAX]);

/** The target description, XML; newly allocated. */
char *gdb_regs_describe(void);
