/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the partition has of its platform: processors, memory, energy (LoPAR 14.11 to 14.14). */
#include "hcall/hcall.h"
#include "hw/spapr/lpar.h"

/** Numbers of the processor pool and of the memory pool that a partition is in. */
enum { POOL_PROCESSORS = 0, POOL_NONE = 0xffff };

/** The value of a field of @bits bits. */
static uint64_t field(uint64_t value, unsigned bits)
{
    return MIN(value, (UINT64_C(1) << bits) - 1);
}

/**
 * H_GET_PPP. Out: r4 entitled capacity, r5 unallocated capacity, r6 group and
 * pool, r7 capped, weights, processors of the pool and of the platform, r8
 * processors and capacity of the pool. What other guests of the host are entitled
 * to is not known here, so nothing is said to be free.
 */
static HcallRet h_get_ppp(Vcpu *cpu, uint64_t *args)
{
    enum { CAPPED = 1 };
    const Vm *vm = cpu->vm;
    uint64_t cores = field(lpar_host_cores(vm), 16);
    uint64_t capacity = field(cores * LPAR_WHOLE_PROCESSOR, 24);

    args[0] = lpar_capacity(vm, lpar_cores(vm));
    args[1] = 0;
    args[2] = POOL_PROCESSORS;
    args[3] = (uint64_t)CAPPED << 48 | cores << 16 | cores;
    args[4] = cores << 48 | capacity << 24 | capacity;
    return H_SUCCESS;
}

/**
 * H_SET_PPP. In: r4 capacity, r5 weight. What there is cannot be changed from
 * within: all else is constrained to it.
 */
static HcallRet h_set_ppp(Vcpu *cpu, uint64_t *args)
{
    enum { WEIGHT_MAX = 255 };
    const Vm *vm = cpu->vm;

    if (args[1] > WEIGHT_MAX)
        return H_PARAMETER;
    return args[0] == lpar_capacity(vm, lpar_cores(vm)) && args[1] == 0 ? H_SUCCESS : H_CONSTRAINED;
}

/** H_PURR. Out: r4, the register as it was when the guest left the processor. */
static HcallRet h_purr(Vcpu *cpu, uint64_t *args)
{
    uint64_t value;

    if (cpu->vm->ops->vcpu_get_reg(cpu->hv, HV_REG_PURR, &value))
        return H_HARDWARE;
    args[0] = value;
    return H_SUCCESS;
}

/** H_POLL_PENDING: no work of ours waits for a processor to be ceded. */
static HcallRet h_poll_pending(Vcpu *cpu, uint64_t *args) { return H_SUCCESS; }

static uint64_t us_to_ticks(const Vm *vm, uint64_t us)
{
    uint64_t rate = vm->caps->cpu.timebase;

    return us / G_USEC_PER_SEC * rate + us % G_USEC_PER_SEC * rate / G_USEC_PER_SEC;
}

/**
 * H_PIC, for a guest that may know how busy its host is (--pool-stats). Out: r4
 * idle ticks of all processors of the pool, r5 processors, r6 all ticks, r7 and
 * r8 ticks in use, r9 pool, r10 to r12 -1: not to know. Ticks in use stand for
 * PURR and SPURR, which Linux does not add up for the whole host.
 */
static HcallRet h_pic(Vcpu *cpu, uint64_t *args)
{
    const Vm *vm = cpu->vm;
    HvPoolTime time;

    if (!vm->config->pool_stats)
        return H_AUTHORITY;
    if (vm->ops->host_pool_time(vm->host, &time))
        return H_HARDWARE;
    args[0] = us_to_ticks(vm, time.idle);
    args[1] = lpar_host_cores(vm);
    args[2] = us_to_ticks(vm, time.elapsed);
    args[3] = args[4] = args[2] - args[0];
    args[5] = POOL_PROCESSORS;
    args[6] = args[7] = args[8] = UINT64_MAX;
    return H_SUCCESS;
}

/**
 * H_GET_MPP, as for memory that is the partition's own. Out: r4 bytes that it
 * may map for I/O, r5 -1, r6 no pool, r7 no weights, r8 -1, r9 nothing to lend,
 * r10 bytes that back it.
 */
static HcallRet h_get_mpp(Vcpu *cpu, uint64_t *args)
{
    uint64_t memory = lpar_memory(cpu->vm);

    args[0] = memory;
    args[1] = UINT64_MAX;
    args[2] = POOL_NONE;
    args[3] = 0;
    args[4] = UINT64_MAX;
    args[5] = 0;
    args[6] = memory;
    return H_SUCCESS;
}

