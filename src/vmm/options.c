/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/vmm/options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/error.h"
#include "src/vmm/config_file.h"
#include "src/vmm/option_keys.h"
#include "src/vmm/option_label.h"
#include "src/vmm/option_numa.h"
#include "src/vmm/options_help.h"
#include "src/vmm/suggest.h"

/** One parse of a command line. */
typedef struct {
    const char *command;
    const GOptionEntry *extra;
    /** By index in option_keys: the values given, not owned, or NULL. */
    GPtrArray **given;
    /** Copies of the values that GOption hands out. */
    GPtrArray *values;
} OptionsParse;

/** Note @value for @key; values are looked at only after the configuration file. */
static gboolean note_value(OptionsParse *parse, const OptionKey *key, const char *value,
                           GError **error)
{
    GPtrArray **given = &parse->given[key - option_keys];

    if (!*given)
        *given = g_ptr_array_new();
    else if (!key->repeats)
        return error_set(error, PAPRIKA_ERROR_USAGE, "--%s is given twice", key->name);
    char *copy = g_strdup(value);
    g_ptr_array_add(parse->values, copy);
    g_ptr_array_add(*given, copy);
    return TRUE;
}

static gboolean on_option(const gchar *name, const gchar *value, gpointer data, GError **error)
{
    const OptionKey *key = option_key_find(name + strlen("--"));

    return note_value(data, key, key->arg ? value : "yes", error);
}

/** 0, or 1 if nobody could read it. */
static int print_help(const OptionsParse *parse)
{
    g_autofree char *help = options_help(parse->command, parse->extra);

    fputs(help, stdout);
    return fflush(stdout) ? 1 : 0;
}

static gboolean on_help(const gchar *name, const gchar *value, gpointer data, GError **error)
{
    exit(print_help(data));
}

/** What GOption complains of, in our words: an option at the end that lacks its value. */
static gboolean usage_error(const GError *cause, const char *last, GError **error)
{
    const OptionKey *key = g_str_has_prefix(last, "--") ? option_key_find(last + 2) : NULL;

    if (key && key->arg)
        return error_set(error, PAPRIKA_ERROR_USAGE, "--%s needs a value: --%s %s", key->name,
                         key->name, key->arg);
    return error_set(error, PAPRIKA_ERROR_USAGE, "%s", cause->message);
}

/** Whether @arg, alone, means that the next argument is its value. */
static gboolean takes_next(const OptionsParse *parse, const char *arg)
{
    const OptionKey *key = g_str_has_prefix(arg, "--") ? option_key_find(arg + 2) : NULL;

    if (key)
        return key->arg != NULL;
    for (const GOptionEntry *e = parse->extra; e && e->long_name; e++) {
        gboolean this = (g_str_has_prefix(arg, "--") && !strcmp(arg + 2, e->long_name)) ||
                        (arg[0] == '-' && e->short_name && arg[1] == e->short_name && !arg[2]);
        if (this)
            return e->arg != G_OPTION_ARG_NONE;
    }
    return FALSE;
}

/**
 * Take "--SWITCH=VALUE" out of @args: GOption would take it for the switch
 * alone, whatever the value.
 */
static gboolean take_switch_values(OptionsParse *parse, char **args, GError **error)
{
    char **keep = args;
    gboolean ok = TRUE;

    while (*args) {
        const char *equals = strchr(*args, '=');
        g_autofree char *stem = equals && g_str_has_prefix(*args, "--")
                                    ? g_strndup(*args + 2, (gsize)(equals - *args - 2))
                                    : NULL;
        const OptionKey *key = stem ? option_key_find(stem) : NULL;

        if (!strcmp(*args, "--"))
            break;
        if (ok && key && !key->arg) {
            ok = note_value(parse, key, equals + 1, error);
            g_free(*args++);
            continue;
        }
        gboolean pair = takes_next(parse, *args) && args[1];
        *keep++ = *args++;
        if (pair)
            *keep++ = *args++;
    }
    while (*args)
        *keep++ = *args++;
    *keep = NULL;
    return ok;
}

/** The name of an option, of all or of this subcommand only, that is nearest to @name. */
static const char *nearest_option(const OptionsParse *parse, const char *name)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new();

    for (size_t i = 0; i < option_key_count; i++)
        g_ptr_array_add(names, (gpointer)option_keys[i].name);
    for (const GOptionEntry *e = parse->extra; e && e->long_name; e++)
        g_ptr_array_add(names, (gpointer)e->long_name);
    g_ptr_array_add(names, (gpointer) "help");
    return suggest_nearest(name, (const char *const *)names->pdata, names->len);
}

/** An argument with a dash that GOption did not know. */
static gboolean unknown_option(const OptionsParse *parse, const char *arg, GError **error)
{
    const char *name = arg + strspn(arg, "-");
    g_autofree char *stem = g_strndup(name, strcspn(name, "="));
    g_autofree char *shown = option_value_label(arg);
    const char *nearest = nearest_option(parse, stem);

    if (nearest)
        return error_set(error, PAPRIKA_ERROR_USAGE, "unknown option '%s' (did you mean --%s?)",
                         shown, nearest);
    return error_set(error, PAPRIKA_ERROR_USAGE, "unknown option '%s' (see paprika %s --help)",
                     shown, parse->command);
}

