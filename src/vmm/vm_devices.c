/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/vmm/vm_devices.h"

#include <stdio.h>

#include "hw/spapr/pci/pci_host.h"
#include "hw/spapr/vio/llan.h"
#include "hw/spapr/vio/vtpm.h"
#include "hw/virtio/virtio_blk.h"
#include "hw/virtio/virtio_net.h"
#include "hw/virtio/virtio_pci.h"
#include "hw/virtio/virtio_rng.h"
#include "hw/virtio/virtio_vsock.h"
#include "src/base/error.h"
#include "src/base/fd.h"
#include "src/base/log.h"
#include "src/block/disk.h"
#include "src/net/net_mac.h"
#include "src/net/tap.h"
#include "src/tpm/tpm.h"
#include "src/vhost/vhost_vsock.h"
#include "src/vmm/balloon.h"
#include "src/vmm/ports.h"

G_STATIC_ASSERT((int)CONFIG_MAX_NET_QUEUES <= (int)TAP_MAX_QUEUES);

static void halt(void *opaque)
{
    Vm *vm = opaque;

    vm->control->halt(vm);
}

VirtioDevice *vm_devices_new_disk(Vm *vm, Disk *disk, const DiskConfig *config, const char *name,
                                  GError **error)
{
    const VirtioBlkConfig blk = {
        .name = name,
        .serial = *config->serial ? config->serial : NULL,
        .queues = config->queues,
        .iommu = config->iommu,
        .halt = config->stop_on_error ? halt : NULL,
        .opaque = vm,
    };

    return virtio_blk_new(disk, &blk, error);
}

static VirtioDevice *make_disk(Vm *vm, const DiskConfig *config, unsigned number, GError **error)
{
    char name[16];
    Disk *disk = disk_open(config->path, config->readonly, config->direct, error);

    snprintf(name, sizeof(name), "disk%u", number);
    return disk ? vm_devices_new_disk(vm, disk, config, name, error) : NULL;
}

/** The kernel's own workers for its queues, as @config wishes. */
static gboolean add_vhost(Tap *tap, const NetConfig *config, GError **error)
{
    const int *fds = config->n_vhost_fds ? config->vhost_fds : NULL;
    g_autoptr(GError) why = NULL;

    if (config->vhost == NET_VHOST_OFF || config->iommu || config->llan ||
        tap_add_vhost(tap, fds, &why))
        return TRUE;
    if (config->vhost == NET_VHOST_ON) {
        g_propagate_error(error, g_steal_pointer(&why));
        return FALSE;
    }
    log_info("tap %s is served without vhost-net: %s", tap->name, why->message);
    tap_drop_vhost(tap);
    return TRUE;
}

Tap *vm_devices_open_tap(const NetConfig *config, GError **error)
{
    g_autoptr(Tap) tap = *config->tap ? tap_open(config->tap, config->queues, error)
                                      : tap_adopt(config->fds, config->queues, error);

    return tap && add_vhost(tap, config, error) ? g_steal_pointer(&tap) : NULL;
}

VirtioDevice *vm_devices_new_net(const Vm *vm, Tap *tap, const NetConfig *config, const char *name,
                                 GError **error)
{
    VirtioNetConfig net = {
        .name = name,
        .mtu = config->mtu,
        .iommu = config->iommu,
        .need_vhost = config->vhost == NET_VHOST_ON,
        .mem = vm->mem,
    };

    net_mac(vm->config, config, name, tap->name, net.mac);
    return virtio_net_new(tap, &net, error);
}

static VirtioDevice *make_net(Vm *vm, const NetConfig *config, unsigned number, GError **error)
{
    char name[16];
    Tap *tap = vm_devices_open_tap(config, error);

    snprintf(name, sizeof(name), "net%u", number);
    return tap ? vm_devices_new_net(vm, tap, config, name, error) : NULL;
}

static VirtioDevice *make_vsock(const Vm *vm, GError **error)
{
    const VmConfig *config = vm->config;
    const Vhost kernel = {vhost_vsock_open(config->vsock_cid, config->vsock_fd, error), vhost_call};

    return kernel.fd >= 0 ? virtio_vsock_new(&kernel, config->vsock_cid, vm->mem, error) : NULL;
}

