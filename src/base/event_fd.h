/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Eventfds: a thread, or the kernel, is told by a descriptor that there is something to look at. */
#pragma once

#include <glib.h>

/** It becomes readable, if it is not already. Any thread. */
void event_fd_signal(int fd);

/**
 * Whether it was signalled since the last time. Waits for that unless it was made with
 * EFD_NONBLOCK. Any thread.
 */
gboolean event_fd_take(int fd);
