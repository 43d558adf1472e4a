/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/vmm/trial/trial_trouble.h"

#include <string.h>

const char *const trial_panic_words[] = {"Kernel panic - not syncing", NULL};

/* "BUG:" is also how soft lockups, KASAN and sleeping in the wrong place begin. */
const char *const trial_oops_words[] = {
    "Oops: ",
    "BUG: ",
    "kernel BUG at ",
    "Unable to handle kernel ",
    "hard LOCKUP",
    "self-detected stall on CPU",
    "detected stalls on CPUs",
    NULL,
};

/** Whether @word stands in @line, not as the end of a longer one ("DEBUG: "). */
static gboolean has_word(const char *line, const char *word)
{
    for (const char *p = line; (p = strstr(p, word)); p++) {
        if (p == line || !g_ascii_isalnum(p[-1]))
            return TRUE;
    }
    return FALSE;
}

static gboolean has_any(const char *line, const char *const *words)
{
    for (; *words; words++) {
        if (has_word(line, *words))
            return TRUE;
    }
    return FALSE;
}

Trouble trial_trouble(const char *line)
{
    if (has_any(line, trial_panic_words))
        return TROUBLE_PANIC;
    return has_any(line, trial_oops_words) ? TROUBLE_OOPS : TROUBLE_NONE;
}
