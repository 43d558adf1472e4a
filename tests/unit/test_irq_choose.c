/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which interrupt controller a machine gets, and that any refusal of the host is survived. */
#include <errno.h>
#include <string.h>

#include "hw/spapr/irq/irq.h"
#include "hw/spapr/rtas/rtas.h"
#include "src/base/error.h"
#include "tests/unit/fake_vm.h"

enum { PAGE_64K = 65536, PAGE_4K = 4096 };

typedef struct {
    FakeHvProfile profile;
    uint64_t page;
    IrqChoice choice;
    IrqPlace place;
    IrqKind kind;
    /** What the error must name, where the choice can't be had. */
    const char *refused;
} ChoiceCase;

#define XICS_KERNEL IRQ_KIND_XICS_KERNEL
#define XICS_USER IRQ_KIND_XICS_USER
#define XIVE_KERNEL IRQ_KIND_XIVE_KERNEL
#define XIVE_USER IRQ_KIND_XIVE_USER

static const ChoiceCase choice_cases[] = {
    {FAKE_HV_POWER8, PAGE_64K, IRQ_AUTO, IRQ_IN_AUTO, XICS_KERNEL, NULL},
    {FAKE_HV_POWER8, PAGE_4K, IRQ_AUTO, IRQ_IN_AUTO, XICS_KERNEL, NULL},
    {FAKE_HV_POWER8, PAGE_64K, IRQ_AUTO, IRQ_IN_USER, XICS_USER, NULL},
    {FAKE_HV_POWER8, PAGE_64K, IRQ_XICS, IRQ_IN_AUTO, XICS_KERNEL, NULL},
    {FAKE_HV_POWER8, PAGE_64K, IRQ_XICS, IRQ_IN_KERNEL, XICS_KERNEL, NULL},
    {FAKE_HV_POWER8, PAGE_64K, IRQ_XICS, IRQ_IN_USER, XICS_USER, NULL},
    /* Its processors know of none, wherever. */
    {FAKE_HV_POWER8, PAGE_64K, IRQ_XIVE, IRQ_IN_AUTO, XIVE_USER, "XICS (kernel)"},
    {FAKE_HV_POWER8, PAGE_64K, IRQ_XIVE, IRQ_IN_USER, XIVE_USER, "POWER9"},
    {FAKE_HV_POWER9, PAGE_64K, IRQ_AUTO, IRQ_IN_AUTO, XIVE_KERNEL, NULL},
    {FAKE_HV_POWER9, PAGE_64K, IRQ_AUTO, IRQ_IN_KERNEL, XIVE_KERNEL, NULL},
    {FAKE_HV_POWER9, PAGE_64K, IRQ_AUTO, IRQ_IN_USER, XIVE_USER, NULL},
    {FAKE_HV_POWER9, PAGE_64K, IRQ_XIVE, IRQ_IN_AUTO, XIVE_KERNEL, NULL},
    {FAKE_HV_POWER9, PAGE_64K, IRQ_XIVE, IRQ_IN_USER, XIVE_USER, NULL},
    {FAKE_HV_POWER9, PAGE_64K, IRQ_XICS, IRQ_IN_AUTO, XICS_KERNEL, NULL},
    {FAKE_HV_POWER9, PAGE_64K, IRQ_XICS, IRQ_IN_USER, XICS_USER, NULL},
    /* KVM's XIVE takes no event queue on such a host. */
    {FAKE_HV_POWER9, PAGE_4K, IRQ_AUTO, IRQ_IN_AUTO, XICS_KERNEL, NULL},
    {FAKE_HV_POWER9, PAGE_4K, IRQ_AUTO, IRQ_IN_KERNEL, XICS_KERNEL, NULL},
    {FAKE_HV_POWER9, PAGE_4K, IRQ_XIVE, IRQ_IN_AUTO, XIVE_USER, NULL},
    {FAKE_HV_POWER9, PAGE_4K, IRQ_XIVE, IRQ_IN_KERNEL, XIVE_USER, "64 KiB"},
    {FAKE_HV_POWER10, PAGE_64K, IRQ_AUTO, IRQ_IN_AUTO, XIVE_KERNEL, NULL},
    {FAKE_HV_POWER10, PAGE_4K, IRQ_AUTO, IRQ_IN_USER, XIVE_USER, NULL},
    {FAKE_HV_NESTED, PAGE_64K, IRQ_AUTO, IRQ_IN_AUTO, XICS_USER, NULL},
    {FAKE_HV_NESTED, PAGE_64K, IRQ_AUTO, IRQ_IN_USER, XIVE_USER, NULL},
    {FAKE_HV_NESTED, PAGE_64K, IRQ_AUTO, IRQ_IN_KERNEL, XICS_USER, "in=kernel"},
    {FAKE_HV_NESTED, PAGE_64K, IRQ_XICS, IRQ_IN_AUTO, XICS_USER, NULL},
    {FAKE_HV_NESTED, PAGE_64K, IRQ_XICS, IRQ_IN_KERNEL, XICS_USER, "in=kernel"},
    {FAKE_HV_NESTED, PAGE_64K, IRQ_XIVE, IRQ_IN_AUTO, XIVE_USER, NULL},
    {FAKE_HV_NESTED, PAGE_64K, IRQ_XIVE, IRQ_IN_KERNEL, XIVE_USER, "partition"},
};

