/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The subcommands. Each gets the arguments after its own name (argv[0] is the
 * first of them, argv[argc] is NULL), prints errors itself and returns the
 * program's exit status.
 */
#pragma once

/** Exit statuses of every subcommand. */
enum {
    /** Done; of run: the guest powered off. */
    EXIT_STATUS_OK = 0,
    /** Paprika or the host failed. */
    EXIT_STATUS_HOST = 1,
    /** Usage or configuration. */
    EXIT_STATUS_USAGE = 2,
    /** The guest crashed. */
    EXIT_STATUS_GUEST = 3,
};

int cmd_run(int argc, char **argv);
int cmd_info(int argc, char **argv);
int cmd_dtb(int argc, char **argv);
int cmd_ctl(int argc, char **argv);
int cmd_list(int argc, char **argv);
int cmd_boot_test(int argc, char **argv);
