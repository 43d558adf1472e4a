/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/vmm/trial/trial_log.h"

#include <stdio.h>
#include <string.h>

void trial_log_init(TrialLog *log)
{
    *log = (TrialLog){.reboots = 0};
    trial_lines_init(&log->lines);
}

void trial_log_finish(TrialLog *log) { g_free(log->error); }

/** As life.c writes them: "NAME: reboot: WHY", "NAME: (N similar lines left out)". */
static void on_line(const char *text, size_t length, void *opaque)
{
    TrialLog *log = opaque;
    const char *message = strstr(text, ": ");
    unsigned left_out = 0;

    if (!message)
        return;
    message += 2;
    if (g_str_has_prefix(message, "reboot: ")) {
        log->reboots += MIN(1 + log->left_out, G_MAXINT - log->reboots);
    } else if (g_str_has_prefix(message, "error: ")) {
        const char *what = message + strlen("error: ");
        g_free(log->error);
        log->error = trial_lines_printable(what, strlen(what));
    } else if (*message == '(' && sscanf(message, "(%9u similar lines left out)", &left_out) != 1) {
        left_out = 0;
    }
    log->left_out = left_out;
}

void trial_log_feed(TrialLog *log, const uint8_t *bytes, size_t length)
{
    trial_lines_feed(&log->lines, bytes, length, on_line, log);
}
