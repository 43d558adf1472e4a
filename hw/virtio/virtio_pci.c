/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hw/virtio/virtio_pci.h"

#include <string.h>

#include "hw/virtio/virtio_pci_private.h"
#include "src/base/endian.h"

typedef struct {
    uint8_t cap_vndr, cap_next, cap_len, cfg_type, bar, id, padding[2];
    le32 offset, length;
} VirtioPciCap;
G_STATIC_ASSERT(sizeof(VirtioPciCap) == 16);

enum {
    CAP_COMMON = 1,
    CAP_NOTIFY = 2,
    CAP_ISR = 3,
    CAP_DEVICE = 4,
    CAP_PCI_CFG = 5,
    /** Notify's multiplier, or PCI_CFG's data, behind the rest. */
    CAP_EXTRA = sizeof(VirtioPciCap),

    VENDOR_RED_HAT = 0x1af4,
    DEVICE_BASE = 0x1040,
    REVISION_MODERN = 1,
    SUBSYSTEM_BASE = 0x1100,
};

VirtioPci *virtio_pci_of(PciFunction *fn) { return (VirtioPci *)fn; }

VirtioDevice *virtio_pci_device(PciFunction *fn) { return virtio_pci_of(fn)->dev; }

static const struct {
    unsigned id;
    const char *name;
    uint32_t class_code;
} kinds[] = {
    {VIRTIO_ID_NET, "ethernet", 0x020000},          {VIRTIO_ID_BLOCK, "scsi", 0x010000},
    {VIRTIO_ID_CONSOLE, "communication", 0x078000}, {VIRTIO_ID_RNG, "entropy", 0x00ff00},
    {VIRTIO_ID_BALLOON, "balloon", 0x00ff00},       {VIRTIO_ID_VSOCK, "communication", 0x078000},
};

void virtio_pci_describe(PciFunctionDesc *desc, unsigned id, unsigned queues)
{
    *desc = (PciFunctionDesc){
        .vendor = VENDOR_RED_HAT,
        .device = (uint16_t)(DEVICE_BASE + id),
        .subsystem_vendor = VENDOR_RED_HAT,
        .subsystem = SUBSYSTEM_BASE,
        .revision = REVISION_MODERN,
        /* One for each queue, and one for changes of the configuration. */
        .n_vectors = MIN(queues + 1, (unsigned)PCI_MSIX_MAX),
        .msix_bar = VIRTIO_PCI_MSIX_BAR,
    };
    desc->bars[VIRTIO_PCI_MSIX_BAR].size = VIRTIO_PCI_BAR_SIZE;
    desc->bars[VIRTIO_PCI_BAR] = (PciBarDesc){.size = VIRTIO_PCI_BAR_SIZE, .is64 = TRUE};
    for (unsigned i = 0; i < G_N_ELEMENTS(kinds); i++) {
        if (kinds[i].id == id) {
            g_strlcpy(desc->name, kinds[i].name, sizeof(desc->name));
            desc->class_code = kinds[i].class_code;
        }
    }
}

/* --- interrupts --------------------------------------------------------------- */

static void raise_isr(VirtioPci *vp, uint8_t bit)
{
    g_mutex_lock(&vp->isr_lock);
    vp->isr |= bit;
    pci_function_set_intx(&vp->fn, TRUE);
    g_mutex_unlock(&vp->isr_lock);
}

uint8_t virtio_pci_take_isr(VirtioPci *vp)
{
    g_mutex_lock(&vp->isr_lock);
    uint8_t isr = vp->isr;
    vp->isr = 0;
    pci_function_set_intx(&vp->fn, FALSE);
    g_mutex_unlock(&vp->isr_lock);
    return isr;
}

static void notify_queue(void *transport, unsigned queue, uint16_t vector)
{
    VirtioPci *vp = transport;

    if (!pci_msix_notify(&vp->fn, vector))
        raise_isr(vp, VIRTIO_ISR_QUEUE);
}

