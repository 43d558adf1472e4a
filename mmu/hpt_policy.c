/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "mmu/hpt_policy.h"

#include "mmu/hpt_size.h"
#include "mmu/hpt_stream.h"

gboolean hpt_policy_resizable(const VmConfig *config, const HvCaps *caps)
{
    return caps->resize_hpt && config->hpt_resize != HPT_RESIZE_OFF;
}

uint32_t hpt_policy_first_order(const VmConfig *config, gboolean resizable, uint64_t backing_page)
{
    if (config->hpt_order)
        return config->hpt_order;
    return hpt_order_for_guest(resizable ? config->memory : config_max_memory(config),
                               backing_page);
}

uint32_t hpt_policy_limit(const VmConfig *config, uint32_t first, uint64_t backing_page)
{
    uint32_t justified = hpt_order_for_guest(config_max_memory(config), backing_page) + 1;

    return first > HPT_STREAM_ORDER_MAX ? 0 : MIN(MAX(justified, first), HPT_STREAM_ORDER_MAX);
}
