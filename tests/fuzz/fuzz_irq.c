/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A guest's calls to its interrupt controller, in any order and with any
 * arguments: H_INT_* with XIVE, and loads and stores where that is in user space,
 * XICS' calls and RTAS services otherwise, and devices that raise interrupts meanwhile. Each call
 * returns a code of PAPR's, and a refused one changes nothing in KVM.
 *
 * Input: one byte for the machine, then records of a call and its arguments; an
 * argument is a byte that names a value worth trying, or is followed by eight.
 */
#include <string.h>

#include "hcall/hcall.h"
#include "hw/spapr/irq/irq.h"
#include "hw/spapr/rtas/rtas.h"
#include "src/base/log.h"
#include "tests/fuzz/fuzz.h"
#include "tests/unit/fake_vm.h"

enum { MEMORY = 1 << 20, MAX_CALLS = 256, ARGS = 5 };

typedef struct {
    const uint8_t *data;
    size_t left;
} Input;

static uint8_t take_byte(Input *in)
{
    if (!in->left)
        return 0;
    in->left--;
    return *in->data++;
}

static uint64_t take_value(Input *in)
{
    static const uint64_t values[] = {
        0,          1,          2,
        3,          5,          6,
        7,          8,          9,
        16,         0xff,       0x100,
        0x800,      0xc00,      0xd00,
        0x1000,     0x1002,     0x100f,
        0x1010,     0x10000,    MEMORY - 0x10000,
        MEMORY,     0xff000002, 0xff001000,
        0xff001002, 0x7fffffff, 0x80000000,
        UINT32_MAX, 1ull << 32, IRQ_XIVE_ESB_BASE,
        1ull << 63, UINT64_MAX, 0x1100,
        0x1101,     0x20000,
    };
    uint8_t choice = take_byte(in);
    uint64_t value = 0;

    if (choice < 0xe0)
        return values[choice % G_N_ELEMENTS(values)];
    for (unsigned i = 0; i < 8; i++)
        value = value << 8 | take_byte(in);
    return value;
}

static gboolean is_papr_code(HcallRet ret)
{
    return ret == H_SUCCESS || ret == H_LONG_BUSY_1_MSEC || (ret <= H_HARDWARE && ret >= H_ABORTED);
}

static void do_hcall(FakeVm *fake, Vcpu *cpu, const HcallDef *defs, uint8_t choice, gboolean refuse,
                     Input *in)
{
    uint64_t args[9] = {0}, before[9];
    unsigned count = 0;

    while (defs[count].name)
        count++;
    for (unsigned i = 0; i < ARGS; i++)
        args[i] = take_value(in);
    memcpy(before, args, sizeof(args));

    unsigned changes = hv_fake_count(fake->host, FAKE_IRQCHIP_ATTR_SET);
    HcallRet ret = defs[choice % count].handler(cpu, args);
    check(is_papr_code(ret), "a return code that PAPR does not know");
    check(ret != H_HARDWARE || refuse, "an argument that only KVM found wrong");
    if (ret == H_SUCCESS || ret == H_LONG_BUSY_1_MSEC || ret == H_HARDWARE)
        return;
    check(!memcmp(args, before, sizeof(args)), "a refused call has results");
    check(hv_fake_count(fake->host, FAKE_IRQCHIP_ATTR_SET) == changes,
          "a refused call did something");
}

static void do_rtas(Vcpu *cpu, uint8_t choice, Input *in)
{
    uint32_t args[RTAS_MAX_CELLS] = {0}, rets[RTAS_MAX_CELLS] = {0};
    unsigned count = 0;

    while (rtas_xics_defs[count].name)
        count++;
    for (unsigned i = 0; i < 3; i++)
        args[i] = (uint32_t)take_value(in);
    RtasStatus status = rtas_xics_defs[choice % count].handler(cpu, args, rets);
    check(status == RTAS_SUCCESS || status == RTAS_PARAM_ERROR, "a strange RTAS status");
}

