/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The root's properties: what this machine is, and who this guest is. */
#include "hw/spapr/dt/dt_parts.h"
#include "hw/spapr/dt/dt_phandles.h"

/**
 * Priorities that XIVE's owner keeps: 7, which KVM escalates with, all above
 * it, and in the kernel all but one below it, since KVM bears one (xive_kernel.c).
 */
enum { XIVE_RESERVED_LOW = 6, XIVE_RESERVED_HIGH = 7, XIVE_RESERVED_COUNT = 0xf8 };

void dt_add_root(DtBuilder *builder, const MachineDesc *desc)
{
    static const char *const compatible[] = {"paprika,pseries", "qemu,pseries", NULL};
    const char *name = desc->config->name ? desc->config->name : "paprika";

    dt_add_u32(builder, "#address-cells", 2);
    dt_add_u32(builder, "#size-cells", 2);
    dt_add_u32(builder, "interrupt-parent", DT_PHANDLE_IRQ_CONTROLLER);

    /* What makes Linux take this for a PAPR platform. */
    dt_add_string(builder, "device_type", "chrp");
    dt_add_stringlist(builder, "compatible", compatible);
    /*
     * Guest tools (powerpc-utils, ppc64-diag, through /proc/cpuinfo) tell a KVM
     * guest from a PowerVM partition by these very words.
     */
    dt_add_string(builder, "model", "IBM pSeries (emulated by qemu)");

    dt_add_flag(builder, "ibm,lpar-capable");
    dt_add_string(builder, "ibm,partition-name", name);
    dt_add_u32(builder, "ibm,partition-no", 0);
    /* What H_GET_PPP returns in r8, and H_PIC from r6 on. */
    dt_add_u32(builder, "ibm,partition-performance-parameters-level", 1);
    dt_add_string(builder, "ibm,partition-uuid", desc->uuid);
    dt_add_string(builder, "vm,uuid", desc->uuid);
    dt_add_string(builder, "system-id", desc->uuid);

    if (desc->max_memory > desc->memory && desc->lmb) {
        const DtDrcRun run = {
            DRC_LMB, "MEM", DRC_LMB_PREFIX, (uint32_t)(desc->max_memory / desc->lmb), 0, 1};

        dt_add_drcs(builder, desc, &run);
    }

    if (desc->irq == IRQ_KIND_XIVE_KERNEL)
        dt_add_cell_list(builder, "ibm,plat-res-int-priorities", 0, XIVE_RESERVED_LOW,
                         XIVE_RESERVED_HIGH, XIVE_RESERVED_COUNT);
    else if (desc->irq == IRQ_KIND_XIVE_USER)
        dt_add_cell_list(builder, "ibm,plat-res-int-priorities", XIVE_RESERVED_HIGH,
                         XIVE_RESERVED_COUNT);
}
