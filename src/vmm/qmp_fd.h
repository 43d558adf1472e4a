/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Descriptors that a client of the monitor sends along (SCM_RIGHTS) and names, to be
 * used by a later command of the same client. Main thread.
 */
#pragma once

#include <glib.h>

#include "src/vmm/qmp.h"

enum {
    /** Descriptors that one client may have here. */
    QMP_FDS_MAX = 16,
    QMP_FD_NAME_MAX = 64,
};

gboolean qmp_run_getfd(QmpCall *call, GError **error);
gboolean qmp_run_closefd(QmpCall *call, GError **error);

/** The descriptor called @name, the caller's from now on; -1 with @error if there is none. */
int qmp_fd_take(QmpCall *call, const char *name, GError **error);
