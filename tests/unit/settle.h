/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The main loop of a test, which turns it itself. */
#pragma once

#include <glib.h>

/** Turn it until there is nothing left to do. */
static inline void settle(void)
{
    while (g_main_context_iteration(NULL, FALSE))
        continue;
}
