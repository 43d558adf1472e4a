/* SPDX-License-Identifier: GPL-2.0-or-later */
/* XIVE in user space, by the guest's own loads, stores and hypercalls. */
#include "hw/spapr/irq/xive_user.h"

#include <string.h>

#include "hcall/hcall.h"
#include "src/base/guest_mem.h"
#include "tests/unit/fake_vm.h"

#define PAGE UINT64_C(0x10000)
#define TIMA (IRQ_XIVE_TIMA_BASE + 2 * PAGE)

enum {
    CPUS = 3,
    MEMORY = 16 << 20,
    QUEUE = 0x20000,
    SHIFT = 16,
    ENTRIES = (1 << SHIFT) / 4,
    VTY = IRQ_SOURCE_VTY,
    LSI = IRQ_SOURCE_LSI + 2,
    NSR = 0x80,
    OFF = 1,
    PENDING = 2,
    QUEUED = 3,
};

static FakeVm *machine_new(FakeHvProfile profile)
{
    FakeVm *fake = fake_vm_new(profile, CPUS, 1, 1, MEMORY);
    g_autoptr(GError) error = NULL;

    fake->config.irq = IRQ_XIVE;
    fake->config.irq_place = IRQ_IN_USER;
    fake->vm.irq = irq_new(&fake->vm, &error);
    g_assert_no_error(error);
    g_assert_cmpint(irq_kind(fake->vm.irq), ==, IRQ_KIND_XIVE_USER);
    fake_vm_add_vcpus(fake);
    for (unsigned i = 0; i < CPUS; i++)
        g_assert_true(irq_attach_vcpu(fake->vm.irq, fake->vm.vcpus[i], NULL));
    g_assert_true(irq_reset(fake->vm.irq, NULL));
    return fake;
}

static void machine_free(FakeVm *fake)
{
    /* The host's kernel had no part in any of it. */
    g_assert_cmpuint(hv_fake_count(fake->host, FAKE_IRQCHIP_NEW), ==, 0);
    g_assert_cmpuint(hv_fake_count(fake->host, FAKE_IRQCHIP_ATTR_SET), ==, 0);
    irq_free(fake->vm.irq);
    fake_vm_free(fake);
}

/* --- what a guest does --------------------------------------------------------------- */

static HcallRet call(FakeVm *fake, uint32_t number, uint64_t *args)
{
    for (const HcallDef *def = h_xive_defs; def->name; def++) {
        if (def->number == number)
            return def->handler(fake->vm.vcpus[0], args);
    }
    g_assert_not_reached();
}

static HcallRet call5(FakeVm *fake, uint32_t number, uint64_t a, uint64_t b, uint64_t c, uint64_t d,
                      uint64_t e)
{
    uint64_t args[9] = {a, b, c, d, e};

    return call(fake, number, args);
}

static uint64_t load(FakeVm *fake, unsigned cpu, uint64_t addr, unsigned length)
{
    uint8_t data[8];
    uint64_t value = 0;

    g_assert_true(irq_access(fake->vm.irq, fake->vm.vcpus[cpu], addr, data, length, FALSE));
    for (unsigned i = 0; i < length; i++)
        value = value << 8 | data[i];
    return value;
}

static void store(FakeVm *fake, unsigned cpu, uint64_t addr, unsigned length, uint64_t value)
{
    uint8_t data[8];

    for (unsigned i = length; i-- > 0; value >>= 8)
        data[i] = (uint8_t)value;
    g_assert_true(irq_access(fake->vm.irq, fake->vm.vcpus[cpu], addr, data, length, TRUE));
}

static uint64_t trigger_page(uint32_t lisn) { return IRQ_XIVE_ESB_BASE + lisn * 2 * PAGE; }

/** A load from the management page of @lisn. */
static uint64_t esb(FakeVm *fake, uint32_t lisn, uint64_t offset)
{
    return load(fake, 0, trigger_page(lisn) + PAGE + offset, 8);
}

static uint64_t state(FakeVm *fake, uint32_t lisn) { return esb(fake, lisn, 0x800); }

static uint16_t accept(FakeVm *fake, unsigned cpu)
{
    return (uint16_t)load(fake, cpu, TIMA + 0x810, 2);
}

static void set_cppr(FakeVm *fake, unsigned cpu, uint8_t cppr)
{
    store(fake, cpu, TIMA + 0x11, 1, cppr);
}

