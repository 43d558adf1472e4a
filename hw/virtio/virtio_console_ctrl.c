/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The control queues (virtio 1.2, 5.3.6.2). What the driver is to be told is kept as bits of each
 * port, not as messages: however much it asks for, nothing grows.
 */
#include <string.h>

#include "hw/virtio/virtio_console_private.h"
#include "src/base/endian.h"
#include "src/base/iov.h"
#include "src/base/log.h"
#include "src/base/trace.h"

enum {
    EVENT_DEVICE_READY = 0,
    EVENT_PORT_ADD = 1,
    EVENT_PORT_READY = 3,
    EVENT_CONSOLE_PORT = 4,
    EVENT_PORT_OPEN = 6,
    EVENT_PORT_NAME = 7,
};

typedef struct {
    le32 id;
    le16 event, value;
} ConsoleControl;
G_STATIC_ASSERT(sizeof(ConsoleControl) == 8);

static ConsolePort *find_port(VirtioConsole *console, uint32_t number)
{
    for (unsigned i = 0; i < console->n_ports; i++) {
        if (console->ports[i].number == number)
            return &console->ports[i];
    }
    return NULL;
}

/* --- from the driver ------------------------------------------------------------------------ */

static void device_ready(VirtioConsole *console, gboolean ready)
{
    if (!ready) {
        log_guest("%s: its driver could not begin", console->dev.name);
        return;
    }
    for (unsigned i = 0; i < console->n_ports; i++)
        console->ports[i].owed |= CONSOLE_OWE_ADD;
}

static void port_ready(ConsolePort *port, gboolean ready)
{
    port->ready = ready;
    if (ready)
        port->owed |=
            CONSOLE_OWE_NAME | CONSOLE_OWE_OPEN | (port->is_console ? CONSOLE_OWE_CONSOLE : 0u);
    else
        log_guest("%s: the guest cannot use port %u", port->console->dev.name, port->number);
}

static void port_open(ConsolePort *port, gboolean open)
{
    __atomic_store_n(&port->guest_open, open, __ATOMIC_SEQ_CST);
    /* What the host has sent is wanted now; and others are told. */
    main_call_soon(port->console->look);
}

static void obey(VirtioConsole *console, const ConsoleControl *message)
{
    uint16_t event = le16_get(message->event);
    uint32_t number = le32_get(message->id);
    gboolean value = le16_get(message->value) != 0;
    ConsolePort *port = find_port(console, number);

    trace(TRACE_VIRTIO, "%s: event %u of port %u, value %d", console->dev.name, event, number,
          value);
    if (event == EVENT_DEVICE_READY)
        device_ready(console, value);
    else if (!port)
        log_guest("%s: there is no port %u", console->dev.name, number);
    else if (event == EVENT_PORT_READY)
        port_ready(port, value);
    else if (event == EVENT_PORT_OPEN)
        port_open(port, value);
    else
        log_guest("%s: no driver says event %u", console->dev.name, event);
}

static gboolean take_control(VirtioWorker *worker, unsigned queue, VirtqueueChain *chain)
{
    VirtioConsole *console = worker->opaque;
    ConsoleControl message;

    if (iov_copy(chain->iov, chain->n_readable, 0, &message, sizeof(message), FALSE) ==
        sizeof(message))
        obey(console, &message);
    else
        log_guest("%s: a control message is too short", console->dev.name);
    virtqueue_give(&worker->dev->queues[queue], chain->id, chain->n_desc, 0);
    return TRUE;
}

/* --- to the driver -------------------------------------------------------------------------- */

/** The first thing that the driver is to be told of @port: how many bytes at @text. */
static size_t compose(ConsolePort *port, uint8_t *text, size_t room)
{
    unsigned first = port->owed & -port->owed;
    size_t length = 0;
    uint16_t event = EVENT_PORT_ADD, value = 1;

    port->owed &= ~first;
    if (first == CONSOLE_OWE_CONSOLE) {
        event = EVENT_CONSOLE_PORT;
    } else if (first == CONSOLE_OWE_OPEN) {
        event = EVENT_PORT_OPEN;
        value = __atomic_load_n(&port->host_open, __ATOMIC_SEQ_CST) ? 1 : 0;
    } else if (first == CONSOLE_OWE_NAME) {
        event = EVENT_PORT_NAME;
        length = MIN(strlen(port->name), room - sizeof(ConsoleControl));
        memcpy(text + sizeof(ConsoleControl), port->name, length);
    }
    const ConsoleControl message = {le32_of(port->number), le16_of(event), le16_of(value)};
    memcpy(text, &message, sizeof(message));
    return sizeof(message) + length;
}

/** False if there is nowhere to put a message. */
static gboolean send_one(VirtioConsole *console, ConsolePort *port)
{
    Virtqueue *vq = &console->dev.queues[CONSOLE_QUEUE_CONTROL_IN];
    uint8_t text[128];
    VirtqueueChain chain;
    VirtqueueResult result = virtqueue_take(vq, &chain);

    /* The driver may have added a buffer before it knew that it should say so. */
    if (result == VIRTQUEUE_EMPTY && virtqueue_ask_kicks(vq, TRUE))
        result = virtqueue_take(vq, &chain);
    if (result == VIRTQUEUE_BROKEN)
        virtio_worker_break(&console->worker, CONSOLE_QUEUE_CONTROL_IN);
    if (result != VIRTQUEUE_GOT)
        return FALSE;

    size_t length = compose(port, text, sizeof(text));
    if (length <= chain.writable_bytes) {
        iov_copy(chain.iov + chain.n_readable, chain.n_writable, 0, text, length, TRUE);
    } else {
        log_guest("%s: no room for a control message", console->dev.name);
        length = 0;
    }
    virtqueue_give(vq, chain.id, chain.n_desc, (uint32_t)length);
    return TRUE;
}

static void send_owed(VirtioConsole *console)
{
    for (unsigned i = 0; i < console->n_ports; i++) {
        ConsolePort *port = &console->ports[i];

        if (__atomic_exchange_n(&port->host_news, FALSE, __ATOMIC_SEQ_CST) && port->ready)
            port->owed |= CONSOLE_OWE_OPEN;
        while (port->owed) {
            if (!send_one(console, port))
                return;
        }
    }
}

void console_control_serve(VirtioConsole *console)
{
    Virtqueue *in = &console->dev.queues[CONSOLE_QUEUE_CONTROL_IN];

    if (!virtio_device_has(&console->dev, CONSOLE_F_MULTIPORT))
        return;
    virtio_worker_take(&console->worker, CONSOLE_QUEUE_CONTROL_OUT, take_control);
    if (in->broken)
        return;
    send_owed(console);
    virtio_worker_tell(&console->worker, CONSOLE_QUEUE_CONTROL_IN);
}
