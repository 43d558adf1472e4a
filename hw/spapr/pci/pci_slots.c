/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A bridge's slots as dynamic reconfiguration connectors (LoPAR 13.5, "PCI hot plug"): what is in
 * one is there physically, so that the guest takes it and gives it back by isolation alone.
 */
#include "hw/spapr/dt/dt.h"
#include "hw/spapr/hotplug.h"
#include "hw/spapr/pci/pci_host.h"
#include "hw/spapr/platform.h"

static void *describe_slot(void *opaque, uint32_t unit)
{
    const PciHost *host = opaque;

    return hotplug_describe_node(host->all->vm, dt_build_slot, host->index * PCI_SLOTS + unit);
}

static void on_change(void *opaque)
{
    const PciHost *host = opaque;

    hotplug_tell(host->all->vm->platform->hotplug);
}

static const DrcOps slot_ops = {.describe = describe_slot, .changed = on_change};

void pci_slots_init(PciHosts *hosts)
{
    for (unsigned i = 0; i < hosts->count; i++) {
        PciHost *host = &hosts->hosts[i];

        host->slots =
            drc_add_family(hosts->vm->platform->hotplug->drcs, &(DrcFamilyDesc){
                                                                   .type = DRC_PCI,
                                                                   .physical = TRUE,
                                                                   .prefix = DRC_PCI_PREFIX,
                                                                   .count = PCI_SLOTS,
                                                                   .first = PCI_DRC_ID(i, 0),
                                                                   .step = PCI_DRC_STEP,
                                                                   .ops = &slot_ops,
                                                                   .opaque = host,
                                                               });
        for (unsigned slot = 0; slot < PCI_SLOTS; slot++) {
            if (host->functions[slot])
                drc_attach(host->slots, slot, 1, DRC_COLD);
        }
    }
}
