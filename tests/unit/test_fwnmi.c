/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Delivery of system resets and machine checks, first call by call, then with
 * the threads of a machine whose processors fail.
 */
#include "hw/spapr/fwnmi.h"

#include <errno.h>
#include <string.h>

#include "hw/spapr/mce_log.h"
#include "hw/spapr/platform.h"
#include "src/base/guest_mem.h"
#include "src/chardev/chardev.h"
#include "src/vmm/options.h"
#include "src/vmm/vcpu.h"
#include "src/vmm/vm.h"
#include "tests/unit/fake_hv.h"

#define MSR_SF (UINT64_C(1) << 63)
#define MSR_ME (UINT64_C(1) << 12)
/** What runs when it is interrupted: 64-bit, EE, ME, IR, DR, RI, LE. */
#define MSR_RUNNING (MSR_SF | UINT64_C(0x9033))
/** SRR1 of a load or store that failed. */
#define MSR_FAILED (MSR_RUNNING | UINT64_C(0x200000))
#define PC UINT64_C(0xc000000000012344)
#define R3 UINT64_C(0x123456789abcdef0)

enum {
    AREA = 0x3ff0000,
    SAVE = AREA + FWNMI_MACHINE_CHECK_OFFSET,
    ON_RESET = 0x8000,
    ON_CHECK = 0x9000,
    CPUS = 3,
};

typedef struct {
    Vm *vm;
    VmConfig *config;
    HvHost *host;
    const HvOps *ops;

    /** Protects the fields below, which the vCPU threads use. */
    GMutex lock;
    GCond changed;
    VmRequest request;
    char *why;
    /** Next exit of each vCPU is a machine check. */
    gboolean fails[CPUS];
    /** Next entry of each vCPU's handler ends with ibm,nmi-interlock. */
    gboolean finishes[CPUS];
    /** Times that each vCPU was entered in its handlers. */
    unsigned checks[CPUS], resets[CPUS], entries[CPUS];
} Machine;

static Machine machine;

static void request(Vm *vm, VmRequest asked, const char *why)
{
    g_mutex_lock(&machine.lock);
    machine.request = asked;
    g_free(machine.why);
    machine.why = g_strdup(why);
    g_cond_broadcast(&machine.changed);
    g_mutex_unlock(&machine.lock);
    for (unsigned i = 0; i < vm->n_vcpus; i++)
        vcpu_park(vm->vcpus[i], VCPU_PARK_LIFE);
}

static const VmControl control = {
    .request = request,
    .post_event = vcpu_post_event,
    .start_cpu = vcpu_start,
    .stop_self = vcpu_stop_self,
};

/** A machine whose vCPUs are parked. */
static void machine_new(void)
{
    GError *error = NULL;

    machine = (Machine){0};
    g_mutex_init(&machine.lock);
    g_cond_init(&machine.changed);
    machine.config = vm_config_new();
    machine.config->cpus = CPUS;
    machine.config->threads = 1;
    machine.config->memory = CONFIG_MIN_MEMORY;
    machine.config->console = CONSOLE_NONE;
    machine.host = hv_fake_new(FAKE_HV_POWER9, &machine.ops);
    machine.vm = vm_new(machine.config, machine.host, machine.ops,
                        chardev_open(machine.config, &error), &control, &error);
    g_assert_no_error(error);
    g_assert_true(vm_start(machine.vm, &error));
    g_assert_true(vm_reset(machine.vm, &error));
    fwnmi_set_area(machine.vm->platform, AREA);
}

static void machine_free(void)
{
    vm_park(machine.vm);
    vm_free(machine.vm);
    vm_config_free(machine.config);
    g_free(machine.why);
    g_cond_clear(&machine.changed);
    g_mutex_clear(&machine.lock);
}

static Vcpu *vcpu(unsigned index) { return machine.vm->vcpus[index]; }

/** What the processor was doing. */
static void set_running(unsigned index, uint64_t msr)
{
    HvRegs regs = {.pc = PC + index * 0x1000, .msr = msr, .lr = 0x77, .srr0 = 1, .srr1 = 2};

    regs.gpr[1] = 0x11;
    regs.gpr[3] = R3 + index;
    g_assert_cmpint(machine.ops->vcpu_set_regs(vcpu(index)->hv, &regs), ==, 0);
}

static HvRegs get_regs(unsigned index)
{
    HvRegs regs;

    g_assert_cmpint(machine.ops->vcpu_get_regs(vcpu(index)->hv, &regs), ==, 0);
    return regs;
}

