/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Configuration space and base address registers (PCI Local Bus Specification 3.0, chapter 6). */
#include "hw/pci/pci_function.h"

#include <string.h>

#include "src/base/endian.h"

enum {
    BAR_MEMORY_64 = 4,
    /** Bits of a memory BAR that are not address. */
    BAR_FLAGS = 0xf,
};

static void config_set(PciFunction *fn, unsigned offset, unsigned length, uint32_t value)
{
    le_store(fn->config + offset, length, value);
}

static uint32_t config_get(const PciFunction *fn, unsigned offset, unsigned length)
{
    return (uint32_t)le_load(fn->config + offset, length);
}

/** Make the address bits of BAR @bar writable, and set its kind. */
static void bar_init(PciFunction *fn, unsigned bar)
{
    const PciBarDesc *desc = &fn->desc.bars[bar];
    unsigned offset = PCI_REG_BAR0 + 4 * bar;
    uint64_t mask = ~(desc->size - 1);

    if (!desc->size)
        return;
    le_store(fn->writable + offset, 4, (uint32_t)mask & ~(uint32_t)BAR_FLAGS);
    if (desc->is64)
        le_store(fn->writable + offset + 4, 4, mask >> 32);
}

void pci_function_init(PciFunction *fn, const PciFunctionDesc *desc, const PciFunctionOps *ops)
{
    fn->desc = *desc;
    fn->ops = ops;
    fn->next_cap = PCI_HEADER_SIZE;
    g_mutex_init(&fn->irq_lock);
    for (unsigned i = 0; i < PCI_BARS; i++)
        fn->bar_base[i] = PCI_BAR_OFF;

    config_set(fn, PCI_REG_VENDOR, 2, desc->vendor);
    config_set(fn, PCI_REG_DEVICE, 2, desc->device);
    config_set(fn, PCI_REG_REVISION, 1, desc->revision);
    config_set(fn, PCI_REG_CLASS, 3, desc->class_code);
    config_set(fn, PCI_REG_SUBSYSTEM_VENDOR, 2, desc->subsystem_vendor);
    config_set(fn, PCI_REG_SUBSYSTEM, 2, desc->subsystem);
    config_set(fn, PCI_REG_INTERRUPT_PIN, 1, PCI_INTERRUPT_PIN_A);
    le_store(fn->writable + PCI_REG_COMMAND, 2,
             PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER | PCI_COMMAND_INTX_DISABLE);
    fn->writable[PCI_REG_INTERRUPT_LINE] = 0xff;
    for (unsigned i = 0; i < PCI_BARS; i++)
        bar_init(fn, i);
    pci_msix_init(fn);
}

void pci_function_finish(PciFunction *fn)
{
    pci_msix_finish(fn);
    g_mutex_clear(&fn->irq_lock);
}

unsigned pci_function_add_cap(PciFunction *fn, uint8_t id, const void *body, unsigned length,
                              const void *writable)
{
    unsigned at = fn->next_cap;

    g_return_val_if_fail(length >= 2 && at + length <= PCI_CONFIG_SIZE, 0);
    memcpy(fn->config + at, body, length);
    if (writable)
        memcpy(fn->writable + at, writable, length);
    fn->config[at] = id;
    fn->config[at + 1] = 0;
    fn->config[fn->last_cap ? fn->last_cap + 1 : PCI_REG_CAPABILITIES] = (uint8_t)at;
    config_set(fn, PCI_REG_STATUS, 2, PCI_STATUS_CAPABILITIES);
    fn->last_cap = at;
    fn->next_cap = (at + length + 3) & ~3u;
    return at;
}

/** Where BAR @bar answers by what the registers say. */
static uint64_t bar_where(const PciFunction *fn, unsigned bar)
{
    const PciBarDesc *desc = &fn->desc.bars[bar];
    unsigned offset = PCI_REG_BAR0 + 4 * bar;

    if (!desc->size || !(config_get(fn, PCI_REG_COMMAND, 2) & PCI_COMMAND_MEMORY))
        return PCI_BAR_OFF;
    uint64_t address = config_get(fn, offset, 4) & ~(uint32_t)BAR_FLAGS;
    if (desc->is64)
        address |= (uint64_t)config_get(fn, offset + 4, 4) << 32;
    /* Neither at 0, nor where all ones were written to learn the size. */
    if (!address || address + desc->size < address || address == ~(desc->size - 1))
        return PCI_BAR_OFF;
    return address;
}

