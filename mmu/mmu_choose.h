/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which translation the guest gets: radix or the hash page table. */
#pragma once

#include <glib.h>

#include "include/paprika/config.h"
#include "include/paprika/hv.h"

/**
 * Choose for @choice on a host with @caps: radix where the host offers it,
 * hash where asked or where it is all there is. An explicit choice that the
 * host lacks is a usage error that says what the host has. Any thread.
 */
gboolean mmu_choose(MmuChoice choice, const HvCaps *caps, gboolean *radix, GError **error);
