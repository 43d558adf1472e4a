/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The socket on which a running guest can be asked and steered (--qmp). All of it
 * runs on the main loop. A client that sends faster than it reads, or nothing at
 * all, waits for itself: the next of its messages is looked at once it has taken
 * the answer to the last one.
 */
#pragma once

#include <glib.h>

#include "include/paprika/vm.h"

struct QmpExtension;

enum {
    MONITOR_CLIENTS_MAX = 8,
    /** Unread output, in bytes, at which a client that takes nothing is let go. */
    MONITOR_OUTPUT_MAX = 256 << 10,
    /** Descriptors that have come from a client and were not taken; further ones are closed. */
    MONITOR_FDS_MAX = 8,
    /** Events that wait for the main loop; further ones are left out. */
    MONITOR_EVENTS_MAX = 64,
};

typedef struct Monitor Monitor;

/**
 * Listen at @path or, if @fd is not 0, on that inherited socket, for clients that ask about @vm.
 * That and @extension (qmp.h; NULL: none) must outlive the monitor; @vm is NULL where there is no
 * machine. Main thread.
 */
Monitor *monitor_new(Vm *vm, const struct QmpExtension *extension, const char *path, int fd,
                     GError **error);

/** Tell all clients of @event, with @data, the text of a JSON object, or NULL. Any thread. */
void monitor_event(Monitor *monitor, const char *event, const char *data);

/** What monitor_event() was told of goes out now. Main thread. */
void monitor_flush_events(Monitor *monitor);

/** Let all clients go, and remove the socket. NULL is fine. Main thread. */
void monitor_free(Monitor *monitor);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Monitor, monitor_free)
