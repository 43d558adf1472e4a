/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The machine as it was really made, for whoever tells a guest of it. */
#pragma once

#include <stdint.h>

#include <glib.h>

#include "hw/spapr/machine_desc.h"
#include "include/paprika/vm.h"

/**
 * Describe @vm: what was planned, with the hash page table that was granted and
 * the interrupt controller after any fallback. Images have no place yet, and
 * there is no seed. Borrows from @vm. vCPUs parked, or none but the caller's
 * thread changes translation or controller.
 */
gboolean boot_describe(const Vm *vm, MachineDesc *desc, GError **error);

/**
 * The same for a client that can negotiate (hw/spapr/cas.h), before or after it
 * did: with what it may choose from.
 */
gboolean boot_describe_negotiable(const Vm *vm, MachineDesc *desc, GError **error);

/**
 * Have @desc give the guest a fresh seed, kept in @seed, if the host has random
 * numbers yet. Any thread.
 */
void boot_describe_seed(MachineDesc *desc, uint8_t seed[MACHINE_RNG_SEED_SIZE]);
