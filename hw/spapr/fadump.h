/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Firmware-assisted dump (LoPAR, "ibm,configure-kernel-dump RTAS Call"): a guest registers
 * what it wants preserved when it crashes: parts of its memory, mostly the
 * lowest, where the next kernel will start, each with a place to copy it to; and the
 * registers of its processors. When it then tells of its end by ibm,os-term, the
 * machine is reset with memory as it is, but for what was copied; the kernel that starts
 * next finds "ibm,kernel-dump" in the tree, and all memory that was not copied as it was.
 *
 * Life of a dump: registered by the guest; taken, slice by slice, on the main loop;
 * active in the boot that follows, until the guest invalidates it or reboots.
 *
 * Deviation: the section of the hash page table may be requested empty only; Linux does
 * not use it.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include <glib.h>

#include "include/paprika/papr.h"
#include "include/paprika/vm.h"
#include "src/base/guest_mem.h"

enum {
    /** Sections at most, and the version of the structure that has them. */
    FADUMP_SECTIONS = 10,
    FADUMP_VERSION = 1,
    /** Types of data (LoPAR, "Kernel Dump Section"). */
    FADUMP_CPU_STATE = 1,
    FADUMP_HPT = 2,
    /** What the client names: memory to copy, and memory to leave as it is. */
    FADUMP_MEMORY = 0x11,
    FADUMP_PARAMETERS = 0x100,
};

typedef struct Fadump Fadump;

Fadump *fadump_new(Vm *vm);
/** NULL is fine. */
void fadump_free(Fadump *fadump);

/** Bytes of the section with the registers of @cpus processors. */
uint64_t fadump_cpu_state_size(unsigned cpus);

/* --- for RTAS: any vCPU's thread ------------------------------------------------ */

/**
 * Register the structure of @size bytes at @addr: RTAS_PARAM_ERROR for one that asks for
 * what cannot be had, or whose places overlap; RTAS_DUMP_REGISTERED, RTAS_DUMP_ACTIVE.
 */
RtasStatus fadump_register(Fadump *fadump, GuestAddr addr, uint64_t size);
/** Forget what is registered; RTAS_PARAM_ERROR if nothing is. */
RtasStatus fadump_unregister(Fadump *fadump);
/** The guest has saved the active dump; RTAS_PARAM_ERROR if there is none. */
RtasStatus fadump_invalidate(Fadump *fadump);
gboolean fadump_is_registered(Fadump *fadump);

/* --- for the machine's life: main thread, vCPUs parked ----------------------------- */

/**
 * Take the dump that is registered: false if none is. Then fadump_step() as
 * often as it returns false.
 */
gboolean fadump_begin(Fadump *fadump);
/** Work for a few milliseconds; true once all is copied, and the machine can be reset. */
gboolean fadump_step(Fadump *fadump);

/** As after power-on; a dump that was taken becomes the active one, an active one is gone. */
void fadump_reset(Fadump *fadump);
/** Nothing is registered, taken or active any more. */
void fadump_drop(Fadump *fadump);

/** In the boot with an active dump: the end of what has been copied, and may be written. Else all
 * ones. */
GuestAddr fadump_boot_memory(Fadump *fadump);

/** Whether this boot has an active dump, so that memory has to stay as it is. */
gboolean fadump_is_active(Fadump *fadump);

/** All memory that was copied reads as zeros from now on: a boot expects it so. */
gboolean fadump_clear_copied(Fadump *fadump, GError **error);

/**
 * What "ibm,kernel-dump" has in the boot with an active dump, *@size bytes; NULL if none is.
 * Valid until the next call of any of these.
 */
const void *fadump_property(Fadump *fadump, size_t *size);
