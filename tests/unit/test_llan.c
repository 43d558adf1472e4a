/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The logical LAN: what goes out, what comes in and where to, and what is refused. */
#include "hw/spapr/vio/llan.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "hcall/hcall.h"
#include "hw/spapr/pci/tce_table.h"
#include "src/base/endian.h"
#include "src/base/guest_mem.h"
#include "tests/unit/fake_vm.h"

enum {
    UNIT = VIO_UNIT_BASE + VIO_SLOT_LAN,
    MEMORY = 16 << 20,
    /** I/O addresses are these real ones, less BASE. */
    BASE = 0x100000,
    PAGES = 64,
    LIST = 0x1000,
    FILTERS = 0x2000,
    QUEUE = 0x3000,
    ENTRIES = 4,
    OUT = 0x4000,
    IN = 0x10000,
    FULL = TCE_READ | TCE_WRITE,
};

#define VALID (UINT64_C(1) << 63)
#define MAC UINT64_C(0x020000000007)
#define GROUP UINT64_C(0x01005e000001)
#define BROADCAST UINT64_C(0xffffffffffff)

typedef struct {
    FakeVm *fake;
    VioDevice *dev;
    int wire;
    unsigned at;
    gboolean toggle;
} Machine;

static HcallRet call(Machine *m, uint64_t number, uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
    uint64_t args[HV_MAX_HCALL_ARGS] = {UNIT, a, b, c, d};

    return hcall_dispatch(m->fake->vm.vcpus[0], number, args);
}

static uint64_t descriptor(uint32_t ioba, uint32_t length)
{
    return VALID | (uint64_t)length << 32 | ioba;
}

static void map(Machine *m, uint64_t ioba, uint64_t tce)
{
    uint64_t args[HV_MAX_HCALL_ARGS] = {UNIT, ioba, tce};

    g_assert_cmpint(hcall_dispatch(m->fake->vm.vcpus[0], H_PUT_TCE, args), ==, H_SUCCESS);
}

static void start(Machine *m)
{
    Tap *tap = g_new0(Tap, 1);
    GError *error = NULL;
    int wire[2];

    m->at = 0;
    m->toggle = TRUE;
    m->fake = fake_vm_new(FAKE_HV_POWER8, 1, 1, 1, MEMORY);
    fake_vm_add_devices(m->fake);
    g_assert_cmpint(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, wire), ==,
                    0);
    m->wire = wire[0];
    tap->fds[0] = wire[1];
    tap->queues = 1;
    m->dev = llan_new(&m->fake->vm, tap, "net0", 0, &error);
    g_assert_no_error(error);
    m->fake->vm.vio = vio_bus_new();
    vio_bus_add(m->fake->vm.vio, m->dev);
    for (uint64_t page = 0; page < PAGES; page++)
        map(m, page << 12, (BASE + (page << 12)) | FULL);
}

static void end(Machine *m)
{
    close(m->wire);
    fake_vm_free(m->fake);
}

static HcallRet reg(Machine *m)
{
    m->at = 0;
    m->toggle = TRUE;
    return call(m, H_REGISTER_LOGICAL_LAN, LIST, descriptor(QUEUE, ENTRIES * 16), FILTERS, MAC);
}

static void add(Machine *m, uint32_t ioba, uint32_t size, uint64_t handle)
{
    guest_mem_store_be64(m->fake->vm.mem, BASE + ioba, handle);
    g_assert_cmpint(call(m, H_ADD_LOGICAL_LAN_BUFFER, descriptor(ioba, size), 0, 0, 0), ==,
                    H_SUCCESS);
}

/** A packet to @mac arrives; its bytes behind the addresses are @fill. */
static void arrive(Machine *m, uint64_t mac, size_t length, uint8_t fill)
{
    uint8_t packet[TAP_HEADER + 4096] = {0};

    memset(packet + TAP_HEADER, fill, length);
    endian_store(packet + TAP_HEADER, 6, mac, FALSE);
    g_assert_cmpint(send(m->wire, packet, TAP_HEADER + length, 0), ==,
                    (ssize_t)(TAP_HEADER + length));
    llan_receive(m->dev);
}

