/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/base/event_fd.h"

#include <errno.h>
#include <stdint.h>
#include <unistd.h>

void event_fd_signal(int fd)
{
    const uint64_t one = 1;
    ssize_t written;

    /* One that has no room for more is readable. */
    do
        written = write(fd, &one, sizeof(one));
    while (written < 0 && errno == EINTR);
}

gboolean event_fd_take(int fd)
{
    uint64_t count;
    ssize_t got;

    do
        got = read(fd, &count, sizeof(count));
    while (got < 0 && errno == EINTR);
    return got == (ssize_t)sizeof(count);
}
