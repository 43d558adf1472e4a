/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hw/spapr/vty.h"

#include "hw/spapr/irq/irq.h"
#include "src/base/byte_ring.h"
#include "src/base/main_call.h"
#include "src/chardev/chardev.h"

enum {
    VTY_OUT_SIZE = 16 * 1024,
    VTY_IN_SIZE = 1024,
    /**
     * Output is gathered this long before it is written, so that a kernel's
     * boot messages, 16 characters a hypercall, cost few wake-ups.
     */
    VTY_FLUSH_MS = 4,
};

struct Vty {
    Vm *vm;
    /** Main thread. */
    Chardev *chardev;
    /** Writes queued output; and asks for the input that found no room. */
    MainCall *flush, *resume;

    /** Protects the rings and armed. */
    GMutex lock;
    ByteRing in, out;
    /** A flush is due, or waits for the chardev; no further wake-up is needed. */
    gboolean armed;
    /** Main thread: the chardev is full; its writable call goes on. */
    gboolean blocked;
};

/**
 * Write what is queued now, without holding the lock over the system call. What
 * comes meanwhile waits for the next call: a guest that never stops writing has
 * the main loop for no more than a ring's worth at a time.
 */
static void vty_flush(void *opaque)
{
    Vty *vty = opaque;

    g_mutex_lock(&vty->lock);
    /* Only this thread moves the tail, so the bytes before the head stay where they are. */
    unsigned tail = vty->out.tail, end = vty->out.head;
    g_mutex_unlock(&vty->lock);

    vty->blocked = FALSE;
    while (tail != end && !vty->blocked) {
        unsigned length;
        const uint8_t *data = byte_ring_span(&vty->out, tail, end, &length);
        unsigned written = (unsigned)chardev_write(vty->chardev, data, length);

        tail += written;
        vty->blocked = written < length;
    }

    g_mutex_lock(&vty->lock);
    vty->out.tail = tail;
    vty->armed = byte_ring_used(&vty->out) != 0;
    gboolean again = vty->armed && !vty->blocked;
    g_mutex_unlock(&vty->lock);
    if (again)
        main_call_after(vty->flush, VTY_FLUSH_MS);
}

static size_t vty_input(void *opaque, const uint8_t *data, size_t length)
{
    Vty *vty = opaque;

    g_mutex_lock(&vty->lock);
    unsigned taken = (unsigned)MIN(length, byte_ring_room(&vty->in));
    byte_ring_put(&vty->in, data, taken);
    g_mutex_unlock(&vty->lock);
    if (taken)
        irq_pulse(vty->vm->irq, IRQ_SOURCE_VTY);
    return taken;
}

static void vty_leave(void *opaque)
{
    Vty *vty = opaque;

    vty->vm->control->request(vty->vm, VM_REQUEST_LEAVE, "leave key on the console");
}

static const ChardevHandler vty_handler = {
    .input = vty_input,
    .writable = vty_flush,
    .leave = vty_leave,
};

static void vty_resume_input(void *opaque)
{
    Vty *vty = opaque;

    chardev_resume_input(vty->chardev);
}

Vty *vty_new(Vm *vm, struct Chardev *chardev)
{
    Vty *vty = g_new0(Vty, 1);

    vty->vm = vm;
    vty->chardev = chardev;
    g_mutex_init(&vty->lock);
    byte_ring_init(&vty->in, VTY_IN_SIZE);
    byte_ring_init(&vty->out, VTY_OUT_SIZE);
    vty->flush = main_call_new(vty_flush, vty);
    vty->resume = main_call_new(vty_resume_input, vty);
    chardev_set_handler(chardev, &vty_handler, vty);
    return vty;
}

void vty_free(Vty *vty)
{
    if (!vty)
        return;
    main_call_free(vty->flush);
    main_call_free(vty->resume);
    chardev_free(vty->chardev);
    byte_ring_finish(&vty->in);
    byte_ring_finish(&vty->out);
    g_mutex_clear(&vty->lock);
    g_free(vty);
}

gboolean vty_is_console(uint64_t termno) { return termno == 0 || termno == VTY_UNIT_ADDRESS; }

unsigned vty_get(Vty *vty, uint8_t *text, unsigned room)
{
    g_mutex_lock(&vty->lock);
    gboolean was_full = byte_ring_room(&vty->in) == 0;
    unsigned length = byte_ring_get(&vty->in, text, room);
    g_mutex_unlock(&vty->lock);
    if (was_full && length)
        main_call_soon(vty->resume);
    return length;
}

gboolean vty_put(Vty *vty, const uint8_t *text, unsigned length)
{
    gboolean fits, arm = FALSE;

    g_mutex_lock(&vty->lock);
    fits = length <= byte_ring_room(&vty->out);
    if (fits && length) {
        byte_ring_put(&vty->out, text, length);
        arm = !vty->armed;
        vty->armed = TRUE;
    }
    g_mutex_unlock(&vty->lock);
    if (arm)
        main_call_after(vty->flush, VTY_FLUSH_MS);
    return fits;
}

void vty_reset(Vty *vty)
{
    g_mutex_lock(&vty->lock);
    vty->in.tail = vty->in.head;
    g_mutex_unlock(&vty->lock);
    chardev_resume_input(vty->chardev);
}

void vty_drain(Vty *vty, unsigned timeout_ms)
{
    gint64 end = g_get_monotonic_time() + (gint64)timeout_ms * 1000;

    for (;;) {
        vty_flush(vty);
        if (!vty->armed || g_get_monotonic_time() >= end)
            return;
        g_usleep(1000);
    }
}
