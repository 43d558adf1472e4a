/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Devices on PCI that come and go, as a monitor's client asks for them: a whole machine on the fake
 * hypervisor, with a guest that takes and gives. */
#include "src/vmm/plug_cards.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "firmware/boot_describe.h"
#include "hw/spapr/events.h"
#include "hw/spapr/hotplug.h"
#include "hw/spapr/pci/pci_host.h"
#include "hw/spapr/platform.h"
#include "hw/spapr/rtas/rtas.h"
#include "src/base/endian.h"
#include "src/base/guest_mem.h"
#include "src/base/log.h"
#include "src/base/mmio_bus.h"
#include "src/vmm/qmp.h"
#include "src/vmm/vcpu.h"
#include "src/vmm/vm.h"
#include "tests/unit/fake_chardev.h"
#include "tests/unit/fake_hv.h"
#include "tests/unit/rtas_caller.h"
#include "tests/unit/settle.h"

enum {
    LOG = 0x8000,
    WORK = 0x9000,
    LOG_RESOURCE = 104,
    LOG_ID_TYPE = 106,
    LOG_ID = 108,
    SIZE = 1 << 20,
    SLOT = 0x40000008,
};

typedef struct {
    VmConfig config;
    DiskConfig disk;
    HvHost *host;
    Vm *vm;
    QmpSession *session;
    GString *sent;
    /** What take_fd() gives next. */
    int fd;
    char *file;
} World;

static GString *events;

static void on_request(Vm *vm, VmRequest request, const char *why) {}

