/* SPDX-License-Identifier: GPL-2.0-or-later */
/* File descriptors that close themselves when their scope ends. */
#pragma once

#include <errno.h>
#include <unistd.h>

static inline void fd_close(int *fd)
{
    int saved = errno;

    if (*fd >= 0)
        close(*fd);
    *fd = -1;
    errno = saved;
}

static inline int fd_steal(int *fd)
{
    int taken = *fd;

    *fd = -1;
    return taken;
}

/** `auto_fd fd = open(...)`: closed at the end of the scope unless stolen. */
#define auto_fd __attribute__((cleanup(fd_close))) int
