/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The bus of virtual devices (LoPAR, "Virtual I/O") and what hangs on it. */
#include <stdio.h>

#include "hw/spapr/dt/dt_parts.h"
#include "hw/spapr/dt/dt_phandles.h"
#include "hw/spapr/nvram.h"
#include "hw/spapr/vio/llan.h"
#include "hw/spapr/vty.h"
#include "src/net/net_mac.h"

/** Unit addresses follow the first console's. */
enum { NVRAM_UNIT_ADDRESS = VTY_UNIT_ADDRESS + 1 };

/** Second cell of an interrupt specifier. */
enum { INTERRUPT_EDGE = 0 };

static void dt_add_vty(DtBuilder *builder)
{
    dt_begin_node(builder, "vty@%x", VTY_UNIT_ADDRESS);
    dt_add_string(builder, "device_type", "serial");
    dt_add_string(builder, "compatible", "hvterm1");
    dt_add_u32(builder, "reg", VTY_UNIT_ADDRESS);
    dt_add_cell_list(builder, "interrupts", IRQ_SOURCE_VTY, INTERRUPT_EDGE);
    dt_end_node(builder);
}

static void dt_add_nvram(DtBuilder *builder)
{
    dt_begin_node(builder, "nvram@%x", NVRAM_UNIT_ADDRESS);
    dt_add_string(builder, "device_type", "nvram");
    dt_add_string(builder, "compatible", "paprika,nvram");
    dt_add_u32(builder, "reg", NVRAM_UNIT_ADDRESS);
    dt_add_u32(builder, "#bytes", NVRAM_SIZE);
    dt_end_node(builder);
}

/** What every device with a DMA window has. */
static void add_vio(DtBuilder *builder, unsigned slot, uint64_t window)
{
    g_autofree char *location = g_strdup_printf("V1-C%u", slot);

    dt_add_u32(builder, "reg", vio_unit(slot));
    dt_add_cell_list(builder, "interrupts", vio_source(slot), INTERRUPT_EDGE);
    dt_add_u32(builder, "ibm,#dma-address-cells", 2);
    dt_add_u32(builder, "ibm,#dma-size-cells", 2);
    dt_add_cell_list(builder, "ibm,my-dma-window", vio_unit(slot), DT_CELLS_64(0),
                     DT_CELLS_64(window));
    dt_add_string(builder, "ibm,loc-code", location);
}

static void dt_add_vtpm(DtBuilder *builder)
{
    dt_begin_node(builder, "vtpm@%x", vio_unit(VIO_SLOT_VTPM));
    dt_add_string(builder, "device_type", "IBM,vtpm");
    dt_add_string(builder, "compatible", "IBM,vtpm20");
    add_vio(builder, VIO_SLOT_VTPM, VIO_WINDOW_SMALL);
    dt_end_node(builder);
}

static void dt_add_llan(DtBuilder *builder, const VmConfig *config, unsigned number)
{
    char name[16];
    uint8_t mac[6];

    snprintf(name, sizeof(name), "net%u", number);
    net_mac(config, &config->nets[number], name, config->nets[number].tap, mac);
    dt_begin_node(builder, "l-lan@%x", vio_unit(llan_slot(number)));
    dt_add_string(builder, "device_type", "network");
    dt_add_string(builder, "compatible", "IBM,l-lan");
    dt_add_bytes(builder, "local-mac-address", mac, sizeof(mac));
    dt_add_u32(builder, "ibm,mac-address-filters", LLAN_FILTERS);
    dt_add_u32(builder, "max-frame-size", LLAN_MAX_PACKET);
    dt_add_u32(builder, "address-bits", 48);
    dt_add_string(builder, "supported-network-types", "ethernet,1000,rj45,full");
    dt_add_string(builder, "chosen-network-type", "ethernet,1000,rj45,full");
    add_vio(builder, llan_slot(number), LLAN_WINDOW);
    dt_end_node(builder);
}

void dt_add_vdevice(DtBuilder *builder, const MachineDesc *desc)
{
    dt_begin_node(builder, "vdevice");
    dt_add_string(builder, "device_type", "vdevice");
    dt_add_string(builder, "compatible", "IBM,vdevice");
    dt_add_u32(builder, "#address-cells", 1);
    dt_add_u32(builder, "#size-cells", 0);
    dt_add_flag(builder, "interrupt-controller");
    dt_add_u32(builder, "#interrupt-cells", 2);
    dt_add_u32(builder, "phandle", DT_PHANDLE_VDEVICE);
    dt_add_vty(builder);
    dt_add_nvram(builder);
    if (desc->config->tpm_path)
        dt_add_vtpm(builder);
    for (unsigned i = 0; i < desc->config->n_nets; i++) {
        if (desc->config->nets[i].llan)
            dt_add_llan(builder, desc->config, i);
    }
    dt_end_node(builder);
}

void dt_add_events(DtBuilder *builder, const MachineDesc *desc)
{
    dt_begin_node(builder, "event-sources");
    dt_add_flag(builder, "interrupt-controller");
    dt_add_u32(builder, "#address-cells", 0);
    dt_add_u32(builder, "#interrupt-cells", 2);
    dt_add_cell_list(builder, "interrupt-ranges", IRQ_SOURCE_EPOW,
                     desc->terms.hotplug_events ? 2 : 1);
    dt_add_u32(builder, "phandle", DT_PHANDLE_EVENT_SOURCES);
    dt_begin_node(builder, "epow-events");
    dt_add_cell_list(builder, "interrupts", IRQ_SOURCE_EPOW, INTERRUPT_EDGE);
    dt_end_node(builder);
    if (desc->terms.hotplug_events) {
        dt_begin_node(builder, "hot-plug-events");
        dt_add_cell_list(builder, "interrupts", IRQ_SOURCE_HOTPLUG, INTERRUPT_EDGE);
        dt_end_node(builder);
    }
    dt_end_node(builder);
}
