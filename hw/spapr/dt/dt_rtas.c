/* SPDX-License-Identifier: GPL-2.0-or-later */
/* /rtas: the stub that firmware left in memory, and the token of every service. */
#include <string.h>

#include "hw/spapr/dt/dt_parts.h"
#include "hw/spapr/fadump.h"
#include "hw/spapr/numa.h"
#include "hw/spapr/rtas/rtas.h"
#include "hw/spapr/vpd.h"
#include "src/base/endian.h"

enum {
    /** Largest error log that a guest has to make room for, in bytes. */
    RTAS_ERROR_LOG_MAX = 2048,
    /** Calls of event-scan per minute; 0 would cost the guest its error log. */
    RTAS_EVENT_SCAN_RATE = 1,
};

static gboolean rtas_table_has(const RtasDef *table, const char *name)
{
    for (; table->name; table++) {
        if (!strcmp(table->name, name))
            return TRUE;
    }
    return FALSE;
}

/** Services whose means this guest does not have are not told. */
static gboolean rtas_service_is_served(const MachineDesc *desc, const char *name)
{
    if (rtas_table_has(rtas_xics_defs, name))
        return !irq_kind_is_xive(desc->irq);
    if (rtas_table_has(rtas_pci_defs, name) || rtas_table_has(rtas_ddw_defs, name) ||
        rtas_table_has(rtas_eeh_defs, name))
        return desc->pci != NULL;
    if (rtas_table_has(rtas_dump_defs, name))
        return !desc->config->no_reboot;
    if (g_str_has_prefix(name, "ibm,nmi-"))
        return desc->caps->fwnmi;
    return TRUE;
}

static void dt_add_rtas_services(DtBuilder *builder, const MachineDesc *desc)
{
    const RtasDef *service;

    for (unsigned i = 0; (service = rtas_service(i)); i++) {
        if (rtas_service_is_served(desc, service->name))
            dt_add_u32(builder, service->name, RTAS_TOKEN_BASE + i);
    }
}

/** "ibm,numa-lookup-index-table" and "ibm,numa-distance-table", of form 2. */
static void dt_add_distances(DtBuilder *builder, const MachineDesc *desc)
{
    uint32_t nodes = numa_nodes(desc->config), index[1 + CONFIG_MAX_NODES] = {nodes};
    uint8_t table[sizeof(be32) + CONFIG_MAX_NODES * CONFIG_MAX_NODES];
    be32 count = be32_of(nodes * nodes);
    size_t used = sizeof(count);

    memcpy(table, &count, sizeof(count));
    for (uint32_t from = 0; from < nodes; from++) {
        index[1 + from] = from;
        for (uint32_t to = 0; to < nodes; to++)
            table[used++] = numa_distance(desc->config, from, to);
    }
    dt_add_cells(builder, "ibm,numa-lookup-index-table", index, 1 + nodes);
    dt_add_bytes(builder, "ibm,numa-distance-table", table, used);
}

static void dt_add_numa(DtBuilder *builder, const MachineDesc *desc)
{
    uint32_t domains[1 + NUMA_LEVELS] = {NUMA_LEVELS};

    /* The NUMA node is the fourth; in form 1 the others tell how near it is. */
    dt_add_cell_list(builder, "ibm,associativity-reference-points", 4, 3, 2, 1);
    for (unsigned level = 0; level < NUMA_LEVELS; level++)
        domains[1 + level] = numa_domains(desc->config, level);
    dt_add_cells(builder, "ibm,max-associativity-domains", domains, G_N_ELEMENTS(domains));
    if (desc->terms.form2_affinity)
        dt_add_distances(builder, desc);
}

/** What a guest needs to know to register a dump, and the one that this boot has. */
static void dt_add_dump(DtBuilder *builder, const MachineDesc *desc)
{
    uint64_t size = fadump_cpu_state_size(desc->max_cores * desc->threads);
    /* The lowest and the highest. */
    const be16 versions[] = {be16_of(FADUMP_VERSION), be16_of(FADUMP_VERSION)};

    if (desc->config->no_reboot)
        return;
    dt_add_bytes(builder, "ibm,configure-kernel-dump-version", versions, sizeof(versions));
    dt_add_cell_list(builder, "ibm,configure-kernel-dump-sizes", FADUMP_CPU_STATE,
                     DT_CELLS_64(size), FADUMP_HPT, DT_CELLS_64(0));
    if (desc->kernel_dump)
        dt_add_bytes(builder, "ibm,kernel-dump", desc->kernel_dump, desc->kernel_dump_size);
}

void dt_add_rtas(DtBuilder *builder, const MachineDesc *desc)
{
    if (desc->rtas.start >= desc->rtas.end || desc->rtas.end > UINT32_MAX) {
        dt_fail(builder, "RTAS must lie below 4 GiB");
        return;
    }

    dt_begin_node(builder, "rtas");
    if (!desc->client_interface) {
        dt_add_u32(builder, "linux,rtas-base", (uint32_t)desc->rtas.start);
        dt_add_u32(builder, "linux,rtas-entry", (uint32_t)desc->rtas.start);
    }
    dt_add_u32(builder, "rtas-size", (uint32_t)(desc->rtas.end - desc->rtas.start));
    dt_add_u32(builder, "rtas-version", 1);
    dt_add_u32(builder, "rtas-error-log-max", RTAS_ERROR_LOG_MAX);
    dt_add_u32(builder, "rtas-event-scan-rate", RTAS_EVENT_SCAN_RATE);
    /* ibm,os-term returns, so that the guest's own reaction to a panic goes on. */
    dt_add_flag(builder, "ibm,extended-os-term");
    /* Of ibm,get-vpd. */
    dt_add_u32(builder, "ibm,vpd-size", VPD_SIZE_MAX);
    dt_add_hypertas(builder, desc);
    dt_add_rtas_services(builder, desc);
    dt_add_dump(builder, desc);

    dt_add_numa(builder, desc);
    /* Largest address, block size, most cores. */
    dt_add_cell_list(builder, "ibm,lrdr-capacity", DT_CELLS_64(desc->max_memory),
                     DT_CELLS_64(desc->lmb), desc->max_cores);
    dt_end_node(builder);
}
