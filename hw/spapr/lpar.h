/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What this partition is entitled to of its host, in the terms of PAPR (LoPAR
 * 14.11 and appendix "SPLPAR Characteristics Definitions"). Its processors are
 * threads that the host's scheduler runs where it likes, so they are shared ones,
 * of a pool that is the whole host. A virtual processor (core) cannot get more
 * than one of the host, so the partition is capped at what it is entitled to.
 */
#pragma once

#include <stdint.h>

#include <glib.h>

#include "include/paprika/vm.h"

enum {
    /** Per cent of a processor. */
    LPAR_WHOLE_PROCESSOR = 100,
};

/** Virtual processors, that is cores, which the partition has now. Any thread. */
unsigned lpar_cores(const Vm *vm);

/** Cores of the host; at least 1. Any thread. */
unsigned lpar_host_cores(const Vm *vm);

/** The most that @cores virtual processors can get, in per cent of a processor. Any thread. */
unsigned lpar_capacity(const Vm *vm, unsigned cores);

/** Bytes of memory that the partition has now. Any thread. */
uint64_t lpar_memory(const Vm *vm);

/** "BoundThrds=..,CapInc=..,..": system parameter 20, to be freed. Any thread. */
char *lpar_characteristics(const Vm *vm);
