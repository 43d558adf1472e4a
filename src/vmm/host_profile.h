/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Built-in descriptions of the hosts that Paprika runs on, as their KVM
 * describes them, so that trees can be written and compared on any machine.
 */
#pragma once

#include <stdint.h>

#include <glib.h>

#include "include/paprika/hv.h"

/** The names, for help and messages. */
#define HOST_PROFILE_NAMES "power8, power9, power10 or nested"

/** Profile @name to @caps, with the host's 64K pages; FALSE if there is none. Any thread. */
gboolean host_profile_get(const char *name, HvCaps *caps);
