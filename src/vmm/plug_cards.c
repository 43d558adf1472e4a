/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A device comes: it is made, with its threads, while the guest runs; with all vCPUs parked it gets
 * its slot, and then the guest is told. It goes the other way round: with all vCPUs parked it
 * leaves its bridge, so that the guest cannot reach it any more, and then it comes to rest and is
 * freed. So whoever looks for a function on a vCPU's thread needs no lock.
 */
#include "src/vmm/plug_cards.h"

#include <string.h>

#include "hw/spapr/pci/pci_host.h"
#include "hw/spapr/platform.h"
#include "hw/virtio/virtio_net.h"
#include "hw/virtio/virtio_pci.h"
#include "hw/virtio/virtio_rng.h"
#include "src/base/error.h"
#include "src/base/log.h"
#include "src/vmm/plug_private.h"
#include "src/vmm/vm.h"
#include "src/vmm/vm_devices.h"

static const char *const kind_names[] = {
    [PCI_DEVICE_DISK] = "disk",       [PCI_DEVICE_NET] = "net",     [PCI_DEVICE_RNG] = "rng",
    [PCI_DEVICE_BALLOON] = "balloon", [PCI_DEVICE_VSOCK] = "vsock", [PCI_DEVICE_PORTS] = "ports",
};

static void card_free(gpointer opaque)
{
    PlugCard *card = opaque;

    g_free(card->device.id);
    g_free(card);
}

/** A card is in the list; its id is taken over. */
static PlugCard *add_to_list(Plug *plug, PciDeviceKind kind, unsigned bridge, unsigned slot,
                             char *id, PciFunction *fn)
{
    PlugCard *card = g_new0(PlugCard, 1);

    *card = (PlugCard){
        .device = {.card = card, .id = id},
        .kind = kind,
        .bridge = bridge,
        .slot = slot,
        .virtio = virtio_pci_device(fn),
    };
    g_ptr_array_add(plug->cards, card);
    return card;
}

/** The name that the configuration has for a device, or NULL. */
static const char *configured_id(const VmConfig *config, const PciPlanned *planned)
{
    switch (planned->kind) {
    case PCI_DEVICE_DISK:
        return config->disks[planned->number].id;
    case PCI_DEVICE_NET:
        return config->nets[planned->number].id;
    case PCI_DEVICE_RNG:
        return config->rng_id;
    case PCI_DEVICE_BALLOON:
        return config->balloon_id;
    case PCI_DEVICE_VSOCK:
        return config->vsock_id;
    case PCI_DEVICE_PORTS:
        return config->ports_id;
    }
    return NULL;
}

/** Nodes of a disk that the machine starts with, as if the user had made them before. */
static gboolean add_nodes(Plug *plug, PlugCard *card, const DiskConfig *config, GError **error)
{
    const Disk *own = virtio_blk_disk(card->virtio);
    const char *top = config->layer ? config->layer : config->node;
    Disk *disk = disk_share(own, error);

    if (!disk || !backends_add_disk(plug->parts, config->node, config->path, disk, error) ||
        (config->layer &&
         !backends_add_layer(plug->parts, config->layer, config->node, own->readonly, error)))
        return FALSE;
    card->block = backends_find_block(plug->parts, top, error);
    card->block->used = TRUE;
    return TRUE;
}

/** Its back end likewise. */
static gboolean add_netdev(Plug *plug, PlugCard *card, const NetConfig *config, GError **error)
{
    Tap *tap = tap_share(virtio_net_tap(card->virtio), error);

    if (!tap || !backends_add_net(plug->parts, config->backend, tap, error))
        return FALSE;
    card->net = backends_find_net(plug->parts, config->backend, error);
    card->net->used = TRUE;
    return TRUE;
}

static void add_configured(Plug *plug, const PciPlanned *planned)
{
    const VmConfig *config = plug->vm->config;
    g_autoptr(GError) error = NULL;
    unsigned slot = planned->desc.devfn >> 3;
    const char *said = configured_id(config, planned);
    char *id =
        said ? g_strdup(said) : g_strdup_printf("%s%u", kind_names[planned->kind], planned->number);
    PlugCard *card = add_to_list(plug, planned->kind, planned->bridge, slot, id,
                                 plug->vm->pci->hosts[planned->bridge].functions[slot]);
    gboolean ok = TRUE;

    if (planned->kind == PCI_DEVICE_DISK) {
        card->file = config->disks[planned->number].path;
        if (config->disks[planned->number].node)
            ok = add_nodes(plug, card, &config->disks[planned->number], &error);
    } else if (planned->kind == PCI_DEVICE_NET && config->nets[planned->number].backend) {
        ok = add_netdev(plug, card, &config->nets[planned->number], &error);
    }
    if (!ok)
        log_warn("the monitor has no name for what %s works on: %s", id, error->message);
}

