// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Watchdogs: one that is started over and over does not run down; one whose action is a dump
 * resets the processor; one that is left alone restarts the guest; in the next boot one
 * ends it. NVRAM counts the boots.
 */
#include "guest.h"

enum {
    H_WATCHDOG = 0x45c,
    START = 0x100,
    STOP = 0x200,
    QUERY = 0x300,
    POWER_OFF = 1,
    RESTART = 2,
    DUMP_RESTART = 3,
    MAGIC = 0x77617463,
};

static volatile u64 resets;

static bool count_reset(struct trap_frame *frame)
{
    if (frame->vector != VECTOR_SYSTEM_RESET)
        return false;
    resets++;
    return true;
}

static void start(u64 action, u64 number, u64 ms)
{
    long ret = hcall(H_WATCHDOG, START | action, number, ms, 0);

    if (ret != H_SUCCESS)
        guest_fail("start: %ld", ret);
}

static void wait(u64 ms)
{
    u64 begin = timebase();

    while (timebase() - begin < milliseconds(ms))
        barrier();
}

void guest_main(void)
{
    u64 args[HCALL_ARGS] = {QUERY};

    if (count_boot(MAGIC)) {
        print("watchdog: second boot\n");
        start(POWER_OFF, 4, 300);
        wait(30000);
        guest_fail("no power off");
    }
    if (hcall_raw(H_WATCHDOG, args) != H_SUCCESS)
        guest_fail("query");
    print("watchdog: %lu of them, %lu ms\n", args[0] >> 32 & 0xffff, args[0] >> 48);
    for (unsigned i = 0; i < 20; i++) {
        start(RESTART, 1, 600);
        wait(100);
    }
    if (hcall(H_WATCHDOG, STOP, 1, 0, 0) != H_SUCCESS)
        guest_fail("stop");
    print("watchdog: kept\n");

    trap_hook = count_reset;
    start(DUMP_RESTART, 2, 200);
    for (unsigned i = 0; i < 300 && !resets; i++)
        wait(100);
    if (!resets)
        guest_fail("no system reset");
    print("watchdog: system reset\n");

    start(RESTART, 3, 300);
    wait(30000);
    guest_fail("no restart");
}
