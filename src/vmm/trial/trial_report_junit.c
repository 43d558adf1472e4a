/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The XML that CI systems read as JUnit's: one suite, one case for each guest. */
#include "src/vmm/trial/trial_report.h"

enum { SECONDS_SIZE = 32 };

/** Fit for XML 1.0, which has no way to write most control characters. */
static char *xml_text(const char *text)
{
    g_autofree char *valid = g_utf8_make_valid(text, -1);

    for (char *p = valid; *p; p++) {
        if (g_ascii_iscntrl(*p) && *p != '\n')
            *p = '?';
    }
    return g_markup_escape_text(valid, -1);
}

static const char *seconds_text(char *buffer, double seconds)
{
    return g_ascii_formatd(buffer, SECONDS_SIZE, "%.3f", seconds);
}

/** JUnit tells a test that failed from one that could not be made. */
static gboolean is_error(TrialOutcome outcome)
{
    return outcome == TRIAL_VMM_FAILED || outcome == TRIAL_REFUSED;
}

static gboolean is_failure(TrialOutcome outcome)
{
    return outcome != TRIAL_PASSED && outcome != TRIAL_NOT_RUN && !is_error(outcome);
}

static void add_outcome(GString *out, const TrialResult *result)
{
    const char *element = is_error(result->outcome) ? "error" : "failure";
    g_autofree char *message = xml_text(result->message ? result->message : "");
    g_autofree char *quote = xml_text(result->quote ? result->quote : "");

    if (result->outcome == TRIAL_NOT_RUN)
        g_string_append_printf(out, "      <skipped message=\"%s\"/>\n", message);
    else if (result->outcome != TRIAL_PASSED)
        g_string_append_printf(out, "      <%s type=\"%s\" message=\"%s\">%s</%s>\n", element,
                               trial_outcome_word(result->outcome), message, quote, element);
    else if (result->message)
        g_string_append_printf(out, "      <system-out>%s</system-out>\n", message);
}

static void add_case(GString *out, const TrialPlan *plan, const TrialResult *result)
{
    g_autofree char *name = trial_result_name(plan, result);
    g_autofree char *escaped = xml_text(name);
    char seconds[SECONDS_SIZE];

    g_string_append_printf(out,
                           "    <testcase classname=\"paprika.boot-test\" name=\"%s\" "
                           "time=\"%s\">\n",
                           escaped, seconds_text(seconds, result->seconds));
    add_outcome(out, result);
    g_string_append(out, "    </testcase>\n");
}

char *trial_report_junit(const TrialPlan *plan, const TrialResult *results, size_t count)
{
    GString *out = g_string_new("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n");
    unsigned failures = 0, errors = 0, skipped = 0;
    double total = 0;
    char seconds[SECONDS_SIZE];

    for (size_t i = 0; i < count; i++) {
        failures += is_failure(results[i].outcome);
        errors += is_error(results[i].outcome);
        skipped += results[i].outcome == TRIAL_NOT_RUN;
        total += results[i].seconds;
    }
    g_string_append_printf(out,
                           "  <testsuite name=\"boot-test\" tests=\"%zu\" failures=\"%u\" "
                           "errors=\"%u\" skipped=\"%u\" time=\"%s\">\n",
                           count, failures, errors, skipped, seconds_text(seconds, total));
    for (size_t i = 0; i < count; i++)
        add_case(out, plan, &results[i]);
    g_string_append(out, "  </testsuite>\n</testsuites>\n");
    return g_string_free(out, FALSE);
}
