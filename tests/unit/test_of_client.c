/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The client interface: the argument array, and every service with good and with bad arguments. */
#include "firmware/of_client.h"

#include <string.h>

#include "firmware/of_instances.h"
#include "firmware/of_stub.h"
#include "firmware/of_tree.h"
#include "firmware/rtas_stub.h"
#include "hw/spapr/nvram.h"
#include "hw/spapr/platform.h"
#include "hw/spapr/vec5.h"
#include "mmu/mmu.h"
#include "src/base/guest_mem.h"
#include "src/base/log.h"
#include "tests/unit/fake_chardev.h"
#include "tests/unit/of_caller.h"
#include "tests/unit/settle.h"
#include "tests/unit/vec_maker.h"

enum {
    ARRAY = OF_CALLER_ARRAY,
    DATA = OF_CALLER_DATA,
    END = OF_CALLER_MEMORY,
    ERROR = UINT32_MAX,
    UNDEFINED = (uint32_t)-13,
};

#define TEXT(fake, text) of_caller_text(fake, text)
#define FIND(fake, path) OF(fake, "finddevice", TEXT(fake, path))
#define OPEN(fake, path) OF(fake, "open", TEXT(fake, path))

static void get(FakeVm *fake, uint32_t at, void *data, size_t length)
{
    g_assert_true(guest_mem_read(fake->vm.mem, at, data, length));
}

static void put(FakeVm *fake, uint32_t at, const void *data, size_t length)
{
    g_assert_true(guest_mem_write(fake->vm.mem, at, data, length));
}

static uint32_t get_cell(FakeVm *fake, uint32_t at)
{
    uint32_t value;

    g_assert_true(guest_mem_load_be32(fake->vm.mem, at, &value));
    return value;
}

/** The cell that property @name of package @path is. */
static uint32_t property_cell(FakeVm *fake, const char *path, const char *name)
{
    uint32_t node = FIND(fake, path);

    g_assert_cmpuint(OF(fake, "getprop", node, TEXT(fake, name), DATA, 4), ==, 4);
    return get_cell(fake, DATA);
}

static void check_output(FakeVm *fake, const char *wanted)
{
    for (unsigned i = 0; i < 100; i++) {
        settle();
        if (fake_chardev_output(fake->console)->len >= strlen(wanted))
            break;
        g_usleep(2000);
    }
    const GByteArray *output = fake_chardev_output(fake->console);
    g_assert_cmpmem(output->data, output->len, wanted, strlen(wanted));
}

static void test_array(void)
{
    g_autoptr(FakeVm) fake = of_caller_new(FAKE_HV_POWER9, 1);
    Vcpu *cpu = fake->vm.vcpus[0];
    OfClient *client = fake->vm.of;
    static const uint64_t nowhere[] = {END,        END - 4,         END - 11,
                                       UINT64_MAX, UINT64_MAX - 11, 1ull << 63};
    uint32_t rets[OF_MAX_CELLS];
    const uint32_t args[OF_MAX_CELLS + 1] = {0};

    for (size_t i = 0; i < G_N_ELEMENTS(nowhere); i++)
        g_assert_cmpint(of_client_call(client, cpu, nowhere[i]), ==, H_HARDWARE);

    /* No such service; a name without an end; one that is nowhere. */
    g_assert_cmpint(of_caller_call(fake, "no-such-service", 0, NULL, 0, NULL), ==, H_HARDWARE);
    g_assert_cmpint(of_caller_call(fake, "", 0, NULL, 0, NULL), ==, H_HARDWARE);
    put(fake, DATA, "................................................................", 64);
    guest_mem_store_be32(fake->vm.mem, ARRAY, DATA);
    g_assert_cmpint(of_client_call(client, cpu, ARRAY), ==, H_HARDWARE);
    guest_mem_store_be32(fake->vm.mem, ARRAY, 0xfffffff0);
    g_assert_cmpint(of_client_call(client, cpu, ARRAY), ==, H_HARDWARE);
    put(fake, END - 4, "peer", 4);
    guest_mem_store_be32(fake->vm.mem, ARRAY, END - 4);
    g_assert_cmpint(of_client_call(client, cpu, ARRAY), ==, H_HARDWARE);

    /* Too few arguments, too many, more cells than there can be. */
    g_assert_cmpint(of_caller_call(fake, "peer", 0, args, 1, rets), ==, H_HARDWARE);
    g_assert_cmpint(of_caller_call(fake, "peer", 2, args, 1, rets), ==, H_HARDWARE);
    g_assert_cmpint(of_caller_call(fake, "peer", 1, args, OF_MAX_CELLS, rets), ==, H_HARDWARE);
    guest_mem_store_be32(fake->vm.mem, ARRAY, TEXT(fake, "peer"));
    guest_mem_store_be32(fake->vm.mem, ARRAY + 4, UINT32_MAX);
    guest_mem_store_be32(fake->vm.mem, ARRAY + 8, 2);
    g_assert_cmpint(of_client_call(client, cpu, ARRAY), ==, H_HARDWARE);

    /* Results that nobody wants, and more cells than results. */
    g_assert_cmpint(of_caller_call(fake, "peer", 1, args, 0, rets), ==, H_SUCCESS);
    g_assert_cmpint(of_caller_call(fake, "peer", 1, args, OF_MAX_CELLS - 1, rets), ==, H_SUCCESS);
    g_assert_cmpuint(rets[0], !=, 0);
    for (unsigned i = 1; i < OF_MAX_CELLS - 1; i++)
        g_assert_cmpuint(rets[i], ==, 0);

    /* An array may end memory, but not go beyond it. */
    guest_mem_store_be32(fake->vm.mem, END - 20, TEXT(fake, "peer"));
    guest_mem_store_be32(fake->vm.mem, END - 16, 1);
    guest_mem_store_be32(fake->vm.mem, END - 12, 1);
    g_assert_cmpint(of_client_call(client, cpu, END - 20), ==, H_SUCCESS);
    guest_mem_store_be32(fake->vm.mem, END - 12, 2);
    g_assert_cmpint(of_client_call(client, cpu, END - 20), ==, H_HARDWARE);
}

