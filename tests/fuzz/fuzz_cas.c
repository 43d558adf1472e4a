/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ibm,client-architecture-support of a hostile client: any list and vectors at
 * any address, on a host that refuses now and then. The machine stays whole, in the
 * modes that it says, which are among those that are offered; what was read
 * is what a plain reading of the same bytes gives.
 *
 * Input: three bytes for the machine, then calls: a byte of what the host does and
 * where the bytes lie, two for how many there are, and these.
 */
#include <errno.h>
#include <string.h>

#include "hw/spapr/cas.h"
#include "hw/spapr/irq/irq.h"
#include "hw/spapr/platform.h"
#include "hw/spapr/vec5.h"
#include "mmu/mmu.h"
#include "src/base/guest_mem.h"
#include "src/base/log.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/fuzz_input.h"
#include "tests/unit/fake_vm.h"
#include "tests/unit/vec_maker.h"

enum {
    MEMORY = 16 << 20,
    PLACE = 0x40000,
    MAX_CALLS = 64,
    CPUS = 2,
    /* Of the first byte of a call. */
    HOST_REFUSES = 0x80,
    AT_MEMORY_END = 0x40,
    ADDRESS_FOLLOWS = 0x20,
    OTHER_RUNS = 0x10,
    REBOOT = 0x08,
};

/** The byte at @at of guest memory that ends at MEMORY; false beyond. */
static gboolean byte_at(const FakeVm *fake, uint64_t at, uint8_t *byte)
{
    return guest_mem_read(fake->vm.mem, at, byte, 1);
}

/** Vector 5's length, by reading byte after byte; -1 if something is missing. */
static int plain_reading(const FakeVm *fake, uint64_t at, uint8_t vec5[CAS_VECTOR_MAX])
{
    uint8_t byte, count, length;
    int found = 0;

    for (unsigned entry = 0;; entry++) {
        uint64_t words = 0;

        if (entry == CAS_MAX_PVRS)
            return -1;
        for (unsigned i = 0; i < 8; i++, at++) {
            if (!byte_at(fake, at, &byte))
                return -1;
            words = words << 8 | byte;
        }
        if (~(words >> 32) & words & UINT32_MAX)
            break;
    }
    if (!byte_at(fake, at++, &count))
        return -1;
    for (unsigned vector = 1; vector <= count + 1u && vector <= 255; vector++) {
        if (!byte_at(fake, at++, &length))
            return -1;
        for (unsigned i = 0; i <= length; i++, at++) {
            if (!byte_at(fake, at, &byte))
                return -1;
            if (vector == 5)
                vec5[i] = byte;
        }
        if (vector == 5)
            found = length + 1;
    }
    return found;
}

static void check_parse(const FakeVm *fake, uint64_t place)
{
    uint8_t vec5[CAS_VECTOR_MAX];
    CasRequest request;
    int length = plain_reading(fake, place, vec5);
    CasParse parse = cas_vectors_parse(fake->vm.mem, place, &request);

    check((parse == CAS_PARSED) == (length >= 0), "read otherwise than byte after byte");
    if (parse != CAS_PARSED)
        return;
    check(cas_vector(&request, 5)->length == (unsigned)length, "a vector of another length");
    check(!memcmp(cas_vector(&request, 5)->bytes + 1, vec5, (size_t)length), "another vector");
}

static void check_machine(const FakeVm *fake, const CasOutcome *outcome)
{
    const Vm *vm = &fake->vm;
    gboolean radix = mmu_is_radix(vm->mmu);
    IrqKind kind = irq_kind(vm->irq);
    HvIrqchip chip;
    uint32_t servers;
    CasOffer offer;

    check(outcome->modes.radix == radix, "another translation than it says");
    check(outcome->modes.xive == (kind == IRQ_KIND_XIVE_KERNEL), "another controller");
    check((mmu_hpt_order(vm->mmu) != 0) == !radix, "a table where there is none, or none");
    if (hv_fake_irqchip(vm->hv, &chip, &servers))
        check(kind == (chip == HV_IRQCHIP_XIVE ? IRQ_KIND_XIVE_KERNEL : IRQ_KIND_XICS_KERNEL),
              "the host has another controller");
    else
        check(kind == IRQ_KIND_XICS_USER, "the host has no controller");
    irq_pulse(vm->irq, IRQ_SOURCE_VTY);
    if (outcome->status != CAS_OK)
        return;
    cas_offer_of_vm(&offer, vm);
    check(radix ? offer.radix : offer.hash, "a translation that is not offered");
    check(kind == IRQ_KIND_XIVE_KERNEL ? offer.xive : offer.xics || !offer.xive,
          "a controller that is not offered");
}