static gboolean add_planned(Vm *vm, const PciPlanned *planned, GError **error)
{
    VirtioDevice *dev = NULL;
    gboolean iommu = FALSE;

    switch (planned->kind) {
    case PCI_DEVICE_DISK:
        dev = make_disk(vm, &vm->config->disks[planned->number], planned->number, error);
        iommu = vm->config->disks[planned->number].iommu;
        break;
    case PCI_DEVICE_NET:
        dev = make_net(vm, &vm->config->nets[planned->number], planned->number, error);
        iommu = vm->config->nets[planned->number].iommu;
        break;
    case PCI_DEVICE_RNG:
        dev = virtio_rng_new(error);
        break;
    case PCI_DEVICE_BALLOON:
        dev = balloon_new_device(vm, error);
        break;
    case PCI_DEVICE_VSOCK:
        dev = make_vsock(vm, error);
        break;
    case PCI_DEVICE_PORTS:
        dev = ports_new_device(vm, error);
        break;
    }
    if (!dev)
        return FALSE;
    pci_hosts_add(vm->pci, planned->bridge, virtio_pci_new(&planned->desc, dev), iommu);
    return TRUE;
}

static VioDevice *make_vtpm(Vm *vm, GError **error)
{
    Tpm *tpm = tpm_open(vm->config->tpm_path, error);

    return tpm ? vtpm_new(vm, tpm, error) : NULL;
}

static VioDevice *make_llan(Vm *vm, unsigned number, GError **error)
{
    char name[16];
    Tap *tap = vm_devices_open_tap(&vm->config->nets[number], error);

    snprintf(name, sizeof(name), "net%u", number);
    return tap ? llan_new(vm, tap, name, number, error) : NULL;
}

static gboolean take_vio(Vm *vm, VioDevice *dev)
{
    if (dev)
        vio_bus_add(vm->vio, dev);
    return dev != NULL;
}

/** Virtual I/O devices. */
static gboolean add_vio(Vm *vm, GError **error)
{
    const VmConfig *config = vm->config;

    if (!config_has_vio(config))
        return TRUE;
    vm->vio = vio_bus_new();
    if (config->tpm_path && !take_vio(vm, make_vtpm(vm, error)))
        return FALSE;
    for (unsigned i = 0; i < config->n_nets; i++) {
        if (config->nets[i].llan && !take_vio(vm, make_llan(vm, i, error)))
            return FALSE;
    }
    return TRUE;
}

gboolean vm_devices_add(Vm *vm, GError **error)
{
    g_autoptr(PciPlan) plan = pci_plan_new(vm->config, error);

    if (!plan || !add_vio(vm, error))
        return FALSE;
    if (!plan->n_bridges)
        return TRUE;
    vm->pci = pci_hosts_new(vm, g_steal_pointer(&plan), error);
    if (!vm->pci)
        return FALSE;
    for (unsigned i = 0; i < vm->pci->plan->count; i++) {
        if (!add_planned(vm, &vm->pci->plan->devices[i], error))
            return FALSE;
    }
    if (vm->config->hotplug)
        pci_slots_init(vm->pci);
    return TRUE;
}

gboolean vm_devices_check(const VmConfig *config, GError **error)
{
    g_autoptr(GPtrArray) disks = g_ptr_array_new_with_free_func((GDestroyNotify)disk_close);
    g_autoptr(GPtrArray) taps = g_ptr_array_new_with_free_func((GDestroyNotify)tap_close);

    /* All at the same time, so that one that is given twice is found. */
    for (unsigned i = 0; i < config->n_disks; i++) {
        const DiskConfig *disk = &config->disks[i];
        Disk *opened = disk_open(disk->path, disk->readonly, disk->direct, error);

        if (!opened)
            return FALSE;
        g_ptr_array_add(disks, opened);
    }
    for (unsigned i = 0; i < config->n_nets; i++) {
        Tap *opened = vm_devices_open_tap(&config->nets[i], error);

        if (!opened)
            return FALSE;
        g_ptr_array_add(taps, opened);
    }
    auto_fd vsock =
        config->vsock_cid ? vhost_vsock_open(config->vsock_cid, config->vsock_fd, error) : -1;
    if (config->vsock_cid && vsock < 0)
        return FALSE;
    return !config->tpm_path || tpm_check(config->tpm_path, error);
}