static void test_walk(void)
{
    g_autoptr(FakeVm) fake = of_caller_new(FAKE_HV_POWER9, 3);
    uint32_t root = OF(fake, "peer", 0), cpus = FIND(fake, "/cpus"), cores = 0;

    g_assert_cmpuint(root, ==, FIND(fake, "/"));
    g_assert_cmpuint(OF(fake, "parent", root), ==, 0);
    g_assert_cmpuint(OF(fake, "peer", root), ==, 0);
    g_assert_cmpuint(OF(fake, "parent", cpus), ==, root);
    for (uint32_t core = OF(fake, "child", cpus); core; core = OF(fake, "peer", core), cores++) {
        g_assert_cmpuint(OF(fake, "parent", core), ==, cpus);
        g_assert_cmpuint(OF(fake, "child", core), ==, 0);
    }
    g_assert_cmpuint(cores, ==, 3);
    static const uint32_t none[] = {0xdeadbeef, ERROR, 0x7fffffff};
    for (size_t i = 0; i < G_N_ELEMENTS(none); i++) {
        g_assert_cmpuint(OF(fake, "peer", none[i]), ==, 0);
        g_assert_cmpuint(OF(fake, "child", none[i]), ==, 0);
        g_assert_cmpuint(OF(fake, "parent", none[i]), ==, 0);
    }
    g_assert_cmpuint(FIND(fake, "/none"), ==, ERROR);
    g_assert_cmpuint(OF(fake, "finddevice", END), ==, ERROR);
    g_assert_cmpuint(FIND(fake, "hvterm"), ==, FIND(fake, "/vdevice/vty"));
}

static void test_properties(void)
{
    g_autoptr(FakeVm) fake = of_caller_new(FAKE_HV_POWER9, 1);
    uint32_t root = FIND(fake, "/"), count = 0, found = 0;
    char name[OF_NAME_MAX] = "", value[16];

    /* All of them, each with its length. */
    for (;;) {
        uint32_t more = OF(fake, "nextprop", root, TEXT(fake, name), DATA);
        if (!more)
            break;
        g_assert_cmpuint(more, ==, 1);
        get(fake, DATA, name, sizeof(name));
        uint32_t length = OF(fake, "getproplen", root, TEXT(fake, name));
        g_assert_cmpuint(OF(fake, "getprop", root, TEXT(fake, name), DATA, 0), ==, length);
        found += !strcmp(name, "compatible");
        g_assert_cmpuint(++count, <, 100);
    }
    g_assert_cmpuint(found, ==, 1);
    g_assert_cmpuint(OF(fake, "nextprop", root, 0, DATA), ==, 1);
    get(fake, DATA, name, 5);
    g_assert_cmpstr(name, ==, "name");

    /* A part of a value, and the whole length. */
    memset(value, '#', sizeof(value));
    put(fake, DATA, value, sizeof(value));
    g_assert_cmpuint(OF(fake, "getprop", root, TEXT(fake, "device_type"), DATA, 2), ==, 5);
    get(fake, DATA, value, 3);
    g_assert_cmpmem(value, 3, "ch#", 3);

    /* What is not there, and where nothing can be written to. */
    g_assert_cmpuint(OF(fake, "nextprop", root, TEXT(fake, "none"), DATA), ==, ERROR);
    g_assert_cmpuint(OF(fake, "nextprop", root, TEXT(fake, ""), END - 2), ==, ERROR);
    g_assert_cmpuint(OF(fake, "nextprop", 0x7777, TEXT(fake, ""), DATA), ==, ERROR);
    g_assert_cmpuint(OF(fake, "nextprop", root, END, DATA), ==, ERROR);
    g_assert_cmpuint(OF(fake, "getproplen", root, TEXT(fake, "none")), ==, ERROR);
    g_assert_cmpuint(OF(fake, "getproplen", 0x7777, TEXT(fake, "name")), ==, ERROR);
    g_assert_cmpuint(OF(fake, "getprop", root, TEXT(fake, "model"), END, 4), ==, ERROR);
    g_assert_cmpuint(OF(fake, "getprop", root, TEXT(fake, "model"), ERROR, ERROR), ==, ERROR);
    g_assert_cmpuint(OF(fake, "getprop", root, TEXT(fake, "none"), DATA, 4), ==, ERROR);
}

