/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the device's files share: the device and its queues (virtio_console.c), what is said on
 * the control queues (virtio_console_ctrl.c), and the host's side (virtio_console_port.c).
 *
 * Bytes go through a ring for each direction, between the worker, which has the guest's queues,
 * and the main loop, which has the chardevs.
 */
#pragma once

#include "hw/virtio/virtio_console.h"
#include "hw/virtio/virtio_worker.h"
#include "src/base/byte_ring.h"
#include "src/base/main_call.h"

#define CONSOLE_F_MULTIPORT (UINT64_C(1) << 1)

enum {
    /** Bytes on their way, each direction of a port. */
    CONSOLE_RING_SIZE = 16 << 10,

    CONSOLE_QUEUE_CONTROL_IN = 2,
    CONSOLE_QUEUE_CONTROL_OUT = 3,
};

/** What the driver is to be told of a port, in this order. */
enum {
    CONSOLE_OWE_ADD = 1 << 0,
    CONSOLE_OWE_CONSOLE = 1 << 1,
    CONSOLE_OWE_NAME = 1 << 2,
    CONSOLE_OWE_OPEN = 1 << 3,
};

typedef struct VirtioConsole VirtioConsole;

typedef struct {
    VirtioConsole *console;
    /* Constant. */
    unsigned number;
    gboolean is_console;
    char *name;

    /** Protects the rings and the two below. */
    GMutex lock;
    /** To the guest, and from it. */
    ByteRing in, out;
    /** The chardev has more than there was room for. */
    gboolean starved;
    /** The guest has more than there was room for. */
    gboolean stalled;

    /* Atomic. */
    /** The guest has it open: the worker says so. */
    int guest_open;
    /** Somebody is at the other end: the main thread says so, and that it is new. */
    int host_open, host_news;

    /* The worker's thread, or any while it is stopped. */
    /** The driver knows of it. */
    gboolean ready;
    /** CONSOLE_OWE_*. */
    unsigned owed;
    /** The guest's request that is written by and by, and how much of it is. */
    gboolean has_chain;
    VirtqueueChain chain;
    uint64_t done;

    /* Main thread. */
    Chardev *chardev;
    /** What others were told of guest_open, and when. */
    gboolean told_open;
    gint64 told_at;
} ConsolePort;

struct VirtioConsole {
    VirtioDevice dev;
    /** Serves all queues. */
    VirtioWorker worker;
    unsigned running;
    /** The main loop looks after all ports; and tells who has opened them. */
    MainCall *look, *tell;
    void (*opened)(void *opaque, unsigned index, gboolean open);
    void *opaque;

    /** The worker is at its queues, which a stop of the machine waits for. Taken before the
     * device's lock. */
    GMutex serving;
    /** With that lock. */
    gboolean paused;

    /** Constant. */
    ConsolePort *ports;
    unsigned n_ports;
};

/** Take what the driver says, and tell it what it is to know. Worker's thread. */
void console_control_serve(VirtioConsole *console);

/** Take over @chardev: the main thread's part of a port. */
void console_port_init(ConsolePort *port, VirtioConsole *console, const VirtioPortConfig *config);
/** What the guest has written goes out, as far as that needs no waiting. */
void console_port_finish(ConsolePort *port);
/** From now on the chardev is listened to. */
void console_port_begin(ConsolePort *port);
/** MainCalls' functions, of the device. */
void console_ports_look(void *opaque);
void console_ports_tell(void *opaque);
