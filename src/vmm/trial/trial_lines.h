/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From the bytes of a console to lines of bounded length: without line ends,
 * NUL bytes and the escape sequences that colour a terminal. Hostile bytes are
 * as welcome as others. One thread.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include <glib.h>

enum {
    /** What is longer is given out in pieces of this many bytes. */
    TRIAL_LINE_MAX = 4096,
};

typedef enum { TRIAL_ESCAPE_NONE, TRIAL_ESCAPE_BEGUN, TRIAL_ESCAPE_CSI } TrialEscape;

typedef struct {
    /** The line that is not complete yet; @text[length] is 0. */
    char text[TRIAL_LINE_MAX + 1];
    size_t length;
    TrialEscape escape;
} TrialLines;

/** A complete line, or a piece of an overlong one; text[length] is 0. */
typedef void (*TrialLineFn)(const char *text, size_t length, void *opaque);

void trial_lines_init(TrialLines *lines);

/** Take @length bytes; @fn is called for each line that they complete. */
void trial_lines_feed(TrialLines *lines, const uint8_t *bytes, size_t length, TrialLineFn fn,
                      void *opaque);

/** @text of @length bytes as people can read it: valid UTF-8, no control characters. New. */
char *trial_lines_printable(const char *text, size_t length);
