/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/vmm/trial/trial_guest.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#include "src/vmm/commands.h"
#include "src/vmm/trial/trial_child.h"
#include "src/vmm/trial/trial_file.h"
#include "src/vmm/trial/trial_log.h"
#include "src/vmm/trial/trial_options.h"
#include "src/vmm/trial/trial_scan.h"

enum {
    /** A kernel that has failed may say more. */
    GUEST_GRACE_MS = 2000,
    /** From SIGTERM to SIGKILL. */
    GUEST_END_MS = 5000,
    /** Without output for so long, an unfinished line may be a prompt. */
    GUEST_IDLE_MS = 30,
    /** How often --silence is looked at. */
    GUEST_TICK_MS = 250,
    /** Bytes that are kept of a console, and of a log. */
    GUEST_CONSOLE_MAX = 64 << 20,
    GUEST_LOG_MAX = 4 << 20,
};

struct TrialGuest {
    const TrialPlan *plan;
    TrialResult *result;
    TrialGuestDone done;
    void *opaque;
    TrialChild *child;
    TrialScan scan;
    TrialLog log;
    TrialFile console_file, log_file;
    /** Monotonic microseconds. */
    gint64 begun, last_output;
    /** Sources of the main loop, or 0. */
    guint deadline, tick, idle, grace, kill, report;
    /** The outcome is known; a graver kind of trouble may still replace it. */
    gboolean settled;
    /** SIGTERM, SIGKILL have been sent. */
    gboolean ending, killed;
    /** Killed because somebody wants to leave, which says nothing of it. */
    gboolean forced;
};

static void stop_source(guint *source)
{
    if (*source)
        g_source_remove(*source);
    *source = 0;
}

/* --- its fate -------------------------------------------------------------------------- */

static gboolean on_kill(gpointer data)
{
    TrialGuest *guest = data;

    guest->kill = 0;
    guest->killed = TRUE;
    trial_child_signal(guest->child, SIGKILL);
    return G_SOURCE_REMOVE;
}

static void end_child(TrialGuest *guest)
{
    stop_source(&guest->grace);
    if (guest->ending)
        return;
    guest->ending = TRUE;
    trial_child_signal(guest->child, SIGTERM);
    guest->kill = g_timeout_add(GUEST_END_MS, on_kill, guest);
}

static gboolean on_grace(gpointer data)
{
    TrialGuest *guest = data;

    guest->grace = 0;
    end_child(guest);
    return G_SOURCE_REMOVE;
}

/** The outcome is @outcome; @message is taken over. Its time is taken the first time. */
static void settle(TrialGuest *guest, TrialOutcome outcome, char *message)
{
    if (!guest->settled)
        guest->result->seconds = trial_guest_age(guest);
    guest->settled = TRUE;
    guest->result->outcome = outcome;
    g_free(guest->result->message);
    guest->result->message = message;
    stop_source(&guest->deadline);
    stop_source(&guest->tick);
}

/** settle(), and the guest has no more to say. */
static void settle_and_end(TrialGuest *guest, TrialOutcome outcome, char *message)
{
    settle(guest, outcome, message);
    end_child(guest);
}

/** What the kernel told of: it has a moment to say more, and to do worse. */
static void settle_trouble(TrialGuest *guest)
{
    TrialOutcome outcome = guest->scan.trouble == TROUBLE_PANIC ? TRIAL_PANIC : TRIAL_OOPS;

    if (outcome == TRIAL_OOPS && guest->plan->ignore_oops)
        return;
    if (guest->settled &&
        (guest->result->outcome == outcome || guest->result->outcome != TRIAL_OOPS))
        return;
    settle(guest, outcome, g_strdup(guest->scan.trouble_line));
    stop_source(&guest->grace);
    if (!guest->ending)
        guest->grace = g_timeout_add(GUEST_GRACE_MS, on_grace, guest);
}

/** After each output: whether it decides anything. */
static void judge(TrialGuest *guest)
{
    TrialScan *scan = &guest->scan;

    if (scan->trouble != TROUBLE_NONE)
        settle_trouble(guest);
    if (guest->settled)
        return;
    if (scan->failed) {
        settle_and_end(guest, TRIAL_FAIL_LINE,
                       g_strdup_printf("a line like '%s'", scan->failed->text));
    } else if (guest->log.reboots > guest->plan->reboots) {
        settle_and_end(guest, TRIAL_REBOOTS,
                       g_strdup_printf("restarted %u times", guest->log.reboots));
    } else if (trial_scan_complete(scan) && !guest->plan->poweroff) {
        settle_and_end(guest, TRIAL_PASSED, NULL);
    }
}

static char *describe_missing(const TrialGuest *guest, const char *what)
{
    const TrialPattern *missing = trial_scan_missing(&guest->scan);

    if (missing)
        return g_strdup_printf("%s without a line like '%s'", what, missing->text);
    return g_strdup_printf("%s without powering off", what);
}

