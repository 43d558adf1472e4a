/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A call that other threads can have made on the main loop. It lives as long as
 * its owner, so that asking for it costs no allocation; asked for again before
 * it is made, it is made once.
 *
 * It has the priority of signals and descriptors: none of them can starve it,
 * and it can't starve them, since each gets its turn in every round.
 */
#pragma once

#include <glib.h>

typedef struct MainCall MainCall;

typedef void (*MainCallFn)(void *opaque);

/** Of the default main loop. Main thread. */
MainCall *main_call_new(MainCallFn fn, void *opaque);

/** Nobody asks for it any more; one that is due is not made. NULL is fine. Main thread. */
void main_call_free(MainCall *call);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MainCall, main_call_free)

/** Make the call as soon as the main loop comes to it. Any thread. */
void main_call_soon(MainCall *call);

/** Make the call in @ms milliseconds, whatever was asked before. Any thread. */
void main_call_after(MainCall *call, unsigned ms);
