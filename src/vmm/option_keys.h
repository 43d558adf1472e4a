/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The one table of what can be asked for: each entry is an option of the
 * command line (--NAME) and a key of the configuration file (NAME=).
 */
#pragma once

#include <stddef.h>

#include <glib.h>

#include "include/paprika/config.h"

/** Where a value comes from. */
typedef struct {
    VmConfig *config;
    /** Folder that relative paths in the value mean, or NULL for the current one. */
    const char *base;
} OptionContext;

typedef struct {
    const char *name;
    /** Metavariable in the help; NULL for a switch, whose value is yes or no. */
    const char *arg;
    /** Heading in the help under which this and the following entries stand, or NULL. */
    const char *heading;
    /** One or more lines, separated by newlines. */
    const char *help;
    /** The default as the help states it, or NULL for none. */
    const char *fallback;
    gboolean may_be_empty;
    /** Each guest has one of its own: `boot-test` sees to it, and takes none. */
    gboolean per_guest;
    /** May be given several times: set() adds one each time, those of a file first. */
    gboolean repeats;
    /** Store @value; on failure the message says only what is wrong with the value. */
    gboolean (*set)(OptionContext *context, const char *value, GError **error);
} OptionKey;

extern const OptionKey option_keys[];
extern const size_t option_key_count;

/** The entry called @name, or NULL. */
const OptionKey *option_key_find(const char *name);

/** The name nearest to @name, or NULL if none is near. */
const char *option_key_nearest(const char *name);

/** Whether @config was given a value for @key, by a file or the command line. */
static inline gboolean option_key_given(const OptionKey *key, const VmConfig *config)
{
    return config->given >> (key - option_keys) & 1;
}

/**
 * Check what every value must obey, and store @value through @key. On failure
 * the message is "@label: reason".
 */
gboolean option_key_set(const OptionKey *key, OptionContext *context, const char *value,
                        const char *label, GError **error);
