/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "mmu/hpt_size.h"

#include <glib.h>

uint32_t hpt_order_for_memory(uint64_t memory)
{
    uint32_t order = HPT_ORDER_MIN;

    while (order < HPT_ORDER_MAX && UINT64_C(1) << order < memory / 128 + !!(memory % 128))
        order++;
    return order;
}

uint64_t hpt_vrma_limit(uint32_t order, uint64_t backing_page)
{
    uint32_t page_shift = backing_page >= UINT64_C(1) << 24   ? 24
                          : backing_page >= UINT64_C(1) << 16 ? 16
                                                              : 12;

    return UINT64_C(1) << MIN(order - HPT_GROUP_SHIFT + page_shift, 40);
}

uint32_t hpt_order_for_guest(uint64_t memory, uint64_t backing_page)
{
    uint32_t order = hpt_order_for_memory(memory);

    while (order < HPT_ORDER_MAX &&
           hpt_vrma_limit(order, backing_page) < MIN(memory, HPT_VRMA_WANTED))
        order++;
    return order;
}
