/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hw/spapr/irq/xics_user.h"

#include <string.h>

enum { XICS_LEAST_FAVOURED = 0xff, XICS_CPPR_SHIFT = 24, XICS_XISR_MASK = 0xffffff };

/** Interrupt control presentation: what one server has before it. */
typedef struct {
    /** Protects the fields below but connected. */
    GMutex lock;
    /** Atomic; set once. */
    int connected;
    uint8_t cppr, mfrr;
    /** What waits to be accepted: 0, XICS_IPI or a source, and its priority (0xff: none). */
    uint32_t xisr;
    uint8_t pending;
    /** The last level given to the vCPU. */
    gboolean line;
    /** One bit per source: was refused here, to be offered again; and whether any is set. */
    uint64_t *resend;
    gboolean refused;
} Icp;

/** One interrupt source. */
typedef struct {
    /** Protects the fields below. */
    GMutex lock;
    uint32_t server;
    uint8_t priority;
    /** What int-on brings back. */
    uint8_t saved_priority;
    gboolean level_sensitive;
    /** Level-sensitive: its input. */
    gboolean asserted;
    /** Sent and not yet ended; another edge meanwhile is kept in queued. */
    gboolean presented, queued;
    /** Sent, but no server has it yet (masked, refused or rejected): nothing to end. */
    gboolean waiting;
} IcsSource;

struct XicsUser {
    uint32_t n_servers, base, n_sources, n_words;
    Icp *icps;
    IcsSource *sources;
    XicsOutputFn output;
    void *opaque;
};

/* --- presentation -------------------------------------------------------------- */

static Icp *icp_find(XicsUser *xics, uint64_t server)
{
    if (server >= xics->n_servers ||
        !__atomic_load_n(&xics->icps[server].connected, __ATOMIC_ACQUIRE))
        return NULL;
    return &xics->icps[server];
}

/** A source is taken if its priority is below (more favoured than) this. */
static uint8_t icp_limit(const Icp *icp) { return MIN(icp->cppr, icp->pending); }

/** ICP lock held: give the vCPU its input's level where it changed. */
static void icp_update_line(XicsUser *xics, Icp *icp)
{
    gboolean level = icp->xisr != 0;

    if (level == icp->line)
        return;
    icp->line = level;
    xics->output(xics->opaque, (uint32_t)(icp - xics->icps), level);
}

/**
 * ICP lock held: CPPR or MFRR has changed. An IPI is pending exactly while the
 * MFRR asks for one; returns the source that lost its place, or 0.
 */
static uint32_t icp_settle(Icp *icp)
{
    uint32_t rejected = 0;

    if (icp->xisr && (icp->xisr == XICS_IPI || icp->pending >= icp->cppr)) {
        rejected = icp->xisr == XICS_IPI ? 0 : icp->xisr;
        icp->xisr = 0;
        icp->pending = XICS_LEAST_FAVOURED;
    }
    if (icp->mfrr < icp->cppr && icp->mfrr <= icp->pending) {
        if (icp->xisr)
            rejected = icp->xisr;
        icp->xisr = XICS_IPI;
        icp->pending = icp->mfrr;
    }
    return rejected;
}

/**
 * Offer source @number at @priority. If taken, *@rejected is the source that
 * it displaced, or 0; if not, it is offered again when the server can take more.
 */
static gboolean icp_offer(XicsUser *xics, Icp *icp, uint32_t number, uint8_t priority,
                          uint32_t *rejected)
{
    uint32_t index = number - xics->base;

    g_mutex_lock(&icp->lock);
    gboolean taken = priority < icp_limit(icp);
    if (taken) {
        *rejected = icp->xisr == XICS_IPI || icp->xisr == number ? 0 : icp->xisr;
        icp->xisr = number;
        icp->pending = priority;
        icp_update_line(xics, icp);
    } else {
        icp->resend[index / 64] |= UINT64_C(1) << (index % 64);
        icp->refused = TRUE;
    }
    g_mutex_unlock(&icp->lock);
    return taken;
}

