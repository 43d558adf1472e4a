/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the partition has of its platform: processors, memory, energy. */
#include <errno.h>

#include "hcall/hcall.h"
#include "src/base/log.h"
#include "tests/unit/fake_vm.h"

enum { MEMORY = 16 << 20, ARGS = 9 };

static const uint64_t none = UINT64_MAX;

static FakeVm *make(FakeHvProfile profile, unsigned cpus, unsigned threads)
{
    FakeVm *fake = fake_vm_new(profile, cpus, threads, threads, MEMORY);

    fake_vm_add_devices(fake);
    return fake;
}

/** Call @number with r4 = @a, r5 = @b, all other registers marked; results to @args. */
static HcallRet call(FakeVm *fake, uint64_t number, uint64_t a, uint64_t b, uint64_t args[ARGS])
{
    for (unsigned i = 0; i < ARGS; i++)
        args[i] = 0xee00 + i;
    args[0] = a;
    args[1] = b;
    return hcall_dispatch(fake->vm.vcpus[0], number, args);
}

static void test_processors(void)
{
    /* Cores of the guest and of the host, and what the guest is entitled to. */
    static const struct {
        unsigned cpus, threads, host, entitled;
    } rows[] = {{1, 1, 8, 100}, {4, 1, 8, 400}, {8, 4, 8, 200}, {16, 1, 8, 800}, {4, 1, 0, 100}};
    uint64_t args[ARGS];

    for (unsigned i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(FakeVm) fake = make(FAKE_HV_POWER9, rows[i].cpus, rows[i].threads);
        uint64_t host = MAX(rows[i].host, 1);

        hv_fake_caps(fake->host)->pool.cores = rows[i].host;
        g_assert_cmpint(call(fake, H_GET_PPP, 0, 0, args), ==, H_SUCCESS);
        g_assert_cmpuint(args[0], ==, rows[i].entitled);
        g_assert_cmpuint(args[1], ==, 0);
        g_assert_cmphex(args[2], ==, 0);
        g_assert_cmphex(args[3], ==, UINT64_C(1) << 48 | host << 16 | host);
        g_assert_cmphex(args[4], ==, host << 48 | host * 100 << 24 | host * 100);
        g_assert_cmphex(args[5], ==, 0xee05);

        g_assert_cmpint(call(fake, H_SET_PPP, rows[i].entitled, 0, args), ==, H_SUCCESS);
        g_assert_cmpint(call(fake, H_SET_PPP, rows[i].entitled + 1, 0, args), ==, H_CONSTRAINED);
        g_assert_cmpint(call(fake, H_SET_PPP, rows[i].entitled, 255, args), ==, H_CONSTRAINED);
        g_assert_cmpint(call(fake, H_SET_PPP, rows[i].entitled, 256, args), ==, H_PARAMETER);
        g_assert_cmpint(call(fake, H_SET_PPP, none, none, args), ==, H_PARAMETER);
    }

    /* A host with more processors than the fields can tell. */
    g_autoptr(FakeVm) fake = make(FAKE_HV_POWER9, 1, 1);
    hv_fake_caps(fake->host)->pool.cores = 1000000;
    g_assert_cmpint(call(fake, H_GET_PPP, 0, 0, args), ==, H_SUCCESS);
    g_assert_cmphex(args[3], ==, 0x10000ffffffff);
}

static void test_pool(void)
{
    g_autoptr(FakeVm) fake = make(FAKE_HV_POWER9, 2, 1);
    const uint64_t ticks = UINT64_C(3600) * 512000000 * 8;
    uint64_t args[ARGS];

    g_assert_cmpint(call(fake, H_PIC, 1, 2, args), ==, H_AUTHORITY);
    g_assert_cmphex(args[0], ==, 1);
    g_assert_cmphex(args[2], ==, 0xee02);

    fake->config.pool_stats = TRUE;
    g_assert_cmpint(call(fake, H_PIC, 0, 0, args), ==, H_SUCCESS);
    g_assert_cmpuint(args[0], ==, ticks / 2);
    g_assert_cmpuint(args[1], ==, 8);
    g_assert_cmpuint(args[2], ==, ticks);
    g_assert_cmpuint(args[3], ==, ticks / 2);
    g_assert_cmpuint(args[4], ==, ticks / 2);
    g_assert_cmpuint(args[5], ==, 0);
    for (unsigned i = 6; i < ARGS; i++)
        g_assert_cmphex(args[i], ==, none);

    hv_fake_fail(fake->host, FAKE_HOST_POOL_TIME, 1, ENODEV);
    g_assert_cmpint(call(fake, H_PIC, 0, 0, args), ==, H_HARDWARE);
}

