/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What libvirt says to plug devices (tests/data/libvirt/devices.json), and what is refused of it.
 */
#include "src/compat/compat_opener.h"
#include "src/compat/compat_qmp.h"

#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "src/base/log.h"
#include "src/net/tap.h"
#include "src/vmm/plug_cards.h"
#include "src/vmm/vm.h"
#include "tests/unit/drc_guest.h"
#include "tests/unit/plug_world.h"
#include "tests/unit/settle.h"

typedef struct {
    char *folder, *boot, *more;
    CompatConfig *compat;
    QmpExtension extension;
    World *world;
} Domain;

static char *make_image(const char *folder, const char *name)
{
    char *path = g_build_filename(folder, name, NULL);
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

    g_assert_cmpint(ftruncate(fd, WORLD_DISK_SIZE), ==, 0);
    close(fd);
    return path;
}

static Domain *domain_new(void)
{
    Domain *domain = g_new0(Domain, 1);
    g_autoptr(GError) error = NULL;

    domain->folder = g_dir_make_tmp("paprika-libvirt-XXXXXX", NULL);
    domain->boot = make_image(domain->folder, "boot.raw");
    domain->more = make_image(domain->folder, "d3.raw");
    g_autofree char *node =
        g_strdup_printf("{\"driver\": \"file\", \"filename\": \"%s\", \"node-name\": "
                        "\"libvirt-1-storage\", \"auto-read-only\": true}",
                        domain->boot);
    const char *const args[] = {
        "-machine",
        "pseries",
        "-accel",
        "kvm",
        "-kernel",
        "k",
        "-object",
        "rng-random,id=objrng0,filename=/dev/urandom",
        "-blockdev",
        node,
        "-blockdev",
        "raw,file=libvirt-1-storage,node-name=libvirt-1-format",
        "-device",
        "virtio-blk-pci,bus=pci.0,addr=0x4,drive=libvirt-1-format,id=virtio-disk1",
        "-device",
        "virtio-balloon-pci,id=balloon0,addr=0x5",
        "-device",
        "virtio-rng-pci,rng=objrng0,id=rng0,addr=0x6",
        "-chardev",
        "pty,id=charserial0",
        "-device",
        "spapr-vty,chardev=charserial0,id=serial0",
        "-device",
        "virtio-serial-pci,id=virtio-serial0,addr=0x1e",
        "-chardev",
        "null,id=charchannel0",
        "-device",
        "virtserialport,bus=virtio-serial0.0,chardev=charchannel0,id=channel0,name=a.0",
    };
    domain->compat = compat_parse(G_N_ELEMENTS(args), (char *const *)args, &error);
    g_assert_no_error(error);
    domain->compat->opener = compat_opener_start();
    g_assert_cmpint(domain->compat->opener, >=, 0);
    compat_qmp_init(&domain->extension, domain->compat);
    domain->world = world_new(domain->compat->vm, &domain->extension);
    return domain;
}

static void domain_free(Domain *domain)
{
    world_free(domain->world);
    if (domain->compat->opener >= 0)
        close(domain->compat->opener);
    compat_config_free(domain->compat);
    unlink(domain->boot);
    unlink(domain->more);
    rmdir(domain->folder);
    g_free(domain->folder);
    g_free(domain->boot);
    g_free(domain->more);
    g_free(domain);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Domain, domain_free)

/** Whether @value has what @path names: "[].props.core-id" in every element, of which some are. */
static gboolean reach(const JsonValue *value, const char *path)
{
    if (!*path)
        return TRUE;
    if (g_str_has_prefix(path, "[]")) {
        path += strlen("[]") + (path[strlen("[]")] == '.');
        for (size_t i = 0; i < json_length(value); i++) {
            if (!reach(json_item(value, i), path))
                return FALSE;
        }
        return json_length(value) > 0;
    }
    g_autofree char *name = g_strndup(path, strcspn(path, "."));
    path += strlen(name);
    return json_has_member(value, name) && reach(json_member(value, name), path + (*path == '.'));
}

