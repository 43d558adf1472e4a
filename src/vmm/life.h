/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The machine's life: first boot, reboots, its end and what the program says of it. */
#pragma once

#include <glib.h>

#include "include/paprika/vm.h"

struct KernelImage;
struct InitrdImage;
struct Chardev;
struct QmpExtension;

/**
 * Run the machine until it ends; returns the program's exit status. @kernel and
 * @initrd (NULL for none) stay the caller's; @host and @console are taken over.
 * The monitor has what @extension (qmp.h) adds, NULL for nothing.
 * Main thread; runs the default main loop.
 */
int life_run(const VmConfig *config, struct KernelImage *kernel, struct InitrdImage *initrd,
             HvHost *host, const HvOps *ops, struct Chardev *console,
             const struct QmpExtension *extension);
