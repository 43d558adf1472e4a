/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Commands of the monitor that add to the machine and take from it (src/vmm/plug.h). */
#pragma once

#include "src/vmm/qmp.h"

gboolean qmp_run_device_add(QmpCall *call, GError **error);
gboolean qmp_run_device_del(QmpCall *call, GError **error);
gboolean qmp_run_object_add(QmpCall *call, GError **error);
gboolean qmp_run_object_del(QmpCall *call, GError **error);
gboolean qmp_run_hotpluggable_cpus(QmpCall *call, GError **error);
gboolean qmp_run_memory_devices(QmpCall *call, GError **error);
gboolean qmp_run_powerdown(QmpCall *call, GError **error);
