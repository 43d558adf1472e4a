/* SPDX-License-Identifier: GPL-2.0-or-later */
/* -device and -netdev. */
#include <stdlib.h>
#include <string.h>

#include "src/compat/compat_parse.h"
#include "src/vmm/plug.h"

enum {
    /** Slots of a PCI bus; 0 is nobody's. */
    LAST_SLOT = 31,
};

/** What every PCI device has. */
const CompatFact compat_pci_facts[] = {
    {"bus", "pci.0", "the PCI bus is pci.0; further ones come by themselves"},
    {"multifunction", "off", "a device has one function"},
    /* The kernel is given: nothing is chosen among devices. */
    {"bootindex", NULL, ""},
    {"romfile", "", "there are no option ROMs: use <rom enabled='no'/>"},
    {"rombar", "0|off", "there are no option ROMs: use <rom enabled='no'/>"},
    {"acpi-index", "0", "there is no ACPI"},
    {0},
};

/** What every virtio device has. */
const CompatFact compat_virtio_facts[] = {
    {"disable-legacy", "on|auto", "devices are modern ones: use <driver ... model='virtio'>"},
    {"disable-modern", "off", "devices are modern ones"},
    {"ats", "off", "there is no ATS"},
    {"packed", "off", "rings are split ones"},
    {"event_idx", "on", "notifications are suppressed where the guest can"},
    {"ioeventfd", "on", "the host's kernel passes notifications on"},
    {"indirect_desc", "on", "descriptors may be indirect"},
    {"page-per-vq", "on|off", ""},
    {"vectors", NULL, ""},
    {0},
};

const CompatFact compat_disk_facts[] = {
    {"write-cache", "on", "a guest is told of a cache: use cache='none' or 'writeback'"},
    {"logical_block_size", "512", "a block has 512 bytes for the guest"},
    {"physical_block_size", "512", "a block has 512 bytes for the guest"},
    {"share-rw", "off", "a file that is written has one user"},
    {"discard", "on|off", ""},
    {"scsi", "off", "there is no SCSI"},
    {"config-wce", "off", "a guest cannot turn the cache off"},
    {"backend_defaults", "auto|on|off", ""},
    {0},
};

const CompatFact compat_net_facts[] = {
    {"tx", "bh", "packets go out at once"},
    {"speed", NULL, ""},
    {"duplex", NULL, ""},
    {0},
};

const CompatFact compat_netdev_facts[] = {
    {"script", "no", "an interface is made by others: use script=no"},
    {"downscript", "no", "an interface is made by others: use downscript=no"},
    {"vhostforce", "off", "the kernel's own worker is used where it can be"},
    {0},
};

static const char *const no_drivers[][2] = {
    {"qemu-xhci", "use <controller type='usb' model='none'/>"},
    {"nec-usb-xhci", "use <controller type='usb' model='none'/>"},
    {"pci-ohci", "use <controller type='usb' model='none'/>"},
    {"piix3-usb-uhci", "use <controller type='usb' model='none'/>"},
    {"usb-kbd", "leave out <input bus='usb'>"},
    {"usb-mouse", "leave out <input bus='usb'>"},
    {"usb-tablet", "leave out <input bus='usb'>"},
    {"VGA", "leave out <graphics> and <video>, or use <video><model type='none'/></video>"},
    {"virtio-gpu-pci", "leave out <graphics> and <video>"},
    {"virtio-scsi-pci", "use <target bus='virtio'/> for disks"},
    {"spapr-vscsi", "use <target bus='virtio'/> for disks"},
    {"scsi-hd", "use <target bus='virtio'/> for disks"},
    {"scsi-cd", "use <disk device='disk'> with <readonly/> and <target bus='virtio'/>"},
    {"e1000", "use <model type='virtio'/> for network cards"},
    {"e1000e", "use <model type='virtio'/> for network cards"},
    {"rtl8139", "use <model type='virtio'/> for network cards"},
    {"spapr-vlan", "use <model type='virtio'/> for network cards"},
    {"spapr-pci-host-bridge", "bridges come by themselves: leave out <controller type='pci'>"},
    {"spapr-nvram", "leave out <nvram>"},
    {"spapr-tpm-proxy", "leave out <tpm>"},
    {"tpm-spapr", "leave out <tpm>"},
    {"vfio-pci", "leave out <hostdev>"},
    {"pc-dimm", "plug memory while the guest runs: virsh attach-device --live"},
    {"nvdimm", "leave out <memory model='nvdimm'>"},
    {"pcie-root-port", "there is no PCI Express on this machine"},
    {"vhost-user-fs-pci", "leave out <filesystem>"},
    {"virtio-9p-pci", "leave out <filesystem>"},
    {"i6300esb", "leave out <watchdog>: a guest has PAPR's own"},
};

