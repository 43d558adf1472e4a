/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What `paprika ctl` does to plug and unplug: some of it takes more than one question. */
#pragma once

#include <glib.h>

#include "src/base/json_out.h"
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
/** FILE and NAME with the keys of --disk and --net, and id=. They are opened here (ctl_devices.c).
 */
gboolean ctl_plug_disk(CtlClient *client, const char *what, GError **error);
gboolean ctl_unplug_disk(CtlClient *client, const char *id, GError **error);
gboolean ctl_plug_net(CtlClient *client, const char *what, GError **error);
gboolean ctl_unplug_net(CtlClient *client, const char *id, GError **error);

/* --- for these -------------------------------------------------------------------------- */

/** A message that executes @command; its arguments come next, until ctl_finish_message(). */
void ctl_begin_message(JsonOut *out, const char *command);
/** Send it: what "return" holds, in the answer that is to be freed, or NULL. */
JsonValue *ctl_finish_message(CtlClient *client, JsonOut *out, GError **error);
/** The same for an answer that says nothing. */
gboolean ctl_give(CtlClient *client, JsonOut *out, GError **error);
/** Ask device @id back, and wait until it is gone or kept. */
gboolean ctl_unplug_device(CtlClient *client, const char *id, GError **error);
