/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The sandbox, in child processes that are confined for good: what is stopped, how it is
 * reported, and that what the tables allow is enough for the libraries.
 */
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <glib.h>
#include <seccomp.h>

#include "src/base/log.h"
#include "src/base/thread_filter.h"
#include "src/vmm/options.h"
#include "src/vmm/sandbox.h"
#include "src/vmm/sandbox_table.h"

enum { VCPU_CALLS_MAX = 40, CALLS_MAX = 70 };

typedef void (*Deed)(void);

static VmConfig *config;

/** What the sanitizers would ask of the kernel beside us. */
const char *__asan_default_options(void);
const char *__asan_default_options(void) { return "use_sigaltstack=0"; }

/** _exit(2) without what they do before it. */
static void leave(int status) { syscall(SYS_exit_group, status); }

/* --- running a deed in a child ------------------------------------------------------- */

static gpointer narrowed_thread(gpointer deed)
{
    if (thread_filter_narrow(THREAD_FILTER_VCPU))
        leave(50);
    ((Deed)deed)();
    return NULL;
}

/** The child's status, with what it logged in *@output. */
static int run_child(Deed deed, gboolean in_vcpu, char **output)
{
    int ends[2];
    static char text[1 << 16];
    size_t length = 0;
    ssize_t n;
    int status;

    g_assert_cmpint(pipe(ends), ==, 0);
    pid_t child = fork();
    g_assert_cmpint(child, >=, 0);
    if (child == 0) {
        g_autoptr(GError) error = NULL;

        dup2(ends[1], STDERR_FILENO);
        if (!sandbox_confine(config, &error) || !sandbox_filter(config, &error)) {
            fprintf(stderr, "%s\n", error->message);
            leave(51);
        }
        if (in_vcpu)
            g_thread_join(g_thread_new("vcpu7", narrowed_thread, (gpointer)deed));
        else
            deed();
        leave(0);
    }
    close(ends[1]);
    while (length < sizeof(text) - 1 &&
           (n = read(ends[0], text + length, sizeof(text) - 1 - length)) > 0)
        length += (size_t)n;
    text[length] = '\0';
    close(ends[0]);
    g_assert_cmpint(waitpid(child, &status, 0), ==, child);
    *output = g_strdup(text);
    return status;
}

/* --- what is stopped -------------------------------------------------------------------- */

static void open_file(void)
{
    if (open("/etc/passwd", O_RDONLY) >= 0)
        leave(40);
}

static void make_socket(void)
{
    if (socket(AF_UNIX, SOCK_STREAM, 0) >= 0)
        leave(40);
}

static void execute(void) { execl("/bin/true", "true", NULL); }
static void fork_process(void) { syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0); }

static void map_code(void)
{
    mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static void make_code(void)
{
    void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    mprotect(page, 4096, PROT_READ | PROT_EXEC);
}

static void type_for_another(void) { ioctl(0, 0x5412 /* TIOCSTI */, "x"); }
static void be_debugged(void) { syscall(SYS_prctl, 4 /* PR_SET_DUMPABLE */, 1); }
static void kill_another(void) { kill(1, SIGCONT); }

static const struct {
    Deed deed;
    const char *call;
} stopped[] = {
    {open_file, "openat"},       {make_socket, "socket"}, {execute, "execve"},
    {fork_process, "clone"},     {map_code, "mmap"},      {make_code, "mprotect"},
    {type_for_another, "ioctl"}, {be_debugged, "prctl"},  {kill_another, "kill"},
};

static void test_stopped(void)
{
    for (unsigned i = 0; i < 2 * G_N_ELEMENTS(stopped); i++) {
        gboolean in_vcpu = i % 2;
        g_autofree char *output = NULL;
        int status = run_child(stopped[i / 2].deed, in_vcpu, &output);
        g_autofree char *wanted =
            g_strdup_printf("thread '%s' asked for the system call %s,",
                            in_vcpu ? "vcpu7" : "main-thread", stopped[i / 2].call);

        if (!WIFEXITED(status) || WEXITSTATUS(status) != 1 || !strstr(output, wanted))
            g_error("%s: status %#x: %s", wanted, status, output);
    }
}

/** A vCPU's thread may do less than the main thread. */
static void take_client(void) { accept4(-1, NULL, NULL, 0); }

static void remove_file(void) { unlinkat(-1, "none", 0); }

static void test_narrower(void)
{
    static const Deed deeds[] = {take_client, remove_file};

    for (unsigned i = 0; i < G_N_ELEMENTS(deeds); i++) {
        g_autofree char *free_output = NULL, *output = NULL;

        g_assert_cmpint(run_child(deeds[i], FALSE, &free_output), ==, 0);
        g_assert_cmpstr(free_output, ==, "");
        int status = run_child(deeds[i], TRUE, &output);
        g_assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 1);
        g_assert_nonnull(strstr(output, "thread 'vcpu7'"));
    }
}

