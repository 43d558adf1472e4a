/* SPDX-License-Identifier: GPL-2.0-or-later */
/* H_INT_*: every argument check, every refusal of KVM, and what the guest reads back. */
#include <errno.h>
#include <string.h>

#include "hcall/hcall.h"
#include "hw/spapr/irq/irq.h"
#include "src/base/guest_mem.h"
#include "tests/unit/fake_vm.h"

enum { PAGE = 65536, MEMORY = 16 << 20, VTY = IRQ_SOURCE_VTY };

/** Two cores of two threads, ids 0, 1, 8 and 9, on a POWER9. */
typedef struct {
    FakeVm *fake;
    Irq *irq;
} Machine;

static void machine_init(Machine *m, IrqChoice choice)
{
    GError *error = NULL;

    m->fake = fake_vm_new(FAKE_HV_POWER9, 4, 2, 8, MEMORY);
    m->fake->config.irq = choice;
    m->irq = m->fake->vm.irq = irq_new(&m->fake->vm, &error);
    g_assert_no_error(error);
    fake_vm_add_vcpus(m->fake);
    for (unsigned i = 0; i < m->fake->vm.n_vcpus; i++) {
        irq_attach_vcpu(m->irq, m->fake->vm.vcpus[i], &error);
        g_assert_no_error(error);
    }
    hv_fake_forget(m->fake->host);
}

static void machine_finish(Machine *m)
{
    irq_free(m->irq);
    fake_vm_free(m->fake);
}

/** One call on vCPU 0's thread; @args are r4 to r8 in, and r4 to r12 out. */
static HcallRet call(Machine *m, uint32_t number, uint64_t *args)
{
    for (const HcallDef *def = h_xive_defs; def->name; def++) {
        if (def->number == number)
            return def->handler(m->fake->vm.vcpus[0], args);
    }
    g_assert_not_reached();
}

static HcallRet call5(Machine *m, uint32_t number, uint64_t a, uint64_t b, uint64_t c, uint64_t d,
                      uint64_t e)
{
    uint64_t args[9] = {a, b, c, d, e};

    return call(m, number, args);
}

/** A queue for each server, of the priority that the tree leaves to the guest. */
static void give_queues(Machine *m)
{
    static const uint64_t servers[] = {0, 1, 8, 9};

    for (unsigned i = 0; i < G_N_ELEMENTS(servers); i++)
        g_assert_cmpint(call5(m, H_INT_SET_QUEUE_CONFIG, 1, servers[i], 6, 3 * PAGE, 16), ==,
                        H_SUCCESS);
}

typedef struct {
    uint32_t number;
    uint64_t args[5];
    HcallRet ret;
} ArgumentCase;

#define ONES UINT64_MAX
#define WIDE (UINT64_C(1) << 32)