static void test_choices(void)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(choice_cases); i++) {
        const ChoiceCase *c = &choice_cases[i];
        g_autoptr(FakeVm) fake = fake_vm_new(c->profile, 4, 2, 2, 0);
        g_autoptr(GError) error = NULL;

        hv_fake_caps(fake->host)->page_size = c->page;
        fake->config.irq = c->choice;
        fake->config.irq_place = c->place;
        g_assert_cmpint(irq_kind_choose(&fake->config, fake->vm.caps), ==, c->kind);

        g_autoptr(Irq) irq = irq_new(&fake->vm, &error);
        if (c->refused) {
            g_assert_null(irq);
            g_assert_error(error, PAPRIKA_ERROR, PAPRIKA_ERROR_USAGE);
            g_assert_nonnull(strstr(error->message, c->refused));
            continue;
        }
        g_assert_no_error(error);
        g_assert_cmpint(irq_kind(irq), ==, c->kind);
        g_assert_cmpuint(irq_servers(irq), ==, 4);
        g_assert_cmpint(hv_fake_count(fake->host, FAKE_IRQCHIP_NEW), ==,
                        c->kind == XICS_KERNEL || c->kind == XIVE_KERNEL);
    }
}

/** Which one is next when the host refuses to make the one that it said it had. */
static void test_next(void)
{
    static const struct {
        IrqChoice choice;
        IrqPlace place;
        gboolean made;
        IrqKind kind;
    } cases[] = {
        {IRQ_AUTO, IRQ_IN_AUTO, TRUE, XICS_USER},    {IRQ_XIVE, IRQ_IN_AUTO, TRUE, XIVE_USER},
        {IRQ_XICS, IRQ_IN_AUTO, TRUE, XICS_USER},    {IRQ_AUTO, IRQ_IN_KERNEL, FALSE, XICS_USER},
        {IRQ_XIVE, IRQ_IN_KERNEL, FALSE, XICS_USER}, {IRQ_XICS, IRQ_IN_KERNEL, FALSE, XICS_USER},
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(FakeVm) fake = fake_vm_new(FAKE_HV_POWER9, 2, 1, 1, 0);
        g_autoptr(GError) error = NULL;

        fake->config.irq = cases[i].choice;
        fake->config.irq_place = cases[i].place;
        hv_fake_fail_always(fake->host, FAKE_IRQCHIP_NEW, ENOMEM);
        g_autoptr(Irq) irq = irq_new(&fake->vm, &error);
        g_assert_cmpint(irq != NULL, ==, cases[i].made);
        if (irq)
            g_assert_cmpint(irq_kind(irq), ==, cases[i].kind);
        else
            g_assert_error(error, PAPRIKA_ERROR, PAPRIKA_ERROR_HOST);
    }
}

