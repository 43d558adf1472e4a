// SPDX-License-Identifier: GPL-2.0-or-later
//
// slots: what powerpc-utils' programs do for a PCI slot, as far as the kernel does not.
//   slots events              a line for each event of a slot: add INDEX, or remove INDEX
//   slots isolate INDEX       give what is at a connector back to the platform
//   slots unisolate INDEX     take it
// INDEX is hexadecimal. RTAS's status is printed.

#include "tests/lab/guest/plain.h"

#include <linux/fcntl.h>

#define ISOLATION 9001

static struct {
    uint32_t token, nargs, nret, args[16];
    uint64_t rets;
} request;

static uint8_t log[16384];

static void say_hex(uint32_t value)
{
    static char text[9];

    for (int i = 7; i >= 0; i--, value >>= 4)
        text[i] = "0123456789abcdef"[value & 15];
    say(text);
}

static uint32_t swap(uint32_t value) { return __builtin_bswap32(value); }

static uint32_t be(const uint8_t *at, unsigned size)
{
    uint32_t value = 0;

    while (size--)
        value = value << 8 | *at++;
    return value;
}

// Of an error log of version 6: sections follow a head of 24 bytes, each with its id and length.
static void tell(const uint8_t *at, const uint8_t *end)
{
    for (at += 24; end - at >= 16; at += be(at + 2, 2)) {
        if (be(at + 2, 2) < 8)
            return;
        // "HP": of a slot (5), told by its connector's index (2).
        if (be(at, 2) != 0x4850 || at[8] != 5 || at[10] != 2)
            continue;
        say(at[9] == 1 ? "add " : "remove ");
        say_hex(be(at + 12, 4));
        say("\n");
    }
}

static int events(void)
{
    long fd = call(__NR_open, (long)"/proc/powerpc/rtas/error_log", O_RDONLY, 0);

    for (;;) {
        long size = call(__NR_read, fd, (long)log, sizeof(log));

        if (size < 4 + 24)
            return 1;
        // Behind a number of the kernel's.
        tell(log + 4, log + size);
    }
}

static int isolation(uint32_t state, const char *text)
{
    uint8_t token[4];
    uint32_t index = 0;
    long fd = call(__NR_open, (long)"/proc/device-tree/rtas/set-indicator", O_RDONLY, 0);

    if (call(__NR_read, fd, (long)token, 4) != 4)
        return 1;
    for (; *text; text++)
        index = index << 4 | (uint32_t)(*text <= '9' ? *text - '0' : (*text | 32) - 'a' + 10);
    request.token = swap(be(token, 4));
    request.nargs = swap(3);
    request.nret = swap(1);
    request.args[0] = swap(ISOLATION);
    request.args[1] = swap(index);
    request.args[2] = swap(state);
    if (call(__NR_rtas, (long)&request, 0, 0)) {
        say("none\n");
        return 1;
    }
    say_hex(swap(request.args[3]));
    say("\n");
    return request.args[3] != 0;
}

static int plain_main(int argc, char **argv)
{
    if (argc == 2)
        return events();
    return argc == 3 ? isolation(argv[1][0] == 'u', argv[2]) : 1;
}
