/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ibm,client-architecture-support on a machine: what it does to it, and where it leaves it. */
#include "hw/spapr/cas.h"

#include <errno.h>
#include <glib/gstdio.h>

#include "hw/spapr/irq/irq.h"
#include "hw/spapr/platform.h"
#include "hw/spapr/vec5.h"
#include "include/paprika/papr.h"
#include "mmu/mmu.h"
#include "src/base/guest_mem.h"
#include "src/base/log.h"
#include "tests/unit/fake_vm.h"
#include "tests/unit/vec_maker.h"

#define PLACE UINT64_C(0x8000)

enum {
    CPUS = 3,
    XIVE_SLOTS = 3,
    XIVE_FIRST_SLOT = 384,
};

/** A machine whose first vCPU runs, and that is in radix and XIVE where there is a choice. */
static FakeVm *make_guest(FakeHvProfile profile)
{
    FakeVm *fake = fake_vm_new(profile, CPUS, 1, 1, 256 * MIB);

    fake_vm_add_devices(fake);
    fake->vm.vcpus[0]->state = VCPU_RUNNING;
    return fake;
}

static gboolean call(FakeVm *fake, uint8_t irq, uint8_t mmu, CasOutcome *outcome)
{
    VecMaker maker = {0};

    vec_linux(&maker, irq, mmu, VEC5_RADIX_GTSE, 26);
    g_assert_true(guest_mem_write(fake->vm.mem, PLACE, maker.bytes, maker.length));
    return cas_negotiate(fake->vm.vcpus[0], PLACE, outcome);
}

/** The host refuses something. */
static gboolean pages_may_stay;

/** Whether the machine, and what the fake host has of it, is in these modes. */
static void assert_modes(FakeVm *fake, gboolean radix, gboolean xive)
{
    uint64_t gpa, size;
    HvIrqchip kind;
    uint32_t servers;
    void *host;

    g_assert_cmpint(mmu_is_radix(fake->vm.mmu), ==, radix);
    g_assert_cmpint(mmu_hpt_order(fake->vm.mmu) != 0, ==, !radix);
    g_assert_cmpint(irq_kind(fake->vm.irq) == IRQ_KIND_XIVE_KERNEL, ==, xive);
    if (irq_kind(fake->vm.irq) == IRQ_KIND_XICS_USER) {
        g_assert_false(hv_fake_irqchip(fake->vm.hv, &kind, &servers));
    } else {
        g_assert_true(hv_fake_irqchip(fake->vm.hv, &kind, &servers));
        g_assert_cmpint(kind, ==, xive ? HV_IRQCHIP_XIVE : HV_IRQCHIP_XICS);
    }
    for (unsigned i = 0; i < XIVE_SLOTS; i++) {
        gboolean mapped = hv_fake_slot(fake->vm.hv, XIVE_FIRST_SLOT + i, &gpa, &size, &host);

        /* The host may have refused to take pages away, behind which there is nothing now. */
        g_assert_true(mapped == xive || (mapped && pages_may_stay));
    }
    irq_pulse(fake->vm.irq, IRQ_SOURCE_VTY);
}

static uint64_t compat_of(FakeVm *fake, unsigned cpu)
{
    uint64_t value = 0;

    fake->vm.ops->vcpu_get_reg(fake->vm.vcpus[cpu]->hv, HV_REG_ARCH_COMPAT, &value);
    return value;
}

/** From each pair of modes to each other one, and back. */
static void test_switches(void)
{
    FakeVm *fake = make_guest(FAKE_HV_POWER9);
    CasOutcome outcome;

    assert_modes(fake, TRUE, TRUE);
    for (unsigned from = 0; from < 4; from++) {
        for (unsigned to = 0; to < 4; to++) {
            uint8_t ask_irq[] = {VEC5_IRQ_XICS, VEC5_IRQ_XIVE};
            uint8_t ask_mmu[] = {VEC5_MMU_HASH, VEC5_MMU_RADIX};

            g_assert_true(call(fake, ask_irq[from & 1], ask_mmu[from >> 1], &outcome));
            assert_modes(fake, from >> 1, from & 1);
            g_assert_true(call(fake, ask_irq[to & 1], ask_mmu[to >> 1], &outcome));
            assert_modes(fake, to >> 1, to & 1);
            g_assert_cmpint(outcome.status, ==, CAS_OK);
            g_assert_cmpint(outcome.modes.radix, ==, to >> 1);
            g_assert_cmpint(outcome.modes.xive, ==, to & 1);
        }
    }
    for (unsigned i = 0; i < CPUS; i++)
        g_assert_cmphex(compat_of(fake, i), ==, PVR_LOGICAL_300);
    g_assert_true(fake->vm.platform->terms.hpt_resize);
    g_assert_cmpuint(fake->requests, ==, 0);

    /* Asked for the same again, nothing is touched. */
    hv_fake_forget(fake->host);
    g_assert_true(call(fake, VEC5_IRQ_XIVE, VEC5_MMU_RADIX, &outcome));
    for (FakeHvOp op = 0; op < FAKE_OP_COUNT; op++)
        g_assert_cmpuint(hv_fake_count(fake->host, op), ==, 0);
    fake_vm_free(fake);
}

