/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/base/json_in.h"

#include <string.h>

#include "src/base/error.h"

typedef struct {
    const char *start, *at, *end;
    unsigned depth, values;
} JsonReader;

static JsonValue *read_value(JsonReader *reader, GError **error);

static JsonValue *complain(const JsonReader *reader, GError **error, const char *what)
{
    error_set(error, PAPRIKA_ERROR_USAGE, "JSON: %s at byte %zu", what,
              (size_t)(reader->at - reader->start));
    return NULL;
}

static void skip_space(JsonReader *reader)
{
    while (reader->at < reader->end && strchr(" \t\r\n", *reader->at) && *reader->at)
        reader->at++;
}

/** Whether @c comes next; it is taken then. */
static gboolean take(JsonReader *reader, char c)
{
    if (reader->at == reader->end || *reader->at != c)
        return FALSE;
    reader->at++;
    return TRUE;
}

static gboolean take_word(JsonReader *reader, const char *word)
{
    size_t length = strlen(word);

    if ((size_t)(reader->end - reader->at) < length || memcmp(reader->at, word, length))
        return FALSE;
    reader->at += length;
    return TRUE;
}

static size_t take_digits(JsonReader *reader)
{
    const char *from = reader->at;

    while (reader->at < reader->end && g_ascii_isdigit(*reader->at))
        reader->at++;
    return (size_t)(reader->at - from);
}

static JsonValue *new_value(JsonType type, const char *text)
{
    JsonValue *value = g_new0(JsonValue, 1);

    value->type = type;
    value->text = text;
    return value;
}

static JsonValue *read_number(JsonReader *reader, GError **error)
{
    const char *from = reader->at;

    take(reader, '-');
    gboolean zero = reader->at < reader->end && *reader->at == '0';
    size_t digits = take_digits(reader);
    if (!digits || (zero && digits > 1))
        return complain(reader, error, "no number");
    if (take(reader, '.') && !take_digits(reader))
        return complain(reader, error, "no digit behind the point");
    if (take(reader, 'e') || take(reader, 'E')) {
        if (!take(reader, '+'))
            take(reader, '-');
        if (!take_digits(reader))
            return complain(reader, error, "no exponent");
    }
    return new_value(JSON_NUMBER, from);
}

/** Four hexadecimal digits behind "\u", or -1. */
static int take_unit(JsonReader *reader)
{
    int unit = 0;

    for (unsigned i = 0; i < 4; i++) {
        int digit = reader->at < reader->end ? g_ascii_xdigit_value(*reader->at) : -1;

        if (digit < 0)
            return -1;
        unit = unit << 4 | digit;
        reader->at++;
    }
    return unit;
}

/** The character that "\u" begins, of one unit or a pair of surrogates; 0 for what is none. */
static gunichar take_escaped(JsonReader *reader)
{
    int unit = take_unit(reader);

    if (unit < 0 || (unit >= 0xdc00 && unit <= 0xdfff))
        return 0;
    if (unit < 0xd800 || unit > 0xdbff)
        return (gunichar)unit;

    int low = take_word(reader, "\\u") ? take_unit(reader) : -1;
    if (low < 0xdc00 || low > 0xdfff)
        return 0;
    return (gunichar)(0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00));
}

static gboolean take_escape(JsonReader *reader, GString *string)
{
    static const char letters[] = "\"\\/bfnrt", meant[] = "\"\\/\b\f\n\r\t";

    if (reader->at == reader->end || !*reader->at)
        return FALSE;
    char letter = *reader->at++;
    const char *found = strchr(letters, letter);
    if (found) {
        g_string_append_c(string, meant[found - letters]);
        return TRUE;
    }
    gunichar c = letter == 'u' ? take_escaped(reader) : 0;
    if (c)
        g_string_append_unichar(string, c);
    return c != 0;
}

/** The string that comes next, decoded; NULL with @error. */
static char *take_string(JsonReader *reader, GError **error)
{
    g_autoptr(GString) string = g_string_new(NULL);

    if (!take(reader, '"')) {
        complain(reader, error, "a string is missing");
        return NULL;
    }
    for (;;) {
        if (reader->at == reader->end) {
            complain(reader, error, "a string has no end");
            return NULL;
        }
        if (take(reader, '"'))
            return g_string_free(g_steal_pointer(&string), FALSE);
        if (take(reader, '\\')) {
            if (!take_escape(reader, string)) {
                complain(reader, error, "no such escape");
                return NULL;
            }
        } else if ((unsigned char)*reader->at < 0x20) {
            complain(reader, error, "a control character in a string");
            return NULL;
        } else {
            g_string_append_c(string, *reader->at++);
        }
    }
}

static JsonValue *read_string(JsonReader *reader, GError **error)
{
    const char *from = reader->at;
    char *string = take_string(reader, error);

    if (!string)
        return NULL;
    JsonValue *value = new_value(JSON_STRING, from);
    value->string = string;
    return value;
}