void plug_cards_init(Plug *plug)
{
    const PciHosts *hosts = plug->vm->pci;

    plug->cards = g_ptr_array_new_with_free_func(card_free);
    plug->parts = backends_new();
    for (unsigned i = 0; hosts && i < hosts->plan->count; i++)
        add_configured(plug, &hosts->plan->devices[i]);
}

void plug_cards_finish(Plug *plug)
{
    g_ptr_array_unref(plug->cards);
    backends_free(plug->parts);
}

Backends *plug_parts(const Plug *plug) { return plug->parts; }

PlugCard *plug_find_card(const Plug *plug, const char *id)
{
    for (unsigned i = 0; i < plug->cards->len; i++) {
        PlugCard *card = g_ptr_array_index(plug->cards, i);

        if (!strcmp(card->device.id, id))
            return card;
    }
    return NULL;
}

/* --- one comes ------------------------------------------------------------------------ */

static gboolean check_hotplug(const Plug *plug, GError **error)
{
    return plug->vm->config->hotplug ||
           error_set(error, PAPRIKA_ERROR_USAGE,
                     "devices stay as they are: the guest was started without --hotplug");
}

static char *choose_id(const Plug *plug, const PlugCardSpec *spec)
{
    for (unsigned number = 0;; number++) {
        g_autofree char *id = g_strdup_printf("%s%u", kind_names[spec->kind], number);

        if (!plug_find_card(plug, id))
            return g_steal_pointer(&id);
    }
}

static gboolean choose_slot(const Plug *plug, const PlugCardSpec *spec, unsigned *bridge,
                            unsigned *slot, GError **error)
{
    const PciPlan *plan = plug->vm->pci->plan;
    unsigned first = spec->bridge == UINT_MAX ? 0 : spec->bridge;
    unsigned end = spec->bridge == UINT_MAX ? plan->n_bridges : spec->bridge + 1;

    if (first >= plan->n_bridges)
        return error_set(error, PAPRIKA_ERROR_USAGE, "Bus 'pci.%u' not found", spec->bridge);
    for (*bridge = first; *bridge < end; ++*bridge) {
        *slot = spec->slot;
        if (pci_plan_choose(plan, *bridge, slot))
            return TRUE;
    }
    return error_set(error, PAPRIKA_ERROR_USAGE, "no such slot is free");
}

/** What a card is made of. */
typedef struct {
    BlockNode *block;
    NetNode *net;
    unsigned virtio_id, queues;
} Parts;

static gboolean check_unused(const char *name, gboolean used, GError **error)
{
    return !used || error_set(error, PAPRIKA_ERROR_USAGE, "'%s' is in use already", name);
}

static VirtioDevice *make_disk(Plug *plug, const PlugCardSpec *spec, const char *id, Parts *parts,
                               GError **error)
{
    parts->block = backends_find_block(plug->parts, spec->backend, error);
    if (!parts->block || !check_unused(spec->backend, parts->block->used, error))
        return NULL;
    Disk *disk = disk_share(backends_bottom(parts->block)->disk, error);
    if (!disk)
        return NULL;
    disk->readonly |= parts->block->readonly;
    parts->virtio_id = VIRTIO_ID_BLOCK;
    parts->queues = spec->disk.queues;
    return vm_devices_new_disk(plug->vm, disk, &spec->disk, id, error);
}

static VirtioDevice *make_net(Plug *plug, const PlugCardSpec *spec, const char *id, Parts *parts,
                              GError **error)
{
    parts->net = backends_find_net(plug->parts, spec->backend, error);
    if (!parts->net || !check_unused(spec->backend, parts->net->used, error))
        return NULL;
    if (spec->net.iommu && parts->net->tap->n_vhost) {
        error_set(error, PAPRIKA_ERROR_USAGE,
                  "'%s' is one with vhost, which knows no DMA windows: no iommu_platform",
                  spec->backend);
        return NULL;
    }
    Tap *tap = tap_share(parts->net->tap, error);
    if (!tap)
        return NULL;
    parts->virtio_id = VIRTIO_ID_NET;
    parts->queues = virtio_net_queues(tap->queues);
    return vm_devices_new_net(plug->vm, tap, &spec->net, id, error);
}

