/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Virtual I/O devices: their interrupts and command/response queues (LoPAR chapter 17). */
#include "hcall/hcall.h"
#include "hw/spapr/vio/vio.h"
#include "src/base/endian.h"

enum { SIGNAL_ENABLE = 1 };

/** The device at a unit address that has a queue, or NULL. */
static VioDevice *with_queue(Vcpu *cpu, uint64_t unit)
{
    VioDevice *dev = vio_bus_find(cpu->vm->vio, unit);

    return dev && dev->ops->message ? dev : NULL;
}

/** H_REG_CRQ. In: r4 unit address, r5 I/O address of the queue, r6 its bytes. */
static HcallRet h_reg_crq(Vcpu *cpu, uint64_t *args)
{
    VioDevice *dev = with_queue(cpu, args[0]);

    return dev ? crq_register(dev, args[1], args[2]) : H_PARAMETER;
}

/** H_FREE_CRQ. In: r4 unit address. */
static HcallRet h_free_crq(Vcpu *cpu, uint64_t *args)
{
    VioDevice *dev = with_queue(cpu, args[0]);

    return dev ? crq_free(dev) : H_PARAMETER;
}

/** H_ENABLE_CRQ. In: r4 unit address. */
static HcallRet h_enable_crq(Vcpu *cpu, uint64_t *args)
{
    VioDevice *dev = with_queue(cpu, args[0]);

    return dev ? crq_enable(dev) : H_PARAMETER;
}

/** H_SEND_CRQ. In: r4 unit address, r5 and r6 the message. */
static HcallRet h_send_crq(Vcpu *cpu, uint64_t *args)
{
    VioDevice *dev = with_queue(cpu, args[0]);
    CrqMessage message;

    if (!dev)
        return H_PARAMETER;
    endian_store(message.bytes, 8, args[1], FALSE);
    endian_store(message.bytes + 8, 8, args[2], FALSE);
    return crq_send(dev, &message);
}

/**
 * H_VIO_SIGNAL. In: r4 unit address, r5 which of its interrupts are on: the first one by
 * the lowest bit; others are ignored. The terminal's stays on, since it has no queue that
 * could be looked at instead: H_PARAMETER for it.
 */
static HcallRet h_vio_signal(Vcpu *cpu, uint64_t *args)
{
    VioDevice *dev = vio_bus_find(cpu->vm->vio, args[0]);

    if (!dev)
        return H_PARAMETER;
    g_mutex_lock(&dev->lock);
    dev->signals = (args[1] & SIGNAL_ENABLE) != 0;
    g_mutex_unlock(&dev->lock);
    return H_SUCCESS;
}

const HcallDef h_vio_defs[] = {
    {H_REG_CRQ, "H_REG_CRQ", h_reg_crq, "LoPAR 17.2.3.1.5.1", HCALL_HERE},
    {H_FREE_CRQ, "H_FREE_CRQ", h_free_crq, "LoPAR 17.2.3.1.5.2", HCALL_HERE},
    {H_VIO_SIGNAL, "H_VIO_SIGNAL", h_vio_signal, "LoPAR 17.2.1.3.1", HCALL_HERE},
    {H_SEND_CRQ, "H_SEND_CRQ", h_send_crq, "LoPAR 17.2.3.1.5.3", HCALL_HERE},
    {H_ENABLE_CRQ, "H_ENABLE_CRQ", h_enable_crq, "LoPAR 17.2.3.1.5.4", HCALL_HERE},
    {0},
};
