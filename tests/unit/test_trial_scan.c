/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What boot-test reads on a console: lines, patterns, kernels that fail, Paprika's own messages. */
#include "src/vmm/trial/trial_scan.h"

#include <string.h>

#include "src/base/error.h"
#include "src/vmm/trial/trial_log.h"
#include "src/vmm/trial/trial_outcome.h"

typedef struct {
    TrialScript *script;
    TrialScan scan;
    GString *sent;
} World;

static void on_send(GBytes *bytes, void *opaque)
{
    GString *sent = opaque;
    gsize length;
    const char *data = g_bytes_get_data(bytes, &length);

    g_string_append_len(sent, data, (gssize)length);
}

static const TrialScanOps ops = {.send = on_send};

static void expect(World *world, const char *regex)
{
    g_autoptr(GError) error = NULL;

    g_assert_true(trial_script_add(world->script->expect, regex, &error));
}

static void world_start(World *world)
{
    trial_scan_init(&world->scan, world->script, &ops, world->sent);
}

static void world_init(World *world)
{
    world->script = trial_script_new();
    world->sent = g_string_new(NULL);
}

static void world_clear(World *world)
{
    trial_scan_finish(&world->scan);
    trial_script_free(world->script);
    g_string_free(world->sent, TRUE);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(World, world_clear)

static void feed(World *world, const char *text)
{
    trial_scan_feed(&world->scan, (const uint8_t *)text, strlen(text));
}

static void test_lines(void)
{
    g_auto(World) world = {NULL};

    world_init(&world);
    expect(&world, "^plain text$");
    expect(&world, "^\\[  OK  \\] Reached$");
    world_start(&world);
    feed(&world, "plain te");
    feed(&world, "xt");
    g_assert_cmpuint(world.scan.seen, ==, 0);
    feed(&world, "\r\n");
    g_assert_cmpuint(world.scan.seen, ==, 1);
    /* Colours, also where they are cut by a read. */
    feed(&world, "[\x1b[0;32");
    feed(&world, "m  OK  \x1b[0m] Reached\n");
    g_assert_true(trial_scan_complete(&world.scan));
}

/** An escape sequence without end is over at the end of the line. */
static void test_escape(void)
{
    g_auto(World) world = {NULL};

    world_init(&world);
    expect(&world, "^up$");
    world_start(&world);
    feed(&world, "x\x1b[0;0;0\nup\n");
    g_assert_true(trial_scan_complete(&world.scan));
}

static void test_long_line(void)
{
    g_auto(World) world = {NULL};
    g_autofree char *as = g_strnfill(1 << 20, 'a');

    world_init(&world);
    expect(&world, "a{4096}");
    expect(&world, "^b$");
    world_start(&world);
    feed(&world, as);
    feed(&world, "\nb\n");
    g_assert_true(trial_scan_complete(&world.scan));
    g_autofree char *quote = trial_scan_quote(&world.scan);
    g_assert_cmpuint(strlen(quote), <=, TRIAL_TAIL_LINES * (TRIAL_KEPT_LINE + 1));
}

/** A prompt has no end of line; what is typed is typed once, and in order. */
static void test_send(void)
{
    g_auto(World) world = {NULL};
    g_autoptr(GError) error = NULL;

    world_init(&world);
    g_assert_true(trial_script_add_send(world.script, "root\\n", "login: $|login: ", &error));
    g_assert_true(trial_script_add_send(world.script, "\\x41\\t\\\\\\r\\e", "o", &error));
    expect(&world, "^login: root$");
    world_start(&world);
    feed(&world, "host login: ");
    g_assert_cmpstr(world.sent->str, ==, "");
    trial_scan_idle(&world.scan);
    g_assert_cmpstr(world.sent->str, ==, "root\n");
    trial_scan_idle(&world.scan);
    g_assert_cmpstr(world.sent->str, ==, "root\n");
    /* The echo is later than what was waited for. */
    feed(&world, "root");
    trial_scan_idle(&world.scan);
    g_assert_cmpstr(world.sent->str, ==, "root\nA\t\\\r\x1b");
    feed(&world, "\n");
    g_assert_false(trial_scan_complete(&world.scan));
    feed(&world, "login: root\n");
    g_assert_true(trial_scan_complete(&world.scan));
}

/** The end of a line that is still growing is no end. */
static void test_idle_end(void)
{
    g_auto(World) world = {NULL};

    world_init(&world);
    expect(&world, "ok$");
    world_start(&world);
    feed(&world, "ok");
    trial_scan_idle(&world.scan);
    g_assert_false(trial_scan_complete(&world.scan));
    feed(&world, "ay\n");
    g_assert_false(trial_scan_complete(&world.scan));
    g_assert_cmpstr(trial_scan_missing(&world.scan)->text, ==, "ok$");
    feed(&world, "ok\n");
    g_assert_true(trial_scan_complete(&world.scan));
}

static void test_fail(void)
{
    g_auto(World) world = {NULL};
    g_autoptr(GError) error = NULL;

    world_init(&world);
    g_assert_true(trial_script_add(world.script->fail, "FAILED", &error));
    world_start(&world);
    feed(&world, "it FAILEd\n");
    g_assert_null(world.scan.failed);
    feed(&world, "it FAILED\n");
    g_assert_cmpstr(world.scan.failed->text, ==, "FAILED");
}

/** A pattern that would need hours for a hostile line is given up on it, and works on others. */
static void test_costly(void)
{
    g_auto(World) world = {NULL};
    g_autofree char *as = g_strnfill(4000, 'a');
    gint64 begun = g_get_monotonic_time();

    world_init(&world);
    expect(&world, "(a+)+$");
    world_start(&world);
    feed(&world, as);
    feed(&world, "b\n");
    g_assert_false(trial_scan_complete(&world.scan));
    g_assert_cmpstr(world.scan.given_up->text, ==, "(a+)+$");
    feed(&world, "aaa\n");
    g_assert_true(trial_scan_complete(&world.scan));
    g_assert_cmpint(g_get_monotonic_time() - begun, <, 10 * G_USEC_PER_SEC);
}

static void test_trouble(void)
{
    static const struct {
        const char *line;
        Trouble trouble;
    } rows[] = {
        {"[    1.2] Kernel panic - not syncing: Attempted to kill init!", TROUBLE_PANIC},
        {"Oops: Kernel access of bad area, sig: 11 [#1]", TROUBLE_OOPS},
        {"[ 2.0] kernel BUG at mm/slub.c:1!", TROUBLE_OOPS},
        {"BUG: Unable to handle kernel data access at 0x10", TROUBLE_OOPS},
        {"watchdog: BUG: soft lockup - CPU#0 stuck for 22s! [sh:1]", TROUBLE_OOPS},
        {"watchdog: CPU 3 self-detected hard LOCKUP @ 0xc0", TROUBLE_OOPS},
        {"rcu: INFO: rcu_sched self-detected stall on CPU", TROUBLE_OOPS},
        {"rcu: INFO: rcu_sched detected stalls on CPUs/tasks:", TROUBLE_OOPS},
        {"DEBUG: all is well", TROUBLE_NONE},
        {"sysrq: Trigger a crash", TROUBLE_NONE},
        {"", TROUBLE_NONE},
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(rows); i++)
        g_assert_cmpint(trial_trouble(rows[i].line), ==, rows[i].trouble);
}

/** What is quoted begins with the first oops, has the panic in any case, and is bounded. */
static void test_quote(void)
{
    g_auto(World) world = {NULL};

    world_init(&world);
    world_start(&world);
    feed(&world, "before\nOops: one\n");
    for (unsigned i = 0; i < 100000; i++)
        feed(&world, "a line that says this and that about the registers of a processor\n");
    g_assert_cmpstr(world.scan.trouble_line, ==, "Oops: one");
    feed(&world, "Kernel panic - not syncing: \x01 Fatal exception\nafter\n");
    g_assert_cmpint(world.scan.trouble, ==, TROUBLE_PANIC);
    g_assert_cmpstr(world.scan.trouble_line, ==, "Kernel panic - not syncing: ? Fatal exception");
    g_autofree char *quote = trial_scan_quote(&world.scan);
    g_assert_true(g_str_has_prefix(quote, "Oops: one\n"));
    g_assert_true(g_str_has_suffix(quote, "Fatal exception\nafter\n"));
    g_assert_cmpuint(strlen(quote), <=, 2 * TRIAL_QUOTE_BYTES + TRIAL_KEPT_LINE + 2);
}

static void test_refused(void)
{
    static const struct {
        const char *text, *after, *message;
    } rows[] = {
        {NULL, "(", "'(' is no regular expression: missing"},
        {NULL, "", "the regular expression is empty"},
        {NULL, "a[", "'a[' is no regular expression"},
        {"", "x", "the text is empty"},
        {"a\\", "x", "a backslash begins"},
        {"a\\q", "x", "a backslash begins"},
        {"\\x4", "x", "a backslash begins"},
        {"a", "*", "'*' is no regular expression"},
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(TrialScript) script = trial_script_new();
        g_autoptr(GError) error = NULL;
        gboolean ok = rows[i].text
                          ? trial_script_add_send(script, rows[i].text, rows[i].after, &error)
                          : trial_script_add(script->expect, rows[i].after, &error);
        g_assert_false(ok);
        g_assert_nonnull(strstr(error->message, rows[i].message));
        g_assert_cmpuint(script->expect->len + script->send->len, ==, 0);
    }

    g_autoptr(TrialScript) script = trial_script_new();
    g_autoptr(GError) error = NULL;
    for (unsigned i = 0; i < TRIAL_PATTERNS_MAX; i++)
        g_assert_true(trial_script_add(script->expect, "x", &error));
    g_assert_false(trial_script_add(script->expect, "x", &error));
    g_assert_nonnull(strstr(error->message, "more than 64"));
}

static void test_log(void)
{
    static const char text[] = "guest: 1024 MiB, 1 vCPUs\n"
                               "guest: reboot: RTAS system-reboot\n"
                               "guest: (7 similar lines left out)\n"
                               "guest: reboot: RTAS system-reboot\n"
                               "guest: (9 similar lines left out)\n"
                               "guest: guest: something else\n"
                               "guest: reboot: RTAS system-reboot\n"
                               "guest: error: cannot do\x02 it\n";
    TrialLog log;

    trial_log_init(&log);
    for (size_t i = 0; i < sizeof(text) - 1; i++)
        trial_log_feed(&log, (const uint8_t *)text + i, 1);
    g_assert_cmpuint(log.reboots, ==, 10);
    g_assert_cmpstr(log.error, ==, "cannot do? it");
    trial_log_finish(&log);
}

/** Each way to end has a word and a status of its own; only panic and crash share theirs. */
static void test_outcomes(void)
{
    for (unsigned i = 0; i < TRIAL_OUTCOMES; i++) {
        g_assert_nonnull(trial_outcome_word((TrialOutcome)i));
        for (unsigned j = 0; j < i; j++) {
            g_assert_cmpstr(trial_outcome_word((TrialOutcome)i), !=,
                            trial_outcome_word((TrialOutcome)j));
            if (i != TRIAL_PANIC && i != TRIAL_NOT_RUN)
                g_assert_cmpint(trial_outcome_exit_status((TrialOutcome)i), !=,
                                trial_outcome_exit_status((TrialOutcome)j));
        }
    }
    g_assert_cmpint(trial_outcome_graver(TRIAL_PANIC, TRIAL_HUNG), ==, TRIAL_PANIC);
    g_assert_cmpint(trial_outcome_graver(TRIAL_PASSED, TRIAL_FAIL_LINE), ==, TRIAL_FAIL_LINE);
    g_assert_cmpint(trial_outcome_graver(TRIAL_REFUSED, TRIAL_VMM_FAILED), ==, TRIAL_REFUSED);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/trial/scan/lines", test_lines);
    g_test_add_func("/trial/scan/escape", test_escape);
    g_test_add_func("/trial/scan/long-line", test_long_line);
    g_test_add_func("/trial/scan/send", test_send);
    g_test_add_func("/trial/scan/idle-end", test_idle_end);
    g_test_add_func("/trial/scan/fail", test_fail);
    g_test_add_func("/trial/scan/costly", test_costly);
    g_test_add_func("/trial/scan/trouble", test_trouble);
    g_test_add_func("/trial/scan/quote", test_quote);
    g_test_add_func("/trial/scan/refused", test_refused);
    g_test_add_func("/trial/scan/log", test_log);
    g_test_add_func("/trial/outcomes", test_outcomes);
    return g_test_run();
}
