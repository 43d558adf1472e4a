/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Memory: the real mode area as a memory node, all of it as logical memory
 * blocks (LoPAR, "ibm,dynamic-reconfiguration-memory"). Runs of equal blocks
 * are one entry each, so the tree's size does not depend on the memory's. What
 * a client does not know it is not shown: then there is an entry for each block, or
 * a second memory node and no blocks.
 *
 * The blocks of the real mode area are listed, as reserved: so the list covers
 * all memory (Linux computes the largest address and the maximum memory from
 * it, and breaks on an empty one) and a guest neither adds that memory a
 * second time nor tries to give it back.
 */
#include <string.h>

#include "hw/spapr/dt/dt_parts.h"
#include "hw/spapr/numa.h"

/* Flags of a block. */
enum {
    LMB_ASSIGNED = 0x08,
    LMB_DRC_INVALID = 0x20,
    LMB_RESERVED = 0x80,
    /** The platform may want it back. */
    LMB_HOT_REMOVABLE = 0x100,

    LMB_FLAGS = 0xff,
    LMB_FLAGS_WITH_PLUGGED = 0x1ff,
};

/** A block that stands in no associativity array. */
#define LMB_NO_ARRAY UINT32_C(0xffffffff)

enum { LMB_CELLS = 6, LMB_SET_CELLS = 6 };

/** A run of equal blocks. */
typedef struct {
    uint64_t start, end;
    uint32_t array, flags;
} LmbRun;

static void append_run(GArray *runs, uint64_t start, uint64_t end, uint32_t array, uint32_t flags)
{
    LmbRun run = {start, end, array, flags};

    if (start < end)
        g_array_append_val(runs, run);
}

/** All that is and may be, from 0 on: the real mode area, boot memory, what is plugged, gaps. */
static GArray *lmb_runs(const MachineDesc *desc)
{
    GArray *runs = g_array_new(FALSE, FALSE, sizeof(LmbRun));
    uint64_t at = desc->rma;

    append_run(runs, 0, desc->rma, LMB_NO_ARRAY, LMB_RESERVED | LMB_DRC_INVALID);
    for (unsigned node = 0; node < numa_nodes(desc->config); node++) {
        uint64_t end = numa_memory_end(desc->config, node);

        append_run(runs, at, end, node, LMB_ASSIGNED);
        at = MAX(at, end);
    }
    at = desc->memory;
    for (unsigned i = 0; i < desc->n_plugged; i++) {
        const GuestRange *range = &desc->plugged[i];

        append_run(runs, at, range->start, LMB_NO_ARRAY, 0);
        append_run(runs, range->start, range->end, numa_node_of_memory(desc->config, range->start),
                   LMB_ASSIGNED | LMB_HOT_REMOVABLE);
        at = range->end;
    }
    append_run(runs, at, desc->max_memory, LMB_NO_ARRAY, 0);
    return runs;
}

static void dt_add_lmbs_v2(DtBuilder *builder, const MachineDesc *desc)
{
    g_autoptr(GArray) runs = lmb_runs(desc);
    g_autofree uint32_t *cells = g_new0(uint32_t, 1 + runs->len * LMB_SET_CELLS);

    cells[0] = runs->len;
    for (unsigned i = 0; i < runs->len; i++) {
        const LmbRun *run = &g_array_index(runs, LmbRun, i);
        uint32_t *cell = cells + 1 + i * LMB_SET_CELLS;

        cell[0] = (uint32_t)((run->end - run->start) / desc->lmb);
        cell[1] = (uint32_t)(run->start >> 32);
        cell[2] = (uint32_t)run->start;
        cell[3] = drc_index(DRC_LMB, (uint32_t)(run->start / desc->lmb));
        cell[4] = run->array;
        cell[5] = run->flags;
    }
    dt_add_cells(builder, "ibm,dynamic-memory-v2", cells, 1 + runs->len * LMB_SET_CELLS);
}

/** An entry for each block, for clients that know nothing shorter. */
static void dt_add_lmbs_v1(DtBuilder *builder, const MachineDesc *desc)
{
    uint64_t all = desc->max_memory / desc->lmb;
    g_autoptr(GArray) runs = lmb_runs(desc);
    g_autofree uint32_t *cells = g_new0(uint32_t, 1 + all * LMB_CELLS);
    uint32_t *cell = cells + 1;

    cells[0] = (uint32_t)all;
    for (unsigned i = 0; i < runs->len; i++) {
        const LmbRun *run = &g_array_index(runs, LmbRun, i);

        for (uint64_t base = run->start; base < run->end; base += desc->lmb, cell += LMB_CELLS) {
            cell[0] = (uint32_t)(base >> 32);
            cell[1] = (uint32_t)base;
            cell[2] = drc_index(DRC_LMB, (uint32_t)(base / desc->lmb));
            cell[4] = run->array;
            cell[5] = run->flags;
        }
    }
    dt_add_cells(builder, "ibm,dynamic-memory", cells, 1 + all * LMB_CELLS);
}

