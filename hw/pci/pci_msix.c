/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Interrupts of a function: MSI-X (PCI Local Bus Specification 3.0, 6.8.2), and INTA. */
#include <string.h>

#include "hw/pci/pci_function.h"
#include "src/base/endian.h"

enum {
    MSIX_CONTROL = 2,
    MSIX_CONTROL_ENABLE = 1 << 15,
    MSIX_CONTROL_MASK_ALL = 1 << 14,
    MSIX_CAP_SIZE = 12,
    VECTOR_CONTROL_MASKED = 1,
};

/** Of the table; the pending bits are behind it. */
static uint64_t table_size(const PciFunction *fn)
{
    return (uint64_t)fn->desc.n_vectors * PCI_MSIX_ENTRY;
}

/** As after power-on. */
static void vectors_init(PciFunction *fn)
{
    for (unsigned i = 0; i < fn->desc.n_vectors; i++)
        fn->vectors[i] = (PciVector){.masked = TRUE, .fd = -1};
}

void pci_msix_init(PciFunction *fn)
{
    uint8_t body[MSIX_CAP_SIZE] = {0}, writable[MSIX_CAP_SIZE] = {0};

    if (!fn->desc.n_vectors)
        return;
    fn->vectors = g_new(PciVector, fn->desc.n_vectors);
    vectors_init(fn);
    le_store(body + MSIX_CONTROL, 2, fn->desc.n_vectors - 1);
    le_store(writable + MSIX_CONTROL, 2, MSIX_CONTROL_ENABLE | MSIX_CONTROL_MASK_ALL);
    le_store(body + 4, 4, fn->desc.msix_bar);
    le_store(body + 8, 4, table_size(fn) | fn->desc.msix_bar);
    fn->msix_cap = pci_function_add_cap(fn, PCI_CAP_MSIX, body, sizeof(body), writable);
}

static gboolean vector_is_open(const PciFunction *fn, const PciVector *vector)
{
    return fn->msix_enabled && !fn->msix_masked && !vector->masked;
}

static void vector_unbind(PciFunction *fn, PciVector *vector)
{
    if (vector->bound)
        fn->bridge_ops->message_fd(fn->bridge, vector->bound_address, vector->bound_data,
                                   vector->fd, FALSE);
    vector->bound = FALSE;
}

/** Its descriptor is the bridge's as long as it is open, and means what it says. irq_lock held. */
static void vector_bind(PciFunction *fn, PciVector *vector)
{
    gboolean same = vector->bound_address == vector->address && vector->bound_data == vector->data;

    if (vector->fd >= 0 && vector_is_open(fn, vector)) {
        if (vector->bound && same)
            return;
        vector_unbind(fn, vector);
        vector->bound_address = vector->address;
        vector->bound_data = vector->data;
        vector->bound = fn->bridge_ops->message_fd(fn->bridge, vector->address, vector->data,
                                                   vector->fd, TRUE) == 0;
    } else {
        vector_unbind(fn, vector);
    }
}

/** Send what came while @vector was masked, if it no longer is. irq_lock held. */
static void vector_update(PciFunction *fn, PciVector *vector)
{
    vector_bind(fn, vector);
    if (!vector->pending || !vector_is_open(fn, vector))
        return;
    vector->pending = FALSE;
    fn->bridge_ops->message(fn->bridge, vector->address, vector->data);
}

void pci_msix_finish(PciFunction *fn) { g_free(fn->vectors); }

void pci_msix_reset(PciFunction *fn)
{
    g_mutex_lock(&fn->irq_lock);
    for (unsigned i = 0; i < fn->desc.n_vectors; i++)
        vector_unbind(fn, &fn->vectors[i]);
    vectors_init(fn);
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

void pci_msix_bind_fd(PciFunction *fn, unsigned vector, int fd, gboolean bind)
{
    if (vector >= fn->desc.n_vectors)
        return;
    g_mutex_lock(&fn->irq_lock);
    PciVector *entry = &fn->vectors[vector];
    /* Of queues that share a vector the first one has it. */
    if (bind && entry->fd < 0) {
        entry->fd = fd;
        vector_bind(fn, entry);
    } else if (!bind && entry->fd == fd) {
        vector_unbind(fn, entry);
        entry->fd = -1;
    }
    g_mutex_unlock(&fn->irq_lock);
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
    uint64_t pba = table_size(fn);
    uint8_t bytes[PCI_MSIX_ENTRY];

    g_mutex_lock(&fn->irq_lock);
    for (unsigned i = 0; i < length; i++, offset++) {
        data[i] = 0;
        if (offset < pba) {
            entry_bytes(fn, (unsigned)(offset / PCI_MSIX_ENTRY), bytes);
            data[i] = bytes[offset % PCI_MSIX_ENTRY];
        } else {
            data[i] = pending_byte(fn, offset - pba);
        }
    }
    g_mutex_unlock(&fn->irq_lock);
}

void pci_msix_table_write(PciFunction *fn, uint64_t offset, const uint8_t *data, unsigned length)
{
    uint8_t bytes[PCI_MSIX_ENTRY];

    /* Aligned words and double words only, as the specification has it. */
    if (offset >= table_size(fn) || (length != 4 && length != 8) || offset % length)
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