static gboolean line(FakeVm *fake, unsigned cpu)
{
    return hv_fake_vcpu_line(fake->vm.vcpus[cpu]->hv);
}

static uint32_t entry(FakeVm *fake, unsigned cpu, uint32_t index)
{
    uint32_t value;

    g_assert_true(guest_mem_load_be32(fake->vm.mem, QUEUE + cpu * PAGE + index * 4, &value));
    return value;
}

/** As Linux does: a queue of priority 6 for each, sources ready, all priorities taken. */
static void set_up(FakeVm *fake, uint32_t lisn, unsigned cpu, uint32_t eisn)
{
    for (unsigned i = 0; i < CPUS; i++) {
        g_assert_cmpint(
            call5(fake, H_INT_SET_QUEUE_CONFIG, 1, i, 6, QUEUE + (uint64_t)i * PAGE, SHIFT), ==,
            H_SUCCESS);
        set_cppr(fake, i, 0xff);
    }
    g_assert_cmpint(call5(fake, H_INT_SET_SOURCE_CONFIG, 2, lisn, cpu, 6, eisn), ==, H_SUCCESS);
    esb(fake, lisn, 0xc00);
}

/* --- tests --------------------------------------------------------------------------------- */

static void test_power_on(void)
{
    for (unsigned profile = FAKE_HV_POWER9; profile <= FAKE_HV_NESTED; profile++) {
        FakeVm *fake = machine_new((FakeHvProfile)profile);

        g_assert_cmphex(state(fake, 0), ==, OFF);
        g_assert_cmphex(state(fake, VTY), ==, OFF);
        for (unsigned i = 0; i < CPUS; i++) {
            g_assert_cmphex(load(fake, i, TIMA + 0x10, 8), ==, UINT64_C(0x000000ffff00ffff));
            g_assert_cmphex(load(fake, i, TIMA + 0x18, 4), ==, 0x80000000);
            g_assert_cmphex(accept(fake, i), ==, 0);
            g_assert_false(line(fake, i));
        }
        machine_free(fake);
    }
}

/** One event: the queue's entry, the vCPU's input, its acceptance and its end. */
static void test_event(void)
{
    FakeVm *fake = machine_new(FAKE_HV_NESTED);

    set_up(fake, VTY, 1, 0x1234);
    irq_pulse(fake->vm.irq, VTY);
    g_assert_cmphex(entry(fake, 1, 0), ==, 0x80001234);
    g_assert_cmphex(entry(fake, 1, 1), ==, 0);
    g_assert_cmphex(state(fake, VTY), ==, PENDING);
    g_assert_true(line(fake, 1));
    g_assert_false(line(fake, 0));
    g_assert_cmphex(load(fake, 1, TIMA + 0x10, 8), ==, UINT64_C(0x80ff02ffff00ff06));
    g_assert_cmphex(accept(fake, 0), ==, 0xff);
    g_assert_cmphex(accept(fake, 1), ==, NSR << 8 | 6);
    g_assert_false(line(fake, 1));
    g_assert_cmphex(accept(fake, 1), ==, 6);

    /* Two more while it is in service are one more after its end, which waits for the CPPR. */
    irq_pulse(fake->vm.irq, VTY);
    irq_pulse(fake->vm.irq, VTY);
    g_assert_cmphex(state(fake, VTY), ==, QUEUED);
    g_assert_cmphex(esb(fake, VTY, 0), ==, 1);
    g_assert_cmphex(state(fake, VTY), ==, PENDING);
    g_assert_cmphex(entry(fake, 1, 1), ==, 0x80001234);
    g_assert_false(line(fake, 1));
    set_cppr(fake, 1, 0xff);
    g_assert_true(line(fake, 1));
    g_assert_cmphex(accept(fake, 1), ==, NSR << 8 | 6);
    g_assert_cmphex(esb(fake, VTY, 0), ==, 0);
    g_assert_cmphex(state(fake, VTY), ==, 0);
    g_assert_cmphex(entry(fake, 1, 2), ==, 0);
    set_cppr(fake, 1, 0xff);
    g_assert_false(line(fake, 1));
    machine_free(fake);
}

