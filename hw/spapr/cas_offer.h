/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a client program may choose from: what the host has and the user allows. */
#pragma once

#include <stdint.h>

#include <glib.h>

#include "include/paprika/vm.h"

typedef struct {
    /** The host's own processor version, and whether a client may see it. */
    uint32_t host_pvr;
    gboolean raw;
    /** ISA level of the newest logical version, in hundredths. */
    unsigned isa;

    gboolean radix, hash;
    gboolean xive, xics;
    /** A radix guest can live without GTSE: it has H_RPT_INVALIDATE. */
    gboolean rpt_invalidate;
} CasOffer;

/**
 * What `--mmu`, `--irq` and `--max-cpu-compat` leave of what a host with @caps
 * has. At least one translation and one controller, if machine_desc_init()
 * accepts @config. Any thread.
 */
void cas_offer_init(CasOffer *offer, const VmConfig *config, const HvCaps *caps);

/** The same for a machine, whose host may have refused what it said it had. Any thread. */
void cas_offer_of_vm(CasOffer *offer, const Vm *vm);