static void test_setprop(void)
{
    g_autoptr(FakeVm) fake = of_caller_new(FAKE_HV_POWER9, 1);
    uint32_t chosen = FIND(fake, "/chosen");
    char value[4];

    put(fake, DATA, "abc", 4);
    g_assert_cmpuint(OF(fake, "setprop", chosen, TEXT(fake, "linux,mine"), DATA, 4), ==, 4);
    g_assert_cmpuint(OF(fake, "setprop", chosen, TEXT(fake, "linux,flag"), 0, 0), ==, 0);
    g_assert_cmpuint(OF(fake, "getproplen", chosen, TEXT(fake, "linux,flag")), ==, 0);
    put(fake, DATA, "xyz", 4);
    g_assert_cmpuint(OF(fake, "getprop", chosen, TEXT(fake, "linux,mine"), DATA, 4), ==, 4);
    get(fake, DATA, value, 4);
    g_assert_cmpstr(value, ==, "abc");

    g_assert_cmpuint(OF(fake, "setprop", chosen, TEXT(fake, "a b"), DATA, 4), ==, ERROR);
    g_assert_cmpuint(OF(fake, "setprop", chosen, TEXT(fake, "name"), DATA, 4), ==, ERROR);
    g_assert_cmpuint(OF(fake, "setprop", 0x7777, TEXT(fake, "a"), DATA, 4), ==, ERROR);
    g_assert_cmpuint(OF(fake, "setprop", chosen, END, DATA, 4), ==, ERROR);
    g_assert_cmpuint(OF(fake, "setprop", chosen, TEXT(fake, "a"), END - 3, 4), ==, ERROR);
    g_assert_cmpuint(OF(fake, "setprop", chosen, TEXT(fake, "a"), DATA, ERROR), ==, ERROR);
    g_assert_cmpuint(OF(fake, "setprop", chosen, TEXT(fake, "a"), DATA, OF_SET_VALUE_MAX + 1), ==,
                     ERROR);
    for (unsigned i = 0; i < OF_SET_BYTES_MAX / OF_SET_VALUE_MAX + 4; i++) {
        char name[8];
        g_snprintf(name, sizeof(name), "p%u", i);
        uint32_t set = OF(fake, "setprop", chosen, TEXT(fake, name), DATA, OF_SET_VALUE_MAX);
        /* What was set before takes a few bytes from the last one. */
        g_assert_cmpuint(set, ==,
                         i + 1 < OF_SET_BYTES_MAX / OF_SET_VALUE_MAX ? OF_SET_VALUE_MAX : ERROR);
    }
}

static void check_path(FakeVm *fake, const char *service, uint32_t what, const char *wanted)
{
    uint32_t length = (uint32_t)strlen(wanted);
    char path[64], cut[6];

    memset(path, '#', sizeof(path));
    put(fake, DATA, path, sizeof(path));
    g_assert_cmpuint(OF(fake, service, what, DATA, 64), ==, length);
    get(fake, DATA, path, sizeof(path));
    g_assert_cmpstr(path, ==, wanted);
    put(fake, DATA, "######", 6);
    g_assert_cmpuint(OF(fake, service, what, DATA, 4), ==, length);
    get(fake, DATA, cut, sizeof(cut));
    g_assert_cmpmem(cut + 4, 2, "##", 2);
    g_assert_cmpint(strncmp(cut, wanted, MIN(4, length + 1)), ==, 0);
    g_assert_cmpuint(OF(fake, service, what, END - 1, 64), ==, ERROR);
    g_assert_cmpuint(OF(fake, service, what, END, 0), ==, length);
}

static void test_paths(void)
{
    g_autoptr(FakeVm) fake = of_caller_new(FAKE_HV_POWER9, 1);
    uint32_t vty = FIND(fake, "/vdevice/vty"), instance = OPEN(fake, "hvterm:9600");
    /* Strings that outlive the calls in between. */
    put(fake, DATA + 0x1000, "/vdevice/@71000000:x", 21);
    put(fake, DATA + 0x2000, "/nothing", 9);

    check_path(fake, "package-to-path", vty, "/vdevice/vty@71000000");
    check_path(fake, "package-to-path", FIND(fake, "/"), "/");
    check_path(fake, "instance-to-path", instance, "/vdevice/vty@71000000:9600");
    check_path(fake, "canon", DATA + 0x1000, "/vdevice/vty@71000000:x");
    g_assert_cmpuint(OF(fake, "instance-to-package", instance), ==, vty);

    g_assert_cmpuint(OF(fake, "canon", DATA + 0x2000, DATA, 64), ==, ERROR);
    g_assert_cmpuint(OF(fake, "canon", END, DATA, 64), ==, ERROR);
    g_assert_cmpuint(OF(fake, "package-to-path", instance + 9, DATA, 64), ==, ERROR);
    g_assert_cmpuint(OF(fake, "instance-to-path", vty, DATA, 64), ==, ERROR);
    g_assert_cmpuint(OF(fake, "instance-to-package", vty), ==, ERROR);
}

static void test_instances(void)
{
    g_autoptr(FakeVm) fake = of_caller_new(FAKE_HV_POWER9, 1);
    uint32_t first = OPEN(fake, "/"), count = 1, none[1];

    g_assert_cmpuint(first, !=, 0);
    while (OPEN(fake, "/rtas"))
        g_assert_cmpuint(++count, <=, OF_INSTANCES_MAX);
    g_assert_cmpint(of_caller_call(fake, "close", 1, &first, 0, none), ==, H_SUCCESS);
    g_assert_cmpint(of_caller_call(fake, "close", 1, &first, 0, none), ==, H_SUCCESS);
    g_assert_cmpuint(OF(fake, "instance-to-package", first), ==, ERROR);
    g_assert_cmpuint(OPEN(fake, "/memory"), !=, 0);
    g_assert_cmpuint(OPEN(fake, "/memory"), ==, 0);

    /* Packages that have no open method. */
    g_autoptr(FakeVm) other = of_caller_new(FAKE_HV_POWER9, 1);
    g_assert_cmpuint(OPEN(other, "/chosen"), ==, 0);
    g_assert_cmpuint(OPEN(other, "/nowhere"), ==, 0);
    g_assert_cmpuint(OF(other, "open", END), ==, 0);
    g_assert_cmpuint(OPEN(other, "/vdevice"), !=, 0);
}

