/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a machine starts with, and what becomes of it where that cannot be had. */
#include "src/vmm/vm.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <glib/gstdio.h>
#include <libfdt.h>

#include "firmware/kernel_image.h"
#include "include/paprika/papr.h"
#include "src/base/error.h"
#include "src/vmm/commands.h"
#include "tests/unit/elf_maker.h"
#include "tests/unit/fake_hv_private.h"
#include "tests/unit/vm_world.h"

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

static void add_tests(void)
{
    g_test_add_func("/vm-start/failures", test_failures);
    g_test_add_func("/vm-start/boot_data", test_boot_data);
    g_test_add_func("/vm-start/cut_initrd", test_cut_initrd);
    g_test_add_func("/vm-start/refusals", test_refusals);
}

int main(int argc, char **argv) { return world_tests(argc, argv, add_tests); }
