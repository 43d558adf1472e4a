/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The values of options that add a device each; conventions as in option_values.h. */
#pragma once

#include <glib.h>

#include "src/vmm/option_keys.h"

/** "NAME,KEY,KEY=VALUE,...", where ",," is a comma within: its parts, first the name. */
char **option_split_parts(const char *value);
/** A decimal number from @min to @max; @what is named where it is none. */
gboolean option_parse_number(const char *text, const char *what, unsigned min, unsigned max,
                             unsigned *number, GError **error);
/** on or off. */
gboolean option_parse_on_off(const char *text, const char *what, gboolean *on, GError **error);

/** FILE and its keys, of which the file is left to the caller. */
gboolean option_parse_disk(char **parts, DiskConfig *disk, GError **error);
gboolean option_set_disk(OptionContext *context, const char *value, GError **error);
gboolean option_set_vsock(OptionContext *context, const char *value, GError **error);
gboolean option_set_rng(OptionContext *context, const char *value, GError **error);
gboolean option_set_hotplug(OptionContext *context, const char *value, GError **error);
gboolean option_set_balloon(OptionContext *context, const char *value, GError **error);
gboolean option_set_no_page_reporting(OptionContext *context, const char *value, GError **error);

/** Forget the disks of @config, and free them. */
void option_clear_disks(VmConfig *config);