static void test_console(void)
{
    g_autoptr(FakeVm) fake = of_caller_new(FAKE_HV_POWER9, 1);
    uint32_t out = property_cell(fake, "/chosen", "stdout");
    uint32_t in = property_cell(fake, "/chosen", "stdin"), result;

    put(fake, DATA, "hello\r\n", 7);
    g_assert_cmpuint(OF(fake, "write", out, DATA, 7), ==, 7);
    g_assert_cmpuint(OF(fake, "call-method", TEXT(fake, "write"), out, 2, DATA), ==, 0);
    g_assert_cmpuint(OF(fake, "write", out, DATA, 0), ==, 0);
    check_output(fake, "hello\r\nhe");

    /* Nothing typed; then some, in parts. */
    g_assert_cmpuint(OF(fake, "read", in, DATA, 8), ==, (uint32_t)-2);
    fake_chardev_type(fake->console, "a long line of input");
    char text[32] = "";
    g_assert_cmpuint(OF(fake, "read", in, END - 4, 8), ==, ERROR);
    g_assert_cmpuint(OF(fake, "read", in, DATA, 1), ==, 1);
    g_assert_cmpuint(OF(fake, "read", in, DATA + 1, 30), ==, 19);
    get(fake, DATA, text, 20);
    g_assert_cmpstr(text, ==, "a long line of input");
    g_assert_cmpuint(OF(fake, "read", in, DATA, 0), ==, 0);

    /* Not an instance; from where nothing is; a terminal cannot seek. */
    g_assert_cmpuint(OF(fake, "write", in + 77, DATA, 1), ==, ERROR);
    g_assert_cmpuint(OF(fake, "read", 0, DATA, 1), ==, ERROR);
    g_assert_cmpuint(OF(fake, "write", out, END - 1, 2), ==, ERROR);
    g_assert_cmpuint(OF(fake, "write", out, ERROR, 2), ==, ERROR);
    g_assert_cmpuint(OF(fake, "seek", out, 0, 0), ==, ERROR);

    /* As much as one call takes, until it has to be made again; nothing is cut off. */
    fake_chardev_set_room(fake->console, 0);
    uint32_t args[] = {out, DATA, 100000}, queued = 0;
    HcallRet ret;
    while ((ret = of_caller_call(fake, "write", 3, args, 1, &result)) == H_SUCCESS) {
        of_caller_text(fake, NULL);
        g_assert_cmpuint(result, ==, OF_MAX_TRANSFER);
        queued += result;
        g_assert_cmpuint(queued, <, 1 << 20);
    }
    g_assert_cmpint(ret, ==, H_BUSY);
    g_assert_cmpuint(queued, >, 0);
    const uint32_t method[] = {TEXT(fake, "write"), out, OF_MAX_TRANSFER, DATA};
    g_assert_cmpint(of_caller_call(fake, "call-method", 4, method, 2, &result), ==, H_BUSY);
}

static void test_nvram(void)
{
    g_autoptr(FakeVm) fake = of_caller_new(FAKE_HV_POWER9, 1);
    uint32_t nvram = OPEN(fake, "nvram"), rets[2];
    const uint32_t size[] = {TEXT(fake, "size"), nvram};
    char text[8];

    g_assert_cmpint(of_caller_call(fake, "call-method", 2, size, 2, rets), ==, H_SUCCESS);
    g_assert_cmpuint(rets[1], ==, NVRAM_SIZE);
    put(fake, DATA, "stored", 6);
    g_assert_cmpuint(OF(fake, "seek", nvram, 0, NVRAM_SIZE - 3), ==, 0);
    g_assert_cmpuint(OF(fake, "write", nvram, DATA, 6), ==, 3);
    g_assert_cmpuint(OF(fake, "write", nvram, DATA, 6), ==, 0);
    g_assert_cmpuint(OF(fake, "read", nvram, DATA, 6), ==, 0);
    g_assert_cmpuint(OF(fake, "call-method", TEXT(fake, "seek"), nvram, 0, NVRAM_SIZE - 2), ==, 0);
    put(fake, DATA, "######", 6);
    g_assert_cmpuint(OF(fake, "read", nvram, DATA, 6), ==, 2);
    get(fake, DATA, text, 3);
    g_assert_cmpmem(text, 3, "to#", 3);
    g_assert_cmpuint(OF(fake, "seek", nvram, 0, NVRAM_SIZE + 1), ==, ERROR);
    g_assert_cmpuint(OF(fake, "seek", nvram, 1, 0), ==, ERROR);
    g_assert_cmpuint(OF(fake, "seek", nvram, 0, 0), ==, 0);
    g_assert_cmpuint(OF(fake, "read", nvram, DATA, ERROR), ==, OF_MAX_TRANSFER);
}

