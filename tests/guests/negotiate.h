/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of the negotiating guest share. */
#pragma once

#include "guest.h"

/**
 * Load the ELF kernel that lies in memory at @kernel, for which its initial RAM disk
 * of @initrd_size bytes lies at @initrd, and enter it as by firmware. Both are moved
 * out of the way of what the kernel does in low memory.
 */
void load_kernel(u64 kernel, u64 initrd, u64 initrd_size) __attribute__((noreturn));
