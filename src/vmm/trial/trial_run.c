/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/vmm/trial/trial_run.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <glib-unix.h>

#include "src/base/error.h"
#include "src/base/log.h"
#include "src/vmm/commands.h"
#include "src/vmm/trial/trial_guest.h"
#include "src/vmm/trial/trial_progress.h"
#include "src/vmm/trial/trial_report.h"

enum { RUN_REFRESH_MS = 500, RUN_NAMES_SHOWN = 3, EXIT_STATUS_SIGNAL = 128 };

typedef struct {
    const TrialPlan *plan;
    GMainLoop *loop;
    /** The folder for files; owned. */
    char *output;
    /** Of each guest, in the order of their start. */
    TrialResult *results;
    size_t count;
    /** How many were started, are done; how many TAP has told of. */
    size_t started, done, told;
    gboolean *is_done;
    /** Of TrialGuest: those that run. */
    GPtrArray *guests;
    TrialProgress progress;
    unsigned failed;
    /** The signal that ends all of it; 0. */
    int signal;
    /** What could not be written; 0 if all could. */
    int output_failed;
} TrialRun;

/* --- reports ----------------------------------------------------------------------------- */

/** Standard output is complete, or the whole has failed. */
static void say(TrialRun *run, const char *text)
{
    trial_progress_clear(&run->progress);
    if ((fputs(text, stdout) == EOF || fflush(stdout)) && !run->output_failed)
        run->output_failed = errno ? errno : EIO;
}

static void show_progress(TrialRun *run)
{
    g_autoptr(GString) text = g_string_new(NULL);

    if (!run->progress.terminal)
        return;
    g_string_printf(text, "%zu of %zu done, %u failed", run->done, run->count, run->failed);
    for (unsigned i = 0; i < run->guests->len && i < RUN_NAMES_SHOWN; i++) {
        const TrialGuest *guest = g_ptr_array_index(run->guests, i);
        g_autofree char *name = trial_result_name(run->plan, trial_guest_result(guest));
        g_string_append_printf(text, "%s%s %.0f s", i ? ", " : "; ", name, trial_guest_age(guest));
    }
    if (run->guests->len > RUN_NAMES_SHOWN)
        g_string_append_printf(text, " and %u more", run->guests->len - RUN_NAMES_SHOWN);
    trial_progress_show(&run->progress, text->str);
}

/** TAP wants its tests in order: those that ended early wait for the others. */
static void tell_tap(TrialRun *run)
{
    while (run->told < run->count && run->is_done[run->told]) {
        g_autofree char *text =
            trial_report_tap(run->plan, &run->results[run->told], run->told + 1);
        say(run, text);
        run->told++;
    }
}

static void tell(TrialRun *run, TrialResult *result)
{
    run->is_done[result - run->results] = TRUE;
    run->done++;
    run->failed += result->outcome != TRIAL_PASSED;
    if (run->plan->tap) {
        tell_tap(run);
    } else {
        g_autofree char *text = trial_report_line(run->plan, result);
        say(run, text);
    }
}

/* --- guests ------------------------------------------------------------------------------- */

static void fill(TrialRun *run);

static void on_guest_done(TrialGuest *guest, void *opaque)
{
    TrialRun *run = opaque;
    TrialResult *result = trial_guest_result(guest);

    g_ptr_array_remove_fast(run->guests, guest);
    tell(run, result);
    trial_guest_free(guest);
    fill(run);
}

/** The next guest; one that cannot even be started is done at once. */
static void start_next(TrialRun *run)
{
    g_autoptr(GError) error = NULL;
    TrialResult *result = &run->results[run->started++];
    TrialGuest *guest = trial_guest_new(run->plan, result, run->output, on_guest_done, run, &error);

    if (guest) {
        g_ptr_array_add(run->guests, guest);
        return;
    }
    result->outcome = TRIAL_VMM_FAILED;
    result->message = g_strdup(error->message);
    tell(run, result);
}

/** Keep as many guests running as are wanted; leave when there are none any more. */
static void fill(TrialRun *run)
{
    while (!run->signal && run->started < run->count && run->guests->len < run->plan->jobs)
        start_next(run);
    show_progress(run);
    if (!run->guests->len)
        g_main_loop_quit(run->loop);
}

static gboolean on_refresh(gpointer data)
{
    show_progress(data);
    return G_SOURCE_CONTINUE;
}

/** The first signal ends the guests in order, the second one at once. */
static gboolean end_all(TrialRun *run, int signal)
{
    gboolean again = run->signal != 0;

    run->signal = signal;
    for (unsigned i = 0; i < run->guests->len; i++)
        trial_guest_stop(g_ptr_array_index(run->guests, i), again);
    return G_SOURCE_CONTINUE;
}

static gboolean on_int(gpointer data) { return end_all(data, SIGINT); }
static gboolean on_term(gpointer data) { return end_all(data, SIGTERM); }
static gboolean on_hup(gpointer data) { return end_all(data, SIGHUP); }

