/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A reader of JSON text (RFC 8259) that anybody may have written: strict, and
 * bounded in depth and in number of values. Any thread.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include <glib.h>

enum {
    /** Arrays and objects within each other. */
    JSON_DEPTH_MAX = 32,
    /** Values in one text, names of members included. */
    JSON_VALUES_MAX = 4096,
};

typedef enum {
    JSON_NULL,
    JSON_BOOL,
    JSON_NUMBER,
    JSON_STRING,
    JSON_ARRAY,
    JSON_OBJECT,
} JsonType;

typedef struct JsonValue JsonValue;

struct JsonValue {
    JsonType type;
    /** The value as it was written; borrowed from the text. */
    const char *text;
    size_t length;
    /** JSON_BOOL. */
    gboolean boolean;
    /** JSON_STRING: decoded, UTF-8, without a NUL; owned. */
    char *string;
    /** JSON_ARRAY and JSON_OBJECT: JsonValue; owned. */
    GPtrArray *items;
    /** JSON_OBJECT: the items' names, as string; owned. */
    GPtrArray *names;
};

/**
 * Read @length bytes of @text, which must outlive the value: one value, white
 * space around it. NULL with @error if that is not what they are, if two members
 * of an object have one name, or beyond the bounds above.
 */
JsonValue *json_parse(const char *text, size_t length, GError **error);
void json_free(JsonValue *value);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(JsonValue, json_free)

/** The member @name of @object, or NULL if there is none or @object is NULL or no object. */
const JsonValue *json_member(const JsonValue *object, const char *name);

/** The string that @value is, or NULL. Borrowed. */
const char *json_string(const JsonValue *value);

/** A number without sign, fraction and exponent, of 64 bits, to *@number; else false. */
gboolean json_uint(const JsonValue *value, uint64_t *number);

/** Whether @value is there and true. */
gboolean json_is_true(const JsonValue *value);
