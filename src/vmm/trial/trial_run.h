/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Carries a plan out: starts guests, reports on them, ends all of them on a signal. */
#pragma once

#include "src/vmm/trial/trial_plan.h"

/**
 * Run @plan; the program's exit status. Reports go to standard output, and where
 * the plan says; progress goes to standard error. Main thread; runs the default main loop.
 */
int trial_run(const TrialPlan *plan);