/** The next entry of the queue: false if there is none. */
static gboolean take(Machine *m, uint32_t *length, uint64_t *handle)
{
    uint64_t where = BASE + QUEUE + m->at * 16;
    uint32_t control;

    guest_mem_load_be32(m->fake->vm.mem, where, &control);
    if (control >> 31 != (m->toggle ? 1 : 0))
        return FALSE;
    g_assert_cmpuint(control & 0xffff, ==, 8);
    guest_mem_load_be32(m->fake->vm.mem, where + 4, length);
    guest_mem_load_be64(m->fake->vm.mem, where + 8, handle);
    g_assert_cmpuint(control >> 30 & 1, ==, *length ? 1 : 0);
    if (++m->at == ENTRIES) {
        m->at = 0;
        m->toggle = !m->toggle;
    }
    return TRUE;
}

static void expect(Machine *m, uint32_t length, uint64_t handle)
{
    uint32_t got;
    uint64_t whose;

    g_assert_true(take(m, &got, &whose));
    g_assert_cmpuint(got, ==, length);
    g_assert_cmphex(whose, ==, handle);
}

static void expect_none(Machine *m)
{
    uint32_t got;
    uint64_t whose;

    g_assert_false(take(m, &got, &whose));
}

static uint64_t list_cell(Machine *m, unsigned offset)
{
    uint64_t value;

    guest_mem_load_be64(m->fake->vm.mem, BASE + LIST + offset, &value);
    return value;
}

static void test_units(void)
{
    static const uint32_t numbers[] = {H_REGISTER_LOGICAL_LAN,   H_FREE_LOGICAL_LAN,
                                       H_ADD_LOGICAL_LAN_BUFFER, H_FREE_LOGICAL_LAN_BUFFER,
                                       H_SEND_LOGICAL_LAN,       H_MULTICAST_CTRL,
                                       H_CHANGE_LOGICAL_LAN_MAC, H_ILLAN_ATTRIBUTES};
    Machine m;

    start(&m);
    for (unsigned i = 0; i < G_N_ELEMENTS(numbers); i++) {
        uint64_t args[HV_MAX_HCALL_ARGS] = {UNIT + 1, LIST, VALID | 16};

        g_assert_cmpint(hcall_dispatch(m.fake->vm.vcpus[0], numbers[i], args), ==, H_PARAMETER);
    }
    /* It has no queue of commands. */
    g_assert_cmpint(call(&m, H_REG_CRQ, QUEUE, 4096, 0, 0), ==, H_PARAMETER);
    uint64_t args[HV_MAX_HCALL_ARGS] = {UNIT, 6, 6};
    g_assert_cmpint(hcall_dispatch(m.fake->vm.vcpus[0], H_ILLAN_ATTRIBUTES, args), ==, H_SUCCESS);
    g_assert_cmphex(args[0], ==, 0);
    end(&m);
}

static void test_register(void)
{
    const struct {
        uint64_t list, queue, filters;
    } bad[] = {{LIST + 8, descriptor(QUEUE, 64), FILTERS},
               {PAGES << 12, descriptor(QUEUE, 64), FILTERS},
               {UINT64_C(1) << 40, descriptor(QUEUE, 64), FILTERS},
               {~UINT64_C(0xfff), descriptor(QUEUE, 64), FILTERS},
               {LIST, descriptor(QUEUE, 64), ~UINT64_C(0xfff)},
               {LIST, descriptor(QUEUE, 64) & ~VALID, FILTERS},
               {LIST, descriptor(QUEUE, 0), FILTERS},
               {LIST, descriptor(QUEUE, 65), FILTERS},
               {LIST, descriptor(QUEUE + 8, 64), FILTERS},
               {LIST, descriptor(QUEUE, 0xfffff0), FILTERS},
               {LIST, descriptor(0xfffffff0, 16), FILTERS},
               {LIST, descriptor(QUEUE, 64), FILTERS + 1},
               {LIST, descriptor(QUEUE, 64), PAGES << 12}};
    Machine m;

    start(&m);
    for (unsigned i = 0; i < G_N_ELEMENTS(bad); i++)
        g_assert_cmpint(
            call(&m, H_REGISTER_LOGICAL_LAN, bad[i].list, bad[i].queue, bad[i].filters, MAC), ==,
            H_PARAMETER);
    g_assert_cmpint(call(&m, H_ADD_LOGICAL_LAN_BUFFER, descriptor(IN, 2048), 0, 0, 0), ==,
                    H_RESOURCE);
    g_assert_cmpint(reg(&m), ==, H_SUCCESS);
    g_assert_cmphex(list_cell(&m, 0), ==, descriptor(QUEUE, 64));
    g_assert_cmpint(reg(&m), ==, H_RESOURCE);
    g_assert_cmpint(call(&m, H_FREE_LOGICAL_LAN, 0, 0, 0, 0), ==, H_SUCCESS);
    g_assert_cmpint(call(&m, H_FREE_LOGICAL_LAN, 0, 0, 0, 0), ==, H_SUCCESS);
    g_assert_cmpint(reg(&m), ==, H_SUCCESS);
    end(&m);
}

