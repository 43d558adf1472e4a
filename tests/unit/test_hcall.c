/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The hypercall dispatcher, and the handlers that are no interrupt controller's. */
#include "hcall/hcall.h"

#include <errno.h>
#include <string.h>

#include "hw/spapr/numa.h"
#include "hw/spapr/vty.h"
#include "src/base/guest_mem.h"
#include "src/base/log.h"
#include "tests/unit/fake_chardev.h"
#include "tests/unit/fake_vm.h"
#include "tests/unit/settle.h"

enum { MEMORY = 16 << 20 };

static FakeVm *make(FakeHvProfile profile, unsigned cpus, unsigned threads, unsigned stride)
{
    FakeVm *fake = fake_vm_new(profile, cpus, threads, stride, MEMORY);

    fake_vm_add_devices(fake);
    return fake;
}

/** Call @number on vCPU @index with up to four arguments; results are in fake's args. */
static HcallRet call(FakeVm *fake, unsigned index, uint64_t number, uint64_t args[9])
{
    return hcall_dispatch(fake->vm.vcpus[index], number, args);
}

#define CALL(fake, number, ...) call(fake, 0, number, (uint64_t[9]){__VA_ARGS__})

static const HcallDef *const families[] = {
    h_cpu_defs,  h_info_defs, h_llan_defs,     h_logical_defs, h_lpar_defs,
    h_mmu_defs,  h_mode_defs, h_of_defs,       h_rtas_defs,    h_tce_defs,
    h_term_defs, h_vio_defs,  h_watchdog_defs, h_xics_defs,    h_xive_defs,
};

static const HcallDef *find_def(uint64_t number, unsigned *found)
{
    const HcallDef *last = NULL;

    *found = 0;
    for (unsigned i = 0; i < G_N_ELEMENTS(families); i++) {
        for (const HcallDef *def = families[i]; def->name; def++) {
            if (def->number == number) {
                last = def;
                ++*found;
            }
        }
    }
    return last;
}

/** Every number: in the table once or not at all; unknown ones touch nothing. */
static void test_numbers(void)
{
    g_autoptr(FakeVm) fake = make(FAKE_HV_POWER9, 1, 1, 1);
    unsigned known = 0, total = 0, found;

    for (unsigned i = 0; i < G_N_ELEMENTS(families); i++) {
        for (const HcallDef *def = families[i]; def->name; def++) {
            g_assert_cmpuint(def->number % 4, ==, 0);
            g_assert_nonnull(def->section);
            g_assert_true(def->handler || def->place != HCALL_HERE);
            total++;
        }
    }
    for (uint64_t number = 0; number <= 0x10010; number++) {
        const HcallDef *def = find_def(number, &found);
        uint64_t args[9], before[9];

        g_assert_true(hcall_table_find(fake->vm.hcalls, number) == def);
        g_assert_cmpuint(found, <=, 1);
        known += found;
        if (def && def->handler)
            continue;
        for (unsigned i = 0; i < 9; i++)
            args[i] = before[i] = number * 0x123456789abcdef1 + i;
        g_assert_cmpint(call(fake, 0, number, args), ==, H_FUNCTION);
        g_assert_cmpmem(args, sizeof(args), before, sizeof(before));
    }
    g_assert_cmpuint(known, ==, total);

    static const uint64_t far[] = {UINT64_MAX,        UINT64_MAX - 3,
                                   UINT64_C(1) << 32, (UINT64_C(1) << 32) + H_RTAS,
                                   UINT64_C(1) << 63, (UINT64_C(1) << 63) + H_RANDOM,
                                   H_PRIVATE_MAX + 4};
    for (unsigned i = 0; i < G_N_ELEMENTS(far); i++) {
        g_assert_null(hcall_table_find(fake->vm.hcalls, far[i]));
        g_assert_cmpint(CALL(fake, far[i], 0), ==, H_FUNCTION);
    }
}

