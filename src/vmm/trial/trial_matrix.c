/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/vmm/trial/trial_matrix.h"

#include <string.h>

#include "src/base/error.h"
#include "src/vmm/config_file.h"
#include "src/vmm/option_keys.h"
#include "src/vmm/option_label.h"
#include "src/vmm/trial/trial_settings.h"

static const char axes_group[] = "matrix", test_group[] = "test", exclude_prefix[] = "exclude";

enum { EXCLUDES_MAX = 100 };

/** One option and the values that it takes. */
typedef struct {
    const OptionKey *key;
    GStrv values;
    gsize count;
    /** Of the combination at hand. */
    gsize at;
} Axis;

typedef struct {
    TrialPlan *plan;
    GKeyFile *file;
    const char *label, *base;
    /** Of Axis, in the file's order. */
    GArray *axes;
    /** Names of the groups that exclude, in the file's order; borrowed. */
    GPtrArray *excludes;
} Matrix;

static void axis_clear(gpointer data) { g_strfreev(((Axis *)data)->values); }

/** The option that @name means, as a key of @group. */
static const OptionKey *find_option(const Matrix *matrix, const char *group, const char *name,
                                    GError **error)
{
    const OptionKey *key = option_key_find(name);
    g_autofree char *shown = option_value_label(name);
    const char *nearest = key ? NULL : option_key_nearest(name);

    if (!key)
        error_set(error, PAPRIKA_ERROR_USAGE, "%s: [%s]: unknown key '%s'%s%s%s", matrix->label,
                  group, shown, nearest ? " (did you mean '" : "", nearest ? nearest : "",
                  nearest ? "'?)" : "");
    else if (key->per_guest)
        error_set(error, PAPRIKA_ERROR_USAGE,
                  "%s: [%s]: '%s' cannot be given: each guest has its own", matrix->label, group,
                  name);
    else
        return key;
    return NULL;
}

/** The values of @name in @group: at least one, none empty. */
static GStrv read_values(const Matrix *matrix, const char *group, const char *name, gsize *count,
                         GError **error)
{
    g_autoptr(GError) local = NULL;
    g_auto(GStrv) values = g_key_file_get_string_list(matrix->file, group, name, count, &local);
    g_autofree char *where = option_value_label(group);

    if (!values || local || !*count) {
        error_set(error, PAPRIKA_ERROR_USAGE, "%s: [%s] %s: %s", matrix->label, where, name,
                  local ? local->message : "the value is empty");
        return NULL;
    }
    for (gsize i = 0; i < *count; i++) {
        g_strstrip(values[i]);
        const OptionKey *key = option_key_find(name);
        if (!*values[i] && !(key && key->may_be_empty)) {
            error_set(error, PAPRIKA_ERROR_USAGE, "%s: [%s] %s: value %u is empty", matrix->label,
                      where, name, (unsigned)i + 1);
            return NULL;
        }
    }
    return g_steal_pointer(&values);
}

static gboolean is_path(const OptionKey *key)
{
    return !strcmp(key->name, "kernel") || !strcmp(key->name, "initrd");
}

static gboolean read_axis(Matrix *matrix, const char *name, GError **error)
{
    Axis axis = {.key = find_option(matrix, axes_group, name, error)};

    if (!axis.key)
        return FALSE;
    axis.values = read_values(matrix, axes_group, name, &axis.count, error);
    if (!axis.values)
        return FALSE;
    for (gsize i = 0; matrix->base && is_path(axis.key) && i < axis.count; i++) {
        if (g_path_is_absolute(axis.values[i]))
            continue;
        char *path = g_build_filename(matrix->base, axis.values[i], NULL);
        g_free(axis.values[i]);
        axis.values[i] = path;
    }
    g_array_append_val(matrix->axes, axis);
    return TRUE;
}

static gboolean read_axes(Matrix *matrix, GError **error)
{
    g_auto(GStrv) names = g_key_file_get_keys(matrix->file, axes_group, NULL, NULL);
    guint64 combinations = 1;

    if (!names || !*names)
        return error_set(error, PAPRIKA_ERROR_USAGE, "%s: a group [%s] with a key is missing",
                         matrix->label, axes_group);
    for (char **name = names; *name; name++) {
        if (!read_axis(matrix, *name, error))
            return FALSE;
        combinations *= g_array_index(matrix->axes, Axis, matrix->axes->len - 1).count;
        if (combinations > TRIAL_TESTS_MAX)
            return error_set(error, PAPRIKA_ERROR_USAGE, "%s: more than %d combinations",
                             matrix->label, TRIAL_TESTS_MAX);
    }
    return TRUE;
}

