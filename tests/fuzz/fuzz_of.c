/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A hostile client of Open Firmware: any service with any cells, mostly handles,
 * strings and addresses that mean something. Each call ends at once, with a code
 * that the entry can return; of the array only the results change; and what is
 * free of memory is always ascending ranges of it.
 *
 * Input: one byte for the machine, then records: a byte of flags, maybe text or
 * changes to the vectors of ibm,client-architecture-support, then a service by its
 * number, its counts and its cells.
 */
#include <errno.h>
#include <string.h>

#include "firmware/of_client.h"
#include "firmware/of_tree.h"
#include "hw/spapr/vec5.h"
#include "src/base/guest_mem.h"
#include "src/base/log.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/fuzz_input.h"
#include "tests/unit/fake_chardev.h"
#include "tests/unit/of_caller.h"
#include "tests/unit/vec_maker.h"

enum {
    MAX_CALLS = 256,
    CPUS = 2,
    HEAD = 3,
    /** Nothing that a service writes to lies there, but by a raw address. */
    ARRAY = OF_CALLER_ARRAY,
    NAME = OF_CALLER_ARRAY + 0x1000,
    OWN_TEXT = OF_CALLER_TEXT + 0x4000,
    DATA = OF_CALLER_DATA,
    VECTORS = OF_CALLER_DATA + 0x8000,
    END = OF_CALLER_MEMORY,
};

/** Strings at OF_CALLER_TEXT, STRING_STEP apart. */
static const char *const strings[] = {
    "/",
    "/chosen",
    "/rtas",
    "/memory",
    "/cpus/@0",
    "/vdevice/vty@71000000:9600",
    "hvterm:a/b",
    "nvram",
    "//:@:/@",
    "name",
    "reg",
    "available",
    "bootargs",
    "linux,rtas-base",
    "new property",
    "",
    "write",
    "read",
    "seek",
    "size",
    "claim",
    "release",
    "instantiate-rtas",
    "ibm,client-architecture-support",
    "1 2 + dup . cr",
    "dup dup dup over swap drop -1 0 /",
    "output-device output cursor-off",
    "reset-all",
    "power-off",
};
enum { STRING_STEP = 64 };

/** A cell: a string, a handle, an address, a number. */
static uint32_t take_cell(FuzzInput *in, uint32_t handle)
{
    static const uint64_t values[] = {
        DATA,
        DATA + 4,
        DATA + 0x1000,
        END - 1,
        END - 4,
        END,
        OWN_TEXT,
        VECTORS,
        0,
        1,
        2,
        4,
        8,
        16,
        32,
        64,
        0xff,
        0x1000,
        0x10000,
        0x20000,
        0x200000,
        0x300000,
        0x400000,
        0x7ff0000,
        0x7fffffff,
        1u << 31,
        UINT32_MAX,
        UINT32_MAX - 1,
    };
    uint8_t choice = fuzz_take_byte(in);

    if (choice < 0x40)
        return OF_CALLER_TEXT + choice % G_N_ELEMENTS(strings) * STRING_STEP;
    if (choice < 0x60)
        return 0x1000 + choice % 0x20; /* the first phandles that are given */
    if (choice < 0x68)
        return 1 + choice % 8; /* the first ihandles, and stated phandles */
    if (choice < 0x80)         /* what the last call gave */
        return handle;
    return (uint32_t)fuzz_take_value(in, values, G_N_ELEMENTS(values));
}

static const char *take_service(FuzzInput *in, unsigned *nargs, unsigned *nret)
{
    const char *section;
    unsigned count = 0;
    uint8_t choice = fuzz_take_byte(in);

    while (of_client_service(count, nargs, nret, &section))
        count++;
    const char *name = of_client_service(choice % (count + 1), nargs, nret, &section);
    if (name)
        return name;
    *nargs = *nret = 1;
    return "no-such-service";
}

static uint64_t take_place(FuzzInput *in)
{
    static const uint64_t values[] = {
        END - 12 - 4 * OF_MAX_CELLS, END - 20, END - 12, END - 11, END, 1ull << 32, UINT64_MAX - 11,
    };
    uint8_t choice = fuzz_take_byte(in);

    return choice < 0xf0 ? ARRAY : values[choice % G_N_ELEMENTS(values)];
}

