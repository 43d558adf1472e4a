/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A descriptor for another process, over a UNIX socket (SCM_RIGHTS). */
#pragma once

#include <stddef.h>

/**
 * Send @fd, which stays the caller's, beside the @length bytes at @data, at least one, over @sock.
 * 0 or a negative errno: -EAGAIN where not all of them find room. Any thread.
 */
int fd_pass(int sock, int fd, const void *data, size_t length);
