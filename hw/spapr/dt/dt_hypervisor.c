/* SPDX-License-Identifier: GPL-2.0-or-later */
/* /hypervisor and /ibm,platform-facilities: what the hypervisor adds to the processor. */
#include "hw/spapr/dt/dt_parts.h"

void dt_add_hypervisor(DtBuilder *builder, const MachineDesc *desc)
{
    dt_begin_node(builder, "hypervisor");
    /*
     * So guest software knows that it runs under KVM. No "hcall-instructions":
     * those announce ePAPR hypercalls, which KVM-HV does not answer.
     */
    dt_add_string(builder, "compatible", "linux,kvm");
    dt_end_node(builder);
}

void dt_add_facilities(DtBuilder *builder, const MachineDesc *desc)
{
    dt_begin_node(builder, "ibm,platform-facilities");
    dt_add_string(builder, "device_type", "ibm,platform-facilities");
    /* H_RANDOM: the host's generator by the kernel, or the host's pool by us. */
    dt_begin_node(builder, "ibm,random-v1");
    dt_add_string(builder, "device_type", "ibm,random-v1");
    dt_add_string(builder, "compatible", "ibm,random");
    dt_end_node(builder);
    dt_end_node(builder);
}
