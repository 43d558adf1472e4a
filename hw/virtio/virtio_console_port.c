/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The host's side of a port, on the main thread. */
#include "hw/virtio/virtio_console_private.h"

/** Between two words about a port: a guest can open and close it as often as it likes. */
enum { TELL_MS = 1000 };

static gboolean is_set(const int *flag) { return __atomic_load_n(flag, __ATOMIC_SEQ_CST); }

/**
 * Write what has come from the guest, up to what is there now. While nobody is at the other end it
 * waits; a console's is dropped, for a guest's console waits for it with interrupts off.
 */
static void flush(ConsolePort *port)
{
    unsigned length, written = 0;

    if (!is_set(&port->host_open) && !port->is_console)
        return;
    g_mutex_lock(&port->lock);
    unsigned end = port->out.head;
    for (;;) {
        /* Only this thread moves the tail, so the bytes stay where they are meanwhile. */
        const uint8_t *data = byte_ring_span(&port->out, port->out.tail, end, &length);
        g_mutex_unlock(&port->lock);
        if (length)
            written = (unsigned)chardev_write(port->chardev, data, length);
        g_mutex_lock(&port->lock);
        if (!length)
            break;
        port->out.tail += written;
        /* The chardev is full, and says when it no longer is. */
        if (written < length)
            break;
    }
    gboolean kick = port->stalled && byte_ring_room(&port->out);
    port->stalled &= !kick;
    g_mutex_unlock(&port->lock);
    if (kick)
        virtio_worker_kick(&port->console->worker);
}

/** Nothing is taken for a guest that has not opened the port. */
static size_t on_input(void *opaque, const uint8_t *data, size_t length)
{
    ConsolePort *port = opaque;

    g_mutex_lock(&port->lock);
    unsigned taken = 0;
    /* Looked at under the lock: a reset empties the ring after it has said that it is not open. */
    if (is_set(&port->guest_open))
        taken = (unsigned)MIN(length, byte_ring_room(&port->in));
    byte_ring_put(&port->in, data, taken);
    port->starved = taken < length;
    g_mutex_unlock(&port->lock);
    if (taken)
        virtio_worker_kick(&port->console->worker);
    return taken;
}

static void on_writable(void *opaque) { flush(opaque); }

static void set_host_open(ConsolePort *port, gboolean open)
{
    __atomic_store_n(&port->host_open, open, __ATOMIC_SEQ_CST);
    __atomic_store_n(&port->host_news, TRUE, __ATOMIC_SEQ_CST);
    virtio_worker_kick(&port->console->worker);
}

static void on_opened(void *opaque, gboolean open)
{
    ConsolePort *port = opaque;

    set_host_open(port, open);
    if (open)
        flush(port);
}

static const ChardevHandler handler = {
    .input = on_input,
    .writable = on_writable,
    .opened = on_opened,
};

void console_port_init(ConsolePort *port, VirtioConsole *console, const VirtioPortConfig *config)
{
    port->console = console;
    port->number = config->number;
    port->is_console = config->console;
    port->name = g_strdup(config->name);
    port->chardev = config->chardev;
    g_mutex_init(&port->lock);
    byte_ring_init(&port->in, CONSOLE_RING_SIZE);
    byte_ring_init(&port->out, CONSOLE_RING_SIZE);
}

void console_port_begin(ConsolePort *port)
{
    set_host_open(port, chardev_is_open(port->chardev));
    chardev_set_handler(port->chardev, &handler, port);
}

void console_port_finish(ConsolePort *port)
{
    /* The guest's last words before it went off. */
    flush(port);
    chardev_free(port->chardev);
    byte_ring_finish(&port->in);
    byte_ring_finish(&port->out);
    g_mutex_clear(&port->lock);
    g_free(port->name);
}

void console_ports_look(void *opaque)
{
    VirtioConsole *console = opaque;

    for (unsigned i = 0; i < console->n_ports; i++) {
        ConsolePort *port = &console->ports[i];

        flush(port);
        if (is_set(&port->guest_open))
            chardev_resume_input(port->chardev);
    }
    console_ports_tell(console);
}

/** Milliseconds until the port may be told of again, 0 if there is nothing to be told. */
static gint64 tell(VirtioConsole *console, unsigned index)
{
    ConsolePort *port = &console->ports[index];
    gint64 now = g_get_monotonic_time(), passed = (now - port->told_at) / 1000;
    gboolean open = is_set(&port->guest_open);

    if (open == port->told_open)
        return 0;
    if (port->told_at && passed < TELL_MS)
        return TELL_MS - passed;
    port->told_open = open;
    port->told_at = now;
    console->opened(console->opaque, index, open);
    return 0;
}

void console_ports_tell(void *opaque)
{
    VirtioConsole *console = opaque;
    gint64 wait = 0;

    for (unsigned i = 0; i < console->n_ports; i++) {
        gint64 left = tell(console, i);

        if (left && (!wait || left < wait))
            wait = left;
    }
    if (wait)
        main_call_after(console->tell, (unsigned)wait);
}
