/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From the command line and the configuration file to a VmConfig. One table of
 * keys serves both, so that an option and its key can't drift apart.
 */
#pragma once

#include <glib.h>

#include "include/paprika/config.h"

VmConfig *vm_config_new(void);
void vm_config_free(VmConfig *config);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VmConfig, vm_config_free)

/**
 * Parse the arguments after the subcommand @command ("run", "dtb"; argv[0] is
 * the first of them), with an optional configuration file among them; options
 * override the file. Values are validated against each other. Errors name the
 * option or key and the value. @extra may add GOptionEntry items for the subcommand, or be NULL.
 * With --help, prints the help and ends the program with status 0. For "run" a
 * kernel is required. Main thread.
 */
VmConfig *options_parse(const char *command, const GOptionEntry *extra, int argc, char **argv,
                        GError **error);
