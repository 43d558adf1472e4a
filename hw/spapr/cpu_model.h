/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a processor version register says of the processor, as far as a guest's
 * device tree needs it: names, caches, and the attribute bits of
 * "ibm,pa-features" (LoPAR, appendix "Processor attributes").
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include <glib.h>

#include "include/paprika/hv.h"

enum { CPU_PA_FEATURES_MAX = 2 + 74 };

typedef struct {
    /** Upper half of the PVR. */
    uint32_t family;
    /** For messages: "POWER9". */
    const char *name;
    /** Name of the device tree's nodes, without the unit address. */
    const char *node_name;
    /** Power ISA level in hundredths: 207, 300, 310. */
    unsigned isa;
    /** First level caches, used where the host does not tell. */
    HvCache dcache, icache;
} CpuModel;

/** What a guest may be told: the ISA level, and beyond what that implies. */
typedef struct {
    /** Power ISA level in hundredths. */
    unsigned isa;
    gboolean radix;
    /** Cache-inhibited mappings may use 64K pages. */
    gboolean ci_large_pages;
    /** The second watchpoint register is the guest's to use. */
    gboolean dawr1;
} CpuPaOptions;

/** The model of @pvr, or NULL if its family can't host a guest. Any thread. */
const CpuModel *cpu_model_find(uint32_t pvr);

/** @host with what it leaves at 0 taken from @model; sizes in bytes. */
HvCache cpu_model_cache(const HvCache *host, const HvCache *model);

/**
 * Write the value of "ibm,pa-features" for @options to @out and return its
 * length in bytes. Bits that are off are present as zeros, since a guest takes
 * an absent byte as "as the PVR says".
 */
size_t cpu_model_pa_features(const CpuPaOptions *options, uint8_t out[CPU_PA_FEATURES_MAX]);
