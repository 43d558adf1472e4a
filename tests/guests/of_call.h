/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Open Firmware's client interface, called through the entry that firmware gave. */
#pragma once

#include "guest.h"

enum { OF_CELLS = 12 };

/** What calls go through: r5 at entry; 0 without Open Firmware. */
extern u64 of_entry;
/** Under Open Firmware: where the initial RAM disk is, r3 at entry. */
extern u64 of_initrd;

/** One call, with arguments and results that are OF_CELLS together: 0, or -1. */
long of_client(const char *service, unsigned nargs, const u32 *args, unsigned nret, u32 *rets);