/** No number, whatever its arguments, does more than return. */
static void test_odd_arguments(void)
{
    static const uint64_t odd[] = {0,      1,          UINT64_MAX,  UINT64_C(1) << 63,
                                   MEMORY, MEMORY - 1, MEMORY - 16, 0xfffffffffff00,
                                   0x8000};
    static const FakeHvProfile profiles[] = {FAKE_HV_POWER8, FAKE_HV_POWER9, FAKE_HV_NESTED};

    for (unsigned p = 0; p < G_N_ELEMENTS(profiles); p++) {
        g_autoptr(FakeVm) fake = make(profiles[p], 2, 1, 1);

        for (uint64_t number = 0; number <= 0x500; number += 4) {
            for (unsigned i = 0; i < G_N_ELEMENTS(odd) * G_N_ELEMENTS(odd); i++) {
                uint64_t a = odd[i % G_N_ELEMENTS(odd)], b = odd[i / G_N_ELEMENTS(odd)];

                if (number != H_JOIN)
                    CALL(fake, number, a, b, a, b, b, a, a, b, a);
            }
        }
        g_assert_cmpuint(fake->requests, ==, 0);
    }
}

static void test_enable_kernel(void)
{
    g_autoptr(FakeVm) fake = make(FAKE_HV_POWER9, 1, 1, 1);

    g_assert_true(hv_fake_hcall_enabled(fake->vm.hv, H_SET_MODE));
    g_assert_true(hv_fake_hcall_enabled(fake->vm.hv, H_RANDOM));
    g_assert_true(hv_fake_hcall_enabled(fake->vm.hv, H_PAGE_INIT));
    /* By this one a guest can stop a processor of the host. */
    g_assert_false(hv_fake_hcall_enabled(fake->vm.hv, H_RPT_INVALIDATE));
    /* On by default, or answered here. */
    g_assert_false(hv_fake_hcall_enabled(fake->vm.hv, H_ENTER));
    g_assert_false(hv_fake_hcall_enabled(fake->vm.hv, H_RTAS));
    g_assert_false(hv_fake_hcall_enabled(fake->vm.hv, H_PUT_TERM_CHAR));

    fake->config.rpt_invalidate = TRUE;
    hcall_enable_kernel(&fake->vm);
    g_assert_true(hv_fake_hcall_enabled(fake->vm.hv, H_RPT_INVALIDATE));

    /* A kernel that refuses all of them is no error. */
    hv_fake_fail_always(fake->host, FAKE_VM_ENABLE_HCALL, EINVAL);
    hcall_enable_kernel(&fake->vm);
}