/** A load or store anywhere near the controller's pages. */
static void do_access(FakeVm *fake, Vcpu *cpu, uint8_t choice, Input *in)
{
    static const uint64_t bases[] = {
        IRQ_XIVE_ESB_BASE,
        IRQ_XIVE_ESB_BASE + UINT64_C(0x20000) * IRQ_SOURCE_BASE,
        IRQ_XIVE_ESB_BASE + UINT64_C(0x20000) * IRQ_SOURCE_VTY,
        IRQ_XIVE_ESB_BASE + UINT64_C(0x20000) * IRQ_SOURCE_LSI,
        IRQ_XIVE_TIMA_BASE,
        IRQ_XIVE_TIMA_BASE + 0x20000,
        IRQ_XIVE_TIMA_BASE + 0x20010,
        IRQ_XIVE_TIMA_BASE + 0x20800,
    };
    uint8_t data[8], before[8];
    unsigned length = 1u << (choice >> 4 & 3);
    uint64_t addr = bases[choice & 7] + take_value(in), value = take_value(in);

    memcpy(data, &value, sizeof(data));
    memcpy(before, data, sizeof(data));
    gboolean write = choice >> 7;
    gboolean answered = irq_access(fake->vm.irq, cpu, addr, data, length, write);
    check(answered || !memcmp(data, before, sizeof(data)), "an access to nothing has a result");
    check(!write || !memcmp(data, before, sizeof(data)), "a store changed what is stored");
    check(!memcmp(data + length, before + length, sizeof(data) - length), "a load was too long");
    check(!answered || irq_kind(fake->vm.irq) == IRQ_KIND_XIVE_USER, "pages of no XIVE of ours");
}

/** A vCPU of a user-space XIVE has its input up as its context says. */
static void check_contexts(FakeVm *fake)
{
    for (unsigned i = 0; i < fake->vm.n_vcpus; i++) {
        Vcpu *cpu = fake->vm.vcpus[i];
        uint8_t ring[8];

        check(
            irq_access(fake->vm.irq, cpu, IRQ_XIVE_TIMA_BASE + 0x20010, ring, sizeof(ring), FALSE),
            "a vCPU without a context");
        check(hv_fake_vcpu_line(cpu->hv) == (ring[0] == 0x80), "an input that is not as NSR says");
        check((ring[0] == 0x80) == (ring[7] < ring[1]), "a context at odds with itself");
    }
}

