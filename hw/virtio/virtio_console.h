/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Ports between guest and host (virtio 1.2, 5.3): streams of bytes that the guest finds by
 * their names, and further consoles. One device has all of them.
 */
#pragma once

#include <glib.h>

#include "hw/virtio/virtio.h"
#include "src/chardev/chardev.h"

enum {
    /** Their numbers are below that. Number 0 is for a driver that knows of one port only. */
    VIRTIO_CONSOLE_MAX_PORTS = 32,
};

typedef struct {
    /** What the guest finds it by; copied. */
    const char *name;
    /** From 1 on; each port's is another. */
    unsigned number;
    /** The guest has a console there. */
    gboolean console;
    Chardev *chardev;
} VirtioPortConfig;

typedef struct {
    const VirtioPortConfig *ports;
    unsigned n_ports;
    /** The guest has opened the port at @index of ports, or closed it: told once a second at most.
     * Main thread. */
    void (*opened)(void *opaque, unsigned index, gboolean open);
    void *opaque;
} VirtioConsoleConfig;

/** The chardevs are taken over, on failure too. Main thread, as all below. */
VirtioDevice *virtio_console_new(const VirtioConsoleConfig *config, GError **error);

/** Whether the guest has the port at @index open. */
gboolean virtio_console_is_open(VirtioDevice *dev, unsigned index);
/** What it is connected to on the host: chardev_location(). */
const char *virtio_console_location(VirtioDevice *dev, unsigned index);