/* --- sources --------------------------------------------------------------------- */

static IcsSource *ics_find(XicsUser *xics, uint32_t number)
{
    if (number < xics->base || number - xics->base >= xics->n_sources)
        return NULL;
    return &xics->sources[number - xics->base];
}

/** Source lock held: no longer pending at a server, but still to be delivered. */
static void ics_take_back(IcsSource *source)
{
    source->waiting = !source->level_sensitive || source->asserted;
    source->presented = source->waiting;
}

/**
 * Offer @number to its server if it waits and is not masked. What that
 * displaces is less favoured and offered next, so that the loop ends.
 */
static void ics_present(XicsUser *xics, uint32_t number)
{
    while (number) {
        IcsSource *source = ics_find(xics, number);
        uint32_t rejected = 0;

        g_mutex_lock(&source->lock);
        Icp *icp = icp_find(xics, source->server);
        if (source->waiting && source->priority != XICS_MASKED && icp)
            source->waiting = !icp_offer(xics, icp, number, source->priority, &rejected);
        g_mutex_unlock(&source->lock);

        if (rejected) {
            source = ics_find(xics, rejected);
            g_mutex_lock(&source->lock);
            ics_take_back(source);
            g_mutex_unlock(&source->lock);
        }
        number = rejected;
    }
}

/**
 * ICP lock held: whether sources that were refused are to be offered again, now
 * that the limit is no longer @limit. The caller does so, by icp_follow_up().
 */
static gboolean icp_take_refused(Icp *icp, uint8_t limit)
{
    gboolean again = icp->refused && icp_limit(icp) > limit;

    icp->refused = icp->refused && !again;
    return again;
}

/** No lock held: go on after icp_settle() and icp_take_refused(). */
static void icp_follow_up(XicsUser *xics, Icp *icp, uint32_t rejected, gboolean again)
{
    if (rejected) {
        IcsSource *source = ics_find(xics, rejected);

        g_mutex_lock(&source->lock);
        ics_take_back(source);
        g_mutex_unlock(&source->lock);
        ics_present(xics, rejected);
    }
    for (uint32_t word = 0; again && word < xics->n_words; word++) {
        g_mutex_lock(&icp->lock);
        uint64_t bits = icp->resend[word];
        icp->resend[word] = 0;
        g_mutex_unlock(&icp->lock);

        for (; bits; bits &= bits - 1)
            ics_present(xics, xics->base + word * 64 + (uint32_t)__builtin_ctzll(bits));
    }
}

/* --- what servers do ------------------------------------------------------------ */

static void icp_set_cppr(XicsUser *xics, Icp *icp, uint8_t cppr)
{
    g_mutex_lock(&icp->lock);
    uint8_t limit = icp_limit(icp);
    icp->cppr = cppr;
    uint32_t rejected = icp_settle(icp);
    gboolean again = icp_take_refused(icp, limit);
    icp_update_line(xics, icp);
    g_mutex_unlock(&icp->lock);
    icp_follow_up(xics, icp, rejected, again);
}

gboolean xics_user_accept(XicsUser *xics, uint32_t server, uint32_t *xirr)
{
    Icp *icp = icp_find(xics, server);

    if (!icp)
        return FALSE;
    g_mutex_lock(&icp->lock);
    *xirr = (uint32_t)icp->cppr << XICS_CPPR_SHIFT | icp->xisr;
    if (icp->xisr) {
        icp->cppr = icp->pending;
        icp->xisr = 0;
        icp->pending = XICS_LEAST_FAVOURED;
        icp_update_line(xics, icp);
    }
    g_mutex_unlock(&icp->lock);
    return TRUE;
}

