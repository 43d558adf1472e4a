/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hw/spapr/machine_terms.h"

void machine_terms_init(MachineTerms *terms, uint32_t cpu_pvr)
{
    *terms = (MachineTerms){
        .cpu_pvr = cpu_pvr,
        .drconf_memory = TRUE,
        .drmem_v2 = TRUE,
        .drc_info = TRUE,
        .hotplug_events = TRUE,
        .large_pages = TRUE,
        .form1_affinity = TRUE,
        .form2_affinity = TRUE,
        .hw_random = TRUE,
        .gtse = TRUE,
        .hpt_resize = TRUE,
    };
}
