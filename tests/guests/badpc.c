// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Goes where nothing is. where=0 (default) beyond all memory, where=1 into
 * zeroed memory with vectors that hold zeros too, so that each program check
 * leads to the next. The guest spins or is stopped; the VMM has to stay in
 * command either way.
 */
#include "guest.h"

enum { VECTORS_END = 0x2000 };

/* Makes no call and touches no stack once the vectors are gone. */
static void clear_and_jump(u64 target) __attribute__((noinline, noreturn));
static void clear_and_jump(u64 target)
{
    for (volatile u64 *p = (u64 *)0x100; p < (u64 *)VECTORS_END; p++)
        *p = 0;
    for (u64 p = 0x100; p < VECTORS_END; p += 32)
        asm volatile("dcbst 0,%0; sync; icbi 0,%0" : : "r"(p));
    asm volatile("isync; mtctr %0; bctr" : : "r"(target) : "ctr");
    __builtin_unreachable();
}

void guest_main(void)
{
    u64 where = option("where", 0);

    print("badpc: jumping\n");
    clear_and_jump(where ? 0x200 : machine.ram_end + 0x100000000);
}
