/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "src/vmm/trial/trial_report.h"

static void add_indented(GString *out, const char *indent, const char *lines)
{
    g_auto(GStrv) each = g_strsplit(lines ? lines : "", "\n", -1);

    for (char **line = each; *line; line++) {
        /* After the last line's end. */
        if (line[1])
            g_string_append_printf(out, "%s%s\n", indent, *line);
    }
}

char *trial_report_line(const TrialPlan *plan, const TrialResult *result)
{
    g_autofree char *name = trial_result_name(plan, result);
    GString *out = g_string_new(NULL);

    g_string_append_printf(out, "%-11s %s", trial_outcome_word(result->outcome), name);
    if (result->outcome != TRIAL_NOT_RUN)
        g_string_append_printf(out, " (%.1f s)", result->seconds);
    if (result->message)
        g_string_append_printf(out, ": %s", result->message);
    g_string_append_c(out, '\n');
    if (result->quote && *result->quote && result->console) {
        g_string_append_printf(out, "  from %s:\n", result->console);
        add_indented(out, "  | ", result->quote);
    }
    return g_string_free(out, FALSE);
}

/** Figures about all runs of one test. */
typedef struct {
    unsigned counts[TRIAL_OUTCOMES];
    unsigned runs;
    /** Of those that passed, in seconds. */
    double fastest, slowest;
} Row;

static Row count_row(const TrialTest *test, const TrialResult *results, size_t count)
{
    Row row = {.runs = 0};

    for (size_t i = 0; i < count; i++) {
        const TrialResult *result = &results[i];
        if (result->test != test)
            continue;
        row.runs++;
        if (!row.counts[result->outcome]++ && result->outcome == TRIAL_PASSED)
            row.fastest = row.slowest = result->seconds;
        if (result->outcome == TRIAL_PASSED) {
            row.fastest = MIN(row.fastest, result->seconds);
            row.slowest = MAX(row.slowest, result->seconds);
        }
    }
    return row;
}

static void add_row(GString *out, const TrialTest *test, int width, const Row *row)
{
    const char *separator = "";

    g_string_append_printf(out, "%-*s  %5u/%-5u  ", width, test->name, row->counts[TRIAL_PASSED],
                           row->runs);
    if (!row->counts[TRIAL_PASSED])
        g_string_append_printf(out, "%-15s", "-");
    else if (row->runs == 1)
        g_string_append_printf(out, "%-15.1f", row->fastest);
    else
        g_string_append_printf(out, "%5.1f - %-7.1f", row->fastest, row->slowest);
    for (unsigned i = TRIAL_PASSED + 1; i < TRIAL_OUTCOMES; i++) {
        if (!row->counts[i])
            continue;
        g_string_append_printf(out, "%s%s", *separator ? separator : "  ",
                               trial_outcome_word((TrialOutcome)i));
        if (row->runs > 1)
            g_string_append_printf(out, " %u", row->counts[i]);
        separator = ", ";
    }
    g_strchomp(out->str);
    g_string_set_size(out, strlen(out->str));
    g_string_append_c(out, '\n');
}

char *trial_report_summary(const TrialPlan *plan, const TrialResult *results, size_t count)
{
    GString *out = g_string_new(NULL);
    int width = 4;
    unsigned passed = 0;

    for (unsigned i = 0; i < plan->tests->len; i++)
        width = MAX(width, (int)strlen(((TrialTest *)g_ptr_array_index(plan->tests, i))->name));
    g_string_append_printf(out, "%-*s  %-11s  %-15s  %s\n", width, "test", "passed", "seconds",
                           "otherwise");
    for (unsigned i = 0; i < plan->tests->len; i++) {
        const TrialTest *test = g_ptr_array_index(plan->tests, i);
        Row row = count_row(test, results, count);
        add_row(out, test, width, &row);
        passed += row.counts[TRIAL_PASSED];
    }
    g_string_append_printf(out, "%u of %zu passed\n", passed, count);
    return g_string_free(out, FALSE);
}
