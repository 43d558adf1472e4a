/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/vmm/trial/trial_result.h"

void trial_result_clear(TrialResult *result)
{
    g_clear_pointer(&result->message, g_free);
    g_clear_pointer(&result->quote, g_free);
    g_clear_pointer(&result->console, g_free);
    g_clear_pointer(&result->log, g_free);
}

char *trial_result_name(const TrialPlan *plan, const TrialResult *result)
{
    if (plan->repeat == 1)
        return g_strdup(result->test->name);
    return g_strdup_printf("%s.%u", result->test->name, result->run);
}
