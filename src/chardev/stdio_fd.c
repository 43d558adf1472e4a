/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/chardev/stdio_fd.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "src/base/fd.h"

void stdio_fd_init(StdioFd *file, int fd, gboolean for_writing)
{
    struct stat st;
    char path[32];
    int flags = (for_writing ? O_WRONLY : O_RDONLY) | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;

    *file = (StdioFd){.fd = fd, .kind = STDIO_FD_NONE};
    if (fstat(fd, &st))
        return;
    file->terminal = isatty(fd);
    if (S_ISSOCK(st.st_mode)) {
        file->kind = STDIO_FD_SOCKET;
    } else if (S_ISREG(st.st_mode)) {
        /* Not reopened: a new open file would start at offset 0 and without O_APPEND. */
        file->kind = STDIO_FD_FILE;
    } else {
        snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
        int own = open(path, flags);
        file->kind = own >= 0 ? STDIO_FD_OWN : STDIO_FD_SHARED;
        if (own >= 0)
            file->fd = own;
    }
}

void stdio_fd_finish(StdioFd *file)
{
    if (file->kind == STDIO_FD_OWN)
        fd_close(&file->fd);
    file->kind = STDIO_FD_NONE;
}

/** For a shared descriptor: whether one byte goes without waiting. */
static gboolean is_ready(const StdioFd *file, short events)
{
    struct pollfd p = {.fd = file->fd, .events = events};

    if (file->kind != STDIO_FD_SHARED)
        return TRUE;
    if (poll(&p, 1, 0) > 0)
        return TRUE;
    errno = EAGAIN;
    return FALSE;
}

ssize_t stdio_fd_read(const StdioFd *file, uint8_t *data, size_t length)
{
    if (file->kind == STDIO_FD_NONE)
        return 0;
    if (file->kind == STDIO_FD_SOCKET)
        return recv(file->fd, data, length, MSG_DONTWAIT);
    /* What is there is read at once; only another reader of it could make us wait. */
    return is_ready(file, POLLIN) ? read(file->fd, data, length) : -1;
}

ssize_t stdio_fd_write(const StdioFd *file, const uint8_t *data, size_t length)
{
    if (file->kind == STDIO_FD_NONE)
        return (ssize_t)length;
    if (file->kind == STDIO_FD_SOCKET)
        return send(file->fd, data, length, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (!is_ready(file, POLLOUT))
        return -1;
    return write(file->fd, data, file->kind == STDIO_FD_SHARED ? MIN(length, 1) : length);
}