/** IPIs are stores to the trigger page of a source below the number of servers. */
static void test_ipi(void)
{
    FakeVm *fake = machine_new(FAKE_HV_POWER9);
    uint64_t args[9] = {0, 2};

    set_up(fake, 2, 2, 7);
    g_assert_cmpint(call(fake, H_INT_GET_SOURCE_INFO, args), ==, H_SUCCESS);
    g_assert_cmphex(args[0], ==, 0);
    g_assert_cmphex(args[1], ==, trigger_page(2) + PAGE);
    g_assert_cmphex(args[2], ==, trigger_page(2));
    g_assert_cmphex(args[3], ==, 16);
    store(fake, 0, args[2], 8, 0);
    g_assert_true(line(fake, 2));
    g_assert_cmphex(entry(fake, 2, 0), ==, 0x80000007);
    g_assert_cmphex(load(fake, 0, args[2], 8), ==, UINT64_MAX);
    /* The end by a store. */
    g_assert_cmphex(accept(fake, 2), ==, NSR << 8 | 6);
    store(fake, 2, args[1] + 0x400, 8, 0);
    g_assert_cmphex(state(fake, 2), ==, 0);
    /* Stores elsewhere in that page mean nothing. */
    store(fake, 2, args[1], 8, 0);
    store(fake, 2, args[1] + 0xd00, 8, 0);
    g_assert_cmphex(state(fake, 2), ==, 0);
    machine_free(fake);
}

static void test_states(void)
{
    FakeVm *fake = machine_new(FAKE_HV_NESTED);

    set_up(fake, VTY, 0, 1);
    for (uint64_t to = 0; to < 4; to++) {
        for (uint64_t from = 0; from < 4; from++) {
            esb(fake, VTY, 0xc00 + (from << 8));
            g_assert_cmphex(esb(fake, VTY, 0xc00 + (to << 8)), ==, from);
            g_assert_cmphex(state(fake, VTY), ==, to);
        }
    }
    /* Off stays off, by an event and by an end. */
    esb(fake, VTY, 0xd00);
    irq_pulse(fake->vm.irq, VTY);
    esb(fake, VTY, 0);
    g_assert_cmphex(state(fake, VTY), ==, OFF);
    g_assert_false(line(fake, 0));

    /* By hypercall, the same. */
    uint64_t args[9] = {0, VTY, 0xc00};
    g_assert_cmpint(call(fake, H_INT_ESB, args), ==, H_SUCCESS);
    g_assert_cmphex(args[0], ==, OFF);
    g_assert_cmphex(state(fake, VTY), ==, 0);
    machine_free(fake);
}

static void test_priorities(void)
{
    FakeVm *fake = machine_new(FAKE_HV_NESTED);

    for (uint8_t priority = 0; priority < XIVE_PRIORITIES; priority++) {
        uint32_t lisn = IRQ_SOURCE_BASE + priority;

        g_assert_cmpint(
            call5(fake, H_INT_SET_QUEUE_CONFIG, 1, 0, priority, QUEUE + priority * PAGE, SHIFT), ==,
            H_SUCCESS);
        g_assert_cmpint(call5(fake, H_INT_SET_SOURCE_CONFIG, 2, lisn, 0, priority, priority), ==,
                        H_SUCCESS);
        esb(fake, lisn, 0xc00);
        irq_pulse(fake->vm.irq, lisn);
    }
    g_assert_cmphex(load(fake, 0, TIMA + 0x12, 1), ==, 0xfe);
    g_assert_cmphex(load(fake, 0, TIMA + 0x17, 1), ==, 0);
    /* CPPR 0 takes none, 8 and above is the least favoured. */
    g_assert_false(line(fake, 0));
    set_cppr(fake, 0, 8);
    g_assert_cmphex(load(fake, 0, TIMA + 0x11, 1), ==, 0xff);
    for (uint8_t priority = 0; priority < XIVE_PRIORITIES; priority++) {
        g_assert_true(line(fake, 0));
        g_assert_cmphex(accept(fake, 0), ==, NSR << 8 | priority);
        g_assert_false(line(fake, 0));
        /* The same priority, and those less favoured, wait. */
        set_cppr(fake, 0, priority + 1);
        g_assert_false(line(fake, 0));
        set_cppr(fake, 0, 0xff);
    }
    g_assert_false(line(fake, 0));

    /* A more favoured CPPR takes back what was shown and not accepted. */
    store(fake, 0, TIMA + 0x812, 1, 5);
    g_assert_true(line(fake, 0));
    set_cppr(fake, 0, 5);
    g_assert_false(line(fake, 0));
    g_assert_cmphex(accept(fake, 0), ==, 5);
    set_cppr(fake, 0, 6);
    g_assert_cmphex(accept(fake, 0), ==, NSR << 8 | 5);
    machine_free(fake);
}

