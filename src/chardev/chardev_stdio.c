/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A console on standard input and output: a terminal, a pipe, a file, nothing. */
#include <errno.h>
#include <glib-unix.h>
#include <unistd.h>

#include "src/base/error.h"
#include "src/base/log.h"
#include "src/chardev/chardev_private.h"
#include "src/chardev/leave_key.h"
#include "src/chardev/stdio_fd.h"
#include "src/chardev/terminal.h"

typedef struct {
    Chardev base;
    StdioFd in, out;
    guint input_watch, room_watch;
    LeaveKey leave_key;
} StdioChardev;

static void stop(guint *source)
{
    if (*source)
        g_source_remove(*source);
    *source = 0;
}

static void print_help(void)
{
    static const char text[] = "\n"
                               "Ctrl-A h       this help\n"
                               "Ctrl-A x       end the guest and leave\n"
                               "Ctrl-A Ctrl-A  send Ctrl-A to the guest\n";
    StdioFd err;

    stdio_fd_init(&err, STDERR_FILENO, TRUE);
    ssize_t n = stdio_fd_write(&err, (const uint8_t *)text, sizeof(text) - 1);
    (void)n;
    stdio_fd_finish(&err);
}

/** Bytes typed on a terminal; false if they asked to leave. */
static gboolean take_typed(StdioChardev *stdio, const uint8_t *bytes, size_t length)
{
    uint8_t out[CHARDEV_READ_SIZE + 1];
    size_t n;
    unsigned commands = leave_key_filter(&stdio->leave_key, bytes, length, out, &n);

    if (n)
        chardev_input(&stdio->base, out, n);
    if (commands & LEAVE_KEY_HELP)
        print_help();
    return !(commands & LEAVE_KEY_LEAVE);
}

static gboolean on_input(gint fd, GIOCondition condition, gpointer data)
{
    StdioChardev *stdio = data;
    uint8_t bytes[CHARDEV_READ_SIZE];
    ssize_t n = stdio_fd_read(&stdio->in, bytes, sizeof(bytes));

    if (n < 0 && (errno == EINTR || errno == EAGAIN) && !(condition & (G_IO_ERR | G_IO_NVAL)))
        return G_SOURCE_CONTINUE;
    if (n <= 0) {
        /* The end of it, or a terminal that was taken away: no input any more. */
        stdio->input_watch = 0;
        stdio_fd_finish(&stdio->in);
        return G_SOURCE_REMOVE;
    }
    if (!stdio->base.reads_ahead)
        chardev_input(&stdio->base, bytes, (size_t)n);
    else if (!take_typed(stdio, bytes, (size_t)n) && stdio->base.handler &&
             stdio->base.handler->leave)
        stdio->base.handler->leave(stdio->base.opaque);
    return stdio->input_watch ? G_SOURCE_CONTINUE : G_SOURCE_REMOVE;
}

static void stdio_update_input(Chardev *chardev)
{
    StdioChardev *stdio = (StdioChardev *)chardev;

    if (stdio->in.kind == STDIO_FD_NONE || !chardev_wants_input(chardev))
        stop(&stdio->input_watch);
    else if (!stdio->input_watch)
        stdio->input_watch =
            g_unix_fd_add(stdio->in.fd, G_IO_IN | G_IO_HUP | G_IO_ERR, on_input, stdio);
}

static size_t stdio_write(Chardev *chardev, const uint8_t *data, size_t length)
{
    StdioChardev *stdio = (StdioChardev *)chardev;
    size_t done = 0;

    while (done < length) {
        ssize_t n = stdio_fd_write(&stdio->out, data + done, length - done);
        if (n > 0) {
            done += (size_t)n;
        } else if (n < 0 && errno == EINTR) {
            continue;
        } else if (n < 0 && errno == EAGAIN) {
            break;
        } else {
            chardev_write_failed(chardev, n < 0 ? errno : EIO);
            return length;
        }
    }
    return done;
}

static gboolean on_room(gint fd, GIOCondition condition, gpointer data)
{
    StdioChardev *stdio = data;

    stdio->room_watch = 0;
    chardev_writable(&stdio->base);
    return G_SOURCE_REMOVE;
}

static void stdio_watch_room(Chardev *chardev)
{
    StdioChardev *stdio = (StdioChardev *)chardev;

    if (!stdio->room_watch)
        stdio->room_watch = g_unix_fd_add(stdio->out.fd, G_IO_OUT, on_room, stdio);
}

static void stdio_finish(Chardev *chardev)
{
    StdioChardev *stdio = (StdioChardev *)chardev;

    stop(&stdio->input_watch);
    stop(&stdio->room_watch);
    if (chardev->reads_ahead)
        terminal_restore();
    stdio_fd_finish(&stdio->in);
    stdio_fd_finish(&stdio->out);
}

static const ChardevOps stdio_ops = {
    .write = stdio_write,
    .update_input = stdio_update_input,
    .watch_room = stdio_watch_room,
    .finish = stdio_finish,
};

Chardev *chardev_stdio_open(const char *name, GError **error)
{
    StdioChardev *stdio = g_new0(StdioChardev, 1);

    chardev_init(&stdio->base, &stdio_ops, name);
    stdio_fd_init(&stdio->in, STDIN_FILENO, FALSE);
    stdio_fd_init(&stdio->out, STDOUT_FILENO, TRUE);
    if (!stdio->in.terminal)
        return &stdio->base;

    if (terminal_make_raw(STDIN_FILENO)) {
        stdio->base.reads_ahead = TRUE;
        stdio->base.location = g_strdup("the terminal");
        log_info("%s on this terminal: Ctrl-A x leaves, Ctrl-A h helps", name);
    } else if (errno == EAGAIN) {
        log_warn("%s: started in the background, so nothing is read from the terminal", name);
        stdio_fd_finish(&stdio->in);
    } else {
        error_set_errno(error, PAPRIKA_ERROR_HOST, errno,
                        "cannot put the terminal into raw mode for the %s", name);
        chardev_free(&stdio->base);
        return NULL;
    }
    return &stdio->base;
}
