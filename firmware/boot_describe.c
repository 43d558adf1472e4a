/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "firmware/boot_describe.h"

#include <sys/random.h>

#include "hw/spapr/pci/pci_host.h"
#include "hw/spapr/platform.h"
#include "mmu/mmu.h"
#include "src/base/guest_mem.h"
#include "src/base/log.h"

gboolean boot_describe(const Vm *vm, MachineDesc *desc, GError **error)
{
    unsigned count;
    const GuestRegion *regions = guest_mem_regions(vm->mem, &count);

    if (!machine_desc_init(desc, vm->config, vm->caps, regions[0].page_size, vm->platform->uuid,
                           error))
        return FALSE;
    desc->stride = vm->stride;
    desc->irq = irq_kind(vm->irq);
    desc->irq_servers = irq_servers(vm->irq);
    desc->terms = vm->platform->terms;
    desc->pci = vm->pci ? vm->pci->plan : NULL;
    return mmu_is_radix(vm->mmu) ? machine_desc_set_radix(desc, error)
                                 : machine_desc_set_hpt(desc, mmu_hpt_order(vm->mmu), error);
}

gboolean boot_describe_negotiable(const Vm *vm, MachineDesc *desc, GError **error)
{
    CasOffer offer;

    cas_offer_of_vm(&offer, vm);
    return boot_describe(vm, desc, error) && machine_desc_set_negotiable(desc, &offer, error);
}

void boot_describe_seed(MachineDesc *desc, uint8_t seed[MACHINE_RNG_SEED_SIZE])
{
    if (getrandom(seed, MACHINE_RNG_SEED_SIZE, GRND_NONBLOCK) == MACHINE_RNG_SEED_SIZE)
        desc->rng_seed = seed;
    else
        log_warn("the host has no random numbers yet; the guest starts without a seed");
}
