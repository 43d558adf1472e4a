/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hw/spapr/dt/dt.h"

#include <libfdt.h>
#include <string.h>

#include "hw/spapr/dt/dt_builder.h"
#include "hw/spapr/dt/dt_parts.h"
#include "hw/spapr/numa.h"
#include "hw/spapr/pci/pci_plan.h"

enum {
    /** What does not depend on the machine's size, with room to grow. */
    DT_SIZE_FIXED = 16 * 1024,
    DT_SIZE_CORE = 1536,
    DT_SIZE_THREAD = 3 * 4,
    DT_SIZE_LMB = 6 * 4,
    /** Its memory, domains, and distances from all others. */
    DT_SIZE_NODE = 512,
    DT_SIZE_BRIDGE = 4096,
    DT_SIZE_FUNCTION = 1024,
};

size_t dt_size_limit(const MachineDesc *desc)
{
    const VmConfig *config = desc->config;
    size_t text =
        (config->append ? strlen(config->append) : 0) + (config->name ? strlen(config->name) : 0);

    const MachineTerms *terms = &desc->terms;
    gboolean each_lmb = terms->drconf_memory && !terms->drmem_v2 && desc->lmb;

    size_t pci = desc->pci ? desc->pci->n_bridges * (size_t)DT_SIZE_BRIDGE +
                                 desc->pci->count * (size_t)DT_SIZE_FUNCTION
                           : 0;

    return DT_SIZE_FIXED + text + pci + (size_t)numa_nodes(config) * DT_SIZE_NODE +
           (each_lmb ? desc->memory / desc->lmb * DT_SIZE_LMB : 0) +
           (size_t)desc->cores * (DT_SIZE_CORE + (size_t)desc->threads * DT_SIZE_THREAD);
}

void *dt_build(const MachineDesc *desc, size_t *size, GError **error)
{
    DtBuilder builder;

    /*
     * The kernel keeps clear of the tree and of the initrd by itself, but not
     * of the RTAS stub: that is for the reserve map. A client of Open Firmware
     * finds a place for RTAS by itself.
     */
    GuestRange kept = desc->client_interface ? (GuestRange){0} : desc->rtas;
    dt_builder_init(&builder, kept.start, kept.end);
    dt_begin_node(&builder, "%s", "");
    dt_add_root(&builder, desc);
    dt_add_chosen(&builder, desc);
    dt_add_cpus(&builder, desc);
    dt_add_memory(&builder, desc);
    dt_add_rtas(&builder, desc);
    dt_add_irq_controller(&builder, desc);
    dt_add_vdevice(&builder, desc);
    dt_add_events(&builder, desc);
    dt_add_pci(&builder, desc);
    dt_add_facilities(&builder, desc);
    dt_add_hypervisor(&builder, desc);
    dt_add_firmware(&builder, desc);
    dt_end_node(&builder);

    void *fdt = dt_builder_finish(&builder, size, error);
    /* The guest starts on its first vCPU, whose id is 0. */
    if (fdt)
        fdt_set_boot_cpuid_phys(fdt, 0);
    dt_builder_clear(&builder);
    return fdt;
}
