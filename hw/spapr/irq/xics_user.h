/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * XICS in user space: one interrupt control presentation (ICP) per server and
 * one source controller (ICS). For hosts whose KVM has no controller.
 *
 * Priorities are PAPR's: 0 is the most favoured, 0xff means none or masked. A
 * server takes what is strictly more favoured than its CPPR.
 *
 * Threads: everything may be called from any thread, but a server's CPPR is
 * meant to be changed by its own vCPU. Each ICP and each source has its own
 * lock; a source's is taken before an ICP's, and never two of a kind.
 */
#pragma once

#include <stdint.h>

#include <glib.h>

/** The interrupt number that stands for an inter-processor interrupt. */
enum { XICS_IPI = 2, XICS_MASKED = 0xff };

/**
 * Called with the external interrupt input that server @server shall have,
 * each time it changes; calls for one server come in order. The ICP's lock is
 * held: must not block and not call back.
 */
typedef void (*XicsOutputFn)(void *opaque, uint32_t server, gboolean level);

typedef struct XicsUser XicsUser;

/** Servers 0 .. @servers - 1, none connected; sources from @base on, edge-triggered. */
XicsUser *xics_user_new(uint32_t servers, uint32_t base, uint32_t sources, XicsOutputFn output,
                        void *opaque);
void xics_user_free(XicsUser *xics);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(XicsUser, xics_user_free)

/** Connect @server (below the number of servers), in its state after reset. */
void xics_user_connect(XicsUser *xics, uint32_t server);

/** As after power-on: sources masked, nothing pending, CPPR 0. vCPUs parked. */
void xics_user_reset(XicsUser *xics);

/** Make @source level-sensitive or edge-triggered; forgets what it has pending. */
gboolean xics_user_set_level_sensitive(XicsUser *xics, uint32_t source, gboolean level);

/** One edge, or the new level. Unknown sources are ignored. */
void xics_user_pulse(XicsUser *xics, uint32_t source);
void xics_user_set_level(XicsUser *xics, uint32_t source, gboolean level);

/* --- what servers do; false: no such server (or source) ------------------- */

/** Accept what is pending: old CPPR in the top byte, number (0: none) below. */
gboolean xics_user_accept(XicsUser *xics, uint32_t server, uint32_t *xirr);
/** End of interrupt: CPPR from the top byte, end for the source in the rest. */
gboolean xics_user_eoi(XicsUser *xics, uint32_t server, uint32_t xirr);
gboolean xics_user_set_cppr(XicsUser *xics, uint32_t server, uint8_t cppr);
/** Most favoured request register: ask @server for an IPI at @mfrr; 0xff: none. */
gboolean xics_user_set_mfrr(XicsUser *xics, uint64_t server, uint8_t mfrr);
/** Look without accepting. */
gboolean xics_user_poll(XicsUser *xics, uint64_t server, uint32_t *xirr, uint8_t *mfrr);

/* --- what RTAS does; false: no such source or server ----------------------- */

gboolean xics_user_set_xive(XicsUser *xics, uint32_t source, uint32_t server, uint32_t priority);
gboolean xics_user_get_xive(XicsUser *xics, uint32_t source, uint32_t *server, uint32_t *priority);
/** Mask, keeping the priority for xics_user_int_on(). */
gboolean xics_user_int_off(XicsUser *xics, uint32_t source);
gboolean xics_user_int_on(XicsUser *xics, uint32_t source);
