/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The packages that Open Firmware has for its clients (IEEE 1275, 3.5). */
#include "hw/spapr/dt/dt_parts.h"

void dt_add_firmware(DtBuilder *builder, const MachineDesc *desc)
{
    if (!desc->client_interface)
        return;
    dt_begin_node(builder, "aliases");
    dt_add_string(builder, "hvterm", "/vdevice/vty@71000000");
    dt_add_string(builder, "nvram", "/vdevice/nvram@71000001");
    dt_end_node(builder);

    dt_begin_node(builder, "openprom");
    dt_add_string(builder, "device_type", "BootROM");
    dt_add_string(builder, "model", "Paprika");
    dt_add_flag(builder, "relative-addressing");
    dt_end_node(builder);

    /* How clients are entered: translation off, big-endian. */
    dt_begin_node(builder, "options");
    dt_add_string(builder, "real-mode?", "true");
    dt_add_string(builder, "little-endian?", "false");
    dt_add_string(builder, "input-device", "/vdevice/vty@71000000");
    dt_add_string(builder, "output-device", "/vdevice/vty@71000000");
    dt_end_node(builder);

    dt_begin_node(builder, "packages");
    dt_end_node(builder);
}
