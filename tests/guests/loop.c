// SPDX-License-Identifier: GPL-2.0-or-later
/* Times calls=N (16,384) hypercalls that nobody serves. */
#include "guest.h"

enum { UNASSIGNED = 0x4f8 };

void guest_main(void)
{
    u64 calls = option("calls", 16384), start, ticks;

    if (!calls)
        calls = 1;
    start = timebase();
    for (u64 i = 0; i < calls; i++) {
        long ret = hcall(UNASSIGNED, i, 0, 0, 0);

        if (ret != H_FUNCTION)
            guest_fail("unassigned hypercall %x returned %ld", UNASSIGNED, ret);
    }
    ticks = timebase() - start;
    print("loop: %lu calls %lu ticks %lu per call, timebase %u\n", calls, ticks, ticks / calls,
          machine.timebase);
}
