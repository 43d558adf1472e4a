/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The configuration file: one group, [vm], whose keys are the entries of
 * option_keys. Syntax and escapes are those of GKeyFile; a key given twice, an
 * unknown key and an unknown group are errors.
 */
#pragma once

#include <stddef.h>

#include <glib.h>

#include "include/paprika/config.h"

/** A configuration file is a few lines; more than this is a mistake. */
enum { CONFIG_FILE_MAX = 1 << 20 };

/**
 * All of the file at @path, at most CONFIG_FILE_MAX bytes. @what names such a
 * file in messages. NULL with @error. Without any byte its data is NULL.
 */
GByteArray *config_file_read(const char *path, const char *what, GError **error);

/** Read the file at @path into @config. Relative paths in it start at its folder. */
gboolean config_file_load(const char *path, VmConfig *config, GError **error);

/**
 * The same for @length bytes at @data, hostile or not; messages start with
 * @label and a line number, and relative paths start at @base (NULL: the
 * current folder).
 */
gboolean config_file_parse(const char *label, const char *base, const char *data, size_t length,
                           VmConfig *config, GError **error);
