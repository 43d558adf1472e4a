/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The Test Anything Protocol, version 13, with what it calls a YAML block. */
#include "src/vmm/trial/trial_report.h"

char *trial_report_tap_plan(size_t count)
{
    return g_strdup_printf("TAP version 13\n1..%zu\n", count);
}

/** A YAML scalar in single quotes, which have one escape. */
static void add_scalar(GString *out, const char *name, const char *value)
{
    g_string_append_printf(out, "  %s: '", name);
    for (const char *p = value; *p; p++) {
        if (*p == '\'')
            g_string_append_c(out, '\'');
        g_string_append_c(out, *p);
    }
    g_string_append(out, "'\n");
}

/** Lines as a literal block. */
static void add_block(GString *out, const char *name, const char *lines)
{
    g_auto(GStrv) each = g_strsplit(lines, "\n", -1);

    if (!*lines)
        return;
    /* The indentation is told, since the first line may begin with spaces. */
    g_string_append_printf(out, "  %s: |2\n", name);
    for (char **line = each; line[1]; line++)
        g_string_append_printf(out, "    %s\n", *line);
}

char *trial_report_tap(const TrialPlan *plan, const TrialResult *result, size_t number)
{
    g_autofree char *name = trial_result_name(plan, result);
    gboolean passed = result->outcome == TRIAL_PASSED;
    char seconds[G_ASCII_DTOSTR_BUF_SIZE];
    GString *out = g_string_new(NULL);

    g_string_append_printf(out, "%s %zu - %s\n", passed ? "ok" : "not ok", number, name);
    g_string_append(out, "  ---\n");
    add_scalar(out, "outcome", trial_outcome_word(result->outcome));
    g_string_append_printf(out, "  seconds: %s\n",
                           g_ascii_formatd(seconds, sizeof(seconds), "%.1f", result->seconds));
    if (result->message)
        add_scalar(out, "message", result->message);
    if (result->console)
        add_scalar(out, "console", result->console);
    if (result->quote)
        add_block(out, "lines", result->quote);
    g_string_append(out, "  ...\n");
    return g_string_free(out, FALSE);
}
