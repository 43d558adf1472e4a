/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From an effective address through a radix guest's own tables to a guest real
 * address (Power ISA 3.0, Book III, 5.7.10): process table, page directories,
 * page table entry; for the debugger and for dumps.
 *
 * The tables are the guest's, so anything may be in them. A walk reads at most
 * RADIX_STEPS_MAX + 1 doublewords. The guest may change them meanwhile; each is
 * read once.
 */
#pragma once

#include <stdint.h>

#include <glib.h>

enum {
    /** Levels of the one tree of 52 bits that processors have: 13, 9, 9 and 9 or 5 bits. */
    RADIX_STEPS_MAX = 4,
    RADIX_ADDRESS_BITS = 52,
};

/* A page table entry. */
#define RADIX_PTE_PRESENT (UINT64_C(1) << 63)
#define RADIX_PTE_LEAF (UINT64_C(1) << 62)
#define RADIX_PTE_RPN UINT64_C(0x01fffffffffff000)
#define RADIX_PTE_R UINT64_C(0x100)
#define RADIX_PTE_C UINT64_C(0x080)
#define RADIX_PTE_ATTRIBUTES UINT64_C(0x030)
#define RADIX_PTE_PRIVILEGED UINT64_C(0x008)
#define RADIX_PTE_READ UINT64_C(0x004)
#define RADIX_PTE_WRITE UINT64_C(0x002)
#define RADIX_PTE_EXECUTE UINT64_C(0x001)

/**
 * The big-endian doubleword at guest real address @addr to *@value, in host
 * order; false if nothing is there. guest_mem_load_be64() is one but for the type.
 */
typedef gboolean (*RadixReadFunc)(void *opaque, uint64_t addr, uint64_t *value);

typedef enum {
    RADIX_WALK_FOUND,
    /** An address that no process has: the quadrant, or bits beyond the tree's. */
    RADIX_WALK_BAD_ADDRESS,
    /** No radix process table, or a size field beyond its bounds. */
    RADIX_WALK_NO_TABLE,
    /** The process id is beyond the process table. */
    RADIX_WALK_NO_PROCESS,
    /** A table is where no memory is: at RadixWalk.failed. */
    RADIX_WALK_NO_MEMORY,
    /** A tree or a level of a size that no processor takes, or not aligned to it. */
    RADIX_WALK_BAD_TREE,
    /** The last step's entry is not present. */
    RADIX_WALK_NOT_PRESENT,
    /** A leaf where none may be, or of an address not aligned to the page. */
    RADIX_WALK_BAD_LEAF,
} RadixWalkStatus;

/** One level. */
typedef struct {
    /** Guest real address of the directory, and the entry's number in it. */
    uint64_t table;
    uint32_t index;
    /** The entry. */
    uint64_t value;
    /** log2 of the bytes that one entry here covers. */
    unsigned shift;
} RadixStep;

typedef struct {
    /** What the walk was made for. */
    uint64_t ea;
    uint32_t pid;
    /** First doubleword of the process table entry, and where it is. */
    uint64_t process;
    uint64_t process_addr;
    unsigned steps;
    RadixStep path[RADIX_STEPS_MAX];
    /** The address that could not be read (RADIX_WALK_NO_MEMORY). */
    uint64_t failed;

    /* With RADIX_WALK_FOUND only: the leaf, log2 of its page's bytes, the guest real address. */
    uint64_t pte;
    unsigned page_shift;
    uint64_t real;
} RadixWalk;

/**
 * Translate @ea for process @pid (the PID register). @pate1 is the second
 * doubleword of the partition table entry, as registered (mmu/proc_table.h).
 * *@walk has as much of the path as there is, whatever the outcome.
 */
RadixWalkStatus radix_walk(RadixReadFunc read, void *opaque, uint64_t pate1, uint32_t pid,
                           uint64_t ea, RadixWalk *walk);

/** What @status means, for a message; never NULL. */
const char *radix_walk_status_name(RadixWalkStatus status);
