/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/vmm/trial/trial_settings.h"

#include <limits.h>
#include <string.h>

#include "src/base/error.h"

static gboolean parse_number(const char *value, unsigned min, unsigned max, unsigned *number,
                             GError **error)
{
    guint64 parsed;

    if (!g_ascii_string_to_unsigned(value, 10, min, max, &parsed, NULL))
        return error_set(error, PAPRIKA_ERROR_USAGE, "must be a number from %u to %u", min, max);
    *number = (unsigned)parsed;
    return TRUE;
}

static gboolean parse_switch(const char *value, gboolean *on, GError **error)
{
    if (strcmp(value, "yes") != 0 && strcmp(value, "no") != 0)
        return error_set(error, PAPRIKA_ERROR_USAGE, "must be yes or no");
    *on = !strcmp(value, "yes");
    return TRUE;
}

static gboolean store_path(char **place, const char *value, GError **error)
{
    if (strlen(value) >= PATH_MAX)
        return error_set(error, PAPRIKA_ERROR_USAGE, "the path is longer than %d bytes",
                         PATH_MAX - 1);
    g_free(*place);
    *place = g_strdup(value);
    return TRUE;
}

static gboolean set_expect(TrialPlan *plan, const char *value, GError **error)
{
    return trial_script_add(plan->script->expect, value, error);
}

static gboolean set_fail(TrialPlan *plan, const char *value, GError **error)
{
    return trial_script_add(plan->script->fail, value, error);
}

static gboolean set_timeout(TrialPlan *plan, const char *value, GError **error)
{
    return parse_number(value, 1, TRIAL_SECONDS_MAX, &plan->timeout, error);
}

static gboolean set_silence(TrialPlan *plan, const char *value, GError **error)
{
    return parse_number(value, 1, TRIAL_SECONDS_MAX, &plan->silence, error);
}

static gboolean set_max_reboots(TrialPlan *plan, const char *value, GError **error)
{
    return parse_number(value, 0, TRIAL_REBOOTS_MAX, &plan->reboots, error);
}

static gboolean set_repeat(TrialPlan *plan, const char *value, GError **error)
{
    return parse_number(value, 1, TRIAL_RUNS_MAX, &plan->repeat, error);
}

static gboolean set_jobs(TrialPlan *plan, const char *value, GError **error)
{
    return parse_number(value, 1, TRIAL_JOBS_MAX, &plan->jobs, error);
}

static gboolean set_poweroff(TrialPlan *plan, const char *value, GError **error)
{
    return parse_switch(value, &plan->poweroff, error);
}

static gboolean set_ignore_oops(TrialPlan *plan, const char *value, GError **error)
{
    return parse_switch(value, &plan->ignore_oops, error);
}

static gboolean set_matrix(TrialPlan *plan, const char *value, GError **error)
{
    return store_path(&plan->matrix, value, error);
}

static gboolean set_output(TrialPlan *plan, const char *value, GError **error)
{
    return store_path(&plan->output, value, error);
}

static gboolean set_junit(TrialPlan *plan, const char *value, GError **error)
{
    return store_path(&plan->junit, value, error);
}

static gboolean set_tap(TrialPlan *plan, const char *value, GError **error)
{
    return parse_switch(value, &plan->tap, error);
}

const TrialSetting trial_settings[] = {
    {.name = "expect",
     .arg = "REGEX",
     .help = "a line of the console that shows that the guest is up; of\n"
             "several each must come, in any order",
     .repeats = TRUE,
     .in_file = TRUE,
     .set = set_expect},
    {.name = "fail",
     .arg = "REGEX",
     .help = "a line that fails the test at once; may be given often",
     .repeats = TRUE,
     .in_file = TRUE,
     .set = set_fail},
    {.name = "send",
     .arg = "TEXT after REGEX",
     .help = "type TEXT, with \\n for the end of a line, once such a\n"
             "line or prompt has come; several: one after the other",
     .repeats = TRUE},
    {.name = "poweroff",
     .help = "the guest must also power off by itself",
     .in_file = TRUE,
     .set = set_poweroff},
    {.name = "timeout",
     .arg = "S",
     .help = "seconds that a guest may take [default: 60]",
     .in_file = TRUE,
     .set = set_timeout},
    {.name = "silence",
     .arg = "S",
     .help = "seconds without output after which a guest is ended as\n"
             "hung; by default a guest that runs out of time has hung if\n"
             "it was silent for the second half of it",
     .in_file = TRUE,
     .set = set_silence},
    {.name = "max-reboots",
     .arg = "N",
     .help = "restarts that are no loop yet [default: 2]",
     .in_file = TRUE,
     .set = set_max_reboots},
    {.name = "ignore-oops",
     .help = "an oops of the guest's kernel does not fail the test",
     .in_file = TRUE,
     .set = set_ignore_oops},
    {.name = "repeat",
     .arg = "N",
     .help = "run each test N times [default: 1]",
     .in_file = TRUE,
     .set = set_repeat},
    {.name = "jobs", .arg = "N", .help = "guests that run at a time [default: 1]", .set = set_jobs},
    {.name = "matrix",
     .arg = "FILE",
     .help = "test every combination of the values in FILE",
     .set = set_matrix},
    {.name = "output",
     .arg = "DIR",
     .help = "keep each guest's console and messages there; by default\n"
             "in a new folder, whose name is told",
     .set = set_output},
    {.name = "junit", .arg = "FILE", .help = "write a report as JUnit does", .set = set_junit},
    {.name = "tap",
     .help = "report in the Test Anything Protocol on standard output",
     .set = set_tap},
};

const size_t trial_setting_count = G_N_ELEMENTS(trial_settings);

const TrialSetting *trial_setting_find(const char *name)
{
    for (size_t i = 0; i < trial_setting_count; i++) {
        if (!strcmp(trial_settings[i].name, name))
            return &trial_settings[i];
    }
    return NULL;
}

gboolean trial_setting_set(const TrialSetting *setting, TrialPlan *plan, const char *value,
                           const char *label, GError **error)
{
    gboolean ok;

    if (!*value)
        ok = error_set(error, PAPRIKA_ERROR_USAGE, "the value is empty");
    else
        ok = setting->set(plan, value, error);
    if (!ok)
        g_prefix_error(error, "%s: ", label);
    return ok;
}
