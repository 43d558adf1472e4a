/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/vmm/power_signal.h"

#include <errno.h>
#include <glib-unix.h>
#include <pthread.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "src/base/fd.h"
#include "src/base/log.h"
#include "src/vmm/plug.h"

struct PowerSignal {
    Vm *vm;
    int fd;
    guint watch;
};

static void signal_set(sigset_t *set)
{
    sigemptyset(set);
    sigaddset(set, SIGPWR);
}

void power_signal_block(void)
{
    sigset_t set;

    signal_set(&set);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
}

static gboolean on_signal(gint fd, GIOCondition condition, gpointer opaque)
{
    struct signalfd_siginfo info;

    if (read(fd, &info, sizeof(info)) == sizeof(info))
        plug_powerdown(((PowerSignal *)opaque)->vm);
    return G_SOURCE_CONTINUE;
}

PowerSignal *power_signal_listen(Vm *vm)
{
    sigset_t set;

    signal_set(&set);
    auto_fd fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    if (fd < 0) {
        log_warn("SIGPWR is not listened to: %s", g_strerror(errno));
        return NULL;
    }

    PowerSignal *signal = g_new0(PowerSignal, 1);
    signal->vm = vm;
    signal->fd = fd_steal(&fd);
    signal->watch = g_unix_fd_add(signal->fd, G_IO_IN, on_signal, signal);
    return signal;
}

void power_signal_free(PowerSignal *signal)
{
    if (!signal)
        return;
    g_source_remove(signal->watch);
    fd_close(&signal->fd);
    g_free(signal);
}
