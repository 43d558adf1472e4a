/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/vmm/trial/trial_options.h"

#include <string.h>

#include "src/base/error.h"
#include "src/vmm/option_keys.h"
#include "src/vmm/option_label.h"
#include "src/vmm/options.h"
#include "src/vmm/trial/trial_matrix.h"
#include "src/vmm/trial/trial_settings.h"

/** An option of boot-test itself as it was given. */
typedef struct {
    const TrialSetting *setting;
    const char *value;
    /** Of --send: the pattern. */
    const char *after;
} Given;

typedef struct {
    int argc, at;
    char **argv;
    /** Of Given. */
    GArray *given;
    /** What is for `run`. */
    GStrvBuilder *rest;
} Walk;

/** The next argument as the value of @setting, or NULL with @error. */
static const char *next_value(Walk *walk, const TrialSetting *setting, GError **error)
{
    if (walk->at + 1 < walk->argc)
        return walk->argv[++walk->at];
    error_set(error, PAPRIKA_ERROR_USAGE, "--%s needs a value: --%s %s", setting->name,
              setting->name, setting->arg);
    return NULL;
}

/** The words "after REGEX" behind --send TEXT. */
static const char *next_after(Walk *walk, const TrialSetting *setting, GError **error)
{
    const char *word = next_value(walk, setting, error);

    if (!word)
        return NULL;
    if (!strcmp(word, "after"))
        return next_value(walk, setting, error);
    g_autofree char *shown = option_value_label(word);
    error_set(error, PAPRIKA_ERROR_USAGE, "--send: 'after' must follow the text, not '%s'", shown);
    return NULL;
}

static gboolean take_setting(Walk *walk, const TrialSetting *setting, const char *value,
                             GError **error)
{
    Given given = {.setting = setting, .value = value};

    for (unsigned i = 0; i < walk->given->len; i++) {
        if (g_array_index(walk->given, Given, i).setting == setting && !setting->repeats &&
            setting->set)
            return error_set(error, PAPRIKA_ERROR_USAGE, "--%s is given twice", setting->name);
    }
    if (!value)
        given.value = setting->arg ? next_value(walk, setting, error) : "yes";
    /* Only --send, which takes two. */
    if (given.value && !setting->set)
        given.after = next_after(walk, setting, error);
    if (!given.value || (!setting->set && !given.after))
        return FALSE;
    g_array_append_val(walk->given, given);
    return TRUE;
}

/** Tell the options of boot-test from those of run. */
static gboolean walk_arguments(Walk *walk, GError **error)
{
    for (; walk->at < walk->argc; walk->at++) {
        const char *arg = walk->argv[walk->at];
        if (!strcmp(arg, "--"))
            break;
        const char *equals = strchr(arg, '=');
        g_autofree char *name = !g_str_has_prefix(arg, "--") ? NULL
                                : equals ? g_strndup(arg + 2, (gsize)(equals - arg - 2))
                                         : g_strdup(arg + 2);
        const TrialSetting *setting = name ? trial_setting_find(name) : NULL;
        const OptionKey *key = name ? option_key_find(name) : NULL;

        if (setting) {
            if (!take_setting(walk, setting, equals ? equals + 1 : NULL, error))
                return FALSE;
            continue;
        }
        if (key && key->per_guest)
            return error_set(error, PAPRIKA_ERROR_USAGE,
                             "--%s cannot be given: each guest has its own", name);
        g_strv_builder_add(walk->rest, arg);
        if (key && key->arg && !equals && walk->at + 1 < walk->argc)
            g_strv_builder_add(walk->rest, walk->argv[++walk->at]);
    }
    for (; walk->at < walk->argc; walk->at++)
        g_strv_builder_add(walk->rest, walk->argv[walk->at]);
    return TRUE;
}

static gboolean apply_given(const Walk *walk, TrialPlan *plan, GError **error)
{
    for (unsigned i = 0; i < walk->given->len; i++) {
        const Given *given = &g_array_index(walk->given, Given, i);
        g_autofree char *shown = option_value_label(given->value);
        g_autofree char *label = given->setting->arg
                                     ? g_strdup_printf("--%s %s", given->setting->name, shown)
                                     : g_strdup_printf("--%s=%s", given->setting->name, shown);
        if (given->setting->set) {
            if (!trial_setting_set(given->setting, plan, given->value, label, error))
                return FALSE;
        } else if (!trial_script_add_send(plan->script, given->value, given->after, error)) {
            g_prefix_error(error, "%s: ", label);
            return FALSE;
        }
    }
    return TRUE;
}

