/* SPDX-License-Identifier: GPL-2.0-or-later */
/* H_REGISTER_PROC_TBL: from the guest's words to what the partition table holds. */
#pragma once

#include <stdint.h>

#include <glib.h>

#include "include/paprika/papr.h"

enum {
    /* The flags word, from its low end. */
    PROC_TABLE_GTSE = 0x01,
    PROC_TABLE_TYPE_MASK = 0x06,
    PROC_TABLE_TYPE_HPT_SLB = 0x00,
    PROC_TABLE_TYPE_HPT_PT = 0x02,
    PROC_TABLE_TYPE_RADIX = 0x04,
    PROC_TABLE_OP_MASK = 0x18,
    /** Keep what is registered, change GTSE only. */
    PROC_TABLE_OP_NONE = 0x00,
    PROC_TABLE_OP_DEREGISTER = 0x10,
    PROC_TABLE_OP_REGISTER = 0x18,
    PROC_TABLE_FLAGS = 0x1f,

    /** Largest size field (PRTS): 2^(12 + 24) bytes. */
    PROC_TABLE_MAX_SIZE = 24,
};

/** Partition table entry, second doubleword: guest radix, and its fields. */
#define PATE1_GUEST_RADIX (UINT64_C(1) << 63)

/** What the guest wants, checked. */
typedef struct {
    /** The second doubleword of the partition table entry. */
    uint64_t pate1;
    gboolean radix;
    gboolean gtse;
} ProcTable;

/**
 * Check the four argument words of a H_REGISTER_PROC_TBL against each other
 * and against @registered, the present entry. H_SUCCESS and *@out, or the
 * PAPR code that names the wrong word (H_PARAMETER, H_P2, H_P3, H_P4).
 */
HcallRet proc_table_parse(uint64_t flags, uint64_t base, uint64_t page_size, uint64_t table_size,
                          const ProcTable *registered, ProcTable *out);
