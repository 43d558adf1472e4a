/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hw/spapr/pci/pci_plan.h"

#include <stdlib.h>

#include "hw/virtio/virtio_balloon.h"
#include "hw/virtio/virtio_net.h"
#include "hw/virtio/virtio_pci.h"
#include "hw/virtio/virtio_vsock.h"
#include "src/base/error.h"

enum {
    /** Slot 0 stays free, as on other machines. */
    FIRST_SLOT = 1,
    SLOTS_PER_BRIDGE = PCI_SLOTS - FIRST_SLOT,
};

/** Give @planned its slot, and its BARs places in the bridge's windows. */
static void place(PciPlanned *planned, unsigned bridge, unsigned slot)
{
    planned->bridge = bridge;
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

typedef struct {
    PciPlan *plan;
    /** Only devices of which it was said where they are, or only the others. */
    gboolean said;
    /** Where the next of the others may be, of all bridges' slots. */
    unsigned next;
} Planning;

/** @slot is on the first bridge; 0: the first that is free. */
static void add(Planning *planning, PciDeviceKind kind, unsigned number, unsigned slot,
                unsigned virtio_id, unsigned queues)
{
    PciPlan *plan = planning->plan;
    PciPlanned *planned = &plan->devices[plan->count];
    unsigned bridge = 0;

    if (planning->said != (slot != 0))
        return;
    while (!slot) {
        unsigned at = planning->next++;

        bridge = at / SLOTS_PER_BRIDGE;
        if (!pci_plan_find(plan, bridge, FIRST_SLOT + at % SLOTS_PER_BRIDGE))
            slot = FIRST_SLOT + at % SLOTS_PER_BRIDGE;
    }
    planned->kind = kind;
    planned->number = number;
    virtio_pci_describe(&planned->desc, virtio_id, queues);
    place(planned, bridge, slot);
    plan->count++;
}

static void add_all(Planning *planning, const VmConfig *config)
{
    for (unsigned i = 0; i < config->n_disks; i++)
        add(planning, PCI_DEVICE_DISK, i, config->disks[i].slot, VIRTIO_ID_BLOCK,
            config->disks[i].queues);
    for (unsigned i = 0; i < config->n_nets; i++) {
        if (!config->nets[i].llan)
            add(planning, PCI_DEVICE_NET, i, config->nets[i].slot, VIRTIO_ID_NET,
                virtio_net_queues(config->nets[i].queues));
    }
    if (config->rng)
        add(planning, PCI_DEVICE_RNG, 0, config->rng_slot, VIRTIO_ID_RNG, 1);
    if (config->balloon)
        add(planning, PCI_DEVICE_BALLOON, 0, config->balloon_slot, VIRTIO_ID_BALLOON,
            VIRTIO_BALLOON_QUEUES);
    if (config->vsock_cid)
        add(planning, PCI_DEVICE_VSOCK, 0, config->vsock_slot, VIRTIO_ID_VSOCK,
            VIRTIO_VSOCK_QUEUES);
    /* All its queues are served by one thread, and tell the driver by one interrupt. */
    if (config_has_ports(config))
        add(planning, PCI_DEVICE_PORTS, 0, config->ports_slot, VIRTIO_ID_CONSOLE, 1);
}

/** As a guest finds them; each slot has one device. */
static int compare_places(const void *a, const void *b)
{
    const PciPlanned *one = a, *other = b;

    return one->bridge != other->bridge ? (one->bridge < other->bridge ? -1 : 1)
                                        : (int)one->desc.devfn - (int)other->desc.devfn;
}

/** The slots that were said are different ones. */
static gboolean check_said(const PciPlan *plan, GError **error)
{
    for (unsigned i = 0; i < plan->count; i++) {
        unsigned slot = plan->devices[i].desc.devfn >> 3;

        if (i && plan->devices[i - 1].desc.devfn >> 3 == slot)
            return error_set(error, PAPRIKA_ERROR_USAGE, "two devices are to be in PCI slot %u",
                             slot);
    }
    return TRUE;
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

    g_autoptr(PciPlan) plan = g_new0(PciPlan, 1);
    Planning planning = {.plan = plan, .said = TRUE};
    plan->devices = g_new0(PciPlanned, MAX(wanted, 1u));
    add_all(&planning, config);
    qsort(plan->devices, plan->count, sizeof(*plan->devices), compare_places);
    if (!check_said(plan, error))
        return NULL;
    planning.said = FALSE;
    add_all(&planning, config);
    qsort(plan->devices, plan->count, sizeof(*plan->devices), compare_places);
    plan->hotplug = config->hotplug;
    plan->n_bridges =
        MAX((wanted + SLOTS_PER_BRIDGE - 1) / SLOTS_PER_BRIDGE, plan->hotplug ? 1u : 0u);
    return g_steal_pointer(&plan);
}

PciPlanned *pci_plan_find(const PciPlan *plan, unsigned bridge, unsigned slot)
{
    for (unsigned i = 0; i < plan->count; i++) {
        if (plan->devices[i].bridge == bridge && plan->devices[i].desc.devfn >> 3 == slot)
            return &plan->devices[i];
    }
    return NULL;
}

gboolean pci_plan_choose(const PciPlan *plan, unsigned bridge, unsigned *slot)
{
    if (*slot < PCI_SLOTS)
        return !pci_plan_find(plan, bridge, *slot);
    for (*slot = FIRST_SLOT; *slot < PCI_SLOTS; ++*slot) {
        if (!pci_plan_find(plan, bridge, *slot))
            return TRUE;
    }
    return FALSE;
}

const PciPlanned *pci_plan_add(PciPlan *plan, PciDeviceKind kind, unsigned bridge, unsigned slot,
                               unsigned virtio_id, unsigned queues)
{
    plan->devices = g_renew(PciPlanned, plan->devices, plan->count + 1);
    PciPlanned *planned = &plan->devices[plan->count++];

    *planned = (PciPlanned){.kind = kind};
    virtio_pci_describe(&planned->desc, virtio_id, queues);
    place(planned, bridge, slot);
    return planned;
}

void pci_plan_remove(PciPlan *plan, unsigned bridge, unsigned slot)
{
    PciPlanned *planned = pci_plan_find(plan, bridge, slot);

    if (planned)
        *planned = plan->devices[--plan->count];
}

void pci_plan_free(PciPlan *plan)
{
    if (!plan)
        return;
    g_free(plan->devices);
    g_free(plan);
}

unsigned pci_plan_msis(const PciPlan *plan) { return IRQ_MSIS / MAX(plan->n_bridges, 1u); }
