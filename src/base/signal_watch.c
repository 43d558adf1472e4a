/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/base/signal_watch.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <glib-unix.h>

#include "src/base/error.h"
#include "src/base/fd.h"

struct SignalWatch {
    SignalWatchFn fn;
    void *opaque;
    int fd;
    guint source;
    /** What was blocked before. */
    sigset_t before;
};

static gboolean on_readable(gint fd, GIOCondition condition, gpointer opaque)
{
    SignalWatch *watch = opaque;
    struct signalfd_siginfo info;

    if (read(fd, &info, sizeof(info)) == (ssize_t)sizeof(info))
        watch->fn((int)info.ssi_signo, watch->opaque);
    return G_SOURCE_CONTINUE;
}

SignalWatch *signal_watch_new(const int *signals, unsigned count, SignalWatchFn fn, void *opaque,
                              GError **error)
{
    sigset_t set;

    sigemptyset(&set);
    for (unsigned i = 0; i < count; i++)
        sigaddset(&set, signals[i]);
    auto_fd fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    if (fd < 0) {
        error_set_errno(error, PAPRIKA_ERROR_HOST, errno, "cannot make a descriptor for signals");
        return NULL;
    }

    SignalWatch *watch = g_new0(SignalWatch, 1);
    watch->fn = fn;
    watch->opaque = opaque;
    pthread_sigmask(SIG_BLOCK, &set, &watch->before);
    watch->fd = fd_steal(&fd);
    watch->source = g_unix_fd_add(watch->fd, G_IO_IN, on_readable, watch);
    return watch;
}

void signal_watch_free(SignalWatch *watch)
{
    if (!watch)
        return;
    g_source_remove(watch->source);
    fd_close(&watch->fd);
    pthread_sigmask(SIG_SETMASK, &watch->before, NULL);
    g_free(watch);
}
