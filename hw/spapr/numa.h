/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where processors and memory are: FORM1 associativity lists (LoPAR 15.2). All
 * of a machine is one node for now.
 */
#pragma once

#include <stdint.h>

enum {
    /** Domains from the largest to the node itself. */
    NUMA_LEVELS = 4,
    /** A processor has one more: itself. */
    NUMA_ASSOCIATIVITY_CPU = NUMA_LEVELS + 1,
};

/** The associativity list of the vCPU with KVM id @id, without its length word. */
void numa_cpu_associativity(uint32_t id, uint32_t list[NUMA_ASSOCIATIVITY_CPU]);
/** The associativity list of memory, without its length word. */
void numa_memory_associativity(uint32_t list[NUMA_LEVELS]);