static void test_set_mode(void)
{
    static const struct {
        uint64_t flags, resource, value1, value2;
        HcallRet ret;
    } cases[] = {
        {0, 0, 0, 0, H_P2},
        {0, 1, 0, 0, H_P2},
        {0, 2, 0, 0, H_P2},
        {0, 5, 0, 0, H_P2},
        {1, UINT64_MAX, 0, 0, H_P2},
        {0, 0x100000004, 0, 0, H_P2},
        {0, 4, 1, 0, H_P3},
        {0, 4, 0, 1, H_P4},
        {0, 4, 1, 1, H_P3},
        {2, 4, 1, 0, H_P3},
        {0, 3, UINT64_MAX, 0, H_P3},
        {0, 3, 0, UINT64_MAX, H_P4},
        {2, 4, 0, 0, H_UNSUPPORTED_FLAG_START},
        {UINT64_MAX, 4, 0, 0, H_UNSUPPORTED_FLAG_START},
        {0x100000001, 4, 0, 0, H_UNSUPPORTED_FLAG_START},
        {1, 3, 0, 0, H_UNSUPPORTED_FLAG_START},
        {2, 3, 0, 0, H_UNSUPPORTED_FLAG_START},
        {4, 3, 0, 0, H_UNSUPPORTED_FLAG_START},
        {UINT64_MAX, 3, 0, 0, H_UNSUPPORTED_FLAG_START},
    };
    g_autoptr(FakeVm) fake = make(FAKE_HV_POWER9, 3, 1, 1);
    Vm *vm = &fake->vm;

    vm->lpcr_value = HV_LPCR_LD;
    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_assert_cmpint(CALL(fake, H_SET_MODE, cases[i].flags, cases[i].resource, cases[i].value1,
                             cases[i].value2),
                        ==, cases[i].ret);
        g_assert_cmpuint(vm->mode_seq, ==, 0);
    }
    for (unsigned i = 0; i < vm->n_vcpus; i++)
        g_assert_cmpuint(vm->vcpus[i]->events, ==, 0);

    g_assert_cmpint(CALL(fake, H_SET_MODE, 1, 4), ==, H_SUCCESS);
    g_assert_cmphex(vm->lpcr_value, ==, HV_LPCR_LD | HV_LPCR_ILE);
    g_assert_cmphex(vm->lpcr_mask, ==, HV_LPCR_ILE);
    g_assert_cmpuint(vm->mode_seq, ==, 1);
    for (unsigned i = 0; i < vm->n_vcpus; i++)
        g_assert_cmpuint(vm->vcpus[i]->events, ==, VCPU_EVENT_MODE);

    g_assert_cmpint(CALL(fake, H_SET_MODE, 3, 3), ==, H_SUCCESS);
    g_assert_cmphex(vm->lpcr_value, ==, HV_LPCR_LD | HV_LPCR_ILE | HV_LPCR_AIL);
    g_assert_cmphex(vm->lpcr_mask, ==, HV_LPCR_ILE | HV_LPCR_AIL);
    g_assert_cmpint(CALL(fake, H_SET_MODE, 0, 3), ==, H_SUCCESS);
    g_assert_cmpint(CALL(fake, H_SET_MODE, 0, 4), ==, H_SUCCESS);
    g_assert_cmphex(vm->lpcr_value, ==, HV_LPCR_LD);
    g_assert_cmpuint(vm->mode_seq, ==, 4);
}

static void test_logical(void)
{
    static const uint64_t loads[] = {H_LOGICAL_CI_LOAD, H_LOGICAL_CACHE_LOAD};
    static const uint64_t stores[] = {H_LOGICAL_CI_STORE, H_LOGICAL_CACHE_STORE};
    g_autoptr(FakeVm) fake = make(FAKE_HV_POWER9, 1, 1, 1);
    const uint8_t pattern[8] = {0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88};
    uint8_t bytes[8];

    for (unsigned k = 0; k < 2; k++) {
        for (uint64_t size = 0; size <= 17; size++) {
            gboolean legal = size == 1 || size == 2 || size == 4 || size == 8;
            uint64_t args[9] = {size, 0x1000};

            g_assert_true(guest_mem_write(fake->vm.mem, 0x1000, pattern, 8));
            g_assert_cmpint(call(fake, 0, loads[k], args), ==, legal ? H_SUCCESS : H_PARAMETER);
            g_assert_cmphex(args[0], ==,
                            legal ? UINT64_C(0x1122334455667788) >> (64 - 8 * size) : size);

            memcpy(args, (uint64_t[]){size, 0x1000, UINT64_C(0xa1a2a3a4a5a6a7a8)}, 24);
            g_assert_cmpint(call(fake, 0, stores[k], args), ==, legal ? H_SUCCESS : H_PARAMETER);
            g_assert_true(guest_mem_read(fake->vm.mem, 0x1000, bytes, 8));
            for (unsigned i = 0; i < 8; i++)
                g_assert_cmphex(bytes[i], ==,
                                legal && i < size ? 0xa1 + (8 - size) + i : pattern[i]);
            if (!legal)
                continue;

            /* Alignment, and the end of memory. */
            static const uint64_t bad[] = {MEMORY, UINT64_MAX - 7, UINT64_C(1) << 63};
            if (size > 1)
                g_assert_cmpint(CALL(fake, loads[k], size, 0x1001), ==, H_PARAMETER);
            g_assert_cmpint(CALL(fake, loads[k], size, MEMORY - size), ==, H_SUCCESS);
            g_assert_cmpint(CALL(fake, stores[k], size, MEMORY - size), ==, H_SUCCESS);
            for (unsigned i = 0; i < G_N_ELEMENTS(bad); i++) {
                g_assert_cmpint(CALL(fake, loads[k], size, bad[i]), ==, H_PARAMETER);
                g_assert_cmpint(CALL(fake, stores[k], size, bad[i]), ==, H_PARAMETER);
            }
        }
        g_assert_cmpint(CALL(fake, loads[k], UINT64_MAX, 0), ==, H_PARAMETER);
        g_assert_cmpint(CALL(fake, loads[k], 0x100000001, 0), ==, H_PARAMETER);
    }

    static const uint64_t flushes[] = {H_LOGICAL_ICBI, H_LOGICAL_DCBF};
    for (unsigned k = 0; k < 2; k++) {
        g_assert_cmpint(CALL(fake, flushes[k], 0), ==, H_SUCCESS);
        g_assert_cmpint(CALL(fake, flushes[k], MEMORY - 1), ==, H_SUCCESS);
        g_assert_cmpint(CALL(fake, flushes[k], MEMORY), ==, H_PARAMETER);
        g_assert_cmpint(CALL(fake, flushes[k], UINT64_MAX), ==, H_PARAMETER);
    }
}