static double silent_for(const TrialGuest *guest)
{
    return (double)(g_get_monotonic_time() - guest->last_output) / G_USEC_PER_SEC;
}

static void settle_hung(TrialGuest *guest)
{
    g_autofree char *what = g_strdup_printf("%.0f s of silence after %.0f s,", silent_for(guest),
                                            trial_guest_age(guest) - silent_for(guest));

    settle_and_end(guest, TRIAL_HUNG, describe_missing(guest, what));
}

static gboolean on_deadline(gpointer data)
{
    TrialGuest *guest = data;
    double limit = guest->plan->silence ? guest->plan->silence : guest->plan->timeout / 2.0;

    guest->deadline = 0;
    if (silent_for(guest) >= limit) {
        settle_hung(guest);
    } else {
        g_autofree char *what = g_strdup_printf("%u s are over", guest->plan->timeout);
        settle_and_end(guest, TRIAL_TIMEOUT, describe_missing(guest, what));
    }
    return G_SOURCE_REMOVE;
}

static gboolean on_tick(gpointer data)
{
    TrialGuest *guest = data;

    if (silent_for(guest) < guest->plan->silence)
        return G_SOURCE_CONTINUE;
    guest->tick = 0;
    settle_hung(guest);
    return G_SOURCE_REMOVE;
}

/* --- what the child does ------------------------------------------------------------------ */

static void type_bytes(GBytes *bytes, void *opaque)
{
    TrialGuest *guest = opaque;

    trial_child_write(guest->child, bytes);
}

static const TrialScanOps scan_ops = {.send = type_bytes};

static gboolean on_idle(gpointer data)
{
    TrialGuest *guest = data;

    guest->idle = 0;
    trial_scan_idle(&guest->scan);
    judge(guest);
    return G_SOURCE_REMOVE;
}

static void on_output(gboolean is_error, const uint8_t *bytes, size_t length, void *opaque)
{
    TrialGuest *guest = opaque;

    if (is_error) {
        trial_file_write(&guest->log_file, bytes, length);
        trial_log_feed(&guest->log, bytes, length);
    } else {
        guest->last_output = g_get_monotonic_time();
        trial_file_write(&guest->console_file, bytes, length);
        trial_scan_feed(&guest->scan, bytes, length);
        stop_source(&guest->idle);
        guest->idle = g_timeout_add(GUEST_IDLE_MS, on_idle, guest);
    }
    judge(guest);
}

static char *describe_error(const TrialGuest *guest, const char *otherwise)
{
    return g_strdup(guest->log.error ? guest->log.error : otherwise);
}

/** The child ended before anything else decided. */
static void settle_by_status(TrialGuest *guest, int status)
{
    switch (status) {
    case EXIT_STATUS_OK:
        if (trial_scan_complete(&guest->scan))
            settle(guest, TRIAL_PASSED, NULL);
        else
            settle(guest, TRIAL_MISSING, describe_missing(guest, "the guest ended"));
        break;
    case EXIT_STATUS_GUEST:
        settle(guest, TRIAL_CRASHED, describe_error(guest, "the guest crashed"));
        break;
    case EXIT_STATUS_USAGE:
        settle(guest, TRIAL_REFUSED, describe_error(guest, "Paprika refused its options"));
        break;
    case EXIT_STATUS_HOST:
        settle(guest, TRIAL_VMM_FAILED, describe_error(guest, "Paprika failed"));
        break;
    default:
        settle(guest, TRIAL_VMM_FAILED, g_strdup_printf("Paprika ended with status %d", status));
        break;
    }
}

/** A Paprika that could not even be ended in order has failed, whatever its guest did. */
static void check_end(TrialGuest *guest, int wait_status)
{
    int signal = WIFSIGNALED(wait_status) ? WTERMSIG(wait_status) : 0;

    if (guest->forced)
        return;
    if (guest->killed && signal == SIGKILL)
        settle(guest, TRIAL_VMM_FAILED, g_strdup("Paprika did not end when told to"));
    else if (signal && !(guest->ending && signal == SIGTERM))
        settle(guest, TRIAL_VMM_FAILED,
               g_strdup_printf("Paprika was ended by signal %d (%s)", signal, g_strsignal(signal)));
    else if (!signal && !guest->settled)
        settle_by_status(guest, WEXITSTATUS(wait_status));
    else if (!signal && WEXITSTATUS(wait_status) == EXIT_STATUS_HOST &&
             guest->result->outcome == TRIAL_PASSED)
        settle(guest, TRIAL_VMM_FAILED, describe_error(guest, "Paprika failed at its end"));
}

