/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Hypercalls of a hostile guest, any number with any arguments, on a machine with
 * all its devices: each returns a code of PAPR's, and what nobody serves changes
 * nothing.
 *
 * Input: one byte for the machine, then records of a vCPU, a number and its
 * arguments. A number is a byte, that of the call in the tables, or two bytes.
 */
#include <errno.h>
#include <string.h>

#include "hcall/hcall.h"
#include "hw/spapr/vty.h"
#include "src/base/log.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/fuzz_input.h"
#include "tests/unit/fake_chardev.h"
#include "tests/unit/fake_vm.h"

enum { MEMORY = 16 << 20, MAX_CALLS = 256, ARGS = 6, CPUS = 4 };

static const HcallDef *const families[] = {
    h_cpu_defs,  h_info_defs, h_llan_defs,     h_logical_defs, h_lpar_defs,
    h_mmu_defs,  h_mode_defs, h_of_defs,       h_rtas_defs,    h_tce_defs,
    h_term_defs, h_vio_defs,  h_watchdog_defs, h_xics_defs,    h_xive_defs,
};

static uint64_t take_argument(FuzzInput *in)
{
    static const uint64_t values[] = {
        0,
        1,
        2,
        3,
        4,
        7,
        8,
        9,
        16,
        17,
        0x18,
        0x1c,
        0x1d,
        24,
        25,
        0x1000,
        0x1002,
        0x2000,
        0x10000,
        0x4000,
        0x8000,
        0xc000,
        1 << 22,
        1 << 23,
        MEMORY,
        MEMORY - 1,
        MEMORY - 8,
        MEMORY - 12,
        MEMORY - 16,
        MEMORY - 4096,
        MEMORY - 128,
        VTY_UNIT_ADDRESS,
        0x7fffffff,
        0x80000000,
        UINT32_MAX,
        1ull << 32,
        1ull << 38,
        1ull << 60,
        1ull << 63,
        UINT64_MAX,
        UINT64_MAX - 1,
        UINT64_MAX - 7,
        UINT64_MAX - 4095,
    };

    return fuzz_take_value(in, values, G_N_ELEMENTS(values));
}

static uint64_t take_number(FuzzInput *in)
{
    uint8_t choice = fuzz_take_byte(in);
    unsigned index = choice;

    if (choice >= FUZZ_RAW_VALUE)
        return choice == UINT8_MAX ? fuzz_take_bytes(in, 8) : fuzz_take_bytes(in, 2);
    for (;;) {
        for (unsigned i = 0; i < G_N_ELEMENTS(families); i++) {
            for (const HcallDef *def = families[i]; def->name; def++) {
                if (index-- == 0)
                    return def->number;
            }
        }
    }
}

static gboolean is_papr_code(HcallRet ret)
{
    return (ret >= H_ABORTED && ret <= H_CONTINUE) ||
           (ret >= H_LONG_BUSY_1_MSEC && ret <= H_LONG_BUSY_100_SEC) ||
           (ret <= H_UNSUPPORTED_FLAG_START && ret > H_UNSUPPORTED_FLAG_START - 64);
}

static void do_call(FakeVm *fake, Vcpu *cpu, FuzzInput *in)
{
    uint64_t number = take_number(in), args[9] = {0}, before[9];

    for (unsigned i = 0; i < ARGS; i++)
        args[i] = take_argument(in);
    for (unsigned i = ARGS; i < 9; i++)
        args[i] = i * UINT64_C(0x1111111111111111);
    memcpy(before, args, sizeof(args));

    const HcallDef *def = hcall_table_find(fake->vm.hcalls, number);
    HcallRet ret = hcall_dispatch(cpu, number, args);
    check(is_papr_code(ret), "a return code that PAPR does not know");
    if (!def || !def->handler)
        check(ret == H_FUNCTION, "an answer from nobody");
    if (ret == H_FUNCTION)
        check(!memcmp(args, before, sizeof(args)), "results of no call");
    check(!memcmp(args + ARGS, before + ARGS, (9 - ARGS) * sizeof(*args)) || (def && def->handler),
          "registers that no call returns");
}

/** What holds at any time. */
static void check_machine(const FakeVm *fake)
{
    const uint64_t mode = HV_LPCR_ILE | HV_LPCR_AIL;

    check((fake->vm.lpcr_value & ~mode) == 0, "LPCR bits that no guest may set");
    check((fake->vm.lpcr_mask & ~mode) == 0, "a mask of LPCR bits that no guest may set");
    for (unsigned i = 0; i < fake->vm.n_vcpus; i++)
        check(!fake->vm.vcpus[i]->joined, "a vCPU that is still in H_JOIN");
    check(fake_chardev_output(fake->console)->len < 1 << 20, "output without end");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const FakeHvProfile profiles[] = {FAKE_HV_POWER8, FAKE_HV_POWER9, FAKE_HV_NESTED};
    FuzzInput in = {data, size};
    uint8_t machine = fuzz_take_byte(&in);

    log_open(NULL, LOG_ERROR, NULL);
    g_autoptr(FakeVm) fake =
        fake_vm_new(profiles[machine % G_N_ELEMENTS(profiles)], CPUS, 2, 8, MEMORY);
    fake_vm_add_devices(fake);
    /* A vCPU that shall park does not wait in H_JOIN. */
    for (unsigned i = 0; i < CPUS; i++) {
        fake->vm.vcpus[i]->park = TRUE;
        fake->vm.vcpus[i]->state = machine & 0x80 && i ? VCPU_STOPPED : VCPU_RUNNING;
    }

    for (unsigned calls = 0; in.left && calls < MAX_CALLS; calls++) {
        uint8_t what = fuzz_take_byte(&in);

        /* Sometimes a failing kernel, a reader that is slow, or a user who types. */
        if (what & 0x80)
            hv_fake_fail_any(fake->host, 1 + (what & 3), EIO);
        if (what & 0x40)
            fake_chardev_set_room(fake->console, what & 0x20 ? SIZE_MAX : what & 3);
        if (what & 0x10)
            fake_chardev_type(fake->console, "typed");
        do_call(fake, fake->vm.vcpus[what % CPUS], &in);
        check_machine(fake);
        if (what & 0x08)
            g_main_context_iteration(NULL, FALSE);
    }
    return 0;
}

size_t fuzz_seed(unsigned index, uint8_t *buffer, size_t room)
{
    static const uint8_t groups[] = {0, 1, 2};
    unsigned numbers = 0;
    size_t length = 0;

    /* Every number of the tables once, with three sets of arguments on each machine. */
    for (unsigned i = 0; i < G_N_ELEMENTS(families); i++) {
        for (const HcallDef *def = families[i]; def->name; def++)
            numbers++;
    }
    if (index >= G_N_ELEMENTS(groups) * 3 || room < 1 + numbers * (2 + ARGS))
        return 0;
    buffer[length++] = (uint8_t)(groups[index % 3] | (index == 4 ? 0x80 : 0));
    for (unsigned number = 0; number < numbers; number++) {
        buffer[length++] = (uint8_t)(number % CPUS | (number % 5 == 0 ? 0x18 : 0));
        buffer[length++] = (uint8_t)number;
        for (unsigned i = 0; i < ARGS; i++)
            buffer[length++] = (uint8_t)(index / 3 == 0 ? i % 3 : index / 3 == 1 ? 17 + i : 37 - i);
    }
    return length;
}