static void test_page_init(void)
{
    enum { ZERO = 1 << 15, COPY = 1 << 14, INVALIDATE = 1 << 23, SYNCHRONIZE = 1 << 22 };
    g_autoptr(FakeVm) fake = make(FAKE_HV_POWER9, 1, 1, 1);
    struct GuestMem *mem = fake->vm.mem;
    uint8_t *page = guest_mem_ptr(mem, 0x2000, 4096), *other = guest_mem_ptr(mem, 0x5000, 4096);

    /* A page's worth exactly. */
    memset(page - 1, 0xaa, 4098);
    g_assert_cmpint(CALL(fake, H_PAGE_INIT, ZERO, 0x2000), ==, H_SUCCESS);
    g_assert_cmphex(page[-1] | page[4096], ==, 0xaa);
    for (unsigned i = 0; i < 4096; i++)
        g_assert_cmphex(page[i], ==, 0);

    for (unsigned i = 0; i < 4096; i++)
        other[i] = (uint8_t)(i * 7);
    g_assert_cmpint(CALL(fake, H_PAGE_INIT, COPY | SYNCHRONIZE, 0x2000, 0x5000), ==, H_SUCCESS);
    g_assert_cmpmem(page, 4096, other, 4096);
    g_assert_cmphex(page[-1] | page[4096], ==, 0xaa);
    g_assert_cmpint(CALL(fake, H_PAGE_INIT, COPY, 0x5000, 0x5000), ==, H_SUCCESS);

    /* The last page of memory; the source counts for a copy only. */
    g_assert_cmpint(CALL(fake, H_PAGE_INIT, ZERO, MEMORY - 4096, 1), ==, H_SUCCESS);
    g_assert_cmpint(CALL(fake, H_PAGE_INIT, INVALIDATE, 0x2000), ==, H_SUCCESS);
    g_assert_cmpint(CALL(fake, H_PAGE_INIT, 0, 0x2000), ==, H_SUCCESS);

    static const uint64_t bad[][3] = {
        {ZERO, 0x2001, 0},          {ZERO, MEMORY, 0},       {ZERO, UINT64_MAX & ~0xfffull, 0},
        {COPY, 0x2000, 0x5001},     {COPY, 0x2000, MEMORY},  {COPY, MEMORY, 0x2000},
        {ZERO | 1, 0x2000, 0},      {UINT64_MAX, 0x2000, 0}, {UINT64_C(1) << 39, 0x2000, 0},
        {COPY, 0x2000, 1ull << 63}, {0, MEMORY, 0},
    };
    for (unsigned i = 0; i < G_N_ELEMENTS(bad); i++)
        g_assert_cmpint(CALL(fake, H_PAGE_INIT, bad[i][0], bad[i][1], bad[i][2]), ==, H_PARAMETER);
    g_assert_cmpmem(page, 4096, other, 4096);
}