static uint64_t load(GuestAddr addr)
{
    uint64_t value = 0;

    g_assert_true(guest_mem_load_be64(machine.vm->mem, addr, &value));
    return value;
}

static void register_handlers(void)
{
    g_assert_cmpint(fwnmi_register(vcpu(0), ON_RESET, ON_CHECK), ==, RTAS_SUCCESS);
}

static FwnmiResult check(unsigned index)
{
    const char *why = NULL;
    FwnmiResult result = fwnmi_machine_check(vcpu(index), HV_NMI_NOT_RECOVERED, &why);

    g_assert_nonnull(why);
    return result;
}

static void test_system_reset(void)
{
    machine_new();
    set_running(1, MSR_RUNNING | UINT64_C(0x783f0000));
    fwnmi_system_reset(vcpu(1));
    HvRegs regs = get_regs(1);
    g_assert_cmphex(regs.pc, ==, 0x100);
    g_assert_cmphex(regs.msr, ==, MSR_SF | MSR_ME);
    g_assert_cmphex(regs.srr0, ==, PC + 0x1000);
    g_assert_cmphex(regs.srr1, ==, MSR_RUNNING);
    g_assert_cmphex(regs.gpr[3], ==, R3 + 1);
    g_assert_cmphex(regs.gpr[1], ==, 0x11);
    g_assert_cmphex(regs.lr, ==, 0x77);

    register_handlers();
    machine.vm->lpcr_value |= HV_LPCR_ILE;
    for (unsigned i = 0; i < CPUS; i++) {
        set_running(i, MSR_RUNNING);
        fwnmi_system_reset(vcpu(i));
    }
    for (unsigned i = 0; i < CPUS; i++) {
        regs = get_regs(i);
        g_assert_cmphex(regs.pc, ==, ON_RESET);
        g_assert_cmphex(regs.msr, ==, MSR_SF | MSR_ME | 1);
        g_assert_cmphex(regs.gpr[3], ==, AREA + FWNMI_RESET_OFFSET + 16 * i);
        g_assert_cmphex(load(regs.gpr[3]), ==, R3 + i);
    }
    machine_free();
}

static void test_not_registered(void)
{
    machine_new();
    set_running(0, MSR_FAILED);
    g_assert_cmpint(check(0), ==, FWNMI_DELIVERED);
    HvRegs regs = get_regs(0);
    g_assert_cmphex(regs.pc, ==, 0x200);
    g_assert_cmphex(regs.msr, ==, MSR_SF);
    g_assert_cmphex(regs.srr0, ==, PC);
    g_assert_cmphex(regs.srr1, ==, MSR_FAILED);
    g_assert_cmphex(regs.gpr[3], ==, R3);
    g_assert_cmpuint(load(SAVE), ==, 0);
    g_assert_cmpint(fwnmi_interlock(vcpu(0)), ==, RTAS_NOT_SUPPORTED);
    /* There is nobody's turn to wait for. */
    g_assert_cmpint(check(1), ==, FWNMI_DELIVERED);
    machine_free();
}

static void test_refused(void)
{
    machine_new();
    g_assert_cmpint(fwnmi_register(vcpu(0), CONFIG_MIN_MEMORY, ON_CHECK), ==, RTAS_PARAM_ERROR);
    g_assert_cmpint(fwnmi_register(vcpu(0), ON_RESET, UINT32_MAX), ==, RTAS_PARAM_ERROR);
    g_assert_cmpuint(hv_fake_count(machine.host, FAKE_VCPU_ENABLE_FWNMI), ==, 0);
    hv_fake_fail(machine.host, FAKE_VCPU_ENABLE_FWNMI, 1, EINVAL);
    g_assert_cmpint(fwnmi_register(vcpu(0), ON_RESET, ON_CHECK), ==, RTAS_NOT_SUPPORTED);
    g_assert_cmpint(fwnmi_interlock(vcpu(0)), ==, RTAS_NOT_SUPPORTED);
    hv_fake_caps(machine.host)->fwnmi = FALSE;
    g_assert_cmpint(fwnmi_register(vcpu(0), ON_RESET, ON_CHECK), ==, RTAS_NOT_SUPPORTED);
    machine_free();
}

