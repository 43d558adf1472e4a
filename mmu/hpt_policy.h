/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the user's options and the host make of the hash page table's size. */
#pragma once

#include <stdint.h>

#include <glib.h>

#include "include/paprika/config.h"
#include "include/paprika/hv.h"

/**
 * Whether a hash guest is told that it may resize its table: the host can do it,
 * and --hpt-resize is not "off". Any thread.
 */
gboolean hpt_policy_resizable(const VmConfig *config, const HvCaps *caps);

/**
 * The order to ask for at power-on, for memory backed by pages of @backing_page
 * bytes: --hpt-order, or what boot memory needs if the guest can have a larger
 * table later (@resizable), or else what the largest memory needs.
 */
uint32_t hpt_policy_first_order(const VmConfig *config, gboolean resizable, uint64_t backing_page);

/**
 * The largest order that a guest may resize to: one more than its largest memory
 * needs, but no less than @first, the one it started with; and none whose
 * entries cannot be looked at beforehand (HPT_STREAM_ORDER_MAX): 0 if that is
 * so of @first.
 */
uint32_t hpt_policy_limit(const VmConfig *config, uint32_t first, uint64_t backing_page);
