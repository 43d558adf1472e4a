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

/** Ask @cpu to park: it comes out of the guest and waits. Any thread; returns at once. */
void vcpu_park(Vcpu *cpu);
/** Wait until @cpu is parked. Main thread. */
void vcpu_wait_parked(Vcpu *cpu);
/** Let @cpu go on as its state says. Main thread. */
void vcpu_unpark(Vcpu *cpu);
/** Park @cpu, end its thread, if any, and wait for it. Main thread. */
void vcpu_thread_end(Vcpu *cpu);

/** All registers as after power-on, stopped. @cpu is parked. Main thread. */
gboolean vcpu_reset(Vcpu *cpu, GError **error);

/** Have @cpu, which is stopped, begin at @entry: 0, or -EBUSY if it is not. Any thread. */
int vcpu_enter(Vcpu *cpu, const VcpuEntry *entry);

/* VmControl's calls. Any thread but vcpu_stop_self(), which is the vCPU's own. */
void vcpu_post_event(Vcpu *cpu, VcpuEvent event);
int vcpu_start(Vcpu *cpu, uint64_t pc, uint64_t r3);
/** The last one to stop powers the machine off (LoPAR 7.3.8.1): nobody could start it again. */
void vcpu_stop_self(Vcpu *cpu);
