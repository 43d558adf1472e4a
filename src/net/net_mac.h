/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Addresses of network cards for which none was given. */
#pragma once

#include <stdint.h>

#include "include/paprika/config.h"

/**
 * The address of the card @name ("net0"): the one that @card gives, or one that depends on the
 * guest's name, or without a name on @interface, and on the card's, alone. Any thread.
 */
void net_mac(const VmConfig *config, const NetConfig *card, const char *name, const char *interface,
             uint8_t mac[6]);
