/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * KVM's XIVE device. What the guest chose is kept here too, since KVM can't be
 * asked for it. A change holds the object's lock until KVM has answered, so that
 * both always agree.
 */
#pragma once

#include "hw/spapr/irq/xive.h"

enum {
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

typedef struct {
    Xive base;
    /** Two pages per source number, from 0 on; mapped from the device, lives with the VM. */
    uint8_t *esb;

    /** Protects the fields below, and is held over changes in KVM. */
    GMutex lock;
    /** One per source (xive_source_index()). */
    XiveTarget *targets;
    /** XIVE_PRIORITIES per server. */
    XiveQueueConfig *queues;
    /** Where a reset in slices goes on; 0: none is under way. */
    uint32_t reset_step;
} XiveKernel;

/** Set up an object for @irq's machine, before KVM has any of its sources. */
XiveKernel *xive_kernel_new(Irq *irq);
void xive_kernel_free(XiveKernel *xive);

/** Send one event of an existing source. */
void xive_kernel_trigger(XiveKernel *xive, uint32_t lisn);

/** The input of an existing level-triggered source has changed. */
void xive_kernel_set_level(XiveKernel *xive, uint32_t lisn, gboolean level);

/** Make the sources of @block, masked: 0 or a negative errno value. */
int xive_kernel_make_block(XiveKernel *xive, uint32_t block);
