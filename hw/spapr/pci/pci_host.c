/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hw/spapr/pci/pci_host.h"

#include <errno.h>
#include <string.h>

#include "src/base/error.h"
#include "src/base/mmio_bus.h"

enum {
    /** Configuration address of RTAS: extended register, bus, device and function, register. */
    CONFIG_BUS_SHIFT = 16,
    CONFIG_DEVFN_SHIFT = 8,
};

static void host_mmio(PciHost *host, uint64_t addr, uint8_t *data, unsigned length, gboolean write)
{
    for (unsigned i = 0; i < PCI_SLOTS; i++) {
        PciFunction *fn = host->functions[i];

        if (fn && pci_function_mmio(fn, addr, data, length, write))
            return;
    }
    /* Nobody there: all ones, as after a master abort. */
    if (!write)
        memset(data, 0xff, length);
}

static void window32_read(void *opaque, uint64_t offset, uint8_t *data, unsigned length)
{
    host_mmio(opaque, PCI_WINDOW32_BUS + offset, data, length, FALSE);
}

static void window32_write(void *opaque, uint64_t offset, const uint8_t *data, unsigned length)
{
    host_mmio(opaque, PCI_WINDOW32_BUS + offset, (uint8_t *)data, length, TRUE);
}

static const MmioOps window32_ops = {.read = window32_read, .write = window32_write};

static void window64_read(void *opaque, uint64_t offset, uint8_t *data, unsigned length)
{
    PciHost *host = opaque;

    host_mmio(host, PCI_WINDOW64_BASE(host->index) + offset, data, length, FALSE);
}

static void window64_write(void *opaque, uint64_t offset, const uint8_t *data, unsigned length)
{
    PciHost *host = opaque;

    host_mmio(host, PCI_WINDOW64_BASE(host->index) + offset, (uint8_t *)data, length, TRUE);
}

static const MmioOps window64_ops = {.read = window64_read, .write = window64_write};

/** INTA of slot n is line n modulo 4 of the bridge, shared by OR. */
static void host_intx(void *bridge, PciFunction *fn, gboolean level)
{
    PciHost *host = bridge;
    unsigned line = (unsigned)(fn->desc.devfn >> 3) % IRQ_LSIS_PER_BRIDGE;

    g_mutex_lock(&host->lsi_lock);
    host->lsi_users[line] += level ? 1u : UINT_MAX;
    irq_set_level(host->all->vm->irq, IRQ_SOURCE_LSI + IRQ_LSIS_PER_BRIDGE * host->index + line,
                  host->lsi_users[line] > 0);
    g_mutex_unlock(&host->lsi_lock);
}

/** Where the processor finds bus address @addr; 0 if nowhere. */
static uint64_t host_window_address(const PciHost *host, uint64_t addr)
{
    if (addr - PCI_WINDOW32_BUS < PCI_WINDOW32_SIZE)
        return addr - PCI_WINDOW32_BUS + PCI_WINDOW32_BASE(host->index);
    if (addr - PCI_WINDOW64_BASE(host->index) < PCI_WINDOW64_SIZE)
        return addr;
    return 0;
}

static int host_store_fd(void *bridge, uint64_t addr, int fd, gboolean bind)
{
    PciHost *host = bridge;
    const Vm *vm = host->all->vm;
    uint64_t real = host_window_address(host, addr);

    return real ? vm->ops->vm_store_fd(vm->hv, real, fd, bind) : -EINVAL;
}

static const PciBridgeOps host_ops = {
    .message = pci_msi_message,
    .message_fd = pci_msi_message_fd,
    .intx = host_intx,
    .store_fd = host_store_fd,
};

static gboolean host_init(PciHosts *hosts, unsigned index, GError **error)
{
    PciHost *host = &hosts->hosts[index];
    Vm *vm = hosts->vm;

    host->all = hosts;
    host->index = index;
    g_mutex_init(&host->lock);
    g_mutex_init(&host->lsi_lock);
    g_rw_lock_init(&host->dma_lock);
    hosts->count++;
    if (!mmio_bus_add(vm->mmio, PCI_WINDOW32_BASE(index), PCI_WINDOW32_SIZE, &window32_ops, host) ||
        !mmio_bus_add(vm->mmio, PCI_WINDOW64_BASE(index), PCI_WINDOW64_SIZE, &window64_ops, host))
        return error_set(error, PAPRIKA_ERROR_HOST, "no room for the windows of PCI bridge %u",
                         index);
    int ret = irq_claim(vm->irq, IRQ_SOURCE_LSI + IRQ_LSIS_PER_BRIDGE * index, IRQ_LSIS_PER_BRIDGE);
    if (ret)
        return error_set_errno(error, PAPRIKA_ERROR_HOST, -ret,
                               "KVM refuses the interrupts of PCI bridge %u", index);
    return pci_dma_init(host, error);
}

