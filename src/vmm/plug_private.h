/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What src/vmm/plug*.c share. */
#pragma once

#include "hw/spapr/event_log.h"
#include "hw/spapr/hotplug.h"
#include "src/base/main_call.h"
#include "src/vmm/plug.h"
#include "src/vmm/plug_cards.h"

typedef struct Dimm Dimm;

/** A device whose removal may have been asked for. */
typedef struct {
    /** What it is part of; both NULL: it is the core that stands at its place in Plug.cores. */
    Dimm *dimm;
    PlugCard *card;
    /** Owned; NULL: none. */
    char *id;
    /** It was asked back, at this monotonic time; 0: it was not. */
    gint64 asked;
    /** Seconds that the guest ran since, of a card. */
    unsigned waited;
    /** A core that the machine started with. */
    gboolean cold;
} PlugDevice;

struct PlugCard {
    PlugDevice device;
    PciDeviceKind kind;
    unsigned bridge, slot;
    /** The function's. */
    VirtioDevice *virtio;
    /** Of a disk of the configuration; borrowed. */
    const char *file;
    /** What it works on; both NULL: something of the configuration, or nothing. */
    BlockNode *block;
    NetNode *net;
};

struct Dimm {
    PlugDevice device;
    /** Owned, or NULL. */
    char *backend;
    uint64_t addr, size;
    unsigned slot;
};

struct Plug {
    Vm *vm;
    Hotplug *hotplug;
    /** By core. */
    PlugDevice *cores;
    /** Dimm, in the order of their addresses; owned. */
    GPtrArray *dimms;
    /** Name to size; both owned. */
    GHashTable *backends;
    /** PlugCard: devices on PCI, those that the machine started with too; owned. */
    GPtrArray *cards;
    /** What those that were plugged work on; owned. */
    Backends *parts;

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

/* plug.c */
/** Whether a device or backend may be called @id. */
gboolean plug_check_id(const Plug *plug, const char *id, GError **error);

/* plug_cards.c */
void plug_cards_init(Plug *plug);
void plug_cards_finish(Plug *plug);
PlugCard *plug_find_card(const Plug *plug, const char *id);
/** Whether it can be asked back at all. */
gboolean plug_card_may_go(const Plug *plug, const PlugCard *card, GError **error);
void plug_card_gone(Plug *plug, PlugCard *card);

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

/** A device as its connectors see it. */
typedef struct {
    DrcFamily *family;
    uint32_t unit, count;
} PlugUnits;

/** QEMU's path of @device; the caller frees it. */
char *plug_device_path(const PlugDevice *device);
PlugUnits plug_device_units(const Plug *plug, const PlugDevice *device);
/** What tells the guest to take it or to give it back. */
Event plug_device_event(const Plug *plug, const PlugDevice *device, EventAction action);
/** A device that the guest has given up goes. */
void plug_device_gone(Plug *plug, PlugDevice *device);
