/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/vmm/option_numa.h"

#include <string.h>

#include "src/base/error.h"
#include "src/vmm/option_values.h"

/** A decimal number of @text alone, at most @most. */
static gboolean parse_number(const char *text, uint64_t most, uint64_t *number)
{
    char *end;

    if (!g_ascii_isdigit(*text))
        return FALSE;
    *number = g_ascii_strtoull(text, &end, 10);
    return !*end && *number <= most;
}

static NumaConfig *numa_of(VmConfig *config)
{
    if (!config->numa) {
        config->numa = g_new0(NumaConfig, 1);
        memset(config->numa->cpu_node, CONFIG_NO_NODE, sizeof(config->numa->cpu_node));
    }
    return config->numa;
}

/** "A" or "A-B". */
static gboolean add_cpus(NumaConfig *numa, unsigned node, const char *text, GError **error)
{
    g_auto(GStrv) ends = g_strsplit(text, "-", 3);
    uint64_t first, last;
    unsigned count = g_strv_length(ends);

    if (count < 1 || count > 2 || !parse_number(ends[0], CONFIG_MAX_VCPUS - 1, &first) ||
        !parse_number(ends[count - 1], CONFIG_MAX_VCPUS - 1, &last) || first > last)
        return error_set(error, PAPRIKA_ERROR_USAGE,
                         "cpus=%s: no CPU and no range of CPUs, which are numbered from 0 to %d",
                         text, CONFIG_MAX_VCPUS - 1);
    for (uint64_t cpu = first; cpu <= last; cpu++) {
        if (numa->cpu_node[cpu] != CONFIG_NO_NODE)
            return error_set(error, PAPRIKA_ERROR_USAGE, "CPU %u is in node %u already",
                             (unsigned)cpu, numa->cpu_node[cpu]);
        numa->cpu_node[cpu] = (uint8_t)node;
    }
    return TRUE;
}

static gboolean add_node(VmConfig *config, char *const *parts, GError **error)
{
    NumaConfig *numa = numa_of(config);
    unsigned node = numa->n_nodes;
    gboolean memory = FALSE;

    if (node == CONFIG_MAX_NODES)
        return error_set(error, PAPRIKA_ERROR_USAGE, "more than %d nodes", CONFIG_MAX_NODES);
    for (; *parts; parts++) {
        const char *value;

        if ((value = option_value_of(*parts, "cpus"))) {
            if (!add_cpus(numa, node, value, error))
                return FALSE;
        } else if ((value = option_value_of(*parts, "memory"))) {
            if (memory)
                return error_set(error, PAPRIKA_ERROR_USAGE, "memory is given twice");
            if (!option_parse_size(value, 0, &numa->memory[node], error))
                return FALSE;
            memory = TRUE;
        } else {
            return error_set(error, PAPRIKA_ERROR_USAGE, "'%s' is none of cpus=A-B and memory=SIZE",
                             *parts);
        }
    }
    numa->n_nodes++;
    return TRUE;
}

static gboolean add_distance(VmConfig *config, char *const *parts, GError **error)
{
    enum { MIN_REMOTE = 11, MAX_REMOTE = 254 };
    static const char *const keys[] = {"src", "dst", "val"};
    uint64_t numbers[G_N_ELEMENTS(keys)];
    NumaConfig *numa = numa_of(config);

    if (g_strv_length((char **)parts) != G_N_ELEMENTS(keys))
        return error_set(error, PAPRIKA_ERROR_USAGE, "use dist,src=NODE,dst=NODE,val=DISTANCE");
    for (unsigned i = 0; i < G_N_ELEMENTS(keys); i++) {
        const char *value = option_value_of(parts[i], keys[i]);

        if (!value || !parse_number(value, i < 2 ? CONFIG_MAX_NODES - 1 : MAX_REMOTE, &numbers[i]))
            return error_set(error, PAPRIKA_ERROR_USAGE,
                             "'%s' is not %s=NUMBER; use dist,src=NODE,dst=NODE,val=DISTANCE",
                             parts[i], keys[i]);
    }
    if (numbers[0] == numbers[1])
        return error_set(error, PAPRIKA_ERROR_USAGE, "a node's distance from itself is 10");
    if (numbers[2] < MIN_REMOTE)
        return error_set(error, PAPRIKA_ERROR_USAGE, "a distance of other nodes is from %d to %d",
                         MIN_REMOTE, MAX_REMOTE);
    numa->distance[numbers[0]][numbers[1]] = (uint8_t)numbers[2];
    return TRUE;
}

gboolean option_set_numa(OptionContext *context, const char *value, GError **error)
{
    g_auto(GStrv) parts = g_strsplit(value, ",", -1);

    if (!strcmp(parts[0], "node"))
        return add_node(context->config, parts + 1, error);
    if (!strcmp(parts[0], "dist"))
        return add_distance(context->config, parts + 1, error);
    return error_set(error, PAPRIKA_ERROR_USAGE, "must begin with node or dist");
}

static gboolean check_memory(const VmConfig *config, GError **error)
{
    const NumaConfig *numa = config->numa;
    uint64_t sum = 0;

    for (unsigned i = 0; i < numa->n_nodes; i++)
        sum += numa->memory[i];
    if (sum != config->memory)
        return error_set(error, PAPRIKA_ERROR_USAGE,
                         "--numa: the nodes' memory adds up to %" G_GUINT64_FORMAT
                         " MiB, the guest's is %" G_GUINT64_FORMAT " MiB",
                         sum / MIB, config->memory / MIB);
    return TRUE;
}

static gboolean check_cpus(const VmConfig *config, GError **error)
{
    const NumaConfig *numa = config->numa;

    for (unsigned cpu = 0; cpu < config->cpus; cpu++) {
        unsigned first = cpu - cpu % config->threads;

        if (numa->cpu_node[cpu] == CONFIG_NO_NODE)
            return error_set(error, PAPRIKA_ERROR_USAGE, "--numa: CPU %u is in no node", cpu);
        if (numa->cpu_node[cpu] != numa->cpu_node[first])
            return error_set(error, PAPRIKA_ERROR_USAGE,
                             "--numa: CPUs %u and %u are threads of one core, but in two nodes",
                             first, cpu);
    }
    return TRUE;
}

static gboolean check_distances(const NumaConfig *numa, GError **error)
{
    for (unsigned from = 0; from < CONFIG_MAX_NODES; from++) {
        for (unsigned to = 0; to < CONFIG_MAX_NODES; to++) {
            if (numa->distance[from][to] && MAX(from, to) >= numa->n_nodes)
                return error_set(error, PAPRIKA_ERROR_USAGE,
                                 "--numa dist: there is no node %u, only %u of them", MAX(from, to),
                                 numa->n_nodes);
        }
    }
    return TRUE;
}

gboolean option_numa_check(const VmConfig *config, GError **error)
{
    if (!config->numa)
        return TRUE;
    return check_distances(config->numa, error) && check_memory(config, error) &&
           check_cpus(config, error);
}
