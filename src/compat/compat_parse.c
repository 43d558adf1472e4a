/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/compat/compat_parse.h"

#include <stdarg.h>
#include <string.h>

#include "src/base/error.h"
#include "src/vmm/option_keys.h"

void compat_refuse(CompatParse *parse, const QemuOption *option, const char *format, ...)
{
    va_list args;

    if (parse->messages->len >= COMPAT_PARSE_MAX)
        return;
    va_start(args, format);
    g_autofree char *text = g_strdup_vprintf(format, args);
    va_end(args);
    char *line = option ? g_strdup_printf("%s: %s", option->label, text) : g_strdup(text);
    /* What others wrote is in it. */
    for (char *p = line; *p; p++) {
        if (g_ascii_iscntrl(*p))
            *p = '?';
    }
    g_ptr_array_add(parse->messages, line);
}

void compat_refuse_error(CompatParse *parse, const QemuOption *option, GError *error)
{
    compat_refuse(parse, option, "%s", error->message);
    g_error_free(error);
}

static gboolean is_one_of(const char *value, const char *values)
{
    g_auto(GStrv) words = g_strsplit(values, "|", -1);

    return g_strv_contains((const char *const *)words, value);
}

void compat_take_facts(CompatParse *parse, QemuOption *option, const CompatFact *facts)
{
    for (; facts->key; facts++) {
        const char *value;

        while ((value = qemu_option_take_next(option, facts->key))) {
            if (facts->values && !is_one_of(value, facts->values))
                compat_refuse(parse, option, "%s=%s is not there in Paprika: %s", facts->key, value,
                              facts->why);
        }
    }
}

void compat_refuse_rest(CompatParse *parse, QemuOption *option)
{
    const QemuProperty *left;

    while ((left = qemu_option_left_over(option)))
        compat_refuse(parse, option, "the property '%s' (=%s) is not there in Paprika", left->key,
                      left->value);
}

gboolean compat_take_switch(CompatParse *parse, QemuOption *option, const char *key,
                            gboolean fallback)
{
    const char *value = qemu_option_take(option, key);

    if (!value)
        return fallback;
    if (is_one_of(value, "on|yes|true"))
        return TRUE;
    if (!is_one_of(value, "off|no|false"))
        compat_refuse(parse, option, "%s=%s must be on or off", key, value);
    return FALSE;
}

gboolean compat_take_number(CompatParse *parse, QemuOption *option, const char *key, guint64 max,
                            guint64 *number)
{
    const char *value = qemu_option_take(option, key);

    if (!value)
        return FALSE;
    gboolean hex = g_str_has_prefix(value, "0x") || g_str_has_prefix(value, "0X");
    if (g_ascii_string_to_unsigned(hex ? value + 2 : value, hex ? 16 : 10, 0, max, number, NULL))
        return TRUE;
    compat_refuse(parse, option, "%s=%s is not a number up to %" G_GUINT64_FORMAT, key, value, max);
    return FALSE;
}

const char *compat_take_needed(CompatParse *parse, QemuOption *option, const char *key)
{
    const char *value = qemu_option_take(option, key);

    if (value && *value)
        return value;
    compat_refuse(parse, option, "the property '%s' is missing", key);
    return "";
}

gboolean compat_set(CompatParse *parse, const QemuOption *option, const char *key,
                    const char *value)
{
    OptionContext context = {.config = parse->vm};
    GError *error = NULL;

    if (option_key_set(option_key_find(key), &context, value, key, &error))
        return TRUE;
    compat_refuse_error(parse, option, error);
    return FALSE;
}

QemuOption *compat_find(const GPtrArray *list, const char *key, const char *value)
{
    for (guint i = 0; i < list->len; i++) {
        QemuOption *option = g_ptr_array_index(list, i);
        const char *other = qemu_option_peek(option, key);

        if (other && !strcmp(other, value))
            return option;
    }
    return NULL;
}

char *compat_take_path(CompatParse *parse, QemuOption *option, const char *key)
{
    static const char prefix[] = "/dev/fdset/";
    const char *path = compat_take_needed(parse, option, key);

    if (!g_str_has_prefix(path, prefix))
        return *path ? g_strdup(path) : NULL;
    QemuOption *set = compat_find(parse->fds, "set", path + strlen(prefix));
    const char *fd = set ? qemu_option_peek(set, "fd") : NULL;
    if (fd)
        return g_strdup_printf("/dev/fd/%s", fd);
    compat_refuse(parse, option, "%s=%s: there is no such -add-fd", key, path);
    return NULL;
}
