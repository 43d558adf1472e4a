/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The PCI devices that the user asked for. */
#pragma once

#include <glib.h>

#include "hw/virtio/virtio.h"
#include "include/paprika/vm.h"
#include "src/block/disk.h"
#include "src/net/tap.h"

/** Make vm->pci and vm->vio with all devices of vm->config; nothing if there are none. Main thread.
 */
gboolean vm_devices_add(Vm *vm, GError **error);

/**
 * What can be found out to be wrong with the devices of @config before KVM is
 * asked for anything: files that can't be used. Main thread.
 */
gboolean vm_devices_check(const VmConfig *config, GError **error);

/**
 * A device called @name on @disk or @tap, which is taken over, on failure too; of the configuration
 * only what the guest gets to see of it. Main thread.
 */
VirtioDevice *vm_devices_new_disk(Vm *vm, Disk *disk, const DiskConfig *config, const char *name,
                                  GError **error);
/**
 * The tap that @config names, with the kernel's own workers for its queues if it wishes them.
 * Before the sandbox, unless all comes by descriptors.
 */
Tap *vm_devices_open_tap(const NetConfig *config, GError **error);
VirtioDevice *vm_devices_new_net(const Vm *vm, Tap *tap, const NetConfig *config, const char *name,
                                 GError **error);
