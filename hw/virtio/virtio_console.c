/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stddef.h>

#include "hw/virtio/virtio_console_private.h"
#include "src/base/endian.h"
#include "src/base/iov.h"

/** Neither size nor emergency output is offered: the size is nobody's to know. */
typedef struct {
    le16 cols, rows;
    le32 max_nr_ports;
    le32 emerg_wr;
} ConsoleSpace;
G_STATIC_ASSERT(sizeof(ConsoleSpace) == 12);

enum {
    /** Chains of one queue that are served before the next one is. */
    ROUND = VIRTQUEUE_MAX_SIZE,
};

static VirtioConsole *console_of(VirtioDevice *dev)
{
    return (VirtioConsole *)((uint8_t *)dev - offsetof(VirtioConsole, dev));
}

/** The queue to the guest; the one from it is the next. Port 0's are before the control queues. */
static unsigned port_queue(const ConsolePort *port) { return 2 * (port->number + 1); }

/* --- from the guest ----------------------------------------------------------------------- */

/** The request that is to be gone on with, or the next one. */
static VirtqueueResult next_output(ConsolePort *port, Virtqueue *vq)
{
    if (port->has_chain)
        return VIRTQUEUE_GOT;

    VirtqueueResult result = virtqueue_take(vq, &port->chain);
    port->has_chain = result == VIRTQUEUE_GOT;
    port->done = 0;
    return result;
}

/**
 * Take over what there is room for; whether that was all. Of a console the rest is dropped: its
 * driver waits for the end with interrupts off.
 */
static gboolean put_output(ConsolePort *port)
{
    const VirtqueueChain *chain = &port->chain;
    unsigned length;
    size_t copied = 1;

    g_mutex_lock(&port->lock);
    while (port->done < chain->readable_bytes && copied) {
        uint8_t *to = byte_ring_free(&port->out, &length);

        copied = iov_copy(chain->iov, chain->n_readable, port->done, to, length, FALSE);
        port->out.head += (unsigned)copied;
        port->done += copied;
    }
    gboolean all = port->done >= chain->readable_bytes || port->is_console;
    port->stalled = !all;
    g_mutex_unlock(&port->lock);
    return all;
}

static void serve_output(VirtioConsole *console, ConsolePort *port)
{
    const unsigned queue = port_queue(port) + 1;
    Virtqueue *vq = &console->dev.queues[queue];
    VirtqueueResult result = VIRTQUEUE_EMPTY;
    gboolean all = TRUE, any = FALSE;

    if (vq->broken)
        return;
    virtqueue_ask_kicks(vq, FALSE);
    for (unsigned i = 0; i < ROUND && all && (result = next_output(port, vq)) == VIRTQUEUE_GOT;
         i++) {
        any = TRUE;
        all = put_output(port);
        if (all) {
            virtqueue_give(vq, port->chain.id, port->chain.n_desc, 0);
            port->has_chain = FALSE;
        }
    }
    if (any)
        main_call_soon(console->look);
    if (result == VIRTQUEUE_BROKEN)
        virtio_worker_break(&console->worker, queue);
    /* Without room there is no use in kicks: the main loop says when there is. */
    else if (all && virtqueue_ask_kicks(vq, TRUE))
        virtio_worker_kick(&console->worker);
    virtio_worker_tell(&console->worker, queue);
}

/* --- to the guest --------------------------------------------------------------------------- */

static gboolean has_input(ConsolePort *port)
{
    g_mutex_lock(&port->lock);
    gboolean any = byte_ring_used(&port->in) != 0;
    g_mutex_unlock(&port->lock);
    return any;
}

/** Fill a buffer of the driver's: how much of it. */
static uint32_t get_input(ConsolePort *port, const VirtqueueChain *chain)
{
    const struct iovec *iov = chain->iov + chain->n_readable;
    unsigned length;
    size_t done = 0, copied = 1;

    g_mutex_lock(&port->lock);
    while (copied) {
        uint8_t *from = byte_ring_span(&port->in, port->in.tail, port->in.head, &length);

        copied = iov_copy(iov, chain->n_writable, done, from, length, TRUE);
        port->in.tail += (unsigned)copied;
        done += copied;
    }
    gboolean look = port->starved && byte_ring_room(&port->in);
    port->starved &= !look;
    g_mutex_unlock(&port->lock);
    if (look)
        main_call_soon(port->console->look);
    return (uint32_t)done;
}

static void serve_input(VirtioConsole *console, ConsolePort *port)
{
    const unsigned queue = port_queue(port);
    Virtqueue *vq = &console->dev.queues[queue];
    VirtqueueResult result = VIRTQUEUE_GOT;
    unsigned i;

    if (vq->broken || !__atomic_load_n(&port->guest_open, __ATOMIC_SEQ_CST))
        return;
    for (i = 0; i < ROUND && has_input(port); i++) {
        VirtqueueChain chain;

        result = virtqueue_take(vq, &chain);
        if (result == VIRTQUEUE_EMPTY && virtqueue_ask_kicks(vq, TRUE))
            result = virtqueue_take(vq, &chain);
        if (result != VIRTQUEUE_GOT)
            break;
        virtqueue_give(vq, chain.id, chain.n_desc, get_input(port, &chain));
    }
    if (result == VIRTQUEUE_BROKEN)
        virtio_worker_break(&console->worker, queue);
    else if (i == ROUND)
        virtio_worker_kick(&console->worker);
    virtio_worker_tell(&console->worker, queue);
}

