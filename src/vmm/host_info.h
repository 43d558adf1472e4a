/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What `paprika info` tells: found out in one place, told as text or as JSON. */
#pragma once

#include <stdint.h>

#include <glib.h>

#include "include/paprika/hv.h"

typedef struct {
    /** Owned by the HvHost. */
    const HvCaps *caps;
    /** "POWER9" and so on, or "unknown". */
    const char *family;
    /** Why no VM can be made, or NULL; owned. */
    char *vm_error;
    /** Largest hash page table that the kernel grants now; 0: none, or hash is not offered. */
    uint32_t hpt_order;
    /** What --mmu auto takes: "radix", "hash", or NULL where there is neither. */
    const char *mmu;
    /** What --irq auto takes. */
    const char *irq;
} HostInfo;

/** The processor that @pvr names, by family. Any thread. */
const char *host_cpu_family(uint32_t pvr);

/**
 * Find out about @host. Makes a VM to see how large a hash page table it gets,
 * and gives it back. Main thread.
 */
void host_info_collect(HostInfo *info, const HvOps *ops, HvHost *host);
void host_info_finish(HostInfo *info);

/** For people; newly allocated. */
char *host_info_text(const HostInfo *info);
/** For programs; newly allocated. */
char *host_info_json(const HostInfo *info);
