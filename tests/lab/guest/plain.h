// SPDX-License-Identifier: GPL-2.0-or-later
//
// What the small programs need that run in a guest, and some of them on the host as well, without a
// C library, which would make the guest's initramfs large: the entry, system calls, words and
// numbers. Each is one file, which defines plain_main().
#ifndef TESTS_LAB_GUEST_PLAIN_H
#define TESTS_LAB_GUEST_PLAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <asm/unistd.h>

// The program itself; its result is the exit status.
static int plain_main(int argc, char **argv);

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

// A system call; a negative result is -errno.
static inline long call6(long number, long a, long b, long c, long d, long e, long f)
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

static inline long call(long number, long a, long b, long c)
{
    return call6(number, a, b, c, 0, 0, 0);
}

// The compiler calls it by itself.
void *memset(void *at, int value, size_t size)
{
    volatile unsigned char *byte = at;

    while (size--)
        *byte++ = (unsigned char)value;
    return at;
}

static inline bool same(const char *a, const char *b)
{
    while (*a && *a == *b)
        a++, b++;
    return *a == *b;
}

// The decimal number that @text begins with.
static inline uint64_t parse_number(const char *text)
{
    uint64_t value = 0;

    while (*text >= '0' && *text <= '9')
        value = value * 10 + (uint64_t)(*text++ - '0');
    return value;
}

static inline void say(const char *words)
{
    size_t size = 0;

    while (words[size])
        size++;
    call(__NR_write, 1, (long)words, (long)size);
}

// Puts @value's digits, 20 at most, before @end; gives the first of them.
static inline char *put_digits(char *end, uint64_t value)
{
    do {
        *--end = (char)('0' + value % 10);
        value /= 10;
    } while (value);
    return end;
}

static inline void say_number(uint64_t value)
{
    char digits[21];

    digits[20] = 0;
    say(put_digits(digits + 20, value));
}

// "WORDS VALUE", and a new line.
static inline void say_value(const char *words, uint64_t value)
{
    say(words);
    say(" ");
    say_number(value);
    say("\n");
}

// Gives up where @result is an error.
static inline long must(long result, const char *what)
{
    if (result < 0) {
        say("FAIL ");
        say_value(what, (uint64_t)-result);
        call(__NR_exit_group, 1, 0, 0);
    }
    return result;
}

void start_c(uint64_t *stack)
{
    call(__NR_exit_group, plain_main((int)stack[0], (char **)(stack + 1)), 0, 0);
    for (;;)
        ;
}

#endif