/** The matrix file is read before the other options, which override it. */
static gboolean load_matrix(const Walk *walk, TrialPlan *plan, GError **error)
{
    for (unsigned i = 0; i < walk->given->len; i++) {
        const Given *given = &g_array_index(walk->given, Given, i);
        if (!strcmp(given->setting->name, "matrix"))
            return trial_matrix_load(plan, given->value, error);
    }
    return TRUE;
}

/** Entries for the help and for what is suggested in the place of a mistyped option. */
static GOptionEntry *help_entries(void)
{
    GOptionEntry *entries = g_new0(GOptionEntry, trial_setting_count + 1);

    for (size_t i = 0; i < trial_setting_count; i++)
        entries[i] = (GOptionEntry){.long_name = trial_settings[i].name,
                                    .arg = G_OPTION_ARG_NONE,
                                    .description = trial_settings[i].help,
                                    .arg_description = trial_settings[i].arg};
    return entries;
}

GStrv trial_guest_args(const TrialPlan *plan, const TrialTest *test)
{
    g_autoptr(GStrvBuilder) args = g_strv_builder_new();
    g_autofree char *name = trial_test_guest_name(test);

    g_strv_builder_add_many(args, "run", "--console", "stdio", "--log", "info", "--name", name,
                            NULL);
    g_strv_builder_addv(args, (const char **)test->args);
    /* Last, since a configuration file behind "--" may be among them. */
    g_strv_builder_addv(args, (const char **)plan->args);
    return g_strv_builder_end(args);
}

/** What guests would share that each needs for itself, but for what trial_guest_args() gives each.
 */
static const OptionKey *find_shared(const VmConfig *config)
{
    static const char *const own[] = {"console", "log", "name", NULL};

    for (size_t i = 0; i < option_key_count; i++) {
        const OptionKey *key = &option_keys[i];

        if (key->per_guest && option_key_given(key, config) && !g_strv_contains(own, key->name))
            return key;
    }
    return NULL;
}

/** What `run` would say to the options of @test. */
static gboolean check_test(const TrialPlan *plan, const TrialTest *test, GError **error)
{
    g_auto(GStrv) args = trial_guest_args(plan, test);
    g_autofree GOptionEntry *entries = help_entries();
    g_autoptr(VmConfig) config =
        options_parse("boot-test", entries, (int)g_strv_length(args) - 1, args + 1, error);

    if (config && !config->kernel)
        return error_set(error, PAPRIKA_ERROR_USAGE,
                         "--kernel is required (or a key 'kernel' in a file)");
    const OptionKey *key = config ? find_shared(config) : NULL;
    if (key)
        return error_set(error, PAPRIKA_ERROR_USAGE,
                         "a configuration file with '%s' serves one guest only", key->name);
    return config != NULL;
}

static gboolean check_plan(TrialPlan *plan, GError **error)
{
    if (!plan->tests->len && !trial_plan_add(plan, "guest", g_new0(char *, 1), error))
        return FALSE;
    for (unsigned i = 0; i < plan->tests->len; i++) {
        const TrialTest *test = g_ptr_array_index(plan->tests, i);
        if (check_test(plan, test, error))
            continue;
        if (plan->matrix)
            g_prefix_error(error, "test %s: ", test->name);
        return FALSE;
    }
    if (!plan->script->expect->len && !plan->poweroff)
        return error_set(error, PAPRIKA_ERROR_USAGE, "--expect (or --poweroff) is required");
    if ((guint64)plan->tests->len * plan->repeat > TRIAL_RUNS_MAX)
        return error_set(error, PAPRIKA_ERROR_USAGE, "%u tests, %u times, are more than %d guests",
                         plan->tests->len, plan->repeat, TRIAL_RUNS_MAX);
    return TRUE;
}

TrialPlan *trial_options_parse(int argc, char **argv, GError **error)
{
    g_autoptr(TrialPlan) plan = trial_plan_new();
    g_autoptr(GArray) given = g_array_new(FALSE, FALSE, sizeof(Given));
    g_autoptr(GStrvBuilder) rest = g_strv_builder_new();
    Walk walk = {.argc = argc, .argv = argv, .given = given, .rest = rest};

    if (!walk_arguments(&walk, error))
        return NULL;
    plan->args = g_strv_builder_end(rest);
    if (!load_matrix(&walk, plan, error) || !apply_given(&walk, plan, error) ||
        !check_plan(plan, error))
        return NULL;
    return g_steal_pointer(&plan);
}
