/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Log lines to standard error or a file, one write(2) each, from any thread.
 * Where the log is a pipe that nobody empties, lines are dropped: logging never
 * waits.
 *
 * A line that a guest can cause goes through log_guest(), which is limited per
 * call site, so that a hostile guest cannot fill the operator's disk.
 */
#pragma once

#include <stdint.h>

#include <glib.h>

typedef enum {
    LOG_ERROR,
    LOG_WARN,
    LOG_INFO,
    LOG_DEBUG,
} LogLevel;

/**
 * Log to @path, or to standard error if NULL, what is at least as grave as
 * @level. Main thread, before other threads start.
 */
gboolean log_open(const char *path, LogLevel level, GError **error);

/**
 * What GLib has to say becomes lines of this log. GLib's own way would ask what standard
 * error is connected to, which a confined process may not. Main thread, before other
 * threads start.
 */
void log_take_glib(void);

/** "error", "warn", "info" or "debug" to *@level; false if @text is none. */
gboolean log_level_parse(const char *text, LogLevel *level);

/** Begin each line with the time, in UTC. Main thread, before any other starts. */
void log_set_timestamps(gboolean on);

/** The prefix of each line, by default "paprika". Main thread, copied. */
void log_set_name(const char *name);

gboolean log_wants(LogLevel level);
void log_write(LogLevel level, const char *format, ...) G_GNUC_PRINTF(2, 3);

/** A line as it is, with its newline, whatever the level. Any thread, signals' handlers too. */
void log_raw(const char *line, size_t length);

#define log_error(...) log_write(LOG_ERROR, __VA_ARGS__)
#define log_warn(...) log_write(LOG_WARN, __VA_ARGS__)
#define log_info(...) log_write(LOG_INFO, __VA_ARGS__)
#define log_debug(...)                                                                             \
    do {                                                                                           \
        if (log_wants(LOG_DEBUG))                                                                  \
            log_write(LOG_DEBUG, __VA_ARGS__);                                                     \
    } while (0)

/** State of one rate-limited site: LOG_SITE_BURST lines per LOG_SITE_WINDOW seconds. */
typedef struct {
    /** Atomic: monotonic second in which the window began. */
    uint32_t window;
    /** Atomic: lines wanted in this window. */
    uint32_t wanted;
} LogSite;

enum { LOG_SITE_BURST = 5, LOG_SITE_WINDOW = 10 };

/**
 * Whether this site may log now; counts the request. The line that follows a
 * window with suppressed lines is told of them through *@suppressed.
 */
gboolean log_site_allows(LogSite *site, uint32_t *suppressed);

/** A warning that a guest can cause: at most a few lines per site and window. */
#define log_guest(...)                                                                             \
    do {                                                                                           \
        static LogSite log_site_;                                                                  \
        uint32_t log_suppressed_;                                                                  \
        if (log_wants(LOG_WARN) && log_site_allows(&log_site_, &log_suppressed_)) {                \
            if (log_suppressed_)                                                                   \
                log_write(LOG_WARN, "(%u similar lines left out)", log_suppressed_);               \
            log_write(LOG_WARN, "guest: " __VA_ARGS__);                                            \
        }                                                                                          \
    } while (0)
