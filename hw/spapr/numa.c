/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hw/spapr/numa.h"

void numa_memory_associativity(uint32_t list[NUMA_LEVELS])
{
    for (unsigned level = 0; level < NUMA_LEVELS; level++)
        list[level] = 0;
}

void numa_cpu_associativity(uint32_t id, uint32_t list[NUMA_ASSOCIATIVITY_CPU])
{
    numa_memory_associativity(list);
    list[NUMA_LEVELS] = id;
}
