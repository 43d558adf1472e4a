/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One function of a conventional PCI device: its configuration space, base
 * address registers and interrupts. What it does is up to the device's own
 * code (PciFunctionOps), where its bus is up to the bridge's (PciBridgeOps).
 */
#pragma once

#include <stdint.h>

#include <glib.h>

#include "src/base/dma.h"

enum {
    PCI_CONFIG_SIZE = 256,
    PCI_BARS = 6,
    /** Entries of an MSI-X table at most, as far as devices here have queues. */
    PCI_MSIX_MAX = 128,
    PCI_MSIX_ENTRY = 16,
    PCI_SLOTS = 32,

    /* Registers of a type 0 header. */
    PCI_REG_VENDOR = 0x00,
    PCI_REG_DEVICE = 0x02,
    PCI_REG_COMMAND = 0x04,
    PCI_REG_STATUS = 0x06,
    PCI_REG_REVISION = 0x08,
    PCI_REG_CLASS = 0x09,
    PCI_REG_BAR0 = 0x10,
    PCI_REG_SUBSYSTEM_VENDOR = 0x2c,
    PCI_REG_SUBSYSTEM = 0x2e,
    PCI_REG_CAPABILITIES = 0x34,
    PCI_REG_INTERRUPT_LINE = 0x3c,
    PCI_REG_INTERRUPT_PIN = 0x3d,
    PCI_HEADER_SIZE = 0x40,

    PCI_COMMAND_MEMORY = 1 << 1,
    PCI_COMMAND_MASTER = 1 << 2,
    PCI_COMMAND_INTX_DISABLE = 1 << 10,
    PCI_STATUS_INTERRUPT = 1 << 3,
    PCI_STATUS_CAPABILITIES = 1 << 4,

    PCI_CAP_MSIX = 0x11,
    PCI_CAP_VENDOR = 0x09,

    PCI_INTERRUPT_PIN_A = 1,
};

/** A bar that does not answer: command's memory bit is off, or it lies nowhere. */
#define PCI_BAR_OFF UINT64_MAX

typedef struct {
    /** A power of two of at least 16; 0: there is none, or it is the upper half of the one before.
     */
    uint64_t size;
    gboolean is64;
    /** On the bus, as firmware assigns it. */
    uint64_t address;
} PciBarDesc;

/** What a function is, as plain data: configuration space and device tree are made from it. */
typedef struct {
    /** Name of its node, without unit address. */
    char name[24];
    uint16_t vendor, device, subsystem_vendor, subsystem;
    /** 24 bits. */
    uint32_t class_code;
    uint8_t revision;
    /** Slot << 3; there are no further functions of a device. */
    uint8_t devfn;
    /** Of MSI-X, whose table is at the start of BAR msix_bar; 0: none. */
    unsigned n_vectors, msix_bar;
    PciBarDesc bars[PCI_BARS];
} PciFunctionDesc;

typedef struct PciFunction PciFunction;

/** What a bridge does for the functions on its bus. Any thread; @bridge is PciFunction.bridge. */
typedef struct {
    /** Send the message: @data to @address. */
    void (*message)(void *bridge, uint64_t address, uint32_t data);
    /**
     * Have writes to eventfd @fd send the message without coming here, or no longer; 0, or a
     * negative errno: then whoever has the descriptor reads it.
     */
    int (*message_fd)(void *bridge, uint64_t address, uint32_t data, int fd, gboolean bind);
    /** @fn's INTA becomes @level. Calls for one function come in order. */
    void (*intx)(void *bridge, PciFunction *fn, gboolean level);
    /**
     * Have stores at bus address @addr write @fd instead of coming here, or no
     * longer; 0, or a negative errno: then they go on coming.
     */
    int (*store_fd)(void *bridge, uint64_t addr, int fd, gboolean bind);
} PciBridgeOps;

/** What a device does. */
typedef struct {
    /** Loads and stores in BAR @bar, but for an MSI-X table. vCPU threads, at the same time. */
    void (*bar_read)(PciFunction *fn, unsigned bar, uint64_t offset, uint8_t *data,
                     unsigned length);
    void (*bar_write)(PciFunction *fn, unsigned bar, uint64_t offset, const uint8_t *data,
                      unsigned length);
    /** bar_base has changed; or NULL. The bridge's lock is held. */
    void (*bars_changed)(PciFunction *fn);
    /**
     * A load (then *@value is to be set), or store, within a capability; false
     * for what plain configuration space shall answer. Or NULL. As above.
     */
    gboolean (*config_access)(PciFunction *fn, unsigned offset, unsigned length, uint32_t *value,
                              gboolean write);
    /** Start its threads, if it has any. Main thread. */
    gboolean (*begin)(PciFunction *fn, GError **error);
    /** The machine was stopped, or goes on after that; or NULL. Main thread. */
    void (*pause)(PciFunction *fn, gboolean pause);
    /** As after power-on; returns when nothing of the guest's is in use any more. */
    void (*reset)(PciFunction *fn);
    void (*free)(PciFunction *fn);
} PciFunctionOps;

