/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The guest's hash page table as the kernel gives it out. */
#pragma once

#include <stdint.h>

#include <glib.h>

#include "include/paprika/hv.h"
#include "mmu/hpt_stream.h"

/**
 * Read the guest's table of @order, of at most HPT_STREAM_ORDER_MAX, once from
 * end to end into @sink; with @bolted_only the other entries pass for empty
 * slots. What changes meanwhile may be in it or not: with the guest stopped, it
 * is the table. False with @error if the kernel refuses, gives out what is no
 * such table, or stops before its end; the sink has had a part then.
 */
gboolean hpt_fetch(const HvOps *ops, HvVm *vm, uint32_t order, gboolean bolted_only,
                   const HptStreamSink *sink, void *opaque, GError **error);
