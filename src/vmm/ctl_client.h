/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The other end of the monitor's socket: a client that asks one thing at a time, and waits. */
#pragma once

#include <glib.h>

#include "src/base/json_in.h"

typedef struct CtlClient CtlClient;

/**
 * Connect to the monitor at @path and negotiate. NULL with @error (USAGE where
 * there is no such socket). An answer that takes longer than a minute is an error.
 */
CtlClient *ctl_client_new(const char *path, GError **error);
/** As ctl_client_new(), and an answer may take @seconds. */
CtlClient *ctl_client_new_within(const char *path, unsigned seconds, GError **error);
void ctl_client_free(CtlClient *client);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CtlClient, ctl_client_free)

/** Hand @fd to the monitor, under @name (getfd). It stays the caller's, too. */
gboolean ctl_client_pass(CtlClient *client, const char *name, int fd, GError **error);

/** The process at the other end; 0 if that can't be told. */
int ctl_client_pid(const CtlClient *client);

/**
 * Send @message, a JSON object, and wait for its answer, events left out: the
 * line, newly allocated, without its end. NULL with @error if none comes.
 */
char *ctl_client_ask(CtlClient *client, const char *message, GError **error);

/** As ctl_client_ask(), for who wants what "return" holds, in the answer that is the caller's. */
JsonValue *ctl_client_call(CtlClient *client, const char *message, GError **error);

/**
 * Wait for the next event, as the monitor sends it; the caller's. One that came
 * while an answer was waited for is gone. NULL with @error after a minute.
 */
char *ctl_client_event(CtlClient *client, GError **error);
