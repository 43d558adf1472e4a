/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A writer of JSON text (RFC 8259), indented by two spaces. The caller opens
 * and closes objects and arrays in order; commas, escapes and line breaks are
 * the writer's. One thread per writer.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include <glib.h>

typedef struct {
    GString *text;
    /** The closing bracket of each open object and array, outermost first. */
    GString *open;
    /** All on one line. */
    gboolean flat;
} JsonOut;

void json_out_init(JsonOut *json);
/** As json_out_init(), for text on one line: no line breaks, no indentation. */
void json_out_init_flat(JsonOut *json);

/** The text with a final newline, newly allocated; what is still open is closed. */
char *json_out_finish(JsonOut *json);

/* @name is the member's name inside an object, NULL inside an array or at the top. */

void json_out_begin_object(JsonOut *json, const char *name);
void json_out_begin_array(JsonOut *json, const char *name);
/** Close the innermost object or array; nothing if none is open. */
void json_out_end(JsonOut *json);

/** @value in UTF-8, other bytes become U+FFFD; NULL gives null. */
void json_out_string(JsonOut *json, const char *name, const char *value);
void json_out_uint(JsonOut *json, const char *name, uint64_t value);
void json_out_bool(JsonOut *json, const char *name, gboolean value);
void json_out_null(JsonOut *json, const char *name);
/** @text of @length bytes, which is a JSON value already. */
void json_out_raw(JsonOut *json, const char *name, const char *text, size_t length);
