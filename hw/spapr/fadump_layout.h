/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The structure that a guest registers for its dump, read once and checked. */
#pragma once

#include <stdint.h>

#include <glib.h>

#include "hw/spapr/fadump.h"
#include "src/base/endian.h"
#include "src/base/guest_mem.h"

enum {
    /** What FadumpHeader.status says. */
    FADUMP_STATUS_PERFORMED = 0x8000,
    FADUMP_STATUS_TRIGGERED = 0x4000,
    FADUMP_STATUS_ERROR = 0x2000,
    /** FadumpSection.request: this one is wanted. */
    FADUMP_REQUEST = 1,
    /** FadumpSection.errors: its addresses cannot be used. */
    FADUMP_ERROR_ADDRESS = 0x4000,
};

/** The head; offsets are from its beginning. What is about a dump to a disk is not used. */
typedef struct {
    be32 version;
    be16 count;
    be16 status;
    be32 first;
    be32 disk_block_size;
    be64 disk_block;
    be64 disk_blocks;
    be32 disk_path;
    be32 max_seconds;
} FadumpHeader;
G_STATIC_ASSERT(sizeof(FadumpHeader) == 40);

typedef struct {
    be32 request;
    be16 type;
    be16 errors;
    be64 source;
    be64 length;
    be64 dumped;
    be64 destination;
} FadumpSection;
G_STATIC_ASSERT(sizeof(FadumpSection) == 40);

static inline gboolean fadump_is_requested(const FadumpSection *section)
{
    return (be32_get(section->request) & FADUMP_REQUEST) != 0;
}

typedef struct {
    unsigned count;
    /** As it goes into the tree: head, then sections. */
    struct {
        FadumpHeader header;
        FadumpSection sections[FADUMP_SECTIONS];
    } image;
} FadumpPlan;

/**
 * Read the structure of @size bytes at @addr, once: each source and destination is the guest's
 * memory, none overlaps another, and registers have @cpu_state_size bytes of room.
 * If not, *@why says so; static. Any thread.
 */
gboolean fadump_plan_read(FadumpPlan *plan, const GuestMem *mem, GuestAddr addr, uint64_t size,
                          uint64_t cpu_state_size, const char **why);

/** All memory from 0 up to what this returns has been copied without an error. */
GuestAddr fadump_plan_low_end(const FadumpPlan *plan);