static void test_memory(void)
{
    g_autoptr(FakeVm) fake = make(FAKE_HV_NESTED, 1, 1);
    const uint64_t want[7] = {MEMORY, none, 0xffff, 0, none, 0, MEMORY};
    uint64_t args[ARGS];

    g_assert_cmpint(call(fake, H_GET_MPP, 0, 0, args), ==, H_SUCCESS);
    g_assert_cmpmem(args, sizeof(want), want, sizeof(want));
    g_assert_cmphex(args[7], ==, 0xee07);
    g_assert_cmpint(call(fake, H_SET_MPP, MEMORY, 0, args), ==, H_SUCCESS);
    g_assert_cmpint(call(fake, H_SET_MPP, MEMORY + 1, 0, args), ==, H_CONSTRAINED);
    g_assert_cmpint(call(fake, H_SET_MPP, MEMORY, 1, args), ==, H_CONSTRAINED);

    g_assert_cmpint(call(fake, H_GET_MPP_X, 1, 1, args), ==, H_SUCCESS);
    for (unsigned i = 0; i < 7; i++)
        g_assert_cmphex(args[i], ==, 0);
}

static void test_energy(void)
{
    g_autoptr(FakeVm) fake = make(FAKE_HV_POWER9, 1, 1);
    uint64_t args[ARGS];

    g_assert_cmpint(call(fake, H_GET_EM_PARMS, 1, 1, args), ==, H_SUCCESS);
    for (unsigned i = 0; i < 6; i++)
        g_assert_cmphex(args[i], ==, 0);

    /* Latency, count of resources, refresh, ordered, activate: all allowed. */
    g_assert_cmpint(call(fake, H_BEST_ENERGY, 0x004e200000ff0701, 0, args), ==, H_NOT_AVAILABLE);
    g_assert_cmpint(call(fake, H_BEST_ENERGY, 2, 0, args), ==, H_NOT_AVAILABLE);
    g_assert_cmpint(call(fake, H_BEST_ENERGY, 0, 0, args), ==, H_UNSUPPORTED);
    g_assert_cmpint(call(fake, H_BEST_ENERGY, 3, 0, args), ==, H_UNSUPPORTED);
    /* The first bit that is not supported. */
    g_assert_cmpint(call(fake, H_BEST_ENERGY, 0x801, 0, args), ==, -256 - 52);
    g_assert_cmpint(call(fake, H_BEST_ENERGY, 0x80000801, 0, args), ==, -256 - 32);
    g_assert_cmpint(call(fake, H_BEST_ENERGY, 0x01008001, 0, args), ==, -256 - 39);
}

static void test_processor_state(void)
{
    g_autoptr(FakeVm) fake = make(FAKE_HV_POWER9, 1, 1);
    const uint64_t on = UINT64_C(1) << 63, granularity = UINT64_C(1) << 62;
    uint64_t args[ARGS];

    fake->vm.ops->vcpu_set_reg(fake->vm.vcpus[0]->hv, HV_REG_PURR, 0x123456789a);
    g_assert_cmpint(call(fake, H_PURR, 0, 0, args), ==, H_SUCCESS);
    g_assert_cmphex(args[0], ==, 0x123456789a);
    hv_fake_fail(fake->host, FAKE_VCPU_GET_REG, 1, EIO);
    g_assert_cmpint(call(fake, H_PURR, 0, 0, args), ==, H_HARDWARE);
    g_assert_cmpint(call(fake, H_POLL_PENDING, 0, 0, args), ==, H_SUCCESS);

    g_assert_cmpint(call(fake, H_PERFMON, on, 0, args), ==, H_SUCCESS);
    g_assert_cmphex(args[0], ==, on);
    g_assert_cmpint(call(fake, H_PERFMON, 0, granularity, args), ==, H_SUCCESS);
    g_assert_cmphex(args[0], ==, on);
    g_assert_cmpint(call(fake, H_PERFMON, granularity, 0, args), ==, H_RESOURCE);
    g_assert_cmpint(call(fake, H_PERFMON, 0, on, args), ==, H_RESOURCE);
    g_assert_cmpint(call(fake, H_PERFMON, 1, 0, args), ==, H_PARAMETER);
    g_assert_cmpint(call(fake, H_PERFMON, on, 1, args), ==, H_PARAMETER);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_assert_true(log_open(NULL, LOG_ERROR, NULL));
    g_test_add_func("/hcall_lpar/processors", test_processors);
    g_test_add_func("/hcall_lpar/pool", test_pool);
    g_test_add_func("/hcall_lpar/memory", test_memory);
    g_test_add_func("/hcall_lpar/energy", test_energy);
    g_test_add_func("/hcall_lpar/processor_state", test_processor_state);
    return g_test_run();
}