/** In a partition KVM says that it has a XICS; it is not even tried. */
static void test_nested_claims_xics(void)
{
    g_autoptr(FakeVm) fake = fake_vm_new(FAKE_HV_NESTED, 1, 1, 1, 0);

    hv_fake_caps(fake->host)->irq_xics = TRUE;
    hv_fake_caps(fake->host)->irq_xive = TRUE;
    g_autoptr(Irq) irq = irq_new(&fake->vm, NULL);
    g_assert_cmpint(irq_kind(irq), ==, IRQ_KIND_XICS_USER);
    g_assert_cmpuint(hv_fake_count(fake->host, FAKE_IRQCHIP_NEW), ==, 0);
}

static void test_servers(void)
{
    static const struct {
        unsigned cpus, threads, stride;
        uint32_t servers;
    } cases[] = {{1, 1, 1, 1}, {4, 1, 1, 4}, {4, 2, 8, 10}, {8, 8, 8, 8}, {3, 1, 8, 17}};

    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(FakeVm) fake =
            fake_vm_new(FAKE_HV_POWER9, cases[i].cpus, cases[i].threads, cases[i].stride, 0);
        g_autoptr(Irq) irq = irq_new(&fake->vm, NULL);
        HvIrqchip kind;
        uint32_t servers;

        g_assert_cmpuint(irq_servers(irq), ==, cases[i].servers);
        g_assert_true(hv_fake_irqchip(fake->vm.hv, &kind, &servers));
        g_assert_cmpuint(servers, ==, cases[i].servers);

        /* The highest id is served, the next one is not. */
        fake_vm_add_vcpus(fake);
        Vcpu *last = fake->vm.vcpus[fake->vm.n_vcpus - 1];
        g_assert_true(irq_attach_vcpu(irq, last, NULL));
        g_autoptr(GError) error = NULL;
        Vcpu beyond = {.vm = &fake->vm, .id = cases[i].servers};
        g_assert_false(irq_attach_vcpu(irq, &beyond, &error));
        g_assert_error(error, PAPRIKA_ERROR, PAPRIKA_ERROR_HOST);
    }
}

/** Whatever single call the host refuses, auto ends with a controller that it can have. */
static void test_auto_falls_back(void)
{
    static const FakeHvOp ops[] = {FAKE_IRQCHIP_NEW, FAKE_IRQCHIP_ATTR_SET, FAKE_IRQCHIP_MAP,
                                   FAKE_VM_MAP, FAKE_VM_DEFINE_RTAS};
    unsigned fell_back = 0;

    for (unsigned profile = FAKE_HV_POWER8; profile <= FAKE_HV_POWER9; profile++) {
        for (unsigned op = 0; op < G_N_ELEMENTS(ops); op++) {
            for (unsigned nth = 1; nth <= 40; nth++) {
                g_autoptr(FakeVm) fake = fake_vm_new((FakeHvProfile)profile, 2, 1, 1, 0);
                g_autoptr(GError) error = NULL;

                hv_fake_fail(fake->host, ops[op], nth, ENOMEM);
                g_autoptr(Irq) irq = irq_new(&fake->vm, &error);
                g_assert_no_error(error);
                g_assert_nonnull(irq);
                IrqKind wanted = irq_kind_choose(&fake->config, fake->vm.caps);
                if (irq_kind(irq) == wanted) {
                    g_assert_cmpuint(hv_fake_count(fake->host, ops[op]), <, nth);
                    break;
                }
                fell_back++;
                /* What was given up leaves no pages in the guest. */
                for (unsigned slot = 384; slot < 388; slot++) {
                    uint64_t gpa, size;
                    void *host;
                    g_assert_false(hv_fake_slot(fake->vm.hv, slot, &gpa, &size, &host));
                }
            }
        }
    }
    /* POWER8: device, 16 sources, 4 services. POWER9: device, 18 sources, 2 areas, 3 slots. */
    g_assert_cmpuint(fell_back, ==, 1 + 16 + 4 + 1 + 18 + 2 + 3);
}

