/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of src/tpm share. */
#pragma once

#include "src/tpm/tpm.h"

struct Tpm {
    /** Owned; they do not block. */
    int control, data;
    /** An eventfd that is readable once tpm_interrupt() was called. */
    int stop;
    /** Milliseconds; 0: the usual ones. */
    unsigned limit;
    /** No more commands are given to it. */
    gboolean failed;
    /** It is ours to shut down. */
    gboolean ours;
};

/**
 * Move all @length bytes before the monotonic time @end: 0, or a negative errno: -ETIMEDOUT,
 * -ECANCELED where it was interrupted, -EPIPE where the other side is gone.
 */
int tpm_write(const Tpm *tpm, int fd, const void *data, size_t length, gint64 end);
int tpm_read(const Tpm *tpm, int fd, void *data, size_t length, gint64 end);

/** When a wait for something that usually takes at most @usual milliseconds ends. */
gint64 tpm_deadline(const Tpm *tpm, unsigned usual);

/* --- tpm_control.c ------------------------------------------------------------------ */

/** Hand the emulator @fd, over which commands come from then on. */
gboolean tpm_control_set_data(Tpm *tpm, int fd, GError **error);
/** Off, and on. */
gboolean tpm_control_stop(Tpm *tpm, GError **error);
gboolean tpm_control_init(Tpm *tpm, GError **error);
/** The emulator saves what it has and ends; nobody is left who could be told of errors. */
void tpm_control_shutdown(Tpm *tpm);
