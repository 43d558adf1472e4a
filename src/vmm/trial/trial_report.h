/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reports about many guests: for people, in the Test Anything Protocol, as JUnit's XML. */
#pragma once

#include <stddef.h>

#include "src/vmm/trial/trial_result.h"

/** A line about one guest that is done, and the console's lines if it did not pass. New. */
char *trial_report_line(const TrialPlan *plan, const TrialResult *result);

/** The table of all @count results by test, and the count of what passed. New. */
char *trial_report_summary(const TrialPlan *plan, const TrialResult *results, size_t count);

/** The first lines of TAP. New. */
char *trial_report_tap_plan(size_t count);

/** TAP's lines about one guest, the @number-th from 1. New. */
char *trial_report_tap(const TrialPlan *plan, const TrialResult *result, size_t number);

/** All of it as an XML file that is read as JUnit's. New. */
char *trial_report_junit(const TrialPlan *plan, const TrialResult *results, size_t count);
