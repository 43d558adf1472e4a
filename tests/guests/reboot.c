// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Reboots boots=N times (10) and checks that each boot finds a clean machine:
 * memory that it wrote before is zero again. NVRAM, which outlives a reboot,
 * holds the count.
 */
#include "guest.h"

enum { MAGIC = 0x50617072, NVRAM_OFFSET = 1024, STEP = 0x10000 };

struct record {
    u32 magic, boots;
};

static struct record record __attribute__((aligned(16)));

static u64 test_start(void)
{
    u64 tree, size, start = 16 << 20;

    tree_place(&tree, &size);
    if (tree >= start)
        start = (tree + size + STEP) & -(u64)STEP;
    return start;
}

static void check_zero(u64 start, u64 end)
{
    for (u64 p = start; p < end; p += STEP) {
        if (*(volatile u64 *)(p + 8))
            guest_fail("boot %u: memory at %lx is not zero", record.boots, p);
    }
}

void guest_main(void)
{
    u64 boots = option("boots", 10), start = test_start(), end = machine.rma - STEP;
    u32 length = 0;
    int status;

    status = rtas_call("nvram-fetch", 3, 2, &length, NVRAM_OFFSET, (u32)(u64)&record,
                       (u32)sizeof(record));
    if (status || length != sizeof(record))
        guest_fail("nvram-fetch: status %d, %u bytes", status, length);
    if (record.magic != MAGIC)
        record = (struct record){MAGIC, 0};
    if (start >= end)
        guest_fail("no memory to test");
    check_zero(start, end);
    print("reboot: boot %u, %lu KiB of memory clean\n", record.boots, (end - start) >> 10);
    if (record.boots >= boots) {
        print("reboot: done\n");
        return;
    }
    for (u64 p = start; p < end; p += STEP)
        *(volatile u64 *)(p + 8) = p ^ MAGIC;
    record.boots++;
    status = rtas_call("nvram-store", 3, 2, &length, NVRAM_OFFSET, (u32)(u64)&record,
                       (u32)sizeof(record));
    if (status || length != sizeof(record))
        guest_fail("nvram-store: status %d, %u bytes", status, length);
    status = rtas_call("system-reboot", 0, 1, NULL);
    guest_fail("system-reboot came back: status %d", status);
}
