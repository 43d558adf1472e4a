/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whole machines, with their threads, on the fake hypervisor: from first boot to the end. */
#include "src/vmm/vm.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include <glib/gstdio.h>
#include <libfdt.h>

#include "firmware/boot_choose.h"
#include "firmware/kernel_image.h"
#include "include/paprika/papr.h"
#include "src/base/error.h"
#include "src/base/log.h"
#include "src/vmm/commands.h"
#include "src/vmm/ctl_client.h"
#include "src/vmm/life.h"
#include "src/vmm/vcpu.h"
#include "tests/unit/elf_maker.h"
#include "tests/unit/fake_chardev.h"
#include "tests/unit/fake_hv_private.h"
#include "tests/unit/play.h"

enum { MSR_LE = 1 };

static const char *const log_path = "vm.log";
static const char *const kernel_path = "vmlinux";

/** One life: what it runs on, and what became of it. */
typedef struct {
    Play play;
    VmConfig config;
    HvHost *host;
    const HvOps *ops;
    Chardev *console;
    /** A file, or NULL. */
    const char *initrd;
    /** After the life: what was logged. */
    char *log;
} World;

static void world_init(World *world, FakeHvProfile profile, unsigned cpus, PlayFn fn, void *data)
{
    *world = (World){.config = {.cpus = cpus, .threads = 1, .memory = 128 * MIB}};
    world->host = hv_fake_new(profile, &world->ops);
    world->console = fake_chardev_new();
    play_init(&world->play, world->host, world->ops, cpus, fn, data);
}

/** Run to the end: the exit status. */
static int world_run(World *world)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(KernelImage) kernel = kernel_image_open(kernel_path, &error);
    g_autoptr(InitrdImage) initrd = NULL;
    gsize length;

    g_assert_no_error(error);
    if (world->initrd)
        initrd = initrd_image_open(world->initrd, &error);
    g_assert_no_error(error);
    g_assert_cmpint(truncate(log_path, 0), ==, 0);
    int status =
        life_run(&world->config, kernel, initrd, world->host, world->ops, world->console, NULL);
    g_free(world->log);
    g_assert_true(g_file_get_contents(log_path, &world->log, &length, NULL));
    return status;
}

static void world_clear(World *world) { g_free(world->log); }

static unsigned count_lines(const char *text)
{
    unsigned lines = 0;

    for (; *text; text++)
        lines += *text == '\n';
    return lines;
}

static gboolean later(gpointer fn)
{
    ((void (*)(void))fn)();
    return G_SOURCE_REMOVE;
}

/* --- the ends that there are -------------------------------------------------- */

static void play_power_off(Play *play, unsigned id, unsigned step, HvExit *exit)
{
    HvRegs regs;

    /* As firmware enters: big-endian, 64-bit, real mode, the tree in r3. */
    g_assert_cmpuint(id, ==, 0);
    g_assert_cmpuint(step, ==, 0);
    g_assert_cmpint(play->ops->vcpu_get_regs(play->cpus[id].hv, &regs), ==, 0);
    g_assert_cmphex(regs.pc, ==, 0);
    g_assert_cmphex(regs.msr, ==, UINT64_C(1) << 63 | 0x1000);
    g_assert_cmpmem(play_memory(play, id, regs.gpr[3]), 4, "\xd0\x0d\xfe\xed", 4);
    play_rtas(play, id, exit, "power-off", 2, (uint32_t[]){0, 0}, 1);
}

static void test_power_off(void)
{
    static const FakeHvProfile profiles[] = {FAKE_HV_POWER8, FAKE_HV_POWER9, FAKE_HV_POWER10,
                                             FAKE_HV_NESTED};

    for (unsigned i = 0; i < G_N_ELEMENTS(profiles); i++) {
        World world;

        world_init(&world, profiles[i], 1, play_power_off, NULL);
        g_assert_cmpint(world_run(&world), ==, EXIT_STATUS_OK);
        g_assert_nonnull(strstr(world.log, "RTAS power-off"));
        world_clear(&world);
    }
}

/** Entered by Open Firmware: the entry is in r5, and works until the machine ends, each time. */
static void play_of(Play *play, unsigned id, unsigned step, HvExit *exit)
{
    uint8_t *memory = play_memory(play, id, 0);
    HvRegs regs;

    switch (step) {
    case 0:
        g_assert_cmpint(play->ops->vcpu_get_regs(play->cpus[id].hv, &regs), ==, 0);
        g_assert_cmphex(regs.pc, ==, 0);
        g_assert_cmphex(regs.msr, ==, UINT64_C(1) << 63 | 0x1000);
        /* No tree: an initrd. A stack whose frame has no caller. An entry that calls us. */
        g_assert_cmphex(regs.gpr[4], ==, 6);
        g_assert_cmpmem(memory + regs.gpr[3], 6, "initrd", 6);
        g_assert_cmphex(regs.gpr[1] % 16, ==, 0);
        g_assert_cmpmem(memory + regs.gpr[1], 8, "\0\0\0\0\0\0\0\0", 8);
        g_assert_cmpmem(memory + regs.gpr[5] + 8, 4, "\x60\x63\xf0\x04", 4);
        strcpy((char *)memory + 0x9000, "finddevice");
        strcpy((char *)memory + 0x9100, "/chosen");
        memcpy(memory + 0x9200, "\0\0\x90\0\0\0\0\1\0\0\0\1\0\0\x91\0\0\0\0\0", 20);
        play_hcall(play, id, exit, H_OF_CLIENT, (uint64_t[9]){0x9200});
        return;
    case 1:
        g_assert_cmpint(play_result(play, id), ==, H_SUCCESS);
        g_assert_cmpmem(memory + 0x9210, 2, "\0\0", 2);
        play_hcall(play, id, exit, H_OF_CLIENT, (uint64_t[9]){UINT64_MAX});
        return;
    }
    g_assert_cmpint(play_result(play, id), ==, H_HARDWARE);
    if (play_boots(play) < 3)
        play_rtas(play, id, exit, "system-reboot", 0, NULL, 1);
    else
        play_rtas(play, id, exit, "power-off", 2, (uint32_t[]){0, 0}, 1);
}

