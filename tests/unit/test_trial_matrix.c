/* SPDX-License-Identifier: GPL-2.0-or-later */
/* boot-test's command line and matrix file: what guests they make, and what they refuse. */
#include <string.h>

#include <glib/gstdio.h>

#include "src/base/error.h"
#include "src/vmm/option_keys.h"
#include "src/vmm/trial/trial_matrix.h"
#include "src/vmm/trial/trial_options.h"

/** All tests of @plan: name and arguments, a line for each. */
static char *describe(const TrialPlan *plan)
{
    GString *out = g_string_new(NULL);

    for (unsigned i = 0; i < plan->tests->len; i++) {
        const TrialTest *test = g_ptr_array_index(plan->tests, i);
        g_autofree char *args = g_strjoinv(" ", test->args);
        g_string_append_printf(out, "%s: %s\n", test->name, args);
    }
    return g_string_free(out, FALSE);
}

static gboolean parse(TrialPlan *plan, const char *text, GError **error)
{
    return trial_matrix_parse(plan, "m.conf", "/base", text, strlen(text), error);
}

static void test_product(void)
{
    g_autoptr(TrialPlan) plan = trial_plan_new();
    g_autoptr(GError) error = NULL;

    g_assert_true(parse(plan,
                        "# a comment\n[matrix]\nkernel=a/vmlinux; /b/vmlinux\nmmu=radix;hash;\n"
                        "memory=2G\ncpus=1;4,threads=2\nappend=a=b\\; c\n"
                        "[exclude hash on one]\nmmu=hash\ncpus=1\n",
                        &error));
    g_assert_no_error(error);
    g_autofree char *text = describe(plan);
    g_assert_cmpstr(
        text, ==,
        "vmlinux_mmu-radix_cpus-1: --kernel=/base/a/vmlinux --mmu=radix --memory=2G --cpus=1 "
        "--append=a=b; c\n"
        "vmlinux_mmu-radix_cpus-4-threads-2: --kernel=/base/a/vmlinux --mmu=radix --memory=2G "
        "--cpus=4,threads=2 --append=a=b; c\n"
        "vmlinux_mmu-hash_cpus-4-threads-2: --kernel=/base/a/vmlinux --mmu=hash --memory=2G "
        "--cpus=4,threads=2 --append=a=b; c\n"
        "vmlinux_mmu-radix_cpus-1_2: --kernel=/b/vmlinux --mmu=radix --memory=2G --cpus=1 "
        "--append=a=b; c\n"
        "vmlinux_mmu-radix_cpus-4-threads-2_2: --kernel=/b/vmlinux --mmu=radix --memory=2G "
        "--cpus=4,threads=2 --append=a=b; c\n"
        "vmlinux_mmu-hash_cpus-4-threads-2_2: --kernel=/b/vmlinux --mmu=hash --memory=2G "
        "--cpus=4,threads=2 --append=a=b; c\n");
}

static void test_settings(void)
{
    g_autoptr(TrialPlan) plan = trial_plan_new();
    g_autoptr(GError) error = NULL;

    g_assert_true(parse(plan,
                        "[matrix]\nkernel=k\n[test]\nexpect=a;b\nfail=c\ntimeout=7\nsilence=3\n"
                        "max-reboots=0\nrepeat=5\npoweroff=yes\nignore-oops=yes\n",
                        &error));
    g_assert_no_error(error);
    g_assert_cmpuint(plan->script->expect->len, ==, 1);
    const TrialPattern *pattern = g_ptr_array_index(plan->script->expect, 0);
    g_assert_cmpstr(pattern->text, ==, "a;b");
    g_assert_cmpuint(plan->script->fail->len, ==, 1);
    g_assert_cmpuint(plan->timeout, ==, 7);
    g_assert_cmpuint(plan->silence, ==, 3);
    g_assert_cmpuint(plan->reboots, ==, 0);
    g_assert_cmpuint(plan->repeat, ==, 5);
    g_assert_true(plan->poweroff && plan->ignore_oops);
}

