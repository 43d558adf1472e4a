/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The monitor's commands that write guest memory out, or tell of it. Main thread. */
#pragma once

#include <glib.h>

#include "src/vmm/qmp.h"

enum {
    /** Bytes that read-memory gives at once. */
    QMP_MEMORY_MAX = 4096,
};

/**
 * What @target names: "fd:NAME" of getfd, the caller's from now on, or without a sandbox a file,
 * which is made or emptied. -1 with @error.
 */
int qmp_dump_open(QmpCall *call, const char *target, GError **error);

gboolean qmp_run_dump(QmpCall *call, GError **error);
gboolean qmp_run_dump_query(QmpCall *call, GError **error);
gboolean qmp_run_dump_formats(QmpCall *call, GError **error);
gboolean qmp_run_memsave(QmpCall *call, GError **error);
gboolean qmp_run_pmemsave(QmpCall *call, GError **error);
gboolean qmp_run_read_memory(QmpCall *call, GError **error);
