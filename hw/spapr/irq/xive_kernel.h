/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * KVM's XIVE device: sources with event state buffer (ESB) pages, and event
 * queues per server and priority. What the guest chose is kept here too, since
 * KVM can't be asked for it.
 *
 * Threads: all functions may be called from any thread; a change holds the
 * object's lock until KVM has answered, so that both always agree.
 */
#pragma once

#include <stdint.h>

#include <glib.h>

#include "hw/spapr/irq/irq_ops.h"

enum {
    /** Priorities that a guest may use; KVM keeps the next one for its own wake-ups. */
    XIVE_PRIORITIES = 7,
    XIVE_MASKED = 0xff,
};

/** The largest number that a queue entry can hold beside its generation bit. */
#define XIVE_EISN_MAX UINT32_C(0x7fffffff)

/** Where a source's events go. */
typedef struct {
    uint32_t server;
    /** XIVE_MASKED: nowhere. */
    uint8_t priority;
    /** What the guest finds in the queue. */
    uint32_t eisn;
} XiveTarget;

/** One event queue; size 0 if there is none. */
typedef struct {
    uint64_t address;
    /** log2 of bytes. */
    uint32_t shift;
    /** Where the hardware writes next, with its generation bit. */
    uint32_t index, generation;
} XiveQueue;

/** Whether the machine has source @lisn. */
gboolean xive_has_source(const XiveKernel *xive, uint64_t lisn);
/**
 * Whether an existing source is level-triggered. KVM's sources are not: what
 * makes them so is done at each access to the management page, which for such
 * a source must be xive_esb_load() or xive_esb_store().
 */
gboolean xive_source_is_lsi(const XiveKernel *xive, uint32_t lisn);
/** Whether @server is a vCPU's. */
gboolean xive_has_server(const XiveKernel *xive, uint64_t server);

/** log2 of the bytes of an ESB page. */
uint32_t xive_page_shift(const XiveKernel *xive);
/** Guest real addresses of an existing source's two ESB pages. */
uint64_t xive_trigger_page(const XiveKernel *xive, uint32_t lisn);
uint64_t xive_eoi_page(const XiveKernel *xive, uint32_t lisn);

/**
 * Route an existing source to an existing server's priority below
 * XIVE_PRIORITIES, or nowhere: 0 or a negative errno value; -ENODEV where
 * that priority has no queue.
 */
int xive_set_target(XiveKernel *xive, uint32_t lisn, const XiveTarget *target);
void xive_get_target(XiveKernel *xive, uint32_t lisn, XiveTarget *target);

/**
 * Give an existing server's priority (below XIVE_PRIORITIES) the 2^@shift bytes
 * at guest real address @address as its queue; @shift 0 takes it away.
 * -EEXIST where the server has had one of another priority: KVM bears one.
 */
int xive_set_queue(XiveKernel *xive, uint32_t server, uint8_t priority, uint64_t address,
                   uint32_t shift);
/** @state: ask KVM where the hardware writes; it is 0 otherwise. */
int xive_get_queue(XiveKernel *xive, uint32_t server, uint8_t priority, gboolean state,
                   XiveQueue *queue);

/**
 * One 64-bit access to the management page of an existing source, at @offset:
 * a multiple of 8 within the page.
 */
uint64_t xive_esb_load(XiveKernel *xive, uint32_t lisn, uint64_t offset);
void xive_esb_store(XiveKernel *xive, uint32_t lisn, uint64_t offset, uint64_t value);

/** Wait until events of an existing source have reached their queue. */
int xive_sync(XiveKernel *xive, uint32_t lisn);

/**
 * Take all queues away and mask all sources, a slice of them in each call:
 * 1 if there is more to do, 0 when done, or a negative errno value, after which
 * the next call starts anew.
 */
int xive_reset_slice(XiveKernel *xive);