static void do_call(FakeVm *fake, FuzzInput *in, uint32_t *handle)
{
    const struct GuestMem *mem = fake->vm.mem;
    uint32_t words[HEAD + OF_MAX_CELLS] = {0}, after;
    unsigned nargs, nret, put = 0;
    const char *name = take_service(in, &nargs, &nret);
    uint8_t counts = fuzz_take_byte(in);
    uint64_t place = take_place(in);
    gboolean own = FALSE;

    /* Mostly the counts that the service has, or a few more. */
    words[0] = NAME;
    words[1] = counts < 0xe0 ? nargs + (nret > 1 ? counts % 4 : 0) : take_cell(in, *handle);
    words[2] = counts < 0xe0 ? MIN(nret, 2) : take_cell(in, *handle);
    for (unsigned i = 0; i < MIN(words[1], 8); i++) {
        words[HEAD + i] = take_cell(in, *handle);
        own |= words[HEAD + i] >= ARRAY - 0x20000 && words[HEAD + i] < OF_CALLER_TEXT;
    }
    guest_mem_write(fake->vm.mem, NAME, name, strlen(name) + 1);
    while (put < G_N_ELEMENTS(words) && place <= UINT64_MAX - 4 * put &&
           guest_mem_store_be32(fake->vm.mem, place + 4 * put, words[put]))
        put++;

    Vcpu *cpu = fake->vm.vcpus[counts / 4 % CPUS];
    HcallRet ret = of_client_call(fake->vm.of, cpu, place);
    check(ret == H_SUCCESS || ret == H_BUSY || ret == H_HARDWARE, "a code that the entry has not");
    if (ret == H_SUCCESS)
        check(words[1] + words[2] <= OF_MAX_CELLS && put >= HEAD + words[1] + words[2],
              "an array that is none is taken");
    for (unsigned i = 0; i < put && place == ARRAY && !own; i++) {
        check(guest_mem_load_be32(mem, place + 4 * i, &after), "memory has gone");
        if (ret == H_SUCCESS && i == HEAD + words[1] && words[2])
            *handle = after;
        else if (ret != H_SUCCESS || i < HEAD + words[1] || i >= HEAD + words[1] + words[2])
            check(after == words[i], "the array changed beside its results");
    }
}

/** What /memory says is free: ascending, apart, within memory. */
static void check_available(FakeVm *fake)
{
    uint32_t node = OF(fake, "finddevice", of_caller_text(fake, "/memory@0"));
    uint32_t length =
        OF(fake, "getprop", node, of_caller_text(fake, "available"), DATA, OF_SET_VALUE_MAX);
    uint64_t start, size, end = 0;

    /* The client may have set it to anything. */
    if (length == UINT32_MAX || length % 16 || length > 0x8000)
        return;
    for (unsigned i = 0; i < length; i += 16) {
        guest_mem_load_be64(fake->vm.mem, DATA + i, &start);
        guest_mem_load_be64(fake->vm.mem, DATA + i + 8, &size);
        check(start > end || (!i && start == 0), "free memory is not ascending");
        check(size && start < END && size <= END - start, "free memory is none");
        end = start + size;
    }
}

/** Bytes at @at from the input, as many as its first one says. */
static void take_bytes(FakeVm *fake, FuzzInput *in, GuestAddr at)
{
    for (unsigned left = fuzz_take_byte(in) % 32; left; left--, at++) {
        uint8_t byte = fuzz_take_byte(in);

        guest_mem_write(fake->vm.mem, at, &byte, 1);
    }
}

