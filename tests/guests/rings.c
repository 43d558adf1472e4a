// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A driver of the first virtio device that means harm, a disk or, with net=1, a
 * network card, whose three queues take turns, or, with vsock=CID, sockets to the host,
 * whose first two do, while the other one is empty: kicks=N (20,000) kicks,
 * from seed=S, each after a change of the ring that is a request now and then
 * and mostly none: chains that loop, overlap or end nowhere, addresses and
 * lengths out of memory, tables in tables, indices that jump. A second CPU
 * scribbles on the same rings all the time, so that what is read is torn.
 *
 * Whenever the device says that it needs a reset, and from time to time
 * without, it is reset and set up anew, with other features and sizes. In the
 * end it must do what a driver asks that behaves: read back what was written to a disk,
 * take packets for a card, or for sockets.
 *
 * Radix only: the device is reached by loads and stores without translation.
 */
#include "guest.h"

enum {
    BAR_REG = 0x18,
    NOTIFY = 0x3000,
    DEVICE_FEATURES = 4,
    DRIVER_SELECT = 8,
    DRIVER_FEATURES = 12,
    STATUS = 20,
    QUEUE_SELECT = 22,
    QUEUE_SIZE = 24,
    QUEUE_ENABLE = 28,
    QUEUE_DESC = 32,
    QUEUE_DRIVER = 40,
    QUEUE_DEVICE = 48,

    ACKNOWLEDGE = 1,
    DRIVER = 2,
    DRIVER_OK = 4,
    FEATURES_OK = 8,
    NEEDS_RESET = 64,

    DESC_NEXT = 1,
    DESC_WRITE = 2,
    DESC_INDIRECT = 4,
    PACKED_AVAIL = 1 << 7,
    PACKED_USED = 1 << 15,
    F_FLUSH = 1 << 9,
    /* Of a network card: checksums and segments to the driver, merged buffers, control queue. */
    F_NET = 1 << 1 | 1 << 7 | 1 << 15 | 1 << 17,
    NET_QUEUES = 3,
    NET_SEND = 1,
    /* Of sockets: packets that keep their bounds. */
    F_VSOCK = 1 << 1,
    VSOCK_QUEUES = 2,
    VSOCK_TAKE = 0,
    VSOCK_SEND = 1,
    VSOCK_HEADER = 44,
    VSOCK_STREAM = 1,
    VSOCK_RST = 3,
    HOST_CID = 2,
    F_INDIRECT = 1 << 28,
    F_EVENT_IDX = 1 << 29,
    /* Of the upper half. */
    F_VERSION_1 = 1 << 0,
    F_PACKED = 1 << 2,

    SIZE_MAX_RING = 256,
    ARENA = 1 << 20,
    TABLES = 64,
    PATIENCE_MS = 60000,
    SECTOR = 512,
    TYPE_IN = 0,
    TYPE_OUT = 1,
};

/* The queue, and all that its requests may write to. Big enough that a wild write stays within. */
static u8 descriptors[SIZE_MAX_RING * 16] __attribute__((aligned(4096)));
static u8 driver_area[4096] __attribute__((aligned(4096)));
static u8 device_area[4096] __attribute__((aligned(4096)));
static u8 arena[ARENA] __attribute__((aligned(4096)));
/* Of a queue beside it. */
static u8 other_area[3][4096] __attribute__((aligned(4096)));
/* Indirect descriptors: what they say must lead nowhere else, either. */
static u8 tables[TABLES * 16] __attribute__((aligned(4096)));

static u64 bar;
static unsigned ring_size, queue;
static bool is_net;
static u64 cid;
static bool packed, wrap;
static u16 avail;
static u64 kicks, broken, sessions, served;

/* --- the device's registers, little-endian ------------------------------------- */

static u8 read8(unsigned reg)
{
    u8 value;

    asm volatile("lbzx %0,0,%1" : "=r"(value) : "r"(bar + reg) : "memory");
    return value;
}

static void write8(unsigned reg, u8 value)
{
    asm volatile("stbx %0,0,%1" : : "r"(value), "r"(bar + reg) : "memory");
}

static void write16(unsigned reg, u16 value)
{
    asm volatile("sthbrx %0,0,%1" : : "r"(value), "r"(bar + reg) : "memory");
}