static void notify_config(void *transport)
{
    VirtioPci *vp = transport;
    uint16_t vector = __atomic_load_n(&vp->config_vector, __ATOMIC_RELAXED);

    if (!pci_msix_notify(&vp->fn, vector))
        raise_isr(vp, VIRTIO_ISR_CONFIG);
}

static void bind_queue(void *transport, unsigned queue, uint16_t vector, int fd, gboolean bind)
{
    VirtioPci *vp = transport;

    pci_msix_bind_fd(&vp->fn, vector, fd, bind);
}

static const VirtioTransportOps transport_ops = {
    .bind_queue = bind_queue,
    .notify_queue = notify_queue,
    .notify_config = notify_config,
};

/* --- kicks ---------------------------------------------------------------------- */

static void bind_kicks(VirtioPci *vp, uint64_t base, gboolean bind)
{
    for (unsigned i = 0; i < vp->dev->n_queues; i++) {
        uint64_t addr = base + VIRTIO_PCI_NOTIFY + (uint64_t)i * VIRTIO_PCI_NOTIFY_STRIDE;

        if (vp->dev->queues[i].kick_fd >= 0)
            vp->fn.bridge_ops->store_fd(vp->fn.bridge, addr, vp->dev->queues[i].kick_fd, bind);
    }
}

/*
 * Let the kernel take the kicks while the device runs, wherever its BAR is. What
 * the kernel does not take comes out as a store, and is passed on.
 */
void virtio_pci_update_kicks(VirtioPci *vp)
{
    g_mutex_lock(&vp->kick_lock);
    uint64_t base = __atomic_load_n(&vp->fn.bar_base[VIRTIO_PCI_BAR], __ATOMIC_ACQUIRE);
    uint64_t wanted = vp->wants_kicks ? base : PCI_BAR_OFF;

    if (wanted != vp->kick_base) {
        if (vp->kick_base != PCI_BAR_OFF)
            bind_kicks(vp, vp->kick_base, FALSE);
        if (wanted != PCI_BAR_OFF)
            bind_kicks(vp, wanted, TRUE);
        vp->kick_base = wanted;
    }
    g_mutex_unlock(&vp->kick_lock);
}

void virtio_pci_want_kicks(VirtioPci *vp, gboolean wanted)
{
    g_mutex_lock(&vp->kick_lock);
    vp->wants_kicks = wanted;
    g_mutex_unlock(&vp->kick_lock);
    virtio_pci_update_kicks(vp);
}

void virtio_pci_kick(VirtioPci *vp, unsigned queue)
{
    if (queue < vp->dev->n_queues)
        virtqueue_kick(&vp->dev->queues[queue]);
}

/* --- the function ------------------------------------------------------------------ */

static void add_cap(VirtioPci *vp, uint8_t type, uint32_t offset, uint32_t length, uint32_t extra)
{
    struct {
        VirtioPciCap cap;
        le32 extra;
    } body = {
        .cap = {.cap_len = sizeof(body.cap),
                .cfg_type = type,
                .bar = VIRTIO_PCI_BAR,
                .offset = le32_of(offset),
                .length = le32_of(length)},
        .extra = le32_of(extra),
    };

    if (type == CAP_NOTIFY || type == CAP_PCI_CFG)
        body.cap.cap_len = sizeof(body);
    unsigned at = pci_function_add_cap(&vp->fn, PCI_CAP_VENDOR, &body, body.cap.cap_len, NULL);
    if (type != CAP_PCI_CFG)
        return;
    /* The driver names a BAR and a place in it, and finds that behind them. */
    vp->window_cap = at;
    vp->fn.writable[at + offsetof(VirtioPciCap, bar)] = 0xff;
    memset(vp->fn.writable + at + offsetof(VirtioPciCap, offset), 0xff, 2 * sizeof(le32));
}

/**
 * The data of the capability that shows a place in a BAR. Only this function's
 * structures: an MSI-X table has no business there.
 */