/** The arguments that are left: at most one configuration file. */
static gboolean take_rest(const OptionsParse *parse, char **args, const char **config_path,
                          GError **error)
{
    gboolean options_end = FALSE;

    *config_path = NULL;
    for (; *args; args++) {
        if (!options_end && !strcmp(*args, "--")) {
            options_end = TRUE;
        } else if (!options_end && **args == '-') {
            return unknown_option(parse, *args, error);
        } else if (!**args) {
            return error_set(error, PAPRIKA_ERROR_USAGE,
                             "the name of the configuration file is empty");
        } else if (*config_path) {
            g_autofree char *shown = option_value_label(*args);
            return error_set(error, PAPRIKA_ERROR_USAGE,
                             "unexpected argument '%s': one configuration file at most", shown);
        } else {
            *config_path = *args;
        }
    }
    return TRUE;
}

static gboolean parse_arguments(OptionsParse *parse, char ***args, GError **error)
{
    g_autoptr(GOptionContext) context = g_option_context_new(NULL);
    g_autofree GOptionEntry *entries = g_new0(GOptionEntry, option_key_count + 2);
    GOptionGroup *group = g_option_group_new("vm", "", "", parse, NULL);
    g_autofree char *last = g_strdup((*args)[g_strv_length(*args) - 1]);
    g_autoptr(GError) local = NULL;

    for (size_t i = 0; i < option_key_count; i++) {
        entries[i].long_name = option_keys[i].name;
        /* FILENAME: values pass as they are, whatever the locale. */
        entries[i].flags = option_keys[i].arg ? G_OPTION_FLAG_FILENAME : G_OPTION_FLAG_NO_ARG;
        entries[i].arg = G_OPTION_ARG_CALLBACK;
        entries[i].arg_data = (gpointer)on_option;
    }
    entries[option_key_count] = (GOptionEntry){
        "help", 'h', G_OPTION_FLAG_NO_ARG, G_OPTION_ARG_CALLBACK, (gpointer)on_help, NULL, NULL};
    g_option_group_add_entries(group, entries);
    if (parse->extra)
        g_option_group_add_entries(group, parse->extra);
    g_option_context_set_main_group(context, group);
    g_option_context_set_help_enabled(context, FALSE);
    g_option_context_set_ignore_unknown_options(context, TRUE);

    if (g_option_context_parse_strv(context, args, &local))
        return TRUE;
    if (local->domain == PAPRIKA_ERROR)
        g_propagate_error(error, g_steal_pointer(&local));
    else
        usage_error(local, last, error);
    return FALSE;
}

static gboolean apply_value(const OptionKey *key, VmConfig *config, const char *value,
                            GError **error)
{
    OptionContext context = {.config = config};
    g_autofree char *shown = option_value_label(value);
    g_autofree char *label = key->arg ? g_strdup_printf("--%s %s", key->name, shown)
                                      : g_strdup_printf("--%s=%s", key->name, shown);

    return option_key_set(key, &context, value, label, error);
}

static gboolean apply_given(const OptionsParse *parse, VmConfig *config, GError **error)
{
    for (size_t i = 0; i < option_key_count; i++) {
        const GPtrArray *given = parse->given[i];

        for (guint j = 0; given && j < given->len; j++) {
            if (!apply_value(&option_keys[i], config, given->pdata[j], error))
                return FALSE;
        }
    }
    return TRUE;
}

static void free_given(GPtrArray **given)
{
    for (size_t i = 0; i < option_key_count; i++) {
        if (given[i])
            g_ptr_array_unref(given[i]);
    }
    g_free(given);
}

static gboolean check_complete(const char *command, const VmConfig *config, GError **error)
{
    if (!strcmp(command, "run") && !config->kernel)
        return error_set(error, PAPRIKA_ERROR_USAGE,
                         "--kernel is required (or a key 'kernel' in a configuration file)");
    if (config->max_memory && config->max_memory < config->memory)
        return error_set(error, PAPRIKA_ERROR_USAGE,
                         "--max-memory: %" G_GUINT64_FORMAT " MiB are less than the guest's memory "
                         "of %" G_GUINT64_FORMAT " MiB",
                         config->max_memory / MIB, config->memory / MIB);
    return option_numa_check(config, error);
}

static VmConfig *parse_all(OptionsParse *parse, char ***args, GError **error)
{
    g_autoptr(VmConfig) config = vm_config_new();
    const char *config_path;

    if (!take_switch_values(parse, *args + 1, error) || !parse_arguments(parse, args, error) ||
        !take_rest(parse, *args + 1, &config_path, error) ||
        (config_path && !config_file_load(config_path, config, error)) ||
        !apply_given(parse, config, error) || !check_complete(parse->command, config, error))
        return NULL;
    return g_steal_pointer(&config);
}

VmConfig *options_parse(const char *command, const GOptionEntry *extra, int argc, char **argv,
                        GError **error)
{
    g_autoptr(GPtrArray) values = g_ptr_array_new_with_free_func(g_free);
    OptionsParse parse = {.command = command,
                          .extra = extra,
                          .given = g_new0(GPtrArray *, option_key_count),
                          .values = values};
    g_auto(GStrv) args = g_new0(char *, (gsize)argc + 2);

    /* GOption takes the first element for the program's name. */
    args[0] = g_strdup(command);
    for (int i = 0; i < argc; i++)
        args[i + 1] = g_strdup(argv[i]);

    VmConfig *config = parse_all(&parse, &args, error);
    free_given(parse.given);
    return config;
}
