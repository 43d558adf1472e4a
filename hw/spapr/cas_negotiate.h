/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From what a client program asks for and what may be chosen to a choice:
 * plain data in, plain data out. docs/cas.md has the same as a table.
 */
#pragma once

#include <stdint.h>

#include <glib.h>

#include "hw/spapr/cas_offer.h"
#include "hw/spapr/cas_vectors.h"
#include "hw/spapr/machine_terms.h"

typedef enum {
    CAS_OK,
    /** The structure in memory is wrong: cas_vectors.h. */
    CAS_MALFORMED,
    /** Other processors run, or the client's translation is on where it may not. */
    CAS_NOT_ALONE,
    CAS_NOT_REAL_MODE,
    /** No entry of the list matches the processor or a level that it may have. */
    CAS_NO_CPU,
    /** The client does not support logical partitions. */
    CAS_NO_LPAR,
    /** The only translation, or controller, that the client takes is not offered. */
    CAS_NO_MMU,
    CAS_NO_IRQ,
    /** A value that is reserved. */
    CAS_BAD_IRQ,
    /** Radix without GTSE, with nothing offered in its place. */
    CAS_NO_GTSE,
    /** The host refused what was chosen. */
    CAS_REFUSED,
} CasStatus;

/** The state that a client finds, and keeps where it asks for nothing. */
typedef struct {
    gboolean radix, xive;
} CasModes;

typedef struct {
    CasModes modes;
    MachineTerms terms;
} CasChoice;

/**
 * Choose for @request from @offer, in the state @now. The newest level of the
 * architecture that is offered and listed is taken, the host's own version
 * only where none is. With CAS_OK @choice is valid. A pure function.
 */
CasStatus cas_choose(const CasRequest *request, const CasOffer *offer, const CasModes *now,
                     CasChoice *choice);

/** One sentence for the log. */
const char *cas_status_text(CasStatus status);
