/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/vmm/config_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "src/base/error.h"
#include "src/base/fd.h"
#include "src/vmm/option_keys.h"
#include "src/vmm/option_label.h"
#include "src/vmm/suggest.h"

static const char config_group[] = "vm";

/** A line with a key that may be repeated: GKeyFile would keep the last only. */
typedef struct {
    const OptionKey *key;
    unsigned line;
    /** A file of its own, of that line alone. */
    char *text;
} RepeatedLine;

static void repeated_line_clear(gpointer data) { g_free(((RepeatedLine *)data)->text); }

/** What a walk over the lines finds out before GKeyFile reads the values. */
typedef struct {
    const char *label;
    unsigned line;
    gboolean in_group;
    /** By index in option_keys: the line of the key, 0 if absent. */
    unsigned *lines;
    /** RepeatedLine, in the order of the file. */
    GArray *repeated;
} ConfigScan;

static gboolean scan_error(const ConfigScan *scan, GError **error, const char *format, ...)
    G_GNUC_PRINTF(3, 4);

static gboolean scan_error(const ConfigScan *scan, GError **error, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    g_autofree char *text = g_strdup_vprintf(format, args);
    va_end(args);
    return error_set(error, PAPRIKA_ERROR_USAGE, "%s:%u: %s", scan->label, scan->line, text);
}

static gboolean scan_group(ConfigScan *scan, const char *line, GError **error)
{
    const char *end = strchr(line, ']');

    if (!end || end[1])
        return scan_error(scan, error, "a group is written [%s]", config_group);
    g_autofree char *name = g_strndup(line + 1, (gsize)(end - line - 1));
    if (!strcmp(name, config_group)) {
        scan->in_group = TRUE;
        return TRUE;
    }
    g_autofree char *shown = option_value_label(name);
    return scan_error(scan, error, "unknown group [%s]: the only group is [%s]", shown,
                      config_group);
}

static gboolean scan_key(ConfigScan *scan, const char *line, GError **error)
{
    const char *equals = strchr(line, '=');

    if (!equals) {
        g_autofree char *shown = option_value_label(line);
        return scan_error(scan, error, "'%s' is no KEY=VALUE, [%s] or # comment", shown,
                          config_group);
    }
    g_autofree char *name = g_strchomp(g_strndup(line, (gsize)(equals - line)));
    g_autofree char *shown = option_value_label(name);
    if (!scan->in_group)
        return scan_error(scan, error, "key '%s' stands before the group [%s]", shown,
                          config_group);

    const OptionKey *key = option_key_find(name);
    if (!key) {
        const char *nearest = option_key_nearest(name);
        return scan_error(scan, error, "unknown key '%s'%s%s%s", shown,
                          nearest ? " (did you mean '" : "", nearest ? nearest : "",
                          nearest ? "'?)" : "");
    }
    if (key->repeats) {
        RepeatedLine repeated = {key, scan->line,
                                 g_strdup_printf("[%s]\n%s\n", config_group, line)};

        g_array_append_val(scan->repeated, repeated);
        return TRUE;
    }
    unsigned *at = &scan->lines[key - option_keys];
    if (*at)
        return scan_error(scan, error, "key '%s' is given a second time, after line %u", shown,
                          *at);
    *at = scan->line;
    return TRUE;
}

/** Check the shape of every line, and note where each key stands. */
static gboolean scan_lines(ConfigScan *scan, const char *text, GError **error)
{
    while (*text) {
        size_t length = strcspn(text, "\n");
        g_autofree char *line = g_strstrip(g_strndup(text, length));

        scan->line++;
        if (*line == '[') {
            if (!scan_group(scan, line, error))
                return FALSE;
        } else if (*line && *line != '#') {
            if (!scan_key(scan, line, error))
                return FALSE;
        }
        text += length + (text[length] == '\n');
    }
    return TRUE;
}

static gboolean apply_key(ConfigScan *scan, GKeyFile *file, const OptionKey *key, unsigned line,
                          OptionContext *context, GError **error)
{
    g_autoptr(GError) local = NULL;
    g_autofree char *value = g_key_file_get_string(file, config_group, key->name, &local);

    scan->line = line;
    /* A wrong escape gives an error and a value. */
    if (local || !value)
        return scan_error(scan, error, "%s: %s", key->name, local->message);
    g_strchomp(value);
    g_autofree char *shown = option_value_label(value);
    g_autofree char *label =
        g_strdup_printf("%s:%u: %s=%s", scan->label, scan->line, key->name, shown);
    return option_key_set(key, context, value, label, error);
}

