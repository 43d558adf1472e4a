/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where the monitors of guests with names are: NAME.qmp in a folder of the user's, which
 * lasts no longer than the machine runs. Any thread.
 */
#pragma once

#include <glib.h>

/**
 * $XDG_RUNTIME_DIR/paprika, for root without one /run/paprika; newly allocated. NULL where the
 * user has none.
 */
char *run_dir_path(void);

/** As run_dir_path(), and it is there, for this user alone. NULL with @error. */
char *run_dir_make(GError **error);

/** The socket of the guest called @name in @folder; newly allocated. */
char *run_dir_socket(const char *folder, const char *name);

/**
 * The socket that a user means by @text: a path, if it has a slash or is a file's, or else the
 * name of a guest; newly allocated.
 */
char *run_dir_find(const char *text);

/** The names of guests that have a socket there, sorted; owned by the array. Empty without a
 * folder. */
GPtrArray *run_dir_names(const char *folder);
