/* SPDX-License-Identifier: GPL-2.0-or-later */
/* "Did you mean ...?": the known word nearest to a mistyped one. */
#pragma once

#include <stddef.h>

#include <glib.h>

/**
 * The entry of @known (@count words, NULL entries skipped) that needs fewest
 * changed, missing, surplus or swapped letters to become @word; NULL if none
 * is near. Any thread.
 */
const char *suggest_nearest(const char *word, const char *const *known, size_t count);
