/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hw/spapr/numa.h"

G_STATIC_ASSERT(CONFIG_MAX_NODES <= 32);

/**
 * Nodes no further apart than this share a domain of levels 0 to 2; so the
 * distances of form 1 (160, 80, 40, 20) are those nearest to what was said.
 */
static const unsigned domain_reach[NUMA_LEVELS - 1] = {120, 60, 30};

unsigned numa_nodes(const VmConfig *config) { return config->numa ? config->numa->n_nodes : 1; }

uint64_t numa_memory_end(const VmConfig *config, unsigned node)
{
    uint64_t end = 0;

    if (!config->numa)
        return config->memory;
    for (unsigned i = 0; i <= node && i < config->numa->n_nodes; i++)
        end += config->numa->memory[i];
    return end;
}

unsigned numa_node_of_memory(const VmConfig *config, uint64_t addr)
{
    uint64_t end = 0;

    for (unsigned i = 0; config->numa && i < config->numa->n_nodes; i++) {
        end += config->numa->memory[i];
        if (addr < end)
            return i;
    }
    return 0;
}

unsigned numa_node_of_cpu(const VmConfig *config, unsigned index)
{
    if (!config->numa || index >= CONFIG_MAX_VCPUS)
        return 0;
    /* One that may be plugged, and was not named. */
    return config->numa->cpu_node[index] == CONFIG_NO_NODE ? 0 : config->numa->cpu_node[index];
}

uint8_t numa_distance(const VmConfig *config, unsigned from, unsigned to)
{
    if (from == to)
        return NUMA_DISTANCE_LOCAL;
    /* One that was given in one direction only holds in both. */
    if (config->numa->distance[from][to])
        return config->numa->distance[from][to];
    if (config->numa->distance[to][from])
        return config->numa->distance[to][from];
    return NUMA_DISTANCE_REMOTE;
}

/** Nodes, a bit each, no further than @reach from @node, whichever way is longer. */
static uint32_t numa_neighbours(const VmConfig *config, unsigned node, unsigned reach)
{
    uint32_t near = 0;

    for (unsigned i = 0; i < config->numa->n_nodes; i++) {
        if (MAX(numa_distance(config, node, i), numa_distance(config, i, node)) <= reach)
            near |= UINT32_C(1) << i;
    }
    return near;
}

/**
 * The domain of @node of those that nodes no further apart than @reach form: the
 * least node that can be reached in such steps. Domains of a wider reach hold
 * whole ones of a narrower.
 */
static uint32_t numa_domain(const VmConfig *config, unsigned node, unsigned reach)
{
    uint32_t found = UINT32_C(1) << node, done = 0;

    while (found & ~done) {
        unsigned next = (unsigned)__builtin_ctz(found & ~done);

        done |= UINT32_C(1) << next;
        found |= numa_neighbours(config, next, reach);
    }
    return (uint32_t)__builtin_ctz(found);
}

unsigned numa_domains(const VmConfig *config, unsigned level)
{
    unsigned most = 0;

    for (unsigned node = 0; node < numa_nodes(config); node++) {
        uint32_t list[NUMA_LEVELS];

        numa_node_associativity(config, node, list);
        most = MAX(most, list[level]);
    }
    return most + 1;
}

void numa_node_associativity(const VmConfig *config, unsigned node, uint32_t list[NUMA_LEVELS])
{
    for (unsigned level = 0; level < NUMA_LEVELS - 1; level++)
        list[level] = config->numa ? numa_domain(config, node, domain_reach[level]) : 0;
    list[NUMA_LEVELS - 1] = node;
}

void numa_cpu_associativity(const VmConfig *config, unsigned index, uint32_t id,
                            uint32_t list[NUMA_ASSOCIATIVITY_CPU])
{
    numa_node_associativity(config, numa_node_of_cpu(config, index), list);
    list[NUMA_LEVELS] = id;
}
