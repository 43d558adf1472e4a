/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The parts of the tree, one file each. Every function adds its properties or
 * nodes to the node that is open; errors are kept by the builder.
 */
#pragma once

#include "hw/spapr/drc.h"
#include "hw/spapr/dt/dt_builder.h"
#include "hw/spapr/machine_desc.h"

/** "ibm,associativity": the length of @list, and it. */
void dt_add_associativity(DtBuilder *builder, const uint32_t *list, uint32_t length);

/** Connectors of one kind, numbered first, first + step, ... */
typedef struct {
    DrcType type;
    /** "CPU", "MEM": LoPAR's word for what goes there. */
    const char *kind;
    /** Before the number in a name. */
    const char *prefix;
    uint32_t count, first, step;
} DtDrcRun;

/** The properties of a node that has the connectors of @run below it. */
void dt_add_drcs(DtBuilder *builder, const MachineDesc *desc, const DtDrcRun *run);

/** The node of core number @core, and of a block of memory. */
void dt_add_one_core(DtBuilder *builder, const MachineDesc *desc, unsigned core);
void dt_add_one_lmb(DtBuilder *builder, const MachineDesc *desc, unsigned lmb);
/** The node of the device in slot @place % PCI_SLOTS of bridge @place / PCI_SLOTS; none if it is
 * free. */
void dt_add_one_slot(DtBuilder *builder, const MachineDesc *desc, unsigned place);

/** Properties of the root itself. */
void dt_add_root(DtBuilder *builder, const MachineDesc *desc);
void dt_add_chosen(DtBuilder *builder, const MachineDesc *desc);
void dt_add_cpus(DtBuilder *builder, const MachineDesc *desc);
void dt_add_memory(DtBuilder *builder, const MachineDesc *desc);
void dt_add_rtas(DtBuilder *builder, const MachineDesc *desc);
/** "ibm,hypertas-functions", a property of /rtas. */
void dt_add_hypertas(DtBuilder *builder, const MachineDesc *desc);
void dt_add_irq_controller(DtBuilder *builder, const MachineDesc *desc);
void dt_add_vdevice(DtBuilder *builder, const MachineDesc *desc);
void dt_add_events(DtBuilder *builder, const MachineDesc *desc);
/** A node for each PCI host bridge, if there are devices. */
void dt_add_pci(DtBuilder *builder, const MachineDesc *desc);
void dt_add_hypervisor(DtBuilder *builder, const MachineDesc *desc);
void dt_add_facilities(DtBuilder *builder, const MachineDesc *desc);
/** Only with a client interface. */
void dt_add_firmware(DtBuilder *builder, const MachineDesc *desc);
