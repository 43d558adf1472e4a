/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The PCI devices that the user asked for. */
#pragma once

#include <glib.h>

#include "include/paprika/vm.h"

/** Make vm->pci and vm->vio with all devices of vm->config; nothing if there are none. Main thread.
 */
gboolean vm_devices_add(Vm *vm, GError **error);

/**
 * What can be found out to be wrong with the devices of @config before KVM is
 * asked for anything: files that can't be used. Main thread.
 */
gboolean vm_devices_check(const VmConfig *config, GError **error);
