/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The machine's interrupt sources: made when claimed, levels, descriptors, and what survives. */
#include <errno.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "hcall/hcall.h"
#include "hw/spapr/irq/irq_ops.h"
#include "hw/spapr/irq/xics_user.h"
#include "src/base/fd.h"
#include "tests/unit/fake_vm.h"
#include "tests/unit/settle.h"

enum {
    PAGE = 65536,
    XIVE_SLOT_BLOCKS = 386,
    VIO = IRQ_SOURCE_VIO + 3,
    LSI = IRQ_SOURCE_LSI + 5,
    MSI = IRQ_SOURCE_MSI + 100
};

/** A machine of two vCPUs with its controller. */
static FakeVm *machine_new(FakeHvProfile profile)
{
    FakeVm *fake = fake_vm_new(profile, 2, 1, 1, 1 << 20);
    g_autoptr(GError) error = NULL;

    fake->vm.irq = irq_new(&fake->vm, &error);
    g_assert_no_error(error);
    fake_vm_add_vcpus(fake);
    for (unsigned i = 0; i < 2; i++)
        g_assert_true(irq_attach_vcpu(fake->vm.irq, fake->vm.vcpus[i], NULL));
    hv_fake_forget(fake->host);
    return fake;
}

static void machine_free(FakeVm *fake)
{
    irq_free(fake->vm.irq);
    fake_vm_free(fake);
}

static gboolean block_is_mapped(FakeVm *fake, uint32_t source)
{
    uint32_t block = (source - IRQ_SOURCE_BASE) / IRQ_BLOCK;
    uint64_t gpa, size;
    void *host;

    if (!hv_fake_slot(fake->vm.hv, XIVE_SLOT_BLOCKS + block, &gpa, &size, &host))
        return FALSE;
    g_assert_cmphex(gpa, ==,
                    IRQ_XIVE_ESB_BASE + (uint64_t)(source & ~(uint32_t)(IRQ_BLOCK - 1)) * 2 * PAGE);
    g_assert_cmphex(size, ==, (uint64_t)IRQ_BLOCK * 2 * PAGE);
    return TRUE;
}

static void test_numbers(void)
{
    static const struct {
        uint32_t first, count;
        int ret;
    } cases[] = {
        {0, 1, -EINVAL},
        {IRQ_SOURCE_BASE - 1, 2, -EINVAL},
        {IRQ_SOURCE_VTY, 0, -EINVAL},
        {IRQ_SOURCE_END, 1, -EINVAL},
        {IRQ_SOURCE_END - 1, 2, -EINVAL},
        {IRQ_SOURCE_BASE, UINT32_MAX, -EINVAL},
        {UINT32_MAX, UINT32_MAX, -EINVAL},
        {IRQ_SOURCE_BASE, 1, 0},
        {IRQ_SOURCE_END - 1, 1, 0},
        {IRQ_SOURCE_BASE, IRQ_SOURCE_END - IRQ_SOURCE_BASE, 0},
    };

    for (unsigned profile = FAKE_HV_POWER8; profile <= FAKE_HV_NESTED; profile++) {
        FakeVm *fake = machine_new((FakeHvProfile)profile);

        for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++)
            g_assert_cmpint(irq_claim(fake->vm.irq, cases[i].first, cases[i].count), ==,
                            cases[i].ret);
        g_assert_cmpuint(irq_msi_count(fake->vm.irq), >=, 512);
        machine_free(fake);
    }
}

