/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The ends of a machine, and its boots before them. */
#include "src/vmm/vm.h"

#include <string.h>
#include <unistd.h>

#include <glib/gstdio.h>
#include <libfdt.h>

#include "firmware/boot_choose.h"
#include "include/paprika/papr.h"
#include "src/base/endian.h"
#include "src/base/error.h"
#include "src/vmm/commands.h"
#include "tests/unit/fake_hv_private.h"
#include "tests/unit/vm_world.h"

/* --- the ends that there are -------------------------------------------------- */

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

static void add_tests(void)
{
    g_test_add_func("/vm/power_off", test_power_off);
    g_test_add_func("/vm/of", test_of);
    g_test_add_func("/vm/boot_choose", test_boot_choose);
    g_test_add_func("/vm/no_of", test_no_of);
    g_test_add_func("/vm/crash", test_crash);
    g_test_add_func("/vm/stop_all", test_stop_all);
    g_test_add_func("/vm/dump", test_dump);
    g_test_add_func("/vm/reboots", test_reboots);
    g_test_add_func("/vm/together", test_together);
    g_test_add_func("/vm/ends_at_once", test_ends_at_once);
}

int main(int argc, char **argv) { return world_tests(argc, argv, add_tests); }
