/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Ports with a hostile driver, whose rings, messages and buffers are whatever the input says: the
 * worker's own code, without its thread, which always comes to an end, and keeps no more than its
 * rings of what nobody reads.
 *
 * Input: a byte of features, then records: a place in memory (3 bytes), a length (1 byte) and
 * what is written there. A zero length serves the queues; of the place, bits then say what the
 * host does beforehand.
 */
#include <string.h>

#include "hw/virtio/virtio_console_private.h"
#include "src/base/guest_mem.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/fuzz_ring.h"
#include "tests/unit/fake_chardev.h"

enum {
    MEMORY = 1 << 18,
    QUEUES = 8,
    PORTS = 2,
    SIZE = 8,
    /** Of each queue: descriptors, then the driver's area, then the device's. */
    RING = 0x1000,
    DRIVER = 0x400,
    DEVICE = 0x800,
    DATA = 0x10000,
    MAX_SERVED = 64,
};

static void on_queue(void *transport, unsigned queue, uint16_t vector) {}
static void on_config(void *transport) {}
static const VirtioTransportOps transport = {on_queue, on_config, NULL};

static void on_opened(void *opaque, unsigned index, gboolean open)
{
    check(index < PORTS, "a port that is not there");
}

static VirtioConsole *make_ports(void)
{
    const VirtioPortConfig ports[PORTS] = {
        {.name = "one", .number = 1, .chardev = fake_chardev_new()},
        {.name = "two", .number = 2, .console = TRUE, .chardev = fake_chardev_new()},
    };
    const VirtioConsoleConfig config = {.ports = ports, .n_ports = PORTS, .opened = on_opened};
    VirtioDevice *dev = virtio_console_new(&config, NULL);

    check(dev && dev->n_queues == QUEUES, "no ports");
    dev->transport_ops = &transport;
    G_STATIC_ASSERT(offsetof(VirtioConsole, dev) == 0);
    return (VirtioConsole *)dev;
}

static void start(VirtioDevice *dev, uint8_t features)
{
    static const uint64_t known[] = {VIRTIO_F_RING_PACKED, VIRTIO_F_INDIRECT_DESC,
                                     VIRTIO_F_EVENT_IDX, CONSOLE_F_MULTIPORT};

    dev->driver_features = 0;
    for (unsigned i = 0; i < G_N_ELEMENTS(known); i++)
        dev->driver_features |= features >> i & 1 ? known[i] : 0;
    for (unsigned i = 0; i < QUEUES; i++) {
        Virtqueue *vq = &dev->queues[i];

        vq->size = SIZE;
        vq->desc_addr = (i + 1) * RING;
        vq->driver_addr = vq->desc_addr + DRIVER;
        vq->device_addr = vq->desc_addr + DEVICE;
        vq->enabled = TRUE;
    }
    dev->running = TRUE;
    check(dev->ops->start(dev), "no rings");
}

/** As a driver resets the device, without the worker's thread, which would say when it stopped. */
static void restart(VirtioConsole *console, uint8_t features)
{
    console->dev.ops->stop(&console->dev);
    virtio_device_stopped(&console->dev);
    for (unsigned i = 0; i < PORTS; i++)
        check(!virtio_console_is_open(&console->dev, i), "a port is still open");
    start(&console->dev, features);
}

