/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vCPU threads: one each, from creation to the end of the machine. */
#pragma once

#include <glib.h>

#include "include/paprika/vm.h"

/** Create vCPU number @index and connect it to the controller. Main thread. */
Vcpu *vcpu_new(Vm *vm, unsigned index, GError **error);

/** The thread, if any, has ended. NULL is fine. Main thread. */
void vcpu_free(Vcpu *cpu);

/** Start the thread; it waits, parked. Main thread. */
gboolean vcpu_thread_start(Vcpu *cpu, GError **error);

/**
 * Ask @cpu to park: it comes out of the guest and waits until no one has a
 * reason left. Any thread; returns at once.
 */
void vcpu_park(Vcpu *cpu, VcpuPark why);
/** Wait until @cpu is parked. The thread that asked for it. */
void vcpu_wait_parked(Vcpu *cpu);
/** Let @cpu go on as its state says, unless there is another reason. The thread that asked. */
void vcpu_unpark(Vcpu *cpu, VcpuPark why);
/** Park @cpu, end its thread, if any, and wait for it. Main thread. */
void vcpu_thread_end(Vcpu *cpu);

/** All registers as after power-on, stopped. @cpu is parked. Main thread. */
gboolean vcpu_reset(Vcpu *cpu, GError **error);

/**
 * Have @cpu, which is stopped, begin at @entry: 0, or -EBUSY if it is not, or its core
 * is not the guest's. Any thread.
 */
int vcpu_enter(Vcpu *cpu, const VcpuEntry *entry);

/* VmControl's calls. Any thread, but the last three: the vCPU's own. */
void vcpu_post_event(Vcpu *cpu, VcpuEvent event);
int vcpu_start(Vcpu *cpu, uint64_t pc, uint64_t r3);
gboolean vcpu_hold_others(Vcpu *cpu);
void vcpu_release_others(Vcpu *cpu);
/** The last one to stop powers the machine off (LoPAR 7.3.8.1): nobody could start it again. */
void vcpu_stop_self(Vcpu *cpu);
