/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Firmware-assisted dumps: what may be registered, and what becomes of it. */
#include "hw/spapr/fadump.h"

#include <errno.h>
#include <string.h>

#include "hcall/hcall.h"
#include "hw/spapr/fadump_layout.h"
#include "hw/spapr/platform.h"
#include "hw/spapr/watchdog.h"
#include "src/base/log.h"
#include "tests/unit/fake_vm.h"
#include "tests/unit/rtas_caller.h"

enum {
    MEG = 1 << 20,
    MEMORY = 64 * MEG,
    PLAN = 0x8000,
    COPIED = 8 * MEG + 12,
    COPY = 32 * MEG,
    REGISTERS = 24 * MEG,
    BEYOND = 56 * MEG,
    CPUS = 3,
    REGISTER = 1,
    UNREGISTER = 2,
    INVALIDATE = 3,
};

typedef struct {
    FadumpHeader header;
    FadumpSection sections[FADUMP_SECTIONS + 1];
} Plan;

static FakeVm *make(void)
{
    FakeVm *fake = fake_vm_new(FAKE_HV_POWER9, CPUS, 1, 1, MEMORY);

    fake_vm_add_devices(fake);
    for (unsigned i = 0; i < CPUS; i++)
        fake->vm.vcpus[i]->state = i == 1 ? VCPU_STOPPED : VCPU_RUNNING;
    return fake;
}

static FadumpSection section(uint16_t type, uint64_t source, uint64_t length, uint64_t destination)
{
    return (FadumpSection){be32_of(1),      be16_of(type), be16_of(7),          be64_of(source),
                           be64_of(length), be64_of(9),    be64_of(destination)};
}

/** What Linux asks for. */
static Plan good(void)
{
    uint64_t size = fadump_cpu_state_size(CPUS);

    return (Plan){
        .header = {.version = be32_of(1), .count = be16_of(4), .first = be32_of(40)},
        .sections = {section(FADUMP_CPU_STATE, 0, size, REGISTERS),
                     section(FADUMP_HPT, 0, 0, REGISTERS + size),
                     section(FADUMP_MEMORY, 0, COPIED, COPY),
                     section(FADUMP_PARAMETERS, BEYOND, 2048, BEYOND)},
    };
}

static RtasStatus call(FakeVm *fake, uint32_t command, uint32_t addr, uint32_t size)
{
    const uint32_t args[] = {command, addr, size};
    uint32_t status;

    return rtas_caller_call(&fake->vm, rtas_token("ibm,configure-kernel-dump"), 3, args, 1,
                            &status);
}

static RtasStatus register_plan(FakeVm *fake, const Plan *plan)
{
    uint32_t size =
        (uint32_t)(sizeof(FadumpHeader) + be16_get(plan->header.count) * sizeof(FadumpSection));

    g_assert_true(guest_mem_write(fake->vm.mem, PLAN, plan, sizeof(*plan)));
    return call(fake, REGISTER, PLAN, size);
}