static HcallRet transmit(Machine *m, uint64_t first, uint64_t second)
{
    return call(m, H_SEND_LOGICAL_LAN, first, second, 0, 0);
}

static void test_send(void)
{
    uint8_t sent[200], got[4096], zeros[TAP_HEADER] = {0};
    Machine m;

    start(&m);
    for (unsigned i = 0; i < sizeof(sent); i++)
        sent[i] = (uint8_t)i;
    guest_mem_write(m.fake->vm.mem, BASE + OUT, sent, sizeof(sent));
    g_assert_cmpint(transmit(&m, descriptor(OUT, 100), 0), ==, H_DROPPED);
    g_assert_cmpint(reg(&m), ==, H_SUCCESS);
    g_assert_cmpint(transmit(&m, descriptor(OUT, 60), descriptor(OUT + 60, 140)), ==, H_SUCCESS);
    g_assert_cmpint(recv(m.wire, got, sizeof(got), 0), ==, TAP_HEADER + 200);
    g_assert_cmpmem(got, TAP_HEADER, zeros, TAP_HEADER);
    g_assert_cmpmem(got + TAP_HEADER, 200, sent, 200);

    g_assert_cmpint(transmit(&m, 0, 0), ==, H_PARAMETER);
    g_assert_cmpint(transmit(&m, descriptor(OUT, 13), 0), ==, H_PARAMETER);
    g_assert_cmpint(transmit(&m, descriptor(OUT, 100) | UINT64_C(1) << 57, 0), ==, H_PARAMETER);
    g_assert_cmpint(transmit(&m, descriptor(OUT, 65535), descriptor(OUT, 15)), ==, H_PARAMETER);
    g_assert_cmpint(transmit(&m, descriptor(0, 0xffffff), 0), ==, H_PARAMETER);
    g_assert_cmpint(transmit(&m, descriptor((PAGES << 12) - 50, 100), 0), ==, H_PARAMETER);
    g_assert_cmpint(transmit(&m, descriptor(0xffffffff, 100), 0), ==, H_PARAMETER);
    g_assert_cmpint(recv(m.wire, got, sizeof(got), 0), <, 0);

    /* A tap that takes nothing. */
    HcallRet ret;
    do
        ret = transmit(&m, descriptor(OUT, 200), 0);
    while (ret == H_SUCCESS);
    g_assert_cmpint(ret, ==, H_DROPPED);
    end(&m);
}

