/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The guest's ports as the monitor sees them. Clients are told by the event VSERPORT_CHANGE that
 * the guest has opened or closed one. Main thread, all of it.
 */
#pragma once

#include <glib.h>

#include "hw/virtio/virtio.h"
#include "include/paprika/vm.h"
#include "src/base/json_out.h"

typedef struct Ports Ports;

/** Make vm->ports, and open what its ports are connected to: the device is the bus's, and goes
 * before ports_free(). */
VirtioDevice *ports_new_device(Vm *vm, GError **error);
/** NULL is fine. */
void ports_free(Ports *ports);

/** What each port is connected to, as elements of query-chardev's list. NULL is fine. */
void ports_write_chardevs(const Ports *ports, JsonOut *out);
