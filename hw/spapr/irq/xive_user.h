/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * XIVE in user space: event state buffers of sources, event queues in guest
 * memory, and the interrupt context of each server. The guest's loads and
 * stores reach it as exits.
 *
 * Threads: everything may be called from any thread, but a server's context is
 * meant for its own vCPU. Each source and each server has its own lock; a
 * source's is taken before a server's, and never two of a kind.
 */
#pragma once

#include "hw/spapr/irq/xive.h"

/** What an interrupt context has in its upper byte when it is accepted: there was one. */
enum { XIVE_ACK_EVENT = 0x80 };

/**
 * Called with the external interrupt input that server @server shall have, each
 * time it changes; calls for one server come in order. The server's lock is
 * held: must not block and not call back.
 */
typedef void (*XiveOutputFn)(void *opaque, uint32_t server, gboolean level);

typedef struct XiveUser XiveUser;

/** For @irq's machine; all as after power-on. */
XiveUser *xive_user_new(Irq *irq, XiveOutputFn output, void *opaque);
void xive_user_free(XiveUser *xive);
/** Its interface to the hypercalls; it is the object's first member. */
Xive *xive_user_base(XiveUser *xive);

/** As after power-on: sources masked, no queues, nothing pending, CPPR 0. vCPUs parked. */
void xive_user_reset(XiveUser *xive);
/** The context of @server, below the number of servers, as after power-on. */
void xive_user_reset_server(XiveUser *xive, uint32_t server);
/** Put an existing source back to masked, with nothing pending. */
void xive_user_reset_source(XiveUser *xive, uint32_t lisn);

/** One event of an existing source that is edge-triggered. */
void xive_user_trigger(XiveUser *xive, uint32_t lisn);
/** The input of an existing level-triggered source (xive_source_level()) has changed. */
void xive_user_set_level(XiveUser *xive, uint32_t lisn);

/* --- the context of an existing server --------------------------------------- */

/** The operating system's ring: 16 bytes as loads see them. */
void xive_user_ring(XiveUser *xive, uint32_t server, uint8_t ring[16]);
/** Accept: XIVE_ACK_EVENT or 0 in the upper byte, the CPPR from now on in the lower. */
uint16_t xive_user_accept(XiveUser *xive, uint32_t server);
/** A priority above 7 is 0xff, the least favoured. */
void xive_user_set_cppr(XiveUser *xive, uint32_t server, uint8_t cppr);
/** Pretend that an event of @priority (0 to 7) came. */
void xive_user_set_pending(XiveUser *xive, uint32_t server, uint8_t priority);