static void test_memory(void)
{
    g_autoptr(FakeVm) fake = of_caller_new(FAKE_HV_POWER9, 1);
    uint32_t memory = property_cell(fake, "/chosen", "memory"), rets[2], at;

    /* The caller's lower 2 MiB are taken. */
    at = OF(fake, "claim", 0, 0x5000, 0x1000);
    g_assert_cmphex(at, ==, 0x200000);
    g_assert_cmphex(OF(fake, "claim", 0x300000, 0x5000, 0), ==, 0x300000);
    g_assert_cmphex(OF(fake, "claim", 0x300000, 1, 0), ==, ERROR);
    g_assert_cmphex(OF(fake, "claim", 0x1000, 1, 0), ==, ERROR);
    g_assert_cmphex(OF(fake, "claim", END, 1, 0), ==, ERROR);
    g_assert_cmphex(OF(fake, "claim", 0, 0, 0x1000), ==, ERROR);
    g_assert_cmphex(OF(fake, "claim", 0, ERROR, 1), ==, ERROR);
    g_assert_cmphex(OF(fake, "claim", ERROR, ERROR, 0), ==, ERROR);

    /* What is free, as /memory tells. */
    uint32_t length = OF(fake, "getprop", FIND(fake, "/memory"), TEXT(fake, "available"), DATA, 64);
    g_assert_cmpuint(length, ==, 32);
    be64 cells[4];
    get(fake, DATA, cells, sizeof(cells));
    g_assert_cmphex(be64_get(cells[0]), ==, 0x205000);
    g_assert_cmphex(be64_get(cells[1]), ==, 0xfb000);
    g_assert_cmphex(be64_get(cells[2]), ==, 0x305000);
    g_assert_cmphex(be64_get(cells[3]), ==, END - 0x305000);

    const uint32_t release[] = {0x300000, 0x5000};
    g_assert_cmpint(of_caller_call(fake, "release", 2, release, 0, rets), ==, H_SUCCESS);
    const uint32_t exact[] = {TEXT(fake, "claim"), memory, 0, 0x1000, 0x304000};
    g_assert_cmpint(of_caller_call(fake, "call-method", 5, exact, 2, rets), ==, H_SUCCESS);
    g_assert_cmpuint(rets[0], ==, 0);
    g_assert_cmphex(rets[1], ==, 0x304000);
    g_assert_cmpint(of_caller_call(fake, "call-method", 5, exact, 2, rets), ==, H_SUCCESS);
    g_assert_cmpuint(rets[0], !=, 0);
    const uint32_t aligned[] = {TEXT(fake, "claim"), memory, 0x10000, 0x1000};
    g_assert_cmpint(of_caller_call(fake, "call-method", 4, aligned, 2, rets), ==, H_SUCCESS);
    g_assert_cmphex(rets[1], ==, 0x210000);
    g_assert_cmpuint(OF(fake, "call-method", TEXT(fake, "claim"), memory, 0, 0x1000), !=, 0);
    g_assert_cmpuint(OF(fake, "call-method", TEXT(fake, "release"), memory, 0x1000, 0x210000), ==,
                     0);
    g_assert_cmphex(OF(fake, "claim", 0x210000, 0x1000, 0), ==, 0x210000);
}

static void test_methods(void)
{
    g_autoptr(FakeVm) fake = of_caller_new(FAKE_HV_POWER9, 1);
    uint32_t rtas = OPEN(fake, "/rtas"), root = OPEN(fake, "/"), rets[2];

    g_assert_cmpuint(property_cell(fake, "/rtas", "rtas-size"), ==, RTAS_STUB_SIZE);
    g_assert_cmpuint(OF(fake, "getproplen", FIND(fake, "/rtas"), TEXT(fake, "linux,rtas-entry")),
                     ==, ERROR);
    const uint32_t good[] = {TEXT(fake, "instantiate-rtas"), rtas, 0x400000};
    g_assert_cmpint(of_caller_call(fake, "call-method", 3, good, 2, rets), ==, H_SUCCESS);
    g_assert_cmpuint(rets[0], ==, 0);
    g_assert_cmphex(rets[1], ==, 0x400000);
    g_assert_cmphex(get_cell(fake, 0x400000), ==, 0x7c641b78);
    g_assert_cmphex(fake->vm.platform->fwnmi_area, ==, 0x400000);

    static const uint32_t bad[] = {END - RTAS_STUB_SIZE + 4, END, ERROR, 0x400001};
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++)
        g_assert_cmpuint(OF(fake, "call-method", TEXT(fake, "instantiate-rtas"), rtas, bad[i]), !=,
                         0);
    g_assert_cmphex(fake->vm.platform->fwnmi_area, ==, 0x400000);

    /* No such method, of no such instance, with too little. */
    g_assert_cmpuint(OF(fake, "call-method", TEXT(fake, "none"), rtas), ==, UNDEFINED);
    g_assert_cmpuint(OF(fake, "call-method", TEXT(fake, "instantiate-rtas"), root, 0), ==,
                     UNDEFINED);
    g_assert_cmpuint(OF(fake, "call-method", TEXT(fake, "instantiate-rtas"), rtas), ==, UNDEFINED);
    g_assert_cmpuint(OF(fake, "call-method", TEXT(fake, "write"), 0, 0, 0), ==, UNDEFINED);
    g_assert_cmpuint(OF(fake, "call-method", END, rtas), ==, UNDEFINED);

    uint32_t vty = FIND(fake, "hvterm");
    g_assert_cmpuint(OF(fake, "test-method", vty, TEXT(fake, "write")), ==, 0);
    g_assert_cmpuint(OF(fake, "test-method", vty, TEXT(fake, "open")), ==, 0);
    g_assert_cmpuint(OF(fake, "test-method", vty, TEXT(fake, "seek")), ==, ERROR);
    g_assert_cmpuint(OF(fake, "test-method", FIND(fake, "/chosen"), TEXT(fake, "open")), ==, ERROR);
    g_assert_cmpuint(OF(fake, "test-method", 0x7777, TEXT(fake, "open")), ==, ERROR);
}

