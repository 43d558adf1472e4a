/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * XICS' presentation layer (LoPAR 14.5.4.7): what a processor does with its
 * interrupts. The kernel answers these itself when it has the controller;
 * H_FUNCTION unless the controller is the one in user space.
 */
#include "hcall/hcall.h"
#include "hw/spapr/irq/irq_ops.h"
#include "hw/spapr/irq/xics_user.h"

static XicsUser *xics_of(const Vcpu *cpu)
{
    return cpu->vm->irq->kind == IRQ_KIND_XICS_USER ? cpu->vm->irq->xics : NULL;
}

/** H_EOI. In: r4 the XIRR as accepted: CPPR to return to, and source. */
static HcallRet h_eoi(Vcpu *cpu, uint64_t *args)
{
    XicsUser *xics = xics_of(cpu);

    if (!xics)
        return H_FUNCTION;
    return xics_user_eoi(xics, cpu->id, (uint32_t)args[0]) ? H_SUCCESS : H_PARAMETER;
}

/** H_CPPR. In: r4 the priority below which this processor takes interrupts. */
static HcallRet h_cppr(Vcpu *cpu, uint64_t *args)
{
    XicsUser *xics = xics_of(cpu);

    if (!xics)
        return H_FUNCTION;
    xics_user_set_cppr(xics, cpu->id, (uint8_t)args[0]);
    return H_SUCCESS;
}

/** H_IPI. In: r4 server, r5 its most favoured request. */
static HcallRet h_ipi(Vcpu *cpu, uint64_t *args)
{
    XicsUser *xics = xics_of(cpu);

    if (!xics)
        return H_FUNCTION;
    return xics_user_set_mfrr(xics, args[0], (uint8_t)args[1]) ? H_SUCCESS : H_PARAMETER;
}

/** H_IPOLL. In: r4 server. Out: r4 its XIRR, not accepted, r5 its MFRR. */
static HcallRet h_ipoll(Vcpu *cpu, uint64_t *args)
{
    XicsUser *xics = xics_of(cpu);
    uint32_t xirr;
    uint8_t mfrr;

    if (!xics)
        return H_FUNCTION;
    if (!xics_user_poll(xics, args[0], &xirr, &mfrr))
        return H_PARAMETER;
    args[0] = xirr;
    args[1] = mfrr;
    return H_SUCCESS;
}

/** H_XIRR. Out: r4 old CPPR and accepted source; source 0: there was none. */
static HcallRet h_xirr(Vcpu *cpu, uint64_t *args)
{
    XicsUser *xics = xics_of(cpu);
    uint32_t xirr = 0;

    if (!xics)
        return H_FUNCTION;
    xics_user_accept(xics, cpu->id, &xirr);
    args[0] = xirr;
    return H_SUCCESS;
}

/** The guest's time base, in its ticks. */
static uint64_t guest_timebase(Vcpu *cpu)
{
    uint64_t offset = 0, host;

#ifdef __powerpc64__
    host = __builtin_ppc_get_timebase();
#else
    host =
        (uint64_t)((double)g_get_monotonic_time() / G_USEC_PER_SEC * cpu->vm->caps->cpu.timebase);
#endif
    if (cpu->vm->ops->vcpu_get_reg(cpu->hv, HV_REG_TB_OFFSET, &offset))
        offset = 0;
    return host + offset;
}

/** H_XIRR_X. As H_XIRR, and r5 the time base when it was accepted. */
static HcallRet h_xirr_x(Vcpu *cpu, uint64_t *args)
{
    HcallRet ret = h_xirr(cpu, args);

    if (ret == H_SUCCESS)
        args[1] = guest_timebase(cpu);
    return ret;
}

const HcallDef h_xics_defs[] = {
    {H_EOI, "H_EOI", h_eoi, "LoPAR 14.5.4.7.1", HCALL_KERNEL},
    {H_CPPR, "H_CPPR", h_cppr, "LoPAR 14.5.4.7.2", HCALL_KERNEL},
    {H_IPI, "H_IPI", h_ipi, "LoPAR 14.5.4.7.3", HCALL_KERNEL},
    {H_IPOLL, "H_IPOLL", h_ipoll, "LoPAR 14.5.4.7.4", HCALL_KERNEL},
    {H_XIRR, "H_XIRR", h_xirr, "LoPAR 14.5.4.7.5", HCALL_KERNEL},
    {H_XIRR_X, "H_XIRR_X", h_xirr_x, "LoPAR 14.5.4.7.5", HCALL_KERNEL},
    {0},
};
