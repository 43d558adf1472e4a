/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Hash page sizes that a guest may be told of. */
#pragma once

#include <stdint.h>

#include <glib.h>

#include "include/paprika/hv.h"

/**
 * From what KVM_PPC_GET_SMMU_INFO says, keep the sizes that memory backed by
 * pages of @backing_page bytes can serve: where the host says PAGE_SIZES_REAL,
 * no page may be larger than its backing. The list ends with a shift of 0.
 */
void page_sizes_filter(const HvSmmuInfo *info, uint64_t backing_page,
                       HvSegmentPageSize out[HV_MAX_PAGE_SIZES]);
