/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Processors of a machine, with their threads: started, stopped, parked, kept out of the guest. */
#include "src/vmm/vcpu.h"

#include <string.h>

#include "include/paprika/papr.h"
#include "src/base/error.h"
#include "src/vmm/commands.h"
#include "src/vmm/vm.h"
#include "tests/unit/fake_hv_private.h"
#include "tests/unit/vm_world.h"

enum { MSR_LE = 1 };

/* --- processors ----------------------------------------------------------------------- */

typedef struct {
    /** Atomic: how often each was entered at its start address. */
    int started[PLAY_MAX_VCPUS];
    int accepted;
    int arrived;
} Starts;

static void play_hotplug(Play *play, unsigned id, unsigned step, HvExit *exit)
{
    Starts *starts = play->data;
    unsigned others = play->n_vcpus - 1, round = step / (3 * others), part = step % (3 * others);
    unsigned target = part % others + 1;
    HvRegs regs;

    if (id) {
        /* Each start begins at the address and with the r3 that it was given. */
        g_assert_cmpint(play->ops->vcpu_get_regs(play->cpus[id].hv, &regs), ==, 0);
        g_assert_cmphex(regs.pc, ==, 0x1000 * id);
        g_assert_cmphex(regs.gpr[3], ==, 0x80000000 + id);
        g_assert_cmphex(regs.msr, ==, UINT64_C(1) << 63 | 0x1000);
        g_atomic_int_inc(&starts->started[id]);
        play_rtas(play, id, exit, "stop-self", 0, NULL, 1);
        return;
    }
    if (round == 25) {
        play_rtas(play, id, exit, "power-off", 2, (uint32_t[]){0, 0}, 1);
    } else if (part < others) {
        play_rtas(play, id, exit, "start-cpu", 3,
                  (uint32_t[]){target, 0x1000 * target, 0x80000000 + target}, 1);
    } else {
        if (part == others)
            g_assert_cmpint((int)play_rtas_result(play, id, 3, 0), ==, 0);
        /* As Linux does: ask until it has stopped. */
        if (part > others && play_rtas_result(play, id, 1, 1) != 0) {
            play->cpus[id].step--;
            target = target > 1 ? target - 1 : others;
            g_thread_yield();
        }
        play_rtas(play, id, exit, "query-cpu-stopped-state", 1, (uint32_t[]){target}, 2);
    }
}

static void test_hotplug(void)
{
    Starts starts = {0};
    World world;

    world_init(&world, FAKE_HV_POWER9, 5, play_hotplug, &starts);
    g_assert_cmpint(world_run(&world), ==, EXIT_STATUS_OK);
    for (unsigned id = 1; id < 5; id++)
        g_assert_cmpint(starts.started[id], ==, 25);
    world_clear(&world);
}

/** Several start the same one: it is started once. */
static void play_rival_starts(Play *play, unsigned id, unsigned step, HvExit *exit)
{
    Starts *starts = play->data;
    unsigned last = play->n_vcpus - 1;

    if (id == last) {
        g_atomic_int_inc(&starts->started[id]);
        play_idle(play, id, exit);
    } else if (id == 0 && step + 1 < last) {
        play_rtas(play, id, exit, "start-cpu", 3, (uint32_t[]){step + 1, 0, 0}, 1);
    } else if (step == (id ? 0 : last - 1)) {
        g_atomic_int_inc(&starts->arrived);
        while (g_atomic_int_get(&starts->arrived) < (int)last)
            g_thread_yield();
        play_rtas(play, id, exit, "start-cpu", 3, (uint32_t[]){last, 0, 0}, 1);
    } else if (step == (id ? 1 : last)) {
        g_atomic_int_add(&starts->accepted, play_rtas_result(play, id, 3, 0) == 0);
        if (g_atomic_int_add(&starts->arrived, 1) == (int)last * 2 - 1)
            play_rtas(play, id, exit, "power-off", 2, (uint32_t[]){0, 0}, 1);
        else
            play_idle(play, id, exit);
    } else {
        play_idle(play, id, exit);
    }
}

static void test_rival_starts(void)
{
    for (unsigned round = 0; round < 20; round++) {
        Starts starts = {0};
        World world;

        world_init(&world, FAKE_HV_POWER9, 5, play_rival_starts, &starts);
        g_assert_cmpint(world_run(&world), ==, EXIT_STATUS_OK);
        g_assert_cmpint(starts.accepted, ==, 1);
        g_assert_cmpint(starts.started[4], <=, 2);
        world_clear(&world);
    }
}

