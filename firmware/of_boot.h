/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Boot through Open Firmware: the kernel is entered with the client interface,
 * asks it for the tree, memory and RTAS, and makes its own flattened tree.
 */
#pragma once

#include <glib.h>

#include "firmware/kernel_image.h"
#include "firmware/of_client.h"
#include "include/paprika/vm.h"

/** What the machine of @desc looks like to a client of Open Firmware: @desc with that changed. */
void of_boot_describe(MachineDesc *desc);

/**
 * Load @kernel and @initrd (NULL for none) into the cleared memory of @vm, whose
 * translation is set up, and begin a client interface. Registers for the first
 * vCPU go to *@entry (PowerPC binding to IEEE 1275, 8.2; r3 and r4 tell Linux
 * of its initrd). NULL on error. vCPUs parked. Main thread.
 */
OfClient *of_boot_load(Vm *vm, KernelImage *kernel, InitrdImage *initrd, VcpuEntry *entry,
                       GError **error);
