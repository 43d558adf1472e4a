/* SPDX-License-Identifier: GPL-2.0-or-later */
/* --numa, of which all values together make the machine's nodes. */
#pragma once

#include <glib.h>

#include "include/paprika/config.h"
#include "src/vmm/option_keys.h"

/** "node,cpus=0-3,memory=512M" or "dist,src=0,dst=1,val=20": adds to what there is. */
gboolean option_set_numa(OptionContext *context, const char *value, GError **error);

/**
 * Whether the nodes fit the machine that was asked for, once everything is known:
 * memory adds up, processors are each in one node, whole cores. TRUE without nodes.
 */
gboolean option_numa_check(const VmConfig *config, GError **error);