/** Decode as a guest does: fields from the high end, until one is all ones. */
static unsigned unpack(const uint64_t regs[6], uint32_t list[24])
{
    unsigned count = 0;

    for (unsigned i = 0; i < 24;) {
        uint16_t field = (uint16_t)(regs[i / 4] >> (48 - 16 * (i % 4)));

        i++;
        if (field == 0xffff)
            break;
        if (field & 0x8000) {
            list[count++] = field & 0x7fff;
        } else {
            g_assert_cmpuint(i, <, 24);
            list[count++] = (uint32_t)field << 16 | (uint16_t)(regs[i / 4] >> (48 - 16 * (i % 4)));
            i++;
        }
    }
    return count;
}

static void test_home_node(void)
{
    /* Numbers on both sides of what fits into a short field; 0x7fff would be "unused". */
    static const unsigned strides[] = {1, 8, 0x7ffe, 0x7fff, 0x8000, 0xffff, 0x10000, 0x7fffffff};

    for (unsigned s = 0; s < G_N_ELEMENTS(strides); s++) {
        g_autoptr(FakeVm) fake = fake_vm_new(FAKE_HV_POWER9, 2, 1, strides[s], 0);
        fake->vm.hcalls = hcall_table_new();

        for (unsigned i = 0; i < 2; i++) {
            uint32_t want[NUMA_ASSOCIATIVITY_CPU], list[24];
            uint64_t args[9] = {1, (uint64_t)i * strides[s]};

            numa_cpu_associativity(fake->vm.config, i, i * strides[s], want);
            g_assert_cmpint(call(fake, 0, H_HOME_NODE_ASSOCIATIVITY, args), ==, H_SUCCESS);
            g_assert_cmpuint(unpack(args, list), ==, NUMA_ASSOCIATIVITY_CPU);
            g_assert_cmpmem(list, sizeof(want), want, sizeof(want));
            g_assert_cmphex(args[5], ==, UINT64_MAX);
            g_assert_cmphex(args[6] | args[7] | args[8], ==, 0);
        }
        static const uint64_t flags[] = {0, 2, 3, UINT64_MAX, 0x100000001};
        for (unsigned i = 0; i < G_N_ELEMENTS(flags); i++)
            g_assert_cmpint(CALL(fake, H_HOME_NODE_ASSOCIATIVITY, flags[i], 0), ==, H_PARAMETER);
        g_assert_cmpint(CALL(fake, H_HOME_NODE_ASSOCIATIVITY, 1, 2ull * strides[s]), ==, H_P2);
        g_assert_cmpint(CALL(fake, H_HOME_NODE_ASSOCIATIVITY, 1, UINT64_MAX), ==, H_P2);
        hcall_table_free(fake->vm.hcalls);
    }

    /* Ids between cores belong to nobody. */
    g_autoptr(FakeVm) fake = make(FAKE_HV_POWER9, 4, 2, 8);
    g_assert_cmpint(CALL(fake, H_HOME_NODE_ASSOCIATIVITY, 1, 9), ==, H_SUCCESS);
    g_assert_cmpint(CALL(fake, H_HOME_NODE_ASSOCIATIVITY, 1, 2), ==, H_P2);
    g_assert_cmpint(CALL(fake, H_HOME_NODE_ASSOCIATIVITY, 1, 16), ==, H_P2);
}