/** Put what Linux passes for @mmu and @irq to DATA + 0x1000. */
static void put_vectors(FakeVm *fake, uint8_t irq, uint8_t mmu)
{
    g_autofree VecMaker *maker = g_new0(VecMaker, 1);

    vec_linux(maker, irq, mmu, VEC5_RADIX_GTSE, 128);
    put(fake, DATA + 0x1000, maker->bytes, maker->length);
}

static uint8_t vec5_byte(FakeVm *fake, unsigned byte)
{
    uint8_t vector[64] = {0};

    g_assert_cmpuint(
        OF(fake, "getprop", FIND(fake, "/chosen"), TEXT(fake, "ibm,architecture-vec-5"), DATA, 64),
        >, byte);
    get(fake, DATA, vector, sizeof(vector));
    return vector[byte];
}

static uint32_t negotiate(FakeVm *fake, uint32_t root, uint32_t vectors)
{
    const uint32_t args[] = {TEXT(fake, "ibm,client-architecture-support"), root, vectors};
    uint32_t rets[2];

    g_assert_cmpint(of_caller_call(fake, "call-method", 3, args, 2, rets), ==, H_SUCCESS);
    of_caller_text(fake, NULL);
    g_assert_cmpuint(rets[0], ==, 0);
    return rets[1];
}

/** The machine changes, and with it the tree; all that the client has is still there. */
static void test_negotiation(void)
{
    g_autoptr(FakeVm) fake = of_caller_new(FAKE_HV_POWER9, 1);
    uint32_t root = OPEN(fake, "/"), chosen = FIND(fake, "/chosen"), cpu = FIND(fake, "/cpus/@0");
    uint32_t out = property_cell(fake, "/chosen", "stdout"), memory = FIND(fake, "/memory");
    uint32_t xive = property_cell(fake, "/", "interrupt-parent");

    fake->vm.vcpus[0]->state = VCPU_RUNNING;
    g_assert_cmphex(OF(fake, "claim", 0x600000, 0x1000, 0), ==, 0x600000);
    put(fake, DATA, "mine", 5);
    g_assert_cmpuint(OF(fake, "setprop", chosen, TEXT(fake, "linux,mine"), DATA, 5), ==, 5);
    g_assert_cmphex(vec5_byte(fake, VEC5_MMU_BYTE), ==, VEC5_MMU_RADIX);
    g_assert_cmpuint(OF(fake, "getproplen", cpu, TEXT(fake, "ibm,pft-size")), ==, ERROR);

    /* Nothing in memory there: refused, and all is as it was. */
    g_assert_cmpuint(negotiate(fake, root, END - 2), !=, 0);
    g_assert_cmphex(vec5_byte(fake, VEC5_MMU_BYTE), ==, VEC5_MMU_RADIX);
    g_assert_true(mmu_is_radix(fake->vm.mmu));

    put_vectors(fake, VEC5_IRQ_XICS, VEC5_MMU_HASH);
    g_assert_cmpuint(negotiate(fake, root, DATA + 0x1000), ==, 0);
    g_assert_false(mmu_is_radix(fake->vm.mmu));
    g_assert_cmphex(vec5_byte(fake, VEC5_MMU_BYTE), ==, VEC5_MMU_HASH);
    g_assert_cmphex(vec5_byte(fake, VEC5_IRQ_BYTE), ==, VEC5_IRQ_XICS);
    g_assert_cmpuint(OF(fake, "getproplen", cpu, TEXT(fake, "ibm,pft-size")), ==, 8);
    g_assert_cmpuint(FIND(fake, "/chosen"), ==, chosen);
    g_assert_cmpuint(FIND(fake, "/cpus/@0"), ==, cpu);
    g_assert_cmpuint(FIND(fake, "/memory"), ==, memory);
    g_assert_cmpuint(property_cell(fake, "/", "interrupt-parent"), ==, xive);
    g_assert_cmpuint(OF(fake, "getproplen", FIND(fake, "/interrupt-controller"),
                        TEXT(fake, "ibm,interrupt-server-ranges")),
                     ==, 8);
    g_assert_cmpuint(OF(fake, "getproplen", chosen, TEXT(fake, "linux,mine")), ==, 5);
    g_assert_cmpuint(property_cell(fake, "/chosen", "stdout"), ==, out);
    g_assert_cmphex(OF(fake, "claim", 0x600000, 0x1000, 0), ==, ERROR);
    g_assert_cmpuint(OF(fake, "getproplen", memory, TEXT(fake, "available")), ==, 32);
    put(fake, DATA, "still", 5);
    g_assert_cmpuint(OF(fake, "write", out, DATA, 5), ==, 5);
    check_output(fake, "still");

    /* And back. */
    put_vectors(fake, VEC5_IRQ_XIVE, VEC5_MMU_RADIX);
    g_assert_cmpuint(negotiate(fake, root, DATA + 0x1000), ==, 0);
    g_assert_true(mmu_is_radix(fake->vm.mmu));
    g_assert_cmphex(vec5_byte(fake, VEC5_IRQ_BYTE), ==, VEC5_IRQ_XIVE);
    g_assert_cmpuint(FIND(fake, "/interrupt-controller/nothing"), ==, ERROR);
}

