/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whole boot tests, with a shell script in the place of the program that runs guests. */
#include "src/vmm/trial/trial_run.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "src/vmm/trial/trial_options.h"

/** What the "guest" does is chosen by its kernel's name. */
static const char script[] =
    "#!/bin/sh\n"
    "while [ $# -gt 0 ]; do case $1 in --kernel) k=$2 ;; --kernel=*) k=${1#*=} ;; esac; shift; "
    "done\n"
    "panic() { echo 'Kernel panic - not syncing: no init'; echo 'CPU: 0 PID: 1'; }\n"
    "reboot() { echo 'guest: reboot: RTAS system-reboot' >&2; echo 'Linux version 6'; }\n"
    "case ${k##*/} in\n"
    "up) echo 'it is up'; exec sleep 60 ;;\n"
    "off) echo 'it is up'; sleep 0.2; exit 0 ;;\n"
    "ended) echo 'nothing'; exit 0 ;;\n"
    "noeol) printf 'it is up'; exit 0 ;;\n"
    "panic) panic; exit 3 ;;\n"
    "panicboot) while :; do panic; reboot; sleep 0.1; done ;;\n"
    "oops) echo 'Oops: bad'; exec sleep 60 ;;\n"
    "oopspanic) echo 'Oops: bad'; sleep 0.3; panic; exec sleep 60 ;;\n"
    "loop) while :; do reboot; sleep 0.05; done ;;\n"
    "twice) reboot; reboot; echo 'it is up'; exec sleep 60 ;;\n"
    "hang) echo 'booting'; exec sleep 60 ;;\n"
    "slow) while :; do echo 'still booting'; sleep 0.1; done ;;\n"
    "bad) echo 'FAILED to start'; exec sleep 60 ;;\n"
    "vmm) echo 'guest: error: KVM_RUN failed' >&2; exit 1 ;;\n"
    "refused) echo 'guest: error: no such mode' >&2; exit 2 ;;\n"
    "crashed) echo 'guest: error: vCPU 0 cannot go on' >&2; exit 3 ;;\n"
    "signal) echo 'x'; kill -SEGV $$ ;;\n"
    "stubborn) trap '' TERM; echo 'it is up'; while :; do sleep 1; done ;;\n"
    "late) trap 'exit 1' TERM; echo 'it is up'; while :; do sleep 0.1; done ;;\n"
    "child) sleep 61 & echo 'it is up'; exec sleep 60 ;;\n"
    "login) printf 'login: '; read name; echo \"hello $name\"; printf '# '; read what;\n"
    "  [ \"$what\" = ready ] && echo 'it is up'; exec sleep 60 ;;\n"
    "pids) echo $$ >>out/pids; sleep 5 & exec sleep 60 ;;\n"
    "noise) exec head -c 3000000 /dev/zero ;;\n"
    "esac\n";

static char *program;

/** What a run left. */
typedef struct {
    int status;
    /** Standard output. */
    char *text;
} Outcome;

static void outcome_clear(Outcome *outcome) { g_free(outcome->text); }
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Outcome, outcome_clear)

static int run_here(const char *line)
{
    g_autoptr(GError) error = NULL;
    g_auto(GStrv) argv = NULL;
    int argc = 0;

    g_assert_true(g_shell_parse_argv(line, &argc, &argv, &error));
    g_autoptr(TrialPlan) plan = trial_options_parse(argc, argv, &error);
    g_assert_no_error(error);
    g_free(plan->program);
    plan->program = g_strdup(program);
    return trial_run(plan);
}

/** Run with the options in @line, standard output caught. */
static Outcome run(const char *line)
{
    g_autofree char *full = g_strdup_printf("--output out %s", line);
    int saved = dup(STDOUT_FILENO);
    int file = open("stdout", O_RDWR | O_CREAT | O_TRUNC, 0600);
    Outcome outcome;

    fflush(stdout);
    dup2(file, STDOUT_FILENO);
    outcome.status = run_here(full);
    fflush(stdout);
    dup2(saved, STDOUT_FILENO);
    close(saved);
    close(file);
    g_assert_true(g_file_get_contents("stdout", &outcome.text, NULL, NULL));
    return outcome;
}

static void assert_has(const char *text, const char *part)
{
    if (!strstr(text, part))
        g_error("no '%s' in:\n%s", part, text);
}

