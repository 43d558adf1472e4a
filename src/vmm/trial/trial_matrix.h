/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The matrix file: a GKeyFile with a group [matrix], whose keys are options of
 * `paprika run` with lists of values, of which every combination is a test;
 * groups [exclude NAME] that leave combinations out; and a group [test] with
 * what stands on the command line of `paprika boot-test` otherwise.
 */
#pragma once

#include <stddef.h>

#include "src/vmm/trial/trial_plan.h"

/**
 * Add to @plan what @length bytes at @data, hostile or not, say. Messages begin
 * with @label; paths of kernels and initrds start at @base (NULL: the current
 * folder). Values of the options are not looked at yet.
 */
gboolean trial_matrix_parse(TrialPlan *plan, const char *label, const char *base, const char *data,
                            size_t length, GError **error);

/** The same for the file at @path. */
gboolean trial_matrix_load(TrialPlan *plan, const char *path, GError **error);
