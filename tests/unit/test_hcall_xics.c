/* SPDX-License-Identifier: GPL-2.0-or-later */
/* XICS' hypercalls and RTAS services, and that they exist with XICS in user space only. */
#include <errno.h>
#include <string.h>

#include "hcall/hcall.h"
#include "hw/spapr/irq/irq.h"
#include "hw/spapr/rtas/rtas.h"
#include "tests/unit/fake_vm.h"

enum { VTY = IRQ_SOURCE_VTY, EPOW = IRQ_SOURCE_EPOW };

/** Two vCPUs, ids 0 and 8. */
static FakeVm *machine_new(FakeHvProfile profile, IrqChoice choice)
{
    FakeVm *fake = fake_vm_new(profile, 2, 1, 8, 0);
    GError *error = NULL;

    fake->config.irq = choice;
    fake->vm.irq = irq_new(&fake->vm, &error);
    g_assert_no_error(error);
    fake_vm_add_vcpus(fake);
    for (unsigned i = 0; i < 2; i++)
        g_assert_true(irq_attach_vcpu(fake->vm.irq, fake->vm.vcpus[i], NULL));
    return fake;
}

static void machine_free(FakeVm *fake)
{
    irq_free(fake->vm.irq);
    fake_vm_free(fake);
}

static HcallRet call(FakeVm *fake, unsigned cpu, uint32_t number, uint64_t *args)
{
    for (const HcallDef *def = h_xics_defs; def->name; def++) {
        if (def->number == number)
            return def->handler(fake->vm.vcpus[cpu], args);
    }
    g_assert_not_reached();
}

static HcallRet call2(FakeVm *fake, unsigned cpu, uint32_t number, uint64_t a, uint64_t b)
{
    uint64_t args[9] = {a, b};

    return call(fake, cpu, number, args);
}

static RtasStatus rtas(FakeVm *fake, const char *name, uint32_t a, uint32_t b, uint32_t c,
                       uint32_t *rets)
{
    uint32_t args[RTAS_MAX_CELLS] = {a, b, c}, scratch[RTAS_MAX_CELLS] = {0};

    for (const RtasDef *def = rtas_xics_defs; def->name; def++) {
        if (!strcmp(def->name, name))
            return def->handler(fake->vm.vcpus[0], args, rets ? rets : scratch);
    }
    g_assert_not_reached();
}

static gboolean line(FakeVm *fake, unsigned cpu)
{
    return hv_fake_vcpu_line(fake->vm.vcpus[cpu]->hv);
}

static void test_other_controllers(void)
{
    static const struct {
        FakeHvProfile profile;
        IrqChoice choice;
    } machines[] = {{FAKE_HV_POWER8, IRQ_XICS}, {FAKE_HV_POWER9, IRQ_XIVE}};
    uint32_t rets[RTAS_MAX_CELLS] = {0};

    for (unsigned i = 0; i < G_N_ELEMENTS(machines); i++) {
        FakeVm *fake = machine_new(machines[i].profile, machines[i].choice);

        for (const HcallDef *def = h_xics_defs; def->name; def++) {
            uint64_t args[9] = {0};
            g_assert_cmpint(def->handler(fake->vm.vcpus[0], args), ==, H_FUNCTION);
        }
        for (const RtasDef *def = rtas_xics_defs; def->name; def++)
            g_assert_cmpint(rtas(fake, def->name, VTY, 0, 5, rets), ==, RTAS_PARAM_ERROR);
        machine_free(fake);
    }
}

static void test_deliver(void)
{
    FakeVm *fake = machine_new(FAKE_HV_NESTED, IRQ_AUTO);
    uint64_t args[9] = {0};
    uint32_t rets[RTAS_MAX_CELLS] = {0};

    g_assert_cmpint(call2(fake, 1, H_CPPR, 0xff, 0), ==, H_SUCCESS);
    g_assert_cmpint(rtas(fake, "ibm,set-xive", VTY, 8, 5, NULL), ==, RTAS_SUCCESS);
    g_assert_cmpint(rtas(fake, "ibm,get-xive", VTY, 0, 0, rets), ==, RTAS_SUCCESS);
    g_assert_cmpuint(rets[1], ==, 8);
    g_assert_cmpuint(rets[2], ==, 5);
    irq_pulse(fake->vm.irq, VTY);
    g_assert_true(line(fake, 1));
    g_assert_false(line(fake, 0));

    args[0] = 8;
    g_assert_cmpint(call(fake, 0, H_IPOLL, args), ==, H_SUCCESS);
    g_assert_cmphex(args[0], ==, 0xff000000 | VTY);
    g_assert_cmphex(args[1], ==, 0xff);

    uint64_t untouched = args[2] = 0x1234;
    args[0] = args[1] = UINT64_MAX;
    g_assert_cmpint(call(fake, 1, H_XIRR, args), ==, H_SUCCESS);
    g_assert_cmphex(args[0], ==, 0xff000000 | VTY);
    g_assert_cmphex(args[2], ==, untouched);
    g_assert_false(line(fake, 1));
    g_assert_cmpint(call2(fake, 1, H_EOI, args[0], 0), ==, H_SUCCESS);
    g_assert_cmpint(call2(fake, 1, H_EOI, 0xff000999, 0), ==, H_PARAMETER);

    g_assert_cmpint(rtas(fake, "ibm,int-off", VTY, 0, 0, NULL), ==, RTAS_SUCCESS);
    irq_pulse(fake->vm.irq, VTY);
    g_assert_false(line(fake, 1));
    g_assert_cmpint(rtas(fake, "ibm,int-on", VTY, 0, 0, NULL), ==, RTAS_SUCCESS);
    g_assert_true(line(fake, 1));
    machine_free(fake);
}

