/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/vmm/trial/trial_child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include <glib-unix.h>

#include "src/base/error.h"
#include "src/base/fd.h"

enum {
    /** Bytes that wait for a guest that does not read. */
    CHILD_INPUT_MAX = 64 << 10,
    CHILD_READ_SIZE = 16 << 10,
    CHILD_DRAIN_READS = 4,
    /** How long pipes may stay open in others' hands after its end. */
    CHILD_LINGER_MS = 1000,
};

struct TrialChild {
    GPid pid;
    const TrialChildOps *ops;
    void *opaque;
    /** Ends of pipes, or -1. */
    int in, out, err;
    guint in_watch, out_watch, err_watch, child_watch, linger;
    GByteArray *input;
    gboolean exited;
    int wait_status;
};

static void stop_source(guint *source)
{
    if (*source)
        g_source_remove(*source);
    *source = 0;
}

/** Between fork and exec: only what is safe there. */
static void set_up_child(gpointer data)
{
    pid_t parent = (pid_t)GPOINTER_TO_INT(data);

    /* A group of its own: Ctrl-C on the terminal is for the parent to see to. */
    setpgid(0, 0);
    signal(SIGPIPE, SIG_DFL);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(1);
}

static void finish_if_over(TrialChild *child)
{
    if (!child->exited || child->out_watch || child->err_watch)
        return;
    stop_source(&child->linger);
    child->ops->ended(child->wait_status, child->opaque);
}

/** What read(2) had to say of @fd: whether more may come. */
static gboolean may_go_on(ssize_t n)
{
    return n > 0 || (n < 0 && (errno == EINTR || errno == EAGAIN));
}

static void drain_errors(TrialChild *child)
{
    uint8_t bytes[CHILD_READ_SIZE];

    /* A pipe's worth; its end is for its own watch to see. */
    for (unsigned i = 0; i < CHILD_DRAIN_READS && child->err_watch; i++) {
        ssize_t n = read(child->err, bytes, sizeof(bytes));
        if (n <= 0)
            break;
        child->ops->output(TRUE, bytes, (size_t)n, child->opaque);
    }
}

static gboolean on_output(gint fd, GIOCondition condition, gpointer data)
{
    TrialChild *child = data;
    uint8_t bytes[CHILD_READ_SIZE];
    ssize_t n = read(fd, bytes, sizeof(bytes));

    if (n > 0) {
        /* What it said of itself before it wrote this is there by now, and comes first. */
        drain_errors(child);
        child->ops->output(FALSE, bytes, (size_t)n, child->opaque);
    }
    if (may_go_on(n))
        return G_SOURCE_CONTINUE;
    child->out_watch = 0;
    finish_if_over(child);
    return G_SOURCE_REMOVE;
}

static gboolean on_error_output(gint fd, GIOCondition condition, gpointer data)
{
    TrialChild *child = data;
    uint8_t bytes[CHILD_READ_SIZE];
    ssize_t n = read(fd, bytes, sizeof(bytes));

    if (n > 0)
        child->ops->output(TRUE, bytes, (size_t)n, child->opaque);
    if (may_go_on(n))
        return G_SOURCE_CONTINUE;
    child->err_watch = 0;
    finish_if_over(child);
    return G_SOURCE_REMOVE;
}

/** Somebody else has the pipes: what it started itself, and left its group. */
static gboolean on_linger(gpointer data)
{
    TrialChild *child = data;

    child->linger = 0;
    stop_source(&child->out_watch);
    stop_source(&child->err_watch);
    finish_if_over(child);
    return G_SOURCE_REMOVE;
}

static void on_exit_of_child(GPid pid, gint wait_status, gpointer data)
{
    TrialChild *child = data;

    child->child_watch = 0;
    child->exited = TRUE;
    child->wait_status = wait_status;
    /* What it started goes with it. The group lives as long as any of them does. */
    kill(-pid, SIGKILL);
    child->linger = g_timeout_add(CHILD_LINGER_MS, on_linger, child);
    finish_if_over(child);
}

TrialChild *trial_child_new(GStrv argv, const TrialChildOps *ops, void *opaque, GError **error)
{
    g_autoptr(GError) local = NULL;
    TrialChild *child = g_new0(TrialChild, 1);

    child->ops = ops;
    child->opaque = opaque;
    if (!g_spawn_async_with_pipes(NULL, argv, NULL, G_SPAWN_DO_NOT_REAP_CHILD, set_up_child,
                                  GINT_TO_POINTER((gint)getpid()), &child->pid, &child->in,
                                  &child->out, &child->err, &local)) {
        error_set(error, PAPRIKA_ERROR_HOST, "cannot start a guest: %s", local->message);
        g_free(child);
        return NULL;
    }
    child->input = g_byte_array_new();
    g_unix_set_fd_nonblocking(child->in, TRUE, NULL);
    g_unix_set_fd_nonblocking(child->err, TRUE, NULL);
    child->out_watch = g_unix_fd_add(child->out, G_IO_IN | G_IO_HUP | G_IO_ERR, on_output, child);
    child->err_watch =
        g_unix_fd_add(child->err, G_IO_IN | G_IO_HUP | G_IO_ERR, on_error_output, child);
    child->child_watch = g_child_watch_add(child->pid, on_exit_of_child, child);
    return child;
}

void trial_child_free(TrialChild *child)
{
    if (!child)
        return;
    stop_source(&child->in_watch);
    stop_source(&child->out_watch);
    stop_source(&child->err_watch);
    stop_source(&child->linger);
    if (child->child_watch) {
        stop_source(&child->child_watch);
        kill(-child->pid, SIGKILL);
        kill(child->pid, SIGKILL);
        while (waitpid(child->pid, NULL, 0) < 0 && errno == EINTR)
            continue;
    }
    fd_close(&child->in);
    fd_close(&child->out);
    fd_close(&child->err);
    g_byte_array_unref(child->input);
    g_free(child);
}

static gboolean on_room(gint fd, GIOCondition condition, gpointer data)
{
    TrialChild *child = data;
    ssize_t n = write(fd, child->input->data, child->input->len);

    if (n < 0 && errno != EINTR && errno != EAGAIN)
        g_byte_array_set_size(child->input, 0);
    else if (n > 0)
        g_byte_array_remove_range(child->input, 0, (guint)n);
    if (child->input->len)
        return G_SOURCE_CONTINUE;
    child->in_watch = 0;
    return G_SOURCE_REMOVE;
}

void trial_child_write(TrialChild *child, GBytes *bytes)
{
    gsize length;
    const guint8 *data = g_bytes_get_data(bytes, &length);

    if (child->exited || child->input->len + length > CHILD_INPUT_MAX)
        return;
    g_byte_array_append(child->input, data, (guint)length);
    if (!child->in_watch)
        child->in_watch = g_unix_fd_add(child->in, G_IO_OUT | G_IO_HUP | G_IO_ERR, on_room, child);
}

void trial_child_signal(TrialChild *child, int signal)
{
    /* Its process id is its own until its end has been seen. */
    if (child->exited)
        return;
    if (signal == SIGKILL)
        kill(-child->pid, signal);
    kill(child->pid, signal);
}