/** How each guest's end is judged: the word, the status, and what is quoted. */
static void test_outcomes(void)
{
    static const struct {
        const char *options;
        int status;
        const char *parts[3];
    } rows[] = {
        {"--kernel up", 0, {"passed      guest (", "1 of 1 passed"}},
        {"--kernel noeol", 0, {"passed "}},
        {"--kernel off --poweroff", 0, {"passed "}},
        {"--kernel twice", 0, {"passed "}},
        {"--kernel child", 0, {"passed "}},
        {"--kernel ended", 8, {"ended ", "without a line like 'it is up'", "  | nothing\n"}},
        {"--kernel panic", 3, {"panic ", ": Kernel panic - not syncing: no init", "  | CPU: 0"}},
        {"--kernel panicboot", 3, {"panic "}},
        {"--kernel oops", 4, {"oops ", ": Oops: bad"}},
        {"--kernel oopspanic", 3, {"panic ", "  | Oops: bad\n", "  | CPU: 0 PID: 1"}},
        {"--kernel loop", 5, {"reboot-loop ", "restarted 3 times", "  | Linux version"}},
        {"--kernel twice --max-reboots 1", 5, {"restarted 2 times"}},
        {"--kernel hang --timeout 4", 6, {"hung ", "s of silence after", "  | booting\n"}},
        {"--kernel hang --silence 1", 6, {"hung ", "s of silence after"}},
        {"--kernel slow --timeout 4", 7, {"timeout ", "4 s are over without a line like"}},
        {"--kernel up --poweroff --timeout 4", 6, {"hung ", "without powering off"}},
        {"--kernel bad --fail '^FAILED'", 9, {"fail-line ", "a line like '^FAILED'"}},
        {"--kernel vmm", 1, {"vmm-failed ", ": KVM_RUN failed"}},
        {"--kernel refused", 2, {"refused ", ": no such mode"}},
        {"--kernel crashed", 3, {"crashed ", ": vCPU 0 cannot go on"}},
        {"--kernel signal", 1, {"vmm-failed ", "Paprika was ended by signal 11"}},
        {"--kernel late", 1, {"vmm-failed ", "Paprika failed at its end"}},
        {"--kernel login --send 'me\\n' after 'login: ' --send 'ready\\n' after '# '",
         0,
         {"passed "}},
        {"--kernel noise", 8, {"ended "}},
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *line = g_strdup_printf("--expect 'it is up' %s", rows[i].options);
        g_auto(Outcome) outcome = run(line);
        if (outcome.status != rows[i].status)
            g_error("%s: status %d, not %d:\n%s", rows[i].options, outcome.status, rows[i].status,
                    outcome.text);
        for (unsigned j = 0; j < 3 && rows[i].parts[j]; j++)
            assert_has(outcome.text, rows[i].parts[j]);
    }
}

static void test_ignore_oops(void)
{
    g_auto(Outcome) outcome = run("--kernel oops --expect '^Oops: bad' --ignore-oops");

    g_assert_cmpint(outcome.status, ==, 0);
}

/** A program that ignores SIGTERM is killed, and that is its fault, not the guest's. */
static void test_stubborn(void)
{
    g_auto(Outcome) outcome = run("--kernel stubborn --expect 'it is up'");

    g_assert_cmpint(outcome.status, ==, 1);
    assert_has(outcome.text, "Paprika did not end when told to");
}

static void test_files(void)
{
    g_autofree char *console = NULL, *log = NULL;
    g_auto(Outcome) outcome = run("--kernel vmm --expect x");

    g_assert_true(g_file_get_contents("out/guest.console", &console, NULL, NULL));
    g_assert_true(g_file_get_contents("out/guest.log", &log, NULL, NULL));
    g_assert_cmpstr(console, ==, "");
    g_assert_cmpstr(log, ==, "guest: error: KVM_RUN failed\n");
}

static const char matrix[] = "[matrix]\nkernel=up;panic;hang\ncpus=1;2\n"
                             "[test]\nexpect=it is up\ntimeout=4\n";

