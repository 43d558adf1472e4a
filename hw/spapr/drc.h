/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Dynamic reconfiguration connectors (LoPAR chapter 13): the places where
 * processors, memory blocks and devices come and go, and what the guest and the
 * platform have done about each.
 *
 * Connectors of a kind are a family of units numbered from 0. A unit is a byte of
 * state, so that a family may have as many as a machine has memory blocks.
 *
 *             drc_attach()          allocate            unisolate          configure
 *    nothing -------------> unusable --------> available --------> unisolated ----> configured
 *
 * and back by isolate, set to unusable and, where the platform had asked for it
 * by drc_request_unplug(), out of the guest's hands: DRC_RELEASED. A physical
 * connector (a slot) has no allocation state: it is available once something is
 * attached.
 *
 * The table's lock is taken before Vcpu.lock. DrcOps.isolate is called with it.
 */
#pragma once

#include <stdint.h>

#include <glib.h>

#include "include/paprika/papr.h"
#include "src/base/guest_mem.h"

/** The top four bits of a connector's index. */
typedef enum {
    DRC_CPU = 1,
    DRC_PCI = 4,
    DRC_LMB = 8,
} DrcType;

enum { DRC_TYPE_SHIFT = 28 };

/** The index by which the guest names a connector (LoPAR, "ibm,my-drc-index"). */
static inline uint32_t drc_index(DrcType type, uint32_t id)
{
    return (uint32_t)type << DRC_TYPE_SHIFT | id;
}

/** Names of connectors, before the number. */
#define DRC_CPU_PREFIX "CPU "
#define DRC_LMB_PREFIX "LMB "
#define DRC_PCI_PREFIX "C"

/** Every connector is in the domain of what always has power. */
#define DRC_POWER_DOMAIN UINT32_C(0xffffffff)

typedef struct DrcTable DrcTable;
typedef struct DrcFamily DrcFamily;

typedef struct {
    /**
     * A flattened tree whose root has one child, @unit's node; the caller frees
     * it. NULL if it cannot be made. Any vCPU's thread, the table's lock held.
     */
    void *(*describe)(void *opaque, uint32_t unit);
    /**
     * The guest isolates @unit, or takes that back: false if it is in use, and
     * then stays as it is. May be NULL. Any vCPU's thread, the table's lock held.
     */
    gboolean (*isolate)(void *opaque, uint32_t unit, gboolean isolated);
    /**
     * What drc_unplug_state() says of a unit may have changed, or the connector
     * that drc_watch() named was looked at. Any vCPU's thread, no lock held.
     */
    void (*changed)(void *opaque);
} DrcOps;

typedef struct {
    DrcType type;
    /** No allocation state: what is attached is there. */
    gboolean physical;
    /** A unit's name and location code: this, and its id. */
    const char *prefix;
    /** Units, and their ids: @first, @first + @step, ... */
    uint32_t count, first, step;
    const DrcOps *ops;
    void *opaque;
} DrcFamilyDesc;

DrcTable *drc_table_new(void);
void drc_table_free(DrcTable *table);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(DrcTable, drc_table_free)

/** All units have nothing. The strings of @desc stay. Main thread, no vCPU runs. */
DrcFamily *drc_add_family(DrcTable *table, const DrcFamilyDesc *desc);

/** Another number of units, all with nothing. vCPUs parked, or none but the caller's running. */
gboolean drc_resize(DrcFamily *family, uint32_t count);

/** What a unit has once it is attached. */
typedef enum {
    /** The guest has to be told, and takes it. */
    DRC_HOT,
    /** The guest finds it when it starts. */
    DRC_COLD,
    /** The same, for good: it can't be isolated. */
    DRC_FIXED,
} DrcAttach;

/** Put something on @count units from @unit on. Any thread. */
void drc_attach(DrcFamily *family, uint32_t unit, uint32_t count, DrcAttach how);
/** Whatever state the guest has it in, nothing is there any more. Any thread. */
void drc_detach(DrcFamily *family, uint32_t unit, uint32_t count);

/** How far the removal of some units is. */
typedef enum {
    /** The guest has not done with them. */
    DRC_PENDING,
    /** It has given up all of them: they can be detached. */
    DRC_RELEASED,
    /** It keeps one at least. */
    DRC_REFUSED,
} DrcUnplug;

/**
 * The platform wants @count units from @unit on back: the guest is to be told, and
 * DrcOps.changed is called when it acts. What the guest has not taken is released
 * at once. Any thread.
 */
void drc_request_unplug(DrcFamily *family, uint32_t unit, uint32_t count);
/** The request is taken back. Those that the guest has given up stay attached. Any thread. */
void drc_withdraw_unplug(DrcFamily *family, uint32_t unit, uint32_t count);
DrcUnplug drc_unplug_state(DrcFamily *family, uint32_t unit, uint32_t count);
/** Whether the guest has all of those units. */
gboolean drc_is_guests(DrcFamily *family, uint32_t unit, uint32_t count);

/**
 * Tell, by the family's DrcOps.changed, when the guest looks at @unit's sensor;
 * drc_was_watched() then says so once. Main thread.
 */
void drc_watch(DrcFamily *family, uint32_t unit);
gboolean drc_was_watched(DrcFamily *family);

/** As after power-on: what is attached is the guest's, requests are forgotten. vCPUs parked. */
void drc_table_reset(DrcTable *table);

/* --- the guest's calls: any vCPU's thread ---------------------------------------------- */

enum { DRC_ISOLATED = 0, DRC_UNISOLATED = 1 };
enum { DRC_UNUSABLE = 0, DRC_USABLE = 1 };

/** What the sensor "dr-entity-sense" says. */
enum { DRC_SENSE_EMPTY = 0, DRC_SENSE_PRESENT = 1, DRC_SENSE_UNUSABLE = 2 };

/** Indicators 9001 and 9003, sensor 9003 (LoPAR 13.5.3): an RTAS status. */
RtasStatus drc_set_isolation(DrcTable *table, uint32_t index, uint32_t state);
RtasStatus drc_set_allocation(DrcTable *table, uint32_t index, uint32_t state);
RtasStatus drc_get_sense(DrcTable *table, uint32_t index, uint32_t *state);
gboolean drc_exists(DrcTable *table, uint32_t index);

/**
 * ibm,configure-connector (LoPAR 13.5.3.5): one step of telling the node at the
 * connector that the work area of 4096 bytes at @area names. What it returns is the
 * service's status.
 */
RtasStatus drc_configure(DrcTable *table, const GuestMem *mem, GuestAddr area);

/**
 * The connector whose number in the order of all is @at or the first after it:
 * its index and name, and *@at moves behind it. False at the end.
 */
gboolean drc_next(DrcTable *table, uint64_t *at, uint32_t *index, char name[32]);
/** The connector that @name is the name of. */
gboolean drc_find_name(DrcTable *table, const char *name, uint32_t *index);
