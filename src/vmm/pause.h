/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The guest's time while the user has it stopped: its timebase stands still, so
 * that it finds no time gone that its processors did not have, and no timer late.
 * KVM moves a timebase by multiples of 2^24 ticks only, rounding up; we round so
 * that it never goes back, and the guest finds 2^24 ticks (33 ms) gone at most.
 *
 * Its time-of-day clock, which RTAS reads, is the host's and goes on.
 */
#pragma once

#include "include/paprika/vm.h"

/** The machine has been stopped: its time stands still. All vCPUs parked; main thread. */
void pause_begin(Vm *vm);
/** It goes on, from where it stood. All vCPUs still parked; main thread. */
void pause_end(Vm *vm);

/** Give @cpu, which is new, the guest's timebase. It is parked; main thread. */
void pause_join(Vcpu *cpu);
