/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/vmm/ports.h"

#include "hw/virtio/virtio_console.h"
#include "src/vmm/qmp_query.h"

G_STATIC_ASSERT((int)CONFIG_MAX_PORTS < (int)VIRTIO_CONSOLE_MAX_PORTS);

struct Ports {
    Vm *vm;
    /** The bus's. */
    VirtioDevice *dev;
};

static void on_opened(void *opaque, unsigned index, gboolean open)
{
    Ports *ports = opaque;
    const PortConfig *port = &ports->vm->config->ports[index];
    /* Names have nothing that JSON would have written otherwise. */
    g_autofree char *data =
        g_strdup_printf("{\"id\": \"%s\", \"open\": %s}", port->id ? port->id : port->name,
                        open ? "true" : "false");

    ports->vm->control->event(ports->vm, "VSERPORT_CHANGE", data);
}

static Chardev *open_chardev(const PortConfig *port, GError **error)
{
    g_autofree char *name = g_strdup_printf("port %s", port->name);

    return chardev_open_as(name, port->kind, port->path, port->fd, error);
}

VirtioDevice *ports_new_device(Vm *vm, GError **error)
{
    const VmConfig *config = vm->config;
    VirtioPortConfig list[CONFIG_MAX_PORTS];
    Ports *ports = g_new0(Ports, 1);
    VirtioConsoleConfig console = {.ports = list, .opened = on_opened, .opaque = ports};

    ports->vm = vm;
    for (unsigned i = 0; i < config->n_ports; i++) {
        const PortConfig *port = &config->ports[i];
        Chardev *chardev = open_chardev(port, error);

        if (!chardev)
            break;
        list[console.n_ports++] =
            (VirtioPortConfig){port->name, port->number, port->console, chardev};
    }
    if (console.n_ports == config->n_ports) {
        ports->dev = virtio_console_new(&console, error);
    } else {
        while (console.n_ports)
            chardev_free(list[--console.n_ports].chardev);
    }
    if (!ports->dev) {
        ports_free(ports);
        return NULL;
    }
    vm->ports = ports;
    return ports->dev;
}

void ports_free(Ports *ports) { g_free(ports); }

void ports_write_chardevs(const Ports *ports, JsonOut *out)
{
    for (unsigned i = 0; ports && i < ports->vm->config->n_ports; i++) {
        const PortConfig *port = &ports->vm->config->ports[i];

        qmp_write_chardev(out, port->backend ? port->backend : port->name, port->kind,
                          virtio_console_location(ports->dev, i),
                          virtio_console_is_open(ports->dev, i));
    }
}
