/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A descriptor for another process, or from one, over a UNIX socket (SCM_RIGHTS). */
#pragma once

#include <stddef.h>
#include <sys/types.h>

/**
 * Send @fd, which stays the caller's, beside the @length bytes at @data, at least one, over @sock.
 * 0 or a negative errno: -EAGAIN where not all of them find room. Any thread.
 */
int fd_pass(int sock, int fd, const void *data, size_t length);

/**
 * Wait for a message of at most @length bytes, which go to @data, and take the descriptor that is
 * beside them: *@fd is the caller's, or -1 where none came. How many bytes, or a negative errno.
 * Any thread.
 */
ssize_t fd_take(int sock, int *fd, void *data, size_t length);
