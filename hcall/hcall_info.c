/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the partition may know of its processors, and random numbers. */
#include <sys/random.h>

#include "hcall/hcall.h"
#include "hw/spapr/numa.h"

/**
 * H_GET_CPU_CHARACTERISTICS. Out: r4 character, r5 behaviour. KVM's bits are
 * PAPR's; those that KVM does not vouch for are already 0.
 */
static HcallRet h_get_cpu_characteristics(Vcpu *cpu, uint64_t *args)
{
    const HvCpuChar *info = &cpu->vm->caps->cpu_char;

    if (!info->valid)
        return H_FUNCTION;
    args[0] = info->character;
    args[1] = info->behaviour;
    return H_SUCCESS;
}

/**
 * Append @value to the packed associativity list @fields, as PAPR packs it:
 * 16-bit fields, the top bit saying that the other 15 are the value; a larger
 * value takes two fields with that bit off. All ones is an unused field, and so
 * no value: 0x7fff takes two.
 */
static void associativity_pack(uint16_t *fields, unsigned *count, uint32_t value)
{
    enum { FIELD_SHORT = 0x8000 };

    if (value < FIELD_SHORT - 1) {
        fields[(*count)++] = (uint16_t)(value | FIELD_SHORT);
    } else {
        fields[(*count)++] = (uint16_t)(value >> 16 & ~FIELD_SHORT);
        fields[(*count)++] = (uint16_t)value;
    }
}

/**
 * H_HOME_NODE_ASSOCIATIVITY. In: r4 flags (1: r5 is a vCPU of this partition).
 * Out: r4 to r9, the packed list, filled up with ones.
 */
static HcallRet h_home_node_associativity(Vcpu *self, uint64_t *args)
{
    enum { FLAG_VCPU = 1, REGISTERS = 6, FIELDS = REGISTERS * 4 };
    uint32_t list[NUMA_ASSOCIATIVITY_CPU];
    uint16_t fields[FIELDS];
    unsigned count = 0;

    if (args[0] != FLAG_VCPU)
        return H_PARAMETER;

    const Vcpu *cpu = vm_vcpu_by_id(self->vm, args[1]);
    if (!cpu)
        return H_P2;

    numa_cpu_associativity(self->vm->config, cpu->index, cpu->id, list);
    for (unsigned i = 0; i < G_N_ELEMENTS(list); i++)
        associativity_pack(fields, &count, list[i]);
    while (count < FIELDS)
        fields[count++] = UINT16_MAX;
    for (unsigned i = 0; i < REGISTERS; i++)
        args[i] = (uint64_t)fields[4 * i] << 48 | (uint64_t)fields[4 * i + 1] << 32 |
                  (uint64_t)fields[4 * i + 2] << 16 | fields[4 * i + 3];
    return H_SUCCESS;
}

/** H_RANDOM where the host has no generator that KVM uses. Out: r4. */
static HcallRet h_random(Vcpu *cpu, uint64_t *args)
{
    uint64_t value;

    if (getrandom(&value, sizeof(value), GRND_NONBLOCK) != sizeof(value))
        return H_HARDWARE;
    args[0] = value;
    return H_SUCCESS;
}

const HcallDef h_info_defs[] = {
    {H_GET_CPU_CHARACTERISTICS, "H_GET_CPU_CHARACTERISTICS", h_get_cpu_characteristics,
     "Linux, asm/hvcall.h", HCALL_HERE},
    {H_HOME_NODE_ASSOCIATIVITY, "H_HOME_NODE_ASSOCIATIVITY", h_home_node_associativity,
     "LoPAR 14.11.6.1", HCALL_HERE},
    {H_RANDOM, "H_RANDOM", h_random, "LoPAR 14.15.1", HCALL_KERNEL_ON_REQUEST},
    {0},
};