static void test_control(void)
{
    g_autoptr(FakeVm) fake = of_caller_new(FAKE_HV_POWER9, 2);
    uint32_t none[1];

    g_assert_cmpuint(OF(fake, "test", TEXT(fake, "claim")), ==, 0);
    g_assert_cmpuint(OF(fake, "test", TEXT(fake, "no-such-service")), ==, ERROR);
    g_assert_cmpuint(OF(fake, "test", END), ==, ERROR);
    g_assert_cmpint(of_caller_call(fake, "quiesce", 0, NULL, 0, none), ==, H_SUCCESS);
    g_assert_cmpint(of_caller_call(fake, "enter", 0, NULL, 0, none), ==, H_SUCCESS);
    g_assert_cmpuint(fake->requests, ==, 0);

    g_assert_cmpint(of_caller_call(fake, "milliseconds", 0, NULL, 1, none), ==, H_SUCCESS);
    uint32_t before = none[0];
    g_usleep(3000);
    g_assert_cmpint(of_caller_call(fake, "milliseconds", 0, NULL, 1, none), ==, H_SUCCESS);
    g_assert_cmpuint(none[0] - before, >=, 2);
    g_assert_cmpuint(none[0], <, 1000000);

    const uint32_t start[] = {FIND(fake, "/cpus/@1"), 0x3000, 0x55};
    g_assert_cmpint(of_caller_call(fake, "start-cpu", 3, start, 0, none), ==, H_SUCCESS);
    g_assert_cmpint(fake->vm.vcpus[1]->state, ==, VCPU_STARTING);
    g_assert_cmphex(fake->vm.vcpus[1]->start.pc, ==, 0x3000);
    g_assert_cmphex(fake->vm.vcpus[1]->start.r3, ==, 0x55);
    const uint32_t other[] = {FIND(fake, "/memory"), 0x3000, 0};
    g_assert_cmpint(of_caller_call(fake, "start-cpu", 3, other, 0, none), ==, H_SUCCESS);
    const uint32_t nobody[] = {0x7777, 0x3000, 0};
    g_assert_cmpint(of_caller_call(fake, "start-cpu", 3, nobody, 0, none), ==, H_SUCCESS);
    g_assert_cmpint(fake->vm.vcpus[0]->state, ==, VCPU_STOPPED);

    g_assert_cmpint(of_caller_call(fake, "boot", 0, NULL, 0, none), ==, H_SUCCESS);
    g_assert_cmpint(fake->request, ==, VM_REQUEST_REBOOT);
    g_assert_cmpint(of_caller_call(fake, "exit", 0, NULL, 0, none), ==, H_SUCCESS);
    g_assert_cmpint(fake->request, ==, VM_REQUEST_CRASH);
    g_assert_cmpuint(fake->requests, ==, 2);
}

/** Run @text on @count cells of @stack: what it throws; the cells that it leaves go to @stack. */
static int32_t forth(FakeVm *fake, const char *text, unsigned count, uint32_t *stack)
{
    uint32_t args[OF_MAX_CELLS] = {TEXT(fake, text)}, rets[8] = {0};

    for (unsigned i = 0; i < count; i++)
        args[1 + i] = stack[i];
    g_assert_cmpint(of_caller_call(fake, "interpret", 1 + count, args, 8, rets), ==, H_SUCCESS);
    of_caller_text(fake, NULL);
    memcpy(stack, rets + 1, 7 * sizeof(*stack));
    return (int32_t)rets[0];
}

static void test_interpret(void)
{
    g_autoptr(FakeVm) fake = of_caller_new(FAKE_HV_POWER9, 1);
    static const struct {
        const char *text;
        int32_t thrown;
        uint32_t left[2];
    } cases[] = {
        {"", 0, {0}},
        {" \t\n ", 0, {0}},
        {"1F 2 +", 0, {0x21}},
        {"ffffffff 1 +", 0, {0}},
        {"5 3 -", 0, {2}},
        {"-1", 0, {ERROR}},
        {"3 4 *", 0, {12}},
        {"10 3 /", 0, {5}},
        {"1 0 /", -10, {0}},
        {"c 6 and", 0, {4}},
        {"c 3 OR", 0, {15}},
        {"c 6 xor", 0, {10}},
        {"0 invert", 0, {ERROR}},
        {"1 1f lshift", 0, {0x80000000}},
        {"1 20 lshift", 0, {0}},
        {"80000000 1f rshift", 0, {1}},
        {"1 40 rshift", 0, {0}},
        {"5 5 =", 0, {ERROR}},
        {"5 6 =", 0, {0}},
        {"1 2 swap", 0, {1, 2}},
        {"1 2 over", 0, {1, 2}},
        {"7 dup", 0, {7, 7}},
        {"1 2 drop", 0, {1}},
        {"drop", -4, {0}},
        {"1 +", -4, {0}},
        {"123456789", -13, {0}},
        {"-", -4, {0}},
        {"--1", -13, {0}},
        {"12g", -13, {0}},
        {"never-heard-of", -13, {0}},
        {": word", -13, {0}},
        {"output-device output", 0, {0}},
        {"input-device input", 0, {0}},
        {"1 2 output", -1, {0}},
        {"cursor-on cursor-off", 0, {0}},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        uint32_t stack[8] = {0};

        g_assert_cmpint(forth(fake, cases[i].text, 0, stack), ==, cases[i].thrown);
        g_assert_cmphex(stack[0], ==, cases[i].left[0]);
        g_assert_cmphex(stack[1], ==, cases[i].left[1]);
    }

    /* The client's cells: the first is the top. */
    uint32_t stack[8] = {1, 10};
    g_assert_cmpint(forth(fake, "-", 2, stack), ==, 0);
    g_assert_cmpuint(stack[0], ==, 9);

    g_autoptr(GString) text = g_string_new("1");
    while (text->len < 200)
        g_string_append(text, " dup");
    g_assert_cmpint(forth(fake, text->str, 0, stack), ==, -3);
    while (text->len < 2000)
        g_string_append(text, " dup");
    g_assert_cmpint(forth(fake, text->str, 0, stack), ==, -1);

    g_assert_cmpint(forth(fake, "41 emit cr 2a .", 0, stack), ==, 0);
    check_output(fake, "A\r\n2a ");
    g_assert_cmpuint(fake->requests, ==, 0);
    g_assert_cmpint(forth(fake, "reset-all power-off", 0, stack), ==, -1);
    g_assert_cmpint(fake->request, ==, VM_REQUEST_REBOOT);
    g_assert_cmpint(forth(fake, "power-off", 0, stack), ==, -1);
    g_assert_cmpint(fake->request, ==, VM_REQUEST_POWEROFF);
    g_assert_cmpuint(fake->requests, ==, 2);
}

