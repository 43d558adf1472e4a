/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names and values from outside, made fit to stand in a one-line message. */
#pragma once

#include <glib.h>

/**
 * @value with control characters shown as '?' and cut, with "...", where it is
 * too long to be read. Newly allocated. Any thread.
 */
char *option_value_label(const char *value);
