/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/base/json_out.h"

#include <inttypes.h>

void json_out_init(JsonOut *json)
{
    json->text = g_string_new(NULL);
    json->open = g_string_new(NULL);
    json->flat = FALSE;
}

void json_out_init_flat(JsonOut *json)
{
    json_out_init(json);
    json->flat = TRUE;
}

char *json_out_finish(JsonOut *json)
{
    while (json->open->len)
        json_out_end(json);
    g_string_append_c(json->text, '\n');
    g_string_free(g_steal_pointer(&json->open), TRUE);
    return g_string_free(g_steal_pointer(&json->text), FALSE);
}

static void new_line(JsonOut *json)
{
    if (!json->flat)
        g_string_append_printf(json->text, "\n%*s", (int)(2 * json->open->len), "");
}

/** @value between quotes, with the escapes that RFC 8259, section 7, asks for. */
static void append_quoted(GString *text, const char *value)
{
    g_autofree char *valid = g_utf8_make_valid(value, -1);

    g_string_append_c(text, '"');
    for (const char *p = valid; *p; p++) {
        if (*p == '"' || *p == '\\')
            g_string_append_printf(text, "\\%c", *p);
        else if (*p == '\n')
            g_string_append(text, "\\n");
        else if ((unsigned char)*p < 0x20 || *p == 0x7f)
            g_string_append_printf(text, "\\u%04x", (unsigned)*p);
        else
            g_string_append_c(text, *p);
    }
    g_string_append_c(text, '"');
}

/** Comma, line break and name of the value that comes next. */
static void begin_value(JsonOut *json, const char *name)
{
    char last = json->text->len ? json->text->str[json->text->len - 1] : '{';

    if (last != '{' && last != '[')
        g_string_append(json->text, json->flat ? ", " : ",");
    if (json->open->len)
        new_line(json);
    if (name) {
        append_quoted(json->text, name);
        g_string_append(json->text, ": ");
    }
}

static void begin_group(JsonOut *json, const char *name, char bracket, char closing)
{
    begin_value(json, name);
    g_string_append_c(json->text, bracket);
    g_string_append_c(json->open, closing);
}

void json_out_begin_object(JsonOut *json, const char *name) { begin_group(json, name, '{', '}'); }

void json_out_begin_array(JsonOut *json, const char *name) { begin_group(json, name, '[', ']'); }

void json_out_end(JsonOut *json)
{
    if (!json->open->len)
        return;

    char last = json->text->str[json->text->len - 1];
    char closing = json->open->str[json->open->len - 1];
    g_string_truncate(json->open, json->open->len - 1);
    if (last != '{' && last != '[')
        new_line(json);
    g_string_append_c(json->text, closing);
}

void json_out_string(JsonOut *json, const char *name, const char *value)
{
    if (!value) {
        json_out_null(json, name);
        return;
    }
    begin_value(json, name);
    append_quoted(json->text, value);
}

void json_out_uint(JsonOut *json, const char *name, uint64_t value)
{
    begin_value(json, name);
    g_string_append_printf(json->text, "%" PRIu64, value);
}

void json_out_bool(JsonOut *json, const char *name, gboolean value)
{
    begin_value(json, name);
    g_string_append(json->text, value ? "true" : "false");
}

void json_out_null(JsonOut *json, const char *name)
{
    begin_value(json, name);
    g_string_append(json->text, "null");
}

void json_out_raw(JsonOut *json, const char *name, const char *text, size_t length)
{
    begin_value(json, name);
    g_string_append_len(json->text, text, (gssize)length);
}
