/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Commands of the monitor about devices on PCI (src/vmm/plug_cards.h, src/vmm/backends.h). */
#pragma once

#include "src/vmm/qmp.h"

/** device_add of a device on PCI: false if its driver is none of those, and nothing was done. */
gboolean qmp_device_is_card(const char *driver);
gboolean qmp_device_add_card(QmpCall *call, GError **error);

gboolean qmp_run_netdev_add(QmpCall *call, GError **error);
gboolean qmp_run_netdev_del(QmpCall *call, GError **error);
gboolean qmp_run_set_link(QmpCall *call, GError **error);
gboolean qmp_run_qom_list(QmpCall *call, GError **error);
/** A member of an array that qom-list gives: an object of @type. */
void qmp_write_child(JsonOut *out, const char *name, const char *type);
/** All that /machine/peripheral has. */
void qmp_write_peripherals(JsonOut *out, const Vm *vm);

/** Whether no argument but those in @taken, which ends with NULL, was given. */
gboolean qmp_call_only_takes(const QmpCall *call, const char *const *taken, GError **error);
