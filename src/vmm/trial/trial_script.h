/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the user says of a console: lines that are expected, lines that must not
 * come, text to type after certain lines. Compiled once, used for every guest.
 */
#pragma once

#include <stddef.h>

#include <glib.h>

enum {
    /** Of each kind. */
    TRIAL_PATTERNS_MAX = 64,
    /** Bytes that one --send types. */
    TRIAL_SEND_MAX = 4096,
};

typedef struct {
    /** As the user wrote it. */
    char *text;
    GRegex *regex;
} TrialPattern;

typedef struct {
    TrialPattern after;
    /** Bytes to type; without the final NUL. */
    GBytes *bytes;
} TrialSend;

typedef struct {
    /** Of TrialPattern: all must come, in any order. */
    GPtrArray *expect;
    /** Of TrialPattern: none may come. */
    GPtrArray *fail;
    /** Of TrialSend: one after the other. */
    GPtrArray *send;
} TrialScript;

TrialScript *trial_script_new(void);
void trial_script_free(TrialScript *script);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TrialScript, trial_script_free)

/** Compile @regex and add it to @patterns (expect or fail). The message quotes @regex. */
gboolean trial_script_add(GPtrArray *patterns, const char *regex, GError **error);

/** Type @text, in which \n, \r, \t, \e, \\ and \xHH are escapes, once @after has come. */
gboolean trial_script_add_send(TrialScript *script, const char *text, const char *after,
                               GError **error);

typedef enum { TRIAL_MATCH_NO, TRIAL_MATCH_YES, TRIAL_MATCH_GIVEN_UP } TrialMatch;

/**
 * Whether @pattern is found in @line of @length bytes, from byte @from on;
 * @complete: no more of the line will come, so that its end is an end. The work
 * is bounded: a pattern that needs too much of it for this line is given up. Any thread.
 */
TrialMatch trial_pattern_match(const TrialPattern *pattern, const char *line, size_t length,
                               size_t from, gboolean complete);
