/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the guest is told of a machine that exists, from its present state. */
#pragma once

#include <glib.h>

#include "hw/spapr/machine_desc.h"
#include "include/paprika/vm.h"

/**
 * As machine_desc_init(), with what the machine really is and has in the place of
 * what was planned. @desc borrows from the platform. Main thread with vCPUs parked, or a
 * vCPU's own.
 */
gboolean machine_describe(const Vm *vm, MachineDesc *desc, GError **error);
