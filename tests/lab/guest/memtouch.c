// SPDX-License-Identifier: GPL-2.0-or-later
//
// memtouch MIB [FILE]: write two words into every page of that much memory,
// each made of its own address, and read them back. A page that is missing, or
// that two addresses share, is found. With FILE, in memory that is new each
// time, over and over until there is such a file.

#include "tests/lab/guest/plain.h"

#include <linux/mman.h>

#define STEP 4096
#define KEY UINT64_C(0x9e3779b97f4a7c15)

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

static int plain_main(int argc, char **argv)
{
    uint64_t mib = argc > 1 ? parse_number(argv[1]) : 0;
    const char *until = argc > 2 ? argv[2] : NULL;
    uint64_t rounds = 0, bad = 0;

    do {
        long memory = call6(__NR_mmap, 0, (long)(mib << 20), PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

        if (memory < 0) {
            say("mem: cannot map\n");
            bad++;
            break;
        }
        bad += touch((volatile uint64_t *)memory, (mib << 20) / 8);
        call(__NR_munmap, memory, (long)(mib << 20), 0);
        rounds++;
    } while (until && call(__NR_access, (long)until, 0, 0) != 0);
    report(mib, rounds, bad);
    say(bad ? "mem: FAIL\n" : "mem: ok\n");
    return bad != 0;
}