static gboolean read_name(JsonReader *reader, JsonValue *object, GError **error)
{
    skip_space(reader);
    g_autofree char *name = take_string(reader, error);
    if (!name)
        return FALSE;
    if (++reader->values > JSON_VALUES_MAX)
        return complain(reader, error, "too many values") != NULL;
    if (json_member(object, name))
        return complain(reader, error, "two members of one name") != NULL;
    skip_space(reader);
    if (!take(reader, ':'))
        return complain(reader, error, "a colon is missing") != NULL;
    g_ptr_array_add(object->names, g_steal_pointer(&name));
    return TRUE;
}

/** An array or object, whose opening bracket has been taken. */
static JsonValue *read_group(JsonReader *reader, JsonType type, const char *from, GError **error)
{
    g_autoptr(JsonValue) group = new_value(type, from);
    char closing = type == JSON_OBJECT ? '}' : ']';

    if (++reader->depth > JSON_DEPTH_MAX)
        return complain(reader, error, "too deep");
    group->items = g_ptr_array_new_with_free_func((GDestroyNotify)json_free);
    if (type == JSON_OBJECT)
        group->names = g_ptr_array_new_with_free_func(g_free);
    skip_space(reader);
    if (!take(reader, closing)) {
        do {
            if (type == JSON_OBJECT && !read_name(reader, group, error))
                return NULL;
            JsonValue *item = read_value(reader, error);
            if (!item)
                return NULL;
            g_ptr_array_add(group->items, item);
            skip_space(reader);
        } while (take(reader, ','));
        if (!take(reader, closing))
            return complain(reader, error, "a comma or closing bracket is missing");
    }
    reader->depth--;
    return g_steal_pointer(&group);
}

static JsonValue *read_any(JsonReader *reader, GError **error)
{
    const char *from = reader->at;

    if (reader->at == reader->end)
        return complain(reader, error, "a value is missing");
    if (*reader->at == '"')
        return read_string(reader, error);
    if (*reader->at == '-' || g_ascii_isdigit(*reader->at))
        return read_number(reader, error);
    if (take(reader, '{'))
        return read_group(reader, JSON_OBJECT, from, error);
    if (take(reader, '['))
        return read_group(reader, JSON_ARRAY, from, error);
    if (take_word(reader, "null"))
        return new_value(JSON_NULL, from);

    gboolean yes = take_word(reader, "true");
    if (!yes && !take_word(reader, "false"))
        return complain(reader, error, "no value");
    JsonValue *value = new_value(JSON_BOOL, from);
    value->boolean = yes;
    return value;
}

static JsonValue *read_value(JsonReader *reader, GError **error)
{
    if (++reader->values > JSON_VALUES_MAX)
        return complain(reader, error, "too many values");
    skip_space(reader);
    JsonValue *value = read_any(reader, error);
    if (value)
        value->length = (size_t)(reader->at - value->text);
    return value;
}

JsonValue *json_parse(const char *text, size_t length, GError **error)
{
    JsonReader reader = {.start = text, .at = text, .end = text + length};

    if (!g_utf8_validate_len(text, length, &reader.at))
        return complain(&reader, error, "no UTF-8");
    reader.at = text;
    g_autoptr(JsonValue) value = read_value(&reader, error);
    if (!value)
        return NULL;
    skip_space(&reader);
    if (reader.at != reader.end)
        return complain(&reader, error, "more than one value");
    return g_steal_pointer(&value);
}

void json_free(JsonValue *value)
{
    if (!value)
        return;
    if (value->items)
        g_ptr_array_unref(value->items);
    if (value->names)
        g_ptr_array_unref(value->names);
    g_free(value->string);
    g_free(value);
}

const JsonValue *json_member(const JsonValue *object, const char *name)
{
    if (!object || object->type != JSON_OBJECT)
        return NULL;
    for (unsigned i = 0; i < object->items->len; i++) {
        if (!strcmp(g_ptr_array_index(object->names, i), name))
            return g_ptr_array_index(object->items, i);
    }
    return NULL;
}

const char *json_string(const JsonValue *value)
{
    return value && value->type == JSON_STRING ? value->string : NULL;
}

gboolean json_uint(const JsonValue *value, uint64_t *number)
{
    if (!value || value->type != JSON_NUMBER)
        return FALSE;
    *number = 0;
    for (size_t i = 0; i < value->length; i++) {
        if (!g_ascii_isdigit(value->text[i]) ||
            __builtin_mul_overflow(*number, UINT64_C(10), number) ||
            __builtin_add_overflow(*number, (uint64_t)(value->text[i] - '0'), number))
            return FALSE;
    }
    return TRUE;
}

gboolean json_is_true(const JsonValue *value)
{
    return value && value->type == JSON_BOOL && value->boolean;
}