static void test_info(void)
{
    g_autoptr(FakeVm) fake = make(FAKE_HV_POWER9, 1, 1, 1);
    uint64_t args[9] = {7, 7, 7}, first[9] = {0}, second[9] = {0};

    g_assert_cmpint(call(fake, 0, H_GET_CPU_CHARACTERISTICS, args), ==, H_FUNCTION);
    g_assert_cmpuint(args[0], ==, 7);
    hv_fake_caps(fake->host)->cpu_char =
        (HvCpuChar){.valid = TRUE, .character = 0xf0, .behaviour = 0xe0};
    g_assert_cmpint(call(fake, 0, H_GET_CPU_CHARACTERISTICS, args), ==, H_SUCCESS);
    g_assert_cmphex(args[0], ==, 0xf0);
    g_assert_cmphex(args[1], ==, 0xe0);
    g_assert_cmphex(args[2], ==, 7);

    g_assert_cmpint(call(fake, 0, H_RANDOM, first), ==, H_SUCCESS);
    g_assert_cmpint(call(fake, 0, H_RANDOM, second), ==, H_SUCCESS);
    g_assert_cmphex(first[0], !=, second[0]);
    g_assert_cmphex(first[1], ==, 0);
}

static gpointer join_thread(gpointer opaque)
{
    uint64_t args[9] = {0};

    return GINT_TO_POINTER((int)hcall_dispatch(opaque, H_JOIN, args));
}

static gboolean has_joined(Vcpu *cpu)
{
    g_mutex_lock(&cpu->lock);
    gboolean joined = cpu->joined;
    g_mutex_unlock(&cpu->lock);
    return joined;
}

static void test_join(void)
{
    g_autoptr(FakeVm) fake = make(FAKE_HV_POWER9, 2, 1, 1);
    Vcpu *const *cpus = fake->vm.vcpus;
    HvRegs regs = {.msr = 1 << 15};

    /* With interrupts on: never. */
    g_assert_cmpint(fake->vm.ops->vcpu_set_regs(cpus[0]->hv, &regs), ==, 0);
    g_assert_cmpint(CALL(fake, H_JOIN, 0), ==, H_BAD_MODE);
    regs.msr = 0;
    g_assert_cmpint(fake->vm.ops->vcpu_set_regs(cpus[0]->hv, &regs), ==, 0);
    hv_fake_fail(fake->host, FAKE_VCPU_GET_REGS, 1, EIO);
    g_assert_cmpint(CALL(fake, H_JOIN, 0), ==, H_HARDWARE);

    /* The other one is stopped: this is the last. */
    cpus[0]->state = VCPU_RUNNING;
    g_assert_cmpint(CALL(fake, H_JOIN, 0), ==, H_CONTINUE);
    g_assert_false(cpus[0]->joined);

    /* The other one runs: the call ends by itself, for Linux to repeat it. */
    cpus[1]->state = VCPU_RUNNING;
    gint64 start = g_get_monotonic_time();
    g_assert_cmpint(CALL(fake, H_JOIN, 0), ==, H_SUCCESS);
    g_assert_cmpint(g_get_monotonic_time() - start, >=, 5000);
    g_assert_false(cpus[0]->joined);
    cpus[1]->state = VCPU_STARTING;
    g_assert_cmpint(CALL(fake, H_JOIN, 0), ==, H_SUCCESS);
    cpus[1]->state = VCPU_RUNNING;

    /* A vCPU that has to come out, or has an event, does not wait. */
    cpus[0]->park = VCPU_PARK_LIFE;
    g_assert_cmpint(CALL(fake, H_JOIN, 0), ==, H_SUCCESS);
    cpus[0]->park = 0;
    cpus[0]->events = VCPU_EVENT_SYSTEM_RESET;
    g_assert_cmpint(CALL(fake, H_JOIN, 0), ==, H_SUCCESS);
    cpus[0]->events = 0;

    /* One waits, the other is the last; and of two at the same time one is at most. */
    for (unsigned round = 0; round < 20; round++) {
        GThread *thread = g_thread_new("join", join_thread, cpus[1]);
        HcallRet ret;

        for (unsigned i = 0; round % 2 && i < 1000 && !has_joined(cpus[1]); i++)
            g_thread_yield();
        ret = CALL(fake, H_JOIN, 0);
        HcallRet other = GPOINTER_TO_INT(g_thread_join(thread));
        g_assert_true(ret == H_CONTINUE || ret == H_SUCCESS);
        g_assert_true(other == H_CONTINUE || other == H_SUCCESS);
        g_assert_false(ret == H_CONTINUE && other == H_CONTINUE);
    }
}