static void test_refused(void)
{
    g_autoptr(FakeVm) fake = make();
    Plan plan;

/** One change to a good plan, which then is refused. */
#define REFUSED(change)                                                                            \
    do {                                                                                           \
        plan = good();                                                                             \
        change;                                                                                    \
        g_assert_cmpint(register_plan(fake, &plan), ==, RTAS_PARAM_ERROR);                         \
    } while (0)

    REFUSED(plan.header.version = be32_of(2));
    REFUSED(plan.header.count = be16_of(0));
    REFUSED(plan.header.count = be16_of(FADUMP_SECTIONS + 1));
    REFUSED(plan.header.first = be32_of(39));
    REFUSED(plan.header.first = be32_of(41));
    REFUSED(plan.header.first = be32_of(UINT32_MAX));
    REFUSED(plan.sections[0].type = be16_of(3));
    REFUSED(plan.sections[0].length = be64_of(fadump_cpu_state_size(CPUS) - 1));
    REFUSED(plan.sections[0].destination = be64_of(MEMORY - 8));
    REFUSED(plan.sections[0].destination = be64_of(UINT64_MAX - 8));
    REFUSED(plan.sections[0].destination = be64_of(COPY));
    REFUSED(plan.sections[0].destination = be64_of(4096));
    REFUSED(plan.sections[1].length = be64_of(1));
    REFUSED(plan.sections[2].source = be64_of(MEMORY));
    REFUSED(plan.sections[2].source = be64_of(UINT64_MAX - 4));
    REFUSED(plan.sections[2].source = be64_of(COPY + COPIED - 1));
    REFUSED(plan.sections[2].length = be64_of(UINT64_MAX));
    REFUSED(plan.sections[2].length = be64_of(MEMORY));
    REFUSED(plan.sections[2].destination = be64_of(COPIED - 1));
    REFUSED(plan.sections[2].destination = be64_of(MEMORY - COPIED + 1));
    REFUSED(plan.sections[3].source = be64_of(COPY + 5));
    REFUSED(plan.sections[3].length = be64_of(MEMORY));

    plan = good();
    g_assert_true(guest_mem_write(fake->vm.mem, PLAN, &plan, sizeof(plan)));
    g_assert_cmpint(call(fake, REGISTER, PLAN, 39), ==, RTAS_PARAM_ERROR);
    g_assert_cmpint(call(fake, REGISTER, PLAN, 40 + 159), ==, RTAS_PARAM_ERROR);
    g_assert_cmpint(call(fake, REGISTER, MEMORY - 8, 200), ==, RTAS_PARAM_ERROR);
    g_assert_cmpint(call(fake, REGISTER, UINT32_MAX, UINT32_MAX), ==, RTAS_PARAM_ERROR);
    g_assert_cmpint(call(fake, 0, PLAN, 200), ==, RTAS_PARAM_ERROR);
    g_assert_cmpint(call(fake, 4, PLAN, 200), ==, RTAS_PARAM_ERROR);
    g_assert_cmpint(call(fake, UNREGISTER, PLAN, 200), ==, RTAS_PARAM_ERROR);
    g_assert_cmpint(call(fake, INVALIDATE, PLAN, 200), ==, RTAS_PARAM_ERROR);
    g_assert_false(fadump_is_registered(fake->vm.platform->fadump));
    g_assert_false(fadump_begin(fake->vm.platform->fadump));

    /* What is not requested is not looked at. */
    plan = good();
    plan.sections[1] = section(0x1234, UINT64_MAX, UINT64_MAX, UINT64_MAX);
    plan.sections[1].request = be32_of(0);
    g_assert_cmpint(register_plan(fake, &plan), ==, RTAS_SUCCESS);
    g_assert_cmpint(register_plan(fake, &plan), ==, RTAS_DUMP_REGISTERED);
    g_assert_cmpint(call(fake, UNREGISTER, 0, 0), ==, RTAS_SUCCESS);
    /* Without a reboot there is none. */
    fake->config.no_reboot = TRUE;
    g_assert_cmpint(register_plan(fake, &plan), ==, RTAS_NOT_SUPPORTED);
}

static void put_pattern(FakeVm *fake)
{
    for (uint64_t at = 0; at + 8 <= COPIED; at += 4096 - 8)
        g_assert_true(guest_mem_store_be64(fake->vm.mem, at, at * 3 + 1));
    g_assert_true(guest_mem_store_be64(fake->vm.mem, BEYOND, 77));
}

static uint64_t load(FakeVm *fake, GuestAddr at)
{
    uint64_t value = 0;

    g_assert_true(guest_mem_load_be64(fake->vm.mem, at, &value));
    return value;
}

/** Entries of CPU after CPU: those that run, with their registers. */
static void check_registers(FakeVm *fake)
{
    GuestAddr at = REGISTERS + 20;
    uint32_t count = 0;
    char name[9] = {0};

    g_assert_true(guest_mem_read(fake->vm.mem, REGISTERS, name, 8));
    g_assert_cmpstr(name, ==, "REGSAVE");
    g_assert_true(guest_mem_load_be32(fake->vm.mem, REGISTERS + 16, &count));
    g_assert_cmpuint(count, ==, 2);
    for (unsigned cpu = 0; cpu < CPUS; cpu += 2) {
        unsigned entries = 0;
        gboolean nia = FALSE, gpr = FALSE;

        do {
            g_assert_true(guest_mem_read(fake->vm.mem, at, name, 8));
            uint64_t value = load(fake, at + 8);
            if (!strcmp(name, "CPUSTRT") || !strcmp(name, "CPUEND"))
                g_assert_cmpuint(value, ==, cpu);
            if (!strcmp(name, "NIA"))
                nia = value == 0x1000 + cpu;
            if (!strcmp(name, "GPR31"))
                gpr = value == 0x3100 + cpu;
            at += 16;
            entries++;
        } while (strcmp(name, "CPUEND") != 0 && entries < 100);
        g_assert_cmpuint(entries, ==, 42);
        g_assert_true(nia && gpr);
    }
}

static void set_registers(FakeVm *fake)
{
    for (unsigned i = 0; i < CPUS; i++) {
        HvRegs regs = {.pc = 0x1000 + i};

        regs.gpr[31] = 0x3100 + i;
        g_assert_cmpint(fake->vm.ops->vcpu_set_regs(fake->vm.vcpus[i]->hv, &regs), ==, 0);
    }
}

