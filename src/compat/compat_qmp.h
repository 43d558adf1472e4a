/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What libvirt asks of QEMU's monitor and Paprika's own does not have (src/vmm/qmp.h):
 * docs/libvirt.md has the commands. Main thread.
 */
#pragma once

#include "src/compat/compat.h"
#include "src/vmm/qmp.h"

/** The monitor's additions; their commands work on @config, which outlives them. */
void compat_qmp_init(QmpExtension *extension, CompatConfig *config);

/** QmpExtension's adapt(): takes what the command line takes, too, of what there is once only. */
JsonValue *compat_qmp_adapt(QmpCall *call, const char *command, GError **error);

/* Commands, by file. */

gboolean compat_run_kvm(QmpCall *call, GError **error);
gboolean compat_run_types(QmpCall *call, GError **error);
gboolean compat_run_device_properties(QmpCall *call, GError **error);
gboolean compat_run_type_properties(QmpCall *call, GError **error);
gboolean compat_run_machines(QmpCall *call, GError **error);
gboolean compat_run_cpu_definitions(QmpCall *call, GError **error);
gboolean compat_run_options(QmpCall *call, GError **error);

struct CompatProperty;
/** Write the array @name of @properties, NULL for none. */
void compat_write_properties(JsonOut *out, const char *name,
                             const struct CompatProperty *properties);

gboolean compat_run_chardev(QmpCall *call, GError **error);
gboolean compat_run_object_add(QmpCall *call, GError **error);
gboolean compat_run_object_del(QmpCall *call, GError **error);
gboolean compat_run_qom_list(QmpCall *call, GError **error);
gboolean compat_run_qom_get(QmpCall *call, GError **error);
gboolean compat_run_qom_set(QmpCall *call, GError **error);