/** The device, its threads running; NULL with @error. */
static VirtioDevice *make_device(Plug *plug, const PlugCardSpec *spec, const char *id, Parts *parts,
                                 GError **error)
{
    VirtioDevice *dev;

    switch (spec->kind) {
    case PCI_DEVICE_DISK:
        dev = make_disk(plug, spec, id, parts, error);
        break;
    case PCI_DEVICE_NET:
        dev = make_net(plug, spec, id, parts, error);
        break;
    default:
        dev = virtio_rng_new(error);
        *parts = (Parts){.virtio_id = VIRTIO_ID_RNG, .queues = 1};
        break;
    }
    if (dev && !dev->ops->begin(dev, error)) {
        dev->ops->free(dev);
        return NULL;
    }
    return dev;
}

static void put_in_slot(Plug *plug, const PlugCardSpec *spec, unsigned bridge, unsigned slot,
                        char *id, const Parts *parts, VirtioDevice *dev)
{
    PciHosts *hosts = plug->vm->pci;
    gboolean iommu = spec->kind == PCI_DEVICE_DISK ? spec->disk.iommu : spec->net.iommu;

    vm_look_begin(plug->vm);
    const PciPlanned *planned =
        pci_plan_add(hosts->plan, spec->kind, bridge, slot, parts->virtio_id, parts->queues);
    PciFunction *fn = virtio_pci_new(&planned->desc, dev);
    pci_hosts_add(hosts, bridge, fn, iommu);
    drc_attach(hosts->hosts[bridge].slots, slot, 1, DRC_HOT);
    vm_look_end(plug->vm);

    PlugCard *card = add_to_list(plug, spec->kind, bridge, slot, id, fn);
    card->block = parts->block;
    card->net = parts->net;
    if (parts->block)
        parts->block->used = TRUE;
    if (parts->net)
        parts->net->used = TRUE;
    log_info("%s was plugged in slot %u of PCI bridge %u", id, slot, bridge);
    Event event = plug_device_event(plug, &card->device, EVENT_ADD);
    plug_post(plug, &event);
}

gboolean plug_add_card(Plug *plug, const PlugCardSpec *spec, GError **error)
{
    unsigned bridge, slot;
    Parts parts = {0};

    if (!check_hotplug(plug, error))
        return FALSE;
    g_autofree char *id = spec->id ? g_strdup(spec->id) : choose_id(plug, spec);
    if (!plug_check_id(plug, id, error) || !choose_slot(plug, spec, &bridge, &slot, error))
        return FALSE;
    VirtioDevice *dev = make_device(plug, spec, id, &parts, error);
    if (!dev)
        return FALSE;
    put_in_slot(plug, spec, bridge, slot, g_steal_pointer(&id), &parts, dev);
    return TRUE;
}

/* --- one goes ------------------------------------------------------------------------- */

gboolean plug_card_may_go(const Plug *plug, const PlugCard *card, GError **error)
{
    if (!check_hotplug(plug, error))
        return FALSE;
    if (card->kind == PCI_DEVICE_PORTS)
        return error_set(error, PAPRIKA_ERROR_USAGE, "ports stay as long as their guest");
    return card->kind != PCI_DEVICE_BALLOON ||
           error_set(error, PAPRIKA_ERROR_USAGE, "a balloon stays as long as its guest");
}

void plug_card_gone(Plug *plug, PlugCard *card)
{
    PciHosts *hosts = plug->vm->pci;

    vm_look_begin(plug->vm);
    PciFunction *fn = pci_hosts_take(hosts, card->bridge, card->slot);
    pci_plan_remove(hosts->plan, card->bridge, card->slot);
    drc_detach(hosts->hosts[card->bridge].slots, card->slot, 1);
    vm_look_end(plug->vm);
    /* What it had begun ends first. Its interrupts are another's only after that. */
    fn->ops->free(fn);
    pci_msi_drop(hosts, card->bridge, card->slot);
    if (card->block)
        card->block->used = FALSE;
    if (card->net)
        card->net->used = FALSE;
    log_info("%s was unplugged", card->device.id);
    g_ptr_array_remove(plug->cards, card);
}
