/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From a configuration to a guest and its end: files first, then the host. */
#pragma once

#include "include/paprika/config.h"

struct QmpExtension;

/**
 * Run the guest that @config, which is checked but for what it names on this machine, asks for;
 * says what goes wrong itself, and returns the program's exit status. The monitor has what
 * @extension (qmp.h) adds, NULL for nothing. Main thread.
 */
int run_guest(VmConfig *config, const struct QmpExtension *extension);