/** All services by name: none of them minds cells of all kinds. */
static void test_all_services(void)
{
    static const uint32_t values[] = {0, 1, 0xffff, DATA, END - 1, END, 0x7fffffff, ERROR};
    const char *name, *section;
    unsigned nargs, nret, i;

    for (i = 0; (name = of_client_service(i, &nargs, &nret, &section)); i++) {
        g_autoptr(FakeVm) fake = of_caller_new(FAKE_HV_POWER10, 1);

        g_assert_cmpstr(section, !=, "");
        for (size_t v = 0; v < G_N_ELEMENTS(values); v++) {
            for (unsigned n = 0; n <= 6; n++) {
                uint32_t args[6], rets[4];

                for (unsigned a = 0; a < n; a++)
                    args[a] = values[(v + a) % G_N_ELEMENTS(values)];
                HcallRet ret = of_caller_call(fake, name, n, args, 4, rets);
                of_caller_text(fake, NULL);
                g_assert_true(ret == H_SUCCESS || ret == H_HARDWARE);
                g_assert_true(ret == H_SUCCESS || n != nargs);
            }
        }
    }
    g_assert_cmpuint(i, >=, 28);
    for (i = 0; (name = of_client_method(i, &section, &section)); i++)
        g_assert_cmpstr(section, !=, "");
    g_assert_cmpuint(i, >=, 8);
}

/** Two vCPUs at the same time. */
static gpointer caller_thread(gpointer opaque)
{
    FakeVm *fake = opaque;
    GuestAddr array = ARRAY + 0x1000;

    guest_mem_write(fake->vm.mem, array + 0x100, "setprop", 8);
    guest_mem_write(fake->vm.mem, array + 0x140, "both", 5);
    const uint32_t words[] = {(uint32_t)array + 0x100, 4,    1, 0x1000,
                              (uint32_t)array + 0x140, DATA, 9};
    for (unsigned i = 0; i < G_N_ELEMENTS(words); i++)
        guest_mem_store_be32(fake->vm.mem, array + 4 * i, words[i]);
    for (unsigned i = 0; i < 3000; i++)
        of_client_call(fake->vm.of, fake->vm.vcpus[1], array);
    return NULL;
}

static void test_two_callers(void)
{
    g_autoptr(FakeVm) fake = of_caller_new(FAKE_HV_POWER9, 2);
    GThread *thread = g_thread_new("caller", caller_thread, fake);
    uint32_t root = FIND(fake, "/");

    for (unsigned i = 0; i < 3000; i++) {
        uint32_t length = OF(fake, "getproplen", root, TEXT(fake, "both"));

        g_assert_true(length == ERROR || length == 9);
        OF(fake, "setprop", root, TEXT(fake, "both"), DATA + 64, 9);
    }
    g_thread_join(thread);
}

static void test_stub(void)
{
    g_autoptr(FakeVm) fake = of_caller_new(FAKE_HV_POWER9, 1);
    g_autoptr(GError) error = NULL;

    g_assert_true(of_stub_write(fake->vm.mem, 0x500000, &error));
    /* Its loop goes back to where the call's number is set. */
    g_assert_cmphex(get_cell(fake, 0x500008), ==, 0x60630000 | H_OF_CLIENT);
    g_assert_cmphex(get_cell(fake, 0x50000c), ==, 0x44000022);
    g_assert_cmphex(get_cell(fake, 0x500014) & 0xffff, ==, 0x10000 - (0x14 - 0x4));
    g_assert_cmphex(get_cell(fake, 0x500018), ==, 0x4e800020);
    g_assert_false(of_stub_write(fake->vm.mem, END - 8, &error));
    g_assert_nonnull(error);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_assert_true(log_open(NULL, LOG_ERROR, NULL));
    g_test_add_func("/of_client/array", test_array);
    g_test_add_func("/of_client/walk", test_walk);
    g_test_add_func("/of_client/properties", test_properties);
    g_test_add_func("/of_client/setprop", test_setprop);
    g_test_add_func("/of_client/paths", test_paths);
    g_test_add_func("/of_client/instances", test_instances);
    g_test_add_func("/of_client/console", test_console);
    g_test_add_func("/of_client/nvram", test_nvram);
    g_test_add_func("/of_client/memory", test_memory);
    g_test_add_func("/of_client/methods", test_methods);
    g_test_add_func("/of_client/negotiation", test_negotiation);
    g_test_add_func("/of_client/control", test_control);
    g_test_add_func("/of_client/interpret", test_interpret);
    g_test_add_func("/of_client/all_services", test_all_services);
    g_test_add_func("/of_client/two_callers", test_two_callers);
    g_test_add_func("/of_client/stub", test_stub);
    return g_test_run();
}