/** An explicit xive is not replaced behind the user's back. */
static void test_xive_refused(void)
{
    g_autoptr(FakeVm) fake = fake_vm_new(FAKE_HV_POWER9, 2, 1, 1, 0);
    g_autoptr(GError) error = NULL;

    fake->config.irq = IRQ_XIVE;
    fake->config.irq_place = IRQ_IN_KERNEL;
    hv_fake_fail(fake->host, FAKE_IRQCHIP_NEW, 1, ENOMEM);
    g_autoptr(Irq) irq = irq_new(&fake->vm, &error);
    g_assert_null(irq);
    g_assert_error(error, PAPRIKA_ERROR, PAPRIKA_ERROR_HOST);
    g_assert_nonnull(strstr(error->message, "XIVE"));
    g_assert_nonnull(strstr(error->message, g_strerror(ENOMEM)));
}

static void test_xive_too_many_servers(void)
{
    g_autoptr(FakeVm) fake = fake_vm_new(FAKE_HV_POWER9, 1024, 1, 8, 0);
    g_autoptr(GError) error = NULL;

    fake->config.irq = IRQ_XIVE;
    g_autoptr(Irq) refused = irq_new(&fake->vm, &error);
    g_assert_null(refused);
    g_assert_error(error, PAPRIKA_ERROR, PAPRIKA_ERROR_USAGE);
    g_assert_cmpuint(hv_fake_count(fake->host, FAKE_IRQCHIP_NEW), ==, 0);

    fake->config.irq = IRQ_AUTO;
    g_autoptr(Irq) irq = irq_new(&fake->vm, NULL);
    g_assert_cmpint(irq_kind(irq), ==, IRQ_KIND_XICS_KERNEL);
}

static void check_slot(FakeVm *fake, unsigned slot, uint64_t gpa, uint64_t size, const void *host)
{
    uint64_t is_gpa, is_size;
    void *is_host;

    g_assert_true(hv_fake_slot(fake->vm.hv, slot, &is_gpa, &is_size, &is_host));
    g_assert_cmphex(is_gpa, ==, gpa);
    g_assert_cmphex(is_size, ==, size);
    g_assert_true(is_host == host);
}

/** Sources made and masked; of the device's pages the guest sees those that exist. */
static void test_xive_layout(void)
{
    g_autoptr(FakeVm) fake = fake_vm_new(FAKE_HV_POWER10, 3, 1, 1, 0);
    g_autoptr(Irq) irq = irq_new(&fake->vm, NULL);
    uint64_t value;
    size_t esb_size, tima_size;

    g_assert_cmpint(irq_kind(irq), ==, IRQ_KIND_XIVE_KERNEL);
    for (unsigned i = 0; i < 3; i++)
        g_assert_true(hv_fake_attr(fake->vm.hv, HV_IRQ_ATTR_XIVE_SOURCE, i, &value));
    g_assert_false(hv_fake_attr(fake->vm.hv, HV_IRQ_ATTR_XIVE_SOURCE, 3, &value));
    for (unsigned i = 0; i < IRQ_BLOCK; i++) {
        g_assert_true(
            hv_fake_attr(fake->vm.hv, HV_IRQ_ATTR_XIVE_SOURCE, IRQ_SOURCE_BASE + i, &value));
        g_assert_cmphex(value, ==, 0);
    }

    uint8_t *esb = hv_fake_area(fake->vm.hv, HV_XIVE_ESB, &esb_size);
    uint8_t *tima = hv_fake_area(fake->vm.hv, HV_XIVE_TIMA, &tima_size);
    uint64_t base = (uint64_t)IRQ_SOURCE_BASE * 2 * PAGE_64K;
    g_assert_cmphex(esb_size, ==,
                    base + (uint64_t)(IRQ_SOURCE_END - IRQ_SOURCE_BASE) * 2 * PAGE_64K);
    g_assert_cmphex(tima_size, ==, 4 * PAGE_64K);
    check_slot(fake, 384, IRQ_XIVE_ESB_BASE, 3 * 2 * PAGE_64K, esb);
    check_slot(fake, 385, IRQ_XIVE_TIMA_BASE + 2 * PAGE_64K, PAGE_64K, tima + 2 * PAGE_64K);
    check_slot(fake, 386, IRQ_XIVE_ESB_BASE + base, (uint64_t)IRQ_BLOCK * 2 * PAGE_64K, esb + base);

    /* A pulse is a store to the source's trigger page. */
    volatile uint64_t *trigger = (volatile uint64_t *)(esb + base + 2 * 2 * PAGE_64K);
    *trigger = UINT64_MAX;
    irq_pulse(irq, IRQ_SOURCE_VTY);
    g_assert_cmphex(*trigger, ==, 0);
    /* No such source: nothing happens. */
    irq_pulse(irq, IRQ_SOURCE_BASE + IRQ_BLOCK);
    irq_pulse(irq, 0);
    irq_pulse(irq, UINT32_MAX);
}

