/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Machines that are steered, or ended, from outside. */
#include "src/vmm/life.h"

#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "include/paprika/papr.h"
#include "src/base/error.h"
#include "src/vmm/commands.h"
#include "src/vmm/ctl_client.h"
#include "tests/unit/fake_hv_private.h"
#include "tests/unit/vm_world.h"

static gboolean later(gpointer fn)
{
    ((void (*)(void))fn)();
    return G_SOURCE_REMOVE;
}

/* --- from outside ---------------------------------------------------------------- */

static void play_never_ends(Play *play, unsigned id, unsigned step, HvExit *exit)
{
    play_idle(play, id, exit);
}

static World *leaving;

static void press_leave(void) { leaving->console->handler->leave(leaving->console->opaque); }

static void raise_sigterm(void) { g_assert_cmpint(raise(SIGTERM), ==, 0); }

/** Asks its way through the monitor of a machine that reboots without end. */
static gpointer use_monitor(gpointer opaque)
{
    const World *world = opaque;
    g_autoptr(GError) error = NULL;
    g_autoptr(CtlClient) client = ctl_client_new("vm.qmp", &error);

    g_assert_no_error(error);
    for (unsigned i = 0; i < 50; i++) {
        g_autofree char *seen = ctl_client_ask(
            client, "{\"execute\": \"translate\", \"arguments\": {\"address\": 8}}", &error);
        g_assert_nonnull(strstr(seen, "real-mode"));
        g_autofree char *stopped = ctl_client_ask(client, "{\"execute\": \"stop\"}", &error);
        g_assert_cmpstr(stopped, ==, "{\"return\": {}}");
        unsigned runs = hv_fake_count(world->host, FAKE_VCPU_RUN);
        g_usleep(i == 0 ? 50000 : 200);
        g_assert_cmpuint(hv_fake_count(world->host, FAKE_VCPU_RUN), ==, runs);
        g_autofree char *resumed = ctl_client_ask(client, "{\"execute\": \"cont\"}", &error);
        g_assert_cmpstr(resumed, ==, "{\"return\": {}}");
        while (hv_fake_count(world->host, FAKE_VCPU_RUN) == runs)
            g_usleep(100);
    }
    /* The end comes to a stopped machine, too. */
    g_autofree char *last = ctl_client_ask(client, "{\"execute\": \"stop\"}", &error);
    g_assert_cmpstr(last, ==, "{\"return\": {}}");
    g_autofree char *end = ctl_client_ask(client, "{\"execute\": \"quit\"}", &error);
    g_assert_cmpstr(end, ==, "{\"return\": {}}");
    return NULL;
}

static gboolean start_monitor_user(gpointer opaque)
{
    g_thread_unref(g_thread_new("monitor-user", use_monitor, opaque));
    return G_SOURCE_REMOVE;
}

static void play_reboots(Play *play, unsigned id, unsigned step, HvExit *exit)
{
    if (step % 64 == 63)
        play_rtas(play, id, exit, "system-reboot", 0, NULL, 1);
    else
        play_nothing(exit);
}

static void test_monitor(void)
{
    World world;

    world_init(&world, FAKE_HV_POWER9, 4, play_reboots, NULL);
    world.config.qmp_path = (char *)"vm.qmp";
    g_timeout_add(10, start_monitor_user, &world);
    g_assert_cmpint(world_run(&world), ==, EXIT_STATUS_OK);
    g_assert_nonnull(strstr(world.log, "ended by the monitor"));
    g_assert_false(g_file_test("vm.qmp", G_FILE_TEST_EXISTS));
    world_clear(&world);

    /* No socket can be made: no guest. */
    world_init(&world, FAKE_HV_POWER9, 1, play_never_ends, NULL);
    world.config.qmp_path = (char *)"no-folder/vm.qmp";
    g_assert_cmpint(world_run(&world), ==, EXIT_STATUS_USAGE);
    g_assert_nonnull(strstr(world.log, "socket 'no-folder/vm.qmp' of the monitor: No such file"));
    world_clear(&world);
}

static void play_off_each_time(Play *play, unsigned id, unsigned step, HvExit *exit)
{
    play_rtas(play, id, exit, "power-off", 2, (uint32_t[]){0, 0}, 1);
}

/** The answer to @message has @part. */
static void assert_answer(CtlClient *client, const char *message, const char *part)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *answer = ctl_client_ask(client, message, &error);

    g_assert_no_error(error);
    if (!strstr(answer, part))
        g_error("%s: no '%s' in %s", message, part, answer);
}

/** Until query-status says @status: events may come together with an answer, and are gone then. */
static void await_status(CtlClient *client, const char *status)
{
    g_autofree char *wanted = g_strdup_printf("\"status\": \"%s\"", status);

    for (;;) {
        g_autoptr(GError) error = NULL;
        g_autofree char *answer = ctl_client_ask(client, "{\"execute\": \"query-status\"}", &error);

        g_assert_no_error(error);
        if (strstr(answer, wanted))
            return;
        g_usleep(1000);
    }
}

