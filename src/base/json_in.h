/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * JSON text that anybody may have written, read by json-c: what is taken is
 * bounded in depth here, and in size by the caller. Any thread.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include <glib.h>
#include <json-c/json.h>

enum {
    /** Arrays and objects within each other. */
    JSON_DEPTH_MAX = 32,
};

/** A value; null is NULL. Inner ones belong to the outermost. */
typedef struct json_object JsonValue;

/**
 * Read @length bytes of @text: an object or an array, in UTF-8, white space
 * around it. NULL with @error if that is not what they are, or beyond the depth above.
 */
JsonValue *json_parse(const char *text, size_t length, GError **error);
void json_free(JsonValue *value);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(JsonValue, json_free)

/** Whether @value is an object. */
gboolean json_is_object(const JsonValue *value);

/** Whether @value is an array. */
gboolean json_is_array(const JsonValue *value);

/** Whether @value is true or false. */
gboolean json_is_bool(const JsonValue *value);

/** Whether @object is an object with a member @name, which may be null. */
gboolean json_has_member(const JsonValue *object, const char *name);

/** The member @name of @object; NULL if there is none, it is null, or @object is no object. */
const JsonValue *json_member(const JsonValue *object, const char *name);

/** Elements of @array; 0 if it is none. */
size_t json_length(const JsonValue *array);

/** The element @index of @array; NULL beyond its end, or if it is none. */
const JsonValue *json_item(const JsonValue *array, size_t index);

/** The string that @value is, or NULL if it is none, or has a NUL. Borrowed. */
const char *json_string(const JsonValue *value);

/** A whole number without sign to *@number, UINT64_MAX if it is larger; else false. */
gboolean json_uint(const JsonValue *value, uint64_t *number);

/** Whether @value is there and true. */
gboolean json_is_true(const JsonValue *value);

/** @value as text, on one line; newly allocated. */
char *json_text(const JsonValue *value);