static void test_machine_check(void)
{
    machine_new();
    register_handlers();
    set_running(2, MSR_FAILED);
    machine.ops->vcpu_set_reg(vcpu(2)->hv, HV_REG_DAR, UINT64_C(0xc000000000777000));
    machine.ops->vcpu_set_reg(vcpu(2)->hv, HV_REG_DSISR, 0x80);
    g_assert_cmpint(check(2), ==, FWNMI_DELIVERED);

    HvRegs regs = get_regs(2);
    g_assert_cmphex(regs.pc, ==, ON_CHECK);
    g_assert_cmphex(regs.srr0, ==, PC + 0x2000);
    g_assert_cmphex(regs.srr1, ==, MSR_FAILED);
    g_assert_cmphex(regs.msr, ==, MSR_SF);
    g_assert_cmphex(regs.gpr[3], ==, SAVE);
    g_assert_cmphex(load(SAVE), ==, R3 + 2);
    MceLog log;
    g_assert_true(guest_mem_read(machine.vm->mem, SAVE + 8, &log, sizeof(log)));
    g_assert_cmpuint(log.head.version, ==, 6);
    g_assert_cmphex(log.error_type, ==, 1);
    g_assert_cmphex(log.error_subtype, ==, 0x81);
    g_assert_cmphex(be64_get(log.effective_address), ==, UINT64_C(0xc000000000777000));
    g_assert_cmpuint(be32_get(log.processor), ==, vcpu(2)->id);

    /* Others wait, and cannot give back what is not theirs. */
    set_running(0, MSR_FAILED);
    HvRegs before = get_regs(0);
    g_assert_cmpint(check(0), ==, FWNMI_BUSY);
    HvRegs after = get_regs(0);
    g_assert_cmpmem(&before, sizeof(before), &after, sizeof(after));
    g_assert_cmphex(load(SAVE), ==, R3 + 2);
    g_assert_cmpint(fwnmi_interlock(vcpu(0)), ==, RTAS_PARAM_ERROR);
    g_assert_cmphex(vcpu(0)->events & VCPU_EVENT_FWNMI, ==, 0);
    /* A system reset has a place of its own. */
    fwnmi_system_reset(vcpu(1));
    g_assert_cmphex(load(SAVE), ==, R3 + 2);

    g_assert_cmpint(fwnmi_interlock(vcpu(2)), ==, RTAS_SUCCESS);
    g_assert_cmphex(vcpu(0)->events & VCPU_EVENT_FWNMI, !=, 0);
    g_assert_cmpint(fwnmi_interlock(vcpu(2)), ==, RTAS_PARAM_ERROR);
    g_assert_cmpint(check(0), ==, FWNMI_DELIVERED);
    g_assert_cmphex(load(SAVE), ==, R3);

    /* In the handler, before it is done. */
    g_assert_cmpint(check(0), ==, FWNMI_FATAL);

    /* Registering anew, as a kernel does that another one started, frees the area. */
    g_assert_cmpint(check(1), ==, FWNMI_BUSY);
    register_handlers();
    g_assert_cmpint(check(1), ==, FWNMI_DELIVERED);

    /* After a reboot nothing is left. */
    g_assert_true(vm_reset(machine.vm, NULL));
    g_assert_cmpint(fwnmi_interlock(vcpu(1)), ==, RTAS_NOT_SUPPORTED);
    set_running(1, MSR_FAILED);
    g_assert_cmpint(check(1), ==, FWNMI_DELIVERED);
    g_assert_cmphex(get_regs(1).pc, ==, 0x200);
    machine_free();
}

static void test_host_fails(void)
{
    MceLog log;

    machine_new();
    register_handlers();
    set_running(0, MSR_FAILED);
    hv_fake_fail(machine.host, FAKE_VCPU_GET_REGS, 1, EIO);
    g_assert_cmpint(check(0), ==, FWNMI_FATAL);
    /* That took nothing. */
    hv_fake_fail(machine.host, FAKE_VCPU_GET_REG, 1, EIO);
    g_assert_cmpint(check(0), ==, FWNMI_DELIVERED);
    g_assert_true(guest_mem_read(machine.vm->mem, SAVE + 8, &log, sizeof(log)));
    g_assert_cmphex(log.error_type, ==, 3);
    g_assert_cmpint(fwnmi_interlock(vcpu(0)), ==, RTAS_SUCCESS);
    hv_fake_fail(machine.host, FAKE_VCPU_SET_REGS, 1, EIO);
    g_assert_cmpint(check(0), ==, FWNMI_FATAL);
    machine_free();

    /* Memory that is not there is not written to. */
    machine_new();
    register_handlers();
    fwnmi_set_area(machine.vm->platform, CONFIG_MIN_MEMORY);
    set_running(0, MSR_RUNNING);
    fwnmi_system_reset(vcpu(0));
    g_assert_cmphex(get_regs(0).pc, ==, ON_RESET);
    g_assert_cmphex(get_regs(0).gpr[3], ==, R3);
    g_assert_cmpint(check(0), ==, FWNMI_FATAL);
    machine_free();
}

