/* SPDX-License-Identifier: GPL-2.0-or-later */
/* H_WATCHDOG: its arguments, and what the watchdogs do when they have run down. */
#include "hw/spapr/watchdog.h"

#include <string.h>

#include "hcall/hcall.h"
#include "hw/spapr/platform.h"
#include "src/base/log.h"
#include "tests/unit/fake_vm.h"

enum { START = 0x100, STOP = 0x200, QUERY = 0x300, QUERY_LPM = 0x400, LEAVE = 0x10000 };

static FakeVm *make(void)
{
    FakeVm *fake = fake_vm_new(FAKE_HV_POWER9, 2, 1, 1, 16 << 20);

    fake_vm_add_devices(fake);
    return fake;
}

static HcallRet call(FakeVm *fake, uint64_t flags, uint64_t number, uint64_t ms, uint64_t *result)
{
    uint64_t args[9] = {flags, number, ms};
    HcallRet ret = hcall_dispatch(fake->vm.vcpus[0], H_WATCHDOG, args);

    if (result)
        *result = args[0];
    return ret;
}

/** Run the main loop for @ms milliseconds, or until the machine's end is asked for. */
static void run(FakeVm *fake, unsigned ms)
{
    gint64 end = g_get_monotonic_time() + (gint64)ms * 1000;

    while (g_get_monotonic_time() < end && !fake->requests) {
        g_main_context_iteration(NULL, FALSE);
        g_usleep(1000);
    }
}

static void test_arguments(void)
{
    g_autoptr(FakeVm) fake = make();
    uint64_t value;

    g_assert_cmpint(call(fake, QUERY, 0, 0, &value), ==, H_SUCCESS);
    g_assert_cmpuint(value >> 48, ==, WATCHDOG_MIN_MS);
    g_assert_cmpuint(value >> 32 & 0xffff, ==, WATCHDOG_COUNT);
    g_assert_cmpuint((uint32_t)value, ==, 0);
    g_assert_cmpint(call(fake, QUERY_LPM, 1, 0, &value), ==, H_SUCCESS);
    g_assert_cmpuint(value, ==, 1);
    g_assert_cmpint(call(fake, QUERY_LPM, 0, 0, NULL), ==, H_P2);

    g_assert_cmpint(call(fake, 0, 1, 1000, NULL), ==, H_PARAMETER);
    g_assert_cmpint(call(fake, 0x500, 1, 1000, NULL), ==, H_PARAMETER);
    g_assert_cmpint(call(fake, START, 1, 1000, NULL), ==, H_PARAMETER);
    g_assert_cmpint(call(fake, START | 4, 1, 1000, NULL), ==, H_PARAMETER);
    g_assert_cmpint(call(fake, START | 2 | 0x20000, 1, 1000, NULL), ==, H_PARAMETER);
    g_assert_cmpint(call(fake, START | 2 | UINT64_C(1) << 63, 1, 1000, NULL), ==, H_PARAMETER);
    g_assert_cmpint(call(fake, START | 2, 0, 1000, NULL), ==, H_P2);
    g_assert_cmpint(call(fake, START | 2, WATCHDOG_COUNT + 1, 1000, NULL), ==, H_P2);
    g_assert_cmpint(call(fake, START | 2, UINT64_MAX, 1000, NULL), ==, H_P2);
    g_assert_cmpint(call(fake, START | 2, 1, WATCHDOG_MIN_MS - 1, NULL), ==, H_P3);

    g_assert_cmpint(call(fake, STOP, 1, 0, NULL), ==, H_NOOP);
    g_assert_cmpint(call(fake, STOP, UINT64_MAX, 0, NULL), ==, H_NOOP);
    g_assert_cmpint(call(fake, STOP, 0, 0, NULL), ==, H_P2);
    g_assert_cmpint(call(fake, STOP, WATCHDOG_COUNT + 1, 0, NULL), ==, H_P2);
    g_assert_cmpint(call(fake, START | 1, 4, UINT64_MAX, NULL), ==, H_SUCCESS);
    g_assert_cmpint(call(fake, START | 1 | LEAVE, 1, 1000000, NULL), ==, H_SUCCESS);
    g_assert_cmpint(call(fake, STOP, 4, 0, NULL), ==, H_SUCCESS);
    g_assert_cmpint(call(fake, STOP, UINT64_MAX, 0, NULL), ==, H_SUCCESS);
    g_assert_cmpint(call(fake, STOP, UINT64_MAX, 0, NULL), ==, H_NOOP);
}

