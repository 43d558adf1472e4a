/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Direct boot: the kernel is entered with the flattened device tree, without
 * Open Firmware, as PAPR kernels accept.
 */
#pragma once

#include <stdint.h>

#include <glib.h>

#include "firmware/kernel_image.h"
#include "include/paprika/vm.h"

/** How to enter the guest. */
typedef struct {
    /** Real address of the first instruction. */
    uint64_t pc;
    /** Real address of the tree, for r3. */
    uint64_t tree;
} DirectBoot;

/**
 * Load @kernel and @initrd (NULL for none), RTAS and the device tree into the
 * cleared memory of @vm, whose translation is set up. vCPUs parked. Main thread.
 */
gboolean direct_boot_load(Vm *vm, KernelImage *kernel, InitrdImage *initrd, DirectBoot *entry,
                          GError **error);