/* --- with threads --------------------------------------------------------- */

/** One entry of the guest: its "program" is what the test asked of the vCPU. */
static void run(HvVcpu *hv, unsigned id, HvExit *exit, void *data)
{
    unsigned index = id / machine.vm->stride;
    HvRegs regs = get_regs(index);
    gboolean finish = FALSE;

    exit->reason = HV_EXIT_INTERRUPTED;
    g_mutex_lock(&machine.lock);
    machine.entries[index]++;
    if (regs.pc == ON_CHECK && regs.msr == MSR_SF) {
        machine.checks[index]++;
        finish = machine.finishes[index];
        machine.finishes[index] = FALSE;
    } else if (regs.pc == ON_RESET) {
        machine.resets[index]++;
    }
    if (machine.fails[index]) {
        machine.fails[index] = FALSE;
        exit->reason = HV_EXIT_NMI;
        exit->nmi.flags = HV_NMI_NOT_RECOVERED;
    }
    g_cond_broadcast(&machine.changed);
    g_mutex_unlock(&machine.lock);

    if (exit->reason == HV_EXIT_NMI) {
        set_running(index, MSR_FAILED);
        return;
    }
    if (finish)
        g_assert_cmpint(fwnmi_interlock(vcpu(index)), ==, RTAS_SUCCESS);
    /* Out of the handler, and a little of the guest's own work. */
    if (regs.pc == ON_RESET) {
        regs.gpr[3] = load(regs.gpr[3]);
        regs.pc = regs.srr0;
        regs.msr = regs.srr1;
        g_assert_cmpint(machine.ops->vcpu_set_regs(hv, &regs), ==, 0);
    } else if (finish) {
        set_running(index, MSR_RUNNING);
    }
    g_usleep(500);
}

static void threads_new(void)
{
    machine_new();
    register_handlers();
    hv_fake_set_run(machine.host, run, NULL);
    for (unsigned i = 0; i < CPUS; i++)
        g_assert_cmpint(vcpu_start(vcpu(i), 0x4000, 0), ==, 0);
}

/** Wait until @counter has reached @count; machine.lock is held. */
static void wait_for(const unsigned *counter, unsigned count)
{
    gint64 end = g_get_monotonic_time() + 10 * G_TIME_SPAN_SECOND;

    while (*counter < count)
        g_assert_true(g_cond_wait_until(&machine.changed, &machine.lock, end));
}

static void test_turns(void)
{
    threads_new();
    machine.fails[0] = TRUE;
    vm_unpark(machine.vm);
    g_mutex_lock(&machine.lock);
    wait_for(&machine.checks[0], 1);

    /* Two more, while the first has the area: they do not run. */
    machine.fails[1] = machine.fails[2] = TRUE;
    while (machine.fails[1] || machine.fails[2])
        g_cond_wait(&machine.changed, &machine.lock);
    unsigned entries[] = {machine.entries[1], machine.entries[2]};
    wait_for(&machine.checks[0], machine.checks[0] + 20);
    g_assert_cmpuint(machine.entries[1], ==, entries[0]);
    g_assert_cmpuint(machine.entries[2], ==, entries[1]);
    g_assert_cmpuint(machine.checks[1] + machine.checks[2], ==, 0);

    /* A system reset of one that waits comes after its machine check, and is not lost. */
    g_mutex_unlock(&machine.lock);
    vcpu_post_event(vcpu(1), VCPU_EVENT_SYSTEM_RESET);
    vm_park(machine.vm);
    vm_unpark(machine.vm);
    g_mutex_lock(&machine.lock);
    wait_for(&machine.checks[0], machine.checks[0] + 20);
    g_assert_cmpuint(machine.resets[1], ==, 0);

    machine.finishes[0] = machine.finishes[1] = machine.finishes[2] = TRUE;
    wait_for(&machine.checks[2], 1);
    /* The reset came at the first instruction of its handler. */
    wait_for(&machine.resets[1], 1);
    g_assert_cmpint(machine.request, ==, VM_REQUEST_NONE);
    g_mutex_unlock(&machine.lock);
    machine_free();
}

