// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The life of secondary CPUs: started, stopped and started again through RTAS,
 * asleep in H_CEDE, woken by H_PROD, joined in H_JOIN, hit by
 * H_SIGNAL_SYS_RESET. Every wait is bounded; what fails ends the guest.
 */
#include "guest.h"

enum { PATIENCE_MS = 60000, STATE_STOPPED = 0, STATE_RUNNING = 2 };
#define EVERYBODY (-1UL)
#define ALL_OTHERS (-2UL)

enum command { IDLE, SLEEP, JOIN, STOP };

/* One per CPU. The CPU writes done, the boot CPU the rest. */
struct slot {
    volatile u64 command, serial, done;
    volatile long result;
    /** Writes: how often it came through its entry; passes of its idle loop. */
    volatile u64 entries, passes;
} __attribute__((aligned(128)));

static struct slot slots[MAX_CPUS];
static volatile u64 resets[MAX_CPUS];
/* The CPUs in H_JOIN are to come out. */
static volatile bool release;

static unsigned my_index(void)
{
    char frame;
    extern u8 cpu_stacks[MAX_CPUS][STACK_SIZE];

    return ((u64)&frame - (u64)cpu_stacks) / STACK_SIZE;
}

/* On the interrupt stack: the frame says whose it is. */
static bool count_reset(struct trap_frame *frame)
{
    extern u8 trap_frames[MAX_CPUS][FRAME_AREA];
    u64 index = ((u64)frame - (u64)trap_frames) / FRAME_AREA;

    if (frame->vector != VECTOR_SYSTEM_RESET)
        return false;
    resets[index]++;
    return true;
}

/* "stop-self" needs a buffer of its own: it never comes back to give it free. */
static void stop_self(unsigned index)
{
    static u32 buffers[MAX_CPUS][16] __attribute__((aligned(64)));

    buffers[index][0] = (u32)slots[0].result;
    buffers[index][1] = 0;
    buffers[index][2] = 1;
    hcall(H_RTAS, (u64)buffers[index], 0, 0, 0);
}

void secondary_main(u64 index)
{
    struct slot *slot = &slots[index];

    if (index != my_index())
        guest_fail("CPU %lu entered with another's stack", index);
    slot->entries++;
    for (;;) {
        u64 serial = slot->serial;

        slot->passes++;
        barrier();
        if (serial == slot->done)
            continue;
        switch (slot->command) {
        case SLEEP:
            set_decrementer(0x7fffffff);
            slot->result = hcall(H_CEDE, 0, 0, 0, 0);
            break;
        case JOIN:
            do {
                slot->result = hcall(H_JOIN, 0, 0, 0, 0);
                if (slot->result == H_CONTINUE)
                    hcall(H_PROD, machine.cpu_ids[0], 0, 0, 0);
            } while (!release && (slot->result == H_SUCCESS || slot->result == H_CONTINUE));
            break;
        case STOP:
            slot->done = serial;
            barrier();
            stop_self(index);
            guest_fail("stop-self came back on CPU %lu", index);
        }
        barrier();
        slot->done = serial;
    }
}

static void command(unsigned i, enum command what)
{
    slots[i].command = what;
    barrier();
    slots[i].serial++;
    barrier();
}

/* Wait until *@cell differs from @old. */
static void wait_change(const char *what, unsigned i, volatile u64 *cell, u64 old)
{
    u64 end = timebase() + milliseconds(PATIENCE_MS);

    while (*cell == old) {
        if ((s64)(timebase() - end) > 0)
            guest_fail("CPU %u: %s did not happen", i, what);
        hcall(H_CONFER, machine.cpu_ids[i], 0, 0, 0);
    }
    barrier();
}

static void wait_done(const char *what, unsigned i)
{
    wait_change(what, i, &slots[i].done, slots[i].serial - 1);
}

