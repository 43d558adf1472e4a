/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/base/mmio_bus.h"

#include <string.h>

typedef struct {
    uint64_t offset;
    unsigned length, reads, writes;
    uint8_t last[8];
} Seen;

static void on_read(void *opaque, uint64_t offset, uint8_t *data, unsigned length)
{
    Seen *seen = opaque;

    seen->offset = offset;
    seen->length = length;
    seen->reads++;
    memset(data, 0x5a, length);
}

static void on_write(void *opaque, uint64_t offset, const uint8_t *data, unsigned length)
{
    Seen *seen = opaque;

    seen->offset = offset;
    seen->length = length;
    seen->writes++;
    memcpy(seen->last, data, length);
}

static const MmioOps ops = {.read = on_read, .write = on_write};

static void test_lookup(void)
{
    g_autoptr(MmioBus) bus = mmio_bus_new();
    Seen a = {0}, b = {0}, c = {0};
    uint8_t data[8] = {1, 2, 3, 4};

    g_assert_false(mmio_bus_access(bus, 0, data, 4, FALSE));
    g_assert_true(mmio_bus_add(bus, 0x3000, 0x1000, &ops, &b));
    g_assert_true(mmio_bus_add(bus, 0x1000, 0x1000, &ops, &a));
    g_assert_true(mmio_bus_add(bus, 0x4000, 0x10, &ops, &c));

    g_assert_true(mmio_bus_access(bus, 0x1ffc, data, 4, TRUE));
    g_assert_cmpuint(a.offset, ==, 0xffc);
    g_assert_cmpuint(a.length, ==, 4);
    g_assert_cmpmem(a.last, 4, data, 4);
    g_assert_true(mmio_bus_access(bus, 0x3000, data, 2, FALSE));
    g_assert_cmpuint(b.reads, ==, 1);
    g_assert_cmpuint(data[0], ==, 0x5a);
    g_assert_cmpuint(data[2], ==, 3);
    g_assert_true(mmio_bus_access(bus, 0x400f, data, 1, FALSE));
    g_assert_cmpuint(c.offset, ==, 0xf);
}

/** What lies outside, or only half inside, is nobody's, and the bytes stay as they are. */
static void test_nobody(void)
{
    static const struct {
        uint64_t addr;
        unsigned length;
    } outside[] = {{0xfff, 1},  {0xffe, 4},  {0x2000, 1},     {0x1ffd, 4},
                   {0x1ff9, 8}, {0x4000, 1}, {UINT64_MAX, 1}, {UINT64_MAX, 8}};
    g_autoptr(MmioBus) bus = mmio_bus_new();
    Seen seen = {0};
    uint8_t data[8] = {7};

    g_assert_true(mmio_bus_add(bus, 0x1000, 0x1000, &ops, &seen));
    for (unsigned i = 0; i < G_N_ELEMENTS(outside); i++) {
        g_assert_false(mmio_bus_access(bus, outside[i].addr, data, outside[i].length, FALSE));
        g_assert_false(mmio_bus_access(bus, outside[i].addr, data, outside[i].length, TRUE));
    }
    g_assert_cmpuint(data[0], ==, 7);
    g_assert_cmpuint(seen.reads + seen.writes, ==, 0);
}

static void test_refused(void)
{
    g_autoptr(MmioBus) bus = mmio_bus_new();

    g_assert_true(mmio_bus_add(bus, 0x1000, 0x1000, &ops, NULL));
    g_assert_false(mmio_bus_add(bus, 0x1000, 0x1000, &ops, NULL));
    g_assert_false(mmio_bus_add(bus, 0x1fff, 1, &ops, NULL));
    g_assert_false(mmio_bus_add(bus, 0xfff, 2, &ops, NULL));
    g_assert_false(mmio_bus_add(bus, 0, 0x10000, &ops, NULL));
    g_assert_false(mmio_bus_add(bus, 0x5000, 0, &ops, NULL));
    g_assert_false(mmio_bus_add(bus, UINT64_MAX, 2, &ops, NULL));
    g_assert_true(mmio_bus_add(bus, UINT64_MAX, 1, &ops, NULL));
    for (unsigned i = 2; i < MMIO_BUS_MAX_RANGES; i++)
        g_assert_true(mmio_bus_add(bus, 0x10000 * (uint64_t)i, 1, &ops, NULL));
    g_assert_false(mmio_bus_add(bus, 0, 1, &ops, NULL));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/mmio-bus/lookup", test_lookup);
    g_test_add_func("/mmio-bus/nobody", test_nobody);
    g_test_add_func("/mmio-bus/refused", test_refused);
    return g_test_run();
}
