/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Option vector 5 (LoPAR, table of "ibm,architecture.vec option vectors"; bytes
 * 23 to 26 as in Linux's asm/prom.h): bytes are numbered from 1, after the
 * length byte, and so are these.
 */
#pragma once

enum {
    VEC5_PARTITION_BYTE = 2,
    VEC5_LPAR = 0x80,
    VEC5_DRCONF_MEMORY = 0x20,
    VEC5_LARGE_PAGES = 0x10,

    VEC5_AFFINITY_BYTE = 5,
    VEC5_FORM1_AFFINITY = 0x80,
    VEC5_FORM2_AFFINITY = 0x20,

    VEC5_BINARY_BYTE = 6,
    VEC5_HOTPLUG_EVENTS = 0x04,
    VEC5_HPT_RESIZE = 0x01,

    /** Four bytes: nodes of processors at most. */
    VEC5_MAX_CORES_BYTE = 9,
    /** ... where the vector is too short for them. */
    VEC5_MAX_CORES_ABSENT = 64,

    VEC5_FACILITIES_BYTE = 17,
    VEC5_HW_RANDOM = 0x80,

    VEC5_DRCONF_BYTE = 22,
    VEC5_DRMEM_V2 = 0x80,
    VEC5_DRC_INFO = 0x40,

    VEC5_IRQ_BYTE = 23,
    VEC5_IRQ_MASK = 0xc0,
    VEC5_IRQ_XICS = 0x00,
    VEC5_IRQ_XIVE = 0x40,
    VEC5_IRQ_EITHER = 0x80,

    VEC5_MMU_BYTE = 24,
    VEC5_MMU_MASK = 0xc0,
    VEC5_MMU_HASH = 0x00,
    VEC5_MMU_RADIX = 0x40,
    VEC5_MMU_EITHER = 0x80,
    /** Either, and it can be switched later. */
    VEC5_MMU_DYNAMIC = 0xc0,

    VEC5_HASH_BYTE = 25,
    VEC5_RADIX_BYTE = 26,
    VEC5_RADIX_GTSE = 0x40,

    /** Bytes of what the platform answers, the length byte included. */
    VEC5_SIZE = 27,
};
