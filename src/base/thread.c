/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/base/thread.h"

#include "src/base/error.h"

GThread *thread_start(const char *name, GThreadFunc run, gpointer opaque, GError **error)
{
    g_autoptr(GError) cause = NULL;
    GThread *thread = g_thread_try_new(name, run, opaque, &cause);

    if (!thread)
        error_set(error, PAPRIKA_ERROR_HOST, "cannot start thread %s: %s", name, cause->message);
    return thread;
}
