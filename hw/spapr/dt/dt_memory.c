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
};

/** DRC index of block 0; the type is in the top bits. */
#define LMB_DRC_BASE UINT32_C(0x80000000)
/** A block that stands in no associativity array. */
#define LMB_NO_ARRAY UINT32_C(0xffffffff)

enum { LMB_CELLS = 6, LMB_SET_CELLS = 6, LMB_MAX_SETS = 1 + CONFIG_MAX_NODES };

/** Cells of one run of @count blocks from block number @first on. */
static unsigned lmb_set(uint32_t *cells, const MachineDesc *desc, uint64_t first, uint64_t count,
                        uint32_t array, uint32_t flags)
{
    uint64_t base = first * desc->lmb;

    cells[0] = (uint32_t)count;
    cells[1] = (uint32_t)(base >> 32);
    cells[2] = (uint32_t)base;
    cells[3] = LMB_DRC_BASE | (uint32_t)first;
    cells[4] = array;
    cells[5] = flags;
    return LMB_SET_CELLS;
}

static void dt_add_lmbs_v2(DtBuilder *builder, const MachineDesc *desc)
{
    uint32_t cells[1 + LMB_MAX_SETS * LMB_SET_CELLS];
    uint64_t at = desc->rma / desc->lmb;
    unsigned used = 1;

    used += lmb_set(cells + used, desc, 0, at, LMB_NO_ARRAY, LMB_RESERVED | LMB_DRC_INVALID);
    for (unsigned node = 0; node < numa_nodes(desc->config); node++) {
        uint64_t end = numa_memory_end(desc->config, node) / desc->lmb;

        if (end <= at)
            continue;
        used += lmb_set(cells + used, desc, at, end - at, node, LMB_ASSIGNED);
        at = end;
    }
    cells[0] = (used - 1) / LMB_SET_CELLS;
    dt_add_cells(builder, "ibm,dynamic-memory-v2", cells, used);
}

/** An entry for each block, for clients that know nothing shorter. */
static void dt_add_lmbs_v1(DtBuilder *builder, const MachineDesc *desc)
{
    uint64_t all = desc->memory / desc->lmb, in_rma = desc->rma / desc->lmb;
    g_autofree uint32_t *cells = g_new0(uint32_t, 1 + all * LMB_CELLS);

    cells[0] = (uint32_t)all;
    for (uint64_t i = 0; i < all; i++) {
        uint32_t *cell = cells + 1 + i * LMB_CELLS;
        uint64_t base = i * desc->lmb;

        cell[0] = (uint32_t)(base >> 32);
        cell[1] = (uint32_t)base;
        cell[2] = LMB_DRC_BASE | (uint32_t)i;
        cell[4] = i < in_rma ? LMB_NO_ARRAY : numa_node_of_memory(desc->config, base);
        cell[5] = i < in_rma ? LMB_RESERVED | LMB_DRC_INVALID : LMB_ASSIGNED;
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
    dt_add_u32(builder, "ibm,memory-flags-mask", 0xff);
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

void dt_add_memory(DtBuilder *builder, const MachineDesc *desc)
{
    if (!desc->lmb || !desc->rma || desc->rma > desc->memory || desc->rma % desc->lmb ||
        desc->memory % desc->lmb || desc->memory / desc->lmb > MACHINE_MAX_LMBS) {
        dt_fail(builder, "memory is not made of whole logical memory blocks");
        return;
    }

    dt_add_memory_node(builder, desc, 0, desc->rma);
    if (desc->terms.drconf_memory)
        dt_add_drconf_memory(builder, desc);
    else
        dt_add_nodes_memory(builder, desc);
}