/** Several at a time; TAP in order; JUnit that counts. */
static void test_reports(void)
{
    g_autofree char *junit = NULL;

    g_assert_true(g_file_set_contents("m.conf", matrix, -1, NULL));
    g_auto(Outcome) tap = run("--matrix m.conf --jobs 4 --tap --junit out.xml");
    g_assert_cmpint(tap.status, ==, 3);
    assert_has(tap.text, "TAP version 13\n1..6\n# 6 guests, consoles and messages in out\n"
                         "ok 1 - up_cpus-1\n");
    assert_has(tap.text, "\nok 2 - up_cpus-2\n  ---\n  outcome: 'passed'\n");
    assert_has(tap.text, "\nnot ok 3 - panic_cpus-1\n  ---\n  outcome: 'panic'\n");
    assert_has(tap.text, "  lines: |2\n    Kernel panic - not syncing: no init\n    CPU: 0 PID: 1\n"
                         "  ...\nnot ok 4");
    assert_has(tap.text, "\nnot ok 6 - hang_cpus-2\n");
    g_assert_true(g_str_has_suffix(tap.text, "  ...\n"));

    g_assert_true(g_file_get_contents("out.xml", &junit, NULL, NULL));
    assert_has(junit, "tests=\"6\" failures=\"4\" errors=\"0\" skipped=\"0\"");
    assert_has(junit, "name=\"hang_cpus-1\"");
    assert_has(junit, "<failure type=\"panic\" message=\"Kernel panic - not syncing: no init\">");

    g_auto(Outcome) table = run("--matrix m.conf --jobs 6 --repeat 2");
    g_assert_cmpint(table.status, ==, 3);
    assert_has(table.text, "\nup_cpus-1         2/2 ");
    assert_has(table.text, "\npanic_cpus-2      0/2      -                panic 2\n");
    assert_has(table.text, "\n4 of 12 passed\n");
    g_assert_true(g_file_test("out/up_cpus-1.2.console", G_FILE_TEST_EXISTS));
}

/** Numbers in reports do not follow the locale, and odd bytes do not break XML. */
static void test_odd_bytes(void)
{
    g_autofree char *junit = NULL;

    g_auto(Outcome) outcome = run("--kernel noise --expect '<&>\"' --junit out.xml");
    g_assert_cmpint(outcome.status, ==, 8);
    g_assert_true(g_file_get_contents("out.xml", &junit, NULL, NULL));
    assert_has(junit, "&lt;&amp;&gt;&quot;");
    g_assert_true(g_utf8_validate(junit, -1, NULL));
}

static void test_no_program(void)
{
    g_autofree char *good = program;

    program = g_strdup("/nonexistent/paprika");
    g_auto(Outcome) outcome = run("--kernel up --expect x");
    g_assert_cmpint(outcome.status, ==, 1);
    assert_has(outcome.text, "cannot start a guest");
    g_free(program);
    program = g_steal_pointer(&good);
}

static void test_bad_places(void)
{
    g_assert_true(g_file_set_contents("plain", "", -1, NULL));
    g_assert_cmpint(run_here("--output plain --kernel up --expect x"), ==, 2);
    g_assert_cmpint(run_here("--output no/such --kernel up --expect x"), ==, 2);
    g_auto(Outcome) outcome = run("--kernel up --expect up --junit no/such.xml");
    g_assert_cmpint(outcome.status, ==, 1);
}

/** Whether a process of @group runs; one that nobody has waited for yet does not. */
static gboolean group_runs(pid_t group)
{
    g_autoptr(GDir) proc = g_dir_open("/proc", 0, NULL);
    const char *name;

    g_assert_nonnull(proc);
    while ((name = g_dir_read_name(proc))) {
        g_autofree char *path = g_build_filename("/proc", name, "stat", NULL);
        g_autofree char *stat = NULL;
        char state;
        int parent, its_group;
        if (!g_ascii_isdigit(*name) || !g_file_get_contents(path, &stat, NULL, NULL))
            continue;
        const char *rest = strrchr(stat, ')');
        if (rest && sscanf(rest, ") %c %d %d", &state, &parent, &its_group) == 3 &&
            its_group == group && state != 'Z')
            return TRUE;
    }
    return FALSE;
}

static void assert_group_ends(const char *group)
{
    for (unsigned i = 0; i < 100; i++) {
        if (!group_runs((pid_t)g_ascii_strtoll(group, NULL, 10)))
            return;
        g_usleep(50000);
    }
    g_error("processes of group %s are left", group);
}

/** Run with the options in @line in a process of its own, whose standard output is @out. */
static pid_t run_apart(const char *line, int out)
{
    pid_t pid = fork();

    g_assert_cmpint(pid, >=, 0);
    if (pid)
        return pid;
    dup2(out, STDOUT_FILENO);
    close(out);
    execl("/proc/self/exe", "test_trial_run", "--run", program, line, NULL);
    _exit(99);
}

/** What the guest started may outlive it here: only the guest itself is looked at. */
static void assert_dies(const char *pid)
{
    g_autofree char *path = g_strdup_printf("/proc/%d/stat", atoi(pid));

    for (unsigned i = 0; i < 100; i++) {
        g_autofree char *stat = NULL;
        if (!g_file_get_contents(path, &stat, NULL, NULL) || strstr(stat, ") Z "))
            return;
        g_usleep(50000);
    }
    g_error("process %s is left", pid);
}

