/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The value of --port; conventions as in option_values.h. */
#pragma once

#include <glib.h>

#include "src/vmm/option_keys.h"

gboolean option_set_port(OptionContext *context, const char *value, GError **error);
/**
 * One more port, whose name, number and the like are @port's, which is taken over, on failure too:
 * number 0 is the first that is free.
 */
gboolean option_add_port(VmConfig *config, PortConfig *port, GError **error);
/** Free what one has, that was not added. */
void option_drop_port(PortConfig *port);
/** Forget the ports of @config, and free them. */
void option_clear_ports(VmConfig *config);