static void console_serve(VirtioWorker *worker)
{
    VirtioConsole *console = worker->opaque;

    g_mutex_lock(&console->serving);
    if (!console->paused) {
        console_control_serve(console);
        for (unsigned i = 0; i < console->n_ports; i++) {
            serve_output(console, &console->ports[i]);
            serve_input(console, &console->ports[i]);
        }
    }
    g_mutex_unlock(&console->serving);
}

static const VirtioWorkerOps worker_ops = {
    .wait = virtio_worker_wait_kick,
    .serve = console_serve,
};

/* --- the device --------------------------------------------------------------------------- */

static gboolean console_begin(VirtioDevice *dev, GError **error)
{
    return virtio_workers_begin(&console_of(dev)->worker, 1, error);
}

static gboolean console_start(VirtioDevice *dev)
{
    return virtio_workers_start(&console_of(dev)->worker, 1);
}

static void console_stop(VirtioDevice *dev) { virtio_workers_stop(&console_of(dev)->worker, 1); }

static void set_paused(VirtioConsole *console, gboolean paused)
{
    g_mutex_lock(&console->serving);
    console->paused = paused;
    g_mutex_unlock(&console->serving);
}

static void console_pause(VirtioDevice *dev) { set_paused(console_of(dev), TRUE); }

static void console_resume(VirtioDevice *dev)
{
    set_paused(console_of(dev), FALSE);
    virtio_worker_kick(&console_of(dev)->worker);
}

/** What the guest has written is still written; what it has not read is not for the next one. */
static void reset_port(ConsolePort *port)
{
    port->ready = port->has_chain = FALSE;
    port->owed = 0;
    __atomic_store_n(&port->guest_open, FALSE, __ATOMIC_SEQ_CST);
    g_mutex_lock(&port->lock);
    port->in.tail = port->in.head;
    port->stalled = FALSE;
    g_mutex_unlock(&port->lock);
}

static void console_reset(VirtioDevice *dev)
{
    VirtioConsole *console = console_of(dev);

    for (unsigned i = 0; i < console->n_ports; i++)
        reset_port(&console->ports[i]);
    main_call_soon(console->look);
}

static void console_free(VirtioDevice *dev)
{
    VirtioConsole *console = console_of(dev);

    virtio_worker_finish(&console->worker);
    main_call_free(console->look);
    main_call_free(console->tell);
    for (unsigned i = 0; i < console->n_ports; i++)
        console_port_finish(&console->ports[i]);
    g_free(console->ports);
    virtio_device_finish(dev);
    g_mutex_clear(&console->serving);
    g_free(console);
}

static const VirtioDeviceOps device_ops = {
    .begin = console_begin,
    .start = console_start,
    .stop = console_stop,
    .pause = console_pause,
    .resume = console_resume,
    .reset = console_reset,
    .free = console_free,
};

/** One more than the highest number of a port. */
static unsigned count_numbers(const VirtioConsoleConfig *config)
{
    unsigned highest = 0;

    for (unsigned i = 0; i < config->n_ports; i++)
        highest = MAX(highest, config->ports[i].number);
    return highest + 1;
}

VirtioDevice *virtio_console_new(const VirtioConsoleConfig *config, GError **error)
{
    VirtioConsole *console = g_new0(VirtioConsole, 1);
    VirtioDevice *dev = &console->dev;
    ConsoleSpace *space = (ConsoleSpace *)dev->config;
    unsigned numbers = count_numbers(config);
    unsigned queues = 2 * (numbers + 1);

    console->opened = config->opened;
    console->opaque = config->opaque;
    g_mutex_init(&console->serving);
    virtio_device_init(dev, VIRTIO_ID_CONSOLE, queues, CONSOLE_F_MULTIPORT | VIRTIO_F_RING_PACKED,
                       &device_ops);
    dev->name = g_strdup("ports");
    dev->config_size = sizeof(*space);
    space->max_nr_ports = le32_of(numbers);
    console->look = main_call_new(console_ports_look, console);
    console->tell = main_call_new(console_ports_tell, console);
    console->ports = g_new0(ConsolePort, config->n_ports);
    console->n_ports = config->n_ports;
    for (unsigned i = 0; i < config->n_ports; i++)
        console_port_init(&console->ports[i], console, &config->ports[i]);
    if (!virtio_worker_init(&console->worker, &worker_ops, dev, 0, queues, &console->running,
                            console, error)) {
        console_free(dev);
        return NULL;
    }
    for (unsigned i = 0; i < config->n_ports; i++)
        console_port_begin(&console->ports[i]);
    return dev;
}

gboolean virtio_console_is_open(VirtioDevice *dev, unsigned index)
{
    return __atomic_load_n(&console_of(dev)->ports[index].guest_open, __ATOMIC_SEQ_CST);
}

const char *virtio_console_location(VirtioDevice *dev, unsigned index)
{
    return chardev_location(console_of(dev)->ports[index].chardev);
}