static void test_log(void)
{
    g_autofree char *output = NULL;

    config->sandbox = SANDBOX_LOG;
    int status = run_child(open_file, FALSE, &output);
    config->sandbox = SANDBOX_ON;
    /* Landlock still holds, with an error for the caller; a kernel without it opens the file. */
    g_assert_true(WIFEXITED(status));
    g_assert_true(WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == 40);
    g_assert_cmpstr(output, ==, "");
}

static void test_off(void)
{
    g_autofree char *output = NULL;

    config->sandbox = SANDBOX_OFF;
    int status = run_child(open_file, FALSE, &output);
    config->sandbox = SANDBOX_ON;
    g_assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 40);
}

/* --- what must go on working ---------------------------------------------------------------- */

static gpointer allocate(gpointer count)
{
    for (unsigned i = 1; i < GPOINTER_TO_UINT(count); i++)
        free(realloc(malloc(i * 1000), i * 3000));
    return NULL;
}

static void use_libraries(void)
{
    int fds[2];

    allocate(GUINT_TO_POINTER(1000));
    for (int err = 1; err < 134; err++)
        log_warn("%s", g_strerror(err));
    log_warn("%f %s", 1.5, "text");
    g_usleep(1000);
    (void)!pipe2(fds, 0);
}

static void use_threads(void)
{
    GThread *threads[8];

    for (unsigned i = 0; i < G_N_ELEMENTS(threads); i++)
        threads[i] = g_thread_new("worker", allocate, GUINT_TO_POINTER(300));
    for (unsigned i = 0; i < G_N_ELEMENTS(threads); i++)
        g_thread_join(threads[i]);
    raise(SIGCONT);
    g_autoptr(GMainContext) context = g_main_context_new();
    g_main_context_iteration(context, FALSE);
}

static void on_kick(int number) {}

static gpointer wait_for_kicks(gpointer ends)
{
    for (int *end = ends; !__atomic_load_n(end, __ATOMIC_SEQ_CST);)
        g_usleep(1000);
    return NULL;
}

/** A thread brings another one out of where it is. */
static void kick_another(void)
{
    struct sigaction action = {.sa_handler = on_kick};
    int end = FALSE;
    pthread_t other;

    sigaction(SIGRTMIN + 1, &action, NULL);
    if (pthread_create(&other, NULL, wait_for_kicks, &end))
        leave(52);
    for (unsigned i = 0; i < 100; i++)
        pthread_kill(other, SIGRTMIN + 1);
    __atomic_store_n(&end, TRUE, __ATOMIC_SEQ_CST);
    pthread_join(other, NULL);
}

enum { VCPUS = 8, KICKS = 200 };

static pthread_t vcpus[VCPUS];
static int vcpus_ready;

/** What vCPUs' threads do to each other, all of them at once. */
static gpointer be_vcpu(gpointer index)
{
    if (thread_filter_narrow(THREAD_FILTER_VCPU))
        leave(53);
    __atomic_add_fetch(&vcpus_ready, 1, __ATOMIC_SEQ_CST);
    while (__atomic_load_n(&vcpus_ready, __ATOMIC_SEQ_CST) < VCPUS)
        sched_yield();
    for (unsigned i = 0; i < KICKS; i++) {
        pthread_kill(vcpus[(GPOINTER_TO_UINT(index) + i) % VCPUS], SIGRTMIN + 1);
        allocate(GUINT_TO_POINTER(10));
    }
    __atomic_add_fetch(&vcpus_ready, 1, __ATOMIC_SEQ_CST);
    while (__atomic_load_n(&vcpus_ready, __ATOMIC_SEQ_CST) < 2 * VCPUS)
        sched_yield();
    return NULL;
}

static void run_vcpus(void)
{
    struct sigaction action = {.sa_handler = on_kick};

    sigaction(SIGRTMIN + 1, &action, NULL);
    for (unsigned i = 0; i < VCPUS; i++) {
        if (pthread_create(&vcpus[i], NULL, be_vcpu, GUINT_TO_POINTER(i)))
            leave(52);
    }
    for (unsigned i = 0; i < VCPUS; i++)
        pthread_join(vcpus[i], NULL);
}

static void allocate_here(void) { allocate(GUINT_TO_POINTER(1000)); }

static void report_nothing(void)
{
    g_autofree char *file = g_strdup("x");

    for (int err = 1; err < 134; err++)
        log_debug("%s", g_strerror(err));
    allocate_here();
    log_info("nothing is wrong");
}

/**
 * A thread's heap grows, and is free again from its end. (Sanitizers have heaps of their own:
 * there it shows nothing.)
 */
static void shrink_heap(void)
{
    enum { BLOCKS = 100, SIZE = 100000 };
    static void *blocks[BLOCKS];

    for (unsigned round = 0; round < 3; round++) {
        for (unsigned i = 0; i < BLOCKS; i++)
            blocks[i] = memset(g_malloc(SIZE), 1, SIZE);
        for (unsigned i = BLOCKS; i-- > 0;)
            g_free(blocks[i]);
    }
}