static void play_message(Domain *domain, const JsonValue *step)
{
    const JsonValue *reads = json_member(step, "reads");
    const char *has = json_string(json_member(step, "has"));
    const char *lacks = json_string(json_member(step, "lacks"));
    World *world = domain->world;
    g_autofree char *arguments =
        json_has_member(step, "arguments") ? json_text(json_member(step, "arguments")) : NULL;
    g_autoptr(GString) text = g_string_new(NULL);

    g_string_printf(text, "{\"execute\": \"%s\", \"arguments\": %s}",
                    json_string(json_member(step, "execute")), arguments ? arguments : "{}");
    g_string_replace(text, "\\/", "/", 0);
    g_string_replace(text, "/data/d3.raw", domain->more, 0);
    g_string_truncate(world->sent, 0);
    qmp_session_handle(world->session, text->str, text->len);
    g_autoptr(JsonValue) answer = json_parse(world->sent->str, world->sent->len, NULL);
    if (!json_has_member(answer, "return"))
        g_error("%s: %s", text->str, world->sent->str);
    for (size_t i = 0; i < json_length(reads); i++) {
        if (!reach(json_member(answer, "return"), json_string(json_item(reads, i))))
            g_error("%s: no %s in %s", text->str, json_string(json_item(reads, i)),
                    world->sent->str);
    }
    if ((has && !strstr(world->sent->str, has)) || (lacks && strstr(world->sent->str, lacks)))
        g_error("%s: %s", text->str, world->sent->str);
}

static void play_guest(Domain *domain, const JsonValue *step)
{
    gboolean takes = !strcmp(json_string(json_member(step, "guest")), "takes");
    const char *device = json_string(json_member(step, "event"));
    World *world = domain->world;
    uint64_t slot;

    g_assert_true(json_uint(json_member(step, "slot"), &slot));
    uint32_t index = WORLD_SLOT + 8 * ((uint32_t)slot - 1);
    guest_event(world->vm, EVENT_RESOURCE_PCI, takes ? 1 : 2, 0, index);
    g_assert_cmpint(guest_indicator(world->vm, 9001, index, takes), ==, RTAS_SUCCESS);
    settle();
    if (!takes) {
        g_autofree char *event = g_strdup_printf(
            "DEVICE_DELETED {\"device\": \"%s\", \"path\": \"/machine/peripheral/%s\"};", device,
            device);
        g_assert_cmpstr(world->events->str, ==, event);
    }
    g_string_truncate(world->events, 0);
}

/** What netdev_add makes of a tap that libvirt opened, which not every machine lets a test do. */
static void add_tap(Domain *domain, const char *name)
{
    g_autoptr(GError) error = NULL;
    Tap *tap = g_new0(Tap, 1);
    int ends[2];

    g_assert_cmpint(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends), ==, 0);
    close(ends[1]);
    g_strlcpy(tap->name, "tap1", sizeof(tap->name));
    tap->fds[0] = ends[0];
    tap->queues = 1;
    g_assert_true(backends_add_net(plug_parts(domain->world->vm->plug), name, tap, &error));
}

static void test_recorded(void)
{
    g_autofree char *path = g_build_filename(SOURCE_ROOT, "tests/data/libvirt/devices.json", NULL);
    g_autofree char *text = NULL;
    gsize length;

    g_assert_true(g_file_get_contents(path, &text, &length, NULL));
    g_autoptr(JsonValue) steps = json_parse(text, length, NULL);
    g_assert_cmpuint(json_length(steps), >, 30);
    g_autoptr(Domain) domain = domain_new();
    for (size_t i = 0; i < json_length(steps); i++) {
        const JsonValue *step = json_item(steps, i);

        if (json_has_member(step, "execute"))
            play_message(domain, step);
        else if (json_has_member(step, "guest"))
            play_guest(domain, step);
        else
            add_tap(domain, json_string(json_member(step, "tap")));
    }
}