/** [test]: what stands on the command line otherwise. */
static gboolean read_settings(Matrix *matrix, GError **error)
{
    g_auto(GStrv) names = g_key_file_get_keys(matrix->file, test_group, NULL, NULL);

    for (char **name = names; name && *name; name++) {
        const TrialSetting *setting = trial_setting_find(*name);
        g_autofree char *shown = option_value_label(*name);
        g_autoptr(GError) local = NULL;
        if (!setting || !setting->in_file)
            return error_set(error, PAPRIKA_ERROR_USAGE, "%s: [%s]: unknown key '%s'",
                             matrix->label, test_group, shown);
        g_autofree char *value = g_key_file_get_string(matrix->file, test_group, *name, &local);
        g_autofree char *label = g_strdup_printf("%s: [%s] %s", matrix->label, test_group, *name);
        if (!value || local)
            return error_set(error, PAPRIKA_ERROR_USAGE, "%s: %s", label, local->message);
        if (!trial_setting_set(setting, matrix->plan, value, label, error))
            return FALSE;
    }
    return TRUE;
}

static Axis *find_axis(const Matrix *matrix, const char *name)
{
    for (unsigned i = 0; i < matrix->axes->len; i++) {
        Axis *axis = &g_array_index(matrix->axes, Axis, i);
        if (!strcmp(axis->key->name, name))
            return axis;
    }
    return NULL;
}

/** Every key of an [exclude ...] must be one of [matrix], or it would do nothing. */
static gboolean check_exclude(const Matrix *matrix, const char *group, GError **error)
{
    g_auto(GStrv) names = g_key_file_get_keys(matrix->file, group, NULL, NULL);
    g_autofree char *where = option_value_label(group);

    if (!names || !*names)
        return error_set(error, PAPRIKA_ERROR_USAGE, "%s: [%s] has no key", matrix->label, where);
    for (char **name = names; *name; name++) {
        gsize count;
        g_autofree char *shown = option_value_label(*name);
        if (!find_axis(matrix, *name))
            return error_set(error, PAPRIKA_ERROR_USAGE, "%s: [%s]: '%s' is no key of [%s]",
                             matrix->label, where, shown, axes_group);
        g_auto(GStrv) values = read_values(matrix, group, *name, &count, error);
        if (!values)
            return FALSE;
    }
    return TRUE;
}

/** Whether @value, of a path its last part, stands in the list of @group's key @axis. */
static gboolean lists(const Matrix *matrix, const char *group, const Axis *axis)
{
    gsize count;
    g_auto(GStrv) values = read_values(matrix, group, axis->key->name, &count, NULL);
    const char *value = axis->values[axis->at];
    g_autofree char *last = is_path(axis->key) ? g_path_get_basename(value) : g_strdup(value);

    return values && (g_strv_contains((const char *const *)values, value) ||
                      g_strv_contains((const char *const *)values, last));
}

static gboolean is_excluded(const Matrix *matrix)
{
    for (unsigned i = 0; i < matrix->excludes->len; i++) {
        const char *group = g_ptr_array_index(matrix->excludes, i);
        g_auto(GStrv) names = g_key_file_get_keys(matrix->file, group, NULL, NULL);
        gboolean all = TRUE;
        for (char **name = names; *name && all; name++)
            all = lists(matrix, group, find_axis(matrix, *name));
        if (all)
            return TRUE;
    }
    return FALSE;
}

