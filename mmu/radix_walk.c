/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "mmu/radix_walk.h"

#include "mmu/proc_table.h"

/* The partition table entry's second doubleword. */
#define PATE1_TABLE UINT64_C(0x0ffffffffffff000)
#define PATE1_SIZE UINT64_C(0x1f)

/* The process table entry's first doubleword: the tree's size in two parts. */
#define PRTE_SIZE_HIGH(word) ((unsigned)((word) >> 61 & 3) << 3)
#define PRTE_SIZE_LOW(word) ((unsigned)((word) >> 5 & 7))

/* The same in it and in a directory's entry: the next table, and the log2 of its entries. */
#define NEXT_TABLE UINT64_C(0x0fffffffffffff00)
#define NEXT_BITS UINT64_C(0x1f)

enum {
    PROCESS_ENTRY_SIZE = 16,
    PROCESS_TABLE_SHIFT_MIN = 12,
    /** The tree's size counts from here. */
    TREE_BITS_MIN = 31,
    /** Pages of the topmost level would have 512G: there are none. */
    LEVEL_TOP = 3,
};

static gboolean level_has_size(unsigned level, unsigned bits)
{
    switch (level) {
    case 3:
        return bits == 13;
    case 0:
        return bits == 9 || bits == 5;
    default:
        return bits == 9;
    }
}

/** The process table entry for @pid. */
static RadixWalkStatus find_process(RadixReadFunc read, void *opaque, uint64_t pate1, uint32_t pid,
                                    RadixWalk *walk)
{
    uint64_t size = pate1 & PATE1_SIZE;

    if (!(pate1 & PATE1_GUEST_RADIX) || size > PROC_TABLE_MAX_SIZE)
        return RADIX_WALK_NO_TABLE;
    if ((uint64_t)pid * PROCESS_ENTRY_SIZE >= UINT64_C(1) << (size + PROCESS_TABLE_SHIFT_MIN))
        return RADIX_WALK_NO_PROCESS;
    walk->process_addr = (pate1 & PATE1_TABLE) + (uint64_t)pid * PROCESS_ENTRY_SIZE;
    if (!read(opaque, walk->process_addr, &walk->process)) {
        walk->failed = walk->process_addr;
        return RADIX_WALK_NO_MEMORY;
    }
    if (PRTE_SIZE_HIGH(walk->process) + PRTE_SIZE_LOW(walk->process) + TREE_BITS_MIN !=
        RADIX_ADDRESS_BITS)
        return RADIX_WALK_BAD_TREE;
    return RADIX_WALK_FOUND;
}

static RadixWalkStatus take_leaf(RadixWalk *walk, const RadixStep *step, unsigned level)
{
    uint64_t in_page = (UINT64_C(1) << step->shift) - 1;

    if (level == LEVEL_TOP || step->value & RADIX_PTE_RPN & in_page)
        return RADIX_WALK_BAD_LEAF;
    walk->pte = step->value;
    walk->page_shift = step->shift;
    walk->real = (step->value & RADIX_PTE_RPN) | (walk->ea & in_page);
    return RADIX_WALK_FOUND;
}

RadixWalkStatus radix_walk(RadixReadFunc read, void *opaque, uint64_t pate1, uint32_t pid,
                           uint64_t ea, RadixWalk *walk)
{
    unsigned quadrant = (unsigned)(ea >> 62);

    /* The quadrants between are the hypervisor's; the upper one is always process 0's. */
    *walk = (RadixWalk){.ea = ea, .pid = quadrant == 3 ? 0 : pid};
    if (quadrant == 1 || quadrant == 2 || ea << 2 >> 2 >> RADIX_ADDRESS_BITS)
        return RADIX_WALK_BAD_ADDRESS;

    RadixWalkStatus status = find_process(read, opaque, pate1, walk->pid, walk);
    if (status != RADIX_WALK_FOUND)
        return status;

    uint64_t next = walk->process;
    unsigned shift = RADIX_ADDRESS_BITS;
    for (unsigned level = LEVEL_TOP; walk->steps < RADIX_STEPS_MAX; level--) {
        unsigned bits = (unsigned)(next & NEXT_BITS);
        uint64_t table = next & NEXT_TABLE;

        if (!level_has_size(level, bits) || table & ((UINT64_C(8) << bits) - 1))
            return RADIX_WALK_BAD_TREE;
        shift -= bits;

        RadixStep *step = &walk->path[walk->steps];
        *step = (RadixStep){
            .table = table,
            .index = (uint32_t)(ea >> shift & ((UINT64_C(1) << bits) - 1)),
            .shift = shift,
        };
        uint64_t addr = table + UINT64_C(8) * step->index;
        if (!read(opaque, addr, &step->value)) {
            walk->failed = addr;
            return RADIX_WALK_NO_MEMORY;
        }
        walk->steps++;
        if (!(step->value & RADIX_PTE_PRESENT))
            return RADIX_WALK_NOT_PRESENT;
        if (step->value & RADIX_PTE_LEAF)
            return take_leaf(walk, step, level);
        next = step->value;
    }
    /* Even the last level is a directory. */
    return RADIX_WALK_BAD_TREE;
}

const char *radix_walk_status_name(RadixWalkStatus status)
{
    static const char *const names[] = {
        [RADIX_WALK_FOUND] = "found",
        [RADIX_WALK_BAD_ADDRESS] = "no address of a process",
        [RADIX_WALK_NO_TABLE] = "no process table",
        [RADIX_WALK_NO_PROCESS] = "the process table ends before this process",
        [RADIX_WALK_NO_MEMORY] = "a table lies outside of memory",
        [RADIX_WALK_BAD_TREE] = "a level of the tree has a size that no processor takes",
        [RADIX_WALK_NOT_PRESENT] = "not present",
        [RADIX_WALK_BAD_LEAF] = "a malformed leaf",
    };

    return status < G_N_ELEMENTS(names) ? names[status] : "unknown";
}