static void run_guests(TrialRun *run)
{
    guint sources[] = {
        g_unix_signal_add(SIGINT, on_int, run), g_unix_signal_add(SIGTERM, on_term, run),
        g_unix_signal_add(SIGHUP, on_hup, run), g_timeout_add(RUN_REFRESH_MS, on_refresh, run)};

    fill(run);
    if (run->guests->len)
        g_main_loop_run(run->loop);
    for (unsigned i = 0; i < G_N_ELEMENTS(sources); i++)
        g_source_remove(sources[i]);
    trial_progress_clear(&run->progress);
}

/* --- before and after -------------------------------------------------------------------- */

/** The folder that the plan names, or a new one that nobody had. */
static char *make_output(const TrialPlan *plan, GError **error)
{
    g_autofree char *path = g_strdup(plan->output);
    g_autoptr(GDateTime) now = g_date_time_new_now_local();
    unsigned n = 1;

    if (!path)
        path = g_date_time_format(now, "boot-test-%Y%m%d-%H%M%S");
    for (;;) {
        g_autofree char *try = n == 1 ? g_strdup(path) : g_strdup_printf("%s-%u", path, n);
        struct stat st;
        if (mkdir(try, 0777) == 0)
            return g_steal_pointer(&try);
        if (errno == EEXIST && plan->output && stat(try, &st) == 0 && S_ISDIR(st.st_mode))
            return g_steal_pointer(&try);
        if (errno != EEXIST || plan->output || n++ == 100) {
            error_set_errno(error, PAPRIKA_ERROR_USAGE, errno, "cannot make the folder '%s'", try);
            return NULL;
        }
    }
}

/** Every guest: all tests once, then all of them again. */
static void list_results(TrialRun *run)
{
    const TrialPlan *plan = run->plan;

    run->count = (size_t)plan->tests->len * plan->repeat;
    run->results = g_new0(TrialResult, run->count);
    run->is_done = g_new0(gboolean, run->count);
    for (size_t i = 0; i < run->count; i++) {
        run->results[i].test = g_ptr_array_index(plan->tests, i % plan->tests->len);
        run->results[i].run = (unsigned)(i / plan->tests->len) + 1;
        run->results[i].outcome = TRIAL_NOT_RUN;
    }
}

static gboolean write_junit(TrialRun *run)
{
    g_autoptr(GError) error = NULL;

    if (!run->plan->junit)
        return TRUE;
    g_autofree char *text = trial_report_junit(run->plan, run->results, run->count);
    if (g_file_set_contents(run->plan->junit, text, -1, &error))
        return TRUE;
    log_error("cannot write the JUnit report: %s", error->message);
    return FALSE;
}

static void say_summary(TrialRun *run)
{
    g_autofree char *summary = trial_report_summary(run->plan, run->results, run->count);

    if (run->plan->tap && run->signal) {
        g_autofree char *text = g_strdup_printf("Bail out! ended by signal %d\n", run->signal);
        say(run, text);
    }
    if (!run->plan->tap) {
        say(run, "\n");
        say(run, summary);
    }
}

static int exit_status(const TrialRun *run, gboolean written)
{
    TrialOutcome gravest = TRIAL_PASSED;

    if (run->signal)
        return EXIT_STATUS_SIGNAL + run->signal;
    for (size_t i = 0; i < run->count; i++)
        gravest = trial_outcome_graver(gravest, run->results[i].outcome);
    if (!written && gravest != TRIAL_REFUSED)
        return EXIT_STATUS_HOST;
    return trial_outcome_exit_status(gravest);
}

static void say_start(TrialRun *run)
{
    g_autofree char *plan = run->plan->tap ? trial_report_tap_plan(run->count) : NULL;
    g_autofree char *text =
        g_strdup_printf("%s%s%zu guest%s, consoles and messages in %s\n", plan ? plan : "",
                        plan ? "# " : "", run->count, run->count == 1 ? "" : "s", run->output);

    say(run, text);
}

int trial_run(const TrialPlan *plan)
{
    g_autoptr(GError) error = NULL;
    TrialRun run = {.plan = plan};

    run.output = make_output(plan, &error);
    if (!run.output) {
        log_error("%s", error->message);
        return error_exit_status(error);
    }
    list_results(&run);
    run.loop = g_main_loop_new(NULL, FALSE);
    run.guests = g_ptr_array_new();
    trial_progress_init(&run.progress);
    say_start(&run);
    run_guests(&run);

    say_summary(&run);
    gboolean written = write_junit(&run);
    if (run.output_failed) {
        log_error("cannot write to standard output: %s", g_strerror(run.output_failed));
        written = FALSE;
    }
    int status = exit_status(&run, written);
    for (size_t i = 0; i < run.count; i++)
        trial_result_clear(&run.results[i]);
    g_free(run.results);
    g_free(run.is_done);
    g_free(run.output);
    g_ptr_array_unref(run.guests);
    g_main_loop_unref(run.loop);
    return status;
}