/** What is claimed is made once, shown to the guest, and still there after all else. */
static void test_claim(void)
{
    static const uint32_t sources[] = {VIO, LSI, MSI};

    for (unsigned profile = FAKE_HV_POWER8; profile <= FAKE_HV_NESTED; profile++) {
        FakeVm *fake = machine_new((FakeHvProfile)profile);
        Irq *irq = fake->vm.irq;
        gboolean in_kernel = irq->ops->in_kernel;

        for (unsigned i = 0; i < G_N_ELEMENTS(sources); i++) {
            g_assert_false(irq_source_exists(irq, sources[i]));
            hv_fake_forget(fake->host);
            g_assert_cmpint(irq_claim(irq, sources[i], 1), ==, 0);
            g_assert_true(irq_source_exists(irq, sources[i]));
            g_assert_cmpuint(hv_fake_count(fake->host, FAKE_IRQCHIP_ATTR_SET), ==,
                             in_kernel ? IRQ_BLOCK : 0);
            g_assert_cmpint(irq_claim(irq, sources[i], 1), ==, 0);
            g_assert_cmpuint(hv_fake_count(fake->host, FAKE_IRQCHIP_ATTR_SET), ==,
                             in_kernel ? IRQ_BLOCK : 0);
        }
        g_assert_true(irq_reset(irq, NULL));
        for (unsigned round = 0; round < 4; round++) {
            gboolean xive = irq_kind(irq) == IRQ_KIND_XIVE_KERNEL;
            uint64_t value;

            for (unsigned i = 0; i < G_N_ELEMENTS(sources); i++) {
                g_assert_true(irq_source_exists(irq, sources[i]));
                g_assert_cmpint(block_is_mapped(fake, sources[i]), ==, xive);
                if (!in_kernel)
                    continue;
                g_assert_true(hv_fake_attr(fake->vm.hv,
                                           xive ? HV_IRQ_ATTR_XIVE_SOURCE : HV_IRQ_ATTR_XICS_SOURCE,
                                           sources[i], &value));
                /* Masked, for server 0; KVM's XICS is told what is level-triggered. */
                g_assert_cmphex(value, ==,
                                xive ? 0
                                     : HV_XICS_MASKED | UINT64_C(0xff) << HV_XICS_PRIORITY_SHIFT |
                                           (sources[i] == LSI ? HV_XICS_LEVEL : 0));
            }
            if (profile == FAKE_HV_POWER9 || profile == FAKE_HV_POWER10)
                g_assert_true(irq_switch(irq, !xive, NULL));
        }
        machine_free(fake);
    }
}

/** A refusal leaves the source as it was: not there. */
static void test_claim_refused(void)
{
    static const FakeHvOp ops[] = {FAKE_IRQCHIP_ATTR_SET, FAKE_VM_MAP};

    for (unsigned i = 0; i < G_N_ELEMENTS(ops); i++) {
        FakeVm *fake = machine_new(FAKE_HV_POWER9);
        Irq *irq = fake->vm.irq;

        hv_fake_fail(fake->host, ops[i], 1, ENOMEM);
        g_assert_cmpint(irq_claim(irq, MSI, 1), ==, -ENOMEM);
        g_assert_false(irq_source_exists(irq, MSI));
        g_assert_false(block_is_mapped(fake, MSI));
        irq_pulse(irq, MSI);
        g_assert_cmpint(irq_bind_fd(irq, MSI, 0), ==, -EINVAL);
        g_assert_cmpint(irq_claim(irq, MSI, 1), ==, 0);
        g_assert_true(block_is_mapped(fake, MSI));
        machine_free(fake);
    }
}

/** A reset of the guest's own covers what has been claimed. */
static void test_reset_covers(void)
{
    FakeVm *fake = machine_new(FAKE_HV_POWER9);
    FakeHvCall call;
    unsigned seen = 0;

    g_assert_cmpint(irq_claim(fake->vm.irq, MSI, 1), ==, 0);
    hv_fake_forget(fake->host);
    g_assert_true(irq_reset(fake->vm.irq, NULL));
    for (unsigned i = 0; hv_fake_call(fake->host, FAKE_IRQCHIP_ATTR_SET, i, &call); i++)
        seen += call.args[0] == HV_IRQ_ATTR_XIVE_SOURCE && call.args[1] == MSI;
    g_assert_cmpuint(seen, ==, 1);
    machine_free(fake);
}

static unsigned lines_set(FakeVm *fake, gboolean *last)
{
    FakeHvCall call;

    *last = hv_fake_last(fake->host, FAKE_IRQ_LINE, &call) && call.args[1];
    return hv_fake_count(fake->host, FAKE_IRQ_LINE);
}