static void take(FakeVm *fake)
{
    Fadump *fadump = fake->vm.platform->fadump;

    g_assert_true(fadump_begin(fadump));
    while (!fadump_step(fadump))
        continue;
}

static void test_dump(void)
{
    g_autoptr(FakeVm) fake = make();
    Fadump *fadump = fake->vm.platform->fadump;
    g_autoptr(GError) error = NULL;
    Plan plan = good();
    size_t size = 0;

    set_registers(fake);
    put_pattern(fake);
    g_assert_cmpint(register_plan(fake, &plan), ==, RTAS_SUCCESS);
    /* What the guest changes afterwards does not matter. */
    g_assert_true(guest_mem_fill(fake->vm.mem, PLAN, 0xff, sizeof(plan)));
    g_assert_cmpuint(fadump_boot_memory(fadump), ==, UINT64_MAX);
    g_assert_null(fadump_property(fadump, &size));
    put_pattern(fake);
    take(fake);
    fadump_reset(fadump);

    const Plan *told = fadump_property(fadump, &size);
    g_assert_cmpuint(size, ==, 40 + 4 * 40);
    g_assert_cmphex(be16_get(told->header.status), ==, 0xc000);
    for (unsigned i = 0; i < 4; i++) {
        g_assert_cmphex(be16_get(told->sections[i].errors), ==, 0);
        g_assert_cmpuint(be64_get(told->sections[i].dumped), ==,
                         be64_get(told->sections[i].length));
    }
    g_assert_cmpuint(fadump_boot_memory(fadump), ==, COPIED);
    g_assert_true(fadump_clear_copied(fadump, &error));
    for (uint64_t at = 4096 - 8; at + 8 <= COPIED; at += 4096 - 8) {
        /* The call's own buffers lie there. */
        if (at > 0x20000)
            g_assert_cmpuint(load(fake, COPY + at), ==, at * 3 + 1);
        g_assert_cmpuint(load(fake, at), ==, 0);
    }
    g_assert_cmpuint(load(fake, BEYOND), ==, 77);
    check_registers(fake);

    plan = good();
    g_assert_cmpint(register_plan(fake, &plan), ==, RTAS_DUMP_ACTIVE);
    g_assert_cmpint(call(fake, UNREGISTER, 0, 0), ==, RTAS_PARAM_ERROR);
    g_assert_cmpint(call(fake, INVALIDATE, 0, 0), ==, RTAS_SUCCESS);
    g_assert_null(fadump_property(fadump, &size));
    g_assert_cmpint(register_plan(fake, &plan), ==, RTAS_SUCCESS);
    /* A reboot that is none by a crash. */
    fadump_reset(fadump);
    g_assert_false(fadump_is_registered(fadump) || fadump_is_active(fadump));
}

/** The registers of cores that were plugged have room, too: none that may come is forgotten. */
static void test_plugged(void)
{
    g_autoptr(FakeVm) fake = make();
    Fadump *fadump = fake->vm.platform->fadump;
    Plan plan = good();
    size_t size;

    /* One was there at the start. */
    fake->config.cpus = 1;
    fake->config.max_cpus = CPUS;
    set_registers(fake);
    plan.sections[0].length = be64_of(fadump_cpu_state_size(1));
    g_assert_cmpint(register_plan(fake, &plan), ==, RTAS_PARAM_ERROR);
    plan = good();
    g_assert_cmpint(register_plan(fake, &plan), ==, RTAS_SUCCESS);
    take(fake);
    fadump_reset(fadump);
    const Plan *told = fadump_property(fadump, &size);
    g_assert_cmphex(be16_get(told->header.status), ==, 0xc000);
    check_registers(fake);
}