static void test_named(void)
{
    g_autoptr(Domain) domain = domain_new();
    World *world = domain->world;

    say(world, "qom-list", "'path': '/machine/peripheral'",
        "'serial0', 'type': 'child<spapr-vty>'");
    say(world, "qom-list", "'path': '/machine/peripheral'",
        "'rng0', 'type': 'child<virtio-rng-pci>'");
    say(world, "qom-list", "'path': '/machine/peripheral'",
        "'balloon0', 'type': 'child<virtio-ball");
    say(world, "qom-list", "'path': '/machine/peripheral/virtio-disk1'", "'num-queues'");
    say(world, "qom-list", "'path': '/machine/peripheral/serial0'", "'chardev'");
    say(world, "qom-list", "'path': '/machine/peripheral/'", "DeviceNotFound");
    say(world, "qom-list", "'path': '/machine'", "DeviceNotFound");
    say(world, "qom-get", "'path': '/machine/peripheral/balloon0', 'property': 'guest-stats'",
        "'stat-free-memory'");
    say(world, "qom-get", "'path': '/machine/peripheral/rng0', 'property': 'guest-stats'",
        "DeviceNotFound");
    say(world, "query-block", "", "'qdev': '/machine/peripheral/virtio-disk1/virtio-backend'");
    say(world, "query-block", "", "'node-name': 'libvirt-1-format'");
    say(world, "query-block", "", "'io-status': 'ok'");
    say(world, "query-named-block-nodes", "'flat': true", "'node-name': 'libvirt-1-storage'");
    say(world, "query-named-block-nodes", "'flat': true", "'drv': 'file'");
    say(world, "query-named-block-nodes", "'flat': true", "'drv': 'raw'");
    say(world, "blockdev-del", "'node-name': 'libvirt-1-format'", "in use");
    say(world, "device_del", "'id': 'balloon0'", "a balloon stays");
    say(world, "device_del", "'id': 'virtio-serial0'", "ports stay");
    say(world, "qom-list", "'path': '/machine/peripheral'",
        "'channel0', 'type': 'child<virtserialport>'");
    say(world, "qom-list", "'path': '/machine/peripheral'",
        "'virtio-serial0', 'type': 'child<virtio-serial-pci>'");
    say(world, "qom-list", "'path': '/machine/peripheral/channel0'", "'nr'");
    say(world, "query-chardev", "", "'charchannel0', 'filename': 'null', 'frontend-open': false");
}

/** A file that others write is not had for writing, and so on. */
static void test_files(void)
{
    g_autoptr(Domain) domain = domain_new();
    World *world = domain->world;
    g_autofree char *missing = g_strdup_printf(
        "'driver': 'file', 'node-name': 'n', 'filename': '%s/missing'", domain->folder);
    g_autofree char *folder = g_strdup_printf(
        "'driver': 'file', 'node-name': 'n', 'filename': '%s', 'read-only': true", domain->folder);
    g_autofree char *busy =
        g_strdup_printf("'driver': 'file', 'node-name': 'n', 'filename': '%s'", domain->boot);
    g_autofree char *shared = g_strdup_printf(
        "'driver': 'file', 'node-name': 'n', 'filename': '%s', 'auto-read-only': true",
        domain->more);
    struct flock lock = {.l_type = F_RDLCK, .l_whence = SEEK_SET};
    int reader = open(domain->more, O_RDONLY | O_CLOEXEC);

    say(world, "blockdev-add", missing, "No such file");
    say(world, "blockdev-add", folder, "Block device required");
    say(world, "blockdev-add", "'driver': 'file', 'node-name': 'n', 'filename': '/dev/null'",
        "Block device required");
    say(world, "blockdev-add",
        "'driver': 'file', 'node-name': 'n', 'filename': '/proc/version', "
        "'read-only': true",
        "Block device required");
    say(world, "blockdev-add", "'driver': 'file', 'node-name': 'n', 'filename': ''", "too long");
    say(world, "blockdev-add", busy, "is in use");

    /* Another guest reads it: to be read is what auto-read-only makes of it. */
    g_assert_cmpint(fcntl(reader, F_OFD_SETLK, &lock), ==, 0);
    say(world, "blockdev-add", shared, OK);
    say(world, "blockdev-add", "'driver': 'raw', 'node-name': 'r', 'file': 'n', 'read-only': false",
        "Block node is read-only");
    say(world, "blockdev-add", "'driver': 'raw', 'node-name': 'r', 'file': 'n', 'read-only': true",
        OK);
    say(world, "query-named-block-nodes", "", "'node-name': 'r'");
    say(world, "blockdev-del", "'node-name': 'r'", OK);
    say(world, "blockdev-del", "'node-name': 'n'", OK);
    close(reader);
}