void dt_add_associativity(DtBuilder *builder, const uint32_t *list, uint32_t length)
{
    uint32_t cells[1 + NUMA_ASSOCIATIVITY_CPU] = {length};

    memcpy(cells + 1, list, length * sizeof(*list));
    dt_add_cells(builder, "ibm,associativity", cells, 1 + length);
}

/** Count of arrays, their length, and one for each node, which its blocks stand in. */
static void dt_add_lookup_arrays(DtBuilder *builder, const MachineDesc *desc)
{
    uint32_t nodes = numa_nodes(desc->config);
    uint32_t cells[2 + CONFIG_MAX_NODES * NUMA_LEVELS] = {nodes, NUMA_LEVELS};

    for (uint32_t node = 0; node < nodes; node++)
        numa_node_associativity(desc->config, node, cells + 2 + node * NUMA_LEVELS);
    dt_add_cells(builder, "ibm,associativity-lookup-arrays", cells, 2 + nodes * NUMA_LEVELS);
}

/** [@start, @end), which are in one node. */
static void dt_add_memory_node(DtBuilder *builder, const MachineDesc *desc, uint64_t start,
                               uint64_t end)
{
    uint32_t list[NUMA_LEVELS];

    numa_node_associativity(desc->config, numa_node_of_memory(desc->config, start), list);
    dt_begin_node(builder, "memory@%" G_GINT64_MODIFIER "x", start);
    dt_add_string(builder, "device_type", "memory");
    dt_add_cell_list(builder, "reg", DT_CELLS_64(start), DT_CELLS_64(end - start));
    dt_add_associativity(builder, list, NUMA_LEVELS);
    dt_end_node(builder);
}

static void dt_add_drconf_memory(DtBuilder *builder, const MachineDesc *desc)
{
    dt_begin_node(builder, "ibm,dynamic-reconfiguration-memory");
    dt_add_u64(builder, "ibm,lmb-size", desc->lmb);
    dt_add_u32(builder, "ibm,memory-flags-mask",
               desc->max_memory > desc->memory ? LMB_FLAGS_WITH_PLUGGED : LMB_FLAGS);
    dt_add_u32(builder, "ibm,memory-preservation-time", 0);
    dt_add_lookup_arrays(builder, desc);
    if (desc->terms.drmem_v2)
        dt_add_lmbs_v2(builder, desc);
    else
        dt_add_lmbs_v1(builder, desc);
    dt_end_node(builder);
}

/** What the real mode area leaves of each node. */
static void dt_add_nodes_memory(DtBuilder *builder, const MachineDesc *desc)
{
    uint64_t at = desc->rma;

    for (unsigned node = 0; node < numa_nodes(desc->config); node++) {
        uint64_t end = numa_memory_end(desc->config, node);

        if (end > at)
            dt_add_memory_node(builder, desc, at, end);
        at = MAX(at, end);
    }
}

void dt_add_one_lmb(DtBuilder *builder, const MachineDesc *desc, unsigned lmb)
{
    dt_add_memory_node(builder, desc, lmb * desc->lmb, (lmb + UINT64_C(1)) * desc->lmb);
}

/** Plugged memory lies between boot memory and the largest address, in order, in whole blocks. */
static gboolean plugged_fits(const MachineDesc *desc)
{
    uint64_t at = desc->memory;

    for (unsigned i = 0; i < desc->n_plugged; i++) {
        const GuestRange *range = &desc->plugged[i];

        if (range->start < at || range->end <= range->start || range->start % desc->lmb ||
            range->end % desc->lmb)
            return FALSE;
        at = range->end;
    }
    return at <= desc->max_memory;
}

void dt_add_memory(DtBuilder *builder, const MachineDesc *desc)
{
    if (!desc->lmb || !desc->rma || desc->rma > desc->memory || desc->rma % desc->lmb ||
        desc->memory % desc->lmb || desc->max_memory % desc->lmb ||
        desc->max_memory / desc->lmb > MACHINE_MAX_LMBS || !plugged_fits(desc)) {
        dt_fail(builder, "memory is not made of whole logical memory blocks");
        return;
    }

    dt_add_memory_node(builder, desc, 0, desc->rma);
    if (desc->terms.drconf_memory)
        dt_add_drconf_memory(builder, desc);
    else
        dt_add_nodes_memory(builder, desc);
    for (unsigned i = 0; i < desc->n_plugged && !desc->terms.drconf_memory; i++)
        dt_add_memory_node(builder, desc, desc->plugged[i].start, desc->plugged[i].end);
}
