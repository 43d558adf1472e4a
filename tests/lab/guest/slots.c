// SPDX-License-Identifier: GPL-2.0-or-later
//
// slots: what powerpc-utils' programs do for a PCI slot, as far as the kernel does not.
//   slots events              a line for each event of a slot: add INDEX, or remove INDEX
//   slots isolate INDEX       give what is at a connector back to the platform
//   slots unisolate INDEX     take it
// INDEX is hexadecimal. RTAS's status is printed.
//
// Without a C library, to keep the guest's initramfs small.

#include <stddef.h>
#include <stdint.h>

#define NR_EXIT 1
#define NR_READ 3
#define NR_WRITE 4
#define NR_OPEN 5
#define NR_RTAS 255
#define ISOLATION 9001

void start_c(uint64_t *stack);

__asm__(".globl _start\n"
        "_start:\n"
        "  addis 2, 12, .TOC.-_start@ha\n"
        "  addi 2, 2, .TOC.-_start@l\n"
        "  mr 3, 1\n"
        "  stdu 1, -64(1)\n"
        "  bl start_c\n"
        "  nop\n");

static struct {
    uint32_t token, nargs, nret, args[16];
    uint64_t rets;
} request;

static uint8_t log[16384];

static long call(long number, long a, long b, long c)
{
    register long r0 __asm__("r0") = number;
    register long r3 __asm__("r3") = a;
    register long r4 __asm__("r4") = b;
    register long r5 __asm__("r5") = c;

    __asm__ volatile("sc\n bns+ 1f\n neg 3, 3\n1:"
                     : "+r"(r0), "+r"(r3), "+r"(r4), "+r"(r5)
                     :
                     : "memory", "cr0", "ctr", "r6", "r7", "r8", "r9", "r10", "r11", "r12");
    return r3;
}

static void say(const char *text)
{
    size_t size = 0;

    while (text[size])
        size++;
    call(NR_WRITE, 1, (long)text, (long)size);
}

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
    long fd = call(NR_OPEN, (long)"/proc/powerpc/rtas/error_log", 0, 0);

    for (;;) {
        long size = call(NR_READ, fd, (long)log, sizeof(log));

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
    long fd = call(NR_OPEN, (long)"/proc/device-tree/rtas/set-indicator", 0, 0);

    if (call(NR_READ, fd, (long)token, 4) != 4)
        return 1;
    for (; *text; text++)
        index = index << 4 | (uint32_t)(*text <= '9' ? *text - '0' : (*text | 32) - 'a' + 10);
    request.token = swap(be(token, 4));
    request.nargs = swap(3);
    request.nret = swap(1);
    request.args[0] = swap(ISOLATION);
    request.args[1] = swap(index);
    request.args[2] = swap(state);
    if (call(NR_RTAS, (long)&request, 0, 0)) {
        say("none\n");
        return 1;
    }
    say_hex(swap(request.args[3]));
    say("\n");
    return request.args[3] != 0;
}

void start_c(uint64_t *stack)
{
    const char *const *argv = (const char *const *)(stack + 1);
    int status = 1;

    if (stack[0] == 2)
        status = events();
    else if (stack[0] == 3)
        status = isolation(argv[1][0] == 'u', argv[2]);
    call(NR_EXIT, status, 0, 0);
}
