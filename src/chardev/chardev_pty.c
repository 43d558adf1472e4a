/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A console on a new pseudo-terminal. While nobody has its other end open,
 * output is dropped, so that a guest does not wait for a reader that may never
 * come.
 *
 * The kernel tells of that by POLLHUP on our end, level-triggered and without
 * an event when somebody opens the other: hence the timer while it is closed.
 */
#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <poll.h>
#include <stdlib.h>
#include <termios.h>

#include "src/base/error.h"
#include "src/base/fd.h"
#include "src/base/log.h"
#include "src/chardev/chardev_private.h"

/** How soon a newcomer's input is seen. */
enum { PTY_PROBE_MS = 250 };

typedef struct {
    Chardev base;
    int fd;
    guint input_watch, room_watch, probe_timer;
} PtyChardev;

/** Whether somebody has the other end open. */
static gboolean pty_connected(const PtyChardev *pty)
{
    struct pollfd p = {.fd = pty->fd, .events = POLLOUT};

    return poll(&p, 1, 0) >= 0 && !(p.revents & (POLLHUP | POLLERR | POLLNVAL));
}

static void stop(guint *source)
{
    if (*source)
        g_source_remove(*source);
    *source = 0;
}

static gboolean on_probe(gpointer data)
{
    PtyChardev *pty = data;

    if (!pty_connected(pty))
        return G_SOURCE_CONTINUE;
    pty->probe_timer = 0;
    pty->base.ops->update_input(&pty->base);
    return G_SOURCE_REMOVE;
}

static gboolean on_input(gint fd, GIOCondition condition, gpointer data)
{
    PtyChardev *pty = data;
    uint8_t bytes[CHARDEV_READ_SIZE];
    ssize_t n = read(fd, bytes, sizeof(bytes));

    if (n > 0) {
        chardev_set_open(&pty->base, TRUE);
        /* May take this watch away, and that is what GLib will find. */
        chardev_input(&pty->base, bytes, (size_t)n);
        return pty->input_watch ? G_SOURCE_CONTINUE : G_SOURCE_REMOVE;
    }
    if (n < 0 && (errno == EINTR || errno == EAGAIN) && !(condition & (G_IO_HUP | G_IO_ERR)))
        return G_SOURCE_CONTINUE;

    /* Nobody there any more; a writer that waits for room need not. */
    pty->input_watch = 0;
    if (!pty->probe_timer)
        pty->probe_timer = g_timeout_add(PTY_PROBE_MS, on_probe, pty);
    chardev_set_open(&pty->base, FALSE);
    chardev_writable(&pty->base);
    return G_SOURCE_REMOVE;
}

static void pty_update_input(Chardev *chardev)
{
    PtyChardev *pty = (PtyChardev *)chardev;

    if (!chardev_wants_input(chardev)) {
        stop(&pty->input_watch);
        stop(&pty->probe_timer);
    } else if (!pty->input_watch && !pty->probe_timer) {
        pty->input_watch = g_unix_fd_add(pty->fd, G_IO_IN | G_IO_HUP | G_IO_ERR, on_input, pty);
        chardev_set_open(&pty->base, pty_connected(pty));
    }
}

static size_t pty_write(Chardev *chardev, const uint8_t *data, size_t length)
{
    PtyChardev *pty = (PtyChardev *)chardev;

    if (!pty_connected(pty))
        return length;
    return chardev_write_fd(chardev, pty->fd, data, length);
}

static gboolean on_room(gint fd, GIOCondition condition, gpointer data)
{
    PtyChardev *pty = data;

    pty->room_watch = 0;
    chardev_writable(&pty->base);
    return G_SOURCE_REMOVE;
}

static void pty_watch_room(Chardev *chardev)
{
    PtyChardev *pty = (PtyChardev *)chardev;

    if (!pty->room_watch)
        pty->room_watch = g_unix_fd_add(pty->fd, G_IO_OUT, on_room, pty);
}

static void pty_finish(Chardev *chardev)
{
    PtyChardev *pty = (PtyChardev *)chardev;

    stop(&pty->input_watch);
    stop(&pty->room_watch);
    stop(&pty->probe_timer);
    fd_close(&pty->fd);
}

static const ChardevOps pty_ops = {
    .write = pty_write,
    .update_input = pty_update_input,
    .watch_room = pty_watch_room,
    .finish = pty_finish,
};

/** No echo and no line editing: the guest does both. */
static gboolean make_raw(const char *path)
{
    /* Closing it again also makes the kernel tell, from now on, that nobody is there. */
    auto_fd other = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC);
    struct termios mode;

    if (other < 0 || tcgetattr(other, &mode))
        return FALSE;
    cfmakeraw(&mode);
    return !tcsetattr(other, TCSANOW, &mode);
}

Chardev *chardev_pty_open(const char *name, GError **error)
{
    auto_fd fd = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    char path[64];

    if (fd < 0 || grantpt(fd) || unlockpt(fd) || ptsname_r(fd, path, sizeof(path)) ||
        !make_raw(path)) {
        error_set_errno(error, PAPRIKA_ERROR_HOST, errno,
                        "cannot make a pseudo-terminal for the %s (is /dev/pts mounted?)", name);
        return NULL;
    }

    PtyChardev *pty = g_new0(PtyChardev, 1);
    chardev_init(&pty->base, &pty_ops, name);
    pty->base.open = FALSE;
    pty->base.location = g_strdup(path);
    pty->fd = fd_steal(&fd);
    log_info("%s on %s", name, path);
    return &pty->base;
}
