/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Devices on PCI that come and go, as a monitor's client asks for them. */
#include "src/vmm/plug_cards.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "hw/spapr/hotplug.h"
#include "hw/spapr/pci/pci_host.h"
#include "hw/spapr/platform.h"
#include "src/base/guest_mem.h"
#include "src/base/log.h"
#include "src/vmm/vm.h"
#include "tests/unit/drc_guest.h"
#include "tests/unit/plug_world.h"
#include "tests/unit/settle.h"

enum { WORK = 0x9000 };

static uint32_t config_word(World *world, unsigned slot, RtasStatus wanted)
{
    uint32_t value = 0;

    g_assert_cmpint(guest_rtas(world->vm, "ibm,read-pci-config", 4,
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
        RtasStatus status =
            guest_rtas(world->vm, "ibm,configure-connector", 2, (uint32_t[]){WORK, 0}, NULL);
        const char *name = guest_mem_ptr(world->vm->mem, WORK + 20, 64);

        if (status == 0)
            return properties;
        g_assert_true(status == 2 || status == 3);
        if (status == 2)
            g_assert_cmpstr(name, ==, "scsi@1");
        properties += status == 3;
        if (status == 3 && !strcmp(name, "ibm,my-drc-index"))
            g_assert_cmphex(guest_word(world->vm, WORK + guest_word(world->vm, WORK + 16)), ==,
                            index);
    }
    g_assert_not_reached();
}

static void test_disk(void)
{
    g_autoptr(World) world = world_new_plain(TRUE, FALSE);
    unsigned fds = 0;

    g_assert_cmpuint(guest_sense(world->vm, WORLD_SLOT), ==, DRC_SENSE_EMPTY);
    g_assert_cmpint(guest_indicator(world->vm, 9001, WORLD_SLOT, 1), ==, RTAS_NO_SUCH_INDICATOR);
    config_word(world, 1, RTAS_HW_ERROR);
    for (unsigned i = 0; i < 3; i++) {
        add_file(world, "n", ", 'read-only': false, 'auto-read-only': true, 'discard': 'unmap'",
                 OK);
        say(world, "blockdev-add", "'driver': 'raw', 'node-name': 'r', 'file': 'n'", OK);
        say(world, "device_add",
            "'driver': 'virtio-blk-pci', 'drive': 'r', 'id': 'd', 'bus': 'pci.0', 'addr': '0x1', "
            "'serial': 's', 'write-cache': 'on'",
            OK);
        guest_event(world->vm, EVENT_RESOURCE_PCI, 1, 0, WORLD_SLOT);
        g_assert_cmpuint(guest_sense(world->vm, WORLD_SLOT), ==, DRC_SENSE_PRESENT);
        g_assert_cmpint(guest_indicator(world->vm, 9001, WORLD_SLOT, 1), ==, RTAS_SUCCESS);
        g_assert_cmpuint(configure(world, WORLD_SLOT), ==, 15);
        g_assert_cmphex(config_word(world, 1, RTAS_SUCCESS), ==, 0x10421af4);
        say(world, "query-block", "", "'qdev': '/machine/peripheral/d/virtio-backend'");
        say(world, "query-block", "", "'virtual-size': 1048576");
        say(world, "query-blockstats", "", "'node-name': 'r', 'stats': {'rd_operations': 0");
        say(world, "qom-list", "'path': '/machine/peripheral'", "'name': 'd', 'type': 'child<virt");
        /* Interrupts, which are given back. */
        uint32_t granted = 0;
        g_assert_cmpint(guest_rtas(world->vm, "ibm,change-msi", 6,
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
        guest_event(world->vm, EVENT_RESOURCE_PCI, 2, 0, WORLD_SLOT);
        settle();
        g_assert_cmpstr(world->events->str, ==, "");
        g_assert_cmpint(guest_indicator(world->vm, 9001, WORLD_SLOT, 0), ==, RTAS_SUCCESS);
        settle();
        g_assert_cmpstr(world->events->str, ==,
                        "DEVICE_DELETED {\"device\": \"d\", \"path\": \"/machine/peripheral/d\"};");
        g_string_truncate(world->events, 0);
        g_assert_cmpuint(guest_sense(world->vm, WORLD_SLOT), ==, DRC_SENSE_EMPTY);
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
        g_assert_cmpint(truncate(world->file, WORLD_DISK_SIZE), ==, 0);
    }
}

static void test_refused(void)
{
    g_autoptr(World) world = world_new_plain(TRUE, FALSE);

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
    add_file(world, "m", "", "in use");
    add_file(world, "n", "", "Duplicate");
    say(world, "closefd", "'fdname': 'f'", OK);
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
    g_autoptr(World) world = world_new_plain(FALSE, TRUE);
    uint32_t state;

    say(world, "blockdev-add", "'driver': 'file', 'node-name': 'n', 'filename': '/x'",
        "without --hotplug");
    say(world, "netdev_add", "'type': 'tap', 'id': 'n', 'fd': 'f'", "without --hotplug");
    say(world, "device_add", "'driver': 'virtio-rng-pci'", "without --hotplug");
    say(world, "device_del", "'id': 'disk0'", "without --hotplug");
    say(world, "query-block", "", "'node-name': 'disk0'");
    say(world, "block_resize", "'device': 'disk0', 'size': 2097152", OK);
    g_assert_cmpint(
        guest_rtas(world->vm, "get-sensor-state", 2, (uint32_t[]){9003, WORLD_SLOT}, &state), ==,
        RTAS_NO_SUCH_INDICATOR);
}

/* --- what the guest makes of it -------------------------------------------------------- */

static void plug_rng(World *world)
{
    say(world, "device_add", "'driver': 'virtio-rng-pci', 'id': 'r', 'addr': 1", OK);
    guest_event(world->vm, EVENT_RESOURCE_PCI, 1, 0, WORLD_SLOT);
    g_assert_cmpint(guest_indicator(world->vm, 9001, WORLD_SLOT, 1), ==, RTAS_SUCCESS);
}

static void test_kept(void)
{
    g_autoptr(World) world = world_new_plain(TRUE, FALSE);

    plug_rng(world);
    say(world, "device_del", "'id': '/machine/peripheral/r'", OK);
    guest_event(world->vm, EVENT_RESOURCE_PCI, 2, 0, WORLD_SLOT);
    say(world, "device_del", "'id': 'r'", "in the process of unplug");
    /* The guest says that it keeps it. */
    g_assert_cmpint(guest_indicator(world->vm, 9001, WORLD_SLOT, 1), ==, RTAS_SUCCESS);
    settle();
    g_assert_nonnull(strstr(world->events->str, "DEVICE_UNPLUG_GUEST_ERROR {\"device\": \"r\""));
    g_string_truncate(world->events, 0);
    /* It gives it up when it was not asked: that is no reason to take it. */
    g_assert_cmpint(guest_indicator(world->vm, 9001, WORLD_SLOT, 0), ==, RTAS_SUCCESS);
    settle();
    g_assert_cmpstr(world->events->str, ==, "");
    g_assert_cmpuint(guest_sense(world->vm, WORLD_SLOT), ==, DRC_SENSE_PRESENT);
    /* Asked again, it is given up already. */
    say(world, "device_del", "'id': 'r'", OK);
    settle();
    g_assert_nonnull(strstr(world->events->str, "DEVICE_DELETED {\"device\": \"r\""));
}

static void test_reset(void)
{
    g_autoptr(World) world = world_new_plain(TRUE, TRUE);
    g_autoptr(GError) error = NULL;

    /* What is plugged stays over a reset, and is the guest's from the start. */
    say(world, "device_add", "'driver': 'virtio-rng-pci', 'id': 'r', 'addr': 2", OK);
    g_assert_true(vm_reset(world->vm, &error));
    g_assert_cmphex(config_word(world, 2, RTAS_SUCCESS), ==, 0x10441af4);
    g_assert_cmpuint(guest_sense(world->vm, WORLD_SLOT + 8), ==, DRC_SENSE_PRESENT);
    /* What was asked for goes with it: also what the machine was started with. */
    say(world, "device_del", "'id': 'r'", OK);
    say(world, "device_del", "'id': 'disk0'", OK);
    g_assert_true(vm_reset(world->vm, &error));
    g_assert_nonnull(strstr(world->events->str, "DEVICE_DELETED {\"device\": \"r\""));
    g_assert_nonnull(strstr(world->events->str, "DEVICE_DELETED {\"device\": \"disk0\""));
    config_word(world, 2, RTAS_HW_ERROR);
    say(world, "query-block", "", "'return': []");
    /* Its file is free again. */
    add_file(world, "disk0", "", OK);
}

static void test_stays(void)
{
    g_autoptr(World) world = world_new_plain(TRUE, FALSE);

    say(world, "device_del", "'id': 'x'", "DeviceNotFound");
    plug_rng(world);
    /* A guest that takes no such events: it finds what is plugged when it starts. */
    world->vm->platform->terms.hotplug_events = FALSE;
    say(world, "device_del", "'id': 'r'", "takes no hotplug events");
    say(world, "device_add", "'driver': 'virtio-rng-pci', 'id': 's'", OK);
    g_assert_cmpuint(guest_sense(world->vm, WORLD_SLOT + 8), ==, DRC_SENSE_PRESENT);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    log_open(NULL, LOG_ERROR, NULL);
    g_test_add_func("/plug-cards/disk", test_disk);
    g_test_add_func("/plug-cards/refused", test_refused);
    g_test_add_func("/plug-cards/fixed", test_fixed);
    g_test_add_func("/plug-cards/kept", test_kept);
    g_test_add_func("/plug-cards/reset", test_reset);
    g_test_add_func("/plug-cards/stays", test_stays);
    return g_test_run();
}
