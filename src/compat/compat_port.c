/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Channels: -device virtio-serial-pci, and -device virtserialport on it. */
#include <string.h>

#include "src/compat/compat_parse.h"
#include "src/vmm/option_port.h"

void compat_add_port_device(CompatParse *parse, QemuOption *option)
{
    VmConfig *vm = parse->vm;
    guint64 most;

    if (vm->port_device)
        compat_refuse(parse, option, "a second one is not there in Paprika: one has %d ports",
                      CONFIG_MAX_PORTS - 1);
    vm->port_device = TRUE;
    /* The guest is told of as many as there are. */
    compat_take_number(parse, option, "max_ports", CONFIG_MAX_PORTS, &most);
    compat_take_card(parse, option, &vm->ports_slot, &vm->ports_id);
}

/** It is on the device that there is, whatever that is called. */
static void take_bus(CompatParse *parse, QemuOption *option)
{
    const char *bus = qemu_option_take(option, "bus");
    g_autofree char *known =
        parse->vm->ports_id ? g_strdup_printf("%s.0", parse->vm->ports_id) : NULL;

    if (!parse->vm->port_device)
        compat_refuse(parse, option, "a port needs a virtio-serial-pci before it");
    else if (bus && known && strcmp(bus, known))
        compat_refuse(parse, option, "bus=%s: the bus for ports is %s", bus, known);
}

static void add_port(CompatParse *parse, QemuOption *option, gboolean console)
{
    const char *chardev = compat_take_needed(parse, option, "chardev");
    const char *name = qemu_option_take(option, "name");
    PortConfig port = {.console = console};
    guint64 number = 0;
    GError *error = NULL;

    take_bus(parse, option);
    /* Number 0 is for a driver that knows of one console only. */
    if (compat_take_number(parse, option, "nr", CONFIG_MAX_PORTS - 1, &number) && !number)
        compat_refuse(parse, option, "nr=0 is not there in Paprika: use 1 to %d",
                      CONFIG_MAX_PORTS - 1);
    port.number = (unsigned)number;
    port.id = compat_take_id(parse, option);
    port.backend = g_strdup(chardev);
    /* A console has none in QEMU. */
    port.name = g_strdup(name ? name : console && port.id ? port.id : "");
    if (!*chardev ||
        !compat_use_chardev(parse, option, chardev, &port.kind, &port.path, &port.fd)) {
        option_drop_port(&port);
        return;
    }
    if (port.kind == CONSOLE_STDIO) {
        compat_refuse(parse, option, "a port on stdio is not there in Paprika");
        option_drop_port(&port);
    } else if (!option_add_port(parse->vm, &port, &error)) {
        compat_refuse_error(parse, option, error);
    }
}

void compat_add_port(CompatParse *parse, QemuOption *option) { add_port(parse, option, FALSE); }

void compat_add_port_console(CompatParse *parse, QemuOption *option)
{
    add_port(parse, option, TRUE);
}