/** vCPU 1 runs without ever coming out by itself; vCPU 0 sends it events. */
static void play_events(Play *play, unsigned id, unsigned step, HvExit *exit)
{
    int *seen = play->data;
    uint64_t lpcr = 0;
    HvRegs regs;

    if (id == 1) {
        g_assert_cmpint(play->ops->vcpu_get_regs(play->cpus[id].hv, &regs), ==, 0);
        g_assert_cmpint(play->ops->vcpu_get_reg(play->cpus[id].hv, HV_REG_LPCR, &lpcr), ==, 0);
        if (g_atomic_int_get(seen) == 0 && regs.pc == 0x4000)
            g_atomic_int_set(seen, 1);
        /* The mode has come, first on its own. */
        if (g_atomic_int_get(seen) == 2 && lpcr & HV_LPCR_ILE) {
            g_assert_cmphex(lpcr & HV_LPCR_AIL, ==, 0);
            g_atomic_int_set(seen, 3);
        }
        /* And the system reset, little-endian as the mode says. */
        if (g_atomic_int_get(seen) == 4 && regs.pc == 0x100) {
            g_assert_cmphex(regs.srr0, ==, 0x4000);
            g_assert_cmphex(regs.msr, ==, UINT64_C(1) << 63 | 0x1000 | MSR_LE);
            g_atomic_int_set(seen, 5);
        }
        play_idle(play, id, exit);
        return;
    }
    play_nothing(exit);
    switch (g_atomic_int_get(seen)) {
    case 0:
        /* A stopped processor takes no system reset, not even once it is started. */
        if (step == 0)
            play_hcall(play, id, exit, H_SIGNAL_SYS_RESET, (uint64_t[9]){1});
        if (step == 1)
            play_rtas(play, id, exit, "start-cpu", 3, (uint32_t[]){1, 0x4000, 0}, 1);
        break;
    case 1:
        g_atomic_int_set(seen, 2);
        play_hcall(play, id, exit, H_SET_MODE, (uint64_t[9]){1, 4});
        break;
    case 3:
        g_atomic_int_set(seen, 4);
        play_hcall(play, id, exit, H_SIGNAL_SYS_RESET, (uint64_t[9]){(uint64_t)-2});
        break;
    case 5:
        g_assert_cmpint(play->ops->vcpu_get_reg(play->cpus[id].hv, HV_REG_LPCR, &lpcr), ==, 0);
        g_assert_cmphex(lpcr & HV_LPCR_ILE, ==, HV_LPCR_ILE);
        play_rtas(play, id, exit, "power-off", 2, (uint32_t[]){0, 0}, 1);
        break;
    default:
        g_thread_yield();
        break;
    }
}

static void test_events(void)
{
    for (unsigned round = 0; round < 20; round++) {
        World world;
        int seen = 0;

        world_init(&world, FAKE_HV_POWER9, 2, play_events, &seen);
        g_assert_cmpint(world_run(&world), ==, EXIT_STATUS_OK);
        g_assert_cmpint(seen, ==, 5);
        world_clear(&world);
    }
}

/* --- parking ------------------------------------------------------------------------- */

static void no_request(Vm *vm, VmRequest request, const char *why) {}

static const VmControl stress_control = {
    .request = no_request,
    .post_event = vcpu_post_event,
    .start_cpu = vcpu_start,
    .stop_self = vcpu_stop_self,
    .hold_others = vcpu_hold_others,
    .release_others = vcpu_release_others,
};

typedef struct {
    /** Atomic: vCPUs that are between entry and exit, or in a call; whether any may be. */
    int inside, allowed;
    int entries;
} Stress;

static void play_stress(Play *play, unsigned id, unsigned step, HvExit *exit)
{
    Stress *stress = play->data;

    g_atomic_int_inc(&stress->inside);
    g_assert_cmpint(g_atomic_int_get(&stress->allowed), ==, 1);
    g_atomic_int_inc(&stress->entries);
    switch ((step * 7 + id) % 8) {
    case 0:
        play_hcall(play, id, exit, H_SIGNAL_SYS_RESET, (uint64_t[9]){UINT64_MAX});
        break;
    case 1:
        play_hcall(play, id, exit, H_SET_MODE, (uint64_t[9]){step & 1, 4});
        break;
    case 2:
        play_hcall(play, id, exit, H_JOIN, NULL);
        break;
    case 3:
        play_hcall(play, id, exit, H_PUT_TERM_CHAR, (uint64_t[9]){0, 16});
        break;
    case 4:
        play_rtas(play, id, exit, "start-cpu", 3, (uint32_t[]){(id + 1) % play->n_vcpus, 0, 0}, 1);
        break;
    case 5:
        if (id)
            play_rtas(play, id, exit, "stop-self", 0, NULL, 1);
        else
            play_nothing(exit);
        break;
    case 6:
        play_hcall(play, id, exit, H_RANDOM, NULL);
        break;
    default:
        play_idle(play, id, exit);
        break;
    }
    g_assert_cmpint(g_atomic_int_get(&stress->allowed), ==, 1);
    g_atomic_int_add(&stress->inside, -1);
}