/** One MSI-X vector. */
typedef struct {
    uint64_t address;
    uint32_t data;
    gboolean masked, pending;
    /** An eventfd that is the same as a notification, or -1. */
    int fd;
    /** The bridge has taken it, for this message. */
    gboolean bound;
    uint64_t bound_address;
    uint32_t bound_data;
} PciVector;

struct PciFunction {
    const PciFunctionOps *ops;
    PciFunctionDesc desc;
    const PciBridgeOps *bridge_ops;
    void *bridge;
    /** How it reaches guest memory. Constant. */
    DmaSpace dma;

    /** The bridge's lock. What may be written is in writable, bit by bit. */
    uint8_t config[PCI_CONFIG_SIZE], writable[PCI_CONFIG_SIZE];
    /** Offsets of the last capability, of free room, and of MSI-X's (0: none). */
    unsigned last_cap, next_cap, msix_cap;

    /** Atomic, written under the bridge's lock: where each BAR answers. */
    uint64_t bar_base[PCI_BARS];

    /** Protects what follows; the bridge's interrupt calls are made under it. */
    GMutex irq_lock;
    gboolean msix_enabled, msix_masked, intx_disabled;
    /** What the device wants of INTA, and what the bridge was told. */
    gboolean intx_wanted, intx_level;
    /** desc.n_vectors of them; owned. */
    PciVector *vectors;
};

/** Fill @fn, zeroed, from @desc, which is copied; then capabilities are added. Main thread. */
void pci_function_init(PciFunction *fn, const PciFunctionDesc *desc, const PciFunctionOps *ops);
void pci_function_finish(PciFunction *fn);

/**
 * Add a capability of @length bytes, the first two (id, next) of which are
 * filled in: its offset. What it has is read-only, but for bits in @writable
 * (or NULL). There must be room. Before the function is used.
 */
unsigned pci_function_add_cap(PciFunction *fn, uint8_t id, const void *body, unsigned length,
                              const void *writable);

/** Configuration as firmware leaves it: BARs assigned and answering. The bridge's lock is held. */
void pci_function_reset_config(PciFunction *fn);

/** Any aligned @length (1, 2, 4) within configuration space. The bridge's lock is held. */
uint32_t pci_function_config_read(PciFunction *fn, unsigned offset, unsigned length);
void pci_function_config_write(PciFunction *fn, unsigned offset, unsigned length, uint32_t value);

/**
 * Carry out a load or store at bus address @addr if a BAR of @fn is there:
 * false if none is. vCPU threads.
 */
gboolean pci_function_mmio(PciFunction *fn, uint64_t addr, uint8_t *data, unsigned length,
                           gboolean write);

/* --- interrupts (pci_msix.c). Any thread, unless said otherwise. ------------- */

/** Raise MSI-X vector @vector; kept pending while it is masked. False if MSI-X is off. */
gboolean pci_msix_notify(PciFunction *fn, unsigned vector);
/**
 * Let eventfd @fd raise @vector without a notification, or no longer. Only while it is not masked,
 * and if the bridge can: otherwise the descriptor is readable, and whoever reads it is to notify.
 */
void pci_msix_bind_fd(PciFunction *fn, unsigned vector, int fd, gboolean bind);
/** What the device wants of INTA; it gets through while MSI-X is off. */
void pci_function_set_intx(PciFunction *fn, gboolean level);

/** Program vector @vector, as firmware does it for the guest. */
void pci_msix_program(PciFunction *fn, unsigned vector, uint64_t address, uint32_t data);

/* For pci_function.c. */
void pci_msix_init(PciFunction *fn);
void pci_msix_finish(PciFunction *fn);
void pci_msix_reset(PciFunction *fn);
/** Take over the enable and mask bits of MSI-X, and INTx's from command. */
void pci_msix_update_control(PciFunction *fn);
void pci_msix_table_read(PciFunction *fn, uint64_t offset, uint8_t *data, unsigned length);
void pci_msix_table_write(PciFunction *fn, uint64_t offset, const uint8_t *data, unsigned length);