/** At its end a queue begins anew with the other generation. */
static void test_queue_wraps(void)
{
    FakeVm *fake = machine_new(FAKE_HV_NESTED);
    uint64_t args[9] = {1, 0, 6};

    set_up(fake, VTY, 0, 9);
    for (unsigned i = 0; i < ENTRIES + 2; i++) {
        irq_pulse(fake->vm.irq, VTY);
        esb(fake, VTY, 0);
    }
    g_assert_cmphex(entry(fake, 0, 0), ==, 9);
    g_assert_cmphex(entry(fake, 0, 1), ==, 9);
    g_assert_cmphex(entry(fake, 0, 2), ==, 0x80000009);
    g_assert_cmphex(entry(fake, 0, ENTRIES - 1), ==, 0x80000009);
    /* And no further: the next queue's page. */
    g_assert_cmphex(entry(fake, 1, 0), ==, 0);
    g_assert_cmpint(call(fake, H_INT_GET_QUEUE_CONFIG, args), ==, H_SUCCESS);
    g_assert_cmphex(args[0], ==, 1);
    g_assert_cmphex(args[1], ==, QUEUE);
    g_assert_cmphex(args[2], ==, SHIFT);
    g_assert_cmphex(args[3], ==, 2);

    /* Set again, it begins anew. */
    g_assert_cmpint(call5(fake, H_INT_SET_QUEUE_CONFIG, 1, 0, 6, QUEUE, SHIFT), ==, H_SUCCESS);
    memcpy(args, (uint64_t[]){1, 0, 6}, 3 * sizeof(uint64_t));
    g_assert_cmpint(call(fake, H_INT_GET_QUEUE_CONFIG, args), ==, H_SUCCESS);
    g_assert_cmphex(args[0], ==, 1 | UINT64_C(1) << 62);
    g_assert_cmphex(args[3], ==, 0);
    machine_free(fake);
}

/** Masked, and with its queue taken away: nothing is written, nobody is told. */
static void test_nowhere(void)
{
    FakeVm *fake = machine_new(FAKE_HV_NESTED);

    set_up(fake, VTY, 0, 9);
    g_assert_cmpint(call5(fake, H_INT_SET_SOURCE_CONFIG, 0, VTY, 0, 0xff, 0), ==, H_SUCCESS);
    irq_pulse(fake->vm.irq, VTY);
    g_assert_cmphex(state(fake, VTY), ==, PENDING);
    g_assert_cmphex(entry(fake, 0, 0), ==, 0);
    g_assert_cmpint(call5(fake, H_INT_SET_SOURCE_CONFIG, 0, VTY, 0, 6, 0), ==, H_SUCCESS);
    esb(fake, VTY, 0xc00);
    g_assert_cmpint(call5(fake, H_INT_SET_QUEUE_CONFIG, 1, 0, 6, 0, 0), ==, H_SUCCESS);
    irq_pulse(fake->vm.irq, VTY);
    g_assert_cmphex(entry(fake, 0, 0), ==, 0);
    g_assert_false(line(fake, 0));
    g_assert_cmpint(call5(fake, H_INT_SET_SOURCE_CONFIG, 0, VTY, 0, 6, 0), ==, H_P4);
    machine_free(fake);
}

