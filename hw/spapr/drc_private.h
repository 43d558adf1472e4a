/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What drc.c and drc_configure.c share. */
#pragma once

#include "hw/spapr/drc.h"

enum {
    DRC_MAX_FAMILIES = 16,
    /** Nodes that are being told at a time; of more, the oldest is given up. */
    DRC_WALKS = 8,
};

/** Bits of a unit's state. */
enum {
    DRC_S_ATTACHED = 1 << 0,
    DRC_S_USABLE = 1 << 1,
    DRC_S_UNISOLATED = 1 << 2,
    /** The platform wants it back. */
    DRC_S_UNPLUG = 1 << 4,
    /** ... and the guest does not give it. */
    DRC_S_REFUSED = 1 << 5,
    DRC_S_FIXED = 1 << 6,
    /** Its node is being told. */
    DRC_S_CONFIGURING = 1 << 7,

    DRC_S_GUESTS = DRC_S_USABLE | DRC_S_UNISOLATED,
};

#define DRC_NOT_WATCHED UINT32_MAX

struct DrcFamily {
    DrcTable *table;
    /** Constant, but for its count. */
    DrcFamilyDesc desc;
    /* With the table's lock. */
    uint8_t *states;
    /** The unit of drc_watch(), and whether it was looked at. */
    uint32_t watched;
    gboolean seen;
};

/** A node that a guest is being told of. */
typedef struct {
    /** NULL: none. */
    DrcFamily *family;
    uint32_t unit;
    /** Owned. */
    void *fdt;
    /** Offset of the tag that comes next, and how many nodes are open. */
    int offset, depth;
    /** The larger, the younger. */
    uint64_t age;
} DrcWalk;

struct DrcTable {
    /** Protects all below and the families' states. Taken before Vcpu.lock. */
    GMutex lock;
    DrcWalk walks[DRC_WALKS];
    uint64_t age;
    /** Constant once the machine exists. */
    DrcFamily *families[DRC_MAX_FAMILIES];
    unsigned n_families;
};

/** Whether a unit in @state is the guest's. */
static inline gboolean drc_is_taken(const DrcFamily *family, uint8_t state)
{
    return (state & (family->desc.physical ? DRC_S_UNISOLATED : DRC_S_USABLE)) != 0;
}

/* Lock held. */
DrcFamily *drc_find(DrcTable *table, uint32_t index, uint32_t *unit);
void drc_walk_drop(DrcFamily *family, uint32_t unit);
void drc_walks_drop(DrcTable *table);