const char *compat_device_hint(const char *driver)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(no_drivers); i++) {
        if (!strcmp(no_drivers[i][0], driver))
            return no_drivers[i][1];
    }
    return NULL;
}

/** "0x3", "3" or "3.0", hexadecimal as QEMU reads it; 0: none was given, or it is refused. */
static unsigned take_slot(CompatParse *parse, QemuOption *option)
{
    const char *text = qemu_option_take(option, "addr");
    guint64 slot;

    compat_take_facts(parse, option, compat_pci_facts);
    if (!text)
        return 0;
    g_autofree char *number = g_strndup(text, strcspn(text, "."));
    const char *digits = g_str_has_prefix(number, "0x") ? number + 2 : number;
    const char *function = strchr(text, '.');
    if ((!function || !strcmp(function, ".0") || !strcmp(function, ".0x0")) &&
        g_ascii_string_to_unsigned(digits, 16, 1, LAST_SLOT, &slot, NULL))
        return (unsigned)slot;
    compat_refuse(parse, option,
                  "addr=%s is not there in Paprika: use slots 0x1 to 0x%x, function 0", text,
                  LAST_SLOT);
    return 0;
}

char *compat_take_id(CompatParse *parse, QemuOption *option)
{
    const char *id = qemu_option_take(option, "id");

    if (id && !plug_id_ok(id))
        compat_refuse(parse, option,
                      "id=%s: a name begins with a letter, and has letters, digits "
                      "and -._ only",
                      id);
    else if (id && compat_find(parse->devices, "id", id) != option)
        compat_refuse(parse, option, "id=%s: there is one already", id);
    return g_strdup(id);
}

void compat_take_card(CompatParse *parse, QemuOption *option, unsigned *slot, char **id)
{
    *slot = take_slot(parse, option);
    compat_take_facts(parse, option, compat_virtio_facts);
    g_free(*id);
    *id = compat_take_id(parse, option);
}

static void append_switch(CompatParse *parse, QemuOption *option, GString *rest)
{
    if (compat_take_switch(parse, option, "iommu_platform", FALSE))
        g_string_append(rest, ",iommu=on");
}

/** What is done where the host fails: both directions alike. */
static const char *take_on_error(CompatParse *parse, QemuOption *option)
{
    const char *write = qemu_option_take(option, "werror"),
               *read = qemu_option_take(option, "rerror");
    gboolean stop = write && !strcmp(write, "stop") && read && !strcmp(read, "stop");
    gboolean report = (!write || !strcmp(write, "report") || !strcmp(write, "auto")) &&
                      (!read || !strcmp(read, "report") || !strcmp(read, "auto"));

    if (!stop && !report)
        compat_refuse(parse, option,
                      "werror=%s,rerror=%s is not there in Paprika: both are stop, or report",
                      write ? write : "auto", read ? read : "auto");
    return stop ? ",on-error=stop" : "";
}

static void add_disk(CompatParse *parse, QemuOption *option)
{
    g_autoptr(GString) rest = g_string_new(NULL);
    const char *drive = compat_take_needed(parse, option, "drive");
    const char *serial = qemu_option_take(option, "serial");
    unsigned slot = take_slot(parse, option);
    guint64 queues;

    if (serial) {
        g_auto(GStrv) parts = g_strsplit(serial, ",", -1);
        g_autofree char *text = g_strjoinv(",,", parts);
        g_string_append_printf(rest, ",serial=%s", text);
    }
    if (compat_take_number(parse, option, "num-queues", CONFIG_MAX_DISK_QUEUES, &queues))
        g_string_append_printf(rest, ",queues=%" G_GUINT64_FORMAT, queues);
    append_switch(parse, option, rest);
    g_string_append(rest, take_on_error(parse, option));
    if (qemu_option_take(option, "iothread"))
        compat_refuse(parse, option,
                      "iothread is not there in Paprika, where each queue of a disk "
                      "has a thread of its own: leave out iothread=");
    compat_take_facts(parse, option, compat_disk_facts);
    compat_take_facts(parse, option, compat_virtio_facts);
    g_autofree char *id = compat_take_id(parse, option);
    if (*drive && compat_use_node(parse, option, drive, rest->str)) {
        parse->vm->disks[parse->vm->n_disks - 1].slot = slot;
        parse->vm->disks[parse->vm->n_disks - 1].id = g_steal_pointer(&id);
    }
}

