/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/vmm/trial/trial_progress.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { WIDTH_UNKNOWN = 80 };

void trial_progress_init(TrialProgress *progress)
{
    const char *term = getenv("TERM");

    progress->terminal = isatty(STDERR_FILENO) && term && strcmp(term, "dumb") != 0;
    progress->shown = FALSE;
}

static void put(const char *text)
{
    ssize_t n = write(STDERR_FILENO, text, strlen(text));

    /* Who does not see it misses nothing that is not said elsewhere. */
    (void)n;
}

void trial_progress_clear(TrialProgress *progress)
{
    if (progress->shown)
        put("\r\x1b[K");
    progress->shown = FALSE;
}

void trial_progress_show(TrialProgress *progress, const char *text)
{
    struct winsize size = {.ws_col = 0};

    if (!progress->terminal)
        return;
    ioctl(STDERR_FILENO, TIOCGWINSZ, &size);
    /* The last column stays free: some terminals go to the next line behind it. */
    size_t width = size.ws_col > 1 ? size.ws_col - 1U : WIDTH_UNKNOWN;
    g_autofree char *line = g_strdup_printf("\r\x1b[K%.*s", (int)width, text);
    put(line);
    progress->shown = TRUE;
}
