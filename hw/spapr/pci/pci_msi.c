/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which interrupt sources a function's messages are (LoPAR 7.3.10.5). */
#include <errno.h>

#include "hw/spapr/pci/pci_host.h"
#include "src/base/log.h"

static uint16_t owner_at(unsigned bridge, unsigned devfn)
{
    return (uint16_t)(1 + (bridge << 8 | devfn));
}

static uint16_t owner_of(const PciHost *host, const PciFunction *fn)
{
    return owner_at(host->index, fn->desc.devfn);
}

/** The first source of @owner less IRQ_SOURCE_MSI, and how many; they are in a row. */
static unsigned owned(const PciHosts *hosts, uint16_t owner, unsigned *first)
{
    unsigned count = 0;

    for (unsigned i = 0; i < IRQ_MSIS; i++) {
        if (hosts->msi_owner[i] != owner)
            continue;
        if (!count++)
            *first = i;
    }
    return count;
}

/** A place for @count sources in a row, or IRQ_MSIS. */
static unsigned find_room(const PciHosts *hosts, unsigned count)
{
    unsigned length = 0;

    for (unsigned i = 0; i < IRQ_MSIS; i++) {
        length = hosts->msi_owner[i] ? 0 : length + 1;
        if (length == count)
            return i + 1 - count;
    }
    return IRQ_MSIS;
}

static void give_back(PciHosts *hosts, uint16_t owner)
{
    for (unsigned i = 0; i < IRQ_MSIS; i++) {
        if (hosts->msi_owner[i] == owner)
            hosts->msi_owner[i] = 0;
    }
}

/** Sources for @owner from *@first on, in place of what it had. The lock is held. */
static int take(PciHosts *hosts, uint16_t owner, unsigned count, unsigned *first)
{
    give_back(hosts, owner);
    *first = find_room(hosts, count);
    if (*first == IRQ_MSIS)
        return -ENOSPC;
    int ret = irq_claim(hosts->vm->irq, IRQ_SOURCE_MSI + *first, count);
    if (ret)
        return ret;
    for (unsigned i = 0; i < count; i++)
        hosts->msi_owner[*first + i] = owner;
    return (int)count;
}

int pci_msi_set(PciHost *host, PciFunction *fn, unsigned count)
{
    PciHosts *hosts = host->all;
    unsigned first = 0;
    int ret = 0;

    if (count > fn->desc.n_vectors)
        return -EINVAL;
    g_mutex_lock(&hosts->msi_lock);
    if (count)
        ret = take(hosts, owner_of(host, fn), count, &first);
    else
        give_back(hosts, owner_of(host, fn));
    g_mutex_unlock(&hosts->msi_lock);
    if (ret < 0) {
        log_guest("PCI bridge %u slot %u: no %u interrupts: %s", host->index, fn->desc.devfn >> 3,
                  count, g_strerror(-ret));
        /* What it had is given back all the same. */
        count = 0;
    }
    /* What is not granted sends nothing. */
    for (unsigned i = 0; i < fn->desc.n_vectors; i++)
        pci_msix_program(fn, i, i < count ? PCI_MSI_ADDRESS : 0,
                         i < count ? IRQ_SOURCE_MSI + first + i : 0);
    return ret;
}

unsigned pci_msi_count(PciHost *host, const PciFunction *fn)
{
    PciHosts *hosts = host->all;
    unsigned first;

    g_mutex_lock(&hosts->msi_lock);
    unsigned count = owned(hosts, owner_of(host, fn), &first);
    g_mutex_unlock(&hosts->msi_lock);
    return count;
}

uint32_t pci_msi_source(PciHost *host, const PciFunction *fn, unsigned vector)
{
    PciHosts *hosts = host->all;
    unsigned first = 0;

    g_mutex_lock(&hosts->msi_lock);
    unsigned count = owned(hosts, owner_of(host, fn), &first);
    g_mutex_unlock(&hosts->msi_lock);
    return vector < count ? IRQ_SOURCE_MSI + first + vector : 0;
}

void pci_msi_drop(PciHosts *hosts, unsigned bridge, unsigned slot)
{
    g_mutex_lock(&hosts->msi_lock);
    give_back(hosts, owner_at(bridge, slot << 3));
    g_mutex_unlock(&hosts->msi_lock);
}

void pci_msi_reset(PciHosts *hosts)
{
    g_mutex_lock(&hosts->msi_lock);
    for (unsigned i = 0; i < IRQ_MSIS; i++)
        hosts->msi_owner[i] = 0;
    g_mutex_unlock(&hosts->msi_lock);
}

/** A guest may write what it likes into a table: what is no message goes nowhere. */
static gboolean is_message(uint64_t address, uint32_t data)
{
    return address == PCI_MSI_ADDRESS && data >= IRQ_SOURCE_MSI && data - IRQ_SOURCE_MSI < IRQ_MSIS;
}

int pci_msi_message_fd(void *bridge, uint64_t address, uint32_t data, int fd, gboolean bind)
{
    PciHost *host = bridge;
    int ret = is_message(address, data) ? 0 : -EINVAL;

    if (!ret && bind)
        ret = irq_bind_fd(host->all->vm->irq, data, fd);
    else if (!ret)
        irq_unbind_fd(host->all->vm->irq, data);
    return ret;
}

void pci_msi_message(void *bridge, uint64_t address, uint32_t data)
{
    PciHost *host = bridge;

    if (is_message(address, data))
        irq_pulse(host->all->vm->irq, data);
}
