/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hw/spapr/pci/pci_plan.h"

#include "hw/virtio/virtio_balloon.h"
#include "hw/virtio/virtio_net.h"
#include "hw/virtio/virtio_pci.h"
#include "src/base/error.h"

enum {
    /** Slot 0 stays free, as on other machines. */
    FIRST_SLOT = 1,
    SLOTS_PER_BRIDGE = PCI_SLOTS - FIRST_SLOT,
};

/** Give @planned its slot, and its BARs places in the bridge's windows. */
static void place(PciPlanned *planned, unsigned at)
{
    unsigned slot = FIRST_SLOT + at % SLOTS_PER_BRIDGE;

    planned->bridge = at / SLOTS_PER_BRIDGE;
    planned->desc.devfn = (uint8_t)(slot << 3);
    for (unsigned i = 0; i < PCI_BARS; i++) {
        PciBarDesc *bar = &planned->desc.bars[i];
        /* A slot's BARs each have VIRTIO_PCI_BAR_SIZE at most. */
        uint64_t offset = ((uint64_t)slot * PCI_BARS + i) * VIRTIO_PCI_BAR_SIZE;

        if (bar->size)
            bar->address =
                bar->is64 ? PCI_WINDOW64_BASE(planned->bridge) + offset : PCI_WINDOW32_BUS + offset;
    }
}

static void add(PciPlan *plan, PciDeviceKind kind, unsigned number, unsigned virtio_id,
                unsigned queues)
{
    PciPlanned *planned = &plan->devices[plan->count];

    planned->kind = kind;
    planned->number = number;
    virtio_pci_describe(&planned->desc, virtio_id, queues);
    place(planned, plan->count++);
}

PciPlan *pci_plan_new(const VmConfig *config, GError **error)
{
    unsigned wanted = config_devices(config);
    unsigned most = IRQ_MAX_BRIDGES * SLOTS_PER_BRIDGE;

    if (wanted > most) {
        error_set(error, PAPRIKA_ERROR_USAGE, "%u devices are more than the %u slots for them",
                  wanted, most);
        return NULL;
    }

    PciPlan *plan = g_new0(PciPlan, 1);
    plan->devices = g_new0(PciPlanned, MAX(wanted, 1u));
    for (unsigned i = 0; i < config->n_disks; i++)
        add(plan, PCI_DEVICE_DISK, i, VIRTIO_ID_BLOCK, config->disks[i].queues);
    for (unsigned i = 0; i < config->n_nets; i++)
        add(plan, PCI_DEVICE_NET, i, VIRTIO_ID_NET, virtio_net_queues(config->nets[i].queues));
    if (config->rng)
        add(plan, PCI_DEVICE_RNG, 0, VIRTIO_ID_RNG, 1);
    if (config->balloon)
        add(plan, PCI_DEVICE_BALLOON, 0, VIRTIO_ID_BALLOON, VIRTIO_BALLOON_QUEUES);
    plan->n_bridges = (wanted + SLOTS_PER_BRIDGE - 1) / SLOTS_PER_BRIDGE;
    return plan;
}

void pci_plan_free(PciPlan *plan)
{
    if (!plan)
        return;
    g_free(plan->devices);
    g_free(plan);
}

unsigned pci_plan_msis(const PciPlan *plan) { return IRQ_MSIS / MAX(plan->n_bridges, 1u); }