/** H_SET_MPP. In: r4 entitlement, r5 weight; constrained to what there is. */
static HcallRet h_set_mpp(Vcpu *cpu, uint64_t *args)
{
    return args[0] == lpar_memory(cpu->vm) && args[1] == 0 ? H_SUCCESS : H_CONSTRAINED;
}

/** H_GET_MPP_X. Out: r4 to r10. None of the memory is offered to the host for merging. */
static HcallRet h_get_mpp_x(Vcpu *cpu, uint64_t *args)
{
    enum { REGISTERS = 7 };

    for (unsigned i = 0; i < REGISTERS; i++)
        args[i] = 0;
    return H_SUCCESS;
}

/**
 * H_GET_EM_PARMS. Out: r4 to r9. No policy is specified, no limit and no
 * consumption are known: PAPR has zeros for that.
 */
static HcallRet h_get_em_parms(Vcpu *cpu, uint64_t *args)
{
    enum { REGISTERS = 6 };

    for (unsigned i = 0; i < REGISTERS; i++)
        args[i] = 0;
    return H_SUCCESS;
}

/**
 * H_BEST_ENERGY. In: r4 flags and resource. Which of a guest's processors go
 * and come makes no difference that we could tell: the host's scheduler decides.
 */
static HcallRet h_best_energy(Vcpu *cpu, uint64_t *args)
{
    enum {
        RESOURCE_MASK = 0xff,
        RESOURCE_PROCESSOR = 1,
        RESOURCE_LMB = 2,
        /** Bits 32 to 39 and 48 to 51; 52 is a return buffer, which is not offered. */
        FLAG_RESERVED_FIRST = 32,
        FLAG_RESERVED_LAST = 39,
        FLAG_RESERVED_2_FIRST = 48,
        FLAG_RESERVED_2_LAST = 52,
    };
    uint64_t resource = args[0] & RESOURCE_MASK;

    if (resource != RESOURCE_PROCESSOR && resource != RESOURCE_LMB)
        return H_UNSUPPORTED;
    for (unsigned bit = FLAG_RESERVED_FIRST; bit <= FLAG_RESERVED_2_LAST; bit++) {
        if (bit > FLAG_RESERVED_LAST && bit < FLAG_RESERVED_2_FIRST)
            continue;
        if (args[0] >> (63 - bit) & 1)
            return H_UNSUPPORTED_FLAG_START - (HcallRet)bit;
    }
    return H_NOT_AVAILABLE;
}

/**
 * H_PERFMON. In: r4 modes to set, r5 modes to reset. Out: r4, the modes that are
 * on. KVM always gives guests the performance monitor, and of thresholds only
 * one granularity.
 */
static HcallRet h_perfmon(Vcpu *cpu, uint64_t *args)
{
    const uint64_t enabled = UINT64_C(1) << 63, granularity = UINT64_C(1) << 62;

    if ((args[0] | args[1]) & ~(enabled | granularity))
        return H_PARAMETER;
    if (args[0] & granularity || args[1] & enabled)
        return H_RESOURCE;
    args[0] = enabled;
    return H_SUCCESS;
}

const HcallDef h_lpar_defs[] = {
    {H_PERFMON, "H_PERFMON", h_perfmon, "LoPAR 14.5.4.9.1", HCALL_HERE},
    {H_GET_PPP, "H_GET_PPP", h_get_ppp, "LoPAR 14.11.3.6", HCALL_HERE},
    {H_SET_PPP, "H_SET_PPP", h_set_ppp, "LoPAR 14.11.3.7", HCALL_HERE},
    {H_PURR, "H_PURR", h_purr, "LoPAR 14.11.3.8", HCALL_HERE},
    {H_POLL_PENDING, "H_POLL_PENDING", h_poll_pending, "LoPAR 14.11.3.9", HCALL_HERE},
    {H_PIC, "H_PIC", h_pic, "LoPAR 14.11.4.1", HCALL_HERE},
    {H_SET_MPP, "H_SET_MPP", h_set_mpp, "LoPAR 14.12.3.4", HCALL_HERE},
    {H_GET_MPP, "H_GET_MPP", h_get_mpp, "LoPAR 14.12.3.5", HCALL_HERE},
    {H_GET_MPP_X, "H_GET_MPP_X", h_get_mpp_x, "LoPAR 14.12.3.5.2", HCALL_HERE},
    {H_GET_EM_PARMS, "H_GET_EM_PARMS", h_get_em_parms, "LoPAR 14.14.2", HCALL_HERE},
    {H_BEST_ENERGY, "H_BEST_ENERGY", h_best_energy, "LoPAR 14.14.3", HCALL_HERE},
    {0},
};
