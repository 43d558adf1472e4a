/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The lines by which a Linux kernel tells that it has failed. */
#pragma once

#include <glib.h>

typedef enum {
    TROUBLE_NONE,
    /** The kernel goes on, maybe without the thread that it happened to. */
    TROUBLE_OOPS,
    TROUBLE_PANIC,
} Trouble;

/** What @line tells of. Any thread. */
Trouble trial_trouble(const char *line);

/** The words that trial_trouble() looks for, ended by NULL: of oopses, and of a panic. */
extern const char *const trial_oops_words[];
extern const char *const trial_panic_words[];
