/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The help of the subcommands that describe a guest, made from the option table. */
#pragma once

#include <glib.h>

/** What `paprika @command --help` prints; @extra as for options_parse(). Newly allocated. */
char *options_help(const char *command, const GOptionEntry *extra);