static const ArgumentCase argument_cases[] = {
    {H_INT_GET_SOURCE_INFO, {0, 0}, H_SUCCESS},
    {H_INT_GET_SOURCE_INFO, {0, 9}, H_SUCCESS},
    {H_INT_GET_SOURCE_INFO, {0, VTY}, H_SUCCESS},
    {H_INT_GET_SOURCE_INFO, {1, VTY}, H_PARAMETER},
    {H_INT_GET_SOURCE_INFO, {ONES, VTY}, H_PARAMETER},
    {H_INT_GET_SOURCE_INFO, {0, 10}, H_P2},
    {H_INT_GET_SOURCE_INFO, {0, IRQ_SOURCE_BASE - 1}, H_P2},
    {H_INT_GET_SOURCE_INFO, {0, IRQ_SOURCE_BASE + IRQ_BLOCK}, H_P2},
    {H_INT_GET_SOURCE_INFO, {0, WIDE}, H_P2},
    {H_INT_GET_SOURCE_INFO, {0, WIDE | VTY}, H_P2},
    {H_INT_GET_SOURCE_INFO, {0, ONES}, H_P2},

    {H_INT_SET_SOURCE_CONFIG, {0, VTY, 8, 6, 0}, H_SUCCESS},
    {H_INT_SET_SOURCE_CONFIG, {2, VTY, 9, 6, 0x7fffffff}, H_SUCCESS},
    {H_INT_SET_SOURCE_CONFIG, {2, VTY, 9, 0, 0x7fffffff}, H_P4},
    {H_INT_SET_SOURCE_CONFIG, {1, VTY, 9, 0, 0}, H_SUCCESS},
    {H_INT_SET_SOURCE_CONFIG, {3, 9, 1, 0, 5}, H_SUCCESS},
    {H_INT_SET_SOURCE_CONFIG, {0, VTY, ONES, 0xff, 0}, H_SUCCESS},
    {H_INT_SET_SOURCE_CONFIG, {4, VTY, 0, 0, 0}, H_PARAMETER},
    {H_INT_SET_SOURCE_CONFIG, {UINT64_C(1) << 63, VTY, 0, 0, 0}, H_PARAMETER},
    {H_INT_SET_SOURCE_CONFIG, {2, 10, 0, 0, 0}, H_P2},
    {H_INT_SET_SOURCE_CONFIG, {2, WIDE | VTY, 0, 0, 0}, H_P2},
    {H_INT_SET_SOURCE_CONFIG, {2, VTY, 2, 0, 0}, H_P3},
    {H_INT_SET_SOURCE_CONFIG, {2, VTY, 10, 0, 0}, H_P3},
    {H_INT_SET_SOURCE_CONFIG, {2, VTY, WIDE, 0, 0}, H_P3},
    {H_INT_SET_SOURCE_CONFIG, {2, VTY, 0, 7, 0}, H_P4},
    {H_INT_SET_SOURCE_CONFIG, {2, VTY, 0, 0xfe, 0}, H_P4},
    {H_INT_SET_SOURCE_CONFIG, {2, VTY, 0, 0x1ff, 0}, H_P4},
    {H_INT_SET_SOURCE_CONFIG, {2, VTY, 0, WIDE, 0}, H_P4},
    {H_INT_SET_SOURCE_CONFIG, {2, VTY, 0, 0, 0x80000000}, H_P5},
    {H_INT_SET_SOURCE_CONFIG, {2, VTY, 0, 0, WIDE}, H_P5},

    {H_INT_GET_SOURCE_CONFIG, {0, VTY}, H_SUCCESS},
    {H_INT_GET_SOURCE_CONFIG, {1, VTY}, H_PARAMETER},
    {H_INT_GET_SOURCE_CONFIG, {0, 10}, H_P2},
    {H_INT_GET_SOURCE_CONFIG, {0, ONES}, H_P2},

    {H_INT_GET_QUEUE_INFO, {0, 8, 6}, H_SUCCESS},
    {H_INT_GET_QUEUE_INFO, {1, 8, 6}, H_PARAMETER},
    {H_INT_GET_QUEUE_INFO, {0, 2, 6}, H_P2},
    {H_INT_GET_QUEUE_INFO, {0, WIDE | 8, 6}, H_P2},
    {H_INT_GET_QUEUE_INFO, {0, 8, 7}, H_P3},
    {H_INT_GET_QUEUE_INFO, {0, 8, WIDE}, H_P3},

    {H_INT_SET_QUEUE_CONFIG, {1, 8, 6, PAGE, 16}, H_SUCCESS},
    {H_INT_SET_QUEUE_CONFIG, {1, 8, 6, MEMORY - PAGE, 16}, H_SUCCESS},
    {H_INT_SET_QUEUE_CONFIG, {0, 8, 6, 0, 0}, H_SUCCESS},
    {H_INT_SET_QUEUE_CONFIG, {1, 8, 6, ONES, 0}, H_SUCCESS},
    {H_INT_SET_QUEUE_CONFIG, {1, 8, 5, PAGE, 16}, H_P3},
    {H_INT_SET_QUEUE_CONFIG, {0, 8, 5, 0, 0}, H_SUCCESS},
    {H_INT_SET_QUEUE_CONFIG, {2, 8, 6, PAGE, 16}, H_PARAMETER},
    {H_INT_SET_QUEUE_CONFIG, {0, 8, 6, PAGE, 16}, H_PARAMETER},
    {H_INT_SET_QUEUE_CONFIG, {1, 2, 6, PAGE, 16}, H_P2},
    {H_INT_SET_QUEUE_CONFIG, {1, ONES, 6, PAGE, 16}, H_P2},
    {H_INT_SET_QUEUE_CONFIG, {1, 8, 7, PAGE, 16}, H_P3},
    {H_INT_SET_QUEUE_CONFIG, {1, 8, ONES, PAGE, 16}, H_P3},
    {H_INT_SET_QUEUE_CONFIG, {1, 8, 6, PAGE + 4096, 16}, H_P4},
    {H_INT_SET_QUEUE_CONFIG, {1, 8, 6, MEMORY, 16}, H_P4},
    {H_INT_SET_QUEUE_CONFIG, {1, 8, 6, IRQ_XIVE_ESB_BASE, 16}, H_P4},
    {H_INT_SET_QUEUE_CONFIG, {1, 8, 6, ONES & ~UINT64_C(0xffff), 16}, H_P4},
    {H_INT_SET_QUEUE_CONFIG, {1, 8, 6, PAGE, 12}, H_P5},
    {H_INT_SET_QUEUE_CONFIG, {1, 8, 6, 0, 24}, H_P5},
    {H_INT_SET_QUEUE_CONFIG, {1, 8, 6, 0, 64}, H_P5},
    {H_INT_SET_QUEUE_CONFIG, {1, 8, 6, 0, WIDE | 16}, H_P5},

    {H_INT_GET_QUEUE_CONFIG, {0, 8, 6}, H_SUCCESS},
    {H_INT_GET_QUEUE_CONFIG, {1, 8, 6}, H_SUCCESS},
    {H_INT_GET_QUEUE_CONFIG, {2, 8, 6}, H_PARAMETER},
    {H_INT_GET_QUEUE_CONFIG, {0, 7, 6}, H_P2},
    {H_INT_GET_QUEUE_CONFIG, {0, 8, 7}, H_P3},

    {H_INT_SET_OS_REPORTING_LINE, {0, 8, ONES}, H_SUCCESS},
    {H_INT_SET_OS_REPORTING_LINE, {1, 8, ONES}, H_PARAMETER},
    {H_INT_SET_OS_REPORTING_LINE, {0, 3, ONES}, H_P2},
    {H_INT_SET_OS_REPORTING_LINE, {0, 8, 128}, H_P3},
    {H_INT_SET_OS_REPORTING_LINE, {0, 8, MEMORY}, H_P3},
    {H_INT_SET_OS_REPORTING_LINE, {0, 8, 256}, H_UNSUPPORTED},
    {H_INT_GET_OS_REPORTING_LINE, {0, 8}, H_SUCCESS},
    {H_INT_GET_OS_REPORTING_LINE, {1, 8}, H_PARAMETER},
    {H_INT_GET_OS_REPORTING_LINE, {0, ONES}, H_P2},

    {H_INT_ESB, {0, VTY, 0x800, 0}, H_SUCCESS},
    {H_INT_ESB, {1, VTY, 0, 0}, H_SUCCESS},
    {H_INT_ESB, {0, VTY, PAGE - 8, 0}, H_SUCCESS},
    {H_INT_ESB, {2, VTY, 0, 0}, H_PARAMETER},
    {H_INT_ESB, {0, 10, 0, 0}, H_P2},
    {H_INT_ESB, {1, IRQ_SOURCE_BASE + IRQ_BLOCK, 0, 0}, H_P2},
    {H_INT_ESB, {0, VTY, PAGE, 0}, H_P3},
    {H_INT_ESB, {1, VTY, ONES - 7, 0}, H_P3},
    {H_INT_ESB, {0, VTY, WIDE, 0}, H_P3},
    {H_INT_ESB, {0, VTY, 4, 0}, H_P3},
    {H_INT_ESB, {0, VTY, 1, 0}, H_P3},

    {H_INT_SYNC, {0, VTY}, H_SUCCESS},
    {H_INT_SYNC, {0, 1}, H_SUCCESS},
    {H_INT_SYNC, {1, VTY}, H_PARAMETER},
    {H_INT_SYNC, {0, 10}, H_P2},

    {H_INT_RESET, {0}, H_SUCCESS},
    {H_INT_RESET, {1}, H_PARAMETER},
    {H_INT_RESET, {ONES}, H_PARAMETER},
};

