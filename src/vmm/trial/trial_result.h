/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What became of one guest. */
#pragma once

#include "src/vmm/trial/trial_outcome.h"
#include "src/vmm/trial/trial_plan.h"

typedef struct {
    const TrialTest *test;
    /** Which repetition, from 1. */
    unsigned run;
    TrialOutcome outcome;
    /** In one line why it did not pass, or what else is worth saying; NULL. */
    char *message;
    /** Lines of the console, each with its end; NULL if it passed. */
    char *quote;
    /** From start to outcome. */
    double seconds;
    unsigned reboots;
    /** Files; NULL if the guest was never started. */
    char *console, *log;
} TrialResult;

void trial_result_clear(TrialResult *result);

/** The test's name, with the number of the run if @plan has several of each. New. */
char *trial_result_name(const TrialPlan *plan, const TrialResult *result);
