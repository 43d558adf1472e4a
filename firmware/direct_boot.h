/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Direct boot: the kernel is entered with the flattened device tree, without
 * Open Firmware, as PAPR kernels accept.
 */
#pragma once

#include <glib.h>

#include "firmware/kernel_image.h"
#include "include/paprika/vm.h"

/**
 * Load @kernel and @initrd (NULL for none), RTAS and the device tree into the
 * cleared memory of @vm, whose translation is set up. Registers for the first vCPU go to
 * *@entry: r3 has the tree's address. vCPUs parked. Main thread.
 */
gboolean direct_boot_load(Vm *vm, KernelImage *kernel, InitrdImage *initrd, VcpuEntry *entry,
                          GError **error);