static void test_arguments(void)
{
    Machine m;

    machine_init(&m, IRQ_XIVE);
    give_queues(&m);
    for (unsigned i = 0; i < G_N_ELEMENTS(argument_cases); i++) {
        const ArgumentCase *c = &argument_cases[i];
        uint64_t args[9] = {0};
        unsigned before = hv_fake_count(m.fake->host, FAKE_IRQCHIP_ATTR_SET);

        memcpy(args, c->args, sizeof(c->args));
        g_test_message("case %u: call %#x", i, c->number);
        g_assert_cmpint(call(&m, c->number, args), ==, c->ret);
        if (c->ret == H_SUCCESS)
            continue;
        /* A refused call changes nothing, in KVM or in the guest's registers. */
        g_assert_cmpuint(hv_fake_count(m.fake->host, FAKE_IRQCHIP_ATTR_SET), ==, before);
        g_assert_cmpmem(args, sizeof(c->args), c->args, sizeof(c->args));
    }
    machine_finish(&m);
}

/** With another controller none of the calls exists. */
static void test_no_xive(void)
{
    Machine m;

    machine_init(&m, IRQ_XICS);
    for (unsigned i = 0; i < G_N_ELEMENTS(argument_cases); i++) {
        uint64_t args[9] = {0};

        memcpy(args, argument_cases[i].args, sizeof(argument_cases[i].args));
        g_assert_cmpint(call(&m, argument_cases[i].number, args), ==, H_FUNCTION);
    }
    machine_finish(&m);
}

