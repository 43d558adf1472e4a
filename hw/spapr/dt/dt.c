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
    DT_SIZE_CORE = 2048,
    DT_SIZE_THREAD = 3 * 4,
    DT_SIZE_LMB = 6 * 4,
    /** Its memory, domains, and distances from all others. */
    DT_SIZE_NODE = 512,
    DT_SIZE_BRIDGE = 4096,
    DT_SIZE_FUNCTION = 1024,
    /** Runs of plugged memory and of gaps, or nodes. */
    DT_SIZE_PLUGGED = 256,
    /** Index, name, type and power domain of a core's or slot's connector. */
    DT_SIZE_DRC = 32,
};

size_t dt_size_limit(const MachineDesc *desc)
{
    const VmConfig *config = desc->config;
    size_t text =
        (config->append ? strlen(config->append) : 0) + (config->name ? strlen(config->name) : 0);

    const MachineTerms *terms = &desc->terms;
    gboolean each_lmb = terms->drconf_memory && !terms->drmem_v2 && desc->lmb;

    gboolean each_drc_of_lmb = !terms->drc_info && desc->max_memory > desc->memory && desc->lmb;
    uint64_t lmbs = desc->lmb ? desc->max_memory / desc->lmb : 0;
    size_t pci = desc->pci ? desc->pci->n_bridges * (size_t)DT_SIZE_BRIDGE +
                                 desc->pci->count * (size_t)DT_SIZE_FUNCTION
                           : 0;

    if (desc->pci && desc->pci->hotplug)
        pci += desc->pci->n_bridges * (size_t)PCI_SLOTS * DT_SIZE_DRC;

    return DT_SIZE_FIXED + text + pci + (size_t)numa_nodes(config) * DT_SIZE_NODE +
           (each_lmb ? lmbs * DT_SIZE_LMB : 0) + (each_drc_of_lmb ? lmbs * DT_SIZE_DRC : 0) +
           desc->n_plugged * DT_SIZE_PLUGGED +
           (size_t)desc->max_cores *
               (DT_SIZE_CORE + DT_SIZE_DRC + (size_t)desc->threads * DT_SIZE_THREAD);
}

/** One node, which @add writes. */
static void *build_one(const MachineDesc *desc, unsigned number,
                       void (*add)(DtBuilder *, const MachineDesc *, unsigned), GError **error)
{
    DtBuilder builder;
    size_t size;

    dt_builder_init(&builder, 0, 0);
    dt_begin_node(&builder, "%s", "");
    add(&builder, desc, number);
    dt_end_node(&builder);
    void *fdt = dt_builder_finish(&builder, &size, error);
    dt_builder_clear(&builder);
    return fdt;
}

void *dt_build_core(const MachineDesc *desc, unsigned core, GError **error)
{
    return build_one(desc, core, dt_add_one_core, error);
}

void *dt_build_lmb(const MachineDesc *desc, unsigned lmb, GError **error)
{
    return build_one(desc, lmb, dt_add_one_lmb, error);
}

void *dt_build_slot(const MachineDesc *desc, unsigned place, GError **error)
{
    return build_one(desc, place, dt_add_one_slot, error);
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
