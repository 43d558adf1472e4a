/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What Paprika itself says of a guest under test, on its standard error: how
 * often the guest restarted, and the last error. One thread.
 */
#pragma once

#include "src/vmm/trial/trial_lines.h"

typedef struct {
    TrialLines lines;
    unsigned reboots;
    /** From a line that tells how many others of the next one's kind were left out. */
    unsigned left_out;
    /** The last error without what stands before it, printable; owned; NULL. */
    char *error;
} TrialLog;

void trial_log_init(TrialLog *log);
void trial_log_finish(TrialLog *log);

void trial_log_feed(TrialLog *log, const uint8_t *bytes, size_t length);