static int cpu_state(unsigned i)
{
    u32 state = 99;
    int status = rtas_call("query-cpu-stopped-state", 1, 2, &state, machine.cpu_ids[i]);

    if (status)
        guest_fail("query-cpu-stopped-state of CPU %u: status %d", i, status);
    return state;
}

static void start(unsigned i)
{
    u64 entries = slots[i].entries;
    int status =
        rtas_call("start-cpu", 3, 1, NULL, machine.cpu_ids[i], (u32)(u64)secondary_entry, i);

    if (status)
        guest_fail("start-cpu of CPU %u: status %d", i, status);
    wait_change("start", i, &slots[i].entries, entries);
    wait_change("progress", i, &slots[i].passes, slots[i].passes);
    if (cpu_state(i) != STATE_RUNNING)
        guest_fail("CPU %u runs, but its state is %d", i, cpu_state(i));
}

static void stop(unsigned i)
{
    u64 end = timebase() + milliseconds(PATIENCE_MS);

    command(i, STOP);
    wait_done("stop", i);
    while (cpu_state(i) != STATE_STOPPED) {
        if ((s64)(timebase() - end) > 0)
            guest_fail("CPU %u does not stop", i);
    }
}

/* Each round starts in a different order, so that no order is special. */
static void test_start_stop(unsigned rounds)
{
    for (unsigned round = 0; round < rounds; round++) {
        for (unsigned k = 1; k < machine.n_cpus; k++) {
            unsigned i = 1 + (k + round) % (machine.n_cpus - 1);

            if (cpu_state(i) != STATE_STOPPED)
                guest_fail("CPU %u is not stopped", i);
            start(i);
        }
        for (unsigned i = 1; i < machine.n_cpus; i++)
            stop(i);
    }
    print("smp: %u CPUs started and stopped %u times\n", machine.n_cpus - 1, rounds);
}

static void test_refusals(void)
{
    int status =
        rtas_call("start-cpu", 3, 1, NULL, machine.cpu_ids[1], (u32)(u64)secondary_entry, 1);
    u32 state;

    if (!status)
        guest_fail("start-cpu of a running CPU succeeded");
    status = rtas_call("start-cpu", 3, 1, NULL, 0x7fff0, (u32)(u64)secondary_entry, 1);
    if (!status)
        guest_fail("start-cpu of no CPU succeeded");
    status = rtas_call("query-cpu-stopped-state", 1, 2, &state, 0x7fff0);
    if (!status)
        guest_fail("query-cpu-stopped-state of no CPU succeeded");
    if (hcall(H_PROD, 0x7fff0, 0, 0, 0) != H_PARAMETER)
        guest_fail("H_PROD of no CPU was not H_PARAMETER");
    print("smp: refusals as they should be\n");
}

static void test_prod(unsigned rounds)
{
    for (unsigned round = 0; round < rounds; round++) {
        for (unsigned i = 1; i < machine.n_cpus; i++)
            command(i, SLEEP);
        for (unsigned i = 1; i < machine.n_cpus; i++) {
            long ret = hcall(H_PROD, machine.cpu_ids[i], 0, 0, 0);

            if (ret != H_SUCCESS)
                guest_fail("H_PROD of CPU %u: %ld", i, ret);
            wait_done("wake-up by H_PROD", i);
            if (slots[i].result != H_SUCCESS)
                guest_fail("H_CEDE on CPU %u returned %ld", i, slots[i].result);
        }
    }
    print("smp: H_CEDE and H_PROD %u times\n", rounds);
}

/*
 * All join until they are released. H_JOIN may end early (a stray prod), and
 * whoever joins last is told so with H_CONTINUE and then wakes us, so that we
 * join last in the end.
 */
