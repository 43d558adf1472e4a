/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/plug_world.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "firmware/boot_describe.h"
#include "src/vmm/vcpu.h"
#include "src/vmm/vm.h"
#include "tests/unit/fake_chardev.h"
#include "tests/unit/fake_hv.h"

/** The machine of this program that tells of events. */
static World *current;

static void on_request(Vm *vm, VmRequest request, const char *why) {}

static void on_event(Vm *vm, const char *event, const char *data)
{
    g_string_append_printf(current->events, "%s%s%s;", event, data ? " " : "", data ? data : "");
}

static const VmControl control = {
    .request = on_request,
    .event = on_event,
    .post_event = vcpu_post_event,
    .start_cpu = vcpu_start,
    .stop_self = vcpu_stop_self,
    .hold_others = vcpu_hold_others,
    .release_others = vcpu_release_others,
};

static void send_text(void *opaque, const char *text)
{
    g_string_append(((World *)opaque)->sent, text);
}

static int take_fd(void *opaque)
{
    World *world = opaque;
    int fd = world->fd;

    world->fd = -1;
    return fd;
}

static void nothing(void *opaque) {}

static const QmpOwner owner = {
    .send = send_text, .take_fd = take_fd, .broadcast = send_text, .ready = nothing};

/** @command is answered by what has @wanted in it; quotes are single ones. */
void say(World *world, const char *command, const char *arguments, const char *wanted)
{
    g_autoptr(GString) text = g_string_new(NULL);

    g_string_printf(text, "{'execute': '%s', 'arguments': {%s}}", command, arguments);
    g_string_replace(text, "'", "\"", 0);
    g_string_truncate(world->sent, 0);
    qmp_session_handle(world->session, text->str, text->len);
    g_string_replace(world->sent, "\"", "'", 0);
    if (!strstr(world->sent->str, wanted))
        g_error("%s: %s", text->str, world->sent->str);
}

static World *world_prepare(void)
{
    World *world = g_new0(World, 1);
    int fd = g_file_open_tmp("paprika-plug-XXXXXX", &world->file, NULL);

    g_assert_cmpint(ftruncate(fd, WORLD_DISK_SIZE), ==, 0);
    close(fd);
    world->fd = -1;
    world->sent = g_string_new(NULL);
    world->events = g_string_new(NULL);
    return current = world;
}

static World *world_begin(World *world, const QmpExtension *extension)
{
    g_autoptr(GError) error = NULL;
    const HvOps *ops;
    MachineDesc desc;

    world->config.memory = 256 * MIB;
    world->config.cpus = 1;
    world->config.threads = 1;
    world->config.sandbox = SANDBOX_ON;
    world->host = hv_fake_new(FAKE_HV_POWER9, &ops);
    world->vm = vm_new(&world->config, world->host, ops, fake_chardev_new(), &control, &error);
    g_assert_no_error(error);
    g_assert_true(vm_start(world->vm, &error));
    g_assert_true(vm_reset(world->vm, &error));
    g_assert_true(boot_describe(world->vm, &desc, &error));
    g_string_truncate(world->events, 0);
    world->session = qmp_session_new(world->vm, extension, &owner, world);
    say(world, "qmp_capabilities", "", OK);
    return world;
}

World *world_new(const VmConfig *config, const QmpExtension *extension)
{
    World *world = world_prepare();

    world->config = *config;
    return world_begin(world, extension);
}

World *world_new_plain(gboolean hotplug, gboolean with_disk)
{
    World *world = world_prepare();

    world->config.hotplug = hotplug;
    if (with_disk) {
        world->config.disks = g_new0(DiskConfig, 1);
        world->config.disks[0] = (DiskConfig){.path = world->file, .queues = 1};
        world->config.n_disks = 1;
    }
    world->own_disks = world->config.disks;
    return world_begin(world, NULL);
}

void world_free(World *world)
{
    qmp_session_free(world->session);
    vm_free(world->vm);
    unlink(world->file);
    g_free(world->file);
    g_free(world->own_disks);
    g_string_free(world->sent, TRUE);
    g_string_free(world->events, TRUE);
    g_free(world);
}
/** The guest's client hands over a descriptor, as @name. */
void pass(World *world, const char *name, int fd)
{
    g_autofree char *arguments = g_strdup_printf("'fdname': '%s'", name);

    g_assert_cmpint(fd, >=, 0);
    world->fd = fd;
    say(world, "getfd", arguments, OK);
}

void add_file(World *world, const char *node, const char *more, const char *wanted)
{
    g_autofree char *arguments = g_strdup_printf(
        "'driver': 'file', 'node-name': '%s', 'filename': '/x', 'fd': 'f'%s", node, more);

    pass(world, "f", open(world->file, O_RDWR | O_CLOEXEC));
    say(world, "blockdev-add", arguments, wanted);
}