/** A machine that waits, runs, ends, is kept, begins anew, and is ended. */
static gpointer use_kept(gpointer opaque)
{
    const World *world = opaque;
    g_autoptr(GError) error = NULL;
    g_autoptr(CtlClient) client = ctl_client_new("vm.qmp", &error);

    g_assert_no_error(error);
    g_usleep(20000);
    g_assert_cmpuint(hv_fake_count(world->host, FAKE_VCPU_RUN), ==, 0);
    await_status(client, "paused");
    for (unsigned i = 0; i < 3; i++) {
        assert_answer(client, "{\"execute\": \"cont\"}", "{\"return\": {}}");
        await_status(client, "shutdown");
        assert_answer(client, "{\"execute\": \"cont\"}", "Resetting");
        unsigned runs = hv_fake_count(world->host, FAKE_VCPU_RUN);
        g_usleep(5000);
        g_assert_cmpuint(hv_fake_count(world->host, FAKE_VCPU_RUN), ==, runs);
        assert_answer(client, "{\"execute\": \"system_reset\"}", "{\"return\": {}}");
        await_status(client, "paused");
    }
    /* The process's, whichever thread this is. */
    g_assert_cmpint(kill(getpid(), SIGTERM), ==, 0);
    return NULL;
}

static gboolean start_kept_user(gpointer opaque)
{
    g_thread_unref(g_thread_new("kept-user", use_kept, opaque));
    return G_SOURCE_REMOVE;
}

static void test_kept(void)
{
    World world;

    world_init(&world, FAKE_HV_POWER9, 1, play_off_each_time, NULL);
    world.config.qmp_path = (char *)"vm.qmp";
    world.config.paused = TRUE;
    world.config.no_shutdown = TRUE;
    g_timeout_add(10, start_kept_user, &world);
    g_assert_cmpint(world_run(&world), ==, EXIT_STATUS_OK);
    g_assert_nonnull(strstr(world.log, "it is kept until"));
    world_clear(&world);
}

static void test_outside(void)
{
    static void (*const ways[])(void) = {press_leave, raise_sigterm};

    for (unsigned i = 0; i < G_N_ELEMENTS(ways); i++) {
        World world;

        leaving = &world;
        world_init(&world, FAKE_HV_POWER9, 4, play_never_ends, NULL);
        g_timeout_add(20, later, ways[i]);
        g_assert_cmpint(world_run(&world), ==, EXIT_STATUS_OK);
        world_clear(&world);
    }
}

static gpointer sigterm_thread(gpointer delay)
{
    g_usleep(GPOINTER_TO_UINT(delay) * 1000);
    kill(getpid(), SIGTERM);
    return NULL;
}

static void play_flood(Play *play, unsigned id, unsigned step, HvExit *exit)
{
    if (id == 0 && step + 1 < play->n_vcpus)
        play_rtas(play, id, exit, "start-cpu", 3, (uint32_t[]){step + 1, 0, 0}, 1);
    else
        play_hcall(play, id, exit, H_PUT_TERM_CHAR, (uint64_t[9]){0, 16, step, step});
}

static void play_mmio(Play *play, unsigned id, unsigned step, HvExit *exit)
{
    uint8_t *data = play->cpus[id].data;

    if (step)
        g_assert_cmphex(data[0], ==, step % 2 ? 0 : 0xff);
    memset(data, 0, 8);
    *exit = (HvExit){.reason = HV_EXIT_MMIO,
                     .mmio = {.addr = UINT64_C(1) << 40, .data = data, .length = 8}};
    exit->mmio.write = step % 2 == 0;
}

/** Guests that leave the program no peace: SIGTERM gets through, and the log stays short. */
static void test_hostile(void)
{
    static const PlayFn guests[] = {play_reboot, play_flood, play_mmio};

    sigset_t set, before;

    /* It may come while a busy host is still setting the machine up. */
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &set, &before);
    for (unsigned i = 0; i < G_N_ELEMENTS(guests); i++) {
        World world;
        GThread *thread = g_thread_new("term", sigterm_thread, GUINT_TO_POINTER(300));

        world_init(&world, FAKE_HV_POWER9, 4, guests[i], NULL);
        gint64 start = g_get_monotonic_time();
        g_assert_cmpint(world_run(&world), ==, EXIT_STATUS_OK);
        g_assert_cmpint(g_get_monotonic_time() - start, <, 30 * G_USEC_PER_SEC);
        g_assert_cmpuint(count_lines(world.log), <, 20);
        g_thread_join(thread);
        world_clear(&world);
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

static gboolean always(gpointer opaque) { return G_SOURCE_CONTINUE; }

/** Standard input that is always readable does not keep the guest from its end. */
static void test_busy_loop(void)
{
    World world;
    guint source = g_idle_add_full(G_PRIORITY_DEFAULT, always, NULL, NULL);

    world_init(&world, FAKE_HV_POWER9, 1, play_power_off, NULL);
    g_assert_cmpint(world_run(&world), ==, EXIT_STATUS_OK);
    g_source_remove(source);
    world_clear(&world);
}

static void add_tests(void)
{
    g_test_add_func("/vm-outside/outside", test_outside);
    g_test_add_func("/vm-outside/monitor", test_monitor);
    g_test_add_func("/vm-outside/kept", test_kept);
    g_test_add_func("/vm-outside/hostile", test_hostile);
    g_test_add_func("/vm-outside/busy_loop", test_busy_loop);
}

int main(int argc, char **argv) { return world_tests(argc, argv, add_tests); }
