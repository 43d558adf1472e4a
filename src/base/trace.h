/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Trace points, by group; off by default and then one load and branch each.
 * Every group of the program is listed here.
 */
#pragma once

#include <stdint.h>

#include <glib.h>

typedef enum {
    TRACE_HCALL = 1 << 0,
    TRACE_RTAS = 1 << 1,
    TRACE_IRQ = 1 << 2,
    TRACE_HV = 1 << 3,
    TRACE_BOOT = 1 << 4,
    TRACE_VIRTIO = 1 << 5,
    /** Calls of Open Firmware's client interface. */
    TRACE_OF = 1 << 6,
} TraceGroup;

/** Atomic; read by every thread, written by trace_enable(). */
extern uint32_t trace_mask;

/**
 * The groups of @list, "hcall,rtas,..." or "all", as a mask in *@mask. An
 * unknown name is an error that lists the known ones. Any thread.
 */
gboolean trace_parse(const char *list, uint32_t *mask, GError **error);

/**
 * Switch on the groups of @list, "hcall,rtas,..." or "all". An unknown name is
 * an error that lists the known ones. Any thread.
 */
gboolean trace_enable(const char *list, GError **error);

/** Switch the groups of @list off. */
gboolean trace_disable(const char *list, GError **error);

/** The name of the @index-th group, or NULL, and to *@group which it is. */
const char *trace_group_at(unsigned index, TraceGroup *group);

static inline gboolean trace_on(TraceGroup group)
{
    return G_UNLIKELY(__atomic_load_n(&trace_mask, __ATOMIC_RELAXED) & group);
}

/** One trace line, with the monotonic time in seconds. Any thread. */
void trace_write(TraceGroup group, const char *format, ...) G_GNUC_PRINTF(2, 3);

#define trace(group, ...)                                                                          \
    do {                                                                                           \
        if (trace_on(group))                                                                       \
            trace_write(group, __VA_ARGS__);                                                       \
    } while (0)
