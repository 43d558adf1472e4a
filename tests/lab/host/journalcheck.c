// SPDX-License-Identifier: GPL-2.0-or-later
//
// journalcheck DISK WRITER LAST: whether all records up to number LAST that the
// guest's journal wrote as WRITER are on DISK, as far as later ones have not
// taken their slots. Records are of one number over and over.

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { RECORD = 4096, SLOTS = 64, WORDS = RECORD / 8 };

// A later record that was not flushed may be there in part.
static int is_there(const uint64_t *record, uint64_t number)
{
    for (unsigned i = 0; i < WORDS; i++) {
        if (record[i] < number || (record[i] - number) % SLOTS)
            return 0;
    }
    return 1;
}

int main(int argc, char **argv)
{
    uint64_t record[WORDS];
    int fd = argc == 4 ? open(argv[1], O_RDONLY) : -1, missing = 0;

    if (fd < 0)
        return 2;
    uint64_t writer = strtoull(argv[2], NULL, 10), last = strtoull(argv[3], NULL, 10);
    for (uint64_t number = last > SLOTS ? last - SLOTS + 1 : 1; number <= last; number++) {
        off_t at = (off_t)((writer * SLOTS + number % SLOTS) * RECORD);

        if (pread(fd, record, RECORD, at) == RECORD && is_there(record, number))
            continue;
        printf("writer %s: record %llu of %s is missing: %llu is there\n", argv[2],
               (unsigned long long)number, argv[3], (unsigned long long)record[0]);
        missing = 1;
    }
    return missing;
}
