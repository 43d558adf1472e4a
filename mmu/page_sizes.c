/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "mmu/page_sizes.h"

#include <string.h>

/** Whether pages of 2^@shift bytes can be had; 2^63 and more never can. */
static gboolean page_size_fits(const HvSmmuInfo *info, uint32_t shift, uint64_t backing_page)
{
    return shift && shift < 63 && (!info->page_sizes_real || UINT64_C(1) << shift <= backing_page);
}

void page_sizes_filter(const HvSmmuInfo *info, uint64_t backing_page,
                       HvSegmentPageSize out[HV_MAX_PAGE_SIZES])
{
    unsigned segments = 0;

    memset(out, 0, sizeof(*out) * HV_MAX_PAGE_SIZES);
    for (unsigned i = 0; i < HV_MAX_PAGE_SIZES && info->sps[i].shift; i++) {
        const HvSegmentPageSize *in = &info->sps[i];
        unsigned sizes = 0;

        if (!page_size_fits(info, in->shift, backing_page))
            continue;
        for (unsigned j = 0; j < HV_MAX_PAGE_SIZES && in->enc[j].shift; j++) {
            if (page_size_fits(info, in->enc[j].shift, backing_page))
                out[segments].enc[sizes++] = in->enc[j];
        }
        if (!sizes)
            continue;
        out[segments].shift = in->shift;
        out[segments].slb_enc = in->slb_enc;
        segments++;
    }
}
