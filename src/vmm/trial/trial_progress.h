/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A line on a terminal that says how far the tests are; nothing where standard
 * error is no terminal. Main thread.
 */
#pragma once

#include <glib.h>

typedef struct {
    gboolean terminal;
    gboolean shown;
} TrialProgress;

void trial_progress_init(TrialProgress *progress);

/** Show @text in the place of what was shown. It is cut to the terminal's width. */
void trial_progress_show(TrialProgress *progress, const char *text);

/** Take the line away, before other output and at the end. */
void trial_progress_clear(TrialProgress *progress);
