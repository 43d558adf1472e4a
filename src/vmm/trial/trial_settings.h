/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The options of `paprika boot-test` itself, in one table: each is an option of
 * the command line, and most are keys of the matrix file's group [test], too.
 */
#pragma once

#include <stddef.h>

#include "src/vmm/trial/trial_plan.h"

typedef struct {
    const char *name;
    /** Metavariable in the help; NULL for a switch. */
    const char *arg;
    const char *help;
    /** May be given more than once. */
    gboolean repeats;
    /** A key of the matrix file, too. */
    gboolean in_file;
    /** @value is "yes" or "no" for a switch. The message says what is wrong with it. */
    gboolean (*set)(TrialPlan *plan, const char *value, GError **error);
} TrialSetting;

extern const TrialSetting trial_settings[];
extern const size_t trial_setting_count;

/** The entry called @name, or NULL. */
const TrialSetting *trial_setting_find(const char *name);

/** Store @value; on failure the message is "@label: reason". */
gboolean trial_setting_set(const TrialSetting *setting, TrialPlan *plan, const char *value,
                           const char *label, GError **error);