/** What is worth a word beside the outcome. */
static void add_remarks(TrialGuest *guest)
{
    TrialResult *result = guest->result;
    int failed = guest->console_file.failed ? guest->console_file.failed : guest->log_file.failed;
    g_autoptr(GString) text = g_string_new(result->message);

    if (guest->scan.given_up)
        g_string_append_printf(text, "%s'%s' takes too long for some line and was given up there",
                               text->len ? "; " : "", guest->scan.given_up->text);
    if (guest->console_file.cut)
        g_string_append_printf(text, "%sonly the first %d MiB of the console are kept",
                               text->len ? "; " : "", GUEST_CONSOLE_MAX >> 20);
    if (failed)
        g_string_append_printf(text, "%sits files are incomplete: %s", text->len ? "; " : "",
                               g_strerror(failed));
    g_free(result->message);
    result->message = text->len ? trial_lines_printable(text->str, text->len) : NULL;
}

static gboolean on_report(gpointer data)
{
    TrialGuest *guest = data;

    guest->report = 0;
    guest->done(guest, guest->opaque);
    return G_SOURCE_REMOVE;
}

static void on_ended(int wait_status, void *opaque)
{
    TrialGuest *guest = opaque;
    TrialResult *result = guest->result;

    stop_source(&guest->kill);
    stop_source(&guest->grace);
    stop_source(&guest->idle);
    /* A last line need not have an end. */
    if (guest->scan.lines.length)
        trial_scan_feed(&guest->scan, (const uint8_t *)"\n", 1);
    judge(guest);
    check_end(guest, wait_status);
    stop_source(&guest->kill);
    stop_source(&guest->grace);
    result->reboots = guest->log.reboots;
    if (result->outcome != TRIAL_PASSED && result->outcome != TRIAL_NOT_RUN)
        result->quote = trial_scan_quote(&guest->scan);
    add_remarks(guest);
    /* Not from within the child's own call: the guest may be freed by it. */
    guest->report = g_idle_add(on_report, guest);
}

static const TrialChildOps child_ops = {.output = on_output, .ended = on_ended};

/* --- from outside -------------------------------------------------------------------------- */

static gboolean start(TrialGuest *guest, const char *output, GError **error)
{
    const TrialPlan *plan = guest->plan;
    TrialResult *result = guest->result;
    g_autofree char *name = trial_result_name(plan, result);
    g_auto(GStrv) args = trial_guest_args(plan, result->test);
    g_autoptr(GStrvBuilder) argv = g_strv_builder_new();

    if (!trial_file_open(&guest->console_file, output, name, "console", GUEST_CONSOLE_MAX,
                         &result->console, error) ||
        !trial_file_open(&guest->log_file, output, name, "log", GUEST_LOG_MAX, &result->log, error))
        return FALSE;
    /* Nobody looks for its guests by their name, which many share. */
    g_strv_builder_add_many(argv, plan->program, args[0], "--qmp", "none", NULL);
    g_strv_builder_addv(argv, (const char **)args + 1);
    g_auto(GStrv) all = g_strv_builder_end(argv);
    guest->begun = guest->last_output = g_get_monotonic_time();
    guest->child = trial_child_new(all, &child_ops, guest, error);
    return guest->child != NULL;
}

TrialGuest *trial_guest_new(const TrialPlan *plan, TrialResult *result, const char *output,
                            TrialGuestDone done, void *opaque, GError **error)
{
    TrialGuest *guest = g_new0(TrialGuest, 1);

    guest->plan = plan;
    guest->result = result;
    guest->done = done;
    guest->opaque = opaque;
    guest->console_file.fd = guest->log_file.fd = -1;
    trial_scan_init(&guest->scan, plan->script, &scan_ops, guest);
    trial_log_init(&guest->log);
    if (!start(guest, output, error)) {
        trial_guest_free(guest);
        return NULL;
    }
    guest->deadline = g_timeout_add(plan->timeout * 1000, on_deadline, guest);
    if (plan->silence)
        guest->tick = g_timeout_add(GUEST_TICK_MS, on_tick, guest);
    return guest;
}

void trial_guest_free(TrialGuest *guest)
{
    if (!guest)
        return;
    stop_source(&guest->deadline);
    stop_source(&guest->tick);
    stop_source(&guest->idle);
    stop_source(&guest->grace);
    stop_source(&guest->kill);
    stop_source(&guest->report);
    trial_child_free(guest->child);
    trial_scan_finish(&guest->scan);
    trial_log_finish(&guest->log);
    trial_file_close(&guest->console_file);
    trial_file_close(&guest->log_file);
    g_free(guest);
}

void trial_guest_stop(TrialGuest *guest, gboolean hard)
{
    if (!guest->settled)
        settle(guest, TRIAL_NOT_RUN, g_strdup("interrupted"));
    end_child(guest);
    if (hard) {
        guest->forced = TRUE;
        trial_child_signal(guest->child, SIGKILL);
    }
}

double trial_guest_age(const TrialGuest *guest)
{
    return (double)(g_get_monotonic_time() - guest->begun) / G_USEC_PER_SEC;
}

TrialResult *trial_guest_result(const TrialGuest *guest) { return guest->result; }