gboolean xics_user_eoi(XicsUser *xics, uint32_t server, uint32_t xirr)
{
    uint32_t number = xirr & XICS_XISR_MASK;
    Icp *icp = icp_find(xics, server);

    if (!icp)
        return FALSE;
    icp_set_cppr(xics, icp, (uint8_t)(xirr >> XICS_CPPR_SHIFT));
    if (number == 0 || number == XICS_IPI)
        return TRUE;

    IcsSource *source = ics_find(xics, number);
    if (!source)
        return FALSE;
    g_mutex_lock(&source->lock);
    if (source->level_sensitive) {
        source->presented = source->waiting = source->asserted;
    } else if (!source->waiting) {
        source->waiting = source->presented = source->queued;
        source->queued = FALSE;
    }
    g_mutex_unlock(&source->lock);
    ics_present(xics, number);
    return TRUE;
}

gboolean xics_user_set_cppr(XicsUser *xics, uint32_t server, uint8_t cppr)
{
    Icp *icp = icp_find(xics, server);

    if (icp)
        icp_set_cppr(xics, icp, cppr);
    return icp != NULL;
}

gboolean xics_user_set_mfrr(XicsUser *xics, uint64_t server, uint8_t mfrr)
{
    Icp *icp = icp_find(xics, server);

    if (!icp)
        return FALSE;
    g_mutex_lock(&icp->lock);
    uint8_t limit = icp_limit(icp);
    icp->mfrr = mfrr;
    uint32_t rejected = icp_settle(icp);
    gboolean again = icp_take_refused(icp, limit);
    icp_update_line(xics, icp);
    g_mutex_unlock(&icp->lock);
    icp_follow_up(xics, icp, rejected, again);
    return TRUE;
}

gboolean xics_user_poll(XicsUser *xics, uint64_t server, uint32_t *xirr, uint8_t *mfrr)
{
    Icp *icp = icp_find(xics, server);

    if (!icp)
        return FALSE;
    g_mutex_lock(&icp->lock);
    *xirr = (uint32_t)icp->cppr << XICS_CPPR_SHIFT | icp->xisr;
    *mfrr = icp->mfrr;
    g_mutex_unlock(&icp->lock);
    return TRUE;
}

/* --- what devices do -------------------------------------------------------------- */

void xics_user_pulse(XicsUser *xics, uint32_t number)
{
    IcsSource *source = ics_find(xics, number);

    if (!source)
        return;
    g_mutex_lock(&source->lock);
    if (!source->level_sensitive) {
        source->queued = source->presented;
        source->waiting |= !source->presented;
        source->presented = TRUE;
    }
    g_mutex_unlock(&source->lock);
    ics_present(xics, number);
}

void xics_user_set_level(XicsUser *xics, uint32_t number, gboolean level)
{
    IcsSource *source = ics_find(xics, number);

    if (!source)
        return;
    g_mutex_lock(&source->lock);
    if (source->level_sensitive) {
        source->asserted = !!level;
        if (level && !source->presented)
            source->presented = source->waiting = TRUE;
        else if (!level && source->waiting)
            source->presented = source->waiting = FALSE;
    }
    g_mutex_unlock(&source->lock);
    ics_present(xics, number);
}

gboolean xics_user_set_level_sensitive(XicsUser *xics, uint32_t number, gboolean level)
{
    IcsSource *source = ics_find(xics, number);

    if (!source)
        return FALSE;
    g_mutex_lock(&source->lock);
    source->level_sensitive = !!level;
    source->asserted = source->presented = source->queued = source->waiting = FALSE;
    g_mutex_unlock(&source->lock);
    return TRUE;
}

/* --- what RTAS does ---------------------------------------------------------------- */

gboolean xics_user_set_xive(XicsUser *xics, uint32_t number, uint32_t server, uint32_t priority)
{
    IcsSource *source = ics_find(xics, number);

    if (!source || !icp_find(xics, server) || priority > XICS_MASKED)
        return FALSE;
    g_mutex_lock(&source->lock);
    source->server = server;
    source->priority = source->saved_priority = (uint8_t)priority;
    g_mutex_unlock(&source->lock);
    ics_present(xics, number);
    return TRUE;
}

