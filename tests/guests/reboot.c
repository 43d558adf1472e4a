// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Reboots boots=N times (10) and checks that each boot finds a clean machine:
 * memory that it wrote before is zero again. NVRAM, which outlives a reboot,
 * holds the count.
 */
#include "guest.h"

enum { MAGIC = 0x50617072, STEP = 0x10000, BOOT_DATA = 1 << 20 };

/* From 16 MiB to what was loaded with the tree, or from behind the tree to the end of real-mode
 * memory. */
static void choose_range(u64 *start, u64 *end)
{
    u64 tree, size;

    tree_place(&tree, &size);
    *start = 16 << 20;
    *end = machine.rma - STEP;
    if (tree > *end / 2)
        *end = (tree - BOOT_DATA) & -(u64)STEP;
    else if (tree >= *start)
        *start = (tree + size + STEP) & -(u64)STEP;
}

static void check_zero(u32 boot, u64 start, u64 end)
{
    for (u64 p = start; p < end; p += STEP) {
        if (*(volatile u64 *)(p + 8))
            guest_fail("boot %u: memory at %lx is not zero", boot, p);
    }
}

void guest_main(void)
{
    u64 boots = option("boots", 10), start, end;
    u32 boot = count_boot(MAGIC);

    choose_range(&start, &end);
    if (start >= end)
        guest_fail("no memory to test");
    check_zero(boot, start, end);
    print("reboot: boot %u, %lu KiB of memory clean\n", boot, (end - start) >> 10);
    if (boot >= boots) {
        print("reboot: done\n");
        return;
    }
    for (u64 p = start; p < end; p += STEP)
        *(volatile u64 *)(p + 8) = p ^ MAGIC;
    int status = rtas_call("system-reboot", 0, 1, NULL);
    guest_fail("system-reboot came back: status %d", status);
}
