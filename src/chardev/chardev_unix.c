/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A console or port on a listening UNIX socket: one client at a time, the others wait
 * in the kernel's queue. Output without a client is dropped.
 */
#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <sys/socket.h>

#include "src/base/fd.h"
#include "src/base/log.h"
#include "src/base/unix_listen.h"
#include "src/chardev/chardev_private.h"

enum { UNIX_BACKLOG = 4, UNIX_RETRY_MS = 1000 };

typedef struct {
    Chardev base;
    UnixListener listener;
    /** The client, or -1. */
    int fd;
    guint accept_watch, input_watch, room_watch;
    /** input_watch reads; otherwise it only waits for the client to go away. */
    gboolean reading;
} UnixChardev;

static void start_accept(UnixChardev *sock);

static void stop(guint *source)
{
    if (*source)
        g_source_remove(*source);
    *source = 0;
}

/** The client is gone: what waits for room need not, and the next one may come. */
static void drop_client(UnixChardev *sock)
{
    stop(&sock->input_watch);
    stop(&sock->room_watch);
    fd_close(&sock->fd);
    start_accept(sock);
    chardev_set_open(&sock->base, FALSE);
    chardev_writable(&sock->base);
}

static gboolean on_input(gint fd, GIOCondition condition, gpointer data)
{
    UnixChardev *sock = data;
    uint8_t bytes[CHARDEV_READ_SIZE];
    ssize_t n = recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT);

    if (n > 0)
        chardev_input(&sock->base, bytes, (size_t)n);
    else if (n == 0 || (errno != EINTR && errno != EAGAIN))
        drop_client(sock);
    return sock->input_watch ? G_SOURCE_CONTINUE : G_SOURCE_REMOVE;
}

/** A client that went away while input is held: keep what it sent, and let the next one in. */
static gboolean on_hangup(gint fd, GIOCondition condition, gpointer data)
{
    UnixChardev *sock = data;
    uint8_t bytes[CHARDEV_READ_SIZE];
    ssize_t n;

    while (sock->base.held->len < CHARDEV_HELD_MAX &&
           (n = recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT)) > 0)
        chardev_input(&sock->base, bytes, (size_t)n);
    drop_client(sock);
    return G_SOURCE_REMOVE;
}

static void unix_update_input(Chardev *chardev)
{
    UnixChardev *sock = (UnixChardev *)chardev;
    gboolean reading = chardev_wants_input(chardev);

    if (sock->fd < 0 || (sock->input_watch && sock->reading == reading))
        return;
    stop(&sock->input_watch);
    sock->reading = reading;
    sock->input_watch = reading
                            ? g_unix_fd_add(sock->fd, G_IO_IN | G_IO_HUP | G_IO_ERR, on_input, sock)
                            : g_unix_fd_add(sock->fd, G_IO_HUP | G_IO_ERR, on_hangup, sock);
}

static gboolean on_retry(gpointer data)
{
    UnixChardev *sock = data;

    sock->accept_watch = 0;
    start_accept(sock);
    return G_SOURCE_REMOVE;
}

static gboolean on_accept(gint fd, GIOCondition condition, gpointer data)
{
    UnixChardev *sock = data;

    sock->fd = accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (sock->fd < 0 && !unix_accept_may_retry(errno))
        return G_SOURCE_CONTINUE;
    if (sock->fd < 0) {
        /* The client would wake us without end: look again later. */
        log_warn("%s: cannot accept a client: %s", sock->base.name, g_strerror(errno));
        sock->accept_watch = g_timeout_add(UNIX_RETRY_MS, on_retry, sock);
        return G_SOURCE_REMOVE;
    }
    sock->accept_watch = 0;
    sock->base.write_failed = FALSE;
    chardev_set_open(&sock->base, TRUE);
    unix_update_input(&sock->base);
    return G_SOURCE_REMOVE;
}

static void start_accept(UnixChardev *sock)
{
    if (!sock->accept_watch && sock->listener.fd >= 0)
        sock->accept_watch = g_unix_fd_add(sock->listener.fd, G_IO_IN, on_accept, sock);
}

static size_t unix_write(Chardev *chardev, const uint8_t *data, size_t length)
{
    UnixChardev *sock = (UnixChardev *)chardev;
    size_t done = 0;

    while (sock->fd >= 0 && done < length) {
        ssize_t n = send(sock->fd, data + done, length - done, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (n >= 0)
            done += (size_t)n;
        else if (errno == EAGAIN)
            return done;
        else if (errno != EINTR)
            /* A dead client: its hang-up is seen by the main loop. */
            return length;
    }
    return length;
}

static gboolean on_room(gint fd, GIOCondition condition, gpointer data)
{
    UnixChardev *sock = data;

    sock->room_watch = 0;
    chardev_writable(&sock->base);
    return G_SOURCE_REMOVE;
}

static void unix_watch_room(Chardev *chardev)
{
    UnixChardev *sock = (UnixChardev *)chardev;

    if (!sock->room_watch && sock->fd >= 0)
        sock->room_watch = g_unix_fd_add(sock->fd, G_IO_OUT | G_IO_HUP | G_IO_ERR, on_room, sock);
}

static void unix_finish(Chardev *chardev)
{
    UnixChardev *sock = (UnixChardev *)chardev;

    stop(&sock->accept_watch);
    stop(&sock->input_watch);
    stop(&sock->room_watch);
    fd_close(&sock->fd);
    unix_listener_close(&sock->listener);
}

static const ChardevOps unix_ops = {
    .write = unix_write,
    .update_input = unix_update_input,
    .watch_room = unix_watch_room,
    .finish = unix_finish,
};

Chardev *chardev_unix_open(const char *name, const char *path, int fd, GError **error)
{
    g_autofree char *what = g_strdup_printf("the %s", name);
    UnixListener listener;

    if (fd ? !unix_listener_adopt(&listener, fd, what, error)
           : !unix_listener_open(&listener, path, what, UNIX_BACKLOG, error))
        return NULL;

    UnixChardev *sock = g_new0(UnixChardev, 1);
    chardev_init(&sock->base, &unix_ops, name);
    sock->base.open = FALSE;
    sock->base.location = g_strdup(path);
    sock->listener = listener;
    sock->fd = -1;
    start_accept(sock);
    if (path)
        log_info("%s on socket %s", name, path);
    return &sock->base;
}
