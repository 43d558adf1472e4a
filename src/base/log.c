/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "src/base/error.h"

/* Written by the main thread before any other starts; read-only afterwards. */
static LogLevel log_level = LOG_WARN;
static int log_fd = STDERR_FILENO;
static char log_name[64] = "paprika";

static const char *const log_level_names[] = {"error", "warn", "info", "debug"};

gboolean log_open(const char *path, LogLevel level, GError **error)
{
    log_level = level;
    if (!path)
        return TRUE;

    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
    if (fd < 0)
        return error_set_errno(error, PAPRIKA_ERROR_USAGE, errno, "cannot open log file '%s'",
                               path);
    if (log_fd != STDERR_FILENO)
        close(log_fd);
    log_fd = fd;
    return TRUE;
}

gboolean log_level_parse(const char *text, LogLevel *level)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(log_level_names); i++) {
        if (!strcmp(text, log_level_names[i])) {
            *level = (LogLevel)i;
            return TRUE;
        }
    }
    return FALSE;
}

void log_set_name(const char *name) { g_strlcpy(log_name, name, sizeof(log_name)); }

gboolean log_wants(LogLevel level) { return level <= log_level; }

void log_raw(const char *line, size_t length)
{
    /* A reader of a pipe who has stopped to read must not stop the guest. */
    struct pollfd writable = {.fd = log_fd, .events = POLLOUT};
    if (poll(&writable, 1, 0) != 1)
        return;

    ssize_t written;
    do
        written = write(log_fd, line, length);
    while (written < 0 && errno == EINTR);
}

void log_write(LogLevel level, const char *format, ...)
{
    char line[1024];
    va_list args;

    if (!log_wants(level))
        return;

    /* Room for the newline is kept; what is too long is cut, not lost. */
    int head =
        snprintf(line, sizeof(line) - 1, "%s: %s%s", log_name,
                 level == LOG_INFO ? "" : log_level_names[level], level == LOG_INFO ? "" : ": ");
    va_start(args, format);
    int body = vsnprintf(line + head, sizeof(line) - 1 - (size_t)head, format, args);
    va_end(args);
    size_t length = MIN((size_t)head + (size_t)MAX(body, 0), sizeof(line) - 2);
    line[length++] = '\n';

    log_raw(line, length);
}

static GLogWriterOutput log_glib_message(GLogLevelFlags flags, const GLogField *fields, gsize count,
                                         gpointer opaque)
{
    LogLevel level = flags & (G_LOG_LEVEL_ERROR | G_LOG_LEVEL_CRITICAL) ? LOG_ERROR
                     : flags & G_LOG_LEVEL_WARNING                      ? LOG_WARN
                     : flags & (G_LOG_LEVEL_MESSAGE | G_LOG_LEVEL_INFO) ? LOG_INFO
                                                                        : LOG_DEBUG;

    for (gsize i = 0; i < count; i++) {
        if (strcmp(fields[i].key, "MESSAGE"))
            continue;
        const char *text = fields[i].value;
        int length = fields[i].length < 0 ? -1 : (int)MIN(fields[i].length, G_MAXINT);
        log_write(level, "GLib: %.*s", length, text);
    }
    return G_LOG_WRITER_HANDLED;
}

void log_take_glib(void) { g_log_set_writer_func(log_glib_message, NULL, NULL); }

gboolean log_site_allows(LogSite *site, uint32_t *suppressed)
{
    uint32_t now = (uint32_t)(g_get_monotonic_time() / G_USEC_PER_SEC) + 1;
    uint32_t window = __atomic_load_n(&site->window, __ATOMIC_RELAXED);

    *suppressed = 0;
    if (now - window >= LOG_SITE_WINDOW &&
        __atomic_compare_exchange_n(&site->window, &window, now, FALSE, __ATOMIC_RELAXED,
                                    __ATOMIC_RELAXED)) {
        uint32_t before = __atomic_exchange_n(&site->wanted, 0, __ATOMIC_RELAXED);
        *suppressed = before > LOG_SITE_BURST ? before - LOG_SITE_BURST : 0;
    }
    return __atomic_fetch_add(&site->wanted, 1, __ATOMIC_RELAXED) < LOG_SITE_BURST;
}