/** Both controllers in user space, on hosts with and without the kernel's. */
static void test_user_pairs(void)
{
    static const FakeHvProfile profiles[] = {FAKE_HV_POWER9, FAKE_HV_POWER10, FAKE_HV_NESTED};
    CasOutcome outcome;

    for (unsigned i = 0; i < G_N_ELEMENTS(profiles); i++) {
        FakeVm *fake = fake_vm_new(profiles[i], CPUS, 1, 1, 256 * MIB);

        fake->config.irq_place = IRQ_IN_USER;
        fake_vm_add_devices(fake);
        fake->vm.vcpus[0]->state = VCPU_RUNNING;
        g_assert_cmpint(irq_kind(fake->vm.irq), ==, IRQ_KIND_XIVE_USER);
        for (unsigned round = 0; round < 3; round++) {
            g_assert_true(call(fake, VEC5_IRQ_XICS, VEC5_MMU_RADIX, &outcome));
            g_assert_cmpint(irq_kind(fake->vm.irq), ==, IRQ_KIND_XICS_USER);
            g_assert_true(call(fake, VEC5_IRQ_XIVE, VEC5_MMU_RADIX, &outcome));
            g_assert_cmpint(irq_kind(fake->vm.irq), ==, IRQ_KIND_XIVE_USER);
            g_assert_true(outcome.modes.xive);
        }
        g_assert_cmpuint(hv_fake_count(fake->host, FAKE_IRQCHIP_NEW), ==, 0);
        fake_vm_free(fake);
    }
}

static void test_user_space(void)
{
    FakeVm *fake = make_guest(FAKE_HV_NESTED);
    CasOutcome outcome;

    g_assert_true(call(fake, VEC5_IRQ_XICS, VEC5_MMU_RADIX, &outcome));
    g_assert_cmpint(irq_kind(fake->vm.irq), ==, IRQ_KIND_XICS_USER);
    g_assert_false(call(fake, VEC5_IRQ_XICS, VEC5_MMU_HASH, &outcome));
    g_assert_cmpint(outcome.status, ==, CAS_NO_MMU);
    assert_modes(fake, TRUE, FALSE);
    fake_vm_free(fake);
}

static void test_refusals(void)
{
    FakeVm *fake = make_guest(FAKE_HV_POWER9);
    Vm *vm = &fake->vm;
    HvRegs regs = {.msr = 0x30};
    CasOutcome outcome;

    /* Others run, or are about to. */
    for (VcpuState state = VCPU_STARTING; state <= VCPU_RUNNING; state++) {
        vm->vcpus[CPUS - 1]->state = state;
        g_assert_false(call(fake, VEC5_IRQ_XIVE, VEC5_MMU_HASH, &outcome));
        g_assert_cmpint(outcome.status, ==, CAS_NOT_ALONE);
        vm->vcpus[CPUS - 1]->state = VCPU_STOPPED;
    }
    /* Nothing there. */
    g_assert_false(cas_negotiate(vm->vcpus[0], 256 * MIB - 4, &outcome));
    g_assert_cmpint(outcome.status, ==, CAS_MALFORMED);
    g_assert_false(cas_negotiate(vm->vcpus[0], UINT64_MAX, &outcome));
    g_assert_cmpint(outcome.status, ==, CAS_MALFORMED);
    /* Translation is on: only a change of it is refused. */
    vm->ops->vcpu_set_regs(vm->vcpus[0]->hv, &regs);
    g_assert_false(call(fake, VEC5_IRQ_XIVE, VEC5_MMU_HASH, &outcome));
    g_assert_cmpint(outcome.status, ==, CAS_NOT_REAL_MODE);
    assert_modes(fake, TRUE, TRUE);
    g_assert_true(call(fake, VEC5_IRQ_XICS, VEC5_MMU_RADIX, &outcome));
    assert_modes(fake, TRUE, FALSE);
    g_assert_cmpuint(fake->requests, ==, 0);
    fake_vm_free(fake);
}

