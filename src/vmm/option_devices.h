/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The values of options that add a device each; conventions as in option_values.h. */
#pragma once

#include <glib.h>

#include "src/vmm/option_keys.h"

gboolean option_set_disk(OptionContext *context, const char *value, GError **error);
gboolean option_set_rng(OptionContext *context, const char *value, GError **error);

/** Forget the disks of @config, and free them. */
void option_clear_disks(VmConfig *config);