static uint64_t put(FakeVm *fake, FuzzInput *in, uint8_t what)
{
    size_t length = (size_t)fuzz_take_bytes(in, 2);
    uint64_t place = PLACE;
    uint64_t asked = what & ADDRESS_FOLLOWS ? fuzz_take_bytes(in, 8) : 0;

    length = MIN(length, in->left);
    if (what & AT_MEMORY_END)
        place = MEMORY - length;
    if (length)
        guest_mem_write(fake->vm.mem, place, in->data, length);
    in->data += length;
    in->left -= length;
    return what & ADDRESS_FOLLOWS ? asked : place;
}

static void do_call(FakeVm *fake, FuzzInput *in)
{
    Vm *vm = &fake->vm;
    uint8_t what = fuzz_take_byte(in);
    uint64_t place = put(fake, in, what);
    CasOutcome outcome;

    check_parse(fake, place);
    if (what & REBOOT)
        check(cas_reset(vm) == 0, "the machine does not reset");
    vm->vcpus[1]->state = what & OTHER_RUNS ? VCPU_RUNNING : VCPU_STOPPED;
    if (what & HOST_REFUSES)
        hv_fake_fail_any(fake->host, 1 + (what & 7) * 5, what & 1 ? ENOMEM : EBUSY);
    gboolean ok = cas_negotiate(vm->vcpus[0], place, &outcome);
    hv_fake_fail_any(fake->host, 0, 0);
    check(ok == (outcome.status == CAS_OK), "status and answer differ");
    check(cas_status_text(outcome.status) != NULL, "a status that has no name");
    check(!(what & OTHER_RUNS) || outcome.status == CAS_NOT_ALONE, "it was not alone");
    check_machine(fake, &outcome);
    check(!fake->requests, "it ends the machine");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    FuzzInput in = {data, size};
    FakeHvProfile profile = fuzz_take_byte(&in) % (FAKE_HV_NESTED + 1);
    uint8_t modes = fuzz_take_byte(&in), compat = fuzz_take_byte(&in);

    log_open(NULL, LOG_ERROR, NULL);
    g_autoptr(FakeVm) fake = fake_vm_new(profile, CPUS, 1, 1, MEMORY);
    /* What is refused on the command line is not asked for. */
    if (profile == FAKE_HV_POWER9 || profile == FAKE_HV_POWER10) {
        fake->config.max_cpu_compat = compat % (CPU_COMPAT_POWER10 + 1);
        gboolean power8 = fake->config.max_cpu_compat == CPU_COMPAT_POWER8;
        fake->config.mmu = power8 ? MMU_AUTO : modes % (MMU_HASH + 1);
        fake->config.irq = power8 ? IRQ_AUTO : (modes >> 4) % (IRQ_XICS + 1);
    }
    fake_vm_add_devices(fake);
    check(cas_reset(&fake->vm) == 0, "the machine does not start");
    fake->vm.vcpus[0]->state = VCPU_RUNNING;
    for (unsigned calls = 0; in.left && calls < MAX_CALLS; calls++)
        do_call(fake, &in);
    return 0;
}

size_t fuzz_seed(unsigned index, uint8_t *buffer, size_t room)
{
    static const uint8_t irqs[] = {VEC5_IRQ_XICS, VEC5_IRQ_XIVE, VEC5_IRQ_EITHER};
    static const uint8_t mmus[] = {VEC5_MMU_HASH, VEC5_MMU_RADIX, VEC5_MMU_EITHER,
                                   VEC5_MMU_DYNAMIC};
    static const size_t lengths[] = {26, 26, 26, 256, 22, 2};
    size_t used = 0;

    if (index >= 12)
        return 0;
    buffer[used++] = (uint8_t)(index % 4);
    buffer[used++] = (uint8_t)(index / 4);
    buffer[used++] = 0;
    for (unsigned i = 0; i < 6; i++) {
        static VecMaker maker;

        maker.length = 0;
        vec_linux(&maker, irqs[(index + i) % G_N_ELEMENTS(irqs)],
                  mmus[(index / 3 + i) % G_N_ELEMENTS(mmus)], VEC5_RADIX_GTSE,
                  lengths[(index + i) % G_N_ELEMENTS(lengths)]);
        if (used + 3 + maker.length > room)
            break;
        buffer[used++] = (uint8_t)(i == 2 ? AT_MEMORY_END : i == 4 ? HOST_REFUSES | index % 8 : 0);
        buffer[used++] = (uint8_t)(maker.length >> 8);
        buffer[used++] = (uint8_t)maker.length;
        memcpy(buffer + used, maker.bytes, maker.length);
        used += maker.length;
    }
    return used;
}