static void add_net(CompatParse *parse, QemuOption *option)
{
    g_autoptr(GString) rest = g_string_new(NULL);
    const char *netdev = compat_take_needed(parse, option, "netdev");
    const char *mac = qemu_option_take(option, "mac");
    unsigned slot = take_slot(parse, option);
    guint64 mtu;

    if (mac)
        g_string_append_printf(rest, ",mac=%s", mac);
    if (compat_take_number(parse, option, "host_mtu", G_MAXUINT16, &mtu) && mtu)
        g_string_append_printf(rest, ",mtu=%" G_GUINT64_FORMAT, mtu);
    /* There are as many queues as the back end has. */
    compat_take_switch(parse, option, "mq", FALSE);
    append_switch(parse, option, rest);
    compat_take_facts(parse, option, compat_net_facts);
    compat_take_facts(parse, option, compat_virtio_facts);
    g_autofree char *id = compat_take_id(parse, option);
    if (*netdev && compat_use_netdev(parse, option, netdev, rest->str)) {
        parse->vm->nets[parse->vm->n_nets - 1].slot = slot;
        parse->vm->nets[parse->vm->n_nets - 1].id = g_steal_pointer(&id);
    }
}

static void add_balloon(CompatParse *parse, QemuOption *option)
{
    if (parse->vm->balloon)
        compat_refuse(parse, option, "a second one is not there in Paprika");
    parse->vm->balloon = TRUE;
    parse->vm->no_page_reporting = !compat_take_switch(parse, option, "free-page-reporting", FALSE);
    compat_take_switch(parse, option, "deflate-on-oom", TRUE);
    compat_take_card(parse, option, &parse->vm->balloon_slot, &parse->vm->balloon_id);
}

static void add_rng(CompatParse *parse, QemuOption *option)
{
    const char *source = compat_take_needed(parse, option, "rng");

    if (*source && !compat_has_rng(parse->compat, source))
        compat_refuse(parse, option, "rng=%s: there is no such object", source);
    if (parse->vm->rng)
        compat_refuse(parse, option, "a second one is not there in Paprika");
    parse->vm->rng = TRUE;
    compat_take_card(parse, option, &parse->vm->rng_slot, &parse->vm->rng_id);
}

static void add_vsock(CompatParse *parse, QemuOption *option)
{
    g_autoptr(GString) value = g_string_new("cid=");
    const char *fd = qemu_option_take(option, "vhostfd");

    g_string_append(value, compat_take_needed(parse, option, "guest-cid"));
    if (fd)
        g_string_append_printf(value, ",vhostfd=%s", fd);
    append_switch(parse, option, value);
    if (parse->vm->vsock_cid)
        compat_refuse(parse, option, "a second one is not there in Paprika");
    else
        compat_set(parse, option, "vsock", value->str);
    compat_take_card(parse, option, &parse->vm->vsock_slot, &parse->vm->vsock_id);
}

static void add_vty(CompatParse *parse, QemuOption *option)
{
    /* The guest finds its console by the device tree, wherever that is. */
    static const CompatFact facts[] = {{"reg", NULL, ""}, {0}};
    const char *chardev = compat_take_needed(parse, option, "chardev");

    if (parse->has_vty)
        compat_refuse(parse, option, "a second console is not there in Paprika");
    else if (*chardev)
        compat_use_console(parse, option, chardev);
    parse->has_vty = TRUE;
    compat_take_facts(parse, option, facts);
    g_free(parse->compat->console_device);
    parse->compat->console_device = compat_take_id(parse, option);
}