/** A signal ends every guest, and what guests started; nothing stays. */
static void test_signal(int number)
{
    int pipe_fds[2];
    g_autofree char *text = NULL;
    int wait_status;

    g_assert_cmpint(g_unlink("out/pids"), >=, -1);
    g_assert_cmpint(pipe(pipe_fds), ==, 0);
    g_assert_cmpint(fcntl(pipe_fds[0], F_SETFD, FD_CLOEXEC), ==, 0);
    pid_t pid = run_apart("--output out --kernel pids --expect never --jobs 3 --repeat 5 --tap",
                          pipe_fds[1]);
    close(pipe_fds[1]);
    for (unsigned i = 0; i < 200; i++) {
        g_clear_pointer(&text, g_free);
        if (g_file_get_contents("out/pids", &text, NULL, NULL) && strlen(text) > 0) {
            g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
            if (g_strv_length(lines) == 4)
                break;
        }
        g_usleep(50000);
    }
    g_assert_cmpint(kill(pid, number), ==, 0);
    while (waitpid(pid, &wait_status, 0) < 0)
        g_assert_cmpint(errno, ==, EINTR);
    g_assert_true(WIFEXITED(wait_status));
    g_assert_cmpint(WEXITSTATUS(wait_status), ==, 128 + number);

    g_auto(GStrv) pids = g_strsplit(text, "\n", -1);
    g_assert_cmpuint(g_strv_length(pids), ==, 4);
    for (unsigned i = 0; i < 3; i++)
        assert_group_ends(pids[i]);
    char said[8192] = "";
    size_t length = 0;
    ssize_t n;
    while ((n = read(pipe_fds[0], said + length, sizeof(said) - 1 - length)) > 0)
        length += (size_t)n;
    close(pipe_fds[0]);
    assert_has(said, "not ok 1 - guest.1\n  ---\n  outcome: 'not-run'\n");
    assert_has(said, "Bail out! ended by signal");
}

static void test_int(void) { test_signal(SIGINT); }
static void test_term(void) { test_signal(SIGTERM); }

/** Nobody is left behind by a boot-test that was killed either. */
static void test_killed(void)
{
    g_autofree char *text = NULL;
    int wait_status, null = open("/dev/null", O_WRONLY);
    unsigned i;

    g_assert_cmpint(g_unlink("out/pids"), >=, -1);
    pid_t pid = run_apart("--output out --kernel pids --expect never --tap", null);
    close(null);
    for (i = 0; i < 200 && !(g_file_get_contents("out/pids", &text, NULL, NULL) && *text); i++) {
        g_clear_pointer(&text, g_free);
        g_usleep(50000);
    }
    g_assert_nonnull(text);
    kill(pid, SIGKILL);
    g_assert_cmpint(waitpid(pid, &wait_status, 0), ==, pid);
    assert_dies(text);
}

int main(int argc, char **argv)
{
    if (argc == 4 && !strcmp(argv[1], "--run")) {
        program = argv[2];
        return run_here(argv[3]);
    }
    g_autofree char *folder = g_dir_make_tmp("paprika-trial-XXXXXX", NULL);

    g_test_init(&argc, &argv, NULL);
    g_assert_nonnull(folder);
    g_assert_cmpint(chdir(folder), ==, 0);
    program = g_build_filename(folder, "fake-paprika", NULL);
    g_assert_true(g_file_set_contents(program, script, -1, NULL));
    g_assert_cmpint(chmod(program, 0700), ==, 0);

    g_test_add_func("/trial/run/outcomes", test_outcomes);
    g_test_add_func("/trial/run/ignore-oops", test_ignore_oops);
    g_test_add_func("/trial/run/stubborn", test_stubborn);
    g_test_add_func("/trial/run/files", test_files);
    g_test_add_func("/trial/run/reports", test_reports);
    g_test_add_func("/trial/run/odd-bytes", test_odd_bytes);
    g_test_add_func("/trial/run/no-program", test_no_program);
    g_test_add_func("/trial/run/bad-places", test_bad_places);
    g_test_add_func("/trial/run/int", test_int);
    g_test_add_func("/trial/run/term", test_term);
    g_test_add_func("/trial/run/killed", test_killed);
    int status = g_test_run();

    const char *rm[] = {"rm", "-rf", folder, NULL};
    g_spawn_sync("/", (char **)rm, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL, NULL);
    g_free(program);
    return status;
}
