/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reading and writing standard input and output without ever waiting, and
 * without O_NONBLOCK on an open file that other processes share: the shell
 * would find it set.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <glib.h>

typedef enum {
    /** Closed, or a device that has nothing to offer. */
    STDIO_FD_NONE,
    /** Our own open file, non-blocking. */
    STDIO_FD_OWN,
    /** A socket: non-blocking per call. */
    STDIO_FD_SOCKET,
    /** A regular file: never waits. */
    STDIO_FD_FILE,
    /** Shared, and can't be reopened: one byte at a time where poll(2) allows it. */
    STDIO_FD_SHARED,
} StdioFdKind;

typedef struct {
    int fd;
    StdioFdKind kind;
    gboolean terminal;
} StdioFd;

/** Look at descriptor @fd (0 or 1) and open it for ourselves if that is possible. */
void stdio_fd_init(StdioFd *file, int fd, gboolean for_writing);
void stdio_fd_finish(StdioFd *file);

/** As read(2) without waiting: -1 and EAGAIN if nothing is there. */
ssize_t stdio_fd_read(const StdioFd *file, uint8_t *data, size_t length);

/** As write(2) without waiting: -1 and EAGAIN if there is no room. */
ssize_t stdio_fd_write(const StdioFd *file, const uint8_t *data, size_t length);