/** The combination at hand becomes a test. */
static gboolean add_test(Matrix *matrix, GError **error)
{
    g_autoptr(GStrvBuilder) args = g_strv_builder_new();
    g_autoptr(GString) name = g_string_new(NULL);

    for (unsigned i = 0; i < matrix->axes->len; i++) {
        const Axis *axis = &g_array_index(matrix->axes, Axis, i);
        const char *value = axis->values[axis->at];
        g_autofree char *arg = g_strdup_printf("--%s=%s", axis->key->name, value);
        g_strv_builder_add(args, arg);
        /* Only what differs tells tests apart. */
        if (axis->count == 1)
            continue;
        g_autofree char *part = is_path(axis->key)
                                    ? g_path_get_basename(value)
                                    : g_strdup_printf("%s-%s", axis->key->name, value);
        g_string_append_printf(name, "%s%s", name->len ? "_" : "", part);
    }
    return trial_plan_add(matrix->plan, name->str, g_strv_builder_end(args), error);
}

/** The next combination, the last key changing fastest; false after the last one. */
static gboolean advance(Matrix *matrix)
{
    for (unsigned i = matrix->axes->len; i-- > 0;) {
        Axis *axis = &g_array_index(matrix->axes, Axis, i);
        if (++axis->at < axis->count)
            return TRUE;
        axis->at = 0;
    }
    return FALSE;
}

static gboolean check_groups(Matrix *matrix, GStrv groups, GError **error)
{
    for (char **group = groups; *group; group++) {
        if (!strcmp(*group, axes_group) || !strcmp(*group, test_group))
            continue;
        g_autofree char *shown = option_value_label(*group);
        if (!g_str_has_prefix(*group, exclude_prefix))
            return error_set(error, PAPRIKA_ERROR_USAGE,
                             "%s: unknown group [%s]: there are [%s], [%s] and [%s NAME]",
                             matrix->label, shown, axes_group, test_group, exclude_prefix);
        if (matrix->excludes->len == EXCLUDES_MAX)
            return error_set(error, PAPRIKA_ERROR_USAGE, "%s: more than %d groups [%s NAME]",
                             matrix->label, EXCLUDES_MAX, exclude_prefix);
        if (!check_exclude(matrix, *group, error))
            return FALSE;
        g_ptr_array_add(matrix->excludes, *group);
    }
    return TRUE;
}

static gboolean add_all(Matrix *matrix, GStrv groups, GError **error)
{
    if (!read_axes(matrix, error) || !check_groups(matrix, groups, error) ||
        !read_settings(matrix, error))
        return FALSE;
    do {
        if (!is_excluded(matrix) && !add_test(matrix, error))
            return FALSE;
    } while (advance(matrix));
    if (!matrix->plan->tests->len)
        return error_set(error, PAPRIKA_ERROR_USAGE, "%s: every combination is excluded",
                         matrix->label);
    return TRUE;
}

gboolean trial_matrix_parse(TrialPlan *plan, const char *label, const char *base, const char *data,
                            size_t length, GError **error)
{
    g_autoptr(GKeyFile) file = g_key_file_new();
    g_autoptr(GArray) axes = g_array_new(FALSE, FALSE, sizeof(Axis));
    g_autoptr(GPtrArray) excludes = g_ptr_array_new();
    g_autofree char *shown = option_value_label(label);
    g_autoptr(GError) local = NULL;
    Matrix matrix = {.plan = plan,
                     .file = file,
                     .label = shown,
                     .base = base,
                     .axes = axes,
                     .excludes = excludes};

    g_array_set_clear_func(axes, axis_clear);
    if (length > CONFIG_FILE_MAX)
        return error_set(error, PAPRIKA_ERROR_USAGE, "%s: larger than %d bytes", shown,
                         CONFIG_FILE_MAX);
    if (length && memchr(data, 0, length))
        return error_set(error, PAPRIKA_ERROR_USAGE, "%s: a NUL byte: this is no matrix file",
                         shown);
    if (!g_key_file_load_from_data(file, length ? data : "", length, G_KEY_FILE_NONE, &local))
        return error_set(error, PAPRIKA_ERROR_USAGE, "%s: %s", shown, local->message);
    g_auto(GStrv) groups = g_key_file_get_groups(file, NULL);
    return add_all(&matrix, groups, error);
}

gboolean trial_matrix_load(TrialPlan *plan, const char *path, GError **error)
{
    g_autofree char *base = g_path_get_dirname(path);
    g_autoptr(GByteArray) data = config_file_read(path, "matrix file", error);

    return data && trial_matrix_parse(plan, path, base, (const char *)data->data, data->len, error);
}