static void update_bars(PciFunction *fn)
{
    gboolean changed = FALSE;

    for (unsigned i = 0; i < PCI_BARS; i++) {
        uint64_t where = bar_where(fn, i);

        changed |= where != fn->bar_base[i];
        __atomic_store_n(&fn->bar_base[i], where, __ATOMIC_RELEASE);
    }
    if (changed && fn->ops->bars_changed)
        fn->ops->bars_changed(fn);
}

static void assign_bar(PciFunction *fn, unsigned bar)
{
    const PciBarDesc *desc = &fn->desc.bars[bar];
    unsigned offset = PCI_REG_BAR0 + 4 * bar;

    if (!desc->size)
        return;
    config_set(fn, offset, 4, (uint32_t)desc->address | (desc->is64 ? BAR_MEMORY_64 : 0));
    if (desc->is64)
        config_set(fn, offset + 4, 4, (uint32_t)(desc->address >> 32));
}

void pci_function_reset_config(PciFunction *fn)
{
    /* BARs, command and capabilities' bits; the rest is constant. */
    for (unsigned i = 0; i < PCI_CONFIG_SIZE; i++)
        fn->config[i] &= (uint8_t)~fn->writable[i];
    for (unsigned i = 0; i < PCI_BARS; i++)
        assign_bar(fn, i);
    config_set(fn, PCI_REG_COMMAND, 2, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
    pci_msix_reset(fn);
    pci_msix_update_control(fn);
    update_bars(fn);
}

static gboolean config_ok(unsigned offset, unsigned length)
{
    return (length == 1 || length == 2 || length == 4) && offset % length == 0 &&
           offset < PCI_CONFIG_SIZE;
}

uint32_t pci_function_config_read(PciFunction *fn, unsigned offset, unsigned length)
{
    uint32_t value = 0;

    if (!config_ok(offset, length))
        return UINT32_MAX;
    if (fn->ops->config_access && fn->ops->config_access(fn, offset, length, &value, FALSE))
        return value;
    value = config_get(fn, offset, length);
    if (offset <= PCI_REG_STATUS && offset + length > PCI_REG_STATUS) {
        g_mutex_lock(&fn->irq_lock);
        uint32_t status = fn->intx_wanted ? PCI_STATUS_INTERRUPT : 0;
        g_mutex_unlock(&fn->irq_lock);
        value |= status << 8 * (PCI_REG_STATUS - offset);
    }
    return value;
}

void pci_function_config_write(PciFunction *fn, unsigned offset, unsigned length, uint32_t value)
{
    if (!config_ok(offset, length))
        return;
    if (fn->ops->config_access && fn->ops->config_access(fn, offset, length, &value, TRUE))
        return;

    uint32_t mask = (uint32_t)le_load(fn->writable + offset, length);
    if (!mask)
        return;
    config_set(fn, offset, length, (config_get(fn, offset, length) & ~mask) | (value & mask));
    if (offset < PCI_REG_BAR0 + 4 * PCI_BARS)
        update_bars(fn);
    pci_msix_update_control(fn);
}

static void bar_access(PciFunction *fn, unsigned bar, uint64_t offset, uint8_t *data,
                       unsigned length, gboolean write)
{
    gboolean table = fn->desc.n_vectors && bar == fn->desc.msix_bar;

    if (table && write)
        pci_msix_table_write(fn, offset, data, length);
    else if (table)
        pci_msix_table_read(fn, offset, data, length);
    else if (write)
        fn->ops->bar_write(fn, bar, offset, data, length);
    else
        fn->ops->bar_read(fn, bar, offset, data, length);
}

gboolean pci_function_mmio(PciFunction *fn, uint64_t addr, uint8_t *data, unsigned length,
                           gboolean write)
{
    for (unsigned i = 0; i < PCI_BARS; i++) {
        uint64_t base = __atomic_load_n(&fn->bar_base[i], __ATOMIC_ACQUIRE);

        if (base == PCI_BAR_OFF || addr < base || addr - base >= fn->desc.bars[i].size)
            continue;
        if (length > fn->desc.bars[i].size - (addr - base))
            return FALSE;
        bar_access(fn, i, addr - base, data, length, write);
        return TRUE;
    }
    return FALSE;
}
