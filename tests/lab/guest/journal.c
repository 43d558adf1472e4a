// SPDX-License-Identifier: GPL-2.0-or-later
//
// journal DEVICE WRITER: write records with ascending numbers from 1 on into
// the slots of WRITER's part of DEVICE in turn, flush after a few, and print
// the number up to which all is safe then. Does not end but by an error. The
// host's journalcheck knows the layout.
//
// Without a C library, to keep the guest's initramfs small.

#include <stddef.h>
#include <stdint.h>

#define RECORD 4096
#define SLOTS 64
#define BATCH 3
#define NR_EXIT 1
#define NR_WRITE 4
#define NR_OPEN 5
#define NR_FDATASYNC 148
#define NR_PWRITE64 180
#define O_RDWR 2

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

static uint64_t record[RECORD / sizeof(uint64_t)];

static long call(long number, long a, long b, long c, long d)
{
    register long r0 __asm__("r0") = number;
    register long r3 __asm__("r3") = a;
    register long r4 __asm__("r4") = b;
    register long r5 __asm__("r5") = c;
    register long r6 __asm__("r6") = d;

    __asm__ volatile("sc\n bns+ 1f\n neg 3, 3\n1:"
                     : "+r"(r0), "+r"(r3), "+r"(r4), "+r"(r5), "+r"(r6)
                     :
                     : "memory", "cr0", "ctr", "r7", "r8", "r9", "r10", "r11", "r12");
    return r3;
}

// One write, so that lines of several writers stay whole.
static void say_safe(char writer, uint64_t number)
{
    char line[40] = "safe ", *at = line + sizeof(line);
    size_t size = 5;

    line[size++] = writer;
    line[size++] = ' ';
    *--at = '\n';
    do {
        *--at = (char)('0' + number % 10);
        number /= 10;
    } while (number);
    while (at < line + sizeof(line))
        line[size++] = *at++;
    call(NR_WRITE, 1, (long)line, (long)size, 0);
}

static int put_record(long fd, uint64_t writer, uint64_t number)
{
    uint64_t at = (writer * SLOTS + number % SLOTS) * RECORD;

    for (size_t i = 0; i < sizeof(record) / sizeof(*record); i++)
        record[i] = number;
    return call(NR_PWRITE64, fd, (long)record, RECORD, (long)at) == RECORD;
}

void start_c(uint64_t *stack)
{
    char writer = stack[0] == 3 ? *(const char *)stack[3] : '0';
    long fd = stack[0] == 3 ? call(NR_OPEN, (long)stack[2], O_RDWR, 0, 0) : -1;

    for (uint64_t number = 1; fd >= 0; number++) {
        if (!put_record(fd, (uint64_t)(writer - '0'), number))
            break;
        if (number % BATCH)
            continue;
        if (call(NR_FDATASYNC, fd, 0, 0, 0) != 0)
            break;
        say_safe(writer, number);
    }
    call(NR_EXIT, 1, 0, 0, 0);
    for (;;)
        ;
}