static void test_refused_files(void)
{
    static const struct {
        const char *text, *message;
    } rows[] = {
        {"", "a group [matrix] with a key is missing"},
        {"[matrix]\n", "a group [matrix] with a key is missing"},
        {"kernel=k\n", "m.conf: "},
        {"[matrix]\nkernle=k\n", "unknown key 'kernle' (did you mean 'kernel'?)"},
        {"[matrix]\nname=a;b\n", "'name' cannot be given"},
        {"[matrix]\nconsole=pty\n", "'console' cannot be given"},
        {"[matrix]\nkernel=\n", "kernel: the value is empty"},
        {"[matrix]\nkernel=a;;b\n", "kernel: value 2 is empty"},
        {"[matrix]\nkernel=a\\qb\n", "kernel: "},
        {"[matrix]\nkernel=a\n[tset]\n", "unknown group [tset]"},
        {"[matrix]\nkernel=a\n[test]\nexpct=x\n", "[test]: unknown key 'expct'"},
        {"[matrix]\nkernel=a\n[test]\nsend=x\n", "[test]: unknown key 'send'"},
        {"[matrix]\nkernel=a\n[test]\njobs=3\n", "[test]: unknown key 'jobs'"},
        {"[matrix]\nkernel=a\n[test]\ntimeout=0\n", "[test] timeout: must be a number from 1"},
        {"[matrix]\nkernel=a\n[test]\ntimeout=\n", "[test] timeout: the value is empty"},
        {"[matrix]\nkernel=a\n[test]\nexpect=(\n", "[test] expect: '(' is no regular"},
        {"[matrix]\nkernel=a\n[test]\npoweroff=maybe\n", "must be yes or no"},
        {"[matrix]\nkernel=a\n[exclude]\n", "[exclude] has no key"},
        {"[matrix]\nkernel=a\n[exclude x]\nmmu=hash\n", "'mmu' is no key of [matrix]"},
        {"[matrix]\nkernel=a\n[exclude]\nkernel=a\n", "every combination is excluded"},
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(TrialPlan) plan = trial_plan_new();
        g_autoptr(GError) error = NULL;
        g_assert_false(parse(plan, rows[i].text, &error));
        g_assert_true(g_error_matches(error, PAPRIKA_ERROR, PAPRIKA_ERROR_USAGE));
        if (!strstr(error->message, rows[i].message))
            g_error("'%s' does not tell of '%s'", error->message, rows[i].message);
    }
}

/** Sizes that a file names are bounded. */
static void test_too_many(void)
{
    g_autoptr(GString) text = g_string_new("[matrix]\ncpus=");
    g_autoptr(TrialPlan) plan = trial_plan_new();
    g_autoptr(GError) error = NULL;

    for (unsigned i = 0; i < 40; i++)
        g_string_append_printf(text, "%u;", i + 1);
    g_string_append(text, "\nmemory=");
    for (unsigned i = 0; i < 40; i++)
        g_string_append_printf(text, "%uM;", 128 + 16 * i);
    g_assert_false(parse(plan, text->str, &error));
    g_assert_nonnull(strstr(error->message, "more than 1000 combinations"));
}

static TrialPlan *options(const char *line, GError **error)
{
    g_auto(GStrv) argv = NULL;
    int argc = 0;

    if (*line)
        g_assert_true(g_shell_parse_argv(line, &argc, &argv, NULL));
    return trial_options_parse(argc, argv, error);
}

static void test_options(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(TrialPlan) plan =
        options("--kernel k --expect one --cpus 4 --expect=two --send 'a\\n' after '# ' "
                "--send=b after x --fail bad --timeout 5 --jobs=2 --tap --mmu hash --no-reboot "
                "--poweroff=no",
                &error);
    g_assert_no_error(error);
    g_assert_cmpuint(plan->script->expect->len, ==, 2);
    g_assert_cmpuint(plan->script->send->len, ==, 2);
    g_assert_cmpuint(plan->jobs, ==, 2);
    g_assert_true(plan->tap && !plan->poweroff);
    g_auto(GStrv) args = trial_guest_args(plan, g_ptr_array_index(plan->tests, 0));
    g_autofree char *text = g_strjoinv(" ", args);
    g_assert_cmpstr(text, ==,
                    "run --console stdio --log info --name guest --kernel k --cpus 4 --mmu hash "
                    "--no-reboot");
}

static void test_refused_options(void)
{
    static const struct {
        const char *line, *message;
    } rows[] = {
        {"", "--kernel is required"},
        {"--kernel k", "--expect (or --poweroff) is required"},
        {"--expect x", "--kernel is required"},
        {"--kernel k --expect", "--expect needs a value: --expect REGEX"},
        {"--kernel k --expect=", "--expect : the value is empty"},
        {"--kernel k --expect x --timeout 5 --timeout 6", "--timeout is given twice"},
        {"--kernel k --expect x --jobs 0", "--jobs 0: must be a number from 1 to 256"},
        {"--kernel k --expect x --console pty", "--console cannot be given"},
        {"--kernel k --expect x --name=n", "--name cannot be given"},
        {"--kernel k --expect x --qmp unix:x", "--qmp cannot be given"},
        {"--kernel k --expect x --send", "--send needs a value: --send TEXT after REGEX"},
        {"--kernel k --expect x --send a", "--send needs a value: --send TEXT after REGEX"},
        {"--kernel k --expect x --send a behind x", "'after' must follow the text, not 'behind'"},
        {"--kernel k --expect x --send a after (", "--send a: '(' is no regular expression"},
        {"--kernel k --expcet x", "unknown option '--expcet' (did you mean --expect?)"},
        {"--kernel k --expect x --memory 3M", "--memory 3M: "},
        {"--kernel k --expect x --tap=maybe", "must be yes or no"},
        {"--kernel k --expect x --matrix none.conf", "cannot open the matrix file 'none.conf'"},
        {"--kernel k --expect x --repeat 10001", "must be a number from 1 to 10000"},
        {"--expect x none.conf", "cannot open the configuration file 'none.conf'"},
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(TrialPlan) plan = options(rows[i].line, &error);
        g_assert_null(plan);
        g_assert_true(g_error_matches(error, PAPRIKA_ERROR, PAPRIKA_ERROR_USAGE));
        if (!strstr(error->message, rows[i].message))
            g_error("'%s' does not tell of '%s'", error->message, rows[i].message);
    }
}

