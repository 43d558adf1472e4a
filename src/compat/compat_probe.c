/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/compat/compat_probe.h"

#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "src/base/error.h"
#include "src/base/fd.h"
#include "src/base/log.h"
#include "src/vmm/commands.h"
#include "src/vmm/monitor.h"

static gboolean write_pidfile(const char *path, GError **error)
{
    auto_fd fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    char text[32];
    int length = snprintf(text, sizeof(text), "%d\n", (int)getpid());

    if (fd < 0 || write(fd, text, (size_t)length) != length)
        return error_set_errno(error, PAPRIKA_ERROR_USAGE, errno, "cannot write '%s'", path);
    return TRUE;
}

static gboolean on_signal(gpointer loop)
{
    g_main_loop_quit(loop);
    return G_SOURCE_CONTINUE;
}

/** All is ready: what standard input and output were is somebody else's. */
static void become_silent(void)
{
    auto_fd fd = open("/dev/null", O_RDWR | O_CLOEXEC);

    for (int i = STDIN_FILENO; fd >= 0 && i <= STDERR_FILENO; i++)
        dup2(fd, i);
}

/** @ready is closed once others may rely on us, with a byte before; -1: nobody waits. */
static int serve(const CompatConfig *config, const QmpExtension *extension, int ready)
{
    static const int signals[] = {SIGTERM, SIGINT, SIGHUP};
    g_autoptr(GError) error = NULL;
    g_autoptr(GMainLoop) loop = g_main_loop_new(NULL, FALSE);
    g_autoptr(Monitor) monitor = NULL;

    for (unsigned i = 0; i < G_N_ELEMENTS(signals); i++)
        g_unix_signal_add(signals[i], on_signal, loop);
    if (config->vm->qmp_path || config->vm->qmp_fd) {
        monitor = monitor_new(NULL, extension, config->vm->qmp_path, config->vm->qmp_fd, &error);
        if (!monitor) {
            log_error("%s", error->message);
            return error_exit_status(error);
        }
    }
    if (config->pidfile && !write_pidfile(config->pidfile, &error)) {
        log_error("%s", error->message);
        return error_exit_status(error);
    }
    if (ready >= 0) {
        become_silent();
        if (write(ready, "", 1) != 1)
            return EXIT_STATUS_HOST;
        fd_close(&ready);
    }
    g_main_loop_run(loop);
    if (config->pidfile)
        unlink(config->pidfile);
    return EXIT_STATUS_OK;
}

int compat_probe(const CompatConfig *config, const QmpExtension *extension)
{
    int ready[2], status;
    char byte;

    if (!config->daemonize)
        return serve(config, extension, -1);
    if (pipe2(ready, O_CLOEXEC)) {
        log_error("cannot make a pipe: %s", g_strerror(errno));
        return EXIT_STATUS_HOST;
    }
    pid_t child = fork();
    if (child == 0) {
        fd_close(&ready[0]);
        setsid();
        return serve(config, extension, ready[1]);
    }
    fd_close(&ready[1]);
    ssize_t n;
    do
        n = child > 0 ? read(ready[0], &byte, 1) : 0;
    while (n < 0 && errno == EINTR);
    fd_close(&ready[0]);
    if (n == 1)
        return EXIT_STATUS_OK;
    if (child < 0)
        log_error("cannot make a process: %s", g_strerror(errno));
    else if (waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status))
        return WEXITSTATUS(status);
    return EXIT_STATUS_HOST;
}