static void test_ipi(void)
{
    FakeVm *fake = machine_new(FAKE_HV_NESTED, IRQ_AUTO);
    uint64_t args[9] = {0};
    uint64_t offset = UINT64_C(1) << 60;

    call2(fake, 1, H_CPPR, 0xff, 0);
    /* Only the low byte of a priority counts. */
    g_assert_cmpint(call2(fake, 0, H_IPI, 8, 0xffffffffffffff04), ==, H_SUCCESS);
    g_assert_true(line(fake, 1));
    fake->vm.ops->vcpu_set_reg(fake->vm.vcpus[1]->hv, HV_REG_TB_OFFSET, offset);
    g_assert_cmpint(call(fake, 1, H_XIRR_X, args), ==, H_SUCCESS);
    g_assert_cmphex(args[0], ==, 0xff000002);
    uint64_t first = args[1];
    g_assert_cmphex(first, >, offset);
    g_usleep(1000);
    g_assert_cmpint(call(fake, 1, H_XIRR_X, args), ==, H_SUCCESS);
    g_assert_cmphex(args[0], ==, 0x04000000);
    g_assert_cmphex(args[1], >, first);
    call2(fake, 1, H_IPI, 8, 0xff);
    call2(fake, 1, H_EOI, 0xff000002, 0);
    g_assert_false(line(fake, 1));
    machine_free(fake);
}

static void test_bad_arguments(void)
{
    static const uint64_t servers[] = {1, 7, 9, UINT64_C(1) << 32, UINT64_MAX};
    FakeVm *fake = machine_new(FAKE_HV_NESTED, IRQ_AUTO);

    for (unsigned i = 0; i < G_N_ELEMENTS(servers); i++) {
        uint64_t args[9] = {servers[i], 7};

        g_assert_cmpint(call(fake, 0, H_IPI, args), ==, H_PARAMETER);
        g_assert_cmpint(call(fake, 0, H_IPOLL, args), ==, H_PARAMETER);
        g_assert_cmphex(args[0], ==, servers[i]);
        g_assert_cmphex(args[1], ==, 7);
        g_assert_cmpint(rtas(fake, "ibm,set-xive", VTY, (uint32_t)servers[i] | 1, 5, NULL), ==,
                        RTAS_PARAM_ERROR);
    }
    static const uint32_t sources[] = {0, 2, 0x10, IRQ_SOURCE_BASE + IRQ_BLOCK, UINT32_MAX};
    for (unsigned i = 0; i < G_N_ELEMENTS(sources); i++) {
        for (const RtasDef *def = rtas_xics_defs; def->name; def++)
            g_assert_cmpint(rtas(fake, def->name, sources[i], 0, 5, NULL), ==, RTAS_PARAM_ERROR);
    }
    g_assert_cmpint(rtas(fake, "ibm,set-xive", EPOW, 0, 0x100, NULL), ==, RTAS_PARAM_ERROR);
    machine_free(fake);
}

/** KVM refuses to set an input: logged, and the next change is tried again. */
static void test_input_refused(void)
{
    FakeVm *fake = machine_new(FAKE_HV_NESTED, IRQ_AUTO);

    call2(fake, 0, H_CPPR, 0xff, 0);
    hv_fake_fail(fake->host, FAKE_VCPU_INTERRUPT, 1, EBADF);
    call2(fake, 1, H_IPI, 0, 1);
    g_assert_false(line(fake, 0));
    call2(fake, 1, H_IPI, 0, 0xff);
    call2(fake, 1, H_IPI, 0, 1);
    g_assert_true(line(fake, 0));
    machine_free(fake);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/hcall-xics/other-controllers", test_other_controllers);
    g_test_add_func("/hcall-xics/deliver", test_deliver);
    g_test_add_func("/hcall-xics/ipi", test_ipi);
    g_test_add_func("/hcall-xics/bad-arguments", test_bad_arguments);
    g_test_add_func("/hcall-xics/input-refused", test_input_refused);
    return g_test_run();
}
