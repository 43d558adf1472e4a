/* SPDX-License-Identifier: GPL-2.0-or-later */
/* DMA windows: translation control entries (LoPAR 14.5.4.2). */
#include "hcall/hcall.h"
#include "hw/spapr/pci/pci_host.h"
#include "src/base/endian.h"
#include "src/base/guest_mem.h"

enum {
    /** Entries that one call may set: a page of 4 KiB full. */
    TCE_MAX_COUNT = 512,
    TCE_LIST_ALIGN = 4096,
};

/** H_PUT_TCE. In: r4 LIOBN, r5 I/O address, r6 entry. */
static HcallRet h_put_tce(Vcpu *cpu, uint64_t *args)
{
    return pci_dma_put(cpu->vm->pci, args[0], args[1], args[2], 1) ? H_SUCCESS : H_PARAMETER;
}

/** H_GET_TCE. In: r4 LIOBN, r5 I/O address. Out: r4 entry. */
static HcallRet h_get_tce(Vcpu *cpu, uint64_t *args)
{
    uint64_t tce;

    if (!pci_dma_get(cpu->vm->pci, args[0], args[1], &tce))
        return H_PARAMETER;
    args[0] = tce;
    return H_SUCCESS;
}

/** H_STUFF_TCE. In: r4 LIOBN, r5 I/O address, r6 entry, r7 how many get it, 512 at most. */
static HcallRet h_stuff_tce(Vcpu *cpu, uint64_t *args)
{
    if (args[3] > TCE_MAX_COUNT)
        return H_PARAMETER;
    return pci_dma_put(cpu->vm->pci, args[0], args[1], args[2], args[3]) ? H_SUCCESS : H_PARAMETER;
}

/** H_PUT_TCE_INDIRECT. In: r4 LIOBN, r5 I/O address, r6 page with entries, r7 how many. */
static HcallRet h_put_tce_indirect(Vcpu *cpu, uint64_t *args)
{
    uint64_t count = args[3];
    be64 tces[TCE_MAX_COUNT];

    if (!count || count > TCE_MAX_COUNT || args[2] % TCE_LIST_ALIGN ||
        !guest_mem_read(cpu->vm->mem, args[2], tces, count * sizeof(be64)))
        return H_PARAMETER;
    return pci_dma_put_list(cpu->vm->pci, args[0], args[1], tces, count) ? H_SUCCESS : H_PARAMETER;
}

const HcallDef h_tce_defs[] = {
    {H_GET_TCE, "H_GET_TCE", h_get_tce, "LoPAR 14.5.4.2.2", HCALL_HERE},
    {H_PUT_TCE, "H_PUT_TCE", h_put_tce, "LoPAR 14.5.4.2.1", HCALL_HERE},
    {H_STUFF_TCE, "H_STUFF_TCE", h_stuff_tce, "LoPAR 14.5.4.2.3", HCALL_HERE},
    {H_PUT_TCE_INDIRECT, "H_PUT_TCE_INDIRECT", h_put_tce_indirect, "LoPAR 14.5.4.2.4", HCALL_HERE},
    {0},
};
