/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Cores, memory and devices (plug_cards.h) that come and go while the guest runs, as the user asks
 * for them. What is plugged is announced by an event, and is the guest's once it has
 * taken it; what is to go is asked back, and goes once the guest has given it up, which it
 * may refuse. The outcome is told by the monitor's events DEVICE_DELETED,
 * MEM_UNPLUG_ERROR and DEVICE_UNPLUG_GUEST_ERROR.
 *
 * Main thread, all of it.
 */
#pragma once

#include <stdint.h>

#include <glib.h>

#include "include/paprika/vm.h"

enum {
    /** Pieces of plugged memory, and what they are made of, at most. */
    PLUG_MAX_DIMMS = 256,
    /** Memory slots of KVM for them; those below are boot memory's and the controllers'. */
    PLUG_FIRST_KVM_SLOT = 128,
};

typedef struct Plug Plug;

/** vm->platform exists. */
Plug *plug_new(Vm *vm);
void plug_free(Plug *plug);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Plug, plug_free)

/** The machine is about to be reset: what was asked back goes now. vCPUs parked. */
void plug_reset(Plug *plug);

/** A core of config's threads, number @core, as device @id (NULL: "core" and its number). */
gboolean plug_core(Plug *plug, unsigned core, const char *id, GError **error);

typedef struct {
    /** Device, and what it is made of; NULL: "dimm" and a number; none. */
    const char *id, *backend;
    /** Bytes. */
    uint64_t size;
    /** Guest real address, or UINT64_MAX for the first that is free. */
    uint64_t addr;
    /** Or UINT64_MAX. */
    uint64_t slot;
} PlugMemory;

gboolean plug_memory(Plug *plug, const PlugMemory *memory, GError **error);

/** Ask device @id, or the one at QEMU's path of it, back. */
gboolean plug_unplug(Plug *plug, const char *id, GError **error);
/** Whether a device could have that name: of letters, digits and -._, and not too long. */
gboolean plug_id_ok(const char *id);
/** Whether there is such a device. */
gboolean plug_has(const Plug *plug, const char *id);

/** Memory that waits to be plugged under a name, and the end of that. */
gboolean plug_add_backend(Plug *plug, const char *id, uint64_t size, GError **error);
gboolean plug_remove_backend(Plug *plug, const char *id, GError **error);
/** Its bytes; 0: there is no such backend, or it is in use. */
uint64_t plug_backend_size(const Plug *plug, const char *id);

/** Ask the guest to shut down in an orderly way; false if it was told already and did not look. */
gboolean plug_powerdown(Vm *vm);

/* --- what there is -------------------------------------------------------------------- */

/** The device at core number @core; NULL: the core is not there. */
const char *plug_core_id(const Plug *plug, unsigned core);
/** The same as QEMU's path of it; the caller frees it. */
char *plug_core_path(const Plug *plug, unsigned core);

/** The vCPU with Vcpu.index @index, or NULL where its core is not there. */
Vcpu *plug_vcpu(const Plug *plug, uint64_t index);

typedef struct {
    /** Borrowed; backend may be NULL. */
    const char *id, *backend;
    uint64_t addr, size;
    unsigned slot;
} PlugDimm;

/** The @index-th piece of plugged memory; false past the end. */
gboolean plug_dimm(const Plug *plug, unsigned index, PlugDimm *dimm);