static void test_level(void)
{
    FakeVm *fake = machine_new(FAKE_HV_NESTED);
    Irq *irq = fake->vm.irq;
    uint64_t args[9] = {0, LSI};

    g_assert_cmpint(irq_claim(irq, LSI, 1), ==, 0);
    g_assert_cmpint(call(fake, H_INT_GET_SOURCE_INFO, args), ==, H_SUCCESS);
    g_assert_cmphex(args[0], ==, 4);
    g_assert_cmphex(args[1], ==, trigger_page(LSI) + PAGE);
    g_assert_cmphex(args[2], ==, UINT64_MAX);

    /* Up before the guest is ready for it. */
    irq_set_level(irq, LSI, TRUE);
    g_assert_cmphex(state(fake, LSI), ==, OFF);
    set_up(fake, LSI, 0, 3);
    for (unsigned i = 0; i < 3; i++) {
        g_assert_cmphex(entry(fake, 0, i), ==, 0x80000003);
        g_assert_cmphex(state(fake, LSI), ==, PENDING);
        g_assert_true(line(fake, 0));
        g_assert_cmphex(accept(fake, 0), ==, NSR << 8 | 6);
        set_cppr(fake, 0, 0xff);
        /* A trigger by the guest counts for nothing. */
        store(fake, 0, trigger_page(LSI), 8, 0);
        esb(fake, LSI, 0);
    }
    g_assert_cmphex(accept(fake, 0), ==, NSR << 8 | 6);
    irq_set_level(irq, LSI, FALSE);
    esb(fake, LSI, 0);
    g_assert_cmphex(state(fake, LSI), ==, 0);
    g_assert_cmphex(entry(fake, 0, 4), ==, 0);

    /* Masked and unmasked while up. */
    esb(fake, LSI, 0xd00);
    irq_set_level(irq, LSI, TRUE);
    g_assert_cmphex(entry(fake, 0, 4), ==, 0);
    esb(fake, LSI, 0xc00);
    g_assert_cmphex(entry(fake, 0, 4), ==, 0x80000003);
    machine_free(fake);
}

/** Odd places and sizes: defined, and without effect. */
static void test_odd_accesses(void)
{
    FakeVm *fake = machine_new(FAKE_HV_NESTED);
    Irq *irq = fake->vm.irq;
    Vcpu *cpu = fake->vm.vcpus[0];
    uint8_t data[8] = {1, 2, 3, 4, 5, 6, 7, 8};
    static const uint64_t nothing[] = {
        0,
        IRQ_XIVE_ESB_BASE - 8,
        IRQ_XIVE_ESB_BASE + CPUS * 2 * PAGE,
        IRQ_XIVE_ESB_BASE + (IRQ_SOURCE_BASE + IRQ_BLOCK) * 2 * PAGE,
        IRQ_XIVE_ESB_BASE + IRQ_SOURCE_END * 2 * PAGE,
        TIMA - PAGE,
        TIMA + PAGE,
        TIMA + PAGE - 4,
        UINT64_MAX,
        UINT64_MAX - 7,
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(nothing); i++) {
        g_assert_false(irq_access(irq, cpu, nothing[i], data, 8, FALSE));
        g_assert_false(irq_access(irq, cpu, nothing[i], data, 8, TRUE));
        g_assert_cmpuint(data[0], ==, 1);
    }
    set_up(fake, VTY, 0, 9);
    for (unsigned length = 1; length <= 8; length *= 2) {
        for (uint64_t offset = 0; offset <= 0x1000 - length; offset++) {
            if (offset + length > 0x810 && offset < 0x814)
                continue;
            load(fake, 0, TIMA + offset, length);
            if (!(offset == 0x11 && length == 1))
                store(fake, 0, TIMA + offset, length, 0);
        }
    }
    g_assert_cmphex(load(fake, 0, TIMA + 0x10, 8), ==, UINT64_C(0x00ff00ffff00ffff));
    /* Parts of a doubleword. */
    esb(fake, VTY, 0xe00);
    g_assert_cmphex(load(fake, 0, trigger_page(VTY) + PAGE + 0x800, 4), ==, 0);
    g_assert_cmphex(load(fake, 0, trigger_page(VTY) + PAGE + 0x804, 4), ==, PENDING);
    g_assert_cmphex(load(fake, 0, trigger_page(VTY) + PAGE + 0x807, 1), ==, PENDING);
    g_assert_cmphex(load(fake, 0, trigger_page(VTY) + PAGE + 0x807, 2), ==, PENDING << 8 | 0xff);
    machine_free(fake);
}

