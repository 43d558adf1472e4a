/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "src/base/error.h"

/* Written by the main thread before any other starts; read-only afterwards. */
static LogLevel log_level = LOG_WARN;
static int log_fd = STDERR_FILENO;
static char log_name[64] = "paprika";
static gboolean log_timestamps;

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

void log_set_timestamps(gboolean on) { log_timestamps = on; }

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

/** The time now in UTC and a space; returns the length. */
static int log_time(char *line, size_t room)
{
    gint64 now = g_get_real_time();
    time_t seconds = (time_t)(now / G_USEC_PER_SEC);
    struct tm tm;

    if (!gmtime_r(&seconds, &tm))
        return 0;
    return snprintf(line, room, "%04d-%02d-%02dT%02d:%02d:%02d.%06dZ ", tm.tm_year + 1900,
                    tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec,
                    (int)(now % G_USEC_PER_SEC));
}

void log_write(LogLevel level, const char *format, ...)
{
    char line[1024];
    va_list args;

    if (!log_wants(level))
        return;

    /* Room for the newline is kept; what is too long is cut, not lost. */
    int head = log_timestamps ? log_time(line, sizeof(line) - 1) : 0;
    head +=
        snprintf(line + head, sizeof(line) - 1 - (size_t)head, "%s: %s%s", log_name,
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
