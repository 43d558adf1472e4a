/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which translation the guest gets: radix or the hash page table. */
#pragma once

#include <glib.h>

#include "include/paprika/config.h"
#include "include/paprika/hv.h"

/**
 * Choose for @choice on a host with @caps: radix where the host offers it,
 * hash where asked, where it is all there is, or where @limit leaves processors
 * that know nothing else. An explicit choice that can't be is a usage error
 * that says what there is. Any thread.
 */
gboolean mmu_choose(MmuChoice choice, CpuCompat limit, const HvCaps *caps, gboolean *radix,
                    GError **error);