/** Reset and end do not wait for a vCPU that waits for its turn. */
static void test_park(void)
{
    threads_new();
    machine.fails[0] = TRUE;
    vm_unpark(machine.vm);
    g_mutex_lock(&machine.lock);
    wait_for(&machine.checks[0], 1);
    machine.fails[1] = TRUE;
    while (machine.fails[1])
        g_cond_wait(&machine.changed, &machine.lock);
    g_mutex_unlock(&machine.lock);

    /* Parked and released, it waits on. */
    vm_park(machine.vm);
    vm_unpark(machine.vm);
    g_mutex_lock(&machine.lock);
    wait_for(&machine.checks[0], machine.checks[0] + 5);
    g_assert_cmpuint(machine.checks[1], ==, 0);
    g_mutex_unlock(&machine.lock);

    /* A reboot forgets its machine check. */
    vm_park(machine.vm);
    g_assert_true(vm_reset(machine.vm, NULL));
    register_handlers();
    g_mutex_lock(&machine.lock);
    machine.checks[0] = machine.checks[1] = machine.entries[1] = 0;
    g_mutex_unlock(&machine.lock);
    for (unsigned i = 0; i < CPUS; i++)
        g_assert_cmpint(vcpu_start(vcpu(i), 0x4000, 0), ==, 0);
    vm_unpark(machine.vm);
    g_mutex_lock(&machine.lock);
    wait_for(&machine.entries[1], 3);
    g_assert_cmpuint(machine.checks[0] + machine.checks[1], ==, 0);

    /* And a machine ends while one waits. */
    machine.fails[0] = TRUE;
    wait_for(&machine.checks[0], 1);
    machine.fails[2] = TRUE;
    while (machine.fails[2])
        g_cond_wait(&machine.changed, &machine.lock);
    g_mutex_unlock(&machine.lock);
    machine_free();
}

static void test_second_is_fatal(void)
{
    threads_new();
    machine.fails[0] = TRUE;
    vm_unpark(machine.vm);
    g_mutex_lock(&machine.lock);
    wait_for(&machine.checks[0], 1);
    machine.fails[0] = TRUE;
    while (machine.request == VM_REQUEST_NONE)
        g_cond_wait(&machine.changed, &machine.lock);
    g_assert_cmpint(machine.request, ==, VM_REQUEST_CRASH);
    g_assert_nonnull(strstr(machine.why, "machine check in the handler of one"));
    g_mutex_unlock(&machine.lock);
    machine_free();
}

/** A system reset of a stopped processor is not kept for when it is started. */
static void test_reset_of_stopped(void)
{
    machine_new();
    register_handlers();
    hv_fake_set_run(machine.host, run, NULL);
    g_assert_cmpint(vcpu_start(vcpu(0), 0x4000, 0), ==, 0);
    vm_unpark(machine.vm);
    vcpu_post_event(vcpu(1), VCPU_EVENT_SYSTEM_RESET);
    g_mutex_lock(&machine.lock);
    wait_for(&machine.entries[0], 5);
    g_assert_cmpuint(machine.entries[1], ==, 0);
    g_mutex_unlock(&machine.lock);
    g_assert_cmpint(vcpu_start(vcpu(1), 0x4000, 0), ==, 0);
    g_mutex_lock(&machine.lock);
    wait_for(&machine.entries[1], 5);
    g_assert_cmpuint(machine.resets[1], ==, 0);
    g_mutex_unlock(&machine.lock);
    vcpu_post_event(vcpu(1), VCPU_EVENT_SYSTEM_RESET);
    g_mutex_lock(&machine.lock);
    wait_for(&machine.resets[1], 1);
    g_mutex_unlock(&machine.lock);
    machine_free();
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/fwnmi/system-reset", test_system_reset);
    g_test_add_func("/fwnmi/not-registered", test_not_registered);
    g_test_add_func("/fwnmi/refused", test_refused);
    g_test_add_func("/fwnmi/machine-check", test_machine_check);
    g_test_add_func("/fwnmi/host-fails", test_host_fails);
    g_test_add_func("/fwnmi/threads/turns", test_turns);
    g_test_add_func("/fwnmi/threads/park", test_park);
    g_test_add_func("/fwnmi/threads/second-is-fatal", test_second_is_fatal);
    g_test_add_func("/fwnmi/threads/reset-of-stopped", test_reset_of_stopped);
    return g_test_run();
}
