/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ibm,configure-connector (LoPAR 13.5.3.5): the node of what was plugged goes to
 * the guest in steps, each by a call: a node begins, a property, a node ends.
 *
 * The state between the calls is here, not in the guest's work area, which is
 * written only.
 */
#include <libfdt.h>
#include <string.h>

#include "hw/spapr/drc_private.h"

/** The service's status. */
enum {
    CONFIGURE_DONE = 0,
    CONFIGURE_NEXT_CHILD = 2,
    CONFIGURE_NEXT_PROPERTY = 3,
    CONFIGURE_PARENT = 4,
    CONFIGURE_MORE_MEMORY = 5,
    CONFIGURE_NOT_CONFIGURABLE = -9003,
};

/** Words of the work area, and what follows them. */
typedef struct {
    be32 drc_index;
    be32 zero;
    be32 name_offset;
    be32 value_length;
    be32 value_offset;
} WorkArea;
G_STATIC_ASSERT(sizeof(WorkArea) == 20);

enum { WORK_AREA_SIZE = 4096 };

static void walk_end(DrcWalk *walk)
{
    g_free(walk->fdt);
    *walk = (DrcWalk){0};
}

static DrcWalk *walk_find(DrcFamily *family, uint32_t unit)
{
    for (unsigned i = 0; i < DRC_WALKS; i++) {
        DrcWalk *walk = &family->table->walks[i];

        if (walk->family == family && walk->unit == unit)
            return walk;
    }
    return NULL;
}

void drc_walk_drop(DrcFamily *family, uint32_t unit)
{
    DrcWalk *walk = walk_find(family, unit);

    if (walk)
        walk_end(walk);
}

void drc_walks_drop(DrcTable *table)
{
    for (unsigned i = 0; i < DRC_WALKS; i++)
        walk_end(&table->walks[i]);
}

/** A walk that begins, in the place of the oldest if need be. NULL without a node. */
static DrcWalk *walk_begin(DrcFamily *family, uint32_t unit)
{
    DrcTable *table = family->table;
    DrcWalk *walk = &table->walks[0];

    void *fdt = family->desc.ops->describe(family->desc.opaque, unit);
    int offset = fdt ? fdt_first_subnode(fdt, 0) : -1;
    if (offset < 0) {
        g_free(fdt);
        return NULL;
    }
    for (unsigned i = 1; i < DRC_WALKS; i++) {
        if (table->walks[i].age < walk->age)
            walk = &table->walks[i];
    }
    walk_end(walk);
    *walk = (DrcWalk){family, unit, fdt, offset, 0, ++table->age};
    family->states[unit] |= DRC_S_CONFIGURING;
    return walk;
}

/** Write a name, and a value if there is one, to the work area. */
static RtasStatus tell(const GuestMem *mem, GuestAddr area, const char *name, const void *value,
                       size_t length, RtasStatus status)
{
    size_t name_size = strlen(name) + 1;
    WorkArea head;

    if (name_size > WORK_AREA_SIZE - sizeof(head) ||
        length > WORK_AREA_SIZE - sizeof(head) - name_size)
        return CONFIGURE_MORE_MEMORY;
    head.name_offset = be32_of(sizeof(head));
    head.value_length = be32_of((uint32_t)length);
    head.value_offset = be32_of((uint32_t)(sizeof(head) + name_size));

    size_t from = offsetof(WorkArea, name_offset);
    if (!guest_mem_write(mem, area + from, &head.name_offset, sizeof(head) - from) ||
        !guest_mem_write(mem, area + sizeof(head), name, name_size) ||
        (length && !guest_mem_write(mem, area + sizeof(head) + name_size, value, length)))
        return RTAS_PARAM_ERROR;
    return status;
}

/** The walk's next step. It has ended with any status but the three of a step. */
static RtasStatus walk_step(DrcWalk *walk, const GuestMem *mem, GuestAddr area)
{
    for (;;) {
        const char *name;
        const void *value;
        int next, length, at = walk->offset;
        uint32_t tag = fdt_next_tag(walk->fdt, at, &next);
        RtasStatus status;

        switch (tag) {
        case FDT_BEGIN_NODE:
            status =
                tell(mem, area, fdt_get_name(walk->fdt, at, NULL), NULL, 0, CONFIGURE_NEXT_CHILD);
            walk->depth += status == CONFIGURE_NEXT_CHILD;
            break;
        case FDT_PROP:
            value = fdt_getprop_by_offset(walk->fdt, at, &name, &length);
            status = value ? tell(mem, area, name, value, (size_t)length, CONFIGURE_NEXT_PROPERTY)
                           : RTAS_HW_ERROR;
            break;
        case FDT_END_NODE:
            status = --walk->depth > 0 ? CONFIGURE_PARENT : CONFIGURE_DONE;
            break;
        case FDT_NOP:
            walk->offset = next;
            continue;
        default:
            return RTAS_HW_ERROR;
        }
        if (status > 0 && status != CONFIGURE_MORE_MEMORY)
            walk->offset = next;
        return status;
    }
}

/** Lock held. */
static RtasStatus configure(DrcFamily *family, uint32_t unit, const GuestMem *mem, GuestAddr area)
{
    uint8_t *state = &family->states[unit];

    if (!(*state & DRC_S_ATTACHED) || !(*state & DRC_S_UNISOLATED))
        return CONFIGURE_NOT_CONFIGURABLE;

    DrcWalk *walk = walk_find(family, unit);
    if (!walk && *state & DRC_S_CONFIGURING) {
        /* It was given up: the guest is at too many at a time. */
        *state &= (uint8_t)~DRC_S_CONFIGURING;
        return RTAS_HW_ERROR;
    }
    if (!walk)
        walk = walk_begin(family, unit);
    if (!walk)
        return RTAS_HW_ERROR;

    RtasStatus status = walk_step(walk, mem, area);
    if (status <= CONFIGURE_DONE) {
        *state &= (uint8_t)~DRC_S_CONFIGURING;
        walk_end(walk);
    }
    return status;
}

RtasStatus drc_configure(DrcTable *table, const GuestMem *mem, GuestAddr area)
{
    uint32_t index, unit;

    if (!guest_mem_load_be32(mem, area, &index))
        return RTAS_PARAM_ERROR;
    g_mutex_lock(&table->lock);
    DrcFamily *family = drc_find(table, index, &unit);
    RtasStatus status = family ? configure(family, unit, mem, area) : RTAS_PARAM_ERROR;
    g_mutex_unlock(&table->lock);
    return status;
}
