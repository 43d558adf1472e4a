/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A hostile driver of PCI devices: any configuration access, store and load in the
 * windows, call about interrupts, DMA windows and errors, and entry, in any order,
 * while the devices' threads run. Everything ends, and after a reset the machine
 * is as at first.
 *
 * Input: records of a kind (1 byte) and its numbers, each one byte that chooses
 * among values, or eight bytes.
 */
#include <string.h>

#include "hcall/hcall.h"
#include "hw/spapr/pci/pci_host.h"
#include "hw/spapr/rtas/rtas.h"
#include "src/base/endian.h"
#include "src/base/log.h"
#include "src/base/mmio_bus.h"
#include "src/vmm/vm_devices.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/fuzz_input.h"
#include "tests/unit/fake_vm.h"

enum { MEMORY = 16 << 20, MAX_STEPS = 200, FUNCTION = 1 << 11 };

static const char *const services[] = {
    "ibm,read-pci-config",
    "ibm,write-pci-config",
    "read-pci-config",
    "write-pci-config",
    "ibm,change-msi",
    "ibm,query-interrupt-source-number",
    "ibm,query-pe-dma-window",
    "ibm,create-pe-dma-window",
    "ibm,remove-pe-dma-window",
    "ibm,reset-pe-dma-window",
    "ibm,set-eeh-option",
    "ibm,set-slot-reset",
    "ibm,read-slot-reset-state2",
    "ibm,get-config-addr-info2",
    "ibm,slot-error-detail",
    "ibm,configure-pe",
};

static uint64_t take_argument(FuzzInput *in)
{
    static const uint64_t values[] = {
        0,
        1,
        2,
        3,
        4,
        5,
        8,
        11,
        12,
        15,
        16,
        24,
        26,
        512,
        FUNCTION,
        FUNCTION | 4,
        FUNCTION | 0x10,
        FUNCTION | 0x18,
        FUNCTION | 0x1c,
        FUNCTION | 0x42,
        0x8000000,
        0x20000000,
        0x80000000,
        0x80000001,
        0x10000,
        UINT32_MAX,
        0x1000003,
        UINT64_C(1) << 59,
        0x3fffffff,
        UINT64_MAX,
        0x40000000,
        0x7a0000,
    };

    return fuzz_take_value(in, values, G_N_ELEMENTS(values));
}

static void call_service(FakeVm *fake, FuzzInput *in)
{
    const char *name = services[fuzz_take_byte(in) % G_N_ELEMENTS(services)];
    const RtasDef *def = rtas_service(rtas_token(name) - RTAS_TOKEN_BASE);
    uint32_t args[RTAS_MAX_CELLS] = {0}, rets[RTAS_MAX_CELLS] = {0};

    check(def != NULL, "a service is missing");
    for (unsigned i = 0; i < def->nargs; i++)
        args[i] = (uint32_t)take_argument(in);
    def->handler(fake->vm.vcpus[0], args, rets);
}

static void call_hypervisor(FakeVm *fake, FuzzInput *in)
{
    static const uint32_t numbers[] = {H_PUT_TCE, H_GET_TCE, H_STUFF_TCE, H_PUT_TCE_INDIRECT};
    uint64_t args[HV_MAX_HCALL_ARGS] = {0};
    uint32_t number = numbers[fuzz_take_byte(in) % G_N_ELEMENTS(numbers)];

    for (unsigned i = 0; i < 4; i++)
        args[i] = take_argument(in);
    HcallRet ret = hcall_dispatch(fake->vm.vcpus[0], number, args);
    check(ret == H_SUCCESS || ret == H_PARAMETER, "a code that there is not");
}

/** A store or load at a small offset of one of the BARs, wherever that is. */
static void access_bar(FakeVm *fake, FuzzInput *in)
{
    unsigned which = fuzz_take_byte(in), bar = which & 2;
    PciFunction *fn = fake->vm.pci->hosts[0].functions[1 + (which & 1)];
    unsigned length = 1u << fuzz_take_byte(in) % 4;
    uint64_t offset = fuzz_take_bytes(in, 2), base = fn->bar_base[bar];
    gboolean write = fuzz_take_byte(in) % 4 != 0;
    uint8_t data[8];

    if (base == PCI_BAR_OFF)
        return;
    le_store(data, 8, take_argument(in));
    if (bar == 0)
        base += PCI_WINDOW32_BASE(0) - PCI_WINDOW32_BUS;
    mmio_bus_access(fake->vm.mmio, base + offset, data, length, write);
}

static FakeVm *machine(void)
{
    FakeVm *fake = fake_vm_new(FAKE_HV_NESTED, 1, 1, 1, MEMORY);

    log_open(NULL, LOG_ERROR, NULL);
    fake->config.rng = fake->config.balloon = TRUE;
    fake_vm_add_devices(fake);
    check(vm_devices_add(&fake->vm, NULL), "no devices");
    check(pci_hosts_begin(fake->vm.pci, NULL), "no threads");
    return fake;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    FuzzInput in = {data, size};
    FakeVm *fake = machine();

    for (unsigned i = 0; in.left && i < MAX_STEPS; i++) {
        switch (fuzz_take_byte(&in) % 4) {
        case 0:
            call_service(fake, &in);
            break;
        case 1:
            call_hypervisor(fake, &in);
            break;
        default:
            access_bar(fake, &in);
            break;
        }
    }
    pci_hosts_reset(fake->vm.pci);
    for (unsigned i = 1; i <= 2; i++) {
        const PciFunction *fn = fake->vm.pci->hosts[0].functions[i];
        check(fn->bar_base[2] == fn->desc.bars[2].address, "a BAR is not where it was");
        check(!fn->intx_level, "an interrupt is left");
    }
    fake_vm_free(fake);
    return 0;
}

/** A driver's way to a running device: status, features, a queue, kicks. */
size_t fuzz_seed(unsigned index, uint8_t *buffer, size_t room)
{
    static const struct {
        uint16_t offset;
        uint8_t length_log2;
        uint64_t value;
    } stores[] = {
        {20, 0, 3},     {8, 2, 1},       {12, 2, 1},      {20, 0, 11},     {22, 1, 0}, {24, 1, 8},
        {26, 1, 1},     {32, 3, 0x1000}, {40, 3, 0x2000}, {48, 3, 0x3000}, {28, 1, 1}, {20, 0, 15},
        {0x3000, 1, 0}, {0x2004, 2, 9},  {20, 0, 0},      {20, 0, 15},
    };
    uint8_t *to = buffer;

    if (index >= 6 || room < 512)
        return 0;
    for (unsigned i = 0; i < G_N_ELEMENTS(stores); i++) {
        const uint8_t record[] = {2,
                                  /* BAR 2 of the one device, or of the other. */
                                  (uint8_t)(2 + index / 3), stores[i].length_log2,
                                  (uint8_t)(stores[i].offset >> 8), (uint8_t)stores[i].offset, 1,
                                  FUZZ_RAW_VALUE};

        memcpy(to, record, sizeof(record));
        to += sizeof(record);
        for (unsigned byte = 8; byte-- > 0;)
            *to++ = (uint8_t)(stores[i].value >> 8 * byte);
        if (index % 3 == 1 && i == 11) {
            const uint8_t reset[] = {0, 11, 24, 20, 21, 1};
            memcpy(to, reset, sizeof(reset));
            to += sizeof(reset);
        }
        if (index % 3 == 2) {
            const uint8_t change[] = {0, 4, 14, 20, 21, 4, 2, 1};
            memcpy(to, change, sizeof(change));
            to += sizeof(change);
        }
    }
    return (size_t)(to - buffer);
}