static void test_source_info(void)
{
    Machine m;

    machine_init(&m, IRQ_XIVE);
    for (unsigned i = 0; i < 2; i++) {
        uint64_t lisn = i ? VTY : 3, args[9] = {0, lisn};

        g_assert_cmpint(call(&m, H_INT_GET_SOURCE_INFO, args), ==, H_SUCCESS);
        g_assert_cmphex(args[0], ==, 0);
        g_assert_cmphex(args[1], ==, IRQ_XIVE_ESB_BASE + (2 * lisn + 1) * PAGE);
        g_assert_cmphex(args[2], ==, IRQ_XIVE_ESB_BASE + 2 * lisn * PAGE);
        g_assert_cmphex(args[3], ==, 16);
    }
    machine_finish(&m);
}

static void check_source(Machine *m, uint64_t lisn, uint64_t server, uint64_t priority,
                         uint64_t eisn)
{
    uint64_t args[9] = {0, lisn};

    g_assert_cmpint(call(m, H_INT_GET_SOURCE_CONFIG, args), ==, H_SUCCESS);
    g_assert_cmphex(args[0], ==, server);
    g_assert_cmphex(args[1], ==, priority);
    g_assert_cmphex(args[2], ==, eisn);
}

static void check_kvm_source(Machine *m, uint64_t lisn, uint64_t wanted)
{
    uint64_t value;

    g_assert_true(hv_fake_attr(m->fake->vm.hv, HV_IRQ_ATTR_XIVE_SOURCE_CONFIG, lisn, &value));
    g_assert_cmphex(value, ==, wanted);
}

