/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A network card with a hostile driver, whose rings and buffers are whatever the input says: the
 * worker's own code, without its thread, which always comes to an end, and writes nothing outside
 * of the guest's memory.
 *
 * Input: a byte of features, then records: a place in memory (3 bytes), a length (1 byte) and
 * what is written there. A zero length serves the queues; the place is then the length of a
 * packet that arrives beforehand.
 */
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "hw/virtio/virtio_net_private.h"
#include "src/base/guest_mem.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/fuzz_ring.h"

enum {
    MEMORY = 1 << 18,
    QUEUES = 3,
    SIZE = 8,
    /** Of each queue: descriptors, then the driver's area, then the device's. */
    RING = 0x1000,
    DRIVER = 0x400,
    DEVICE = 0x800,
    MAX_PACKET = 1 << 16,
    MAX_SERVED = 64,
};

static void on_queue(void *transport, unsigned queue, uint16_t vector) {}
static void on_config(void *transport) {}
static const VirtioTransportOps transport = {on_queue, on_config, NULL};

static VirtioDevice *make_card(int wire[2])
{
    VirtioNetConfig config = {.name = "net0", .mac = {2, 0, 0, 0, 0, 7}};
    Tap *tap = g_new0(Tap, 1);

    check(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, wire) == 0,
          "no sockets");
    tap->fds[0] = wire[1];
    tap->queues = 1;
    VirtioDevice *dev = virtio_net_new(tap, &config, NULL);
    check(dev != NULL, "no card");
    dev->transport_ops = &transport;
    return dev;
}

static void start(VirtioDevice *dev, uint8_t features)
{
    static const uint64_t known[] = {VIRTIO_F_RING_PACKED, VIRTIO_F_INDIRECT_DESC,
                                     VIRTIO_F_EVENT_IDX,   NET_F_MRG_RXBUF,
                                     NET_F_GUEST_CSUM,     NET_F_GUEST_TSO4 | NET_F_GUEST_ECN,
                                     NET_F_CTRL_VQ,        NET_F_MQ};

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

static void serve(VirtioDevice *dev, int wire, size_t arrives)
{
    /* The worker is the first that a card has. */
    VirtioWorker *worker = ((VirtioNet *)dev)->workers;
    uint8_t packet[MAX_PACKET];

    G_STATIC_ASSERT(offsetof(VirtioNet, dev) == 0);
    if (arrives) {
        memset(packet, (int)arrives, arrives);
        /* Headers that a driver may have agreed to, and others. */
        memset(packet, 0, MIN(arrives, (size_t)TAP_HEADER));
        packet[0] = arrives % 3 == 0;
        if (arrives > 1)
            packet[1] = arrives % 5 == 0;
        if (write(wire, packet, arrives) < 0)
            return;
    }
    worker->ops->serve(worker);
    while (read(wire, packet, sizeof(packet)) > 0)
        ;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    FuzzInput in = {data, size};
    uint8_t features = fuzz_take_byte(&in);
    GuestMem *mem = guest_mem_new(NULL);
    DmaSpace dma = {.mem = mem};
    unsigned served = 0;
    int wire[2];

    check(guest_mem_add(mem, 0, MEMORY, NULL), "no memory");
    VirtioDevice *dev = make_card(wire);
    dev->dma = &dma;
    start(dev, features);
    while (in.left && served < MAX_SERVED) {
        uint64_t at = fuzz_take_bytes(&in, 3) % MEMORY;
        uint8_t length = fuzz_take_byte(&in);

        if (!length) {
            serve(dev, wire[0], at % MAX_PACKET);
            served++;
        }
        fuzz_poke(&in, mem, at, length);
    }
    serve(dev, wire[0], 100);
    dev->ops->free(dev);
    close(wire[0]);
    guest_mem_free(mem);
    return 0;
}

/** Queue @queue gets @count chains of one or two descriptors, as a driver writes them. */
static void put_queue(uint8_t **to, unsigned queue, unsigned count, gboolean packed)
{
    uint64_t base = (queue + 1) * RING, data = 0x10000 + queue * 0x4000;

    fuzz_put(to, base, 3, FALSE);
    fuzz_put(to, count * 16, 1, FALSE);
    for (unsigned i = 0; i < count; i++) {
        /* Room, a packet, or a command and room for its answer. */
        uint16_t flags = (uint16_t)(queue == 0 || (queue == 2 && i % 2) ? 2 : 0);
        uint32_t length = queue == 2 ? (i % 2 ? 1 : 8) : queue ? 100 : 800;

        if (queue == 2 && !(i % 2))
            flags |= 1;
        if (packed)
            fuzz_put_desc(to, data + i * 0x400, length, (uint16_t)(queue == 2 ? i / 2 * 2 : i),
                          flags | 1 << 7);
        else
            fuzz_put_desc(to, data + i * 0x400, length, flags, (uint16_t)(i + 1));
    }
    if (packed)
        return;
    fuzz_put(to, base + DRIVER, 3, FALSE);
    fuzz_put(to, 4 + 2 * count, 1, FALSE);
    fuzz_put(to, 0, 2, TRUE);
    fuzz_put(to, queue == 2 ? count / 2 : count, 2, TRUE);
    for (unsigned i = 0; i < count; i++)
        fuzz_put(to, queue == 2 ? 2 * i % count : i, 2, TRUE);
}

/** Two commands, packets each way, some of them over several chains; in each layout. */
size_t fuzz_seed(unsigned index, uint8_t *buffer, size_t room)
{
    static const uint8_t commands[][8] = {
        {1, 1, 2, 0, 0, 0, 0, 9}, {0, 0, 1}, {1, 0, 0, 0, 0, 0, 0, 0}, {4, 0, 1, 0}};
    gboolean packed = index & 1;
    uint8_t *to = buffer;

    if (index >= 8 || room < 1024)
        return 0;
    fuzz_put(&to, 0x40 | 0x04 | (packed ? 1 : 0) | (index & 2 ? 0x38 : 0), 1, FALSE);
    for (unsigned i = 0; i < 2; i++) {
        fuzz_put(&to, 0x10000 + 2 * 0x4000 + i * 2 * 0x400, 3, FALSE);
        fuzz_put(&to, 8, 1, FALSE);
        for (unsigned byte = 0; byte < 8; byte++)
            fuzz_put(&to, commands[(index / 2 + i) % G_N_ELEMENTS(commands)][byte], 1, FALSE);
    }
    for (unsigned queue = 0; queue < QUEUES; queue++)
        put_queue(&to, queue, queue == 2 ? 4 : 6, packed);
    fuzz_put(&to, 300, 3, FALSE);
    fuzz_put(&to, 0, 1, FALSE);
    fuzz_put(&to, index & 4 ? 1500 : 60, 3, FALSE);
    fuzz_put(&to, 0, 1, FALSE);
    return (size_t)(to - buffer);
}