static void test_signal_sys_reset(void)
{
    static const struct {
        int64_t target;
        HcallRet ret;
        /** A bit for each vCPU that gets it; vCPU 1 calls. */
        unsigned mask;
    } cases[] = {
        {-1, H_SUCCESS, 0xf},        {-2, H_SUCCESS, 0xd},        {0, H_SUCCESS, 1},
        {1, H_SUCCESS, 2},           {8, H_SUCCESS, 4},           {9, H_SUCCESS, 8},
        {2, H_PARAMETER, 0},         {16, H_PARAMETER, 0},        {-3, H_PARAMETER, 0},
        {INT64_MIN, H_PARAMETER, 0}, {INT64_MAX, H_PARAMETER, 0}, {0xffffffff, H_PARAMETER, 0},
    };
    g_autoptr(FakeVm) fake = make(FAKE_HV_POWER9, 4, 2, 8);

    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        uint64_t args[9] = {(uint64_t)cases[i].target};

        g_assert_cmpint(call(fake, 1, H_SIGNAL_SYS_RESET, args), ==, cases[i].ret);
        for (unsigned cpu = 0; cpu < 4; cpu++) {
            g_assert_cmpuint(fake->vm.vcpus[cpu]->events, ==,
                             cases[i].mask & 1u << cpu ? VCPU_EVENT_SYSTEM_RESET : 0);
            fake->vm.vcpus[cpu]->events = 0;
        }
    }
}

static void run_main_loop(unsigned ms)
{
    gint64 end = g_get_monotonic_time() + (gint64)ms * 1000;

    do {
        settle();
        g_usleep(500);
    } while (g_get_monotonic_time() < end);
}

