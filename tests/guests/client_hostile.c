// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Calls of Open Firmware with cells of all kinds. They may do what they like to
 * scratch memory; the program itself, and the array but for its results, must
 * stay as they are. Left out is what would end the machine.
 */
#include "client.h"

enum {
    STRING_SIZE = 64,
    SCRATCH_SIZE = 0x100000,
    ARRAY_WORDS = 3 + 32,
    CHECK_EVERY = 1000,
    PROGRESS = 5000,
    COPY_SIZE = 65536,
};

static const char *const services[] = {
    "test",
    "peer",
    "child",
    "parent",
    "getproplen",
    "getprop",
    "nextprop",
    "setprop",
    "canon",
    "finddevice",
    "package-to-path",
    "instance-to-package",
    "instance-to-path",
    "call-method",
    "test-method",
    "open",
    "close",
    "read",
    "write",
    "seek",
    "interpret",
    "claim",
    "release",
    "quiesce",
    "start-cpu",
    "milliseconds",
    "enter",
    "none",
};

static const char *const strings[] = {
    "/",
    "/chosen",
    "/rtas",
    "/memory@0",
    "/cpus/@0",
    "/vdevice/vty:1",
    "hvterm",
    "nvram",
    "//:@/",
    "name",
    "reg",
    "available",
    "bootargs",
    "new-property",
    "bad property",
    "",
    "write",
    "read",
    "seek",
    "size",
    "claim",
    "release",
    "instantiate-rtas",
    "ibm,client-architecture-support",
    "1 2 + dup swap drop",
    "dup dup",
    "1 0 /",
    "-",
    "linux,a",
};

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

static u32 array[ARRAY_WORDS] __attribute__((aligned(64)));
static u8 copy[COPY_SIZE] __attribute__((aligned(8)));
static u64 scratch;
static u32 last_result;

static u32 cell_any(void)
{
    u32 numbers[] = {0,       1,          2,          4,          7,         8,      16,
                     31,      32,         33,         64,         0xff,      0x1000, 0x10000,
                     0x10001, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff};

    switch (random_below(8)) {
    case 0:
    case 1:
        return (u32)(scratch + STRING_SIZE * random_below(COUNT(strings)));
    case 2:
        return (u32)(scratch + 0x1000 + random_below(SCRATCH_SIZE - 0x1000));
    case 3:
        return 0x1000 + (u32)random_below(24); /* the first phandles */
    case 4:
        return (u32)random_below(12); /* the first ihandles */
    case 5:
        return numbers[random_below(COUNT(numbers))];
    case 6:
        return last_result;
    }
    return random_below(2) ? (u32)random_next() : (u32)(machine.ram_end - random_below(40));
}

/** Addresses of this program, which has to outlive the calls, become scratch memory. */
static u32 cell_safe(void)
{
    u32 cell = cell_any();

    /* Handles and lengths are small numbers, and below the program's data. */
    return cell >= 0x2000 && cell < (u64)core_end ? (u32)scratch + 0x2000 + cell % 0x1000 : cell;
}

static void put_strings(void)
{
    for (unsigned i = 0; i < COUNT(strings); i++)
        memcpy((char *)scratch + STRING_SIZE * i, strings[i], strlen(strings[i]) + 1);
}

static void check_core(u64 made)
{
    /* From its second page on: the first ones may be named as small numbers. */
    const u64 *then = (const u64 *)copy, *now = (const u64 *)0x2000;

    asm("" : "+r"(now));
    for (u64 i = 0; i < ((u64)core_const_end - 0x2000) / 8; i++) {
        if (now[i] != then[i])
            guest_fail("after %lu calls %lx held %lx, now %lx", made, 0x2000 + 8 * i, then[i],
                       now[i]);
    }
}

static void attack_once(u64 made)
{
    const char *service = services[random_below(COUNT(services))];
    u32 before[ARRAY_WORDS];
    unsigned nargs = (unsigned)random_below(6), nret = (unsigned)random_below(4);
    bool end = random_below(64) == 0;
    u64 at = end ? machine.ram_end - 12 - 4 * random_below(8) : (u64)array;

    before[0] = (u32)(u64)service;
    before[1] = random_below(16) ? nargs : cell_any();
    before[2] = random_below(16) ? nret : cell_any();
    for (unsigned i = 3; i < ARRAY_WORDS; i++)
        before[i] = cell_safe();
    if (!strcmp(service, "start-cpu"))
        before[4] = (u32)(u64)secondary_entry;
    /* Results that something is written to are no addresses: this many are enough to see. */
    for (unsigned i = 0; i < ARRAY_WORDS && at + 4 * i + 4 <= machine.ram_end; i++)
        ((u32 *)at)[i] = before[i];
    barrier();
    long ret = ((long (*)(u64))of_entry)(at);
    barrier();
    if ((int)ret != 0 && (int)ret != -1)
        guest_fail("call %lu, %s, returned %ld", made, service, ret);
    if (end)
        return;
    if (!ret && before[1] < 32 && before[2])
        last_result = array[3 + before[1]];
    for (unsigned i = 0; i < ARRAY_WORDS; i++) {
        bool result = !ret && i >= 3 + before[1] && i < 3 + before[1] + before[2];

        if (!result && array[i] != before[i])
            guest_fail("call %lu, %s, changed cell %u from %x to %x", made, service, i, before[i],
                       array[i]);
    }
}

void client_attack(u64 count)
{
    scratch = client_one("claim", 3, 0, SCRATCH_SIZE, 0x10000);
    if (scratch == 0xffffffff || (u64)core_const_end - 0x2000 > COPY_SIZE)
        guest_fail("no room for scratch memory, or a copy");
    memcpy(copy, (void *)0x2000, (u64)core_const_end - 0x2000);
    for (u64 made = 0; made < count; made++) {
        if (made % 16 == 0)
            put_strings();
        if (made % PROGRESS == 0)
            print("\nclient: %lu calls\n", made);
        attack_once(made);
        if (made % CHECK_EVERY == 0)
            check_core(made);
    }
    check_core(count);
    print("\nclient: %lu calls ok\n", count);
}
