/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/vmm/trial/trial_script.h"

#include <string.h>

#include "src/base/error.h"
#include "src/vmm/option_label.h"

/** In front of each pattern: what a line may cost, whoever wrote the two. */
#define PATTERN_LIMIT "(*LIMIT_MATCH=200000)"

static void pattern_clear(TrialPattern *pattern)
{
    g_free(pattern->text);
    g_clear_pointer(&pattern->regex, g_regex_unref);
}

static void pattern_free(gpointer data)
{
    pattern_clear(data);
    g_free(data);
}

static void send_free(gpointer data)
{
    TrialSend *send = data;

    pattern_clear(&send->after);
    g_bytes_unref(send->bytes);
    g_free(send);
}

TrialScript *trial_script_new(void)
{
    TrialScript *script = g_new0(TrialScript, 1);

    script->expect = g_ptr_array_new_with_free_func(pattern_free);
    script->fail = g_ptr_array_new_with_free_func(pattern_free);
    script->send = g_ptr_array_new_with_free_func(send_free);
    return script;
}

void trial_script_free(TrialScript *script)
{
    if (!script)
        return;
    g_ptr_array_unref(script->expect);
    g_ptr_array_unref(script->fail);
    g_ptr_array_unref(script->send);
    g_free(script);
}

static gboolean pattern_init(TrialPattern *pattern, const char *regex, GError **error)
{
    g_autofree char *limited = g_strconcat(PATTERN_LIMIT, regex, NULL);
    g_autofree char *shown = option_value_label(regex);
    g_autoptr(GError) local = NULL;

    if (!*regex)
        return error_set(error, PAPRIKA_ERROR_USAGE, "the regular expression is empty");
    /* RAW: a console has bytes, which need not be UTF-8. */
    pattern->regex = g_regex_new(limited, G_REGEX_RAW | G_REGEX_OPTIMIZE, 0, &local);
    if (!pattern->regex) {
        /* GLib's message quotes the whole pattern, with our limit, and counts that in. */
        const char *why = strrchr(local->message, ':');
        return error_set(error, PAPRIKA_ERROR_USAGE, "'%s' is no regular expression: %s", shown,
                         why ? why + strspn(why, ": ") : local->message);
    }
    pattern->text = g_strdup(regex);
    return TRUE;
}

gboolean trial_script_add(GPtrArray *patterns, const char *regex, GError **error)
{
    TrialPattern pattern = {.regex = NULL};

    if (patterns->len >= TRIAL_PATTERNS_MAX)
        return error_set(error, PAPRIKA_ERROR_USAGE, "more than %d of them", TRIAL_PATTERNS_MAX);
    if (!pattern_init(&pattern, regex, error))
        return FALSE;
    g_ptr_array_add(patterns, g_memdup2(&pattern, sizeof(pattern)));
    return TRUE;
}

/** Append to @out what the escape at @p, behind its backslash, means; how long it is, or 0. */
static size_t unescape(const char *p, GByteArray *out)
{
    static const char names[] = "nrte\\", values[] = "\n\r\t\x1b\\";
    const char *found = *p ? strchr(names, *p) : NULL;
    guint8 byte;

    if (found) {
        byte = (guint8)values[found - names];
        g_byte_array_append(out, &byte, 1);
        return 1;
    }
    if (*p == 'x' && g_ascii_isxdigit(p[1]) && g_ascii_isxdigit(p[2])) {
        byte = (guint8)(g_ascii_xdigit_value(p[1]) << 4 | g_ascii_xdigit_value(p[2]));
        g_byte_array_append(out, &byte, 1);
        return 3;
    }
    return 0;
}

static GBytes *send_bytes(const char *text, GError **error)
{
    g_autoptr(GByteArray) out = g_byte_array_new();

    if (strlen(text) > TRIAL_SEND_MAX) {
        error_set(error, PAPRIKA_ERROR_USAGE, "the text is longer than %d bytes", TRIAL_SEND_MAX);
        return NULL;
    }
    for (const char *p = text; *p;) {
        if (*p != '\\') {
            g_byte_array_append(out, (const guint8 *)p++, 1);
            continue;
        }
        size_t length = unescape(p + 1, out);
        if (!length) {
            error_set(error, PAPRIKA_ERROR_USAGE,
                      "a backslash begins \\n, \\r, \\t, \\e, \\\\ or \\xHH");
            return NULL;
        }
        p += 1 + length;
    }
    return g_byte_array_free_to_bytes(g_steal_pointer(&out));
}

gboolean trial_script_add_send(TrialScript *script, const char *text, const char *after,
                               GError **error)
{
    TrialSend send = {.bytes = NULL};

    if (script->send->len >= TRIAL_PATTERNS_MAX)
        return error_set(error, PAPRIKA_ERROR_USAGE, "more than %d of them", TRIAL_PATTERNS_MAX);
    if (!*text)
        return error_set(error, PAPRIKA_ERROR_USAGE, "the text is empty");
    if (!pattern_init(&send.after, after, error))
        return FALSE;
    send.bytes = send_bytes(text, error);
    if (!send.bytes) {
        pattern_clear(&send.after);
        return FALSE;
    }
    g_ptr_array_add(script->send, g_memdup2(&send, sizeof(send)));
    return TRUE;
}

TrialMatch trial_pattern_match(const TrialPattern *pattern, const char *line, size_t length,
                               size_t from, gboolean complete)
{
    g_autoptr(GError) error = NULL;
    GRegexMatchFlags flags = complete ? 0 : G_REGEX_MATCH_NOTEOL;

    if (g_regex_match_full(pattern->regex, line, (gssize)length, (gint)from, flags, NULL, &error))
        return TRIAL_MATCH_YES;
    return error ? TRIAL_MATCH_GIVEN_UP : TRIAL_MATCH_NO;
}
