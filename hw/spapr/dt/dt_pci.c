/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * PCI host bridges and their functions (LoPAR B.6.6, "I/O bridges", and the PCI
 * bus binding to Open Firmware, revision 2.1).
 */
#include "hw/spapr/dt/dt_parts.h"
#include "hw/spapr/dt/dt_phandles.h"
#include "hw/spapr/irq/irq.h"
#include "hw/spapr/pci/pci_plan.h"
#include "hw/spapr/rtas/rtas.h"

enum {
    /** First cell of an address: the space it is in, and that it can't be moved. */
    SPACE_32 = 0x02000000,
    SPACE_64 = 0x03000000,
    NOT_RELOCATABLE = (int)0x80000000u,
    /** Second cell of an interrupt specifier: level-triggered. */
    INTERRUPT_LEVEL = 1,
    /** "ibm,ddw-extensions": how many follow. */
    DDW_EXTENSIONS = 1,
};

static void add_reg(DtBuilder *builder, const PciFunctionDesc *fn, gboolean assigned)
{
    uint32_t cells[(1 + PCI_BARS) * 5];
    size_t count = 0;

    /* Configuration space comes first, but is nothing to assign. */
    if (!assigned) {
        cells[count++] = (uint32_t)fn->devfn << 8;
        for (unsigned i = 0; i < 4; i++)
            cells[count++] = 0;
    }
    for (unsigned i = 0; i < PCI_BARS; i++) {
        const PciBarDesc *bar = &fn->bars[i];
        uint64_t address = assigned ? bar->address : 0;

        if (!bar->size)
            continue;
        cells[count++] = (uint32_t)(bar->is64 ? SPACE_64 : SPACE_32) | (uint32_t)fn->devfn << 8 |
                         (PCI_REG_BAR0 + 4 * i) | (assigned ? (uint32_t)NOT_RELOCATABLE : 0);
        cells[count++] = (uint32_t)(address >> 32);
        cells[count++] = (uint32_t)address;
        cells[count++] = (uint32_t)(bar->size >> 32);
        cells[count++] = (uint32_t)bar->size;
    }
    dt_add_cells(builder, assigned ? "assigned-addresses" : "reg", cells, count);
}

static void add_function(DtBuilder *builder, const PciPlan *plan, const PciPlanned *planned)
{
    const PciFunctionDesc *fn = &planned->desc;
    g_autofree char *compatible = g_strdup_printf("pci%x,%x", fn->vendor, fn->device);

    dt_begin_node(builder, "%s@%x", fn->name, fn->devfn >> 3);
    dt_add_string(builder, "compatible", compatible);
    dt_add_u32(builder, "vendor-id", fn->vendor);
    dt_add_u32(builder, "device-id", fn->device);
    dt_add_u32(builder, "revision-id", fn->revision);
    dt_add_u32(builder, "class-code", fn->class_code);
    dt_add_u32(builder, "subsystem-vendor-id", fn->subsystem_vendor);
    dt_add_u32(builder, "subsystem-id", fn->subsystem);
    dt_add_u32(builder, "#address-cells", 3);
    dt_add_u32(builder, "#size-cells", 2);
    dt_add_u32(builder, "interrupts", PCI_INTERRUPT_PIN_A);
    if (fn->n_vectors)
        dt_add_u32(builder, "ibm,req#msi-x", fn->n_vectors);
    add_reg(builder, fn, FALSE);
    add_reg(builder, fn, TRUE);
    if (plan->hotplug) {
        uint32_t id = PCI_DRC_ID(planned->bridge, fn->devfn >> 3);
        g_autofree char *location = g_strdup_printf(DRC_PCI_PREFIX "%u", id);

        dt_add_u32(builder, "ibm,my-drc-index", drc_index(DRC_PCI, id));
        dt_add_string(builder, "ibm,loc-code", location);
    }
    dt_end_node(builder);
}

/** INTA to INTD of each slot, modulo 4, turn by turn. */
static void add_interrupt_map(DtBuilder *builder, unsigned bridge)
{
    enum { CELLS = 7 };
    uint32_t cells[PCI_SLOTS * IRQ_LSIS_PER_BRIDGE * CELLS], *at = cells;

    for (uint32_t slot = 0; slot < PCI_SLOTS; slot++) {
        for (uint32_t pin = 0; pin < IRQ_LSIS_PER_BRIDGE; pin++) {
            *at++ = slot << 11;
            *at++ = 0;
            *at++ = 0;
            *at++ = pin + 1;
            *at++ = DT_PHANDLE_IRQ_CONTROLLER;
            *at++ =
                IRQ_SOURCE_LSI + IRQ_LSIS_PER_BRIDGE * bridge + (slot + pin) % IRQ_LSIS_PER_BRIDGE;
            *at++ = INTERRUPT_LEVEL;
        }
    }
    dt_add_cells(builder, "interrupt-map", cells, (size_t)(at - cells));
    dt_add_cell_list(builder, "interrupt-map-mask", (PCI_SLOTS - 1) << 11, 0, 0, 7);
    dt_add_u32(builder, "#interrupt-cells", 1);
}