static void test_source_config(void)
{
    Machine m;

    machine_init(&m, IRQ_XIVE);
    give_queues(&m);
    check_source(&m, VTY, 0, 0xff, VTY);

    g_assert_cmpint(call5(&m, H_INT_SET_SOURCE_CONFIG, 2, VTY, 9, 6, 0x123), ==, H_SUCCESS);
    check_source(&m, VTY, 9, 6, 0x123);
    check_kvm_source(&m, VTY, 6 | 9 << 3 | UINT64_C(0x123) << 33);
    /* Without the flag the number stays. */
    g_assert_cmpint(call5(&m, H_INT_SET_SOURCE_CONFIG, 0, VTY, 8, 6, 0x456), ==, H_SUCCESS);
    check_source(&m, VTY, 8, 6, 0x123);
    /* The largest number and server survive the packing. */
    g_assert_cmpint(call5(&m, H_INT_SET_SOURCE_CONFIG, 2, VTY, 9, 6, 0x7fffffff), ==, H_SUCCESS);
    check_kvm_source(&m, VTY, 6 | 9 << 3 | UINT64_C(0x7fffffff) << 33);

    /* Both ways to mask. */
    g_assert_cmpint(call5(&m, H_INT_SET_SOURCE_CONFIG, 0, VTY, 77, 0xff, 0), ==, H_SUCCESS);
    check_source(&m, VTY, 9, 0xff, 0x7fffffff);
    check_kvm_source(&m, VTY, UINT64_C(1) << 32);
    g_assert_cmpint(call5(&m, H_INT_SET_SOURCE_CONFIG, 1, 4, 1, 3, 0), ==, H_SUCCESS);
    check_source(&m, 4, 1, 0xff, 4);
    check_kvm_source(&m, 4, UINT64_C(1) << 32);

    /* KVM refuses: the guest is told, and what was set before stands. */
    g_assert_cmpint(call5(&m, H_INT_SET_SOURCE_CONFIG, 2, 4, 8, 6, 44), ==, H_SUCCESS);
    static const int errors[] = {ENXIO, EBUSY, EINVAL, ENOENT, EFAULT, ENOMEM, EINTR};
    for (unsigned i = 0; i < G_N_ELEMENTS(errors); i++) {
        hv_fake_fail(m.fake->host, FAKE_IRQCHIP_ATTR_SET, 1, errors[i]);
        g_assert_cmpint(call5(&m, H_INT_SET_SOURCE_CONFIG, 2, 4, 0, 6, 55), ==, H_HARDWARE);
        check_source(&m, 4, 8, 6, 44);
    }
    machine_finish(&m);
}

/**
 * What KVM would warn about on the host's console is refused before: a queue
 * that is not there, of the server itself, or of another one that KVM tries
 * when it has counted one queue full.
 */
static void test_no_queue(void)
{
    const unsigned full = (1 << 14) - 2;
    Machine m;

    machine_init(&m, IRQ_XIVE);
    g_assert_cmpint(call5(&m, H_INT_SET_SOURCE_CONFIG, 0, VTY, 8, 6, 0), ==, H_P4);
    g_assert_cmpint(call5(&m, H_INT_SET_QUEUE_CONFIG, 1, 8, 6, PAGE, 16), ==, H_SUCCESS);
    g_assert_cmpint(call5(&m, H_INT_SET_SOURCE_CONFIG, 0, VTY, 8, 5, 0), ==, H_P4);
    for (unsigned i = 0; i < full; i++)
        g_assert_cmpint(call5(&m, H_INT_SET_SOURCE_CONFIG, 2, VTY, 8, 6, i), ==, H_SUCCESS);

    unsigned before = hv_fake_count(m.fake->host, FAKE_IRQCHIP_ATTR_SET);
    g_assert_cmpint(call5(&m, H_INT_SET_SOURCE_CONFIG, 2, VTY, 8, 6, full), ==, H_HARDWARE);
    g_assert_cmpuint(hv_fake_count(m.fake->host, FAKE_IRQCHIP_ATTR_SET), ==, before);
    check_source(&m, VTY, 8, 6, full - 1);
    g_assert_cmpint(call5(&m, H_INT_SET_SOURCE_CONFIG, 0, VTY, 0, 0xff, 0), ==, H_SUCCESS);
    /* A new queue is counted on, since KVM does so; where all have one, KVM decides. */
    g_assert_cmpint(call5(&m, H_INT_SET_QUEUE_CONFIG, 1, 8, 6, PAGE, 16), ==, H_SUCCESS);
    g_assert_cmpint(call5(&m, H_INT_SET_SOURCE_CONFIG, 0, VTY, 8, 6, 0), ==, H_HARDWARE);
    give_queues(&m);
    g_assert_cmpint(call5(&m, H_INT_SET_SOURCE_CONFIG, 0, VTY, 8, 6, 0), ==, H_SUCCESS);
    machine_finish(&m);
}

static void check_queue(Machine *m, uint64_t server, uint64_t priority, uint64_t flags,
                        uint64_t address, uint64_t shift)
{
    uint64_t args[9] = {0, server, priority};

    g_assert_cmpint(call(m, H_INT_GET_QUEUE_CONFIG, args), ==, H_SUCCESS);
    g_assert_cmphex(args[0], ==, flags);
    g_assert_cmphex(args[1], ==, address);
    g_assert_cmphex(args[2], ==, shift);
    g_assert_cmphex(args[3], ==, 0);
}