static gboolean config_access(PciFunction *fn, unsigned offset, unsigned length, uint32_t *value,
                              gboolean write)
{
    VirtioPci *vp = virtio_pci_of(fn);
    unsigned data = vp->window_cap + CAP_EXTRA;
    uint8_t bytes[4] = {0};

    if (offset < data || offset >= data + sizeof(bytes))
        return FALSE;

    uint8_t bar = fn->config[vp->window_cap + offsetof(VirtioPciCap, bar)];
    uint64_t at = le_load(fn->config + vp->window_cap + offsetof(VirtioPciCap, offset), 4);
    uint64_t size = le_load(fn->config + vp->window_cap + offsetof(VirtioPciCap, length), 4);
    gboolean ok = bar == VIRTIO_PCI_BAR && size == length && at % length == 0 &&
                  at <= VIRTIO_PCI_BAR_SIZE - length && offset == data;
    if (ok && write) {
        le_store(bytes, length, *value);
        virtio_pci_bar_write(fn, bar, at, bytes, length);
    } else if (ok) {
        virtio_pci_bar_read(fn, bar, at, bytes, length);
    }
    if (!write)
        *value = (uint32_t)le_load(bytes, length);
    return TRUE;
}

static void vp_reset(PciFunction *fn)
{
    VirtioPci *vp = virtio_pci_of(fn);

    virtio_pci_want_kicks(vp, FALSE);
    virtio_device_reset(vp->dev);
    virtio_pci_reset_registers(vp);
}

static gboolean vp_begin(PciFunction *fn, GError **error)
{
    VirtioDevice *dev = virtio_pci_of(fn)->dev;

    return dev->ops->begin(dev, error);
}

static void vp_pause(PciFunction *fn, gboolean pause)
{
    VirtioDevice *dev = virtio_pci_of(fn)->dev;
    void (*call)(VirtioDevice *) = pause ? dev->ops->pause : dev->ops->resume;

    if (call)
        call(dev);
}

static void vp_bars_changed(PciFunction *fn) { virtio_pci_update_kicks(virtio_pci_of(fn)); }

static void vp_free(PciFunction *fn)
{
    VirtioPci *vp = virtio_pci_of(fn);

    vp_reset(fn);
    vp->dev->ops->free(vp->dev);
    pci_function_finish(fn);
    g_mutex_clear(&vp->kick_lock);
    g_mutex_clear(&vp->isr_lock);
    g_free(vp);
}

static const PciFunctionOps function_ops = {
    .bar_read = virtio_pci_bar_read,
    .bar_write = virtio_pci_bar_write,
    .bars_changed = vp_bars_changed,
    .config_access = config_access,
    .begin = vp_begin,
    .pause = vp_pause,
    .reset = vp_reset,
    .free = vp_free,
};

PciFunction *virtio_pci_new(const PciFunctionDesc *desc, VirtioDevice *dev)
{
    VirtioPci *vp = g_new0(VirtioPci, 1);

    vp->dev = dev;
    dev->transport = vp;
    dev->transport_ops = &transport_ops;
    dev->dma = &vp->fn.dma;
    vp->kick_base = PCI_BAR_OFF;
    vp->config_vector = VIRTQUEUE_NO_VECTOR;
    g_mutex_init(&vp->isr_lock);
    g_mutex_init(&vp->kick_lock);
    pci_function_init(&vp->fn, desc, &function_ops);
    add_cap(vp, CAP_COMMON, VIRTIO_PCI_COMMON, VIRTIO_PCI_COMMON_SIZE, 0);
    add_cap(vp, CAP_ISR, VIRTIO_PCI_ISR, 1, 0);
    add_cap(vp, CAP_DEVICE, VIRTIO_PCI_DEVICE, MAX(dev->config_size, 4u), 0);
    add_cap(vp, CAP_NOTIFY, VIRTIO_PCI_NOTIFY, dev->n_queues * VIRTIO_PCI_NOTIFY_STRIDE,
            VIRTIO_PCI_NOTIFY_STRIDE);
    add_cap(vp, CAP_PCI_CFG, 0, 0, 0);
    return &vp->fn;
}