static void write32(unsigned reg, u32 value)
{
    asm volatile("stwbrx %0,0,%1" : : "r"(value), "r"(bar + reg) : "memory");
}

static void write64(unsigned reg, u64 value)
{
    write32(reg, (u32)value);
    write32(reg + 4, (u32)(value >> 32));
}

/* --- little-endian memory -------------------------------------------------------- */

static void put(u8 *at, unsigned bytes, u64 value)
{
    for (unsigned i = 0; i < bytes; i++)
        ((volatile u8 *)at)[i] = (u8)(value >> 8 * i);
}

static u16 get16(const u8 *at)
{
    const volatile u8 *bytes = at;

    return (u16)(bytes[0] | bytes[1] << 8);
}

static void put_desc(u8 *at, u64 address, u32 length, u16 second_last, u16 last)
{
    put(at, 8, address);
    put(at + 8, 4, length);
    /* Split: flags, next. Packed: id, flags. */
    put(at + 12, 2, second_last);
    barrier();
    put(at + 14, 2, last);
}

/* --- set-up ------------------------------------------------------------------------ */

static void reset(void)
{
    u64 end = timebase() + milliseconds(PATIENCE_MS);

    write8(STATUS, 0);
    while (read8(STATUS)) {
        if (timebase() > end)
            guest_fail("the device does not come out of its reset");
    }
    memset(descriptors, 0, sizeof(descriptors));
    memset(driver_area, 0, sizeof(driver_area));
    memset(device_area, 0, sizeof(device_area));
    memset(other_area, 0, sizeof(other_area));
    avail = 0;
    wrap = true;
}

static void set_queue(unsigned which, unsigned size, u8 *desc, u8 *driver, u8 *device)
{
    write16(QUEUE_SELECT, (u16)which);
    write16(QUEUE_SIZE, (u16)size);
    write64(QUEUE_DESC, (u64)desc);
    write64(QUEUE_DRIVER, (u64)driver);
    write64(QUEUE_DEVICE, (u64)device);
    write16(QUEUE_ENABLE, 1);
}

static void begin(unsigned size, u32 low, bool pack)
{
    reset();
    write8(STATUS, ACKNOWLEDGE | DRIVER);
    write32(DRIVER_SELECT, 0);
    write32(DRIVER_FEATURES, low);
    write32(DRIVER_SELECT, 1);
    write32(DRIVER_FEATURES, F_VERSION_1 | (pack ? F_PACKED : 0));
    write8(STATUS, ACKNOWLEDGE | DRIVER | FEATURES_OK);
    if (!(read8(STATUS) & FEATURES_OK))
        guest_fail("features %x are refused", low);
    set_queue(queue, size, descriptors, driver_area, device_area);
    /* One of sockets' is not served without the other one. */
    if (cid)
        set_queue(!queue, SIZE_MAX_RING, other_area[0], other_area[1], other_area[2]);
    write8(STATUS, ACKNOWLEDGE | DRIVER | FEATURES_OK | DRIVER_OK);
    ring_size = size;
    packed = pack;
    sessions++;
}

static void kick_queue(unsigned which)
{
    barrier();
    write16(NOTIFY + 4 * which, 0);
}

static void kick(void) { kick_queue(queue); }

/* --- the attack ---------------------------------------------------------------------- */

/* In the arena, in the rings, at the end of memory, or nowhere. */
static u64 any_address(void)
{
    switch (random_below(16)) {
    case 0:
        return machine.ram_end - random_below(64);
    case 1:
        return machine.ram_end + random_below(1UL << 40);
    case 2:
        return random_next() | 1UL << 63;
    case 3:
        return -random_below(4096);
    case 4:
        return bar + random_below(0x10000);
    case 5:
        return (u64)descriptors + random_below(sizeof(descriptors) / 2);
    default:
        return (u64)arena + random_below(ARENA / 2) / 16 * 16;
    }
}

