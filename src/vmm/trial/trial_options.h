/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The command line of `paprika boot-test`: options of its own, and those of `run`. */
#pragma once

#include "src/vmm/trial/trial_plan.h"

/**
 * The plan that the arguments after "boot-test" describe, with the matrix file
 * read and every guest's options checked. With --help, prints the help and ends
 * the program with status 0. NULL with @error. Main thread.
 */
TrialPlan *trial_options_parse(int argc, char **argv, GError **error);

/** The arguments of `paprika` for a guest of @test, "run" the first of them. New. */
GStrv trial_guest_args(const TrialPlan *plan, const TrialTest *test);