/** A KVM that does not tell registers: said, and the rest is there. */
static void test_failures(void)
{
    g_autoptr(FakeVm) fake = make();
    Fadump *fadump = fake->vm.platform->fadump;
    Plan plan = good();
    size_t size;

    put_pattern(fake);
    g_assert_cmpint(register_plan(fake, &plan), ==, RTAS_SUCCESS);
    hv_fake_fail(fake->host, FAKE_VCPU_GET_REGS, 2, EIO);
    take(fake);
    fadump_reset(fadump);
    const Plan *told = fadump_property(fadump, &size);
    g_assert_cmphex(be16_get(told->header.status), ==, 0xe000);
    g_assert_cmphex(be16_get(told->sections[0].errors), !=, 0);
    g_assert_cmphex(be16_get(told->sections[2].errors), ==, 0);
    g_assert_cmpuint(fadump_boot_memory(fadump), ==, COPIED);

    /* Sections in any order make up what may be written. */
    fadump_drop(fadump);
    plan = good();
    plan.header.count = be16_of(5);
    plan.sections[1] = section(FADUMP_MEMORY, 3 * MEG, MEG, 40 * MEG);
    plan.sections[2] = section(FADUMP_MEMORY, MEG, 2 * MEG, 41 * MEG);
    plan.sections[3] = section(FADUMP_MEMORY, 0, MEG, 44 * MEG);
    plan.sections[4] = section(FADUMP_MEMORY, 5 * MEG, MEG, 45 * MEG);
    g_assert_cmpint(register_plan(fake, &plan), ==, RTAS_SUCCESS);
    take(fake);
    fadump_reset(fadump);
    g_assert_cmpuint(fadump_boot_memory(fadump), ==, 4 * MEG);
}

/** Memory that has gone since: said, and the rest is there. */
static void test_gone(void)
{
    g_autoptr(FakeVm) fake = make();
    Fadump *fadump = fake->vm.platform->fadump;
    Plan plan = good();
    size_t size;

    g_assert_true(guest_mem_reserve(fake->vm.mem, MEMORY, 16 * MEG, 16 * MEG, NULL));
    g_assert_nonnull(guest_mem_plug(fake->vm.mem, MEMORY, 16 * MEG, NULL));
    plan.sections[2].destination = be64_of(MEMORY);
    set_registers(fake);
    g_assert_cmpint(register_plan(fake, &plan), ==, RTAS_SUCCESS);
    guest_mem_unplug(fake->vm.mem, MEMORY, 16 * MEG);
    take(fake);
    fadump_reset(fadump);
    const Plan *told = fadump_property(fadump, &size);
    g_assert_cmphex(be16_get(told->header.status), ==, 0xe000);
    g_assert_cmphex(be16_get(told->sections[0].errors), ==, 0);
    g_assert_cmphex(be16_get(told->sections[2].errors), !=, 0);
    g_assert_cmpuint(be64_get(told->sections[2].dumped), ==, 0);
    check_registers(fake);
}

/** A watchdog with a dump for its action runs down, and has asked for something. */
static void run_down(FakeVm *fake)
{
    const uint64_t start = 0x100;
    uint64_t args[9] = {start | WATCHDOG_DUMP_RESTART, 1, WATCHDOG_MIN_MS};
    gint64 end = g_get_monotonic_time() + 10 * G_USEC_PER_SEC;

    fake->requests = 0;
    g_assert_cmpint(hcall_dispatch(fake->vm.vcpus[0], H_WATCHDOG, args), ==, H_SUCCESS);
    while (!fake->requests && !fake->vm.vcpus[0]->events) {
        g_assert_cmpint(g_get_monotonic_time(), <, end);
        g_main_context_iteration(NULL, FALSE);
        g_usleep(1000);
    }
}

/** ibm,os-term, and a watchdog, ask for a dump where one is registered, and only there. */
static void test_triggers(void)
{
    g_autoptr(FakeVm) fake = make();
    const uint32_t text = 0x100;
    Plan plan = good();
    uint32_t status;

    for (unsigned round = 0; round < 2; round++) {
        rtas_caller_call(&fake->vm, rtas_token("ibm,os-term"), 1, &text, 1, &status);
        g_assert_cmpint(fake->request, ==, round ? VM_REQUEST_DUMP : VM_REQUEST_CRASH);
        if (!round)
            g_assert_cmpint(register_plan(fake, &plan), ==, RTAS_SUCCESS);
    }
    run_down(fake);
    g_assert_cmpint(fake->request, ==, VM_REQUEST_DUMP);
    g_assert_cmphex(fake->vm.vcpus[0]->events, ==, 0);

    /* Without one the watchdog leaves it to the guest. */
    g_assert_cmpint(call(fake, UNREGISTER, 0, 0), ==, RTAS_SUCCESS);
    run_down(fake);
    g_assert_cmpuint(fake->requests, ==, 0);
    g_assert_cmphex(fake->vm.vcpus[0]->events, ==, VCPU_EVENT_SYSTEM_RESET);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_assert_true(log_open(NULL, LOG_ERROR, NULL));
    g_test_add_func("/fadump/refused", test_refused);
    g_test_add_func("/fadump/dump", test_dump);
    g_test_add_func("/fadump/plugged", test_plugged);
    g_test_add_func("/fadump/failures", test_failures);
    g_test_add_func("/fadump/gone", test_gone);
    g_test_add_func("/fadump/triggers", test_triggers);
    return g_test_run();
}
