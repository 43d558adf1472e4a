/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The machine under a debugger: held, let go, one instruction further, breakpoints.
 * gdb_stub.h has the protocol. Main thread, where nothing else is said.
 *
 * A breakpoint is an instruction that KVM hands to us (HV_REG_DEBUG_INST). HV guests have
 * no single step in KVM: one is a breakpoint behind the instruction, with all other
 * vCPUs held, for a second at most: then the others go on too.
 */
#pragma once

#include <glib.h>

#include "include/paprika/vm.h"

typedef struct Debug Debug;

enum {
    DEBUG_BREAKPOINTS_MAX = 1024,
    /** How long the others are held while a vCPU makes a step. */
    DEBUG_STEP_MS = 1000,
};

/** @cpu has come to a breakpoint, or has made its step: every vCPU is held. */
typedef void (*DebugStopped)(void *opaque, Vcpu *cpu, gboolean breakpoint);

/** For @vm, which must outlive it; becomes vm->debug. No vCPU runs yet. */
Debug *debug_new(Vm *vm, DebugStopped stopped, void *opaque);
/** Detaches too. No vCPU runs any more, or all are to go on. NULL is fine. */
void debug_free(Debug *debug);

/** Hold every vCPU, and have breakpoints handed to us from now on. */
gboolean debug_attach(Debug *debug, GError **error);
/** Take all breakpoints away and let every vCPU go on. */
void debug_detach(Debug *debug);

gboolean debug_is_attached(const Debug *debug);
/** Whether every vCPU is held for the debugger; NULL, without one, is fine. */
gboolean debug_is_held(const Debug *debug);

/** Hold every vCPU; a step that is being made is given up. */
void debug_hold(Debug *debug);
/** Let every vCPU go on, until DebugStopped is called, or debug_hold(). */
void debug_continue(Debug *debug);
/**
 * One instruction of @cpu. *@done: it was made at once, and all are still held; else
 * DebugStopped is called. Fails with @error where it can't be made.
 */
gboolean debug_step(Debug *debug, Vcpu *cpu, gboolean *done, GError **error);

/** A breakpoint at @ea as @cpu sees it now; one that is there already is fine. Held. */
gboolean debug_insert(Debug *debug, Vcpu *cpu, uint64_t ea, GError **error);
/** Take one away; none is fine. */
void debug_remove(Debug *debug, uint64_t ea);

/** As @length bytes at @ea in @data were before breakpoints came there. */
void debug_hide_breakpoints(Debug *debug, uint64_t ea, void *data, size_t length);

/**
 * The @length bytes of @data were written to @ea: breakpoints there stand for these now, and
 * are in memory again. False if one can't be. Held.
 */
gboolean debug_keep_breakpoints(Debug *debug, uint64_t ea, const void *data, size_t length);

/** @cpu came out at a breakpoint. Its own thread. */
void debug_on_exit(Vcpu *cpu);
/** Memory was cleared: the breakpoints are gone. vCPUs are parked. */
void debug_on_reset(Debug *debug);
