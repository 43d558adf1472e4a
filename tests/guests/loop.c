// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Times calls=N (16,384) hypercalls that nobody serves, on each of cpus=N (1) CPUs at once. What
 * it counts is ticks from the first call of all to the last one: with an emulator that counts
 * instructions, and runs CPUs by turns, those of all CPUs together.
 */
#include "guest.h"

enum { UNASSIGNED = 0x4f8, PATIENCE_MS = 60000 };

static volatile u64 ready[MAX_CPUS], finished[MAX_CPUS];
static volatile bool begin;

static void call_often(u64 calls)
{
    for (u64 i = 0; i < calls; i++) {
        long ret = hcall(UNASSIGNED, i, 0, 0, 0);

        if (ret != H_FUNCTION)
            guest_fail("unassigned hypercall %x returned %ld", UNASSIGNED, ret);
    }
}

/* Done, it sleeps: a CPU that spins would be counted, too. */
void secondary_main(u64 index)
{
    ready[index] = 1;
    while (!begin)
        barrier();
    call_often(option("calls", 16384));
    finished[index] = 1;
    barrier();
    for (;;) {
        set_decrementer(0x7fffffff);
        hcall(H_CEDE, 0, 0, 0, 0);
    }
}

static void wait_for(volatile u64 *flag, const char *what)
{
    u64 end = timebase() + milliseconds(PATIENCE_MS);

    while (!*flag) {
        if (timebase() > end)
            guest_fail("a CPU does not %s", what);
        barrier();
    }
}

void guest_main(void)
{
    u64 calls = option("calls", 16384), cpus = option("cpus", 1), start, ticks;

    if (!calls || cpus > machine.n_cpus || !cpus)
        guest_fail("%lu calls on %lu of %u CPUs", calls, cpus, machine.n_cpus);
    for (u64 i = 1; i < cpus; i++) {
        if (rtas_call("start-cpu", 3, 1, NULL, machine.cpu_ids[i], (u32)(u64)secondary_entry,
                      (u32)i))
            guest_fail("start-cpu of CPU %lu", i);
        wait_for(&ready[i], "start");
    }
    start = timebase();
    begin = true;
    barrier();
    call_often(calls);
    for (u64 i = 1; i < cpus; i++)
        wait_for(&finished[i], "finish");
    ticks = timebase() - start;
    print("loop: %lu calls on %lu CPUs, %lu ticks, %lu per 100 calls, timebase %u\n", calls, cpus,
          ticks, ticks * 100 / (calls * cpus), machine.timebase);
}
