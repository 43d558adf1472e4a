/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The one GError domain of Paprika. The code says whose fault it is, and so
 * which exit status the program ends with.
 */
#pragma once

#include <glib.h>

#define PAPRIKA_ERROR (paprika_error_quark())

typedef enum {
    /** Paprika or the host failed: exit status 1. */
    PAPRIKA_ERROR_HOST,
    /** What the user asked for is wrong or impossible: exit status 2. */
    PAPRIKA_ERROR_USAGE,
} PaprikaError;

GQuark paprika_error_quark(void);

/**
 * Set @error of kind @code to the message followed by ": " and the text of
 * @err (an errno value). Always returns false, so that a caller can return it.
 * Any thread.
 */
gboolean error_set_errno(GError **error, PaprikaError code, int err, const char *format, ...)
    G_GNUC_PRINTF(4, 5);

/** As error_set_errno(), without an errno. Always returns false. */
gboolean error_set(GError **error, PaprikaError code, const char *format, ...) G_GNUC_PRINTF(3, 4);

/** The exit status that goes with @error: 1 or 2. */
int error_exit_status(const GError *error);