gboolean xics_user_get_xive(XicsUser *xics, uint32_t number, uint32_t *server, uint32_t *priority)
{
    IcsSource *source = ics_find(xics, number);

    if (!source)
        return FALSE;
    g_mutex_lock(&source->lock);
    *server = source->server;
    *priority = source->priority;
    g_mutex_unlock(&source->lock);
    return TRUE;
}

gboolean xics_user_int_off(XicsUser *xics, uint32_t number)
{
    IcsSource *source = ics_find(xics, number);

    if (!source)
        return FALSE;
    g_mutex_lock(&source->lock);
    source->priority = XICS_MASKED;
    g_mutex_unlock(&source->lock);
    return TRUE;
}

gboolean xics_user_int_on(XicsUser *xics, uint32_t number)
{
    IcsSource *source = ics_find(xics, number);

    if (!source)
        return FALSE;
    g_mutex_lock(&source->lock);
    source->priority = source->saved_priority;
    g_mutex_unlock(&source->lock);
    ics_present(xics, number);
    return TRUE;
}

/* --- life ----------------------------------------------------------------------------- */

static void icp_reset(XicsUser *xics, Icp *icp)
{
    g_mutex_lock(&icp->lock);
    icp->cppr = 0;
    icp->mfrr = XICS_LEAST_FAVOURED;
    icp->xisr = 0;
    icp->pending = XICS_LEAST_FAVOURED;
    memset(icp->resend, 0, xics->n_words * sizeof(icp->resend[0]));
    icp->refused = FALSE;
    icp->line = FALSE;
    xics->output(xics->opaque, (uint32_t)(icp - xics->icps), FALSE);
    g_mutex_unlock(&icp->lock);
}

void xics_user_connect(XicsUser *xics, uint32_t server)
{
    Icp *icp = &xics->icps[server];

    icp->resend = icp->resend ? icp->resend : g_new0(uint64_t, xics->n_words);
    icp_reset(xics, icp);
    __atomic_store_n(&icp->connected, TRUE, __ATOMIC_RELEASE);
}

void xics_user_reset(XicsUser *xics)
{
    for (uint32_t i = 0; i < xics->n_sources; i++) {
        IcsSource *source = &xics->sources[i];

        g_mutex_lock(&source->lock);
        source->server = 0;
        source->priority = source->saved_priority = XICS_MASKED;
        source->asserted = source->presented = source->queued = source->waiting = FALSE;
        g_mutex_unlock(&source->lock);
    }
    for (uint32_t i = 0; i < xics->n_servers; i++) {
        if (xics->icps[i].connected)
            icp_reset(xics, &xics->icps[i]);
    }
}

XicsUser *xics_user_new(uint32_t servers, uint32_t base, uint32_t sources, XicsOutputFn output,
                        void *opaque)
{
    XicsUser *xics = g_new0(XicsUser, 1);

    xics->n_servers = servers;
    xics->base = base;
    xics->n_sources = sources;
    xics->n_words = (sources + 63) / 64;
    xics->icps = g_new0(Icp, servers);
    xics->sources = g_new0(IcsSource, sources);
    xics->output = output;
    xics->opaque = opaque;
    for (uint32_t i = 0; i < servers; i++)
        g_mutex_init(&xics->icps[i].lock);
    for (uint32_t i = 0; i < sources; i++)
        g_mutex_init(&xics->sources[i].lock);
    xics_user_reset(xics);
    return xics;
}

void xics_user_free(XicsUser *xics)
{
    if (!xics)
        return;
    for (uint32_t i = 0; i < xics->n_servers; i++) {
        g_mutex_clear(&xics->icps[i].lock);
        g_free(xics->icps[i].resend);
    }
    for (uint32_t i = 0; i < xics->n_sources; i++)
        g_mutex_clear(&xics->sources[i].lock);
    g_free(xics->icps);
    g_free(xics->sources);
    g_free(xics);
}