/** What must hold for each vCPU of a user-space controller at any time. */
static void check_lines(FakeVm *fake)
{
    if (irq_kind(fake->vm.irq) == IRQ_KIND_XIVE_USER)
        check_contexts(fake);
    if (irq_kind(fake->vm.irq) != IRQ_KIND_XICS_USER)
        return;
    for (unsigned i = 0; i < fake->vm.n_vcpus; i++) {
        Vcpu *cpu = fake->vm.vcpus[i];
        uint64_t args[9] = {cpu->id};

        for (const HcallDef *def = h_xics_defs; def->name; def++) {
            if (def->number == H_IPOLL)
                check(def->handler(cpu, args) == H_SUCCESS, "a vCPU without a server");
        }
        check(hv_fake_vcpu_line(cpu->hv) == ((args[0] & 0xffffff) != 0),
              "an input that is not what H_IPOLL says");
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    /* What a guest does wrong is told in warnings; here it does nothing else. */
    log_open(NULL, LOG_ERROR, NULL);

    Input in = {data, size};
    uint8_t machine = take_byte(&in);
    g_autoptr(FakeVm) fake =
        fake_vm_new(machine & 1 ? FAKE_HV_POWER9 : FAKE_HV_NESTED, 4, 2, 8, MEMORY);
    Vm *vm = &fake->vm;
    fake->config.irq_place = machine & 2 ? IRQ_IN_USER : IRQ_IN_AUTO;

    vm->irq = irq_new(vm, NULL);
    check(vm->irq != NULL, "no controller");
    fake_vm_add_vcpus(fake);
    for (unsigned i = 0; i < vm->n_vcpus; i++)
        check(irq_attach_vcpu(vm->irq, vm->vcpus[i], NULL), "a vCPU is not connected");

    gboolean refuse = FALSE;
    for (unsigned calls = 0; in.left && calls < MAX_CALLS; calls++) {
        uint8_t what = take_byte(&in), choice = take_byte(&in);
        Vcpu *cpu = vm->vcpus[what >> 4 & 3];

        switch (what & 7) {
        case 0:
            irq_pulse(vm->irq, (uint32_t)take_value(&in));
            break;
        case 1:
            do_rtas(cpu, choice, &in);
            break;
        case 2:
            if (choice) {
                /* KVM will refuse the next record's change. */
                hv_fake_fail(fake->host, FAKE_IRQCHIP_ATTR_SET, 1, choice);
                refuse = TRUE;
                continue;
            }
            hv_fake_fail(fake->host, FAKE_IRQCHIP_ATTR_SET, 0, 0);
            check(irq_reset(vm->irq, NULL), "no reset");
            break;
        case 4:
            do_access(fake, cpu, choice, &in);
            break;
        case 5:
            if (choice & 1)
                irq_set_level(vm->irq, (uint32_t)take_value(&in), choice & 2);
            else
                irq_claim(vm->irq, (uint32_t)take_value(&in), choice >> 1);
            break;
        default:
            do_hcall(fake, cpu, what & 8 ? h_xics_defs : h_xive_defs, choice, refuse, &in);
            break;
        }
        hv_fake_fail(fake->host, FAKE_IRQCHIP_ATTR_SET, 0, 0);
        refuse = FALSE;
        check_lines(fake);
    }
    irq_free(vm->irq);
    return 0;
}

/* Both machines: a queue, a route, an interrupt, its end, what was set, and a reset. */
static const uint8_t seed_xive[] = {
    1,                        /* a XIVE */
    3, 4,  1,  7,  5,  19, 9, /* H_INT_SET_QUEUE_CONFIG: server 8, priority 6 */
    3, 1,  2,  16, 7,  5,  3, /* H_INT_SET_SOURCE_CONFIG */
    0, 0,  16,                /* an interrupt */
    3, 2,  0,  16, 0,  0,  0, /* H_INT_GET_SOURCE_CONFIG */
    3, 5,  1,  7,  5,  0,  0, /* H_INT_GET_QUEUE_CONFIG */
    3, 8,  0,  16, 12, 0,  0, /* H_INT_ESB: a load */
    3, 8,  1,  16, 0,  2,  0, /* H_INT_ESB: a store */
    3, 9,  0,  16, 0,  0,  0, /* H_INT_SYNC */
    2, 5,                     /* KVM refuses what comes next */
    3, 1,  2,  16, 0,  3,  4, /* H_INT_SET_SOURCE_CONFIG */
    3, 10, 0,  0,  0,  0,  0, /* H_INT_RESET */
    2, 0,                     /* a reboot */
};
/* XIVE in user space: an event from its trigger page, accepted, ended; and a level. */
static const uint8_t seed_xive_user[] = {
    3,                          /* a XIVE, ours */
    3, 4,    1,  0,  5,  19, 9, /* H_INT_SET_QUEUE_CONFIG: server 0, priority 6 */
    3, 1,    2,  16, 0,  5,  3, /* H_INT_SET_SOURCE_CONFIG */
    4, 0x86, 1,  10,            /* CPPR 0xff */
    3, 8,    0,  16, 13, 0,  0, /* H_INT_ESB: ready */
    4, 0xb2, 0,  0,             /* a trigger */
    4, 0x17, 9,  0,             /* accepted */
    4, 0x32, 19, 0,             /* its end */
    5, 2,    32,                /* a level-triggered source */
    3, 1,    2,  32, 0,  5,  3, /* H_INT_SET_SOURCE_CONFIG */
    5, 3,    32,                /* its input is up */
    3, 8,    0,  32, 13, 0,  0, /* ready */
    3, 8,    0,  32, 0,  0,  0, /* its end */
    2, 0,                       /* a reboot */
};

static const uint8_t seed_xics[] = {
    0,                       /* XICS in user space */
    0x2b, 1, 10, 0, 0, 0, 0, /* H_CPPR on server 8 */
    1,    1, 16, 7, 4,       /* ibm,set-xive */
    0,    0, 16,             /* an interrupt */
    0x2b, 4, 0,  0, 0, 0, 0, /* H_XIRR */
    0x2b, 0, 24, 0, 0, 0, 0, /* H_EOI */
    0x0b, 2, 7,  5, 0, 0, 0, /* H_IPI to server 8 */
    0x0b, 3, 7,  0, 0, 0, 0, /* H_IPOLL */
    0x2b, 5, 0,  0, 0, 0, 0, /* H_XIRR_X */
    1,    2, 16, 0, 0,       /* ibm,int-off */
    0,    0, 16,             /* an interrupt */
    1,    3, 16, 0, 0,       /* ibm,int-on */
    2,    0,                 /* a reboot */
};

size_t fuzz_seed(unsigned index, uint8_t *buffer, size_t room)
{
    static const struct {
        const uint8_t *data;
        size_t length;
    } seeds[] = {{seed_xive, sizeof(seed_xive)},
                 {seed_xics, sizeof(seed_xics)},
                 {seed_xive_user, sizeof(seed_xive_user)}};

    if (index >= G_N_ELEMENTS(seeds))
        return 0;
    size_t length = MIN(seeds[index].length, room);
    memcpy(buffer, seeds[index].data, length);
    return length;
}