static void test_xive_reset(void)
{
    g_autoptr(FakeVm) fake = fake_vm_new(FAKE_HV_POWER9, 2, 1, 1, 0);
    g_autoptr(Irq) irq = irq_new(&fake->vm, NULL);
    g_autoptr(GError) error = NULL;
    uint64_t state;

    fake_vm_add_vcpus(fake);
    for (unsigned i = 0; i < 2; i++)
        g_assert_true(irq_attach_vcpu(irq, fake->vm.vcpus[i], NULL));
    for (unsigned boot = 0; boot < 3; boot++) {
        hv_fake_forget(fake->host);
        g_assert_true(irq_reset(irq, &error));
        g_assert_no_error(error);
        g_assert_cmpuint(hv_fake_count(fake->host, FAKE_IRQCHIP_ATTR_SET), ==, 2 + IRQ_BLOCK);
        /* The guest keeps its pages. */
        g_assert_cmpuint(hv_fake_count(fake->host, FAKE_VM_MAP), ==, 0);
        for (unsigned i = 0; i < 2; i++) {
            fake->vm.ops->vcpu_get_reg(fake->vm.vcpus[i]->hv, HV_REG_XIVE_VP_STATE, &state);
            g_assert_cmphex(state, ==, 0xff000000);
        }
    }

    hv_fake_fail(fake->host, FAKE_VCPU_SET_REG, 2, EPERM);
    g_assert_false(irq_reset(irq, &error));
    g_assert_error(error, PAPRIKA_ERROR, PAPRIKA_ERROR_HOST);
    g_clear_error(&error);
    hv_fake_fail(fake->host, FAKE_IRQCHIP_ATTR_SET, 5, EIO);
    g_assert_false(irq_reset(irq, &error));
    g_assert_error(error, PAPRIKA_ERROR, PAPRIKA_ERROR_HOST);
    g_assert_true(irq_reset(irq, NULL));
}

