/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "mmu/hpt_geometry.h"

gboolean hpt_geometry_init(HptGeometry *geometry, uint32_t order)
{
    if (order < HPT_ORDER_MIN || order > HPT_ORDER_MAX)
        return FALSE;
    *geometry = (HptGeometry){
        .order = order,
        .group_mask = (UINT64_C(1) << (order - HPT_GROUP_SHIFT)) - 1,
        .entries = UINT64_C(1) << (order - HPT_ENTRY_SHIFT),
        .size = UINT64_C(1) << order,
    };
    return TRUE;
}