static void put_vectors(FakeVm *fake, uint8_t kind)
{
    g_autofree VecMaker *maker = g_new0(VecMaker, 1);

    vec_linux(maker, kind & 4 ? VEC5_IRQ_XICS : VEC5_IRQ_XIVE,
              kind & 8 ? VEC5_MMU_HASH : VEC5_MMU_RADIX, VEC5_RADIX_GTSE, 64);
    guest_mem_write(fake->vm.mem, VECTORS, maker->bytes, MIN(maker->length, 4096));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const FakeHvProfile profiles[] = {FAKE_HV_POWER9, FAKE_HV_NESTED, FAKE_HV_POWER8,
                                             FAKE_HV_POWER10};
    FuzzInput in = {data, size};
    uint8_t machine = fuzz_take_byte(&in);
    uint32_t handle = 0;

    log_open(NULL, LOG_ERROR, NULL);
    g_autoptr(FakeVm) fake = of_caller_new(profiles[machine % 4], CPUS);
    fake->vm.vcpus[0]->state = VCPU_RUNNING;
    for (size_t i = 0; i < G_N_ELEMENTS(strings); i++)
        guest_mem_write(fake->vm.mem, OF_CALLER_TEXT + i * STRING_STEP, strings[i],
                        strlen(strings[i]) + 1);
    put_vectors(fake, machine);

    for (unsigned calls = 0; in.left && calls < MAX_CALLS; calls++) {
        uint8_t what = fuzz_take_byte(&in);

        if ((what & 0xc0) == 0xc0)
            take_bytes(fake, &in, OWN_TEXT);
        if ((what & 0xc0) == 0x80)
            take_bytes(fake, &in, VECTORS + fuzz_take_byte(&in));
        if ((what & 0x30) == 0x30)
            hv_fake_fail_any(fake->host, 1, EIO);
        if ((what & 0x30) == 0x20)
            fake_chardev_set_room(fake->console, what & 1 ? SIZE_MAX : 3);
        do_call(fake, &in, &handle);
        if (what & 0x08)
            g_main_context_iteration(NULL, FALSE);
    }
    check_available(fake);
    return 0;
}

static uint8_t string_number(const char *text)
{
    uint8_t number = 0;

    while (strcmp(strings[number], text))
        number++;
    return number;
}

/** A record that calls @service on vCPU 0 with @count bytes of cells; @more arguments than it
 * needs. */
static void seed_call(uint8_t *buffer, size_t *length, const char *service, uint8_t more,
                      const uint8_t *cells, size_t count)
{
    const char *name, *section;
    unsigned nargs, nret;
    uint8_t number = 0;

    while ((name = of_client_service(number, &nargs, &nret, &section)) && strcmp(name, service))
        number++;
    const uint8_t head[] = {0, number, more, 0};
    memcpy(buffer + *length, head, sizeof(head));
    memcpy(buffer + *length + sizeof(head), cells, count);
    *length += sizeof(head) + count;
}

static size_t seed_client(uint8_t *buffer, size_t length)
{
    /* Negotiation, RTAS, and Forth that works, as a client does it. */
    static const uint8_t handle = 0x60 + 8, vectors[] = {0x80, 7}, place[] = {0x80, 22};
    seed_call(buffer, &length, "open", 0, (uint8_t[]){string_number("/")}, 1);
    seed_call(buffer, &length, "call-method", 1,
              (uint8_t[]){string_number("ibm,client-architecture-support"), handle, vectors[0],
                          vectors[1]},
              4);
    seed_call(buffer, &length, "open", 0, (uint8_t[]){string_number("/rtas")}, 1);
    seed_call(buffer, &length, "call-method", 1,
              (uint8_t[]){string_number("instantiate-rtas"), handle, place[0], place[1]}, 4);
    seed_call(buffer, &length, "interpret", 0, (uint8_t[]){string_number("1 2 + dup . cr")}, 1);
    return length;
}

size_t fuzz_seed(unsigned index, uint8_t *buffer, size_t room)
{
    size_t length = 0;

    if (index >= 16)
        return 0;
    /* Every service, with other cells in each seed. */
    buffer[length++] = (uint8_t)(index * 5);
    if (index >= 8)
        return seed_client(buffer, length);
    for (unsigned service = 0; service < 36 && length + 96 < room; service++) {
        buffer[length++] = (uint8_t)(service % 7 ? 0 : 8);
        buffer[length++] = (uint8_t)service;
        buffer[length++] = (uint8_t)(index % 4);
        buffer[length++] = 0;
        for (unsigned i = 0; i < 5; i++)
            buffer[length++] = (uint8_t)(index < 4 ? 0x60 + (service * 3 + i * index) % 0x38
                                                   : service * 11 + i * 29 + index * 17);
    }
    return length;
}