static const struct {
    const char *driver;
    void (*add)(CompatParse *parse, QemuOption *option);
} drivers[] = {
    {"virtio-blk-pci", add_disk},
    {"virtio-blk-pci-non-transitional", add_disk},
    {"virtio-net-pci", add_net},
    {"virtio-net-pci-non-transitional", add_net},
    {"virtio-balloon-pci", add_balloon},
    {"virtio-balloon-pci-non-transitional", add_balloon},
    {"virtio-rng-pci", add_rng},
    {"virtio-rng-pci-non-transitional", add_rng},
    {"vhost-vsock-pci", add_vsock},
    {"vhost-vsock-pci-non-transitional", add_vsock},
    {"spapr-vty", add_vty},
    {"virtio-serial-pci", compat_add_port_device},
    {"virtio-serial-pci-non-transitional", compat_add_port_device},
    {"virtserialport", compat_add_port},
    {"virtconsole", compat_add_port_console},
};

static void check_device(CompatParse *parse, QemuOption *option)
{
    const char *driver = compat_take_needed(parse, option, "driver");
    const char *id = qemu_option_peek(option, "id");
    const char *hint = compat_device_hint(driver);

    qemu_option_label(option, id ? id : driver);
    for (unsigned i = 0; i < G_N_ELEMENTS(drivers); i++) {
        if (!strcmp(drivers[i].driver, driver)) {
            drivers[i].add(parse, option);
            compat_refuse_rest(parse, option);
            return;
        }
    }
    if (*driver)
        compat_refuse(parse, option, "Device '%s' is not there in Paprika%s%s", driver,
                      hint ? ": " : "", hint ? hint : "");
}

void compat_check_devices(CompatParse *parse)
{
    for (guint i = 0; i < parse->devices->len; i++)
        check_device(parse, g_ptr_array_index(parse->devices, i));
    for (guint i = 0; i < parse->netdevs->len; i++)
        compat_refuse_rest(parse, g_ptr_array_index(parse->netdevs, i));
}

gboolean compat_use_netdev(CompatParse *parse, const QemuOption *user, const char *id,
                           const char *rest)
{
    QemuOption *option = compat_find(parse->netdevs, "id", id);
    const char *type, *fds, *tap, *vhost, *vhost_fds;

    if (!option) {
        compat_refuse(parse, user, "netdev=%s: there is no such -netdev", id);
        return FALSE;
    }
    qemu_option_take(option, "id");
    type = compat_take_needed(parse, option, "type");
    qemu_option_label(option, id);
    if (strcmp(type, "tap")) {
        compat_refuse(parse, option,
                      "the type '%s' is not there in Paprika: use <interface type='bridge'>, "
                      "'network' or 'ethernet', which are taps",
                      type);
        while (qemu_option_left_over(option))
            continue;
        return FALSE;
    }
    fds = qemu_option_take(option, "fds");
    if (!fds)
        fds = qemu_option_take(option, "fd");
    tap = qemu_option_take(option, "ifname");
    vhost = qemu_option_take(option, "vhost");
    vhost_fds = qemu_option_take(option, "vhostfds");
    if (!vhost_fds)
        vhost_fds = qemu_option_take(option, "vhostfd");
    compat_take_facts(parse, option, compat_netdev_facts);
    if (!fds == !tap) {
        compat_refuse(parse, option, "either fd, fds or ifname is needed");
        return FALSE;
    }
    if (vhost && strcmp(vhost, "on") && strcmp(vhost, "off")) {
        compat_refuse(parse, option, "vhost=%s: it is on or off", vhost);
        return FALSE;
    }
    /* As there, a card does without what can't be had. */
    gboolean wanted = vhost ? !strcmp(vhost, "on") : vhost_fds != NULL;
    g_autofree char *value = g_strconcat(
        fds ? "fd=" : "tap=", fds ? fds : tap, rest, wanted ? ",vhost=auto" : "",
        wanted && vhost_fds ? ",vhostfd=" : "", wanted && vhost_fds ? vhost_fds : "", NULL);
    if (!compat_set(parse, user, "net", value))
        return FALSE;
    parse->vm->nets[parse->vm->n_nets - 1].backend = g_strdup(id);
    return TRUE;
}
