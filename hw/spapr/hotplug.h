/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What this machine has beyond what it started with, and what it may come to
 * have: cores and memory at dynamic reconfiguration connectors.
 *
 * This is what is plugged from the platform's view: the program's top (src/vmm)
 * adds and takes away, with all vCPUs parked; the device tree is made from it.
 */
#pragma once

#include <stdint.h>

#include <glib.h>

#include "hw/spapr/drc.h"
#include "hw/spapr/machine_desc.h"
#include "include/paprika/vm.h"

typedef struct Hotplug {
    Vm *vm;
    /** All connectors; other parts of the platform add their families. */
    DrcTable *drcs;
    /** A unit is a core. */
    DrcFamily *cores;
    /** A unit is a logical memory block; as many as lmb makes of the largest memory. */
    DrcFamily *lmbs;
    /** Bytes of a block; 0 before a guest was described. Written with no vCPU running but the
     * writer's. */
    uint64_t lmb;
    /** Bytes of the real mode area that the connectors were made for. The same threads. */
    uint64_t rma;

    /* Main thread writes, with all vCPUs parked. */
    /** Cores that are there: one byte for each that may be. */
    uint8_t *core_present;
    unsigned max_cores;
    /** GuestRange: plugged memory, in ascending order. */
    GArray *memory;

    /** What to do when the guest has acted; set once, before vCPUs run. Any thread. */
    void (*changed)(void *opaque);
    void *opaque;
} Hotplug;

/** The cores of vm->config are there. Main thread. */
Hotplug *hotplug_new(Vm *vm);
void hotplug_free(Hotplug *hotplug);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Hotplug, hotplug_free)

/** A block's size has been settled for @desc: connectors follow. False without memory for them. */
gboolean hotplug_settle(Hotplug *hotplug, const MachineDesc *desc, GError **error);

/** What is there goes into @desc, which borrows it, before it is planned. */
void hotplug_describe(const Hotplug *hotplug, MachineDesc *desc);

/** The node that the guest is told of by @make, one of dt_build_*(); NULL, and a word in the log.
 */
void *hotplug_describe_node(const Vm *vm, void *(*make)(const MachineDesc *, unsigned, GError **),
                            uint32_t unit);
/** The guest has acted on a connector. Any thread, no lock held. */
void hotplug_tell(Hotplug *hotplug);

/** As after power-on. vCPUs parked. */
void hotplug_reset(Hotplug *hotplug);

/* Main thread, vCPUs parked. */
void hotplug_set_core(Hotplug *hotplug, unsigned core, gboolean present);
void hotplug_add_memory(Hotplug *hotplug, uint64_t base, uint64_t size);
void hotplug_remove_memory(Hotplug *hotplug, uint64_t base);

/** The first unit, and the number of units, of plugged memory. */
static inline uint32_t hotplug_lmb_unit(const Hotplug *hotplug, uint64_t bytes)
{
    return (uint32_t)(bytes / hotplug->lmb);
}