/** Fail each call to the host in turn: the machine is whole, and in the modes that it says. */
static void test_host_refuses(void)
{
    static const int errors[] = {ENOMEM, EBUSY, EINVAL, ENOSPC};
    unsigned nth, refused = 0;
    gboolean failed = TRUE;

    pages_may_stay = TRUE;
    for (unsigned e = 0; e < G_N_ELEMENTS(errors); e++) {
        for (nth = 1, failed = TRUE; failed; nth++) {
            FakeVm *fake = make_guest(FAKE_HV_POWER9);
            CasOutcome outcome;
            FakeHvOp op;

            hv_fake_fail_any(fake->host, nth, errors[e]);
            gboolean ok = call(fake, VEC5_IRQ_XICS, VEC5_MMU_HASH, &outcome);
            failed = hv_fake_failed_any(fake->host, &op);
            hv_fake_fail_any(fake->host, 0, 0);
            refused += !ok;
            if (ok)
                assert_modes(fake, FALSE, FALSE);
            else
                assert_modes(fake, outcome.modes.radix, outcome.modes.xive);
            for (unsigned i = 1; i < CPUS; i++)
                g_assert_cmphex(compat_of(fake, i), ==, fake->vm.platform->terms.cpu_pvr);
            g_assert_cmpuint(fake->requests, ==, 0);
            /* And it can be had again. */
            g_assert_true(call(fake, VEC5_IRQ_XICS, VEC5_MMU_HASH, &outcome));
            assert_modes(fake, FALSE, FALSE);
            fake_vm_free(fake);

            /* The other way round, where the controller can be refused for good. */
            fake = make_guest(FAKE_HV_POWER9);
            g_assert_true(call(fake, VEC5_IRQ_XICS, VEC5_MMU_HASH, &outcome));
            hv_fake_fail_any(fake->host, nth, errors[e]);
            ok = call(fake, VEC5_IRQ_XIVE, VEC5_MMU_RADIX, &outcome);
            failed = hv_fake_failed_any(fake->host, &op) || failed;
            hv_fake_fail_any(fake->host, 0, 0);
            assert_modes(fake, ok || outcome.modes.radix, ok || outcome.modes.xive);
            g_assert_true(call(fake, VEC5_IRQ_XIVE, VEC5_MMU_RADIX, &outcome));
            assert_modes(fake, TRUE, TRUE);
            fake_vm_free(fake);
        }
        g_assert_cmpuint(nth, >, 20);
    }
    g_assert_cmpuint(refused, >, 0);
    pages_may_stay = FALSE;
}

/** A client that can't resize its hash page table gets the one that it may need at last. */
static void test_fixed_table(void)
{
    static const uint8_t modes[] = {VEC5_MMU_HASH, VEC5_MMU_RADIX};

    for (unsigned i = 0; i < 2 * G_N_ELEMENTS(modes); i++) {
        FakeVm *fake = fake_vm_new(FAKE_HV_POWER9, CPUS, 1, 1, GIB);
        gboolean from_hash = i / G_N_ELEMENTS(modes) == 0;
        uint8_t mmu = modes[i % G_N_ELEMENTS(modes)];
        VecMaker maker = {0};
        CasOutcome outcome;

        fake->config.max_memory = 8 * GIB;
        fake_vm_add_devices(fake);
        fake->vm.vcpus[0]->state = VCPU_RUNNING;
        if (from_hash)
            g_assert_true(call(fake, VEC5_IRQ_XICS, VEC5_MMU_HASH, &outcome));
        g_assert_cmpuint(mmu_hpt_order(fake->vm.mmu), ==, from_hash ? 23 : 0);

        vec_linux(&maker, VEC5_IRQ_XICS, mmu, VEC5_RADIX_GTSE, 26);
        /* Before vector 6, of 4 bytes; byte 1 of vector 5 comes first. */
        maker.bytes[maker.length - 4 - 26 - 1 + VEC5_BINARY_BYTE] &= (uint8_t)~VEC5_HPT_RESIZE;
        g_assert_true(guest_mem_write(fake->vm.mem, PLACE, maker.bytes, maker.length));
        g_assert_true(cas_negotiate(fake->vm.vcpus[0], PLACE, &outcome));
        g_assert_cmpuint(mmu_hpt_order(fake->vm.mmu), ==, mmu == VEC5_MMU_HASH ? 26 : 0);
        g_assert_cmpint(mmu_resize_prepare(fake->vm.mmu, 0, 20), ==,
                        mmu == VEC5_MMU_HASH ? H_AUTHORITY : H_NOT_AVAILABLE);

        /* The next one can, until it says otherwise. */
        g_assert_true(call(fake, VEC5_IRQ_XICS, VEC5_MMU_HASH, &outcome));
        g_assert_cmpuint(mmu_hpt_order(fake->vm.mmu), ==, 23);
        g_assert_cmpint(mmu_resize_prepare(fake->vm.mmu, 0, 26), ==, H_LONG_BUSY_100_MSEC);
        fake_vm_free(fake);
    }
}

