/* SPDX-License-Identifier: GPL-2.0-or-later */
/* /chosen: what firmware would have settled with the client before it starts. */
#include "hw/spapr/dt/dt_parts.h"
#include "hw/spapr/vec5.h"

static uint8_t bit_if(gboolean on, uint8_t bit) { return on ? bit : 0; }

/** The answer to ibm,client-architecture-support, or what holds without one. */
static void dt_add_vec5(DtBuilder *builder, const MachineDesc *desc)
{
    const MachineTerms *terms = &desc->terms;
    uint8_t vector[VEC5_SIZE] = {
        [0] = VEC5_SIZE - 2,
        [VEC5_PARTITION_BYTE] = VEC5_LPAR | bit_if(terms->drconf_memory, VEC5_DRCONF_MEMORY) |
                                bit_if(terms->large_pages, VEC5_LARGE_PAGES),
        [VEC5_AFFINITY_BYTE] = bit_if(terms->form1_affinity, VEC5_FORM1_AFFINITY) |
                               bit_if(terms->form2_affinity, VEC5_FORM2_AFFINITY),
        [VEC5_BINARY_BYTE] = bit_if(terms->hotplug_events, VEC5_HOTPLUG_EVENTS),
        [VEC5_FACILITIES_BYTE] = bit_if(terms->hw_random, VEC5_HW_RANDOM),
        [VEC5_DRCONF_BYTE] =
            bit_if(terms->drmem_v2, VEC5_DRMEM_V2) | bit_if(terms->drc_info, VEC5_DRC_INFO),
        [VEC5_IRQ_BYTE] = irq_kind_is_xive(desc->irq) ? VEC5_IRQ_XIVE : VEC5_IRQ_XICS,
        [VEC5_MMU_BYTE] = desc->radix ? VEC5_MMU_RADIX : VEC5_MMU_HASH,
        /* A radix guest invalidates translations with tlbie by itself. */
        [VEC5_RADIX_BYTE] = bit_if(desc->radix && terms->gtse, VEC5_RADIX_GTSE),
    };

    dt_add_bytes(builder, "ibm,architecture-vec-5", vector, sizeof(vector));
}

/** What there is to choose from, as pairs of a byte's number and its value; Linux takes four. */
static void dt_add_platform_support(DtBuilder *builder, const CasOffer *offer)
{
    const uint8_t pairs[] = {
        VEC5_IRQ_BYTE,
        !offer->xive ? VEC5_IRQ_XICS : !offer->xics ? VEC5_IRQ_XIVE : VEC5_IRQ_EITHER,
        VEC5_MMU_BYTE,
        !offer->radix ? VEC5_MMU_HASH : !offer->hash ? VEC5_MMU_RADIX : VEC5_MMU_EITHER,
        VEC5_HASH_BYTE,
        0,
        VEC5_RADIX_BYTE,
        bit_if(offer->radix, VEC5_RADIX_GTSE),
    };

    dt_add_bytes(builder, "ibm,arch-vec-5-platform-support", pairs, sizeof(pairs));
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
    if (desc->negotiable)
        dt_add_platform_support(builder, &desc->offer);
    if (desc->rng_seed)
        dt_add_bytes(builder, "rng-seed", desc->rng_seed, MACHINE_RNG_SEED_SIZE);
    dt_end_node(builder);
}
