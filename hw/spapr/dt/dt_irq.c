/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The interrupt controller: XICS' presentation layer (LoPAR, "PowerPC External
 * Interrupt Presentation"), or XIVE in exploitation mode (LoPAR, "ibm,power-ivpe").
 */
#include "hw/spapr/dt/dt_parts.h"
#include "hw/spapr/dt/dt_phandles.h"

/** Pages of the thread interrupt management area that a guest may see. */
enum { XIVE_TIMA_OS_PAGE = 2, XIVE_TIMA_USER_PAGE = 3 };

static void dt_add_xics(DtBuilder *builder, const MachineDesc *desc)
{
    dt_begin_node(builder, "interrupt-controller");
    dt_add_string(builder, "device_type", "PowerPC-External-Interrupt-Presentation");
    dt_add_string(builder, "compatible", "IBM,ppc-xicp");
    dt_add_cell_list(builder, "ibm,interrupt-server-ranges", 0, desc->irq_servers);
}

static void dt_add_xive(DtBuilder *builder, const MachineDesc *desc)
{
    uint64_t page = UINT64_C(1) << desc->xive_page_shift;
    uint64_t os = IRQ_XIVE_TIMA_BASE + XIVE_TIMA_OS_PAGE * page;
    uint64_t user = IRQ_XIVE_TIMA_BASE + XIVE_TIMA_USER_PAGE * page;

    dt_begin_node(builder, "interrupt-controller@%" G_GINT64_MODIFIER "x", user);
    dt_add_string(builder, "device_type", "power-ivpe");
    dt_add_string(builder, "compatible", "ibm,power-ivpe");
    dt_add_cell_list(builder, "reg", DT_CELLS_64(user), DT_CELLS_64(page), DT_CELLS_64(os),
                     DT_CELLS_64(page));
    dt_add_u32(builder, "ibm,xive-eq-sizes", IRQ_XIVE_QUEUE_SHIFT);
    /* Sources that a guest may take for its IPIs. */
    dt_add_cell_list(builder, "ibm,xive-lisn-ranges", 0, desc->irq_servers);
}

void dt_add_irq_controller(DtBuilder *builder, const MachineDesc *desc)
{
    if (irq_kind_is_xive(desc->irq))
        dt_add_xive(builder, desc);
    else
        dt_add_xics(builder, desc);
    dt_add_flag(builder, "interrupt-controller");
    dt_add_u32(builder, "#address-cells", 0);
    dt_add_u32(builder, "#interrupt-cells", 2);
    dt_add_u32(builder, "phandle", DT_PHANDLE_IRQ_CONTROLLER);
    dt_end_node(builder);
}