static void add_windows(DtBuilder *builder, unsigned bridge)
{
    dt_add_cell_list(builder, "ranges", SPACE_32, DT_CELLS_64(PCI_WINDOW32_BUS),
                     DT_CELLS_64(PCI_WINDOW32_BASE(bridge)), DT_CELLS_64(PCI_WINDOW32_SIZE),
                     SPACE_64, DT_CELLS_64(PCI_WINDOW64_BASE(bridge)),
                     DT_CELLS_64(PCI_WINDOW64_BASE(bridge)), DT_CELLS_64(PCI_WINDOW64_SIZE));
}

static void add_dma(DtBuilder *builder, unsigned bridge)
{
    dt_add_u32(builder, "ibm,#dma-address-cells", 2);
    dt_add_u32(builder, "ibm,#dma-size-cells", 2);
    dt_add_cell_list(builder, "ibm,dma-window", PCI_LIOBN(bridge, 0), DT_CELLS_64(0),
                     DT_CELLS_64(PCI_DMA32_SIZE));
    dt_add_cell_list(builder, "ibm,ddw-applicable", rtas_token("ibm,query-pe-dma-window"),
                     rtas_token("ibm,create-pe-dma-window"),
                     rtas_token("ibm,remove-pe-dma-window"));
    dt_add_cell_list(builder, "ibm,ddw-extensions", DDW_EXTENSIONS,
                     rtas_token("ibm,reset-pe-dma-window"));
}

/** A connector for each slot; LoPAR's word for what goes there is a number that guests know. */
static void add_connectors(DtBuilder *builder, const MachineDesc *desc, unsigned bridge)
{
    const DtDrcRun run = {
        .type = DRC_PCI,
        .kind = "28",
        .prefix = DRC_PCI_PREFIX,
        .count = PCI_SLOTS,
        .first = PCI_DRC_ID(bridge, 0),
        .step = PCI_DRC_STEP,
    };

    if (desc->pci->hotplug)
        dt_add_drcs(builder, desc, &run);
}

static void add_bridge(DtBuilder *builder, const MachineDesc *desc, unsigned bridge)
{
    const PciPlan *plan = desc->pci;

    dt_begin_node(builder, "pci@%" G_GINT64_MODIFIER "x", PCI_HOST_BUID(bridge));
    dt_add_string(builder, "device_type", "pci");
    dt_add_string(builder, "compatible", "IBM,Logical_PHB");
    dt_add_string(builder, "model", "IBM,Logical_PHB");
    dt_add_u32(builder, "phandle", (uint32_t)(DT_PHANDLE_PCI + bridge));
    dt_add_cell_list(builder, "reg", DT_CELLS_64(PCI_HOST_BUID(bridge)), 0, 0);
    dt_add_u32(builder, "#address-cells", 3);
    dt_add_u32(builder, "#size-cells", 2);
    dt_add_cell_list(builder, "bus-range", 0, 0);
    dt_add_u32(builder, "linux,pci-domain", bridge);
    dt_add_u32(builder, "ibm,pe-total-#msi", pci_plan_msis(plan));
    add_windows(builder, bridge);
    add_interrupt_map(builder, bridge);
    add_dma(builder, bridge);
    add_connectors(builder, desc, bridge);
    for (unsigned i = 0; i < plan->count; i++) {
        if (plan->devices[i].bridge == bridge)
            add_function(builder, plan, &plan->devices[i]);
    }
    dt_end_node(builder);
}

void dt_add_pci(DtBuilder *builder, const MachineDesc *desc)
{
    for (unsigned i = 0; desc->pci && i < desc->pci->n_bridges; i++)
        add_bridge(builder, desc, i);
}

void dt_add_one_slot(DtBuilder *builder, const MachineDesc *desc, unsigned place)
{
    const PciPlanned *planned =
        desc->pci ? pci_plan_find(desc->pci, place / PCI_SLOTS, place % PCI_SLOTS) : NULL;

    if (planned)
        add_function(builder, desc->pci, planned);
}
