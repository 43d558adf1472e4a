/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * libvirt names a disk that it attaches by its path, and the sandbox lets the guest's process open
 * nothing. So another process, which began before the sandbox, has nothing to do with the guest
 * and is the user that libvirt chose, opens it: a file with something in it, or a block device,
 * that exists.
 */
#pragma once

/**
 * Begin that process, which ends when this one does. What talks to it, or -1 with a message in the
 * log: files cannot be opened then. Main thread, the only one, before the sandbox.
 */
int compat_opener_start(void);

/**
 * Have @path opened over *@sock, with @flags of open(2) that a disk needs; waits for it up to ten
 * seconds. The caller's descriptor, or a negative errno. After an answer that is late or none,
 * *@sock is closed, and -1: nothing is opened any more. Main thread.
 */
int compat_opener_open(int *sock, const char *path, int flags);
