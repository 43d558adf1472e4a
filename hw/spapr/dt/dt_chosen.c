/* SPDX-License-Identifier: GPL-2.0-or-later */
/* /chosen: what firmware would have settled with the client before it starts. */
#include "hw/spapr/dt/dt_parts.h"

/*
 * Option vector 5 (LoPAR, "ibm,architecture-vec-5"): byte 0 is its length less
 * one, the others are numbered as in ibm,client-architecture-support.
 */
enum {
    OV5_PARTITION_BYTE = 2,
    OV5_LPAR = 0x80,
    OV5_DRCONF_MEMORY = 0x20,
    OV5_LARGE_PAGES = 0x10,

    OV5_AFFINITY_BYTE = 5,
    OV5_FORM1_AFFINITY = 0x80,

    OV5_FACILITIES_BYTE = 17,
    OV5_HW_RANDOM = 0x80,

    OV5_DRCONF_BYTE = 22,
    OV5_DRMEM_V2 = 0x80,

    OV5_IRQ_BYTE = 23,
    OV5_IRQ_XICS_ONLY = 0x00,
    OV5_IRQ_XIVE_ONLY = 0x40,

    OV5_MMU_BYTE = 24,
    OV5_MMU_HASH_ONLY = 0x00,
    OV5_MMU_RADIX_ONLY = 0x40,

    OV5_RADIX_BYTE = 26,
    OV5_RADIX_GTSE = 0x40,

    OV5_SIZE = 27,
};

static void dt_add_vec5(DtBuilder *builder, const MachineDesc *desc)
{
    uint8_t vector[OV5_SIZE] = {
        [0] = OV5_SIZE - 2,
        [OV5_PARTITION_BYTE] = OV5_LPAR | OV5_DRCONF_MEMORY | OV5_LARGE_PAGES,
        [OV5_AFFINITY_BYTE] = OV5_FORM1_AFFINITY,
        [OV5_FACILITIES_BYTE] = OV5_HW_RANDOM,
        [OV5_DRCONF_BYTE] = OV5_DRMEM_V2,
        [OV5_IRQ_BYTE] = desc->irq == IRQ_KIND_XIVE_KERNEL ? OV5_IRQ_XIVE_ONLY : OV5_IRQ_XICS_ONLY,
        [OV5_MMU_BYTE] = desc->radix ? OV5_MMU_RADIX_ONLY : OV5_MMU_HASH_ONLY,
        /* A radix guest invalidates translations with tlbie by itself. */
        [OV5_RADIX_BYTE] = desc->radix ? OV5_RADIX_GTSE : 0,
    };

    dt_add_bytes(builder, "ibm,architecture-vec-5", vector, sizeof(vector));
}

void dt_add_chosen(DtBuilder *builder, const MachineDesc *desc)
{
    dt_begin_node(builder, "chosen");
    dt_add_string(builder, "bootargs", desc->config->append ? desc->config->append : "");
    if (desc->initrd.start < desc->initrd.end) {
        dt_add_u64(builder, "linux,initrd-start", desc->initrd.start);
        dt_add_u64(builder, "linux,initrd-end", desc->initrd.end);
    }
    dt_add_string(builder, "stdout-path", "/vdevice/vty@71000000");
    /* As kernels before 3.16 know it. */
    dt_add_string(builder, "linux,stdout-path", "/vdevice/vty@71000000");
    dt_add_vec5(builder, desc);
    if (desc->rng_seed)
        dt_add_bytes(builder, "rng-seed", desc->rng_seed, MACHINE_RNG_SEED_SIZE);
    dt_end_node(builder);
}
