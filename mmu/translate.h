/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From an effective address of a running guest's vCPU to a real one, and how. */
#pragma once

#include <stdint.h>

#include <glib.h>

#include "include/paprika/vm.h"
#include "mmu/hpt_walk.h"
#include "mmu/radix_walk.h"

typedef enum {
    /** Translation is off (MSR): the address is a real one. */
    TRANSLATION_REAL_MODE,
    TRANSLATION_RADIX,
    TRANSLATION_HASH,
} TranslationKind;

typedef struct {
    TranslationKind kind;
    uint64_t ea;
    /** Guest real address, and whether the guest has memory there. */
    uint64_t real;
    gboolean in_memory;
    /** The vCPU's. */
    uint64_t msr;
    /** TRANSLATION_RADIX. */
    RadixWalk radix;
    /** TRANSLATION_HASH: the segment and what was looked for; where the entry is. */
    HvSlbEntry segment;
    HptTarget target;
    HptWalk hpt;
    uint32_t hpt_order;
} Translation;

/**
 * Translate @ea as @cpu would load from it now; for the process *@pid instead
 * of its own with radix, where @pid is not NULL. False with @error where that is
 * no address, or nothing is mapped there: the message says how far it got. Every
 * vCPU is parked (mmu/hpt_peek.h). Main thread.
 */
gboolean mmu_translate(Vcpu *cpu, uint64_t ea, const uint64_t *pid, Translation *translation,
                       GError **error);
