/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where processors and memory are (LoPAR chapter 15, and form 2 as Linux's
 * Documentation/arch/powerpc/associativity.rst has it). A resource's associativity
 * list names its domains, from the largest to the node itself. In form 1 the
 * domains that two lists share tell how far they are apart: in steps of 20, 40,
 * 80, 160. In form 2 the lists tell the node only, and a table all distances.
 *
 * Nodes have their memory one after the other, from address 0 on.
 */
#pragma once

#include <stdint.h>

#include <glib.h>

#include "include/paprika/config.h"

enum {
    /** Domains from the largest to the node itself. */
    NUMA_LEVELS = 4,
    /** A processor has one more: itself. */
    NUMA_ASSOCIATIVITY_CPU = NUMA_LEVELS + 1,

    /** Linux's own numbers for "here" and "elsewhere". */
    NUMA_DISTANCE_LOCAL = 10,
    NUMA_DISTANCE_REMOTE = 20,
};

/** How many nodes there are; 1 where nothing was said. */
unsigned numa_nodes(const VmConfig *config);

/** Bytes: where the memory of node @node ends, which is where the next one's begins. */
uint64_t numa_memory_end(const VmConfig *config, unsigned node);

/** The node of what is at @addr; of memory beyond that at boot: the first. */
unsigned numa_node_of_memory(const VmConfig *config, uint64_t addr);

/** The node of the vCPU with index @index. */
unsigned numa_node_of_cpu(const VmConfig *config, unsigned index);

/** From @from to @to, as the user said or as Linux has it by default. */
uint8_t numa_distance(const VmConfig *config, unsigned from, unsigned to);

/** How many domains there are at @level, at most: their numbers are less than that. */
unsigned numa_domains(const VmConfig *config, unsigned level);

/** The associativity list of node @node, without its length word. */
void numa_node_associativity(const VmConfig *config, unsigned node, uint32_t list[NUMA_LEVELS]);

/** That of the vCPU with index @index and KVM id @id. */
void numa_cpu_associativity(const VmConfig *config, unsigned index, uint32_t id,
                            uint32_t list[NUMA_ASSOCIATIVITY_CPU]);