/** Nobody is in the guest while the machine is parked; everybody comes back afterwards. */
static void test_park(void)
{
    enum { CPUS = 6, ROUNDS = 150 };
    VmConfig config = {.cpus = CPUS, .threads = 1, .memory = 128 * MIB};
    g_autoptr(GError) error = NULL;
    Stress stress = {0};
    const HvOps *ops;
    Play play;

    HvHost *host = hv_fake_new(FAKE_HV_POWER9, &ops);
    play_init(&play, host, ops, CPUS, play_stress, &stress);
    g_autoptr(Vm) vm = vm_new(&config, host, ops, fake_chardev_new(), &stress_control, &error);
    g_assert_no_error(error);
    g_assert_true(vm_start(vm, &error));
    g_assert_true(vm_reset(vm, &error));

    for (unsigned round = 0; round < ROUNDS; round++) {
        int before = g_atomic_int_get(&stress.entries);

        for (unsigned i = 0; i < CPUS; i++)
            vcpu_start(vm->vcpus[i], 0, 0);
        g_atomic_int_set(&stress.allowed, 1);
        vm_unpark(vm);
        /* Somebody runs again: without that a wake-up was lost. */
        for (gint64 end = g_get_monotonic_time() + 10 * G_USEC_PER_SEC;
             g_atomic_int_get(&stress.entries) == before;) {
            g_assert_cmpint(g_get_monotonic_time(), <, end);
            g_thread_yield();
        }
        if (round % 3)
            g_usleep(300 * (round % 3));
        g_main_context_iteration(NULL, FALSE);
        vm_park(vm);
        g_atomic_int_set(&stress.allowed, 0);
        g_assert_cmpint(g_atomic_int_get(&stress.inside), ==, 0);
        if (round % 10 == 0)
            g_assert_true(vm_reset(vm, &error));
    }
}

/** Stop, and once started again nothing until brought out. */
static void play_stop_then_idle(Play *play, unsigned id, unsigned step, HvExit *exit)
{
    if (step % 2 == 0)
        play_rtas(play, id, exit, "stop-self", 0, NULL, 1);
    else
        play_idle(play, id, exit);
}

/** A kick that comes while the vCPU's thread works outside of the guest is not lost. */
static void test_kick(void)
{
    VmConfig config = {.cpus = 1, .threads = 1, .memory = 128 * MIB};
    g_autoptr(GError) error = NULL;
    const HvOps *ops;
    Play play;

    HvHost *host = hv_fake_new(FAKE_HV_POWER9, &ops);
    play_init(&play, host, ops, 1, play_stop_then_idle, NULL);
    g_autoptr(Vm) vm = vm_new(&config, host, ops, fake_chardev_new(), &stress_control, &error);
    g_assert_no_error(error);
    g_assert_true(vm_start(vm, &error));
    g_assert_true(vm_reset(vm, &error));
    for (unsigned round = 0; round < 1500; round++) {
        vm_unpark(vm);
        vcpu_start(vm->vcpus[0], 0, 0);
        for (gint64 end = g_get_monotonic_time() + round % 150; g_get_monotonic_time() < end;)
            continue;
        vm_park(vm);
    }
}

/** Machines that end before they began: their threads never enter the guest. */
static void test_new_free(void)
{
    VmConfig config = {.cpus = 8, .threads = 2, .memory = 128 * MIB};

    for (unsigned round = 0; round < 30; round++) {
        g_autoptr(GError) error = NULL;
        const HvOps *ops;
        Play play;
        HvHost *host = hv_fake_new(FAKE_HV_POWER9, &ops);

        play_init(&play, host, ops, 8, play_must_not_run, NULL);
        hv_fake_set_bind_delay(host, round % 3 * 1000);
        Vm *vm = vm_new(&config, host, ops, fake_chardev_new(), &stress_control, &error);
        g_assert_no_error(error);
        g_assert_true(vm_start(vm, &error));
        g_assert_true(vm_vcpu_by_id(vm, 7) == vm->vcpus[7]);
        if (round % 2) {
            /* Stopped ones do not run either. */
            vm_unpark(vm);
            g_usleep(3000);
            vm_park(vm);
            vm_unpark(vm);
        }
        vm_free(vm);
    }
    vm_free(NULL);
}

