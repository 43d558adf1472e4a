/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/vmm/option_label.h"

#include <string.h>

/** Enough for the paths that people use, with room for the reason in a log line. */
enum { LABEL_MAX = 256 };

char *option_value_label(const char *value)
{
    size_t length = strlen(value);
    g_autofree char *cut = g_strndup(value, MIN(length, LABEL_MAX));

    for (char *p = cut; *p; p++) {
        if (g_ascii_iscntrl(*p))
            *p = '?';
    }
    return length > LABEL_MAX ? g_strconcat(cut, "...", NULL) : g_steal_pointer(&cut);
}
