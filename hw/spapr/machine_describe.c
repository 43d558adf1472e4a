/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hw/spapr/machine_describe.h"

#include "hw/spapr/hotplug.h"
#include "hw/spapr/pci/pci_host.h"
#include "hw/spapr/platform.h"
#include "mmu/mmu.h"
#include "src/base/guest_mem.h"

gboolean machine_describe(const Vm *vm, MachineDesc *desc, GError **error)
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
    hotplug_describe(vm->platform->hotplug, desc);
    return mmu_is_radix(vm->mmu) ? machine_desc_set_radix(desc, error)
                                 : machine_desc_set_hpt(desc, mmu_hpt_order(vm->mmu), error);
}
