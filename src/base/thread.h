/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Threads of devices. */
#pragma once

#include <glib.h>

/**
 * A thread called @name, of which the kernel shows 15 characters, that runs @run with @opaque; to
 * be joined by the caller. NULL: the host has none left (PAPRIKA_ERROR_HOST). Main thread.
 */
GThread *thread_start(const char *name, GThreadFunc run, gpointer opaque, GError **error);
