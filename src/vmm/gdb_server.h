/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The socket on which a debugger may take hold of the guest (--gdb): one at a time, on
 * the main loop. As long as it is there the guest is at its mercy, and nothing else is.
 */
#pragma once

#include <glib.h>

#include "include/paprika/vm.h"

typedef struct GdbServer GdbServer;

enum {
    /** Unread output, in bytes, at which a debugger that takes nothing is let go. */
    GDB_OUTPUT_MAX = 1 << 20,
};

/** Listen where @text, the value of --gdb, says. @vm must outlive it. Main thread. */
GdbServer *gdb_server_new(Vm *vm, const char *text, GError **error);
/** Let the debugger go. NULL is fine. Main thread. */
void gdb_server_free(GdbServer *server);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(GdbServer, gdb_server_free)