static void test_refused(void)
{
    g_autoptr(Domain) domain = domain_new();
    World *world = domain->world;

    say(world, "blockdev-add", "'driver': 'qcow2', 'node-name': 'n', 'file': 'f'",
        "no other format");
    say(world, "blockdev-add",
        "'driver': 'raw', 'node-name': 'n', 'file': 'f', 'detect-zeroes': 'unmap'",
        "zeros are not looked for");
    say(world, "device_add", "'driver': 'virtio-blk-pci', 'drive': 'f', 'write-cache': 'off'",
        "write-cache=off is not there");
    say(world, "device_add", "'driver': 'virtio-blk-pci', 'drive': 'f', 'iothread': 'i'",
        "'iothread' not found");
    say(world, "device_add", "'driver': 'virtio-blk-pci-non-transitional', 'drive': 'f'",
        "Cannot find");
    say(world, "device_add", "'driver': 'virtio-blk-pci', 'drive': 'f', 'bus': 'pci.9'",
        "the PCI bus is pci.0");
    say(world, "device_add",
        "'driver': 'virtio-net-pci', 'netdev': 'h', 'mq': true, 'vectors': 6, 'packed': false",
        "there is no network back end");
    say(world, "device_add", "'driver': 'virtio-net-pci', 'netdev': 'h', 'romfile': 'x'",
        "no option ROMs");
    say(world, "device_add", "'driver': 'virtio-rng-pci', 'rng': 'o'", "there is no such object");
    say(world, "device_add", "'driver': 'virtio-rng-pci'", "'rng' is missing");
    say(world, "device_add", "'driver': 'qemu-xhci'", "not a valid device model name");
    say(world, "device_add", "'driver': 1", "must be a string");
    say(world, "set_link", "'name': 'rng0', 'up': true", "DeviceNotFound");

    /* Without a tap, the kernel's worker's descriptor is still the client's. */
    pass(world, "vhostfd-net1", open("/dev/null", O_RDWR));
    pass(world, "tapfd-net1", open("/dev/null", O_RDWR));
    say(world, "netdev_add",
        "'type': 'tap', 'fd': 'tapfd-net1', 'vhost': true, 'vhostfd': 'vhostfd-net1', 'id': 'h'",
        "no tap");
    say(world, "closefd", "'fdname': 'vhostfd-net1'", "return");
    say(world, "netdev_add",
        "'type': 'tap', 'id': 'h', 'fd': 'f', 'vhost': true, 'vhostfds': 'a:b'", "'f' not found");
    say(world, "netdev_add", "'type': 'user', 'id': 'h'", "is a tap");

    say(world, "object-add", "'qom-type': 'rng-random', 'id': 'o', 'filename': '/dev/hwrng'",
        "/dev/urandom");
    say(world, "object-add", "'qom-type': 'rng-random', 'id': 'objrng0'", "duplicate");
    say(world, "object-add", "'qom-type': 'rng-random', 'id': 'o', 'x': 1", "'x' not found");
    say(world, "object-add", "'qom-type': 'iothread', 'id': 'o'", "memory-backend-ram only");
    say(world, "object-del", "'id': 'o'", "error");
    /* As libvirt 9.0.0 has it. */
    say(world, "object-add",
        "'qom-type': 'memory-backend-ram', 'id': 'memdimm0', 'props': {'size': 268435456}", OK);
    say(world, "object-del", "'id': 'memdimm0'", OK);
    say(world, "object-add",
        "'qom-type': 'rng-random', 'id': 'o', 'props': {'filename': '/dev/urandom'}", OK);
    say(world, "object-del", "'id': 'o'", OK);
    say(world, "object-add",
        "'qom-type': 'memory-backend-ram', 'id': 'm', 'props': {'size': 1, 'x': 2}",
        "'x' not found");
    say(world, "object-add", "'qom-type': 'memory-backend-ram', 'id': 'm', 'props': {'id': 'n'}",
        "id is given twice");
    say(world, "object-del", "'id': 'objrng0'", OK);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    log_open(NULL, LOG_ERROR, NULL);
    g_test_add_func("/compat-plug/recorded", test_recorded);
    g_test_add_func("/compat-plug/named", test_named);
    g_test_add_func("/compat-plug/files", test_files);
    g_test_add_func("/compat-plug/refused", test_refused);
    return g_test_run();
}
