/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The logical LAN (LoPAR, "Interpartition Logical LAN"). */
#include "hcall/hcall.h"
#include "hw/spapr/vio/llan.h"

/** H_REGISTER_LOGICAL_LAN. In: r4 unit address, r5 page of buffer lists, r6 queue, r7 filters, r8
 * MAC address. */
static HcallRet h_register_logical_lan(Vcpu *cpu, uint64_t *args)
{
    VioDevice *dev = llan_find(cpu->vm, args[0]);
    const LlanRegistration what = {
        .buffers = args[1],
        .queue = args[2],
        .filters = args[3],
        .mac = args[4],
    };

    return dev ? llan_register(dev, &what) : H_PARAMETER;
}

/** H_FREE_LOGICAL_LAN. In: r4 unit address. */
static HcallRet h_free_logical_lan(Vcpu *cpu, uint64_t *args)
{
    VioDevice *dev = llan_find(cpu->vm, args[0]);

    return dev ? llan_unregister(dev) : H_PARAMETER;
}

/** H_ADD_LOGICAL_LAN_BUFFER. In: r4 unit address, r5 descriptor. */
static HcallRet h_add_logical_lan_buffer(Vcpu *cpu, uint64_t *args)
{
    VioDevice *dev = llan_find(cpu->vm, args[0]);

    return dev ? llan_add_buffer(dev, args[1]) : H_PARAMETER;
}

/** H_FREE_LOGICAL_LAN_BUFFER. In: r4 unit address, r5 bytes of a buffer. */
static HcallRet h_free_logical_lan_buffer(Vcpu *cpu, uint64_t *args)
{
    VioDevice *dev = llan_find(cpu->vm, args[0]);

    return dev ? llan_free_buffer(dev, args[1]) : H_PARAMETER;
}

/** H_SEND_LOGICAL_LAN. In: r4 unit address, r5 to r10 descriptors. Never H_BUSY: no token. */
static HcallRet h_send_logical_lan(Vcpu *cpu, uint64_t *args)
{
    VioDevice *dev = llan_find(cpu->vm, args[0]);

    return dev ? llan_send(dev, args + 1) : H_PARAMETER;
}

/** H_MULTICAST_CTRL. In: r4 unit address, r5 flags, r6 MAC address. Out: r4 state. */
static HcallRet h_multicast_ctrl(Vcpu *cpu, uint64_t *args)
{
    VioDevice *dev = llan_find(cpu->vm, args[0]);

    return dev ? llan_multicast(dev, args[1], args[2], &args[0]) : H_PARAMETER;
}

/** H_CHANGE_LOGICAL_LAN_MAC. In: r4 unit address, r5 MAC address. */
static HcallRet h_change_logical_lan_mac(Vcpu *cpu, uint64_t *args)
{
    VioDevice *dev = llan_find(cpu->vm, args[0]);

    return dev ? llan_change_mac(dev, args[1]) : H_PARAMETER;
}

/**
 * H_ILLAN_ATTRIBUTES. In: r4 unit address, r5 what to reset, r6 what to set. Out: r4 attributes.
 * Bits of options that are not there, which are all, are ignored, as LoPAR has it.
 */
static HcallRet h_illan_attributes(Vcpu *cpu, uint64_t *args)
{
    if (!llan_find(cpu->vm, args[0]))
        return H_PARAMETER;
    args[0] = LLAN_ATTRIBUTES;
    return H_SUCCESS;
}

const HcallDef h_llan_defs[] = {
    {H_REGISTER_LOGICAL_LAN, "H_REGISTER_LOGICAL_LAN", h_register_logical_lan, "LoPAR 17.3.3.1",
     HCALL_HERE},
    {H_FREE_LOGICAL_LAN, "H_FREE_LOGICAL_LAN", h_free_logical_lan, "LoPAR 17.3.3.2", HCALL_HERE},
    {H_ADD_LOGICAL_LAN_BUFFER, "H_ADD_LOGICAL_LAN_BUFFER", h_add_logical_lan_buffer,
     "LoPAR 17.3.3.3", HCALL_HERE},
    {H_FREE_LOGICAL_LAN_BUFFER, "H_FREE_LOGICAL_LAN_BUFFER", h_free_logical_lan_buffer,
     "LoPAR 17.3.3.4", HCALL_HERE},
    {H_SEND_LOGICAL_LAN, "H_SEND_LOGICAL_LAN", h_send_logical_lan, "LoPAR 17.3.3.5", HCALL_HERE},
    {H_MULTICAST_CTRL, "H_MULTICAST_CTRL", h_multicast_ctrl, "LoPAR 17.3.3.6", HCALL_HERE},
    {H_CHANGE_LOGICAL_LAN_MAC, "H_CHANGE_LOGICAL_LAN_MAC", h_change_logical_lan_mac,
     "LoPAR 17.3.3.7", HCALL_HERE},
    {H_ILLAN_ATTRIBUTES, "H_ILLAN_ATTRIBUTES", h_illan_attributes, "LoPAR 17.3.3.8", HCALL_HERE},
    {0},
};
