/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What src/vmm/plug*.c share. */
#pragma once

#include "hw/spapr/event_log.h"
#include "hw/spapr/hotplug.h"
#include "src/base/main_call.h"
#include "src/vmm/plug.h"

/** A device whose removal may have been asked for. */
typedef struct {
    /** Owned; NULL: none. */
    char *id;
    /** It was asked back, at this monotonic time; 0: it was not. */
    gint64 asked;
    /** A core that the machine started with. */
    gboolean cold;
} PlugDevice;

typedef struct {
    PlugDevice device;
    /** Owned, or NULL. */
    char *backend;
    uint64_t addr, size;
    unsigned slot;
} Dimm;

struct Plug {
    Vm *vm;
    Hotplug *hotplug;
    /** By core. */
    PlugDevice *cores;
    /** Dimm, in the order of their addresses; owned. */
    GPtrArray *dimms;
    /** Name to size; both owned. */
    GHashTable *backends;

    /** The guest has acted on a connector. */
    MainCall *look;
    /** Once a second while something is waited for; 0: nothing is. */
    guint timer;
    /** Its turns since the guest was last told of something. */
    unsigned ticks;
    /** At its last look the guest had never read what it was told. */
    gboolean unread;
    /** When the guest was last asked whether it has done all before; 0: not since it answered. */
    gint64 probed;
};

/* plug_wait.c */
/** @device has been asked back; its outcome is waited for. */
void plug_wait_for(Plug *plug, PlugDevice *device);
/** The guest was told of something. */
void plug_watch(Plug *plug);
void plug_wait_init(Plug *plug);
void plug_wait_finish(Plug *plug);

/** Post @event, if the guest takes such events. */
gboolean plug_post(Plug *plug, const Event *event);
gboolean plug_guest_listens(const Plug *plug);

/** A core, or memory, that the guest has given up goes. */
void plug_core_gone(Plug *plug, unsigned core);
void plug_dimm_gone(Plug *plug, Dimm *dimm);
