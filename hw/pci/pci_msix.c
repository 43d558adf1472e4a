/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Interrupts of a function: MSI-X (PCI Local Bus Specification 3.0, 6.8.2), and INTA. */
#include <string.h>
#include <unistd.h>

#include "hw/pci/pci_function.h"
#include "src/base/endian.h"

enum {
    MSIX_CONTROL = 2,
    MSIX_CONTROL_ENABLE = 1 << 15,
    MSIX_CONTROL_MASK_ALL = 1 << 14,
    VECTOR_CONTROL_MASKED = 1,
};

void pci_msix_init(PciFunction *fn)
{
    fn->vectors = g_new0(PciVector, MAX(fn->desc.n_vectors, 1u));
    for (unsigned i = 0; i < fn->desc.n_vectors; i++)
        fn->vectors[i] = (PciVector){.masked = TRUE, .fd = -1};
}

uint64_t pci_msix_pba_offset(const PciFunction *fn)
{
    return (uint64_t)fn->desc.n_vectors * PCI_MSIX_ENTRY;
}

uint64_t pci_msix_table_size(const PciFunction *fn)
{
    return pci_msix_pba_offset(fn) + (fn->desc.n_vectors + 63) / 64 * 8;
}

static void vector_unbind(PciFunction *fn, PciVector *vector)
{
    if (vector->bound)
        fn->bridge_ops->unbind_fd(fn->bridge, vector->bound_address, vector->bound_data);
    vector->bound = FALSE;
}

static gboolean vector_is_open(const PciFunction *fn, const PciVector *vector)
{
    return fn->msix_enabled && !fn->msix_masked && !vector->masked;
}

/** Take what @fd has counted; false if nothing. */
static gboolean take_events(int fd)
{
    uint64_t count;

    return read(fd, &count, sizeof(count)) == sizeof(count);
}

/**
 * Bring the binding of @vector's descriptor to what its entry says, and send
 * what came while it was masked. irq_lock held.
 */
static void vector_update(PciFunction *fn, PciVector *vector)
{
    gboolean open = vector_is_open(fn, vector);

    if (vector->bound && (!open || vector->bound_address != vector->address ||
                          vector->bound_data != vector->data || vector->fd < 0))
        vector_unbind(fn, vector);
    if (open && vector->fd >= 0 && !vector->bound &&
        fn->bridge_ops->bind_fd(fn->bridge, vector->address, vector->data, vector->fd) == 0) {
        vector->bound = TRUE;
        vector->bound_address = vector->address;
        vector->bound_data = vector->data;
        /* What was written before the binding may be seen by nobody else. */
        if (take_events(vector->fd))
            vector->pending = TRUE;
    }
    if (open && vector->pending) {
        vector->pending = FALSE;
        fn->bridge_ops->message(fn->bridge, vector->address, vector->data);
    }
}

void pci_msix_finish(PciFunction *fn)
{
    for (unsigned i = 0; i < fn->desc.n_vectors; i++)
        vector_unbind(fn, &fn->vectors[i]);
    g_free(fn->vectors);
}

void pci_msix_reset(PciFunction *fn)
{
    g_mutex_lock(&fn->irq_lock);
    for (unsigned i = 0; i < fn->desc.n_vectors; i++) {
        PciVector *vector = &fn->vectors[i];
        int fd = vector->fd;

        vector_unbind(fn, vector);
        *vector = (PciVector){.masked = TRUE, .fd = fd};
    }
    g_mutex_unlock(&fn->irq_lock);
}

/** irq_lock held. */
static void update_intx(PciFunction *fn)
{
    gboolean level = fn->intx_wanted && !fn->intx_disabled && !fn->msix_enabled;

    if (level == fn->intx_level)
        return;
    fn->intx_level = level;
    fn->bridge_ops->intx(fn->bridge, fn, level);
}

void pci_msix_update_control(PciFunction *fn)
{
    uint64_t command = le_load(fn->config + PCI_REG_COMMAND, 2);
    uint64_t control = fn->msix_cap ? le_load(fn->config + fn->msix_cap + MSIX_CONTROL, 2) : 0;

    g_mutex_lock(&fn->irq_lock);
    fn->intx_disabled = (command & PCI_COMMAND_INTX_DISABLE) != 0;
    fn->msix_enabled = (control & MSIX_CONTROL_ENABLE) != 0;
    fn->msix_masked = (control & MSIX_CONTROL_MASK_ALL) != 0;
    for (unsigned i = 0; i < fn->desc.n_vectors; i++)
        vector_update(fn, &fn->vectors[i]);
    update_intx(fn);
    g_mutex_unlock(&fn->irq_lock);
}