static void serve(VirtioConsole *console, unsigned what, uint8_t features)
{
    ConsolePort *port = &console->ports[what & 1];

    if (what & 2)
        fake_chardev_type(port->chardev, "typed at the other end");
    if (what & 4)
        fake_chardev_set_open(port->chardev, what >> 3 & 1);
    if (what & 16)
        fake_chardev_set_room(port->chardev, what & 32 ? SIZE_MAX : 5);
    if (what & 64)
        restart(console, features);
    console->worker.ops->serve(&console->worker);
    console_ports_look(console);
    for (unsigned i = 0; i < PORTS; i++) {
        const ConsolePort *p = &console->ports[i];

        check(byte_ring_used(&p->in) <= CONSOLE_RING_SIZE &&
                  byte_ring_used(&p->out) <= CONSOLE_RING_SIZE,
              "more than a ring holds");
        check(p->owed < 2 * CONSOLE_OWE_OPEN, "a message of no kind");
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    FuzzInput in = {data, size};
    uint8_t features = fuzz_take_byte(&in);
    GuestMem *mem = guest_mem_new(NULL);
    DmaSpace dma = {.mem = mem};
    unsigned served = 0;

    check(guest_mem_add(mem, 0, MEMORY, NULL), "no memory");
    VirtioConsole *console = make_ports();
    console->dev.dma = &dma;
    start(&console->dev, features);
    while (in.left && served < MAX_SERVED) {
        uint64_t at = fuzz_take_bytes(&in, 3) % MEMORY;
        uint8_t length = fuzz_take_byte(&in);

        if (!length) {
            serve(console, (unsigned)at, features);
            served++;
        }
        fuzz_poke(&in, mem, at, length);
    }
    serve(console, 2, features);
    console->dev.ops->free(&console->dev);
    guest_mem_free(mem);
    return 0;
}

/** Queue @queue gets @count buffers of @length bytes each, as a driver of split rings does it. */
static void put_queue(uint8_t **to, unsigned queue, unsigned count, uint32_t length)
{
    uint64_t base = (queue + 1) * RING;

    fuzz_put(to, base, 3, FALSE);
    fuzz_put(to, count * 16, 1, FALSE);
    for (unsigned i = 0; i < count; i++)
        fuzz_put_desc(to, DATA + queue * 0x4000 + i * 0x400, length, queue % 2 ? 0 : 2, 0);
    fuzz_put(to, base + DRIVER, 3, FALSE);
    fuzz_put(to, 4 + 2 * count, 1, FALSE);
    fuzz_put(to, 0, 2, TRUE);
    fuzz_put(to, count, 2, TRUE);
    for (unsigned i = 0; i < count; i++)
        fuzz_put(to, i, 2, TRUE);
}

/** A driver that says what it has to, opens both ports, and has buffers for all. */
size_t fuzz_seed(unsigned index, uint8_t *buffer, size_t room)
{
    static const uint8_t messages[][8] = {
        {0, 0, 0, 0, 0, 0, 1, 0}, {1, 0, 0, 0, 3, 0, 1, 0}, {2, 0, 0, 0, 3, 0, 1, 0},
        {1, 0, 0, 0, 6, 0, 1, 0}, {2, 0, 0, 0, 6, 0, 1, 0}, {1, 0, 0, 0, 6, 0, 0, 0},
    };
    uint8_t *to = buffer;

    if (index >= 8 || room < 2048)
        return 0;
    fuzz_put(&to, 8 | (index & 1 ? 6 : 0), 1, FALSE);
    for (unsigned i = 0; i < G_N_ELEMENTS(messages); i++) {
        fuzz_put(&to, DATA + CONSOLE_QUEUE_CONTROL_OUT * 0x4000 + i * 0x400, 3, FALSE);
        fuzz_put(&to, 8, 1, FALSE);
        for (unsigned byte = 0; byte < 8; byte++)
            fuzz_put(&to, messages[i][byte], 1, FALSE);
    }
    put_queue(&to, CONSOLE_QUEUE_CONTROL_IN, 8, 256);
    put_queue(&to, CONSOLE_QUEUE_CONTROL_OUT, index & 2 ? 6 : 5, 8);
    for (unsigned queue = 4; queue < QUEUES; queue++)
        put_queue(&to, queue, 6, index & 4 ? 0x8000 : 100);
    for (unsigned what = 2; what < 128; what = what * 2 + 1) {
        fuzz_put(&to, what, 3, FALSE);
        fuzz_put(&to, 0, 1, FALSE);
    }
    return (size_t)(to - buffer);
}
