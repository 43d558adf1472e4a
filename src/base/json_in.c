/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/base/json_in.h"

#include <limits.h>
#include <string.h>

#include "src/base/error.h"

/** json-c reads constant values by pointers to others. */
static JsonValue *plain(const JsonValue *value) { return (JsonValue *)value; }

static gboolean is_white(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (!memchr(" \t\r\n", text[i], 4))
            return FALSE;
    }
    return TRUE;
}

JsonValue *json_parse(const char *text, size_t length, GError **error)
{
    /* A plain value in the innermost one is a level of its own. */
    struct json_tokener *tokener = json_tokener_new_ex(JSON_DEPTH_MAX + 1);
    enum json_tokener_error status = json_tokener_error_size;
    JsonValue *value = NULL;
    size_t end = 0;

    if (tokener && length <= INT_MAX) {
        json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
        value = json_tokener_parse_ex(tokener, text, (int)length);
        status = json_tokener_get_error(tokener);
        end = json_tokener_get_parse_end(tokener);
    }
    if (tokener)
        json_tokener_free(tokener);

    if (status != json_tokener_success)
        error_set(error, PAPRIKA_ERROR_USAGE, "JSON: %s",
                  status == json_tokener_continue ? "it has no end"
                                                  : json_tokener_error_desc(status));
    else if (!json_is_object(value) && !json_is_array(value))
        error_set(error, PAPRIKA_ERROR_USAGE, "JSON: neither an object nor an array");
    else if (end > length || !is_white(text + end, length - end))
        error_set(error, PAPRIKA_ERROR_USAGE, "JSON: something follows its end");
    else
        return value;
    json_free(value);
    return NULL;
}

void json_free(JsonValue *value) { json_object_put(value); }

gboolean json_is_object(const JsonValue *value)
{
    return json_object_is_type(value, json_type_object);
}

gboolean json_is_bool(const JsonValue *value)
{
    return json_object_is_type(value, json_type_boolean);
}

gboolean json_is_array(const JsonValue *value)
{
    return json_object_is_type(value, json_type_array);
}

gboolean json_has_member(const JsonValue *object, const char *name)
{
    return json_is_object(object) && json_object_object_get_ex(object, name, NULL);
}

const JsonValue *json_member(const JsonValue *object, const char *name)
{
    JsonValue *value = NULL;

    if (json_is_object(object))
        json_object_object_get_ex(object, name, &value);
    return value;
}

size_t json_length(const JsonValue *array)
{
    return json_is_array(array) ? json_object_array_length(array) : 0;
}

const JsonValue *json_item(const JsonValue *array, size_t index)
{
    return index < json_length(array) ? json_object_array_get_idx(array, index) : NULL;
}

const char *json_string(const JsonValue *value)
{
    if (!json_object_is_type(value, json_type_string))
        return NULL;
    const char *text = json_object_get_string(plain(value));
    return strlen(text) == (size_t)json_object_get_string_len(value) ? text : NULL;
}

gboolean json_uint(const JsonValue *value, uint64_t *number)
{
    /* A negative number is 0 as one without sign, one that is too large the largest. */
    if (!json_object_is_type(value, json_type_int) || (json_object_get_int64(value) < 0))
        return FALSE;
    *number = json_object_get_uint64(value);
    return TRUE;
}

gboolean json_is_true(const JsonValue *value)
{
    return json_object_is_type(value, json_type_boolean) && json_object_get_boolean(value);
}

char *json_text(const JsonValue *value)
{
    return g_strdup(json_object_to_json_string_ext(
        plain(value), JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE));
}
