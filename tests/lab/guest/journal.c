// SPDX-License-Identifier: GPL-2.0-or-later
//
// journal DEVICE WRITER: write records with ascending numbers from 1 on into
// the slots of WRITER's part of DEVICE in turn, flush after a few, and print
// the number up to which all is safe then. Does not end but by an error. The
// host's journalcheck knows the layout.

#include "tests/lab/guest/plain.h"

#include <linux/fcntl.h>

#define RECORD 4096
#define SLOTS 64
#define BATCH 3

static uint64_t record[RECORD / sizeof(uint64_t)];

// One write, so that lines of several writers stay whole.
static void say_safe(char writer, uint64_t number)
{
    char line[40] = "safe ", *at = line + sizeof(line);
    size_t size = 5;

    line[size++] = writer;
    line[size++] = ' ';
    *--at = '\n';
    at = put_digits(at, number);
    while (at < line + sizeof(line))
        line[size++] = *at++;
    call(__NR_write, 1, (long)line, (long)size);
}

static int put_record(long fd, uint64_t writer, uint64_t number)
{
    uint64_t at = (writer * SLOTS + number % SLOTS) * RECORD;

    for (size_t i = 0; i < sizeof(record) / sizeof(*record); i++)
        record[i] = number;
    return call6(__NR_pwrite64, fd, (long)record, RECORD, (long)at, 0, 0) == RECORD;
}

static int plain_main(int argc, char **argv)
{
    if (argc != 3)
        return 1;
    char writer = *argv[2];
    long fd = call(__NR_open, (long)argv[1], O_RDWR, 0);

    for (uint64_t number = 1; fd >= 0; number++) {
        if (!put_record(fd, (uint64_t)(writer - '0'), number))
            break;
        if (number % BATCH)
            continue;
        if (call(__NR_fdatasync, fd, 0, 0) != 0)
            break;
        say_safe(writer, number);
    }
    return 1;
}
