/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * XIVE as the hypercalls see it, be it KVM's device or in user space: sources
 * with event state buffer (ESB) pages, and event queues per server and priority.
 *
 * Threads: all functions may be called from any thread.
 */
#pragma once

#include <stdint.h>

#include <glib.h>

#include "hw/spapr/irq/irq_ops.h"

enum {
    /** Priorities that a guest may use; the next one is KVM's, for its own wake-ups. */
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

/** One implementation; the functions are those below. Xive is its first member. */
typedef struct {
    int (*set_target)(Xive *xive, uint32_t lisn, const XiveTarget *target);
    void (*get_target)(Xive *xive, uint32_t lisn, XiveTarget *target);
    int (*set_queue)(Xive *xive, uint32_t server, uint8_t priority, uint64_t address,
                     uint32_t shift);
    int (*get_queue)(Xive *xive, uint32_t server, uint8_t priority, gboolean state,
                     XiveQueue *queue);
    uint64_t (*esb_load)(Xive *xive, uint32_t lisn, uint64_t offset);
    void (*esb_store)(Xive *xive, uint32_t lisn, uint64_t offset, uint64_t value);
    int (*sync)(Xive *xive, uint32_t lisn);
    int (*reset_slice)(Xive *xive);
    /** Level-triggered sources have no pages: H_INT_ESB is their only way. */
    gboolean lsi_by_hcall;
} XiveOps;

struct Xive {
    const XiveOps *ops;
    Vm *vm;
    const Irq *irq;
    uint32_t servers;
    /** log2 of the bytes of an ESB or TIMA page. */
    uint32_t page_shift;
    /** Atomic, one per server: a vCPU is connected. */
    uint8_t *connected;
};

/** Whether the machine has source @lisn. */
gboolean xive_has_source(const Xive *xive, uint64_t lisn);
/** Whether an existing source is level-triggered. */
gboolean xive_source_is_lsi(const Xive *xive, uint32_t lisn);
/** Such a source's input. */
gboolean xive_source_level(const Xive *xive, uint32_t lisn);
/** Whether the guest must manage an existing source by H_INT_ESB. */
gboolean xive_source_by_hcall(const Xive *xive, uint32_t lisn);
/** Whether @server is a vCPU's. */
gboolean xive_has_server(const Xive *xive, uint64_t server);

/** log2 of the bytes of an ESB page. */
uint32_t xive_page_shift(const Xive *xive);
/** Guest real addresses of an existing source's two ESB pages. */
uint64_t xive_trigger_page(const Xive *xive, uint32_t lisn);
uint64_t xive_eoi_page(const Xive *xive, uint32_t lisn);

/**
 * Route an existing source to an existing server's priority below
 * XIVE_PRIORITIES, or nowhere: 0 or a negative errno value; -ENODEV where
 * that priority has no queue.
 */
int xive_set_target(Xive *xive, uint32_t lisn, const XiveTarget *target);
void xive_get_target(Xive *xive, uint32_t lisn, XiveTarget *target);

/**
 * Give an existing server's priority (below XIVE_PRIORITIES) the 2^@shift bytes
 * at guest real address @address as its queue; @shift 0 takes it away.
 * -EEXIST where the server has had one of another priority: KVM bears one, and
 * user space all.
 */
int xive_set_queue(Xive *xive, uint32_t server, uint8_t priority, uint64_t address, uint32_t shift);
/** @state: tell where the next event goes, too; it is 0 otherwise. */
int xive_get_queue(Xive *xive, uint32_t server, uint8_t priority, gboolean state, XiveQueue *queue);

/**
 * One 64-bit access to the management page of an existing source, at @offset:
 * a multiple of 8 within the page.
 */
uint64_t xive_esb_load(Xive *xive, uint32_t lisn, uint64_t offset);
void xive_esb_store(Xive *xive, uint32_t lisn, uint64_t offset, uint64_t value);

/** Wait until events of an existing source have reached their queue. */
int xive_sync(Xive *xive, uint32_t lisn);

/**
 * Take all queues away and mask all sources, a slice of them in each call:
 * 1 if there is more to do, 0 when done, or a negative errno value, after which
 * the next call starts anew.
 */
int xive_reset_slice(Xive *xive);

/* --- for the implementations ------------------------------------------------ */

void xive_init(Xive *xive, const XiveOps *ops, Irq *irq, uint32_t page_shift);
void xive_finish(Xive *xive);
/** @server, below the number of servers, is a vCPU's. */
void xive_connect(Xive *xive, uint32_t server);
/** Numbers of sources: the servers' IPIs, then the machine's own, whether they exist or not. */
uint32_t xive_source_count(const Xive *xive);
/** The place of an existing source among them. */
uint32_t xive_source_index(const Xive *xive, uint32_t lisn);
/** Where the trigger page of @lisn begins in the area of all sources; the EOI page follows. */
uint64_t xive_esb_offset(const Xive *xive, uint64_t lisn);