static void test_level_xics_kernel(void)
{
    FakeVm *fake = machine_new(FAKE_HV_POWER8);
    Irq *irq = fake->vm.irq;
    gboolean last;

    irq_set_level(irq, LSI, TRUE);
    g_assert_cmpuint(lines_set(fake, &last), ==, 0);
    g_assert_cmpint(irq_claim(irq, LSI, 1), ==, 0);
    irq_set_level(irq, LSI, TRUE);
    irq_set_level(irq, LSI, TRUE);
    g_assert_cmpuint(lines_set(fake, &last), ==, 1);
    g_assert_true(last);
    irq_set_level(irq, LSI, FALSE);
    g_assert_cmpuint(lines_set(fake, &last), ==, 2);
    g_assert_false(last);

    /* Neither is an edge a level, nor the other way round. */
    irq_pulse(irq, LSI);
    irq_set_level(irq, IRQ_SOURCE_VTY, TRUE);
    g_assert_cmpuint(lines_set(fake, &last), ==, 2);

    /* After a reset it is low, whatever it was. */
    irq_set_level(irq, LSI, TRUE);
    g_assert_true(irq_reset(irq, NULL));
    hv_fake_forget(fake->host);
    irq_set_level(irq, LSI, FALSE);
    g_assert_cmpuint(lines_set(fake, &last), ==, 0);
    irq_set_level(irq, LSI, TRUE);
    g_assert_cmpuint(lines_set(fake, &last), ==, 1);
    machine_free(fake);
}

/** Server 0 takes the source; what it accepts, in user space. */
static uint32_t accept(Irq *irq)
{
    uint32_t xirr = 0;

    g_assert_true(xics_user_accept(irq->xics, 0, &xirr));
    return xirr;
}

static void test_level_xics_user(void)
{
    FakeVm *fake = machine_new(FAKE_HV_NESTED);
    Irq *irq = fake->vm.irq;

    g_assert_cmpint(irq_claim(irq, LSI, 1), ==, 0);
    g_assert_true(xics_user_set_xive(irq->xics, LSI, 0, 5));
    xics_user_set_cppr(irq->xics, 0, 0xff);
    irq_set_level(irq, LSI, TRUE);
    /* As long as the input is up, there is a next one after each end. */
    for (unsigned i = 0; i < 3; i++) {
        uint32_t xirr = accept(irq);
        g_assert_cmphex(xirr, ==, 0xff000000 | LSI);
        g_assert_true(xics_user_eoi(irq->xics, 0, xirr));
    }
    uint32_t xirr = accept(irq);
    irq_set_level(irq, LSI, FALSE);
    g_assert_true(xics_user_eoi(irq->xics, 0, xirr));
    g_assert_cmphex(accept(irq), ==, 0xff000000);
    machine_free(fake);
}

static HcallRet esb(FakeVm *fake, uint64_t flags, uint64_t offset, uint64_t *result)
{
    uint64_t args[9] = {flags, LSI, offset, 0};

    for (const HcallDef *def = h_xive_defs; def->name; def++) {
        if (def->number == H_INT_ESB) {
            HcallRet ret = def->handler(fake->vm.vcpus[0], args);
            *result = args[0];
            return ret;
        }
    }
    g_assert_not_reached();
}