static void test_receive(void)
{
    uint8_t got[1000];
    Machine m;

    start(&m);
    g_assert_cmpint(reg(&m), ==, H_SUCCESS);
    g_assert_cmpint(call(&m, H_VIO_SIGNAL, 1, 0, 0, 0), ==, H_SUCCESS);
    /* The smallest that fits is taken; of the same size any. */
    add(&m, IN, 2048, 1);
    add(&m, IN + 0x1000, 128, 2);
    add(&m, IN + 0x2000, 512, 3);
    hv_fake_forget(m.fake->host);
    arrive(&m, MAC, 120, 0x11);
    expect(&m, 120, 2);
    g_assert_cmpuint(hv_fake_count(m.fake->host, FAKE_IRQ_LINE), ==, 1);
    arrive(&m, MAC, 121, 0x22);
    expect(&m, 121, 3);
    arrive(&m, MAC, 1000, 0x33);
    expect(&m, 1000, 1);
    guest_mem_read(m.fake->vm.mem, BASE + IN + 8, got, 1000);
    g_assert_cmphex(endian_load(got, 6, FALSE), ==, MAC);
    for (unsigned i = 6; i < 1000; i++)
        g_assert_cmphex(got[i], ==, 0x33);
    expect_none(&m);

    /* Many rounds: the valid bit changes its meaning, and the list says so. */
    for (unsigned i = 0; i < 5 * ENTRIES; i++) {
        add(&m, IN, 256, 100 + i);
        arrive(&m, MAC, 60, (uint8_t)i);
        expect(&m, 60, 100 + i);
        expect_none(&m);
        g_assert_cmpuint(list_cell(&m, 0) >> 62 & 1, ==, m.toggle ? 0 : 1);
    }

    /* None that is large enough: dropped, and counted. */
    add(&m, IN, 256, 7);
    arrive(&m, MAC, 249, 0);
    expect_none(&m);
    g_assert_cmpuint(list_cell(&m, 4088), ==, 1);
    arrive(&m, MAC, 248, 0);
    expect(&m, 248, 7);

    /* None at all: it waits in the tap. */
    arrive(&m, MAC, 60, 0x44);
    expect_none(&m);
    add(&m, IN, 256, 8);
    llan_receive(m.dev);
    expect(&m, 60, 8);
    g_assert_cmpuint(list_cell(&m, 4088), ==, 1);

    /* A buffer that went away comes back without a packet, if its handle can be read. */
    add(&m, IN, 256, 9);
    map(&m, IN, (BASE + IN) | TCE_READ);
    arrive(&m, MAC, 60, 0);
    expect(&m, 0, 9);
    map(&m, IN, (BASE + IN) | FULL);
    add(&m, IN, 256, 10);
    map(&m, IN, 0);
    arrive(&m, MAC, 60, 0);
    expect_none(&m);
    end(&m);
}

static uint64_t multicast(Machine *m, uint64_t flags, uint64_t mac, HcallRet expected)
{
    uint64_t args[HV_MAX_HCALL_ARGS] = {UNIT, flags, mac};

    g_assert_cmpint(hcall_dispatch(m->fake->vm.vcpus[0], H_MULTICAST_CTRL, args), ==, expected);
    return args[0];
}

static gboolean gets(Machine *m, uint64_t mac)
{
    uint32_t length;
    uint64_t handle;

    arrive(m, mac, 60, 0);
    if (!take(m, &length, &handle))
        return FALSE;
    add(m, (uint32_t)handle, 256, handle);
    return TRUE;
}

/** Whose packets come in. */
static void test_filter(void)
{
    Machine m;

    start(&m);
    g_assert_cmpint(reg(&m), ==, H_SUCCESS);
    add(&m, IN, 256, IN);
    g_assert_true(gets(&m, MAC));
    g_assert_true(gets(&m, BROADCAST));
    g_assert_false(gets(&m, MAC + 1));
    g_assert_false(gets(&m, GROUP));
    g_assert_cmphex(multicast(&m, 0xa0000, 0, H_SUCCESS), ==, 0x20000);
    g_assert_true(gets(&m, GROUP));
    g_assert_cmphex(multicast(&m, 0x50000, 0, H_SUCCESS), ==, 0x30000);
    g_assert_false(gets(&m, GROUP));
    g_assert_cmphex(multicast(&m, 1, GROUP, H_SUCCESS), ==, 0x30001);
    g_assert_cmphex(multicast(&m, 1, GROUP, H_SUCCESS), ==, 0x30001);
    g_assert_true(gets(&m, GROUP));
    g_assert_false(gets(&m, GROUP + 1));
    multicast(&m, 2, GROUP + 1, H_NOT_FOUND);
    g_assert_cmphex(multicast(&m, 2, GROUP, H_SUCCESS), ==, 0x30000);
    for (unsigned i = 0; i < LLAN_FILTERS; i++)
        multicast(&m, 1, GROUP + i, H_SUCCESS);
    multicast(&m, 1, GROUP + LLAN_FILTERS, H_CONSTRAINED);
    g_assert_cmphex(multicast(&m, 3, 0, H_SUCCESS), ==, 0x30000);
    multicast(&m, 4, 0, H_PARAMETER);
    multicast(&m, 1, UINT64_C(1) << 48, H_PARAMETER);
    g_assert_cmphex(multicast(&m, 0x80000, 0, H_SUCCESS), ==, 0x10000);
    g_assert_true(gets(&m, BROADCAST));

    g_assert_cmpint(call(&m, H_CHANGE_LOGICAL_LAN_MAC, MAC + 1, 0, 0, 0), ==, H_SUCCESS);
    g_assert_true(gets(&m, MAC + 1));
    g_assert_false(gets(&m, MAC));
    end(&m);
}