/* Lengths end within the arena, or behind all memory: this program has to outlive its disk. */
static u32 any_length(u64 address)
{
    if (address >= (u64)descriptors && address < (u64)descriptors + sizeof(descriptors))
        return (u32)random_below(sizeof(descriptors) / 2);
    switch (random_below(16)) {
    case 0:
        return 0;
    case 1:
        return 0xffffffff;
    case 2:
        return 0x80000000;
    case 3:
        return (u32)random_below(65536);
    case 4:
    case 5:
        return 1;
    case 6:
    case 7:
        return 16;
    default:
        return (u32)(SECTOR << random_below(5));
    }
}

static u16 any_flags(void)
{
    u16 flags = (u16)(random_below(2) | (random_below(2) ? DESC_WRITE : 0) |
                      (random_below(8) ? 0 : DESC_INDIRECT));

    return random_below(64) ? flags : (u16)random_next();
}

/* What stands before a packet of a socket's: it has @length bytes and is of kind @op. */
static void put_vsock_header(u8 *at, u64 from, u64 to, u32 length, u16 op)
{
    memset(at, 0, VSOCK_HEADER);
    put(at, 8, from);
    put(at + 8, 8, to);
    put(at + 16, 4, 1000);
    put(at + 20, 4, 2000);
    put(at + 24, 4, length);
    put(at + 28, 2, VSOCK_STREAM);
    put(at + 30, 2, op);
    put(at + 36, 4, 4096);
}

/* A header of a request, often one that can be served. */
static u64 any_header(void)
{
    static const u8 types[] = {0, 1, 4, 8, 11, 13, 0, 1};
    u8 *at = arena + random_below(ARENA / 2) / 16 * 16;

    if (cid) {
        put_vsock_header(at, random_below(4) ? cid : random_next(),
                         random_below(8) ? HOST_CID : random_next(),
                         random_below(2) ? SECTOR : (u32)random_next(), (u16)random_below(10));
        return (u64)at;
    }
    put(at, 4, random_below(16) ? types[random_below(sizeof(types))] : random_next());
    put(at + 4, 4, 0);
    put(at + 8, 8, random_below(8) ? random_below(64) : random_next());
    return (u64)at;
}

static u16 packed_flags(unsigned place, u16 flags)
{
    bool now = place >= ring_size ? !wrap : wrap;

    if (!random_below(32))
        return (u16)(random_next() & ~(u64)DESC_INDIRECT);
    return (u16)(flags | (now ? PACKED_AVAIL : PACKED_USED));
}

/* Chains of a few pieces each, some of them spoilt; tables in tables. */
static void fill_tables(void)
{
    for (unsigned i = 0; i < TABLES; i++) {
        unsigned in_chain = i % 4;
        u64 address = in_chain ? (u64)arena + random_below(ARENA / 2) / 16 * 16 : any_header();
        u32 length = in_chain == 0 ? 16 : in_chain == 3 ? 1 : SECTOR << random_below(4);
        u16 flags = (u16)((in_chain < 3 ? DESC_NEXT : 0) | (in_chain ? DESC_WRITE : 0));

        if (!random_below(8)) {
            flags = any_flags();
            address = flags & DESC_INDIRECT ? (u64)tables : any_address();
            length = any_length(address);
        }
        put_desc(tables + 16 * i, address, length, flags,
                 (u16)(random_below(16) ? in_chain + 1 : random_next()));
    }
}

/* Descriptor @i of a chain that begins at @head; with @spoil it may be anything. */
static void chain_piece(unsigned head, unsigned i, unsigned count, bool spoil)
{
    unsigned place = head + i;
    u8 *at = descriptors + 16 * (place % ring_size);
    u64 address = i ? (u64)arena + random_below(ARENA / 2) / 16 * 16 : any_header();
    u32 length = i == 0           ? (cid ? VSOCK_HEADER : 16)
                 : i + 1 == count ? 1
                                  : SECTOR << random_below(4);
    bool writable = cid ? queue == VSOCK_TAKE : i > 0;
    u16 flags = (u16)((i + 1 < count ? DESC_NEXT : 0) | (writable ? DESC_WRITE : 0));

    if (spoil && !random_below(3)) {
        address = any_address();
        length = any_length(address);
        flags = any_flags();
    }
    if (flags & DESC_INDIRECT) {
        address = (u64)tables + 64 * random_below(TABLES / 4);
        length = (u32)(random_below(4)   ? 64
                       : random_below(2) ? random_below(2 * sizeof(tables))
                                         : 0xfffffff0);
    }
    if (packed)
        put_desc(at, address, length, (u16)head, packed_flags(place, flags));
    else
        put_desc(at, address, length, flags,
                 (u16)(spoil && !random_below(4) ? random_next() : (place + 1) % ring_size));
}