/** KVM's XIVE has edges only: the end of an interrupt looks at the input, and triggers anew. */
static void test_level_xive(void)
{
    FakeVm *fake = machine_new(FAKE_HV_POWER9);
    Irq *irq = fake->vm.irq;
    size_t size;
    uint64_t result;

    g_assert_cmpint(irq_claim(irq, LSI, 1), ==, 0);
    uint8_t *area = hv_fake_area(fake->vm.hv, HV_XIVE_ESB, &size);
    uint64_t *trigger = (uint64_t *)(void *)(area + (size_t)LSI * 2 * PAGE);
    uint64_t *management = (uint64_t *)(void *)(area + ((size_t)LSI * 2 + 1) * PAGE);

    *trigger = 1;
    irq_set_level(irq, LSI, TRUE);
    g_assert_cmphex(*trigger, ==, 0);
    static const struct {
        uint64_t flags, offset;
        gboolean ends;
    } accesses[] = {
        {0, 0, TRUE},      {0, 0x3f8, TRUE},  {1, 0x400, TRUE},  {1, 0x7f8, TRUE},
        {0, 0xc00, TRUE},  {0, 0xcf8, TRUE},  {0, 0x800, FALSE}, {0, 0xd00, FALSE},
        {0, 0xf00, FALSE}, {1, 0x800, FALSE}, {1, 0x000, FALSE},
    };
    for (unsigned up = 0; up < 2; up++) {
        irq_set_level(irq, LSI, !up);
        for (unsigned i = 0; i < G_N_ELEMENTS(accesses); i++) {
            *trigger = 1;
            management[0xc00 / 8] = GUINT64_TO_BE(2);
            management[0] = UINT64_MAX;
            g_assert_cmpint(esb(fake, accesses[i].flags, accesses[i].offset, &result), ==,
                            H_SUCCESS);
            g_assert_cmphex(*trigger, ==, !(accesses[i].ends && !up));
            if (accesses[i].offset == 0xc00)
                g_assert_cmphex(result, ==, 2);
            if (accesses[i].offset == 0 && accesses[i].flags == 0)
                g_assert_cmphex(result, ==, 0);
        }
    }

    /* The guest is told to do it so, and given no page. */
    uint64_t args[9] = {0, LSI};
    for (const HcallDef *def = h_xive_defs; def->name; def++) {
        if (def->number == H_INT_GET_SOURCE_INFO)
            g_assert_cmpint(def->handler(fake->vm.vcpus[0], args), ==, H_SUCCESS);
    }
    g_assert_cmphex(args[0], ==, 0xc);
    g_assert_cmphex(args[1], ==, UINT64_MAX);
    g_assert_cmphex(args[2], ==, UINT64_MAX);
    machine_free(fake);
}

/** Another controller sees what is up. */
static void test_level_switch(void)
{
    FakeVm *fake = machine_new(FAKE_HV_POWER9);
    Irq *irq = fake->vm.irq;
    FakeHvCall call;

    g_assert_cmpint(irq_claim(irq, IRQ_SOURCE_LSI, 32), ==, 0);
    irq_set_level(irq, LSI, TRUE);
    irq_set_level(irq, IRQ_SOURCE_LSI_END - 1, TRUE);
    irq_set_level(irq, LSI, FALSE);
    g_assert_true(irq_switch(irq, FALSE, NULL));
    g_assert_cmpuint(hv_fake_count(fake->host, FAKE_IRQ_LINE), ==, 1);
    g_assert_true(hv_fake_last(fake->host, FAKE_IRQ_LINE, &call));
    g_assert_cmphex(call.args[0], ==, IRQ_SOURCE_LSI_END - 1);
    g_assert_cmphex(call.args[1], ==, 1);
    machine_free(fake);
}

/** Calls that bind and unbind, since the last look. */
static void assert_bound(FakeVm *fake, unsigned bound, unsigned unbound)
{
    FakeHvCall call;

    for (unsigned i = 0; hv_fake_call(fake->host, FAKE_IRQ_FD, i, &call); i++) {
        g_assert_cmphex(call.args[0], ==, MSI);
        if (call.args[2])
            bound--;
        else
            unbound--;
    }
    g_assert_cmpuint(bound, ==, 0);
    g_assert_cmpuint(unbound, ==, 0);
    hv_fake_forget(fake->host);
}