static void test_join(unsigned rounds)
{
    for (unsigned round = 0; round < rounds; round++) {
        u64 end = timebase() + milliseconds(PATIENCE_MS);
        long ret;

        release = false;
        for (unsigned i = 1; i < machine.n_cpus; i++)
            command(i, JOIN);
        do {
            ret = hcall(H_JOIN, 0, 0, 0, 0);
            if ((ret != H_SUCCESS && ret != H_CONTINUE) || (s64)(timebase() - end) > 0)
                guest_fail("H_JOIN of the last CPU returned %ld", ret);
        } while (ret != H_CONTINUE);
        for (unsigned i = 1; i < machine.n_cpus; i++) {
            if (slots[i].done == slots[i].serial)
                guest_fail("CPU %u left H_JOIN for good: %ld", i, slots[i].result);
        }
        release = true;
        barrier();
        for (unsigned i = 1; i < machine.n_cpus; i++) {
            hcall(H_PROD, machine.cpu_ids[i], 0, 0, 0);
            wait_done("return from H_JOIN", i);
        }
    }
    print("smp: H_JOIN %u times\n", rounds);
}

static void must_reset(const char *what, unsigned i, u64 old)
{
    wait_change(what, i, &resets[i], old);
    if (resets[i] != old + 1)
        guest_fail("CPU %u: %lu resets by one signal", i, resets[i] - old);
}

static void test_reset(void)
{
    u64 old[MAX_CPUS];
    long ret;

    for (unsigned i = 0; i < machine.n_cpus; i++) {
        u64 before = resets[i];

        ret = hcall(H_SIGNAL_SYS_RESET, machine.cpu_ids[i], 0, 0, 0);
        if (ret != H_SUCCESS)
            guest_fail("H_SIGNAL_SYS_RESET of CPU %u: %ld", i, ret);
        must_reset("system reset", i, before);
    }
    memcpy(old, (void *)resets, sizeof(old));
    ret = hcall(H_SIGNAL_SYS_RESET, ALL_OTHERS, 0, 0, 0);
    for (unsigned i = 1; ret == H_SUCCESS && i < machine.n_cpus; i++)
        must_reset("system reset of all others", i, old[i]);
    if (ret != H_SUCCESS || resets[0] != old[0])
        guest_fail("H_SIGNAL_SYS_RESET of all others: %ld", ret);
    memcpy(old, (void *)resets, sizeof(old));
    ret = hcall(H_SIGNAL_SYS_RESET, EVERYBODY, 0, 0, 0);
    for (unsigned i = 0; ret == H_SUCCESS && i < machine.n_cpus; i++)
        must_reset("system reset of everybody", i, old[i]);
    if (ret != H_SUCCESS)
        guest_fail("H_SIGNAL_SYS_RESET of everybody: %ld", ret);
    if (hcall(H_SIGNAL_SYS_RESET, 0x7fff0, 0, 0, 0) != H_PARAMETER)
        guest_fail("H_SIGNAL_SYS_RESET of no CPU was not H_PARAMETER");
    /* A sleeping CPU too: the reset wakes it. */
    if (machine.n_cpus > 1) {
        command(1, SLEEP);
        hcall(H_SIGNAL_SYS_RESET, machine.cpu_ids[1], 0, 0, 0);
        wait_done("wake-up by system reset", 1);
    }
    print("smp: system resets taken\n");
}

void guest_main(void)
{
    unsigned rounds = option("rounds", 5);

    trap_hook = count_reset;
    slots[0].result = rtas_token("stop-self");
    if (!machine.n_cpus)
        guest_fail("the tree has no CPUs");
    if (machine.n_cpus > 1) {
        test_start_stop(rounds);
        for (unsigned i = 1; i < machine.n_cpus; i++)
            start(i);
        test_refusals();
        test_prod(rounds);
        test_join(rounds);
    } else {
        long ret = hcall(H_JOIN, 0, 0, 0, 0);

        if (ret != H_CONTINUE)
            guest_fail("H_JOIN of the only CPU returned %ld", ret);
    }
    test_reset();
    print("smp: %u CPUs ok\n", machine.n_cpus);
}
