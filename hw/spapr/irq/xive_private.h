/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The XIVE object, for its own files only. */
#pragma once

#include "hw/spapr/irq/xive_kernel.h"

enum {
    /** Numbers of the machine's own sources, whether they exist or not. */
    XIVE_MACHINE_SOURCES = IRQ_SOURCE_END - IRQ_SOURCE_BASE,
    /** Steps of a reset that one hypercall does. */
    XIVE_RESET_SLICE = 256,
};

/** A queue as the guest has configured it; shift 0: none. */
typedef struct {
    uint64_t address;
    uint32_t shift;
    /** How often a source was routed to it since the VM began, as KVM counts. */
    uint32_t routed;
    /** It was there at some time since the VM began. */
    gboolean used;
} XiveQueueConfig;

struct XiveKernel {
    const Irq *irq;
    Vm *vm;
    uint32_t servers;
    /** log2 of the bytes of an ESB or TIMA page: KVM uses pages of the host's size. */
    uint32_t page_shift;
    /** Two pages per source number, from 0 on; mapped from the device, lives with the VM. */
    uint8_t *esb;
    /** Atomic, one per server: a vCPU is connected. */
    uint8_t *connected;

    /** Protects the fields below, and is held over changes in KVM. */
    GMutex lock;
    /** One per server (its IPI), then the machine's sources. */
    XiveTarget *targets;
    /** XIVE_PRIORITIES per server. */
    XiveQueueConfig *queues;
    /** Where a reset in slices goes on; 0: none is under way. */
    uint32_t reset_step;
};

/** Where the trigger page of @lisn begins in the area of all sources; the EOI page follows. */
static inline uint64_t xive_esb_offset(const XiveKernel *xive, uint32_t lisn)
{
    return (uint64_t)lisn * 2 << xive->page_shift;
}

/** Send one event of an existing source. */
void xive_trigger(XiveKernel *xive, uint32_t lisn);

/** The input of an existing level-triggered source. */
void xive_set_level(XiveKernel *xive, uint32_t lisn, gboolean level);

/** Make the sources of @block, masked: 0 or a negative errno value. */
int xive_make_block(XiveKernel *xive, uint32_t block);