static void test_fd(void)
{
    FakeVm *fake = machine_new(FAKE_HV_POWER9);
    Irq *irq = fake->vm.irq;
    auto_fd fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);

    g_assert_cmpint(irq_bind_fd(irq, MSI, fd), ==, -EINVAL);
    g_assert_cmpint(irq_claim(irq, MSI, 1), ==, 0);
    g_assert_cmpint(irq_claim(irq, LSI, 1), ==, 0);
    g_assert_cmpint(irq_bind_fd(irq, LSI, fd), ==, -EINVAL);
    hv_fake_fail(fake->host, FAKE_IRQ_FD, 1, ENOSPC);
    g_assert_cmpint(irq_bind_fd(irq, MSI, fd), ==, -ENOSPC);
    hv_fake_forget(fake->host);
    g_assert_cmpint(irq_bind_fd(irq, MSI, fd), ==, 0);
    g_assert_cmpint(irq_bind_fd(irq, MSI, fd), ==, -EEXIST);
    assert_bound(fake, 1, 0);
    g_assert_true(irq_reset(irq, NULL));
    assert_bound(fake, 0, 0);
    g_assert_true(irq_switch(irq, FALSE, NULL));
    assert_bound(fake, 1, 1);
    irq_unbind_fd(irq, MSI);
    assert_bound(fake, 0, 1);
    irq_unbind_fd(irq, MSI);
    g_assert_true(irq_switch(irq, TRUE, NULL));
    assert_bound(fake, 0, 0);
    /* What is bound at the end is let go. */
    g_assert_cmpint(irq_bind_fd(irq, MSI, fd), ==, 0);
    machine_free(fake);
}

static void test_fd_user(void)
{
    FakeVm *fake = machine_new(FAKE_HV_NESTED);
    auto_fd fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);

    g_assert_cmpint(irq_claim(fake->vm.irq, MSI, 1), ==, 0);
    g_assert_cmpint(irq_bind_fd(fake->vm.irq, MSI, fd), ==, -ENOTSUP);
    irq_unbind_fd(fake->vm.irq, MSI);
    machine_free(fake);
}

/** Without the kernel's controller the main loop takes over, and lets go again. */
static void test_fd_main_loop(void)
{
    FakeVm *fake = machine_new(FAKE_HV_POWER9);
    Irq *irq = fake->vm.irq;
    auto_fd fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    uint64_t one = 1;

    g_assert_cmpint(irq_claim(irq, MSI, 1), ==, 0);
    g_assert_cmpint(irq_bind_fd(irq, MSI, fd), ==, 0);
    hv_fake_fail_always(fake->host, FAKE_IRQCHIP_NEW, ENOMEM);
    g_assert_true(irq_switch(irq, FALSE, NULL));
    g_assert_cmpint(irq_kind(irq), ==, IRQ_KIND_XICS_USER);
    g_assert_true(xics_user_set_xive(irq->xics, MSI, 0, 5));
    xics_user_set_cppr(irq->xics, 0, 0xff);

    g_assert_cmpint(write(fd, &one, sizeof(one)), ==, sizeof(one));
    g_assert_cmphex(accept(irq), ==, 0xff000000);
    settle();
    uint32_t xirr = accept(irq);
    g_assert_cmphex(xirr, ==, 0xff000000 | MSI);
    xics_user_eoi(irq->xics, 0, xirr);

    /* Unbound while an event waits: it does not come. */
    g_assert_cmpint(write(fd, &one, sizeof(one)), ==, sizeof(one));
    irq_unbind_fd(irq, MSI);
    settle();
    g_assert_cmphex(accept(irq), ==, 0xff000000);
    machine_free(fake);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/irq-line/numbers", test_numbers);
    g_test_add_func("/irq-line/claim", test_claim);
    g_test_add_func("/irq-line/claim-refused", test_claim_refused);
    g_test_add_func("/irq-line/reset-covers", test_reset_covers);
    g_test_add_func("/irq-line/level-xics-kernel", test_level_xics_kernel);
    g_test_add_func("/irq-line/level-xics-user", test_level_xics_user);
    g_test_add_func("/irq-line/level-xive", test_level_xive);
    g_test_add_func("/irq-line/level-switch", test_level_switch);
    g_test_add_func("/irq-line/fd", test_fd);
    g_test_add_func("/irq-line/fd-user", test_fd_user);
    g_test_add_func("/irq-line/fd-main-loop", test_fd_main_loop);
    return g_test_run();
}
