/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The monitor's simple questions; see docs/monitor.md. Main thread. */
#pragma once

#include <glib.h>

#include "src/vmm/qmp.h"

gboolean qmp_run_commands(QmpCall *call, GError **error);
gboolean qmp_run_version(QmpCall *call, GError **error);
gboolean qmp_run_name(QmpCall *call, GError **error);
gboolean qmp_run_uuid(QmpCall *call, GError **error);
gboolean qmp_run_target(QmpCall *call, GError **error);
gboolean qmp_run_kvm(QmpCall *call, GError **error);
gboolean qmp_run_status(QmpCall *call, GError **error);
gboolean qmp_run_cpus(QmpCall *call, GError **error);
gboolean qmp_run_memory_size(QmpCall *call, GError **error);
/** An element of query-chardev's list: what @label is connected to. */
void qmp_write_chardev(JsonOut *out, const char *label, ConsoleKind kind, const char *location,
                       gboolean open);
gboolean qmp_run_chardev(QmpCall *call, GError **error);
/** For what there is none of: an empty list. */
gboolean qmp_run_none(QmpCall *call, GError **error);
gboolean qmp_run_trace_state(QmpCall *call, GError **error);
gboolean qmp_run_trace_set(QmpCall *call, GError **error);
gboolean qmp_run_schema(QmpCall *call, GError **error);