static void test_actions(void)
{
    g_autoptr(FakeVm) fake = make();

    g_assert_cmpint(call(fake, START | WATCHDOG_RESTART, 2, 150, NULL), ==, H_SUCCESS);
    g_assert_cmpint(call(fake, START | WATCHDOG_POWER_OFF, 1, 60000, NULL), ==, H_SUCCESS);
    run(fake, 50);
    g_assert_cmpuint(fake->requests, ==, 0);
    run(fake, 5000);
    g_assert_cmpint(fake->request, ==, VM_REQUEST_REBOOT);
    g_assert_nonnull(strstr(fake->why, "watchdog 2"));
    /* It has stopped the other one. */
    g_assert_cmpint(call(fake, STOP, UINT64_MAX, 0, NULL), ==, H_NOOP);

    fake->requests = 0;
    g_assert_cmpint(call(fake, START | WATCHDOG_POWER_OFF | LEAVE, 3, 100, NULL), ==, H_SUCCESS);
    g_assert_cmpint(call(fake, START | WATCHDOG_POWER_OFF, 1, 60000, NULL), ==, H_SUCCESS);
    run(fake, 5000);
    g_assert_cmpint(fake->request, ==, VM_REQUEST_CRASH);
    g_assert_cmpint(call(fake, STOP, 1, 0, NULL), ==, H_SUCCESS);

    fake->requests = 0;
    g_assert_cmpint(call(fake, START | WATCHDOG_DUMP_RESTART, 1, 100, NULL), ==, H_SUCCESS);
    run(fake, 300);
    g_assert_cmpuint(fake->requests, ==, 0);
    for (unsigned i = 0; i < 2; i++)
        g_assert_cmphex(fake->vm.vcpus[i]->events, ==, VCPU_EVENT_SYSTEM_RESET);
}

/** One that is started over and over never runs down; nor one that was stopped, or by a reset. */
static void test_kept(void)
{
    g_autoptr(FakeVm) fake = make();

    for (unsigned i = 0; i < 20; i++) {
        g_assert_cmpint(call(fake, START | WATCHDOG_RESTART, 1, 400, NULL), ==, H_SUCCESS);
        run(fake, 30);
    }
    g_assert_cmpuint(fake->requests, ==, 0);
    g_assert_cmpint(call(fake, STOP, 1, 0, NULL), ==, H_SUCCESS);
    g_assert_cmpint(call(fake, START | WATCHDOG_RESTART, 2, 100, NULL), ==, H_SUCCESS);
    platform_reset(fake->vm.platform);
    run(fake, 600);
    g_assert_cmpuint(fake->requests, ==, 0);
    g_assert_cmpint(call(fake, STOP, UINT64_MAX, 0, NULL), ==, H_NOOP);
}

/** While the user has the machine stopped, they stand still. */
static void test_paused(void)
{
    g_autoptr(FakeVm) fake = make();
    Watchdogs *dogs = fake->vm.platform->watchdogs;

    g_assert_cmpint(call(fake, START | WATCHDOG_RESTART, 1, 300, NULL), ==, H_SUCCESS);
    watchdogs_pause(dogs);
    watchdogs_pause(dogs);
    run(fake, 500);
    g_assert_cmpuint(fake->requests, ==, 0);
    watchdogs_resume(dogs);
    run(fake, 100);
    g_assert_cmpuint(fake->requests, ==, 0);
    run(fake, 5000);
    g_assert_cmpint(fake->request, ==, VM_REQUEST_REBOOT);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_assert_true(log_open(NULL, LOG_ERROR, NULL));
    g_test_add_func("/watchdog/arguments", test_arguments);
    g_test_add_func("/watchdog/actions", test_actions);
    g_test_add_func("/watchdog/kept", test_kept);
    g_test_add_func("/watchdog/paused", test_paused);
    return g_test_run();
}