static void test_term(void)
{
    g_autoptr(FakeVm) fake = make(FAKE_HV_POWER9, 1, 1, 1);
    const uint64_t high = 0x6162636465666768, low = 0x696a6b6c6d6e6f70;

    for (uint64_t length = 0; length <= 16; length++)
        g_assert_cmpint(
            CALL(fake, H_PUT_TERM_CHAR, length % 2 ? 0 : VTY_UNIT_ADDRESS, length, high, low), ==,
            H_SUCCESS);
    run_main_loop(20);
    g_autoptr(GString) want = g_string_new(NULL);
    for (int length = 0; length <= 16; length++)
        g_string_append_printf(want, "%.*s", length, "abcdefghijklmnop");
    const GByteArray *output = fake_chardev_output(fake->console);
    g_assert_cmpmem(output->data, output->len, want->str, want->len);

    static const uint64_t bad[][2] = {
        {1, 1},  {UINT64_MAX, 1}, {VTY_UNIT_ADDRESS + 1, 1}, {0x100000000 + VTY_UNIT_ADDRESS, 1},
        {0, 17}, {0, UINT64_MAX}, {0, 0x100000001},
    };
    for (unsigned i = 0; i < G_N_ELEMENTS(bad); i++) {
        uint64_t args[9] = {bad[i][0]};

        g_assert_cmpint(CALL(fake, H_PUT_TERM_CHAR, bad[i][0], bad[i][1], high, low), ==,
                        H_PARAMETER);
        g_assert_cmpint(call(fake, 0, H_GET_TERM_CHAR, args), ==,
                        bad[i][0] ? H_PARAMETER : H_SUCCESS);
    }

    /* Input, 16 characters a call; what is not used is zero. */
    fake_chardev_type(fake->console, "The quick brown fox");
    uint64_t args[9] = {VTY_UNIT_ADDRESS, 1, 2, 3};
    g_assert_cmpint(call(fake, 0, H_GET_TERM_CHAR, args), ==, H_SUCCESS);
    g_assert_cmpuint(args[0], ==, 16);
    g_assert_cmphex(args[1], ==, 0x5468652071756963);
    g_assert_cmphex(args[2], ==, 0x6b2062726f776e20);
    g_assert_cmphex(args[3], ==, 3);
    args[0] = 0;
    g_assert_cmpint(call(fake, 0, H_GET_TERM_CHAR, args), ==, H_SUCCESS);
    g_assert_cmpuint(args[0], ==, 3);
    g_assert_cmphex(args[1], ==, 0x666f780000000000);
    g_assert_cmphex(args[2], ==, 0);
    args[0] = 0;
    g_assert_cmpint(call(fake, 0, H_GET_TERM_CHAR, args), ==, H_SUCCESS);
    g_assert_cmpuint(args[0] | args[1] | args[2], ==, 0);

    /* Nobody reads: H_BUSY, in bounded time and memory, and all or nothing. */
    fake_chardev_set_room(fake->console, 0);
    unsigned calls = 0;
    while (CALL(fake, H_PUT_TERM_CHAR, 0, 16, high, low) == H_SUCCESS)
        g_assert_cmpuint(++calls, <, 100000);
    g_assert_cmpuint(calls, >, 100);
    run_main_loop(10);
    for (unsigned i = 0; i < 100; i++)
        g_assert_cmpint(CALL(fake, H_PUT_TERM_CHAR, 0, 16, high, low), ==, H_BUSY);
    g_assert_cmpint(CALL(fake, H_PUT_TERM_CHAR, 0, 0, 0, 0), ==, H_SUCCESS);
    fake_chardev_set_room(fake->console, SIZE_MAX);
    g_assert_cmpint(CALL(fake, H_PUT_TERM_CHAR, 0, 16, high, low), ==, H_SUCCESS);
    run_main_loop(20);
    g_assert_cmpuint(output->len, ==, want->len + 16 * (calls + 1));
}

static void test_register_proc_tbl(void)
{
    g_autoptr(FakeVm) fake = make(FAKE_HV_POWER9, 1, 1, 1);

    g_assert_cmpint(CALL(fake, H_REGISTER_PROC_TBL, 0x1d, 0x10000, 0, 4), ==, H_SUCCESS);
    g_assert_cmpint(CALL(fake, H_REGISTER_PROC_TBL, 0x1d, 0x10001, 0, 4), ==, H_P2);
    g_assert_cmpint(CALL(fake, H_REGISTER_PROC_TBL, 0x1d, 0x10000, 1, 4), ==, H_P3);
    g_assert_cmpint(CALL(fake, H_REGISTER_PROC_TBL, 0x1d, 0, 0, 25), ==, H_P4);
    g_assert_cmpint(CALL(fake, H_REGISTER_PROC_TBL, 0x1b, 0, 0, 0), ==, H_PARAMETER);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_assert_true(log_open(NULL, LOG_ERROR, NULL));
    g_test_add_func("/hcall/numbers", test_numbers);
    g_test_add_func("/hcall/odd_arguments", test_odd_arguments);
    g_test_add_func("/hcall/enable_kernel", test_enable_kernel);
    g_test_add_func("/hcall/set_mode", test_set_mode);
    g_test_add_func("/hcall/logical", test_logical);
    g_test_add_func("/hcall/page_init", test_page_init);
    g_test_add_func("/hcall/home_node", test_home_node);
    g_test_add_func("/hcall/info", test_info);
    g_test_add_func("/hcall/join", test_join);
    g_test_add_func("/hcall/signal_sys_reset", test_signal_sys_reset);
    g_test_add_func("/hcall/term", test_term);
    g_test_add_func("/hcall/register_proc_tbl", test_register_proc_tbl);
    return g_test_run();
}
