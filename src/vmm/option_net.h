/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The value of --net; conventions as in option_values.h. */
#pragma once

#include <glib.h>

#include "src/vmm/option_keys.h"

/** A card's address: six pairs of hexadecimal digits with colons between. */
gboolean option_parse_mac(const char *text, NetConfig *net, GError **error);
/** What a card is on, and its keys. */
gboolean option_parse_net(char **parts, NetConfig *net, GError **error);
gboolean option_set_net(OptionContext *context, const char *value, GError **error);
/** Forget the network cards of @config, and free them. */
void option_clear_nets(VmConfig *config);
