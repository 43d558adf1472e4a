/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How a boot test can end: the words for it, and the program's exit status. */
#pragma once

#include <glib.h>

typedef enum {
    /** Every expected line came. */
    TRIAL_PASSED,
    /** A line came that --fail names. */
    TRIAL_FAIL_LINE,
    /** The guest ended by itself, without the expected lines. */
    TRIAL_MISSING,
    /** Time was up while the guest still printed. */
    TRIAL_TIMEOUT,
    /** Nothing came from the guest for too long. */
    TRIAL_HUNG,
    /** The guest restarted too often. */
    TRIAL_REBOOTS,
    /** The kernel told of a fault of its own, and went on. */
    TRIAL_OOPS,
    /** Paprika ended the guest as crashed, and no panic was seen. */
    TRIAL_CRASHED,
    TRIAL_PANIC,
    /** Paprika or the host failed. */
    TRIAL_VMM_FAILED,
    /** Paprika refused what was asked for. */
    TRIAL_REFUSED,
    /** Never started: the whole was interrupted before. */
    TRIAL_NOT_RUN,
} TrialOutcome;

enum { TRIAL_OUTCOMES = TRIAL_NOT_RUN + 1 };

/** One word, for reports. */
const char *trial_outcome_word(TrialOutcome outcome);

/** The exit status of a program whose gravest outcome this is. */
int trial_outcome_exit_status(TrialOutcome outcome);

/**
 * The graver of two. What is wrong with Paprika or its options comes before
 * what is wrong with the guest's kernel, and that before what merely did not come.
 */
TrialOutcome trial_outcome_graver(TrialOutcome a, TrialOutcome b);