static void begin_hostile(void)
{
    u32 own = is_net            ? F_NET & (u32)random_next()
              : cid             ? F_VSOCK & (u32)random_next()
              : random_below(2) ? F_FLUSH
                                : 0;
    u32 low = own | (random_below(4) ? F_INDIRECT : 0) | (random_below(2) ? F_EVENT_IDX : 0);

    fill_tables();
    queue = (unsigned)random_below(is_net ? NET_QUEUES : cid ? VSOCK_QUEUES : 1);
    begin(random_below(8) ? 1u << (1 + random_below(8)) : SIZE_MAX_RING, low,
          !cid && random_below(2));
}

static void post(bool spoil)
{
    unsigned count = 2 + random_below(random_below(16) ? 3 : ring_size), head = avail % ring_size;

    if (count > ring_size)
        count = ring_size;
    /* The first one last, as a driver does with a packed ring. */
    for (unsigned i = count; i-- > 0;)
        chain_piece(head, i, count, spoil);
    if (packed) {
        if (head + count >= ring_size)
            wrap = !wrap;
        avail = (u16)((head + count) % ring_size);
        return;
    }
    put(driver_area + 4 + 2 * (avail % ring_size), 2,
        spoil && !random_below(16) ? random_next() : head);
    avail = (u16)(spoil && !random_below(64) ? random_next() : avail + 1u);
    put(driver_area, 2, random_below(2));
    barrier();
    put(driver_area + 2, 2, avail);
}

/* A second CPU, for torn reads. */
static volatile u64 scribbles;
static volatile bool quiet;

void secondary_main(u64 index)
{
    u64 state = 0x2545f4914f6cdd1dUL * (index + option("seed", 1));

    for (;;) {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        if (quiet) {
            scribbles = 0;
            continue;
        }
        /* Flags and links of descriptors, now and then the driver's area; not what makes tables. */
        u8 *at = state & 0xf00
                     ? descriptors + 16 * (state >> 16 & (SIZE_MAX_RING - 1)) + 12 + (state & 3)
                     : driver_area + (state >> 16 & 63);
        u8 bit = (u8)(1u << (state >> 60 & 7));
        if (bit != DESC_INDIRECT)
            *(volatile u8 *)at ^= bit;
        scribbles++;
        for (unsigned i = 0; i < 2000; i++)
            asm volatile("or 1,1,1" : : : "memory");
    }
}

static void attack(u64 total)
{
    u64 since = 0, next = total / 4;

    begin_hostile();
    while (kicks < total) {
        post(random_below(4) == 0);
        kick();
        kicks++;
        since++;
        if (kicks == next) {
            print("rings: %lu kicks\n", kicks);
            next += total / 4;
        }
        if (random_below(8))
            continue;
        bool needs_reset = read8(STATUS) & NEEDS_RESET;

        broken += needs_reset;
        if (needs_reset || since > 40) {
            if (!packed)
                served += get16(device_area + 2);
            begin_hostile();
            since = 0;
        }
    }
}

/* --- a driver that behaves -------------------------------------------------------------- */

static void request(u32 type)
{
    u8 *header = arena, *data = arena + 4096, *status = arena + 8192;
    u64 end = timebase() + milliseconds(PATIENCE_MS);

    begin(4, F_FLUSH, false);
    put(header, 4, type);
    put(header + 4, 4, 0);
    put(header + 8, 8, 1);
    *status = 0xff;
    put_desc(descriptors, (u64)header, 16, DESC_NEXT, 1);
    put_desc(descriptors + 16, (u64)data, SECTOR, DESC_NEXT | (type == TYPE_IN ? DESC_WRITE : 0),
             2);
    put_desc(descriptors + 32, (u64)status, 1, DESC_WRITE, 0);
    put(driver_area + 4, 2, 0);
    barrier();
    put(driver_area + 2, 2, 1);
    kick();
    while (get16(device_area + 2) != 1) {
        if (timebase() > end)
            guest_fail("a good request of type %u does not end", type);
    }
    barrier();
    if (*(volatile u8 *)status)
        guest_fail("a good request of type %u ends with %u", type, *status);
}

