/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/vmm/trial/trial_plan.h"

#include <string.h>

#include "src/base/error.h"

enum {
    DEFAULT_TIMEOUT = 60,
    DEFAULT_REBOOTS = 2,
    /** What `paprika run --name` takes. */
    GUEST_NAME_MAX = 63,
};

static void test_free(gpointer data)
{
    TrialTest *test = data;

    g_free(test->name);
    g_strfreev(test->args);
    g_free(test);
}

TrialPlan *trial_plan_new(void)
{
    TrialPlan *plan = g_new0(TrialPlan, 1);

    plan->tests = g_ptr_array_new_with_free_func(test_free);
    plan->script = trial_script_new();
    plan->timeout = DEFAULT_TIMEOUT;
    plan->reboots = DEFAULT_REBOOTS;
    plan->repeat = 1;
    plan->jobs = 1;
    plan->program = g_strdup("/proc/self/exe");
    return plan;
}

void trial_plan_free(TrialPlan *plan)
{
    if (!plan)
        return;
    g_ptr_array_unref(plan->tests);
    trial_script_free(plan->script);
    g_strfreev(plan->args);
    g_free(plan->output);
    g_free(plan->junit);
    g_free(plan->matrix);
    g_free(plan->program);
    g_free(plan);
}

static gboolean name_is_taken(const TrialPlan *plan, const char *name)
{
    for (unsigned i = 0; i < plan->tests->len; i++) {
        const TrialTest *test = g_ptr_array_index(plan->tests, i);
        if (!strcmp(test->name, name))
            return TRUE;
    }
    return FALSE;
}

/** @name as a file and a guest may be called. */
static char *clean_name(const char *name)
{
    char *clean = g_strndup(*name ? name : "guest", TRIAL_NAME_MAX);

    for (char *p = clean; *p; p++) {
        if (!g_ascii_isalnum(*p) && (p == clean || !strchr("-_.+", *p)))
            *p = p == clean ? 'x' : '-';
    }
    return clean;
}

gboolean trial_plan_add(TrialPlan *plan, const char *name, GStrv args, GError **error)
{
    g_auto(GStrv) owned = args;
    g_autofree char *clean = clean_name(name);
    char *unique = g_strdup(clean);

    if (plan->tests->len >= TRIAL_TESTS_MAX) {
        g_free(unique);
        return error_set(error, PAPRIKA_ERROR_USAGE, "more than %d tests", TRIAL_TESTS_MAX);
    }
    for (unsigned n = 2; name_is_taken(plan, unique); n++) {
        g_free(unique);
        unique = g_strdup_printf("%s_%u", clean, n);
    }
    TrialTest *test = g_new0(TrialTest, 1);
    test->name = unique;
    test->args = g_steal_pointer(&owned);
    g_ptr_array_add(plan->tests, test);
    return TRUE;
}

char *trial_test_guest_name(const TrialTest *test) { return g_strndup(test->name, GUEST_NAME_MAX); }
