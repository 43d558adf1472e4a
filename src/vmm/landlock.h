/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Landlock: the files that this process may reach from now on, by the kernel's own check. */
#pragma once

#include <glib.h>

#include "include/paprika/config.h"

/**
 * Rules for the files that @config names, while their paths still lead there: a descriptor, the
 * caller's, in *@rules, and the kernel's version of Landlock. Without Landlock in the kernel they
 * are -1 and 0. Main thread.
 */
gboolean landlock_prepare(const VmConfig *config, int *rules, int *version, GError **error);

/**
 * Keep this thread, and those that it starts, to @rules, and from connecting or signalling
 * elsewhere, as far as this kernel can; -1: nothing. No new privileges must be set. Main thread.
 */
gboolean landlock_confine(int rules, GError **error);