static void test_xics_kernel(void)
{
    g_autoptr(FakeVm) fake = fake_vm_new(FAKE_HV_POWER8, 2, 1, 8, 0);
    g_autoptr(Irq) irq = irq_new(&fake->vm, NULL);
    g_autoptr(GError) error = NULL;
    FakeHvCall call;
    uint64_t state;

    g_assert_cmpint(irq_kind(irq), ==, IRQ_KIND_XICS_KERNEL);
    for (unsigned i = 0; i < IRQ_BLOCK; i++) {
        g_assert_true(
            hv_fake_attr(fake->vm.hv, HV_IRQ_ATTR_XICS_SOURCE, IRQ_SOURCE_BASE + i, &state));
        g_assert_cmphex(state, ==, (UINT64_C(1) << 41) | (UINT64_C(0xff) << 32));
    }
    /* The kernel answers the four services under the tokens that the guest is told. */
    for (const RtasDef *def = rtas_xics_defs; def->name; def++) {
        unsigned i = (unsigned)(def - rtas_xics_defs);
        g_assert_true(hv_fake_call(fake->host, FAKE_VM_DEFINE_RTAS, i, &call));
        g_assert_cmpint(call.ret, ==, 0);
        g_assert_cmphex(call.args[0], ==, rtas_token(def->name));
        g_assert_cmphex(call.args[0], >=, RTAS_TOKEN_BASE);
    }
    g_assert_cmpuint(hv_fake_count(fake->host, FAKE_VM_DEFINE_RTAS), ==, 4);

    fake_vm_add_vcpus(fake);
    for (unsigned i = 0; i < 2; i++) {
        g_assert_true(irq_attach_vcpu(irq, fake->vm.vcpus[i], NULL));
        g_assert_true(hv_fake_last(fake->host, FAKE_VCPU_ATTACH_IRQCHIP, &call));
        g_assert_cmpuint(call.args[2], ==, i * 8);
    }
    /* Twice is the host's error, and named. */
    g_assert_false(irq_attach_vcpu(irq, fake->vm.vcpus[1], &error));
    g_assert_nonnull(strstr(error->message, "vCPU 8"));
    g_clear_error(&error);

    g_assert_true(irq_reset(irq, NULL));
    for (unsigned i = 0; i < 2; i++) {
        fake->vm.ops->vcpu_get_reg(fake->vm.vcpus[i]->hv, HV_REG_ICP_STATE, &state);
        g_assert_cmphex(state, ==, 0xffff0000);
    }
    hv_fake_fail(fake->host, FAKE_VCPU_SET_REG, 1, EINVAL);
    g_assert_false(irq_reset(irq, &error));
    g_assert_error(error, PAPRIKA_ERROR, PAPRIKA_ERROR_HOST);

    irq_pulse(irq, IRQ_SOURCE_EPOW);
    g_assert_true(hv_fake_last(fake->host, FAKE_IRQ_LINE, &call));
    g_assert_cmphex(call.args[0], ==, IRQ_SOURCE_EPOW);
    g_assert_cmphex(call.args[1], ==, 1);
    /* A refusal is logged, no more. */
    hv_fake_fail(fake->host, FAKE_IRQ_LINE, 1, ENXIO);
    irq_pulse(irq, IRQ_SOURCE_EPOW);
}

/** The user-space controller drives each vCPU's own input. */
static void test_xics_user_lines(void)
{
    g_autoptr(FakeVm) fake = fake_vm_new(FAKE_HV_NESTED, 4, 2, 8, 0);
    g_autoptr(Irq) irq = irq_new(&fake->vm, NULL);

    g_assert_cmpint(irq_kind(irq), ==, IRQ_KIND_XICS_USER);
    fake_vm_add_vcpus(fake);
    for (unsigned i = 0; i < 4; i++)
        g_assert_true(irq_attach_vcpu(irq, fake->vm.vcpus[i], NULL));
    /* A line that was up before (a restarted guest) is down after reset. */
    fake->vm.ops->vcpu_interrupt(fake->vm.vcpus[3]->hv, TRUE);
    g_assert_true(irq_reset(irq, NULL));
    for (unsigned i = 0; i < 4; i++)
        g_assert_false(hv_fake_vcpu_line(fake->vm.vcpus[i]->hv));
    irq_pulse(irq, IRQ_SOURCE_VTY);
    for (unsigned i = 0; i < 4; i++)
        g_assert_false(hv_fake_vcpu_line(fake->vm.vcpus[i]->hv));
}

static void test_free_nothing(void)
{
    irq_free(NULL);
    g_assert_cmpstr(irq_kind_name(IRQ_KIND_XIVE_KERNEL), ==, "XIVE (kernel)");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/irq/choices", test_choices);
    g_test_add_func("/irq/next", test_next);
    g_test_add_func("/irq/nested-claims-xics", test_nested_claims_xics);
    g_test_add_func("/irq/servers", test_servers);
    g_test_add_func("/irq/auto-falls-back", test_auto_falls_back);
    g_test_add_func("/irq/xive-refused", test_xive_refused);
    g_test_add_func("/irq/xive-too-many-servers", test_xive_too_many_servers);
    g_test_add_func("/irq/xive-layout", test_xive_layout);
    g_test_add_func("/irq/xive-reset", test_xive_reset);
    g_test_add_func("/irq/xics-kernel", test_xics_kernel);
    g_test_add_func("/irq/xics-user-lines", test_xics_user_lines);
    g_test_add_func("/irq/free-nothing", test_free_nothing);
    return g_test_run();
}
