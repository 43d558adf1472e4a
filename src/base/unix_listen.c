/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/base/unix_listen.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "src/base/error.h"
#include "src/base/fd.h"

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

gboolean unix_socket_is_stale(const char *path)
{
    struct sockaddr_un addr = {.sun_family = AF_UNIX};

    if (strlen(path) >= sizeof(addr.sun_path))
        return FALSE;
    memcpy(addr.sun_path, path, strlen(path) + 1);
    return is_stale(&addr);
}

gboolean unix_listener_open(UnixListener *listener, const char *path, const char *what, int backlog,
                            GError **error)
{
    auto_fd fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    struct sockaddr_un addr = {.sun_family = AF_UNIX};
    struct stat st;

    *listener = (UnixListener){.fd = -1, .folder = -1};
    if (fd < 0)
        return error_set_errno(error, PAPRIKA_ERROR_HOST, errno, "cannot make a socket for %s",
                               what);
    if (strlen(path) >= sizeof(addr.sun_path))
        return error_set_errno(error, PAPRIKA_ERROR_USAGE, ENAMETOOLONG, "socket '%s' of %s", path,
                               what);
    memcpy(addr.sun_path, path, strlen(path) + 1);
    g_autofree char *folder_path = g_path_get_dirname(path);
    auto_fd folder = open(folder_path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0)
        return error_set_errno(error, PAPRIKA_ERROR_USAGE, errno,
                               "cannot make the socket '%s' of %s", path, what);
    /* Linux gives the socket file the mode of the unbound socket: the owner's alone. */
    if (fchmod(fd, 0600) || !bind_path(fd, &addr))
        return error_set_errno(error, PAPRIKA_ERROR_USAGE, errno,
                               "cannot make the socket '%s' of %s", path, what);
    if (lstat(path, &st) || listen(fd, backlog)) {
        error_set_errno(error, PAPRIKA_ERROR_HOST, errno, "cannot listen on the socket '%s'", path);
        unlink(path);
        return FALSE;
    }
    *listener = (UnixListener){
        .fd = fd_steal(&fd),
        .folder = fd_steal(&folder),
        .name = g_path_get_basename(path),
        .dev = st.st_dev,
        .ino = st.st_ino,
    };
    return TRUE;
}

/** A property of the socket @fd; -1 if it is none. */
static int socket_property(int fd, int property)
{
    int value = -1;
    socklen_t size = sizeof(value);

    return getsockopt(fd, SOL_SOCKET, property, &value, &size) ? -1 : value;
}

gboolean unix_listener_adopt(UnixListener *listener, int fd, const char *what, GError **error)
{
    *listener = (UnixListener){.fd = -1, .folder = -1};
    if (socket_property(fd, SO_DOMAIN) != AF_UNIX || socket_property(fd, SO_TYPE) != SOCK_STREAM ||
        socket_property(fd, SO_ACCEPTCONN) != 1)
        return error_set(error, PAPRIKA_ERROR_USAGE,
                         "descriptor %d for %s is no listening UNIX stream socket", fd, what);
    if (fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK) || fcntl(fd, F_SETFD, FD_CLOEXEC))
        return error_set_errno(error, PAPRIKA_ERROR_HOST, errno,
                               "cannot prepare descriptor %d for %s", fd, what);
    listener->fd = fd;
    return TRUE;
}

void unix_listener_close(UnixListener *listener)
{
    struct stat st;

    if (listener->name && !fstatat(listener->folder, listener->name, &st, AT_SYMLINK_NOFOLLOW) &&
        st.st_dev == listener->dev && st.st_ino == listener->ino)
        unlinkat(listener->folder, listener->name, 0);
    if (listener->name)
        fd_close(&listener->folder);
    fd_close(&listener->fd);
    g_clear_pointer(&listener->name, g_free);
}

gboolean unix_accept_may_retry(int err)
{
    return err == EMFILE || err == ENFILE || err == ENOMEM || err == ENOBUFS;
}
