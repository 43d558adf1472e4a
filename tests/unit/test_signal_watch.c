/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/base/signal_watch.h"

#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "src/base/error.h"
#include "tests/unit/settle.h"

static const int watched[] = {SIGTERM, SIGHUP};

/** How often each signal came. */
typedef struct {
    unsigned count[NSIG];
} Seen;

static void on_signal(int number, void *opaque) { ((Seen *)opaque)->count[number]++; }

static SignalWatch *watch_new(Seen *seen)
{
    g_autoptr(GError) error = NULL;
    SignalWatch *watch = signal_watch_new(watched, G_N_ELEMENTS(watched), on_signal, seen, &error);

    g_assert_no_error(error);
    g_assert_nonnull(watch);
    return watch;
}

static gboolean is_blocked(int number)
{
    sigset_t now;

    pthread_sigmask(SIG_SETMASK, NULL, &now);
    return sigismember(&now, number);
}

static gpointer kill_process(gpointer number)
{
    g_assert_true(is_blocked(GPOINTER_TO_INT(number)));
    g_assert_cmpint(kill(getpid(), GPOINTER_TO_INT(number)), ==, 0);
    return NULL;
}

/** For the process or for the thread: it comes on the main loop, and nowhere else. */
static void test_comes(void)
{
    Seen seen = {0};
    SignalWatch *watch = watch_new(&seen);

    settle();
    g_assert_cmpuint(seen.count[SIGTERM] + seen.count[SIGHUP], ==, 0);
    raise(SIGHUP);
    g_thread_join(g_thread_new("killer", kill_process, GINT_TO_POINTER(SIGTERM)));
    g_assert_cmpuint(seen.count[SIGTERM] + seen.count[SIGHUP], ==, 0);
    settle();
    g_assert_cmpuint(seen.count[SIGTERM], ==, 1);
    g_assert_cmpuint(seen.count[SIGHUP], ==, 1);
    raise(SIGTERM);
    settle();
    g_assert_cmpuint(seen.count[SIGTERM], ==, 2);
    signal_watch_free(watch);
    g_assert_false(is_blocked(SIGTERM) || is_blocked(SIGHUP));
    signal_watch_free(NULL);
}

/** No other thread: one that serves signals could fail to be made. */
static void test_no_thread(void)
{
    Seen seen = {0};
    SignalWatch *watch = watch_new(&seen);
    g_autoptr(GDir) tasks = g_dir_open("/proc/self/task", 0, NULL);
    unsigned count = 0;

    while (g_dir_read_name(tasks))
        count++;
    g_assert_cmpuint(count, ==, 1);
    signal_watch_free(watch);
}

/** One that is ignored, as in a shell's background, comes too; what was blocked stays so at the
 * end. */
static void test_before(void)
{
    Seen seen = {0};
    sigset_t hup;

    signal(SIGTERM, SIG_IGN);
    sigemptyset(&hup);
    sigaddset(&hup, SIGHUP);
    pthread_sigmask(SIG_BLOCK, &hup, NULL);
    SignalWatch *watch = watch_new(&seen);
    raise(SIGTERM);
    raise(SIGHUP);
    settle();
    g_assert_cmpuint(seen.count[SIGTERM], ==, 1);
    g_assert_cmpuint(seen.count[SIGHUP], ==, 1);
    signal_watch_free(watch);
    g_assert_true(is_blocked(SIGHUP) && !is_blocked(SIGTERM));
    pthread_sigmask(SIG_UNBLOCK, &hup, NULL);
    signal(SIGTERM, SIG_DFL);
}

/** One that nobody reads any more does its own at the end. */
static void test_left_over(void)
{
    pid_t child = fork();
    int status;

    g_assert_cmpint(child, >=, 0);
    if (child == 0) {
        Seen seen = {0};
        SignalWatch *watch = watch_new(&seen);

        raise(SIGTERM);
        signal_watch_free(watch);
        _exit(0);
    }
    g_assert_cmpint(waitpid(child, &status, 0), ==, child);
    g_assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
}

static void test_no_room(void)
{
    g_autoptr(GError) error = NULL;
    struct rlimit before, none;
    Seen seen = {0};

    g_assert_cmpint(getrlimit(RLIMIT_NOFILE, &before), ==, 0);
    none = before;
    none.rlim_cur = 0;
    g_assert_cmpint(setrlimit(RLIMIT_NOFILE, &none), ==, 0);
    SignalWatch *watch = signal_watch_new(watched, G_N_ELEMENTS(watched), on_signal, &seen, &error);
    g_assert_cmpint(setrlimit(RLIMIT_NOFILE, &before), ==, 0);
    g_assert_null(watch);
    g_assert_error(error, PAPRIKA_ERROR, PAPRIKA_ERROR_HOST);
    g_assert_false(is_blocked(SIGTERM));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    /* First, while there is no thread. */
    g_test_add_func("/signal_watch/no_thread", test_no_thread);
    g_test_add_func("/signal_watch/comes", test_comes);
    g_test_add_func("/signal_watch/before", test_before);
    g_test_add_func("/signal_watch/left_over", test_left_over);
    g_test_add_func("/signal_watch/no_room", test_no_room);
    return g_test_run();
}