static void on_event(Vm *vm, const char *event, const char *data)
{
    g_string_append_printf(events, "%s%s%s;", event, data ? " " : "", data ? data : "");
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
static void say(World *world, const char *command, const char *arguments, const char *wanted)
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

#define OK "'return': {}"

static World *world_new(gboolean hotplug, gboolean with_disk)
{
    World *world = g_new0(World, 1);
    g_autoptr(GError) error = NULL;
    const HvOps *ops;
    MachineDesc desc;
    int fd = g_file_open_tmp("paprika-plug-XXXXXX", &world->file, NULL);

    g_assert_cmpint(ftruncate(fd, SIZE), ==, 0);
    close(fd);
    world->fd = -1;
    world->disk = (DiskConfig){.path = world->file, .queues = 1};
    world->config = (VmConfig){
        .memory = 256 * MIB,
        .cpus = 1,
        .threads = 1,
        .hotplug = hotplug,
        .disks = &world->disk,
        .n_disks = with_disk,
        .sandbox = SANDBOX_ON,
    };
    world->host = hv_fake_new(FAKE_HV_POWER9, &ops);
    world->vm = vm_new(&world->config, world->host, ops, fake_chardev_new(), &control, &error);
    g_assert_no_error(error);
    g_assert_true(vm_start(world->vm, &error));
    g_assert_true(vm_reset(world->vm, &error));
    g_assert_true(boot_describe(world->vm, &desc, &error));
    g_string_truncate(events, 0);
    world->sent = g_string_new(NULL);
    world->session = qmp_session_new(world->vm, NULL, &owner, world);
    say(world, "qmp_capabilities", "", OK);
    return world;
}

static void world_free(World *world)
{
    qmp_session_free(world->session);
    vm_free(world->vm);
    unlink(world->file);
    g_free(world->file);
    g_string_free(world->sent, TRUE);
    g_free(world);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(World, world_free)

static uint32_t word(World *world, GuestAddr at)
{
    uint32_t value;

    g_assert_true(guest_mem_load_be32(world->vm->mem, at, &value));
    return value;
}

static RtasStatus rtas(World *world, const char *name, unsigned nargs, const uint32_t *args,
                       uint32_t *result)
{
    uint32_t rets[2] = {0};
    RtasStatus status =
        rtas_caller_call(world->vm, rtas_token(name), nargs, args, result ? 2 : 1, rets);

    if (result)
        *result = rets[1];
    return status;
}

static RtasStatus isolate(World *world, uint32_t index, uint32_t state)
{
    return rtas(world, "set-indicator", 3, (uint32_t[]){9001, index, state}, NULL);
}

static uint32_t sense(World *world, uint32_t index)
{
    uint32_t state = 99;

    g_assert_cmpint(rtas(world, "get-sensor-state", 2, (uint32_t[]){9003, index}, &state), ==,
                    RTAS_SUCCESS);
    return state;
}

static void expect_event(World *world, uint8_t action, uint32_t index)
{
    const uint32_t args[] = {0x500, 0x1001, EVENT_CLASS_HOTPLUG, 0, LOG, 2048};

    g_assert_cmpint(rtas(world, "check-exception", 6, args, NULL), ==, RTAS_SUCCESS);
    const uint8_t *log = guest_mem_ptr(world->vm->mem, LOG, sizeof(EventLog));
    g_assert_cmpuint(log[LOG_RESOURCE], ==, EVENT_RESOURCE_PCI);
    g_assert_cmpuint(log[LOG_RESOURCE + 1], ==, action);
    g_assert_cmpuint(log[LOG_ID_TYPE], ==, 2);
    g_assert_cmphex(word(world, LOG + LOG_ID), ==, index);
}

/** The guest's client hands over a descriptor, as @name. */
static void pass(World *world, const char *name, int fd)
{
    g_autofree char *arguments = g_strdup_printf("'fdname': '%s'", name);

    g_assert_cmpint(fd, >=, 0);
    world->fd = fd;
    say(world, "getfd", arguments, OK);
}

static void add_file(World *world, const char *node, const char *more, const char *wanted)
{
    g_autofree char *arguments = g_strdup_printf(
        "'driver': 'file', 'node-name': '%s', 'filename': '/x', 'fd': 'f'%s", node, more);

    pass(world, "f", open(world->file, O_RDWR | O_CLOEXEC));
    say(world, "blockdev-add", arguments, wanted);
}

static uint32_t config_word(World *world, unsigned slot, RtasStatus wanted)
{
    uint32_t value = 0;

    g_assert_cmpint(rtas(world, "ibm,read-pci-config", 4,
                         (uint32_t[]){slot << 11, 0x8000000, 0x20000000, 4}, &value),
                    ==, wanted);
    return value;
}

/* --- a disk ------------------------------------------------------------------------------ */

/** What the node of @index is told of, step by step. */
static unsigned configure(World *world, uint32_t index)
{
    unsigned properties = 0;

    guest_mem_store_be32(world->vm->mem, WORK, index);
    for (unsigned i = 0; i < 64; i++) {
        RtasStatus status = rtas(world, "ibm,configure-connector", 2, (uint32_t[]){WORK, 0}, NULL);
        const char *name = guest_mem_ptr(world->vm->mem, WORK + 20, 64);

        if (status == 0)
            return properties;
        g_assert_true(status == 2 || status == 3);
        if (status == 2)
            g_assert_cmpstr(name, ==, "scsi@1");
        properties += status == 3;
        if (status == 3 && !strcmp(name, "ibm,my-drc-index"))
            g_assert_cmphex(word(world, WORK + word(world, WORK + 16)), ==, index);
    }
    g_assert_not_reached();
}

static void test_disk(void)
{
    g_autoptr(World) world = world_new(TRUE, FALSE);
    unsigned fds = 0;

    g_assert_cmpuint(sense(world, SLOT), ==, DRC_SENSE_EMPTY);
    g_assert_cmpint(isolate(world, SLOT, 1), ==, RTAS_NO_SUCH_INDICATOR);
    config_word(world, 1, RTAS_HW_ERROR);
    for (unsigned i = 0; i < 3; i++) {
        add_file(world, "n", ", 'read-only': false, 'auto-read-only': true, 'discard': 'unmap'",
                 OK);
        say(world, "blockdev-add", "'driver': 'raw', 'node-name': 'r', 'file': 'n'", OK);
        say(world, "device_add",
            "'driver': 'virtio-blk-pci', 'drive': 'r', 'id': 'd', 'bus': 'pci.0', 'addr': '0x1', "
            "'serial': 's', 'write-cache': 'on'",
            OK);
        expect_event(world, 1, SLOT);
        g_assert_cmpuint(sense(world, SLOT), ==, DRC_SENSE_PRESENT);
        g_assert_cmpint(isolate(world, SLOT, 1), ==, RTAS_SUCCESS);
        g_assert_cmpuint(configure(world, SLOT), ==, 15);
        g_assert_cmphex(config_word(world, 1, RTAS_SUCCESS), ==, 0x10421af4);
        say(world, "query-block", "", "'qdev': '/machine/peripheral/d/virtio-backend'");
        say(world, "query-block", "", "'virtual-size': 1048576");
        say(world, "query-blockstats", "", "'node-name': 'r', 'stats': {'rd_operations': 0");
        say(world, "qom-list", "'path': '/machine/peripheral'", "'name': 'd', 'type': 'child<virt");
        /* Interrupts, which are given back. */
        uint32_t granted = 0;
        g_assert_cmpint(rtas(world, "ibm,change-msi", 6,
                             (uint32_t[]){1 << 11, 0x8000000, 0x20000000, 4, 2, 0}, &granted),
                        ==, RTAS_SUCCESS);
        g_assert_cmpuint(granted, ==, 2);

        say(world, "block_resize", "'node-name': 'r', 'size': 512", "does not shrink");
        say(world, "block_resize", "'node-name': 'r', 'size': 2097153", "no whole number");
        say(world, "block_resize", "'node-name': 'n', 'size': 2097152", OK);
        say(world, "query-block", "", "'virtual-size': 2097152");
        say(world, "block_resize", "'device': 'd', 'size': 2097152", OK);
        say(world, "block_resize", "'device': 'e', 'size': 2097152", "no such disk");
        say(world, "block_resize", "'size': 2097152", "either device or node-name");

        say(world, "blockdev-del", "'node-name': 'r'", "in use");
        say(world, "blockdev-del", "'node-name': 'n'", "in use");
        say(world, "device_del", "'id': 'd'", OK);
        expect_event(world, 2, SLOT);
        settle();
        g_assert_cmpstr(events->str, ==, "");
        g_assert_cmpint(isolate(world, SLOT, 0), ==, RTAS_SUCCESS);
        settle();
        g_assert_cmpstr(events->str, ==,
                        "DEVICE_DELETED {\"device\": \"d\", \"path\": \"/machine/peripheral/d\"};");
        g_string_truncate(events, 0);
        g_assert_cmpuint(sense(world, SLOT), ==, DRC_SENSE_EMPTY);
        config_word(world, 1, RTAS_HW_ERROR);
        for (unsigned msi = 0; msi < IRQ_MSIS; msi++)
            g_assert_cmpuint(world->vm->pci->msi_owner[msi], ==, 0);
        say(world, "blockdev-del", "'node-name': 'r'", OK);
        say(world, "blockdev-del", "'node-name': 'n'", OK);
        say(world, "query-block", "", "'return': []");
        /* Nothing is left open. */
        int next = open("/dev/null", O_RDONLY);
        g_assert_true(fds == 0 || (int)fds == next);
        fds = (unsigned)next;
        close(next);
        g_assert_cmpint(truncate(world->file, SIZE), ==, 0);
    }
}

static void test_refused(void)
{
    g_autoptr(World) world = world_new(TRUE, FALSE);

    say(world, "blockdev-add", "'driver': 'file', 'node-name': 'n', 'filename': '/x'",
        "the sandbox lets no file be opened");
    say(world, "blockdev-add", "'driver': 'file', 'node-name': 'n'", "'filename' is missing");
    say(world, "blockdev-add", "'driver': 'file', 'node-name': 'n', 'fd': 'f'", "'f' not found");
    say(world, "blockdev-add", "'driver': 'qcow2', 'node-name': 'n', 'file': 'f'",
        "no other format");
    say(world, "blockdev-add", "'driver': 'file', 'node-name': 'n', 'x': 1", "'x' not found");
    say(world, "blockdev-add", "'driver': 'raw', 'node-name': 'n'", "name of a node");
    say(world, "blockdev-add", "'driver': 'raw', 'node-name': 'n', 'file': 'f'", "Cannot find");
    add_file(world, "n", ", 'cache': {'no-flush': true}", "never left out");
    add_file(world, "n", ", 'discard': 'ignore'", "must be unmap");
    add_file(world, "", "", "Invalid node-name");
    pass(world, "f", open("/dev/null", O_RDWR));
    say(world, "blockdev-add", "'driver': 'file', 'node-name': 'n', 'fd': 'f'", "neither a file");
    pass(world, "f", open(world->file, O_RDONLY));
    say(world, "blockdev-add", "'driver': 'file', 'node-name': 'n', 'fd': 'f'",
        "was not opened for reading and writing");
    pass(world, "f", open(world->file, O_WRONLY));
    say(world, "blockdev-add", "'driver': 'file', 'node-name': 'n', 'fd': 'f', 'read-only': true",
        "opened for reading");
    add_file(world, "n", "", OK);
    add_file(world, "n", "", "in use");
    say(world, "blockdev-add", "'driver': 'raw', 'node-name': 'n', 'file': 'n'", "Duplicate");
    say(world, "blockdev-del", "'node-name': 'm'", "Cannot find");

    say(world, "device_add", "'driver': 'virtio-blk-pci'", "drive is missing");
    say(world, "device_add", "'driver': 'virtio-blk-pci', 'drive': 'm'", "Cannot find");
    say(world, "device_add", "'driver': 'virtio-blk-pci', 'drive': 'n', 'addr': 32", "0 to 31");
    say(world, "device_add", "'driver': 'virtio-blk-pci', 'drive': 'n', 'bus': 'pci.1'",
        "'pci.1' not found");
    say(world, "device_add", "'driver': 'virtio-blk-pci', 'drive': 'n', 'bus': 'usb'", "pci.0");
    say(world, "device_add", "'driver': 'virtio-blk-pci', 'drive': 'n', 'num-queues': 99",
        "from 1 to 16");
    say(world, "device_add", "'driver': 'virtio-blk-pci', 'drive': 'n', 'write-cache': 'off'",
        "cannot be off");
    say(world, "device_add", "'driver': 'virtio-blk-pci', 'drive': 'n', 'werror': 'stop'",
        "both be stop");
    say(world, "device_add", "'driver': 'virtio-blk-pci', 'drive': 'n', 'id': '1'", "begins with");
    say(world, "device_add",
        "'driver': 'virtio-blk-pci', 'drive': 'n', 'serial': '123456789012345678901'",
        "up to 20 bytes");
    say(world, "device_add", "'driver': 'virtio-blk-pci', 'drive': 'n', 'x': 1", "'x' not found");
    say(world, "device_add", "'driver': 'e1000'", "not a valid device model");
    say(world, "netdev_add", "'type': 'user', 'id': 'n'", "is a tap");
    say(world, "netdev_add", "'type': 'tap', 'id': 'n', 'fd': 'f'", "'f' not found");
    pass(world, "f", open("/dev/null", O_RDWR));
    say(world, "netdev_add", "'type': 'tap', 'id': 'n', 'fd': 'f'", "no tap");
    say(world, "netdev_del", "'id': 'n'", "no network back end");
    say(world, "device_add", "'driver': 'virtio-net-pci', 'netdev': 'n'", "no network back end");
    say(world, "device_add", "'driver': 'virtio-net-pci', 'netdev': 'n', 'mac': '1'", "mac must");
    say(world, "device_add", "'driver': 'virtio-net-pci'", "netdev is missing");
    say(world, "qom-list", "'path': '/machine'", "DeviceNotFound");

    /* One node is one device's. */
    say(world, "device_add", "'driver': 'virtio-blk-pci', 'drive': 'n'", OK);
    say(world, "device_add", "'driver': 'virtio-blk-pci', 'drive': 'n'", "in use already");
    say(world, "device_add", "'driver': 'virtio-rng-pci', 'id': 'disk0'", "Duplicate");
    say(world, "device_add", "'driver': 'virtio-rng-pci', 'addr': 1", "no such slot is free");
    /* All but the first slot, which is taken by name only. */
    for (unsigned i = 0; i < 30; i++)
        say(world, "device_add", "'driver': 'virtio-rng-pci'", OK);
    say(world, "device_add", "'driver': 'virtio-rng-pci'", "no such slot is free");
    say(world, "device_add", "'driver': 'virtio-rng-pci', 'addr': '0x0'", OK);
}

/** Slots of a machine that was started without --hotplug are as they are. */
static void test_fixed(void)
{
    g_autoptr(World) world = world_new(FALSE, TRUE);
    uint32_t state;

    say(world, "blockdev-add", "'driver': 'file', 'node-name': 'n', 'filename': '/x'",
        "without --hotplug");
    say(world, "netdev_add", "'type': 'tap', 'id': 'n', 'fd': 'f'", "without --hotplug");
    say(world, "device_add", "'driver': 'virtio-rng-pci'", "without --hotplug");
    say(world, "device_del", "'id': 'disk0'", "without --hotplug");
    say(world, "query-block", "", "'node-name': 'disk0'");
    say(world, "block_resize", "'device': 'disk0', 'size': 2097152", OK);
    g_assert_cmpint(rtas(world, "get-sensor-state", 2, (uint32_t[]){9003, SLOT}, &state), ==,
                    RTAS_NO_SUCH_INDICATOR);
}

/* --- what the guest makes of it -------------------------------------------------------- */

static void plug_rng(World *world)
{
    say(world, "device_add", "'driver': 'virtio-rng-pci', 'id': 'r', 'addr': 1", OK);
    expect_event(world, 1, SLOT);
    g_assert_cmpint(isolate(world, SLOT, 1), ==, RTAS_SUCCESS);
}

static void test_kept(void)
{
    g_autoptr(World) world = world_new(TRUE, FALSE);

    plug_rng(world);
    say(world, "device_del", "'id': '/machine/peripheral/r'", OK);
    expect_event(world, 2, SLOT);
    say(world, "device_del", "'id': 'r'", "in the process of unplug");
    /* The guest says that it keeps it. */
    g_assert_cmpint(isolate(world, SLOT, 1), ==, RTAS_SUCCESS);
    settle();
    g_assert_nonnull(strstr(events->str, "DEVICE_UNPLUG_GUEST_ERROR {\"device\": \"r\""));
    g_string_truncate(events, 0);
    /* It gives it up when it was not asked: that is no reason to take it. */
    g_assert_cmpint(isolate(world, SLOT, 0), ==, RTAS_SUCCESS);
    settle();
    g_assert_cmpstr(events->str, ==, "");
    g_assert_cmpuint(sense(world, SLOT), ==, DRC_SENSE_PRESENT);
    /* Asked again, it is given up already. */
    say(world, "device_del", "'id': 'r'", OK);
    settle();
    g_assert_nonnull(strstr(events->str, "DEVICE_DELETED {\"device\": \"r\""));
}

static void test_reset(void)
{
    g_autoptr(World) world = world_new(TRUE, TRUE);
    g_autoptr(GError) error = NULL;

    /* What is plugged stays over a reset, and is the guest's from the start. */
    say(world, "device_add", "'driver': 'virtio-rng-pci', 'id': 'r', 'addr': 2", OK);
    g_assert_true(vm_reset(world->vm, &error));
    g_assert_cmphex(config_word(world, 2, RTAS_SUCCESS), ==, 0x10441af4);
    g_assert_cmpuint(sense(world, SLOT + 8), ==, DRC_SENSE_PRESENT);
    /* What was asked for goes with it: also what the machine was started with. */
    say(world, "device_del", "'id': 'r'", OK);
    say(world, "device_del", "'id': 'disk0'", OK);
    g_assert_true(vm_reset(world->vm, &error));
    g_assert_nonnull(strstr(events->str, "DEVICE_DELETED {\"device\": \"r\""));
    g_assert_nonnull(strstr(events->str, "DEVICE_DELETED {\"device\": \"disk0\""));
    config_word(world, 2, RTAS_HW_ERROR);
    say(world, "query-block", "", "'return': []");
    /* Its file is free again. */
    add_file(world, "disk0", "", OK);
}

static void test_stays(void)
{
    g_autoptr(World) world = world_new(TRUE, FALSE);

    say(world, "device_del", "'id': 'x'", "DeviceNotFound");
    plug_rng(world);
    /* A guest that takes no such events: it finds what is plugged when it starts. */
    world->vm->platform->terms.hotplug_events = FALSE;
    say(world, "device_del", "'id': 'r'", "takes no hotplug events");
    say(world, "device_add", "'driver': 'virtio-rng-pci', 'id': 's'", OK);
    g_assert_cmpuint(sense(world, SLOT + 8), ==, DRC_SENSE_PRESENT);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    log_open(NULL, LOG_ERROR, NULL);
    events = g_string_new(NULL);
    g_test_add_func("/plug-cards/disk", test_disk);
    g_test_add_func("/plug-cards/refused", test_refused);
    g_test_add_func("/plug-cards/fixed", test_fixed);
    g_test_add_func("/plug-cards/kept", test_kept);
    g_test_add_func("/plug-cards/reset", test_reset);
    g_test_add_func("/plug-cards/stays", test_stays);
    return g_test_run();
}
