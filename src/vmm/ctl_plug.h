/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What `paprika ctl` does to plug and unplug: some of it takes more than one question. */
#pragma once

#include <glib.h>

#include "src/vmm/ctl_client.h"

/**
 * The commands' work, with their argument: FALSE with an error that says what the
 * monitor, or the guest, had against it. The unplug commands wait for the guest.
 */
gboolean ctl_plug_cpu(CtlClient *client, const char *core, GError **error);
gboolean ctl_unplug_cpu(CtlClient *client, const char *core, GError **error);
gboolean ctl_plug_memory(CtlClient *client, const char *size, GError **error);
gboolean ctl_unplug_memory(CtlClient *client, const char *what, GError **error);
/** Ask the guest to do with @size of memory; not waited for. */
gboolean ctl_balloon(CtlClient *client, const char *size, GError **error);
