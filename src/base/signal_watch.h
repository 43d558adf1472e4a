/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Signals that are read on the main loop, from a descriptor. GLib's own way has a thread for
 * it, and does not come back where that cannot be made; here no handler runs in any thread.
 */
#pragma once

#include <glib.h>

typedef struct SignalWatch SignalWatch;

/** On the main loop: @signal has come, once or several times since. */
typedef void (*SignalWatchFn)(int signal, void *opaque);

/**
 * From now on the @count @signals wait in this thread, and in those that it makes, until the
 * main loop reads them, whatever they did before. NULL with @error if the host has no
 * descriptor for it. Main thread, the only one there is.
 */
SignalWatch *signal_watch_new(const int *signals, unsigned count, SignalWatchFn fn, void *opaque,
                              GError **error);

/** Let the signals do what they did before, those that still wait as well. NULL is fine. Main
 * thread. */
void signal_watch_free(SignalWatch *watch);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SignalWatch, signal_watch_free)
