/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The PAPR platform's devices and firmware state that are not a controller of their own. */
#pragma once

#include <stdint.h>

#include <glib.h>

#include "hw/spapr/machine_terms.h"
#include "include/paprika/vm.h"

struct Vty;
struct Events;
struct Hotplug;
struct Nvram;
struct Watchdogs;
struct Fadump;
struct Chardev;

typedef struct Platform {
    /** Owned. */
    struct Vty *vty;
    struct Nvram *nvram;
    struct Watchdogs *watchdogs;
    struct Events *events;
    struct Hotplug *hotplug;
    struct Fadump *fadump;
    /** A UUID; owned. Constant. */
    char *uuid;

    /** Atomic: seconds that the guest's clock is ahead of the host's UTC. */
    int64_t rtc_offset;

    /**
     * What was settled with the client program (hw/spapr/cas.h). Written with
     * no vCPU running but the writer's; cpu_pvr is what KVM has of all vCPUs.
     */
    MachineTerms terms;

    /** Protects the fields below. */
    GMutex lock;
    /** ibm,nmi-register: real addresses of the handlers; valid if registered. */
    gboolean fwnmi_registered;
    uint64_t fwnmi_reset, fwnmi_machine_check;
    /** vCPU that handles a machine check (ibm,nmi-interlock ends it), or -1. */
    int64_t fwnmi_owner;
    /** Another vCPU waits for its turn. */
    gboolean fwnmi_awaited;
    /** Real address of RTAS's memory (hw/spapr/fwnmi.h). */
    uint64_t fwnmi_area;
} Platform;

/** @console goes over to the platform's terminal. vm->irq exists. Main thread. */
Platform *platform_new(Vm *vm, struct Chardev *console);
void platform_free(Platform *platform);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Platform, platform_free)

/** The guest's clock, in seconds since 1970, when the host's says @now microseconds. Any thread. */
static inline int64_t platform_time(const Platform *platform, int64_t now)
{
    return now / G_USEC_PER_SEC + __atomic_load_n(&platform->rtc_offset, __ATOMIC_RELAXED);
}

/** As after power-on; NVRAM and clock keep what they have. vCPUs parked. */
void platform_reset(Platform *platform);