/** Another table where there was one, and the host has become short of memory. */
static void test_smaller_table(void)
{
    FakeVm *fake = fake_vm_new(FAKE_HV_POWER8, CPUS, 1, 1, GIB);
    VecMaker maker = {0};
    CasOutcome outcome;

    fake->config.max_memory = 8 * GIB;
    fake_vm_add_devices(fake);
    fake->vm.vcpus[0]->state = VCPU_RUNNING;
    g_assert_cmpuint(mmu_hpt_order(fake->vm.mmu), ==, 23);

    hv_fake_set_max_htab_order(fake->host, 18);
    vec_linux(&maker, VEC5_IRQ_XICS, VEC5_MMU_HASH, 0, 26);
    maker.bytes[maker.length - 4 - 26 - 1 + VEC5_BINARY_BYTE] &= (uint8_t)~VEC5_HPT_RESIZE;
    g_assert_true(guest_mem_write(fake->vm.mem, PLACE, maker.bytes, maker.length));
    g_assert_false(cas_negotiate(fake->vm.vcpus[0], PLACE, &outcome));
    g_assert_cmpint(outcome.status, ==, CAS_REFUSED);
    /* Hash is all that there is. */
    assert_modes(fake, FALSE, FALSE);
    g_assert_cmpuint(mmu_hpt_order(fake->vm.mmu), ==, 18);
    g_assert_cmpuint(fake->requests, ==, 0);
    fake_vm_free(fake);
}

/** No controller of the kernel's can be made any more: there is always our own. */
static void test_no_controller(void)
{
    FakeVm *fake = make_guest(FAKE_HV_POWER9);
    CasOutcome outcome;

    hv_fake_fail_always(fake->host, FAKE_IRQCHIP_NEW, ENOSPC);
    g_assert_true(call(fake, VEC5_IRQ_XICS, VEC5_MMU_RADIX, &outcome));
    g_assert_cmpint(irq_kind(fake->vm.irq), ==, IRQ_KIND_XICS_USER);
    assert_modes(fake, TRUE, FALSE);
    g_assert_false(call(fake, VEC5_IRQ_XIVE, VEC5_MMU_RADIX, &outcome));
    g_assert_cmpint(outcome.status, ==, CAS_REFUSED);
    assert_modes(fake, TRUE, FALSE);
    fake_vm_free(fake);
}

/** A table that leaves no room for what has begun: back to radix. */
static void test_small_table(void)
{
    FakeVm *fake = make_guest(FAKE_HV_POWER9);
    CasOutcome outcome;

    hv_fake_caps(fake->host)->page_size = 4096;
    hv_fake_set_max_htab_order(fake->host, 18);
    g_assert_true(call(fake, VEC5_IRQ_XICS, VEC5_MMU_RADIX, &outcome));
    if (guest_mem_regions(fake->vm.mem, &(unsigned){0})[0].page_size <= 4096) {
        g_assert_false(call(fake, VEC5_IRQ_XICS, VEC5_MMU_HASH, &outcome));
        g_assert_cmpint(outcome.status, ==, CAS_REFUSED);
        assert_modes(fake, TRUE, FALSE);
    }
    /* No table at all. */
    hv_fake_set_max_htab_order(fake->host, 0);
    g_assert_false(call(fake, VEC5_IRQ_XICS, VEC5_MMU_HASH, &outcome));
    g_assert_cmpint(outcome.status, ==, CAS_REFUSED);
    assert_modes(fake, TRUE, FALSE);
    g_assert_cmpuint(fake->requests, ==, 0);
    fake_vm_free(fake);
}

