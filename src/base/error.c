/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/base/error.h"

#include <stdarg.h>

G_DEFINE_QUARK(paprika - error - quark, paprika_error)

static void G_GNUC_PRINTF(4, 0) error_set_va(GError **error, PaprikaError code, const char *suffix,
                                             const char *format, va_list args)
{
    g_autofree char *text = g_strdup_vprintf(format, args);

    /* A message is one line, whatever a name in it contains. */
    for (char *p = text; *p; p++) {
        if (g_ascii_iscntrl(*p))
            *p = '?';
    }
    g_set_error(error, PAPRIKA_ERROR, code, "%s%s%s", text, suffix ? ": " : "",
                suffix ? suffix : "");
}

gboolean error_set_errno(GError **error, PaprikaError code, int err, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    error_set_va(error, code, g_strerror(err), format, args);
    va_end(args);
    return FALSE;
}

gboolean error_set(GError **error, PaprikaError code, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    error_set_va(error, code, NULL, format, args);
    va_end(args);
    return FALSE;
}

int error_exit_status(const GError *error)
{
    return g_error_matches(error, PAPRIKA_ERROR, PAPRIKA_ERROR_USAGE) ? 2 : 1;
}
