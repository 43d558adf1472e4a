/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which way a kernel is entered. */
#pragma once

#include <glib.h>

#include "include/paprika/config.h"

/**
 * Whether the kernel of @config is entered by Open Firmware: as --boot says, or,
 * with auto, if its command line asks for what only negotiation can give. A
 * kernel that is entered with a finished tree finds one translation and one
 * controller there, and ignores the wish for others. Any thread.
 */
gboolean boot_choose_of(const VmConfig *config);