static void test_of(void)
{
    World world;

    world_init(&world, FAKE_HV_POWER9, 1, play_of, NULL);
    world.config.boot = BOOT_OF;
    world.initrd = "of-initrd";
    g_assert_true(g_file_set_contents(world.initrd, "initrd", 6, NULL));
    g_assert_cmpint(world_run(&world), ==, EXIT_STATUS_OK);
    g_assert_cmpuint(world.play.cpus[0].boot, ==, 3);
    g_remove(world.initrd);
    world_clear(&world);
}

static void test_boot_choose(void)
{
    static const struct {
        BootChoice boot;
        char *append;
        gboolean of;
    } cases[] = {
        {BOOT_AUTO, NULL, FALSE},
        {BOOT_AUTO, "console=hvc0 quiet", FALSE},
        {BOOT_AUTO, "xive=on radix", FALSE},
        {BOOT_AUTO, "disable_radix", TRUE},
        {BOOT_AUTO, "console=hvc0 disable_radix=yes", TRUE},
        {BOOT_AUTO, "quiet xive=off", TRUE},
        {BOOT_AUTO, "radix_hcall_invalidate=on quiet", TRUE},
        {BOOT_DIRECT, "disable_radix", FALSE},
        {BOOT_OF, NULL, TRUE},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        VmConfig config = {.boot = cases[i].boot, .append = cases[i].append};

        g_assert_cmpint(boot_choose_of(&config), ==, cases[i].of);
    }
}

/** Without Open Firmware its call is none. */
static void play_no_of(Play *play, unsigned id, unsigned step, HvExit *exit)
{
    if (step == 0) {
        play_hcall(play, id, exit, H_OF_CLIENT, (uint64_t[9]){0x9200});
        return;
    }
    g_assert_cmpint(play_result(play, id), ==, H_FUNCTION);
    play_rtas(play, id, exit, "power-off", 2, (uint32_t[]){0, 0}, 1);
}

static void test_no_of(void)
{
    World world;

    world_init(&world, FAKE_HV_POWER9, 1, play_no_of, NULL);
    g_assert_cmpint(world_run(&world), ==, EXIT_STATUS_OK);
    world_clear(&world);
}

static void play_crash(Play *play, unsigned id, unsigned step, HvExit *exit)
{
    switch (GPOINTER_TO_INT(play->data)) {
    case 0:
        strcpy((char *)play_memory(play, id, 0x9000), "Oops: no init\n");
        play_rtas(play, id, exit, "ibm,os-term", 1, (uint32_t[]){0x9000}, 1);
        break;
    case 1:
        *exit = (HvExit){.reason = HV_EXIT_FAIL, .fail = {"unexpected trap", 0xe40}};
        break;
    case 2:
        *exit = (HvExit){.reason = HV_EXIT_DEBUG};
        break;
    }
}

static void test_crash(void)
{
    static const char *const words[] = {"Oops: no init.", "unexpected trap (0xe40), pc 0",
                                        "debug exit"};

    for (int i = 0; i < (int)G_N_ELEMENTS(words); i++) {
        World world;

        world_init(&world, FAKE_HV_POWER9, 2, play_crash, GINT_TO_POINTER(i));
        g_assert_cmpint(world_run(&world), ==, EXIT_STATUS_GUEST);
        g_assert_nonnull(strstr(world.log, words[i]));
        g_assert_nonnull(strstr(world.log, "error: "));
        world_clear(&world);
    }
}

/** A crash with a dump registered: the next boot finds it, and memory as it was; the one after does
 * not. */
static void play_dump(Play *play, unsigned id, unsigned step, HvExit *exit)
{
    enum { PLAN = 4 << 20, LOW = 32 << 20, COPY = 48 << 20, REGISTERS = 40 << 20 };
    uint8_t *memory = play_memory(play, id, 0);
    unsigned boot = play_boots(play);
    HvRegs regs;

    if (boot == 1 && step == 0) {
        const be32 head[] = {be32_of(1), be32_of(2 << 16), be32_of(40)};
        const be32 sections[2][2] = {{be32_of(1), be32_of(1 << 16)},
                                     {be32_of(1), be32_of(0x11 << 16)}};
        const be64 numbers[2][4] = {
            {be64_of(0), be64_of(65536), be64_of(0), be64_of(REGISTERS)},
            {be64_of(0), be64_of(LOW), be64_of(0), be64_of(COPY)},
        };

        memset(memory + PLAN, 0, 40);
        memcpy(memory + PLAN, head, sizeof(head));
        for (unsigned i = 0; i < 2; i++) {
            memcpy(memory + PLAN + 40 + 40 * i, sections[i], 8);
            memcpy(memory + PLAN + 48 + 40 * i, numbers[i], 32);
        }
        strcpy((char *)memory + LOW - 16, "was low");
        strcpy((char *)memory + COPY - 16, "was beyond");
        play_rtas(play, id, exit, "ibm,configure-kernel-dump", 3, (uint32_t[]){1, PLAN, 120}, 1);
    } else if (boot == 1) {
        g_assert_cmpint((int)play_rtas_result(play, id, 3, 0), ==, 0);
        play_rtas(play, id, exit, "ibm,os-term", 1, (uint32_t[]){PLAN}, 1);
    } else if (boot == 2) {
        g_assert_cmpint(play->ops->vcpu_get_regs(play->cpus[id].hv, &regs), ==, 0);
        const void *fdt = memory + regs.gpr[3];
        int length = 0;

        g_assert_cmphex(regs.gpr[3] + fdt_totalsize(fdt), <=, LOW);
        g_assert_nonnull(
            fdt_getprop(fdt, fdt_path_offset(fdt, "/rtas"), "ibm,kernel-dump", &length));
        g_assert_cmpint(length, ==, 120);
        g_assert_cmpstr((char *)memory + COPY + LOW - 16, ==, "was low");
        g_assert_cmpstr((char *)memory + COPY - 16, ==, "was beyond");
        g_assert_cmpstr((char *)memory + LOW - 16, ==, "");
        g_assert_cmpstr((char *)memory + REGISTERS, ==, "REGSAVE");
        play_rtas(play, id, exit, "system-reboot", 0, NULL, 1);
    } else {
        g_assert_cmpint(play->ops->vcpu_get_regs(play->cpus[id].hv, &regs), ==, 0);
        const void *fdt = memory + regs.gpr[3];

        g_assert_null(fdt_getprop(fdt, fdt_path_offset(fdt, "/rtas"), "ibm,kernel-dump", NULL));
        g_assert_cmpstr((char *)memory + COPY - 16, ==, "");
        play_rtas(play, id, exit, "power-off", 2, (uint32_t[]){0, 0}, 1);
    }
}