static gboolean apply_repeated(ConfigScan *scan, OptionContext *context, GError **error)
{
    for (guint i = 0; i < scan->repeated->len; i++) {
        const RepeatedLine *line = &g_array_index(scan->repeated, RepeatedLine, i);
        g_autoptr(GKeyFile) file = g_key_file_new();
        g_autoptr(GError) local = NULL;

        scan->line = line->line;
        if (!g_key_file_load_from_data(file, line->text, strlen(line->text), G_KEY_FILE_NONE,
                                       &local))
            return scan_error(scan, error, "%s", local->message);
        if (!apply_key(scan, file, line->key, line->line, context, error))
            return FALSE;
    }
    return TRUE;
}

gboolean config_file_parse(const char *label, const char *base, const char *data, size_t length,
                           VmConfig *config, GError **error)
{
    g_autofree unsigned *lines = g_new0(unsigned, option_key_count);
    g_autofree char *shown = option_value_label(label);
    g_autoptr(GArray) repeated = g_array_new(FALSE, FALSE, sizeof(RepeatedLine));
    ConfigScan scan = {.label = shown, .lines = lines, .repeated = repeated};
    OptionContext context = {.config = config, .base = base};
    g_autoptr(GKeyFile) file = g_key_file_new();
    g_autoptr(GError) local = NULL;

    g_array_set_clear_func(repeated, repeated_line_clear);
    if (memchr(data, 0, length))
        return error_set(error, PAPRIKA_ERROR_USAGE,
                         "%s: a NUL byte: this is no configuration file", shown);
    g_autofree char *text = g_strndup(data, length);
    if (!scan_lines(&scan, text, error))
        return FALSE;
    if (!g_key_file_load_from_data(file, text, length, G_KEY_FILE_NONE, &local))
        return error_set(error, PAPRIKA_ERROR_USAGE, "%s: %s", shown, local->message);
    for (size_t i = 0; i < option_key_count; i++) {
        if (lines[i] && !apply_key(&scan, file, &option_keys[i], lines[i], &context, error))
            return FALSE;
    }
    return apply_repeated(&scan, &context, error);
}

/** All of @fd, at most CONFIG_FILE_MAX bytes; NULL and a message of what is wrong. */
static GByteArray *read_all(int fd, GError **error)
{
    g_autoptr(GByteArray) all = g_byte_array_new();
    struct stat st;
    guint8 chunk[4096];

    if (fstat(fd, &st))
        return error_set_errno(error, PAPRIKA_ERROR_USAGE, errno, "cannot look at it"), NULL;
    if (S_ISDIR(st.st_mode))
        return error_set_errno(error, PAPRIKA_ERROR_USAGE, EISDIR, "cannot read it"), NULL;
    for (;;) {
        ssize_t n = read(fd, chunk, sizeof(chunk));
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return error_set_errno(error, PAPRIKA_ERROR_USAGE, errno, "cannot read it"), NULL;
        if (n == 0)
            return g_steal_pointer(&all);
        if (all->len + (size_t)n > CONFIG_FILE_MAX)
            return error_set(error, PAPRIKA_ERROR_USAGE,
                             "larger than %d bytes: this is no configuration file",
                             CONFIG_FILE_MAX),
                   NULL;
        g_byte_array_append(all, chunk, (guint)n);
    }
}

GByteArray *config_file_read(const char *path, const char *what, GError **error)
{
    g_autofree char *shown = option_value_label(path);
    auto_fd fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

    if (fd < 0) {
        error_set_errno(error, PAPRIKA_ERROR_USAGE, errno, "cannot open the %s '%s'", what, shown);
        return NULL;
    }
    GByteArray *data = read_all(fd, error);
    if (!data)
        g_prefix_error(error, "%s '%s': ", what, shown);
    return data;
}

gboolean config_file_load(const char *path, VmConfig *config, GError **error)
{
    g_autoptr(GByteArray) data = config_file_read(path, "configuration file", error);
    if (!data)
        return FALSE;
    g_autofree char *base = g_path_get_dirname(path);
    /* A byte array without any byte has no data. */
    return config_file_parse(path, base, data->data ? (const char *)data->data : "", data->len,
                             config, error);
}
