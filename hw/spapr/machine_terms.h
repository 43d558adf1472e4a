/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a client program settles with the platform beside translation and
 * interrupt controller (LoPAR, "ibm,client-architecture-support"), or what is
 * assumed of one that was not asked.
 */
#pragma once

#include <stdint.h>

#include <glib.h>

typedef struct {
    /** Logical version that the processors comply with; 0: they are shown as they are. */
    uint32_t cpu_pvr;
    /** Nodes of processors that the client can have at most; 0: any number. */
    uint32_t max_cores;
    /** Memory beyond the first node as "ibm,dynamic-reconfiguration-memory". */
    gboolean drconf_memory;
    /** ... whose blocks stand in "ibm,dynamic-memory-v2", not in "ibm,dynamic-memory". */
    gboolean drmem_v2;
    /** Connectors stand in "ibm,drc-info", not in four lists. */
    gboolean drc_info;
    /** Events of what is plugged, by an interrupt of their own. */
    gboolean hotplug_events;
    /** Pages larger than 4 KiB. */
    gboolean large_pages;
    /** "ibm,associativity" has form 1. */
    gboolean form1_affinity;
    /** ... or form 2. Both: the client reads the one that it knows; neither: form 0. */
    gboolean form2_affinity;
    /** H_RANDOM. */
    gboolean hw_random;
    /** Under radix the guest invalidates translations with tlbie by itself. */
    gboolean gtse;
    /** The client can take a change of its hash page table's size. */
    gboolean hpt_resize;
} MachineTerms;

/** What holds from power-on until a client says otherwise, with processors shown as @cpu_pvr. */
void machine_terms_init(MachineTerms *terms, uint32_t cpu_pvr);
