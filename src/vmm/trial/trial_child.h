/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A child process with pipes for its standard descriptors, in a process group
 * of its own, which dies with this process, and of which nothing stays behind.
 * Main thread; runs on the default main loop.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include <glib.h>

typedef struct TrialChild TrialChild;

typedef struct {
    /** Bytes of its standard output or (@is_error) standard error; the latter come no later. */
    void (*output)(gboolean is_error, const uint8_t *bytes, size_t length, void *opaque);
    /** It is gone, and all that it wrote was given out; @wait_status as waitpid(2) has it. */
    void (*ended)(int wait_status, void *opaque);
} TrialChildOps;

/** Start @argv (argv[0] is the program). NULL with @error. @ops must outlive it. */
TrialChild *trial_child_new(GStrv argv, const TrialChildOps *ops, void *opaque, GError **error);

/** Kills it if it still runs. NULL is fine. Not to be called from within @ops. */
void trial_child_free(TrialChild *child);

/** Write @bytes to its standard input, when it reads; what is too much is dropped. */
void trial_child_write(TrialChild *child, GBytes *bytes);

/** Send @signal to it and what it started; nothing once it has ended. */
void trial_child_signal(TrialChild *child, int signal);
