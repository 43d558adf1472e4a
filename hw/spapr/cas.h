/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ibm,client-architecture-support (LoPAR, "Root Node Methods"): the client
 * program and the platform agree on processors, translation, interrupt
 * controller and options. Reading and choosing are in cas_vectors.h and
 * cas_negotiate.h; this carries the choice out.
 */
#pragma once

#include <stdint.h>

#include "hw/spapr/cas_negotiate.h"
#include "include/paprika/vm.h"

/** What a call did. The device tree is to be made anew after any. */
typedef struct {
    CasStatus status;
    /** What the machine is now; with another status than CAS_OK too. */
    CasModes modes;
} CasOutcome;

/**
 * Negotiate with the client program on @cpu, whose vectors are at guest real
 * address @vectors: TRUE, or FALSE for the client's "err?". All is done in
 * place, translation and controller as after power-on; after an error they are
 * those from before, unless @outcome says otherwise. From then on
 * boot_describe() tells what was settled. The thread of @cpu, in a
 * hypercall's exit; all others are to be stopped, or the call is refused.
 */
gboolean cas_negotiate(Vcpu *cpu, uint64_t vectors, CasOutcome *outcome);

/**
 * A fresh client program has settled nothing: processors and options as they
 * are at power-on. Translation and controller stay as they were last chosen.
 * Called by the machine's reset, vCPUs parked, before platform_reset() and
 * after the vCPUs' own reset. 0 or a negative errno value.
 */
int cas_reset(Vm *vm);