/** H_INT_RESET leaves nothing of sources and queues; a reset of the machine, of contexts too. */
static void test_resets(void)
{
    FakeVm *fake = machine_new(FAKE_HV_NESTED);
    uint64_t args[9] = {0, VTY};

    set_up(fake, VTY, 1, 9);
    irq_pulse(fake->vm.irq, VTY);
    g_assert_true(line(fake, 1));
    g_assert_cmpint(call5(fake, H_INT_RESET, 0, 0, 0, 0, 0), ==, H_SUCCESS);
    g_assert_cmphex(state(fake, VTY), ==, OFF);
    g_assert_cmpint(call(fake, H_INT_GET_SOURCE_CONFIG, args), ==, H_SUCCESS);
    g_assert_cmphex(args[1], ==, XIVE_MASKED);
    g_assert_cmpint(call5(fake, H_INT_SET_SOURCE_CONFIG, 0, VTY, 1, 6, 0), ==, H_P4);
    g_assert_true(irq_reset(fake->vm.irq, NULL));
    g_assert_false(line(fake, 1));
    g_assert_cmphex(accept(fake, 1), ==, 0);

    /* Leaving it for XICS takes the inputs down, and its pages away. */
    set_up(fake, VTY, 1, 9);
    irq_pulse(fake->vm.irq, VTY);
    g_assert_true(line(fake, 1));
    fake->config.irq = IRQ_AUTO;
    g_assert_true(irq_switch(fake->vm.irq, FALSE, NULL));
    g_assert_cmpint(irq_kind(fake->vm.irq), ==, IRQ_KIND_XICS_USER);
    g_assert_false(line(fake, 1));
    uint8_t data[8];
    g_assert_false(irq_access(fake->vm.irq, fake->vm.vcpus[0], trigger_page(VTY), data, 8, FALSE));
    g_assert_cmpint(call5(fake, H_INT_RESET, 0, 0, 0, 0, 0), ==, H_FUNCTION);
    g_assert_true(irq_switch(fake->vm.irq, TRUE, NULL));
    g_assert_cmpint(irq_kind(fake->vm.irq), ==, IRQ_KIND_XIVE_USER);
    g_assert_cmphex(state(fake, VTY), ==, OFF);
    machine_free(fake);
}

/** A large machine's H_INT_RESET takes several calls. */
static void test_reset_in_slices(void)
{
    FakeVm *fake = fake_vm_new(FAKE_HV_POWER9, 1024, 1, 1, MEMORY);
    unsigned calls = 1;

    fake->config.irq_place = IRQ_IN_USER;
    fake->vm.irq = irq_new(&fake->vm, NULL);
    while (call5(fake, H_INT_RESET, 0, 0, 0, 0, 0) == H_LONG_BUSY_1_MSEC)
        calls++;
    g_assert_cmpuint(calls, ==, (2 * 1024 + IRQ_BLOCKS + 255) / 256);
    machine_free(fake);
}

/* --- several threads ------------------------------------------------------------------------- */

enum { PULSES = 20000 };

static gpointer pulse_thread(gpointer opaque)
{
    FakeVm *fake = opaque;

    for (unsigned i = 0; i < PULSES; i++)
        irq_pulse(fake->vm.irq, VTY);
    return NULL;
}

/** Events against acceptance and end: after the last one nothing is left behind. */
static void test_threads(void)
{
    FakeVm *fake = machine_new(FAKE_HV_NESTED);
    uint32_t next = 0, taken = 0;

    set_up(fake, VTY, 0, 5);
    GThread *thread = g_thread_new("pulse", pulse_thread, fake);
    for (unsigned idle = 0; idle < 1000;) {
        uint16_t accepted = accept(fake, 0);
        if (!(accepted >> 8)) {
            idle = taken && !line(fake, 0) && state(fake, VTY) == 0 ? idle + 1 : 0;
            g_thread_yield();
            continue;
        }
        idle = 0;
        while (entry(fake, 0, next) == 0x80000005) {
            next++;
            taken++;
            esb(fake, VTY, 0);
        }
        set_cppr(fake, 0, 0xff);
    }
    g_thread_join(thread);
    /* What came after the loop's last look is still there to be taken. */
    if (state(fake, VTY) & PENDING)
        g_assert_true(line(fake, 0));
    g_assert_cmphex(entry(fake, 0, next), ==, line(fake, 0) ? 0x80000005 : 0);
    machine_free(fake);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/xive-user/power-on", test_power_on);
    g_test_add_func("/xive-user/event", test_event);
    g_test_add_func("/xive-user/ipi", test_ipi);
    g_test_add_func("/xive-user/states", test_states);
    g_test_add_func("/xive-user/priorities", test_priorities);
    g_test_add_func("/xive-user/queue-wraps", test_queue_wraps);
    g_test_add_func("/xive-user/nowhere", test_nowhere);
    g_test_add_func("/xive-user/level", test_level);
    g_test_add_func("/xive-user/odd-accesses", test_odd_accesses);
    g_test_add_func("/xive-user/resets", test_resets);
    g_test_add_func("/xive-user/reset-in-slices", test_reset_in_slices);
    g_test_add_func("/xive-user/threads", test_threads);
    return g_test_run();
}