/** KVM takes neither the new mode nor the old one: the host's failure, not the guest's doing. */
static void test_no_translation(void)
{
    FakeVm *fake = make_guest(FAKE_HV_POWER9);
    CasOutcome outcome;

    hv_fake_fail_always(fake->host, FAKE_VM_CONFIGURE_V3_MMU, EIO);
    g_assert_false(call(fake, VEC5_IRQ_XIVE, VEC5_MMU_HASH, &outcome));
    g_assert_cmpint(fake->request, ==, VM_REQUEST_FAIL);
    fake_vm_free(fake);
}

static void test_compat(void)
{
    FakeVm *fake = fake_vm_new(FAKE_HV_POWER10, CPUS, 1, 1, 256 * MIB);
    CasOutcome outcome;

    fake->config.max_cpu_compat = CPU_COMPAT_POWER8;
    fake_vm_add_devices(fake);
    fake->vm.vcpus[0]->state = VCPU_RUNNING;
    assert_modes(fake, FALSE, FALSE);
    g_assert_cmpint(cas_reset(&fake->vm), ==, 0);
    for (unsigned i = 0; i < CPUS; i++)
        g_assert_cmphex(compat_of(fake, i), ==, PVR_LOGICAL_207);
    g_assert_cmphex(fake->vm.lpcr_mask & HV_LPCR_LD, ==, HV_LPCR_LD);
    g_assert_cmphex(fake->vm.lpcr_value & HV_LPCR_LD, ==, 0);
    g_assert_false(call(fake, VEC5_IRQ_XICS, VEC5_MMU_RADIX, &outcome));
    g_assert_true(call(fake, VEC5_IRQ_XICS, VEC5_MMU_HASH, &outcome));

    /* A fresh client finds what power-on leaves, and KVM is not asked for what it has. */
    fake->vm.platform->terms.drmem_v2 = FALSE;
    hv_fake_forget(fake->host);
    g_assert_cmpint(cas_reset(&fake->vm), ==, 0);
    g_assert_cmpuint(hv_fake_count(fake->host, FAKE_VCPU_SET_REG), ==, 0);
    g_assert_true(fake->vm.platform->terms.drmem_v2);
    fake_vm_free(fake);

    fake = make_guest(FAKE_HV_POWER10);
    g_assert_true(call(fake, VEC5_IRQ_XIVE, VEC5_MMU_RADIX, &outcome));
    g_assert_cmphex(fake->vm.platform->terms.cpu_pvr, ==, PVR_LOGICAL_310);
    g_assert_cmphex(fake->vm.lpcr_value & HV_LPCR_LD, ==, HV_LPCR_LD);
    g_assert_cmphex(fake->vm.vcpus[0]->events & VCPU_EVENT_MODE, !=, 0);
    g_assert_cmpint(cas_reset(&fake->vm), ==, 0);
    g_assert_cmphex(compat_of(fake, CPUS - 1), ==, 0);
    hv_fake_fail_always(fake->host, FAKE_VCPU_SET_REG, EINVAL);
    g_assert_false(call(fake, VEC5_IRQ_XIVE, VEC5_MMU_RADIX, &outcome));
    g_assert_cmpint(outcome.status, ==, CAS_REFUSED);
    fake_vm_free(fake);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_autofree char *dir = g_dir_make_tmp("paprika-cas-XXXXXX", NULL);
    g_assert_nonnull(dir);
    g_assert_cmpint(g_chdir(dir), ==, 0);
    g_assert_true(log_open("cas.log", LOG_WARN, NULL));

    g_test_add_func("/cas/switches", test_switches);
    g_test_add_func("/cas/user_space", test_user_space);
    g_test_add_func("/cas/user_pairs", test_user_pairs);
    g_test_add_func("/cas/refusals", test_refusals);
    g_test_add_func("/cas/host_refuses", test_host_refuses);
    g_test_add_func("/cas/fixed_table", test_fixed_table);
    g_test_add_func("/cas/smaller_table", test_smaller_table);
    g_test_add_func("/cas/no_controller", test_no_controller);
    g_test_add_func("/cas/small_table", test_small_table);
    g_test_add_func("/cas/no_translation", test_no_translation);
    g_test_add_func("/cas/compat", test_compat);
    int status = g_test_run();

    g_unlink("cas.log");
    g_chdir("/");
    g_rmdir(dir);
    return status;
}
