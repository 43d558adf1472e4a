/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A listening UNIX socket with a file of its own, for this user alone. */
#pragma once

#include <sys/types.h>

#include <glib.h>

typedef struct {
    /** -1: none. */
    int fd;
    /** The folder that its file is in, for a time when paths lead elsewhere, and its name there;
     * owned. */
    int folder;
    char *name;
    /** The socket file as it was made, so that no other is ever removed. */
    dev_t dev;
    ino_t ino;
} UnixListener;

/**
 * Listen at @path, with mode 0600, non-blocking, for @backlog waiting clients. A
 * socket file that a dead process left behind is replaced; any other file is an
 * error, in which @what names the socket's purpose ("the console"). Main thread.
 */
gboolean unix_listener_open(UnixListener *listener, const char *path, const char *what, int backlog,
                            GError **error);

/**
 * Listen on @fd, which was inherited: a listening UNIX stream socket, which this becomes the
 * owner of, on success. Its file is somebody else's, and stays. @what as above. Main thread.
 */
gboolean unix_listener_adopt(UnixListener *listener, int fd, const char *what, GError **error);

/** Whether @path is a socket file that a dead process left behind. */
gboolean unix_socket_is_stale(const char *path);

/** Close it and remove its file, if it is its own. */
void unix_listener_close(UnixListener *listener);

/** Whether @err, of accept4(), is a lack that a later attempt may not meet. */
gboolean unix_accept_may_retry(int err);
