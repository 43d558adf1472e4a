/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Levels of the architecture that processors can comply with, whatever they
 * are themselves: logical processor versions, as "cpu-version" and
 * ibm,client-architecture-support name them.
 */
#pragma once

#include <stdint.h>

#include <glib.h>

#include "include/paprika/config.h"
#include "include/paprika/vm.h"

typedef struct {
    /** Logical processor version. */
    uint32_t pvr;
    /** Power ISA level in hundredths: 207, 300, 310. */
    unsigned isa;
    CpuCompat compat;
    /** For messages: "POWER9". */
    const char *name;
} CpuLevel;

enum { CPU_LEVELS = 3 };

/** From the newest to the oldest. */
extern const CpuLevel cpu_levels[CPU_LEVELS];

/** The level with logical version @pvr, or NULL. */
const CpuLevel *cpu_level_find(uint32_t pvr);

/**
 * The newest level that a processor with version @host_pvr complies with and
 * that @limit allows; NULL if the processor is none that hosts guests.
 */
const CpuLevel *cpu_level_highest(uint32_t host_pvr, CpuCompat limit);

/**
 * What a guest starts with: @limit's level, or 0, the processor as it is,
 * where there is no limit.
 */
uint32_t cpu_level_at_start(uint32_t host_pvr, CpuCompat limit);

/** ISA level of a processor @host_pvr that is shown as @pvr (0: as it is); 0 if unknown. */
unsigned cpu_level_isa(uint32_t host_pvr, uint32_t pvr);

/** Have @cpu, which KVM has just made, comply with @pvr: 0 or a negative errno value. Main thread.
 */
int cpu_level_apply_to(const Vcpu *cpu, uint32_t pvr);

/**
 * Have all vCPUs comply with logical version @pvr, or be what they are (0):
 * 0 or a negative errno value, with all as they were before. No vCPU runs, or
 * only the caller's, which is in an exit.
 */
int cpu_level_apply(const Vm *vm, uint32_t pvr);
