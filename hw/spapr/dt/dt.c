/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hw/spapr/dt/dt.h"

#include <libfdt.h>

#include "hw/spapr/dt/dt_builder.h"
#include "hw/spapr/dt/dt_parts.h"

void *dt_build(const MachineDesc *desc, size_t *size, GError **error)
{
    DtBuilder builder;

    /*
     * The kernel keeps clear of the tree and of the initrd by itself, but not
     * of the RTAS stub: that is for the reserve map.
     */
    dt_builder_init(&builder, desc->rtas.start, desc->rtas.end);
    dt_begin_node(&builder, "%s", "");
    dt_add_root(&builder, desc);
    dt_add_chosen(&builder, desc);
    dt_add_cpus(&builder, desc);
    dt_add_memory(&builder, desc);
    dt_add_rtas(&builder, desc);
    dt_add_irq_controller(&builder, desc);
    dt_add_vdevice(&builder, desc);
    dt_add_events(&builder, desc);
    dt_add_facilities(&builder, desc);
    dt_add_hypervisor(&builder, desc);
    dt_end_node(&builder);

    void *fdt = dt_builder_finish(&builder, size, error);
    /* The guest starts on its first vCPU, whose id is 0. */
    if (fdt)
        fdt_set_boot_cpuid_phys(fdt, 0);
    dt_builder_clear(&builder);
    return fdt;
}
