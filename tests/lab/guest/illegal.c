// SPDX-License-Identifier: GPL-2.0-or-later
//
// Executes the instruction that KVM takes for a breakpoint where a debugger is attached: to the
// guest it is an illegal one, with a debugger as without.

void _start(void)
{
    __asm__ volatile(".long 0x00dddd00");
    for (;;)
        __asm__ volatile("li 0, 1; li 3, 0; sc" ::: "r0", "r3");
}