PciHosts *pci_hosts_new(Vm *vm, PciPlan *plan, GError **error)
{
    g_autoptr(PciHosts) hosts = g_new0(PciHosts, 1);

    hosts->vm = vm;
    hosts->plan = plan;
    g_mutex_init(&hosts->msi_lock);
    hosts->hosts = g_new0(PciHost, MAX(plan->n_bridges, 1u));
    for (unsigned i = 0; i < plan->n_bridges; i++) {
        if (!host_init(hosts, i, error))
            return NULL;
    }
    return g_steal_pointer(&hosts);
}

static void host_finish(PciHost *host)
{
    for (unsigned i = 0; i < PCI_SLOTS; i++) {
        if (host->functions[i])
            host->functions[i]->ops->free(host->functions[i]);
    }
    pci_dma_finish(host);
    g_rw_lock_clear(&host->dma_lock);
    g_mutex_clear(&host->lsi_lock);
    g_mutex_clear(&host->lock);
}

void pci_hosts_free(PciHosts *hosts)
{
    if (!hosts)
        return;
    for (unsigned i = 0; i < hosts->count; i++)
        host_finish(&hosts->hosts[i]);
    g_mutex_clear(&hosts->msi_lock);
    g_free(hosts->hosts);
    pci_plan_free(hosts->plan);
    g_free(hosts);
}

void pci_hosts_add(PciHosts *hosts, unsigned bridge, PciFunction *fn, gboolean iommu)
{
    PciHost *host = &hosts->hosts[bridge];

    fn->bridge = host;
    fn->bridge_ops = &host_ops;
    fn->dma = (DmaSpace){
        .mem = hosts->vm->mem,
        .translate = iommu ? pci_dma_translate : NULL,
        .opaque = host,
    };
    g_mutex_lock(&host->lock);
    host->functions[fn->desc.devfn >> 3] = fn;
    pci_function_reset_config(fn);
    g_mutex_unlock(&host->lock);
}

PciFunction *pci_hosts_take(PciHosts *hosts, unsigned bridge, unsigned slot)
{
    PciHost *host = &hosts->hosts[bridge];

    g_mutex_lock(&host->lock);
    PciFunction *fn = g_steal_pointer(&host->functions[slot]);
    g_mutex_unlock(&host->lock);
    return fn;
}

static gboolean host_begin(PciHost *host, GError **error)
{
    for (unsigned i = 0; i < PCI_SLOTS; i++) {
        PciFunction *fn = host->functions[i];

        if (fn && fn->ops->begin && !fn->ops->begin(fn, error))
            return FALSE;
    }
    return TRUE;
}

gboolean pci_hosts_begin(PciHosts *hosts, GError **error)
{
    for (unsigned i = 0; hosts && i < hosts->count; i++) {
        if (!host_begin(&hosts->hosts[i], error))
            return FALSE;
    }
    return TRUE;
}

void pci_hosts_pause(PciHosts *hosts, gboolean pause)
{
    for (unsigned i = 0; hosts && i < hosts->count; i++) {
        for (unsigned slot = 0; slot < PCI_SLOTS; slot++) {
            PciFunction *fn = hosts->hosts[i].functions[slot];

            if (fn && fn->ops->pause)
                fn->ops->pause(fn, pause);
        }
    }
}

void pci_host_reset_functions(PciHost *host)
{
    for (unsigned i = 0; i < PCI_SLOTS; i++) {
        PciFunction *fn = host->functions[i];

        if (!fn)
            continue;
        /* Without the lock: it waits for what the device has begun. */
        fn->ops->reset(fn);
        g_mutex_lock(&host->lock);
        pci_function_reset_config(fn);
        g_mutex_unlock(&host->lock);
    }
}

void pci_hosts_reset(PciHosts *hosts)
{
    if (!hosts)
        return;
    for (unsigned i = 0; i < hosts->count; i++) {
        pci_host_reset_functions(&hosts->hosts[i]);
        pci_dma_reset(&hosts->hosts[i]);
    }
    pci_msi_reset(hosts);
}

PciHost *pci_hosts_find(PciHosts *hosts, uint64_t buid)
{
    for (unsigned i = 0; hosts && i < hosts->count; i++) {
        if (buid == PCI_HOST_BUID(i))
            return &hosts->hosts[i];
    }
    return NULL;
}

PciFunction *pci_host_function(PciHost *host, uint32_t config_addr)
{
    unsigned bus = config_addr >> CONFIG_BUS_SHIFT & 0xff;
    unsigned devfn = config_addr >> CONFIG_DEVFN_SHIFT & 0xff;

    if (bus || devfn & 7)
        return NULL;
    return host->functions[devfn >> 3];
}