static void test_queue_config(void)
{
    Machine m;
    FakeHvCall seen;

    machine_init(&m, IRQ_XIVE);
    check_queue(&m, 9, 6, 0, 0, 0);
    g_assert_cmpint(call5(&m, H_INT_SET_QUEUE_CONFIG, 1, 9, 6, 3 * PAGE, 16), ==, H_SUCCESS);
    check_queue(&m, 9, 6, 1, 3 * PAGE, 16);
    check_queue(&m, 8, 6, 0, 0, 0);
    check_queue(&m, 9, 5, 0, 0, 0);
    g_assert_true(hv_fake_last(m.fake->host, FAKE_IRQCHIP_ATTR_SET, &seen));
    g_assert_cmphex(seen.args[0], ==, HV_IRQ_ATTR_XIVE_EQ_CONFIG);
    g_assert_cmphex(seen.args[1], ==, 9 << 3 | 6);
    g_assert_cmphex(seen.eq.flags, ==, 1);
    g_assert_cmphex(seen.eq.qshift, ==, 16);
    g_assert_cmphex(seen.eq.qaddr, ==, 3 * PAGE);
    g_assert_cmphex(seen.eq.qtoggle, ==, 1);
    g_assert_cmphex(seen.eq.qindex, ==, 0);

    /* For debugging KVM is asked where the hardware is. */
    HvXiveEq eq = {.flags = 1, .qshift = 16, .qaddr = 3 * PAGE, .qtoggle = 1, .qindex = 77};
    m.fake->vm.ops->irqchip_attr_set(m.fake->vm.hv, HV_IRQ_ATTR_XIVE_EQ_CONFIG, 9 << 3 | 6, &eq);
    uint64_t args[9] = {1, 9, 6};
    g_assert_cmpint(call(&m, H_INT_GET_QUEUE_CONFIG, args), ==, H_SUCCESS);
    g_assert_cmphex(args[0], ==, UINT64_C(1) << 62 | 1);
    g_assert_cmphex(args[3], ==, 77);
    hv_fake_fail(m.fake->host, FAKE_IRQCHIP_ATTR_GET, 1, EIO);
    g_assert_cmpint(call5(&m, H_INT_GET_QUEUE_CONFIG, 1, 9, 6, 0, 0), ==, H_HARDWARE);

    static const int errors[] = {EINVAL, ENOENT, EIO, EFAULT, ENOMEM};
    for (unsigned i = 0; i < G_N_ELEMENTS(errors); i++) {
        hv_fake_fail(m.fake->host, FAKE_IRQCHIP_ATTR_SET, 1, errors[i]);
        g_assert_cmpint(call5(&m, H_INT_SET_QUEUE_CONFIG, 1, 9, 6, PAGE, 16), ==, H_HARDWARE);
        check_queue(&m, 9, 6, 1, 3 * PAGE, 16);
        hv_fake_fail(m.fake->host, FAKE_IRQCHIP_ATTR_SET, 1, errors[i]);
        g_assert_cmpint(call5(&m, H_INT_SET_QUEUE_CONFIG, 0, 9, 6, 0, 0), ==, H_HARDWARE);
        check_queue(&m, 9, 6, 1, 3 * PAGE, 16);
    }
    g_assert_cmpint(call5(&m, H_INT_SET_QUEUE_CONFIG, 1, 9, 6, 5 * PAGE, 0), ==, H_SUCCESS);
    check_queue(&m, 9, 6, 0, 0, 0);

    /* KVM bears one priority per server, for as long as the VM lives, reset or not. */
    unsigned before = hv_fake_count(m.fake->host, FAKE_IRQCHIP_ATTR_SET);
    g_assert_cmpint(call5(&m, H_INT_SET_QUEUE_CONFIG, 1, 9, 5, PAGE, 16), ==, H_P3);
    g_assert_cmpuint(hv_fake_count(m.fake->host, FAKE_IRQCHIP_ATTR_SET), ==, before);
    g_assert_cmpint(call5(&m, H_INT_RESET, 0, 0, 0, 0, 0), ==, H_SUCCESS);
    g_assert_true(irq_reset(m.irq, NULL));
    g_assert_cmpint(call5(&m, H_INT_SET_QUEUE_CONFIG, 1, 9, 5, PAGE, 16), ==, H_P3);
    g_assert_cmpint(call5(&m, H_INT_SET_QUEUE_CONFIG, 1, 8, 5, PAGE, 16), ==, H_SUCCESS);
    /* It may have taken the interrupt before it failed. */
    hv_fake_fail(m.fake->host, FAKE_IRQCHIP_ATTR_SET, 1, EIO);
    g_assert_cmpint(call5(&m, H_INT_SET_QUEUE_CONFIG, 1, 1, 5, PAGE, 16), ==, H_HARDWARE);
    g_assert_cmpint(call5(&m, H_INT_SET_QUEUE_CONFIG, 1, 1, 6, PAGE, 16), ==, H_P3);

    uint64_t info[9] = {0, 9, 6};
    g_assert_cmpint(call(&m, H_INT_GET_QUEUE_INFO, info), ==, H_SUCCESS);
    g_assert_cmphex(info[0], ==, UINT64_MAX);
    g_assert_cmphex(info[1], ==, 0);
    machine_finish(&m);
}