static void test_dump(void)
{
    World world;

    world_init(&world, FAKE_HV_POWER9, 1, play_dump, NULL);
    g_assert_cmpint(world_run(&world), ==, EXIT_STATUS_OK);
    g_assert_nonnull(strstr(world.log, "dump is taken"));
    world_clear(&world);
}

/** The last processor stops itself: nothing could ever go on. */
static void play_stop_all(Play *play, unsigned id, unsigned step, HvExit *exit)
{
    g_assert_cmpuint(step, <=, play->n_vcpus);
    if (id == 0 && step + 1 < play->n_vcpus)
        play_rtas(play, id, exit, "start-cpu", 3, (uint32_t[]){step + 1, 0x4000, 0}, 1);
    else
        play_rtas(play, id, exit, "stop-self", 0, NULL, 1);
}

static void test_stop_all(void)
{
    for (unsigned round = 0; round < 10; round++) {
        World world;

        world_init(&world, FAKE_HV_POWER9, 1 + round % 8, play_stop_all, NULL);
        g_assert_cmpint(world_run(&world), ==, EXIT_STATUS_OK);
        g_assert_nonnull(strstr(world.log, "last processor"));
        world_clear(&world);
    }
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

static void play_reboot(Play *play, unsigned id, unsigned step, HvExit *exit)
{
    play_rtas(play, id, exit, "system-reboot", 0, NULL, 1);
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

/* --- reboots ----------------------------------------------------------------------- */

static unsigned count_fds(void)
{
    g_autoptr(GDir) dir = g_dir_open("/proc/self/fd", 0, NULL);
    unsigned count = 0;

    while (dir && g_dir_read_name(dir))
        count++;
    return count;
}

static void play_ten_reboots(Play *play, unsigned id, unsigned step, HvExit *exit)
{
    unsigned boot = play_boots(play), *fds = play->data;
    uint64_t value = 1;

    /* The machine is as new: memory clear, the mode reset, nobody else started. */
    g_assert_cmpuint(id, ==, 0);
    if (step == 0) {
        g_assert_cmphex(*play_memory(play, id, 64 << 20), ==, 0);
        *play_memory(play, id, 64 << 20) = 0xaa;
        g_assert_cmpint(play->ops->vcpu_get_reg(play->cpus[id].hv, HV_REG_LPCR, &value), ==, 0);
        g_assert_cmphex(value, ==, HV_LPCR_LD);
        if (boot == 1)
            *fds = count_fds();
        g_assert_cmpuint(count_fds(), ==, *fds);
        play_hcall(play, id, exit, H_SET_MODE, (uint64_t[9]){1, 4});
        return;
    }
    g_assert_cmpint(play_result(play, id), ==, H_SUCCESS);
    if (boot <= 10)
        play_reboot(play, id, step, exit);
    else
        play_rtas(play, id, exit, "power-off", 2, (uint32_t[]){0, 0}, 1);
}

static void test_reboots(void)
{
    World world;
    unsigned fds = 0;

    world_init(&world, FAKE_HV_POWER9, 3, play_ten_reboots, &fds);
    g_assert_cmpint(world_run(&world), ==, EXIT_STATUS_OK);
    world_clear(&world);

    /* --no-reboot: the first one is the end. */
    world_init(&world, FAKE_HV_POWER9, 1, play_reboot, NULL);
    world.config.no_reboot = TRUE;
    g_assert_cmpint(world_run(&world), ==, EXIT_STATUS_OK);
    g_assert_nonnull(strstr(world.log, "--no-reboot"));
    world_clear(&world);
}

/** What the vCPUs of a boot do at the same time. */
typedef struct {
    int arrived;
    int boots_seen;
    const char *const *services;
} Together;

static void play_together(Play *play, unsigned id, unsigned step, HvExit *exit)
{
    Together *together = play->data;

    if (play_boots(play) > 1) {
        /* A stale request would reboot this one as well. */
        g_assert_cmpuint(id, ==, 0);
        g_atomic_int_set(&together->boots_seen, (int)play_boots(play));
        if (step == 0)
            g_usleep(20000);
        play_rtas(play, id, exit, "power-off", 2, (uint32_t[]){0, 0}, 1);
        return;
    }
    if (id == 0 && step + 1 < play->n_vcpus) {
        play_rtas(play, id, exit, "start-cpu", 3, (uint32_t[]){step + 1, 0, 0}, 1);
        return;
    }
    g_atomic_int_inc(&together->arrived);
    while (g_atomic_int_get(&together->arrived) < (int)play->n_vcpus)
        g_thread_yield();
    play_rtas(play, id, exit, "system-reboot", 0, NULL, 1);
}

static void test_together(void)
{
    for (unsigned round = 0; round < 20; round++) {
        Together together = {0};
        World world;

        world_init(&world, FAKE_HV_POWER9, 4, play_together, &together);
        g_assert_cmpint(world_run(&world), ==, EXIT_STATUS_OK);
        g_assert_cmpint(together.boots_seen, ==, 2);
        world_clear(&world);
    }
}

/** Different ends at once: the gravest wins. */
static void play_ends_at_once(Play *play, unsigned id, unsigned step, HvExit *exit)
{
    Together *together = play->data;

    if (id == 0 && step + 1 < play->n_vcpus) {
        play_rtas(play, id, exit, "start-cpu", 3, (uint32_t[]){step + 1, 0, 0}, 1);
        return;
    }
    if (step < play->n_vcpus) {
        g_atomic_int_inc(&together->arrived);
        while (g_atomic_int_get(&together->arrived) < (int)play->n_vcpus)
            g_thread_yield();
    }
    if (id == 1)
        play_rtas(play, id, exit, "power-off", 2, (uint32_t[]){0, 0}, 1);
    else if (id == 2)
        play_crash(play, id, step, exit);
    else
        play_rtas(play, id, exit, "system-reboot", 0, NULL, 1);
}

static void test_ends_at_once(void)
{
    for (unsigned round = 0; round < 10; round++) {
        Together together = {0};
        World world;

        world_init(&world, FAKE_HV_POWER9, 3, play_ends_at_once, &together);
        world.config.no_reboot = TRUE;
        int status = world_run(&world);
        /* Which vCPU came to its call before all were parked is not ours to say. */
        g_assert_true(status == EXIT_STATUS_OK || status == EXIT_STATUS_GUEST);
        if (strstr(world.log, "debug exit") || strstr(world.log, "ended itself"))
            g_assert_cmpint(status, ==, EXIT_STATUS_GUEST);
        world_clear(&world);
    }
}

/* --- processors ----------------------------------------------------------------------- */

typedef struct {
    /** Atomic: how often each was entered at its start address. */
    int started[PLAY_MAX_VCPUS];
    int accepted;
    int arrived;
} Starts;

static void play_hotplug(Play *play, unsigned id, unsigned step, HvExit *exit)
{
    Starts *starts = play->data;
    unsigned others = play->n_vcpus - 1, round = step / (3 * others), part = step % (3 * others);
    unsigned target = part % others + 1;
    HvRegs regs;

    if (id) {
        /* Each start begins at the address and with the r3 that it was given. */
        g_assert_cmpint(play->ops->vcpu_get_regs(play->cpus[id].hv, &regs), ==, 0);
        g_assert_cmphex(regs.pc, ==, 0x1000 * id);
        g_assert_cmphex(regs.gpr[3], ==, 0x80000000 + id);
        g_assert_cmphex(regs.msr, ==, UINT64_C(1) << 63 | 0x1000);
        g_atomic_int_inc(&starts->started[id]);
        play_rtas(play, id, exit, "stop-self", 0, NULL, 1);
        return;
    }
    if (round == 25) {
        play_rtas(play, id, exit, "power-off", 2, (uint32_t[]){0, 0}, 1);
    } else if (part < others) {
        play_rtas(play, id, exit, "start-cpu", 3,
                  (uint32_t[]){target, 0x1000 * target, 0x80000000 + target}, 1);
    } else {
        if (part == others)
            g_assert_cmpint((int)play_rtas_result(play, id, 3, 0), ==, 0);
        /* As Linux does: ask until it has stopped. */
        if (part > others && play_rtas_result(play, id, 1, 1) != 0) {
            play->cpus[id].step--;
            target = target > 1 ? target - 1 : others;
            g_thread_yield();
        }
        play_rtas(play, id, exit, "query-cpu-stopped-state", 1, (uint32_t[]){target}, 2);
    }
}

static void test_hotplug(void)
{
    Starts starts = {0};
    World world;

    world_init(&world, FAKE_HV_POWER9, 5, play_hotplug, &starts);
    g_assert_cmpint(world_run(&world), ==, EXIT_STATUS_OK);
    for (unsigned id = 1; id < 5; id++)
        g_assert_cmpint(starts.started[id], ==, 25);
    world_clear(&world);
}

/** Several start the same one: it is started once. */
static void play_rival_starts(Play *play, unsigned id, unsigned step, HvExit *exit)
{
    Starts *starts = play->data;
    unsigned last = play->n_vcpus - 1;

    if (id == last) {
        g_atomic_int_inc(&starts->started[id]);
        play_idle(play, id, exit);
    } else if (id == 0 && step + 1 < last) {
        play_rtas(play, id, exit, "start-cpu", 3, (uint32_t[]){step + 1, 0, 0}, 1);
    } else if (step == (id ? 0 : last - 1)) {
        g_atomic_int_inc(&starts->arrived);
        while (g_atomic_int_get(&starts->arrived) < (int)last)
            g_thread_yield();
        play_rtas(play, id, exit, "start-cpu", 3, (uint32_t[]){last, 0, 0}, 1);
    } else if (step == (id ? 1 : last)) {
        g_atomic_int_add(&starts->accepted, play_rtas_result(play, id, 3, 0) == 0);
        if (g_atomic_int_add(&starts->arrived, 1) == (int)last * 2 - 1)
            play_rtas(play, id, exit, "power-off", 2, (uint32_t[]){0, 0}, 1);
        else
            play_idle(play, id, exit);
    } else {
        play_idle(play, id, exit);
    }
}

static void test_rival_starts(void)
{
    for (unsigned round = 0; round < 20; round++) {
        Starts starts = {0};
        World world;

        world_init(&world, FAKE_HV_POWER9, 5, play_rival_starts, &starts);
        g_assert_cmpint(world_run(&world), ==, EXIT_STATUS_OK);
        g_assert_cmpint(starts.accepted, ==, 1);
        g_assert_cmpint(starts.started[4], <=, 2);
        world_clear(&world);
    }
}

/** vCPU 1 runs without ever coming out by itself; vCPU 0 sends it events. */
static void play_events(Play *play, unsigned id, unsigned step, HvExit *exit)
{
    int *seen = play->data;
    uint64_t lpcr = 0;
    HvRegs regs;

    if (id == 1) {
        g_assert_cmpint(play->ops->vcpu_get_regs(play->cpus[id].hv, &regs), ==, 0);
        g_assert_cmpint(play->ops->vcpu_get_reg(play->cpus[id].hv, HV_REG_LPCR, &lpcr), ==, 0);
        if (g_atomic_int_get(seen) == 0 && regs.pc == 0x4000)
            g_atomic_int_set(seen, 1);
        /* The mode has come, first on its own. */
        if (g_atomic_int_get(seen) == 2 && lpcr & HV_LPCR_ILE) {
            g_assert_cmphex(lpcr & HV_LPCR_AIL, ==, 0);
            g_atomic_int_set(seen, 3);
        }
        /* And the system reset, little-endian as the mode says. */
        if (g_atomic_int_get(seen) == 4 && regs.pc == 0x100) {
            g_assert_cmphex(regs.srr0, ==, 0x4000);
            g_assert_cmphex(regs.msr, ==, UINT64_C(1) << 63 | 0x1000 | MSR_LE);
            g_atomic_int_set(seen, 5);
        }
        play_idle(play, id, exit);
        return;
    }
    play_nothing(exit);
    switch (g_atomic_int_get(seen)) {
    case 0:
        /* A stopped processor takes no system reset, not even once it is started. */
        if (step == 0)
            play_hcall(play, id, exit, H_SIGNAL_SYS_RESET, (uint64_t[9]){1});
        if (step == 1)
            play_rtas(play, id, exit, "start-cpu", 3, (uint32_t[]){1, 0x4000, 0}, 1);
        break;
    case 1:
        g_atomic_int_set(seen, 2);
        play_hcall(play, id, exit, H_SET_MODE, (uint64_t[9]){1, 4});
        break;
    case 3:
        g_atomic_int_set(seen, 4);
        play_hcall(play, id, exit, H_SIGNAL_SYS_RESET, (uint64_t[9]){(uint64_t)-2});
        break;
    case 5:
        g_assert_cmpint(play->ops->vcpu_get_reg(play->cpus[id].hv, HV_REG_LPCR, &lpcr), ==, 0);
        g_assert_cmphex(lpcr & HV_LPCR_ILE, ==, HV_LPCR_ILE);
        play_rtas(play, id, exit, "power-off", 2, (uint32_t[]){0, 0}, 1);
        break;
    default:
        g_thread_yield();
        break;
    }
}

static void test_events(void)
{
    for (unsigned round = 0; round < 20; round++) {
        World world;
        int seen = 0;

        world_init(&world, FAKE_HV_POWER9, 2, play_events, &seen);
        g_assert_cmpint(world_run(&world), ==, EXIT_STATUS_OK);
        g_assert_cmpint(seen, ==, 5);
        world_clear(&world);
    }
}

/* --- parking ------------------------------------------------------------------------- */

static void no_request(Vm *vm, VmRequest request, const char *why) {}

static const VmControl stress_control = {
    .request = no_request,
    .post_event = vcpu_post_event,
    .start_cpu = vcpu_start,
    .stop_self = vcpu_stop_self,
    .hold_others = vcpu_hold_others,
    .release_others = vcpu_release_others,
};

typedef struct {
    /** Atomic: vCPUs that are between entry and exit, or in a call; whether any may be. */
    int inside, allowed;
    int entries;
} Stress;

static void play_stress(Play *play, unsigned id, unsigned step, HvExit *exit)
{
    Stress *stress = play->data;

    g_atomic_int_inc(&stress->inside);
    g_assert_cmpint(g_atomic_int_get(&stress->allowed), ==, 1);
    g_atomic_int_inc(&stress->entries);
    switch ((step * 7 + id) % 8) {
    case 0:
        play_hcall(play, id, exit, H_SIGNAL_SYS_RESET, (uint64_t[9]){UINT64_MAX});
        break;
    case 1:
        play_hcall(play, id, exit, H_SET_MODE, (uint64_t[9]){step & 1, 4});
        break;
    case 2:
        play_hcall(play, id, exit, H_JOIN, NULL);
        break;
    case 3:
        play_hcall(play, id, exit, H_PUT_TERM_CHAR, (uint64_t[9]){0, 16});
        break;
    case 4:
        play_rtas(play, id, exit, "start-cpu", 3, (uint32_t[]){(id + 1) % play->n_vcpus, 0, 0}, 1);
        break;
    case 5:
        if (id)
            play_rtas(play, id, exit, "stop-self", 0, NULL, 1);
        else
            play_nothing(exit);
        break;
    case 6:
        play_hcall(play, id, exit, H_RANDOM, NULL);
        break;
    default:
        play_idle(play, id, exit);
        break;
    }
    g_assert_cmpint(g_atomic_int_get(&stress->allowed), ==, 1);
    g_atomic_int_add(&stress->inside, -1);
}

/** Nobody is in the guest while the machine is parked; everybody comes back afterwards. */
static void test_park(void)
{
    enum { CPUS = 6, ROUNDS = 150 };
    VmConfig config = {.cpus = CPUS, .threads = 1, .memory = 128 * MIB};
    g_autoptr(GError) error = NULL;
    Stress stress = {0};
    const HvOps *ops;
    Play play;

    HvHost *host = hv_fake_new(FAKE_HV_POWER9, &ops);
    play_init(&play, host, ops, CPUS, play_stress, &stress);
    g_autoptr(Vm) vm = vm_new(&config, host, ops, fake_chardev_new(), &stress_control, &error);
    g_assert_no_error(error);
    g_assert_true(vm_start(vm, &error));
    g_assert_true(vm_reset(vm, &error));

    for (unsigned round = 0; round < ROUNDS; round++) {
        int before = g_atomic_int_get(&stress.entries);

        for (unsigned i = 0; i < CPUS; i++)
            vcpu_start(vm->vcpus[i], 0, 0);
        g_atomic_int_set(&stress.allowed, 1);
        vm_unpark(vm);
        /* Somebody runs again: without that a wake-up was lost. */
        for (gint64 end = g_get_monotonic_time() + 10 * G_USEC_PER_SEC;
             g_atomic_int_get(&stress.entries) == before;) {
            g_assert_cmpint(g_get_monotonic_time(), <, end);
            g_thread_yield();
        }
        if (round % 3)
            g_usleep(300 * (round % 3));
        g_main_context_iteration(NULL, FALSE);
        vm_park(vm);
        g_atomic_int_set(&stress.allowed, 0);
        g_assert_cmpint(g_atomic_int_get(&stress.inside), ==, 0);
        if (round % 10 == 0)
            g_assert_true(vm_reset(vm, &error));
    }
}

/** Stop, and once started again nothing until brought out. */
static void play_stop_then_idle(Play *play, unsigned id, unsigned step, HvExit *exit)
{
    if (step % 2 == 0)
        play_rtas(play, id, exit, "stop-self", 0, NULL, 1);
    else
        play_idle(play, id, exit);
}

/** A kick that comes while the vCPU's thread works outside of the guest is not lost. */
static void test_kick(void)
{
    VmConfig config = {.cpus = 1, .threads = 1, .memory = 128 * MIB};
    g_autoptr(GError) error = NULL;
    const HvOps *ops;
    Play play;

    HvHost *host = hv_fake_new(FAKE_HV_POWER9, &ops);
    play_init(&play, host, ops, 1, play_stop_then_idle, NULL);
    g_autoptr(Vm) vm = vm_new(&config, host, ops, fake_chardev_new(), &stress_control, &error);
    g_assert_no_error(error);
    g_assert_true(vm_start(vm, &error));
    g_assert_true(vm_reset(vm, &error));
    for (unsigned round = 0; round < 1500; round++) {
        vm_unpark(vm);
        vcpu_start(vm->vcpus[0], 0, 0);
        for (gint64 end = g_get_monotonic_time() + round % 150; g_get_monotonic_time() < end;)
            continue;
        vm_park(vm);
    }
}

/** Machines that end before they began: their threads never enter the guest. */
static void play_must_not_run(Play *play, unsigned id, unsigned step, HvExit *exit)
{
    g_assert_not_reached();
}

static void test_new_free(void)
{
    VmConfig config = {.cpus = 8, .threads = 2, .memory = 128 * MIB};

    for (unsigned round = 0; round < 30; round++) {
        g_autoptr(GError) error = NULL;
        const HvOps *ops;
        Play play;
        HvHost *host = hv_fake_new(FAKE_HV_POWER9, &ops);

        play_init(&play, host, ops, 8, play_must_not_run, NULL);
        hv_fake_set_bind_delay(host, round % 3 * 1000);
        Vm *vm = vm_new(&config, host, ops, fake_chardev_new(), &stress_control, &error);
        g_assert_no_error(error);
        g_assert_true(vm_start(vm, &error));
        g_assert_true(vm_vcpu_by_id(vm, 7) == vm->vcpus[7]);
        if (round % 2) {
            /* Stopped ones do not run either. */
            vm_unpark(vm);
            g_usleep(3000);
            vm_park(vm);
            vm_unpark(vm);
        }
        vm_free(vm);
    }
    vm_free(NULL);
}

/* --- one vCPU alone ---------------------------------------------------------------------- */

enum { RESIZE_CPUS = 5, RESIZE_COMMITS = 25, RESIZE_BOOTS = 4 };

typedef struct {
    /** Atomic: resizes that were done in this boot, and refused because of another vCPU's. */
    int commits, busy;
} ResizeCount;

/** Every vCPU prepares, commits and cancels as it likes; the first one reboots in the middle. */
static void play_resize(Play *play, unsigned id, unsigned step, HvExit *exit)
{
    ResizeCount *count = play->data;
    uint64_t order = 18 + (step / 3 + id) % 3;
    unsigned last = RESIZE_CPUS - 1;

    if (id == 0 && step < last) {
        play_rtas(play, id, exit, "start-cpu", 3, (uint32_t[]){step + 1, 0x4000, 0}, 1);
        return;
    }
    if (play->cpus[id].ret == H_SUCCESS && play->cpus[id].committed)
        g_atomic_int_inc(&count->commits);
    if (play->cpus[id].ret == H_BUSY && play->cpus[id].committed)
        g_atomic_int_inc(&count->busy);
    play->cpus[id].committed = FALSE;
    if (id == last && g_atomic_int_get(&count->commits) >= RESIZE_COMMITS) {
        g_atomic_int_set(&count->commits, 0);
        if (play_boots(play) < RESIZE_BOOTS)
            play_rtas(play, id, exit, "system-reboot", 0, NULL, 1);
        else
            play_rtas(play, id, exit, "power-off", 2, (uint32_t[]){0, 0}, 1);
        return;
    }
    switch ((step * 5 + id) % 7) {
    case 0:
    case 1:
    case 2:
        play_hcall(play, id, exit, H_RESIZE_HPT_PREPARE, (uint64_t[9]){0, order});
        break;
    case 3:
        play_hcall(play, id, exit, step % 64 ? H_JOIN : H_RESIZE_HPT_PREPARE, NULL);
        break;
    case 4:
        play_nothing(exit);
        break;
    default:
        play_hcall(play, id, exit, H_RESIZE_HPT_COMMIT, (uint64_t[9]){0, order});
        play->cpus[id].committed = TRUE;
        break;
    }
}

/**
 * A vCPU that commits has all others out of the guest, whatever they do, while
 * the machine reboots and ends in between; and nobody waits for ever.
 */
static void test_hold_others(void)
{
    ResizeCount count = {0};
    World world;

    world_init(&world, FAKE_HV_POWER9, RESIZE_CPUS, play_resize, &count);
    world.config.mmu = MMU_HASH;
    world.config.hpt_order = 19;
    hv_fake_hold(world.host, TRUE);
    g_assert_cmpint(world_run(&world), ==, EXIT_STATUS_OK);
    g_assert_cmpuint(hv_fake_disturbed(world.host), ==, 0);
    g_assert_cmpuint(hv_fake_count(world.host, FAKE_VM_RESIZE_HTAB_COMMIT), >=,
                     RESIZE_BOOTS * RESIZE_COMMITS);
    g_assert_cmpuint(hv_fake_objects(world.host), ==, 0);
    g_assert_cmpuint(hv_fake_count(world.host, FAKE_VM_ALLOCATE_HTAB), ==, RESIZE_BOOTS);
    g_assert_nonnull(strstr(world.log, "hash page table: order "));
    hv_fake_hold(world.host, FALSE);
    world_clear(&world);
}

/* --- every failure of the hypervisor ---------------------------------------------------- */

static void play_everything(Play *play, unsigned id, unsigned step, HvExit *exit)
{
    static const uint64_t numbers[] = {H_SET_MODE, H_SIGNAL_SYS_RESET, H_JOIN, H_REGISTER_PROC_TBL};

    if (id) {
        play_idle(play, id, exit);
    } else if (step == 0) {
        play_rtas(play, id, exit, "start-cpu", 3, (uint32_t[]){1, 0x4000, 0}, 1);
    } else if (step == 1) {
        play_rtas(play, id, exit, "ibm,nmi-register", 2, (uint32_t[]){0x100, 0x200}, 1);
    } else if (step - 2 < G_N_ELEMENTS(numbers)) {
        static const uint64_t args[][9] = {{1, 4}, {UINT64_MAX}, {0}, {0x1c, 0x10000, 0, 4}};
        play_hcall(play, id, exit, numbers[step - 2], args[step - 2]);
    } else if (play_boots(play) == 1) {
        play_rtas(play, id, exit, "system-reboot", 0, NULL, 1);
    } else {
        play_rtas(play, id, exit, "power-off", 2, (uint32_t[]){0, 0}, 1);
    }
}

/** The @nth call of the hypervisor fails with @err; whether there were as many. */
static gboolean fail_at(FakeHvProfile profile, MmuChoice mmu, unsigned nth, int err)
{
    World world;
    FakeHvOp op = 0;

    world_init(&world, profile, 2, play_everything, NULL);
    world.config.mmu = mmu;
    hv_fake_fail_any(world.host, nth, err);
    hv_fake_hold(world.host, TRUE);
    int status = world_run(&world);
    gboolean failed = hv_fake_failed_any(world.host, &op);
    g_assert_cmpuint(hv_fake_objects(world.host), ==, 0);
    hv_fake_hold(world.host, FALSE);
    if (!failed) {
        g_assert_cmpint(status, ==, EXIT_STATUS_OK);
        world_clear(&world);
        return FALSE;
    }

    /* A failure ends the run with a message, or is one that a guest can live with. */
    if (status != EXIT_STATUS_OK) {
        g_assert_nonnull(strstr(world.log, "error: "));
        g_assert_cmpint(status, ==,
                        op == FAKE_VCPU_RUN     ? EXIT_STATUS_GUEST
                        : op == FAKE_VM_SET_SMT ? EXIT_STATUS_USAGE
                                                : EXIT_STATUS_HOST);
    } else {
        static const FakeHvOp bearable[] = {
            FAKE_VM_ENABLE_HCALL,  FAKE_VCPU_ENABLE_FWNMI, FAKE_VM_CONFIGURE_V3_MMU,
            FAKE_VM_ALLOCATE_HTAB, FAKE_VM_DEFINE_RTAS,    FAKE_IRQCHIP_NEW,
            FAKE_IRQCHIP_ATTR_SET, FAKE_IRQCHIP_ATTR_GET,  FAKE_IRQCHIP_MAP,
            FAKE_IRQ_LINE,         FAKE_VCPU_KICK,         FAKE_VCPU_UNKICK,
            FAKE_VCPU_INTERRUPT,   FAKE_VCPU_GET_REGS,     FAKE_VCPU_SET_REGS,
        };
        /* The controller's pages; another controller takes over, and the log says so. */
        gboolean found = op == FAKE_VM_MAP && strstr(world.log, "interrupts: no XIVE");

        for (unsigned i = 0; i < G_N_ELEMENTS(bearable); i++)
            found |= op == bearable[i];
        if (!found)
            g_error("a failure of %s went unnoticed", hv_fake_op_name(op));
    }
    world_clear(&world);
    return TRUE;
}

static void test_failures(void)
{
    static const struct {
        FakeHvProfile profile;
        MmuChoice mmu;
    } hosts[] = {
        {FAKE_HV_POWER8, MMU_AUTO},
        {FAKE_HV_POWER9, MMU_RADIX},
        {FAKE_HV_POWER9, MMU_HASH},
        {FAKE_HV_NESTED, MMU_AUTO},
    };
    static const int errors[] = {ENOMEM, EBUSY, EINVAL};

    for (unsigned i = 0; i < G_N_ELEMENTS(hosts); i++) {
        unsigned nth = 1;

        /* Threads make their calls in no fixed order; the number differs a little. */
        while (
            fail_at(hosts[i].profile, hosts[i].mmu, nth, errors[(nth + i) % G_N_ELEMENTS(errors)]))
            nth++;
        g_assert_cmpuint(nth, >, 40);
    }
}

/* --- direct boot ---------------------------------------------------------------------- */

static uint64_t tree_number(const void *tree, const char *path, const char *property)
{
    int length = 0;
    const void *value = fdt_getprop(tree, fdt_path_offset(tree, path), property, &length);

    g_assert_nonnull(value);
    g_assert_true(length == 4 || length == 8);
    return length == 4 ? fdt32_ld(value) : fdt64_ld(value);
}

/** Kernel, initrd, RTAS and tree are where the tree says, at each boot again. */
static void play_boot_data(Play *play, unsigned id, unsigned step, HvExit *exit)
{
    HvRegs regs;

    g_assert_cmpint(play->ops->vcpu_get_regs(play->cpus[id].hv, &regs), ==, 0);
    uint8_t *tree = play_memory(play, id, regs.gpr[3]);
    g_assert_cmpint(fdt_check_header(tree), ==, 0);
    uint64_t start = tree_number(tree, "/chosen", "linux,initrd-start");
    uint64_t end = tree_number(tree, "/chosen", "linux,initrd-end");
    uint64_t rtas = tree_number(tree, "/rtas", "linux,rtas-entry");

    g_assert_cmpuint(end - start, ==, 100000);
    for (unsigned i = 0; i < 100000; i++)
        g_assert_cmphex(play_memory(play, id, start)[i], ==, i * 11 % 251);
    g_assert_cmpmem(play_memory(play, id, rtas), 4, "\x7c\x64\x1b\x78", 4);
    for (unsigned i = 0; i < 0x1000; i++)
        g_assert_cmphex(play_memory(play, id, 0)[i], ==, elf_maker_byte(0x1000 + i));

    /* A guest may do what it likes with all of it. */
    memset(play_memory(play, id, start), 0xff, 100000);
    memset(play_memory(play, id, 0), 0xff, 0x2000);
    memset(tree, 0xff, fdt_totalsize(tree));
    if (play_boots(play) < 3)
        play_reboot(play, id, step, exit);
    else
        play_rtas(play, id, exit, "power-off", 2, (uint32_t[]){0, 0}, 1);
}

static void test_boot_data(void)
{
    g_autofree char *data = g_malloc(100000);
    World world;

    for (unsigned i = 0; i < 100000; i++)
        data[i] = (char)(i * 11 % 251);
    g_assert_true(g_file_set_contents("initrd", data, 100000, NULL));
    world_init(&world, FAKE_HV_POWER9, 1, play_boot_data, NULL);
    world.initrd = "initrd";
    g_assert_cmpint(world_run(&world), ==, EXIT_STATUS_OK);
    world_clear(&world);
    g_unlink("initrd");
}

/** An initrd that is cut while the guest runs: the reboot fails, with the file's name. */
static void play_cut_initrd(Play *play, unsigned id, unsigned step, HvExit *exit)
{
    g_assert_cmpuint(play_boots(play), ==, 1);
    g_assert_cmpint(truncate("initrd", 10), ==, 0);
    play_reboot(play, id, step, exit);
}

static void test_cut_initrd(void)
{
    World world;

    g_assert_true(g_file_set_contents("initrd", "0123456789abcdef", 16, NULL));
    world_init(&world, FAKE_HV_POWER9, 1, play_cut_initrd, NULL);
    world.initrd = "initrd";
    int status = world_run(&world);
    g_assert_true(status == EXIT_STATUS_HOST || status == EXIT_STATUS_USAGE);
    g_assert_nonnull(strstr(world.log, "cannot be restarted"));
    g_assert_nonnull(strstr(world.log, "initrd"));
    world_clear(&world);
    g_unlink("initrd");
}

/** What the user asked for and the host does not have. */
static void test_refusals(void)
{
    static const struct {
        unsigned cpus, threads;
        MmuChoice mmu;
        uint32_t max_vcpus, max_id;
        const char *words;
    } cases[] = {
        {4, 1, MMU_AUTO, 3, 0, "at most 3 vCPUs"},
        {8, 4, MMU_AUTO, 0, 7, "end at 6"},
        {1, 1, MMU_RADIX, 0, 0, "--mmu radix"},
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        World world;

        world_init(&world, cases[i].mmu == MMU_RADIX ? FAKE_HV_POWER8 : FAKE_HV_POWER9,
                   cases[i].cpus, play_must_not_run, NULL);
        world.config.threads = cases[i].threads;
        world.config.mmu = cases[i].mmu;
        hv_fake_caps(world.host)->max_vcpus = cases[i].max_vcpus;
        hv_fake_caps(world.host)->max_vcpu_id = cases[i].max_id ? cases[i].max_id : 16384;
        g_assert_cmpint(world_run(&world), ==, EXIT_STATUS_USAGE);
        g_assert_nonnull(strstr(world.log, cases[i].words));
        g_assert_cmpuint(count_lines(world.log), ==, 1);
        world_clear(&world);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_autofree char *dir = g_dir_make_tmp("paprika-vm-XXXXXX", NULL);
    g_assert_nonnull(dir);
    g_assert_cmpint(g_chdir(dir), ==, 0);
    g_assert_true(log_open(log_path, LOG_INFO, NULL));
    const ElfSpec spec = elf_maker_linux();
    g_autoptr(GByteArray) kernel = elf_maker_make(&spec);
    g_assert_true(
        g_file_set_contents(kernel_path, (const char *)kernel->data, (gssize)kernel->len, NULL));

    g_test_add_func("/vm/power_off", test_power_off);
    g_test_add_func("/vm/of", test_of);
    g_test_add_func("/vm/boot_choose", test_boot_choose);
    g_test_add_func("/vm/no_of", test_no_of);
    g_test_add_func("/vm/crash", test_crash);
    g_test_add_func("/vm/stop_all", test_stop_all);
    g_test_add_func("/vm/dump", test_dump);
    g_test_add_func("/vm/outside", test_outside);
    g_test_add_func("/vm/monitor", test_monitor);
    g_test_add_func("/vm/kept", test_kept);
    g_test_add_func("/vm/hostile", test_hostile);
    g_test_add_func("/vm/busy_loop", test_busy_loop);
    g_test_add_func("/vm/reboots", test_reboots);
    g_test_add_func("/vm/together", test_together);
    g_test_add_func("/vm/ends_at_once", test_ends_at_once);
    g_test_add_func("/vm/hotplug", test_hotplug);
    g_test_add_func("/vm/rival_starts", test_rival_starts);
    g_test_add_func("/vm/events", test_events);
    g_test_add_func("/vm/park", test_park);
    g_test_add_func("/vm/hold_others", test_hold_others);
    g_test_add_func("/vm/kick", test_kick);
    g_test_add_func("/vm/new_free", test_new_free);
    g_test_add_func("/vm/failures", test_failures);
    g_test_add_func("/vm/boot_data", test_boot_data);
    g_test_add_func("/vm/cut_initrd", test_cut_initrd);
    g_test_add_func("/vm/refusals", test_refusals);
    int status = g_test_run();

    g_unlink(log_path);
    g_unlink(kernel_path);
    g_chdir("/");
    g_rmdir(dir);
    return status;
}
