/* SPDX-License-Identifier: GPL-2.0-or-later */
/* NVRAM access (LoPAR 7.3.1). */
#include "hw/spapr/nvram.h"
#include "hw/spapr/platform.h"
#include "hw/spapr/rtas/rtas.h"
#include "src/base/guest_mem.h"

/** Guest memory of @length bytes at @addr, or NULL; NVRAM's size bounds @length. */
static void *nvram_buffer(Vcpu *cpu, uint32_t addr, uint32_t length)
{
    return length <= NVRAM_SIZE ? guest_mem_ptr(cpu->vm->mem, addr, length) : NULL;
}

/** nvram-fetch: in offset, buffer, length; out status, bytes. */
static RtasStatus rtas_nvram_fetch(Vcpu *cpu, const uint32_t *args, uint32_t *rets)
{
    void *buffer = nvram_buffer(cpu, args[1], args[2]);

    if (!buffer || !nvram_fetch(cpu->vm->platform->nvram, args[0], buffer, args[2]))
        return RTAS_PARAM_ERROR;
    rets[1] = args[2];
    return RTAS_SUCCESS;
}

/** nvram-store: in offset, buffer, length; out status, bytes. */
static RtasStatus rtas_nvram_store(Vcpu *cpu, const uint32_t *args, uint32_t *rets)
{
    const void *buffer = nvram_buffer(cpu, args[1], args[2]);

    if (!buffer || !nvram_store(cpu->vm->platform->nvram, args[0], buffer, args[2]))
        return RTAS_PARAM_ERROR;
    rets[1] = args[2];
    return RTAS_SUCCESS;
}

const RtasDef rtas_nvram_defs[] = {
    {"nvram-fetch", rtas_nvram_fetch, 3, 2, "LoPAR 7.3.1.1"},
    {"nvram-store", rtas_nvram_store, 3, 2, "LoPAR 7.3.1.2"},
    {0},
};
