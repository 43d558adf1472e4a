/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/vm_world.h"

#include <unistd.h>

#include <glib/gstdio.h>

#include "firmware/kernel_image.h"
#include "include/paprika/papr.h"
#include "tests/unit/elf_maker.h"

static const char *const log_path = "vm.log";
static const char *const kernel_path = "vmlinux";

void world_init(World *world, FakeHvProfile profile, unsigned cpus, PlayFn fn, void *data)
{
    *world = (World){.config = {.cpus = cpus, .threads = 1, .memory = 128 * MIB}};
    world->host = hv_fake_new(profile, &world->ops);
    world->console = fake_chardev_new();
    play_init(&world->play, world->host, world->ops, cpus, fn, data);
}

int world_run(World *world)
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

void world_clear(World *world) { g_free(world->log); }

unsigned count_lines(const char *text)
{
    unsigned lines = 0;

    for (; *text; text++)
        lines += *text == '\n';
    return lines;
}

int world_tests(int argc, char **argv, void (*add)(void))
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

    add();
    int status = g_test_run();

    g_unlink(log_path);
    g_unlink(kernel_path);
    g_chdir("/");
    g_rmdir(dir);
    return status;
}

void play_power_off(Play *play, unsigned id, unsigned step, HvExit *exit)
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

void play_reboot(Play *play, unsigned id, unsigned step, HvExit *exit)
{
    play_rtas(play, id, exit, "system-reboot", 0, NULL, 1);
}

void play_must_not_run(Play *play, unsigned id, unsigned step, HvExit *exit)
{
    g_assert_not_reached();
}
