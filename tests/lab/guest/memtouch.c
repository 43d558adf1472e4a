// SPDX-License-Identifier: GPL-2.0-or-later
//
// memtouch MIB [FILE]: write two words into every page of that much memory,
// each made of its own address, and read them back. A page that is missing, or
// that two addresses share, is found. With FILE, in memory that is new each
// time, over and over until there is such a file.
//
// Without a C library, to keep the guest's initramfs small.

#include <stddef.h>
#include <stdint.h>

#define STEP 4096
#define KEY UINT64_C(0x9e3779b97f4a7c15)
#define NR_EXIT 1
#define NR_WRITE 4
#define NR_ACCESS 33
#define NR_MMAP 90
#define NR_MUNMAP 91
#define PROT_READ_WRITE 3
#define MAP_PRIVATE_ANONYMOUS 0x22

void start_c(uint64_t *stack);

// The stack pointer at entry leads to argc and argv.
__asm__(".globl _start\n"
        "_start:\n"
        "  addis 2, 12, .TOC.-_start@ha\n"
        "  addi 2, 2, .TOC.-_start@l\n"
        "  mr 3, 1\n"
        "  stdu 1, -64(1)\n"
        "  bl start_c\n"
        "  nop\n");

static long call(long number, long a, long b, long c, long d, long e, long f)
{
    register long r0 __asm__("r0") = number;
    register long r3 __asm__("r3") = a;
    register long r4 __asm__("r4") = b;
    register long r5 __asm__("r5") = c;
    register long r6 __asm__("r6") = d;
    register long r7 __asm__("r7") = e;
    register long r8 __asm__("r8") = f;

    __asm__ volatile("sc\n bns+ 1f\n neg 3, 3\n1:"
                     : "+r"(r0), "+r"(r3), "+r"(r4), "+r"(r5), "+r"(r6), "+r"(r7), "+r"(r8)
                     :
                     : "memory", "cr0", "ctr", "r9", "r10", "r11", "r12");
    return r3;
}

static void say(const char *text)
{
    size_t size = 0;

    while (text[size])
        size++;
    call(NR_WRITE, 1, (long)text, (long)size, 0, 0, 0);
}

static void say_number(uint64_t number)
{
    char digits[21], *at = digits + 20;

    *at = 0;
    do {
        *--at = (char)('0' + number % 10);
        number /= 10;
    } while (number);
    say(at);
}

static uint64_t parse(const char *text)
{
    uint64_t number = 0;

    for (; *text >= '0' && *text <= '9'; text++)
        number = number * 10 + (uint64_t)(*text - '0');
    return number;
}

static uint64_t touch(volatile uint64_t *memory, size_t words)
{
    const size_t step = STEP / sizeof(*memory);
    uint64_t bad = 0;

    for (size_t at = 0; at < words; at += step) {
        memory[at] = at * KEY;
        memory[at + step - 1] = ~(at * KEY);
    }
    for (size_t at = 0; at < words; at += step)
        bad += memory[at] != at * KEY || memory[at + step - 1] != ~(at * KEY);
    return bad;
}

static void report(uint64_t mib, uint64_t rounds, uint64_t bad)
{
    say("mem: ");
    say_number(mib);
    say(" MiB written and read");
    if (rounds > 1) {
        say(", ");
        say_number(rounds);
        say(" times");
    }
    say(", pages wrong: ");
    say_number(bad);
    say("\n");
}

void start_c(uint64_t *stack)
{
    uint64_t mib = stack[0] > 1 ? parse((const char *)stack[2]) : 0;
    long until = stack[0] > 2 ? (long)stack[3] : 0;
    uint64_t rounds = 0, bad = 0;

    do {
        long memory =
            call(NR_MMAP, 0, (long)(mib << 20), PROT_READ_WRITE, MAP_PRIVATE_ANONYMOUS, -1, 0);

        if (memory < 0 && memory > -4096) {
            say("mem: cannot map\n");
            bad++;
            break;
        }
        bad += touch((volatile uint64_t *)memory, (mib << 20) / 8);
        call(NR_MUNMAP, memory, (long)(mib << 20), 0, 0, 0, 0);
        rounds++;
    } while (until && call(NR_ACCESS, until, 0, 0, 0, 0, 0) != 0);
    report(mib, rounds, bad);
    say(bad ? "mem: FAIL\n" : "mem: ok\n");
    call(NR_EXIT, bad != 0, 0, 0, 0, 0, 0);
    for (;;)
        ;
}