static void test_buffers(void)
{
    static const uint64_t bad[] = {0,
                                   16,
                                   VALID | UINT64_C(15) << 32,
                                   VALID | UINT64_C(64) << 32 | 2,
                                   VALID | UINT64_C(64) << 32 | (LLAN_WINDOW - 32),
                                   VALID | UINT64_C(64) << 32 | 0xfffffffc};
    Machine m;

    start(&m);
    g_assert_cmpint(reg(&m), ==, H_SUCCESS);
    for (unsigned i = 0; i < G_N_ELEMENTS(bad); i++)
        g_assert_cmpint(call(&m, H_ADD_LOGICAL_LAN_BUFFER, bad[i], 0, 0, 0), ==, H_PARAMETER);
    for (unsigned i = 0; i < LLAN_POOL_MAX; i++)
        add(&m, IN, 64, i);
    g_assert_cmpint(call(&m, H_ADD_LOGICAL_LAN_BUFFER, descriptor(IN, 64), 0, 0, 0), ==,
                    H_RESOURCE);
    for (unsigned i = 1; i < LLAN_POOLS; i++)
        add(&m, IN, 1024 - 64 * i, i);
    g_assert_cmpint(call(&m, H_ADD_LOGICAL_LAN_BUFFER, descriptor(IN, 68), 0, 0, 0), ==,
                    H_RESOURCE);
    g_assert_cmpint(call(&m, H_FREE_LOGICAL_LAN_BUFFER, 68, 0, 0, 0), ==, H_NOT_FOUND);
    g_assert_cmpint(call(&m, H_FREE_LOGICAL_LAN_BUFFER, 960, 0, 0, 0), ==, H_SUCCESS);
    expect(&m, 0, LLAN_POOLS - 1);
    g_assert_cmpint(call(&m, H_FREE_LOGICAL_LAN_BUFFER, 960, 0, 0, 0), ==, H_NOT_FOUND);

    /* All are forgotten with the registration, and with a reset. */
    g_assert_cmpint(call(&m, H_FREE_LOGICAL_LAN, 0, 0, 0, 0), ==, H_SUCCESS);
    g_assert_cmpint(reg(&m), ==, H_SUCCESS);
    g_assert_cmpint(call(&m, H_FREE_LOGICAL_LAN_BUFFER, 64, 0, 0, 0), ==, H_NOT_FOUND);
    add(&m, IN, 64, 1);
    vio_bus_reset(m.fake->vm.vio);
    arrive(&m, MAC, 40, 0);
    g_assert_cmpint(reg(&m), ==, H_PARAMETER);
    end(&m);
}

/** Its thread brings packets by itself, and ends. */
static void test_thread(void)
{
    Machine m;
    uint32_t length;
    uint64_t handle;
    uint8_t packet[TAP_HEADER + 60] = {0};

    start(&m);
    g_assert_true(vio_bus_begin(m.fake->vm.vio, NULL));
    g_assert_cmpint(reg(&m), ==, H_SUCCESS);
    endian_store(packet + TAP_HEADER, 6, MAC, FALSE);
    g_assert_cmpint(send(m.wire, packet, sizeof(packet), 0), ==, sizeof(packet));
    add(&m, IN, 256, 5);
    for (unsigned i = 0; !take(&m, &length, &handle); i++) {
        g_assert_cmpuint(i, <, 20000);
        g_usleep(500);
    }
    g_assert_cmpuint(length, ==, 60);
    g_assert_cmphex(handle, ==, 5);
    end(&m);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/llan/units", test_units);
    g_test_add_func("/llan/register", test_register);
    g_test_add_func("/llan/send", test_send);
    g_test_add_func("/llan/receive", test_receive);
    g_test_add_func("/llan/filter", test_filter);
    g_test_add_func("/llan/buffers", test_buffers);
    g_test_add_func("/llan/thread", test_thread);
    return g_test_run();
}