/** The file's values are checked as options are, and the command line overrides its settings. */
static void test_both(void)
{
    static const char path[] = "both.matrix", config[] = "both.conf";
    g_autoptr(GError) error = NULL;

    g_assert_true(
        g_file_set_contents(path, "[matrix]\ncpus=1;2\n[test]\ntimeout=5\nexpect=a\n", -1, NULL));
    g_assert_true(g_file_set_contents(
        config, "[vm]\nkernel=k\nname=other\nconsole=pty\nlog=error\n", -1, NULL));
    g_autoptr(TrialPlan) plan =
        options("both.conf --matrix both.matrix --timeout 9 --expect b --repeat 3", &error);
    g_assert_no_error(error);
    g_assert_cmpuint(plan->timeout, ==, 9);
    g_assert_cmpuint(plan->script->expect->len, ==, 2);
    g_assert_cmpuint(plan->tests->len, ==, 2);

    g_autoptr(TrialPlan) twice = options("--cpus 2 --kernel k --matrix both.matrix", &error);
    g_assert_null(twice);
    g_assert_nonnull(strstr(error->message, "test cpus-1: --cpus is given twice"));
    g_clear_error(&error);

    g_assert_true(
        g_file_set_contents(path, "[matrix]\nkernel=k\ncpus=1;0\n[test]\nexpect=a\n", -1, NULL));
    g_autoptr(TrialPlan) bad = options("--matrix both.matrix", &error);
    g_assert_null(bad);
    g_assert_nonnull(strstr(error->message, "test cpus-0: --cpus 0: "));
    g_clear_error(&error);

    g_assert_true(g_file_set_contents(config, "[vm]\nkernel=k\nqmp=unix:x\n", -1, NULL));
    g_autoptr(TrialPlan) qmp = options("both.conf --expect a", &error);
    g_assert_null(qmp);
    g_assert_nonnull(strstr(error->message, "'qmp' serves one guest only"));
    g_clear_error(&error);
    g_unlink(path);
    g_unlink(config);
}

/** Each key that guests can't share is refused in their common file. */
static void test_shared(void)
{
    static const struct {
        const char *key, *value;
    } shared[] = {
        {"qmp", "unix:x"}, {"nvram", "x"}, {"gdb", "unix:x"},         {"net", "tap=t"},
        {"tpm", "unix:x"}, {"vsock", "3"}, {"port", "name=a,to=pty"},
    };
    unsigned per_guest = 0;

    for (unsigned i = 0; i < G_N_ELEMENTS(shared); i++) {
        g_autofree char *text =
            g_strdup_printf("[vm]\nkernel=k\n%s=%s\n", shared[i].key, shared[i].value);
        g_autofree char *want = g_strdup_printf("'%s' serves one guest only", shared[i].key);
        g_autoptr(GError) error = NULL;

        g_assert_true(g_file_set_contents("shared.conf", text, -1, NULL));
        g_autoptr(TrialPlan) plan = options("shared.conf --expect a", &error);
        g_assert_null(plan);
        g_assert_nonnull(strstr(error->message, want));
    }
    g_unlink("shared.conf");
    /* Besides these there are the three that each guest is given. */
    for (size_t i = 0; i < option_key_count; i++)
        per_guest += option_keys[i].per_guest ? 1 : 0;
    g_assert_cmpuint(per_guest, ==, G_N_ELEMENTS(shared) + 3);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/trial/matrix/product", test_product);
    g_test_add_func("/trial/matrix/settings", test_settings);
    g_test_add_func("/trial/matrix/refused", test_refused_files);
    g_test_add_func("/trial/matrix/too-many", test_too_many);
    g_test_add_func("/trial/options/good", test_options);
    g_test_add_func("/trial/options/refused", test_refused_options);
    g_test_add_func("/trial/options/both", test_both);
    g_test_add_func("/trial/options/shared", test_shared);
    return g_test_run();
}
