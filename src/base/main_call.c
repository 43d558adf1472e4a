/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/base/main_call.h"

enum { MAIN_CALL_NEVER = -1, MAIN_CALL_NOW = 0 };

struct MainCall {
    /** First, as GLib allocates it. Its ready time says whether and when. */
    GSource source;
    MainCallFn fn;
    void *opaque;
};

static gboolean main_call_dispatch(GSource *source, GSourceFunc callback, gpointer data)
{
    MainCall *call = (MainCall *)source;

    /* First: what is asked for from here on is a call of its own. */
    g_source_set_ready_time(source, MAIN_CALL_NEVER);
    call->fn(call->opaque);
    return G_SOURCE_CONTINUE;
}

static GSourceFuncs main_call_funcs = {.dispatch = main_call_dispatch};

MainCall *main_call_new(MainCallFn fn, void *opaque)
{
    MainCall *call = (MainCall *)g_source_new(&main_call_funcs, sizeof(MainCall));

    call->fn = fn;
    call->opaque = opaque;
    g_source_attach(&call->source, NULL);
    return call;
}

void main_call_free(MainCall *call)
{
    if (!call)
        return;
    g_source_destroy(&call->source);
    g_source_unref(&call->source);
}

void main_call_soon(MainCall *call) { g_source_set_ready_time(&call->source, MAIN_CALL_NOW); }

void main_call_after(MainCall *call, unsigned ms)
{
    g_source_set_ready_time(&call->source, g_get_monotonic_time() + (gint64)ms * 1000);
}
