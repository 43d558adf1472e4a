/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The guest's device tree, built whole from a MachineDesc. */
#pragma once

#include <stddef.h>

#include <glib.h>

#include "hw/spapr/machine_desc.h"

/**
 * The flattened tree for @desc; g_free() it. *@size is its length in bytes.
 * The same description gives the same bytes. Any thread.
 */
void *dt_build(const MachineDesc *desc, size_t *size, GError **error);

/**
 * A tree of one node below the root: that of core number @core, of block number
 * @lmb, of the device in slot @place % PCI_SLOTS of bridge @place / PCI_SLOTS; as dt_build().
 */
void *dt_build_core(const MachineDesc *desc, unsigned core, GError **error);
void *dt_build_lmb(const MachineDesc *desc, unsigned lmb, GError **error);
void *dt_build_slot(const MachineDesc *desc, unsigned place, GError **error);

/**
 * Bytes that the tree for @desc has at most, wherever images will lie: to plan
 * with before dt_build(). Any thread.
 */
size_t dt_size_limit(const MachineDesc *desc);