void pci_function_set_intx(PciFunction *fn, gboolean level)
{
    g_mutex_lock(&fn->irq_lock);
    fn->intx_wanted = level;
    update_intx(fn);
    g_mutex_unlock(&fn->irq_lock);
}

gboolean pci_msix_is_enabled(PciFunction *fn)
{
    g_mutex_lock(&fn->irq_lock);
    gboolean enabled = fn->msix_enabled;
    g_mutex_unlock(&fn->irq_lock);
    return enabled;
}

gboolean pci_msix_notify(PciFunction *fn, unsigned vector)
{
    g_mutex_lock(&fn->irq_lock);
    gboolean enabled = fn->msix_enabled;
    if (enabled && vector < fn->desc.n_vectors) {
        PciVector *entry = &fn->vectors[vector];

        if (vector_is_open(fn, entry))
            fn->bridge_ops->message(fn->bridge, entry->address, entry->data);
        else
            entry->pending = TRUE;
    }
    g_mutex_unlock(&fn->irq_lock);
    return enabled;
}

void pci_msix_set_fd(PciFunction *fn, unsigned vector, int fd)
{
    if (vector >= fn->desc.n_vectors)
        return;
    g_mutex_lock(&fn->irq_lock);
    vector_unbind(fn, &fn->vectors[vector]);
    fn->vectors[vector].fd = fd;
    vector_update(fn, &fn->vectors[vector]);
    g_mutex_unlock(&fn->irq_lock);
}

gboolean pci_msix_is_bound(PciFunction *fn, unsigned vector)
{
    gboolean bound = FALSE;

    g_mutex_lock(&fn->irq_lock);
    if (vector < fn->desc.n_vectors)
        bound = fn->vectors[vector].bound;
    g_mutex_unlock(&fn->irq_lock);
    return bound;
}

void pci_msix_program(PciFunction *fn, unsigned vector, uint64_t address, uint32_t data)
{
    if (vector >= fn->desc.n_vectors)
        return;
    g_mutex_lock(&fn->irq_lock);
    fn->vectors[vector].address = address;
    fn->vectors[vector].data = data;
    vector_update(fn, &fn->vectors[vector]);
    g_mutex_unlock(&fn->irq_lock);
}

/** Entry @index as its 16 bytes. irq_lock held. */
static void entry_bytes(const PciFunction *fn, unsigned index, uint8_t bytes[PCI_MSIX_ENTRY])
{
    const PciVector *vector = &fn->vectors[index];

    le_store(bytes, 8, vector->address);
    le_store(bytes + 8, 4, vector->data);
    le_store(bytes + 12, 4, vector->masked ? VECTOR_CONTROL_MASKED : 0);
}

static uint8_t pending_byte(const PciFunction *fn, uint64_t offset)
{
    uint8_t byte = 0;

    for (unsigned bit = 0; bit < 8; bit++) {
        uint64_t index = 8 * offset + bit;

        if (index < fn->desc.n_vectors && fn->vectors[index].pending)
            byte |= (uint8_t)(1u << bit);
    }
    return byte;
}

void pci_msix_table_read(PciFunction *fn, uint64_t offset, uint8_t *data, unsigned length)
{
    uint64_t pba = pci_msix_pba_offset(fn);
    uint8_t bytes[PCI_MSIX_ENTRY];

    g_mutex_lock(&fn->irq_lock);
    for (unsigned i = 0; i < length; i++, offset++) {
        data[i] = 0;
        if (offset < pba) {
            entry_bytes(fn, (unsigned)(offset / PCI_MSIX_ENTRY), bytes);
            data[i] = bytes[offset % PCI_MSIX_ENTRY];
        } else if (offset < pci_msix_table_size(fn)) {
            data[i] = pending_byte(fn, offset - pba);
        }
    }
    g_mutex_unlock(&fn->irq_lock);
}

void pci_msix_table_write(PciFunction *fn, uint64_t offset, const uint8_t *data, unsigned length)
{
    uint8_t bytes[PCI_MSIX_ENTRY];

    /* Aligned words and double words only, as the specification has it. */
    if (offset >= pci_msix_pba_offset(fn) || (length != 4 && length != 8) || offset % length)
        return;
    g_mutex_lock(&fn->irq_lock);
    PciVector *vector = &fn->vectors[offset / PCI_MSIX_ENTRY];
    entry_bytes(fn, (unsigned)(offset / PCI_MSIX_ENTRY), bytes);
    memcpy(bytes + offset % PCI_MSIX_ENTRY, data, length);
    vector->address = le_load(bytes, 8);
    vector->data = (uint32_t)le_load(bytes + 8, 4);
    vector->masked = (bytes[12] & VECTOR_CONTROL_MASKED) != 0;
    vector_update(fn, vector);
    g_mutex_unlock(&fn->irq_lock);
}