/** Loads and stores reach the source's own management page, big-endian. */
static void test_esb(void)
{
    Machine m;
    size_t size;

    machine_init(&m, IRQ_XIVE);
    uint8_t *esb = hv_fake_area(m.fake->vm.hv, HV_XIVE_ESB, &size);
    uint8_t *page = esb + (2 * (size_t)VTY + 1) * PAGE;
    uint64_t args[9] = {1, VTY, 0xc08, UINT64_C(0x0102030405060708)};

    g_assert_cmpint(call(&m, H_INT_ESB, args), ==, H_SUCCESS);
    g_assert_cmphex(args[0], ==, UINT64_MAX);
    for (unsigned i = 0; i < 8; i++)
        g_assert_cmpuint(page[0xc08 + i], ==, i + 1);

    page[0x807] = 3;
    memcpy(args, (uint64_t[]){0, VTY, 0x800, 9}, 4 * sizeof(uint64_t));
    g_assert_cmpint(call(&m, H_INT_ESB, args), ==, H_SUCCESS);
    g_assert_cmphex(args[0], ==, 3);
    machine_finish(&m);
}

static void test_reporting_line(void)
{
    Machine m;
    uint64_t args[9] = {0, 8};

    machine_init(&m, IRQ_XIVE);
    call5(&m, H_INT_SET_OS_REPORTING_LINE, 0, 8, 512, 0, 0);
    g_assert_cmpint(call(&m, H_INT_GET_OS_REPORTING_LINE, args), ==, H_SUCCESS);
    g_assert_cmphex(args[0], ==, UINT64_MAX);
    machine_finish(&m);
}

static void test_sync(void)
{
    Machine m;
    FakeHvCall seen;

    machine_init(&m, IRQ_XIVE);
    g_assert_cmpint(call5(&m, H_INT_SYNC, 0, VTY, 0, 0, 0), ==, H_SUCCESS);
    g_assert_true(hv_fake_last(m.fake->host, FAKE_IRQCHIP_ATTR_SET, &seen));
    g_assert_cmphex(seen.args[0], ==, HV_IRQ_ATTR_XIVE_SOURCE_SYNC);
    g_assert_cmphex(seen.args[1], ==, VTY);
    hv_fake_fail(m.fake->host, FAKE_IRQCHIP_ATTR_SET, 1, EINVAL);
    g_assert_cmpint(call5(&m, H_INT_SYNC, 0, VTY, 0, 0, 0), ==, H_HARDWARE);
    machine_finish(&m);
}

static void configure(Machine *m)
{
    g_assert_cmpint(call5(m, H_INT_SET_QUEUE_CONFIG, 1, 8, 6, PAGE, 16), ==, H_SUCCESS);
    g_assert_cmpint(call5(m, H_INT_SET_SOURCE_CONFIG, 2, VTY, 8, 6, 0x42), ==, H_SUCCESS);
    g_assert_cmpint(call5(m, H_INT_SET_SOURCE_CONFIG, 2, 1, 8, 6, 0x43), ==, H_SUCCESS);
}