/** Everything that the libraries do below us is in the tables. */
static void test_enough(void)
{
    g_autofree char *output = NULL, *in_vcpu = NULL, *kicks = NULL, *many = NULL, *heap = NULL;

    g_assert_cmpint(run_child(kick_another, FALSE, &kicks), ==, 0);
    g_assert_cmpint(run_child(run_vcpus, FALSE, &many), ==, 0);
    g_assert_cmpint(run_child(use_threads, FALSE, &output), ==, 0);
    int status = run_child(report_nothing, TRUE, &in_vcpu);
    if (status)
        g_error("status %#x: %s", status, in_vcpu);
    status = run_child(shrink_heap, TRUE, &heap);
    if (status)
        g_error("status %#x: %s", status, heap);
}

/** pipe2(2) comes last in it: everything before was allowed, and reported well. */
static void test_messages(void)
{
    g_autofree char *output = NULL;
    int status = run_child(use_libraries, FALSE, &output);

    g_assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 1);
    g_assert_nonnull(strstr(output, "system call pipe2,"));
}

/* --- the tables ---------------------------------------------------------------------------------
 */

static void test_tables(void)
{
    g_autoptr(GHashTable) names = g_hash_table_new(g_str_hash, g_str_equal);
    const SandboxCall *call;
    const SandboxIoctl *request;
    unsigned count = 0, vcpu = 0;

    for (size_t i = 0; (call = sandbox_call(i)); i++) {
        g_assert_true(call->need < SANDBOX_NEEDS);
        g_assert_cmpint(strlen(call->why), >, 5);
        g_assert_true(sandbox_check_text(call->check) && sandbox_need_text(call->need));
        /* A call may stand in several modules' tables. */
        if (!g_hash_table_add(names, (gpointer)call->name))
            continue;
        count++;
        vcpu += !!(call->threads & SANDBOX_VCPU);
    }
    g_assert_cmpuint(vcpu, <=, VCPU_CALLS_MAX);
    g_assert_cmpuint(count, <=, CALLS_MAX);
    for (size_t i = 0; (request = sandbox_ioctl(i)); i++)
        g_assert_cmpint(strlen(request->why), >, 5);
}

static void test_needs(void)
{
    VmConfig plain = {.console = CONSOLE_NONE};
    VmConfig socket = {.console = CONSOLE_UNIX};
    VmConfig monitor = {.console = CONSOLE_NONE, .qmp_path = (char *)"x"};
    VmConfig debugged = {.console = CONSOLE_NONE, .gdb = (char *)"tcp:1"};

    g_assert_true(sandbox_has_need(&plain, SANDBOX_ALWAYS));
    g_assert_false(sandbox_has_need(&plain, SANDBOX_CLIENTS));
    g_assert_false(sandbox_has_need(&plain, SANDBOX_TERMINAL));
    g_assert_true(sandbox_has_need(&socket, SANDBOX_CLIENTS));
    g_assert_true(sandbox_has_need(&monitor, SANDBOX_CLIENTS));
    g_assert_true(sandbox_has_need(&debugged, SANDBOX_CLIENTS));
}

/* --- refusals
 * -------------------------------------------------------------------------------------- */

static void expect_refusal(const char *text)
{
    g_autofree char *output = NULL;
    int status = run_child(open_file, FALSE, &output);

    g_assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 51);
    if (!strstr(output, text))
        g_error("not '%s' but '%s'", text, output);
}

static void test_refused(void)
{
    config->user = (char *)"no-such-user-here";
    expect_refusal("sandbox: --user: there is no user 'no-such-user-here'");
    config->user = NULL;
    config->chroot = (char *)"/nonexistent/folder";
    expect_refusal("sandbox: --chroot: cannot make '/nonexistent/folder' the root directory");
    config->chroot = NULL;
}

int main(int argc, char **argv)
{
    int status;

    g_test_init(&argc, &argv, NULL);
    prctl(PR_SET_NAME, "main-thread");
    config = vm_config_new();
    config->sandbox = SANDBOX_ON;
    config->console = CONSOLE_UNIX;
    log_open(NULL, LOG_INFO, NULL);
    g_test_add_func("/sandbox/tables", test_tables);
    g_test_add_func("/sandbox/needs", test_needs);
    g_test_add_func("/sandbox/stopped", test_stopped);
    g_test_add_func("/sandbox/narrower", test_narrower);
    g_test_add_func("/sandbox/log", test_log);
    g_test_add_func("/sandbox/off", test_off);
    g_test_add_func("/sandbox/enough", test_enough);
    g_test_add_func("/sandbox/messages", test_messages);
    g_test_add_func("/sandbox/refused", test_refused);
    status = g_test_run();
    vm_config_free(config);
    return status;
}
