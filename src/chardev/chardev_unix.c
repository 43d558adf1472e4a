/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A console on a listening UNIX socket: one client at a time, the others wait
 * in the kernel's queue. Output without a client is dropped.
 */
#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "src/base/error.h"
#include "src/base/fd.h"
#include "src/base/log.h"
#include "src/chardev/chardev_private.h"

enum { UNIX_BACKLOG = 4, UNIX_RETRY_MS = 1000 };

typedef struct {
    Chardev base;
    int listen_fd;
    /** The client, or -1. */
    int fd;
    guint accept_watch, input_watch, room_watch;
    /** input_watch reads; otherwise it only waits for the client to go away. */
    gboolean reading;
    /** The socket file as it was made, so that no other is ever removed. */
    dev_t dev;
    ino_t ino;
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
    if (sock->fd < 0 && errno != EMFILE && errno != ENFILE && errno != ENOMEM && errno != ENOBUFS)
        return G_SOURCE_CONTINUE;
    if (sock->fd < 0) {
        /* The client would wake us without end: look again later. */
        log_warn("console: cannot accept a client: %s", g_strerror(errno));
        sock->accept_watch = g_timeout_add(UNIX_RETRY_MS, on_retry, sock);
        return G_SOURCE_REMOVE;
    }
    sock->accept_watch = 0;
    sock->base.write_failed = FALSE;
    unix_update_input(&sock->base);
    return G_SOURCE_REMOVE;
}

static void start_accept(UnixChardev *sock)
{
    if (!sock->accept_watch && sock->listen_fd >= 0)
        sock->accept_watch = g_unix_fd_add(sock->listen_fd, G_IO_IN, on_accept, sock);
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
    struct stat st;

    stop(&sock->accept_watch);
    stop(&sock->input_watch);
    stop(&sock->room_watch);
    fd_close(&sock->fd);
    fd_close(&sock->listen_fd);
    if (!lstat(chardev->location, &st) && st.st_dev == sock->dev && st.st_ino == sock->ino)
        unlink(chardev->location);
}

static const ChardevOps unix_ops = {
    .write = unix_write,
    .update_input = unix_update_input,
    .watch_room = unix_watch_room,
    .finish = unix_finish,
};

/** Whether @addr is a socket file that a dead process left behind. */
static gboolean is_stale(const struct sockaddr_un *addr)
{
    auto_fd fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    struct stat st;

    if (fd < 0 || lstat(addr->sun_path, &st) || !S_ISSOCK(st.st_mode))
        return FALSE;
    /* A full queue, EAGAIN, is a listener too. */
    return connect(fd, (const struct sockaddr *)addr, sizeof(*addr)) && errno == ECONNREFUSED;
}

/** Bind @fd to @addr; a stale socket file is replaced. */
static gboolean bind_path(int fd, const struct sockaddr_un *addr)
{
    if (!bind(fd, (const struct sockaddr *)addr, sizeof(*addr)))
        return TRUE;
    if (errno != EADDRINUSE)
        return FALSE;
    if (!is_stale(addr)) {
        errno = EADDRINUSE;
        return FALSE;
    }
    return !unlink(addr->sun_path) && !bind(fd, (const struct sockaddr *)addr, sizeof(*addr));
}

Chardev *chardev_unix_open(const char *path, GError **error)
{
    auto_fd fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    struct sockaddr_un addr = {.sun_family = AF_UNIX};
    struct stat st;

    if (fd < 0) {
        error_set_errno(error, PAPRIKA_ERROR_HOST, errno, "cannot make a socket for the console");
        return NULL;
    }
    if (strlen(path) >= sizeof(addr.sun_path)) {
        error_set_errno(error, PAPRIKA_ERROR_USAGE, ENAMETOOLONG, "console socket '%s'", path);
        return NULL;
    }
    memcpy(addr.sun_path, path, strlen(path) + 1);
    /* Linux gives the socket file the mode of the unbound socket: the owner's alone. */
    if (fchmod(fd, 0600) || !bind_path(fd, &addr) || lstat(path, &st)) {
        error_set_errno(error, PAPRIKA_ERROR_USAGE, errno, "cannot make the console's socket '%s'",
                        path);
        return NULL;
    }
    if (listen(fd, UNIX_BACKLOG)) {
        error_set_errno(error, PAPRIKA_ERROR_HOST, errno, "cannot listen on the socket '%s'", path);
        unlink(path);
        return NULL;
    }

    UnixChardev *sock = g_new0(UnixChardev, 1);
    chardev_init(&sock->base, &unix_ops);
    sock->base.location = g_strdup(path);
    sock->listen_fd = fd_steal(&fd);
    sock->fd = -1;
    sock->dev = st.st_dev;
    sock->ino = st.st_ino;
    start_accept(sock);
    log_info("console on socket %s", path);
    return &sock->base;
}