static void check_clean(Machine *m)
{
    HvXiveEq eq;

    check_source(m, VTY, 0, 0xff, VTY);
    check_source(m, 1, 0, 0xff, 1);
    check_queue(m, 8, 6, 0, 0, 0);
    m->fake->vm.ops->irqchip_attr_get(m->fake->vm.hv, HV_IRQ_ATTR_XIVE_EQ_CONFIG, 8 << 3 | 6, &eq);
    g_assert_cmphex(eq.qshift, ==, 0);
}

static void test_reset(void)
{
    Machine m;
    FakeHvCall seen;

    machine_init(&m, IRQ_XIVE);
    configure(&m);
    hv_fake_forget(m.fake->host);
    g_assert_cmpint(call5(&m, H_INT_RESET, 0, 0, 0, 0, 0), ==, H_SUCCESS);
    check_clean(&m);
    /* Sources first: no event may reach for a queue that is gone. And KVM's own reset is not
     * used, whose freeing of wake-ups no running vCPU may meet. */
    for (unsigned i = 0; hv_fake_call(m.fake->host, FAKE_IRQCHIP_ATTR_SET, i, &seen); i++) {
        g_assert_cmphex(seen.args[0], !=, HV_IRQ_ATTR_XIVE_CTRL);
        g_assert_cmphex(seen.args[0], ==,
                        i < 10 + IRQ_BLOCK ? HV_IRQ_ATTR_XIVE_SOURCE : HV_IRQ_ATTR_XIVE_EQ_CONFIG);
    }
    g_assert_cmpuint(hv_fake_count(m.fake->host, FAKE_IRQCHIP_ATTR_SET), ==, 10 + IRQ_BLOCK + 1);

    /* Any step may fail; the next call does it all. */
    for (unsigned nth = 1; nth <= 10 + IRQ_BLOCK + 1; nth++) {
        configure(&m);
        hv_fake_fail(m.fake->host, FAKE_IRQCHIP_ATTR_SET, nth, EIO);
        g_assert_cmpint(call5(&m, H_INT_RESET, 0, 0, 0, 0, 0), ==, H_HARDWARE);
        g_assert_cmpint(call5(&m, H_INT_RESET, 0, 0, 0, 0, 0), ==, H_SUCCESS);
        check_clean(&m);
    }
    machine_finish(&m);
}

/** A large machine's reset comes in slices, and a reboot in between is complete. */
static void test_reset_slices(void)
{
    enum { CPUS = 1000 };
    Machine m;
    GError *error = NULL;
    unsigned calls = 1;

    m.fake = fake_vm_new(FAKE_HV_POWER9, CPUS, 1, 1, MEMORY);
    m.irq = m.fake->vm.irq = irq_new(&m.fake->vm, &error);
    g_assert_no_error(error);
    fake_vm_add_vcpus(m.fake);
    for (unsigned i = 0; i < CPUS; i++)
        g_assert_true(irq_attach_vcpu(m.irq, m.fake->vm.vcpus[i], NULL));
    configure(&m);
    while (call5(&m, H_INT_RESET, 0, 0, 0, 0, 0) == H_LONG_BUSY_1_MSEC)
        calls++;
    g_assert_cmpuint(calls, ==, (CPUS + IRQ_BLOCKS + 7 * CPUS + 255) / 256);
    check_clean(&m);

    g_assert_cmpint(call5(&m, H_INT_RESET, 0, 0, 0, 0, 0), ==, H_LONG_BUSY_1_MSEC);
    configure(&m);
    g_assert_true(irq_reset(m.irq, NULL));
    check_clean(&m);
    machine_finish(&m);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/xive/arguments", test_arguments);
    g_test_add_func("/xive/no-xive", test_no_xive);
    g_test_add_func("/xive/source-info", test_source_info);
    g_test_add_func("/xive/source-config", test_source_config);
    g_test_add_func("/xive/no-queue", test_no_queue);
    g_test_add_func("/xive/queue-config", test_queue_config);
    g_test_add_func("/xive/esb", test_esb);
    g_test_add_func("/xive/reporting-line", test_reporting_line);
    g_test_add_func("/xive/sync", test_sync);
    g_test_add_func("/xive/reset", test_reset);
    g_test_add_func("/xive/reset-slices", test_reset_slices);
    return g_test_run();
}