/* Packets of 60 bytes, to nobody. */
static void send_packets(void)
{
    u64 end = timebase() + milliseconds(PATIENCE_MS);

    queue = NET_SEND;
    begin(4, 0, false);
    memset(arena, 0, 72);
    for (unsigned i = 0; i < 4; i++) {
        put_desc(descriptors + 16 * i, (u64)arena, 72, 0, 0);
        put(driver_area + 4 + 2 * i, 2, i);
    }
    barrier();
    put(driver_area + 2, 2, 4);
    kick();
    while (get16(device_area + 2) != 4) {
        if (timebase() > end)
            guest_fail("good packets are not taken");
    }
}

/* Packets that need no answer. What is still to be answered of others comes first, into buffers. */
static void send_socket_packets(void)
{
    u64 end = timebase() + milliseconds(PATIENCE_MS);

    queue = VSOCK_SEND;
    begin(4, 0, false);
    for (unsigned i = 0; i < SIZE_MAX_RING; i++) {
        put_desc(other_area[0] + 16 * i, (u64)arena + 4096, 8192, DESC_WRITE, 0);
        put(other_area[1] + 4 + 2 * i, 2, i);
    }
    put_vsock_header(arena, cid, HOST_CID, 0, VSOCK_RST);
    for (unsigned i = 0; i < 4; i++) {
        put_desc(descriptors + 16 * i, (u64)arena, VSOCK_HEADER, 0, 0);
        put(driver_area + 4 + 2 * i, 2, i);
    }
    barrier();
    put(other_area[1] + 2, 2, SIZE_MAX_RING);
    kick_queue(VSOCK_TAKE);
    put(driver_area + 2, 2, 4);
    kick();
    while (get16(device_area + 2) != 4) {
        if (timebase() > end)
            guest_fail("good packets of sockets are not taken");
    }
}

static void behave(void)
{
    u8 *data = arena + 4096;

    if (cid) {
        send_socket_packets();
        return;
    }
    if (is_net) {
        send_packets();
        return;
    }
    for (unsigned i = 0; i < SECTOR; i++)
        data[i] = (u8)(i * 7 + 1);
    request(TYPE_OUT);
    memset(data, 0, SECTOR);
    request(TYPE_IN);
    for (unsigned i = 0; i < SECTOR; i++) {
        if (data[i] != (u8)(i * 7 + 1))
            guest_fail("byte %u reads as %x", i, data[i]);
    }
}

/* Where the device's registers are, from the tree. */
static void find_bar(void)
{
    u32 cells[5 * 8];
    tree_node device = tree_child(tree_find("/pci@800000020000000"));
    long size = tree_get(device, "assigned-addresses", cells, sizeof(cells));

    for (long i = 0; i + 5 <= size / 4; i += 5) {
        if ((cells[i] & 0xff) == BAR_REG)
            bar = (u64)cells[i + 1] << 32 | cells[i + 2];
    }
    if (!bar)
        guest_fail("there is no device");
}

void guest_main(void)
{
    u64 total = option("kicks", 20000);

    random_seed(option("seed", 1) * 0x9e3779b97f4a7c15);
    if (!machine.radix)
        guest_fail("radix only");
    is_net = option("net", 0);
    cid = option("vsock", 0);
    find_bar();
    behave();
    if (machine.n_cpus > 1 &&
        rtas_call("start-cpu", 3, 1, NULL, machine.cpu_ids[1], (u32)(u64)secondary_entry, 1))
        guest_fail("no second CPU");
    attack(total);
    u64 torn = scribbles;
    quiet = true;
    while (scribbles && machine.n_cpus > 1)
        barrier();
    behave();
    reset();
    print("rings: done %lu kicks, %lu sessions, %lu of them broken, %lu chains given back, "
          "%lu scribbles\n",
          kicks, sessions, broken, served, torn);
    if (!broken || !served || (machine.n_cpus > 1 && !torn))
        guest_fail("the attack was none");
}
