/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/base/trace.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "src/base/error.h"

uint32_t trace_mask;

static const struct {
    const char *name;
    TraceGroup group;
} trace_groups[] = {
    {"hcall", TRACE_HCALL}, {"rtas", TRACE_RTAS},     {"irq", TRACE_IRQ}, {"hv", TRACE_HV},
    {"boot", TRACE_BOOT},   {"virtio", TRACE_VIRTIO}, {"of", TRACE_OF},
};

static gboolean trace_group_parse(const char *name, uint32_t *mask, GError **error)
{
    if (!strcmp(name, "all")) {
        *mask = UINT32_MAX;
        return TRUE;
    }
    for (unsigned i = 0; i < G_N_ELEMENTS(trace_groups); i++) {
        if (!strcmp(name, trace_groups[i].name)) {
            *mask |= trace_groups[i].group;
            return TRUE;
        }
    }

    g_autoptr(GString) known = g_string_new("all");
    for (unsigned i = 0; i < G_N_ELEMENTS(trace_groups); i++)
        g_string_append_printf(known, ", %s", trace_groups[i].name);
    return error_set(error, PAPRIKA_ERROR_USAGE, "unknown trace group '%s' (known: %s)", name,
                     known->str);
}

gboolean trace_parse(const char *list, uint32_t *mask, GError **error)
{
    g_auto(GStrv) names = g_strsplit(list, ",", -1);

    *mask = 0;
    for (char **name = names; *name; name++) {
        if (!trace_group_parse(*name, mask, error))
            return FALSE;
    }
    return TRUE;
}

gboolean trace_enable(const char *list, GError **error)
{
    uint32_t mask;

    if (!trace_parse(list, &mask, error))
        return FALSE;
    __atomic_fetch_or(&trace_mask, mask, __ATOMIC_RELAXED);
    return TRUE;
}

gboolean trace_disable(const char *list, GError **error)
{
    uint32_t mask;

    if (!trace_parse(list, &mask, error))
        return FALSE;
    __atomic_fetch_and(&trace_mask, ~mask, __ATOMIC_RELAXED);
    return TRUE;
}

const char *trace_group_at(unsigned index, TraceGroup *group)
{
    if (index >= G_N_ELEMENTS(trace_groups))
        return NULL;
    *group = trace_groups[index].group;
    return trace_groups[index].name;
}

static const char *trace_group_name(TraceGroup group)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(trace_groups); i++) {
        if (trace_groups[i].group == group)
            return trace_groups[i].name;
    }
    return "?";
}

void trace_write(TraceGroup group, const char *format, ...)
{
    char line[512];
    va_list args;

    gint64 now = g_get_monotonic_time();
    int head =
        snprintf(line, sizeof(line), "%5" G_GINT64_FORMAT ".%06u %-5s ", now / G_USEC_PER_SEC,
                 (unsigned)(now % G_USEC_PER_SEC), trace_group_name(group));
    va_start(args, format);
    int body = vsnprintf(line + head, sizeof(line) - 1 - (size_t)head, format, args);
    va_end(args);
    size_t length = MIN((size_t)head + (size_t)MAX(body, 0), sizeof(line) - 2);
    line[length++] = '\n';

    ssize_t written;
    do
        written = write(STDERR_FILENO, line, length);
    while (written < 0 && errno == EINTR);
}
