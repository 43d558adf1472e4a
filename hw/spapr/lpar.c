/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hw/spapr/lpar.h"

#include "hw/spapr/cpu_model.h"
#include "src/base/guest_mem.h"

unsigned lpar_cores(const Vm *vm) { return vm->n_vcpus / vm->config->threads; }

unsigned lpar_host_cores(const Vm *vm) { return MAX(vm->caps->pool.cores, 1); }

unsigned lpar_capacity(const Vm *vm, unsigned cores)
{
    return LPAR_WHOLE_PROCESSOR * MIN(cores, lpar_host_cores(vm));
}

uint64_t lpar_memory(const Vm *vm) { return guest_mem_size(vm->mem); }

/**
 * Up to POWER8 KVM runs the threads of a core on a core of the host, all at a
 * time; later ones it schedules one by one.
 */
static gboolean threads_are_bound(const Vm *vm)
{
    enum { ISA_POWER9 = 300 };
    const CpuModel *model = cpu_model_find(vm->caps->cpu.pvr);

    return model && model->isa < ISA_POWER9;
}

char *lpar_characteristics(const Vm *vm)
{
    unsigned cores = lpar_cores(vm), capacity = lpar_capacity(vm, cores);
    uint64_t memory = vm->config->memory / MIB;

    /*
     * The host's scheduler promises nothing, so the least is what PAPR has for the
     * least; words without an answer (DisWheRotPer: it has no wheel that rotates)
     * are left out.
     */
    return g_strdup_printf(
        "BoundThrds=%d,CapInc=%d,MinEntCap=0,MinEntCapPerVP=1,MinMem=%u,MinProcs=1,"
        "MaxEntCap=%u,MaxPlatProcs=%u,DesEntCap=%u,DesMem=%" G_GUINT64_FORMAT
        ",DesProcs=%u,DesVarCapWt=0,DedDonMode=0",
        threads_are_bound(vm), LPAR_WHOLE_PROCESSOR, (unsigned)(CONFIG_MIN_MEMORY / MIB), capacity,
        MAX(vm->caps->pool.cores_present, lpar_host_cores(vm)), capacity, memory, cores);
}