/* --- one vCPU alone ---------------------------------------------------------------------- */

enum { RESIZE_CPUS = 5, RESIZE_COMMITS = 25, RESIZE_BOOTS = 4 };

typedef struct {
    /** Atomic: resizes that were done in this boot, and refused because of another vCPU's. */
    int commits, busy;
} ResizeCount;

/** Every vCPU prepares, commits and cancels as it likes; the first one reboots in the middle. */
static void play_resize(Play *play, unsigned id, unsigned step, HvExit *exit)
{
    ResizeCount *count = play->data;
    uint64_t order = 18 + (step / 3 + id) % 3;
    unsigned last = RESIZE_CPUS - 1;

    if (id == 0 && step < last) {
        play_rtas(play, id, exit, "start-cpu", 3, (uint32_t[]){step + 1, 0x4000, 0}, 1);
        return;
    }
    if (play->cpus[id].ret == H_SUCCESS && play->cpus[id].committed)
        g_atomic_int_inc(&count->commits);
    if (play->cpus[id].ret == H_BUSY && play->cpus[id].committed)
        g_atomic_int_inc(&count->busy);
    play->cpus[id].committed = FALSE;
    if (id == last && g_atomic_int_get(&count->commits) >= RESIZE_COMMITS) {
        g_atomic_int_set(&count->commits, 0);
        if (play_boots(play) < RESIZE_BOOTS)
            play_rtas(play, id, exit, "system-reboot", 0, NULL, 1);
        else
            play_rtas(play, id, exit, "power-off", 2, (uint32_t[]){0, 0}, 1);
        return;
    }
    switch ((step * 5 + id) % 7) {
    case 0:
    case 1:
    case 2:
        play_hcall(play, id, exit, H_RESIZE_HPT_PREPARE, (uint64_t[9]){0, order});
        break;
    case 3:
        play_hcall(play, id, exit, step % 64 ? H_JOIN : H_RESIZE_HPT_PREPARE, NULL);
        break;
    case 4:
        play_nothing(exit);
        break;
    default:
        play_hcall(play, id, exit, H_RESIZE_HPT_COMMIT, (uint64_t[9]){0, order});
        play->cpus[id].committed = TRUE;
        break;
    }
}

/**
 * A vCPU that commits has all others out of the guest, whatever they do, while
 * the machine reboots and ends in between; and nobody waits for ever.
 */
static void test_hold_others(void)
{
    ResizeCount count = {0};
    World world;

    world_init(&world, FAKE_HV_POWER9, RESIZE_CPUS, play_resize, &count);
    world.config.mmu = MMU_HASH;
    world.config.hpt_order = 19;
    hv_fake_hold(world.host, TRUE);
    g_assert_cmpint(world_run(&world), ==, EXIT_STATUS_OK);
    g_assert_cmpuint(hv_fake_disturbed(world.host), ==, 0);
    g_assert_cmpuint(hv_fake_count(world.host, FAKE_VM_RESIZE_HTAB_COMMIT), >=,
                     RESIZE_BOOTS * RESIZE_COMMITS);
    g_assert_cmpuint(hv_fake_objects(world.host), ==, 0);
    g_assert_cmpuint(hv_fake_count(world.host, FAKE_VM_ALLOCATE_HTAB), ==, RESIZE_BOOTS);
    g_assert_nonnull(strstr(world.log, "hash page table: order "));
    hv_fake_hold(world.host, FALSE);
    world_clear(&world);
}

static void add_tests(void)
{
    g_test_add_func("/vm-cpus/hotplug", test_hotplug);
    g_test_add_func("/vm-cpus/rival_starts", test_rival_starts);
    g_test_add_func("/vm-cpus/events", test_events);
    g_test_add_func("/vm-cpus/park", test_park);
    g_test_add_func("/vm-cpus/hold_others", test_hold_others);
    g_test_add_func("/vm-cpus/kick", test_kick);
    g_test_add_func("/vm-cpus/new_free", test_new_free);
}

int main(int argc, char **argv) { return world_tests(argc, argv, add_tests); }
