/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "mmu/proc_table.h"

/** A radix process table: in real memory, aligned to its size, 2^(12 + size) bytes. */
static HcallRet proc_table_parse_radix(uint64_t base, uint64_t page_size, uint64_t table_size,
                                       ProcTable *out)
{
    if (table_size > PROC_TABLE_MAX_SIZE)
        return H_P4;
    if (base & ((UINT64_C(1) << (table_size + 12)) - 1) || base >> 60)
        return H_P2;
    if (page_size)
        return H_P3;
    out->pate1 = PATE1_GUEST_RADIX | base | table_size;
    return H_SUCCESS;
}

/** A hash guest's process table is itself mapped through a segment: base is a VSID. */
static HcallRet proc_table_parse_hash(uint64_t base, uint64_t page_size, uint64_t table_size,
                                      ProcTable *out)
{
    if (table_size > PROC_TABLE_MAX_SIZE)
        return H_P4;
    if (base >> 38)
        return H_P2;
    if (page_size & ~UINT64_C(7))
        return H_P3;
    out->pate1 = base << 25 | page_size << 5 | table_size;
    return H_SUCCESS;
}

HcallRet proc_table_parse(uint64_t flags, uint64_t base, uint64_t page_size, uint64_t table_size,
                          const ProcTable *registered, ProcTable *out)
{
    uint64_t type = flags & PROC_TABLE_TYPE_MASK;

    if (flags & ~(uint64_t)PROC_TABLE_FLAGS)
        return H_PARAMETER;
    /* Segment tables (HPT by process table) are not served, nor is the fourth code. */
    if (type != PROC_TABLE_TYPE_HPT_SLB && type != PROC_TABLE_TYPE_RADIX)
        return H_PARAMETER;

    *out = *registered;
    switch (flags & PROC_TABLE_OP_MASK) {
    case PROC_TABLE_OP_NONE:
        if ((type == PROC_TABLE_TYPE_RADIX) != !!registered->radix)
            return H_PARAMETER;
        out->gtse = !!(flags & PROC_TABLE_GTSE);
        return H_SUCCESS;
    case PROC_TABLE_OP_DEREGISTER:
        *out = (ProcTable){
            .radix = registered->radix,
            .pate1 = registered->pate1 & PATE1_GUEST_RADIX,
            .gtse = !!(flags & PROC_TABLE_GTSE),
        };
        return H_SUCCESS;
    case PROC_TABLE_OP_REGISTER:
        out->radix = type == PROC_TABLE_TYPE_RADIX;
        out->gtse = !!(flags & PROC_TABLE_GTSE);
        if (out->radix)
            return proc_table_parse_radix(base, page_size, table_size, out);
        return proc_table_parse_hash(base, page_size, table_size, out);
    default:
        return H_PARAMETER;
    }
}
