/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Dynamic DMA windows (LoPAR 7.3.28). */
#include <errno.h>

#include "hw/spapr/rtas/rtas.h"
#include "hw/spapr/rtas/rtas_pci.h"

/** The bridge that a call for one of its functions means, or NULL. */
static PciHost *window_host(Vcpu *cpu, const uint32_t *args)
{
    PciHost *host = rtas_pci_host(cpu, args[1], args[2]);

    return host && pci_host_function(host, args[0]) ? host : NULL;
}

/**
 * ibm,query-pe-dma-window: in address, BUID high, low; out windows available,
 * entries of the largest, page sizes, page sizes over a migration.
 */
static RtasStatus rtas_query_window(Vcpu *cpu, const uint32_t *args, uint32_t *rets)
{
    PciHost *host = window_host(cpu, args);
    PciDmaOffer offer;

    if (!host)
        return RTAS_PARAM_ERROR;
    pci_dma_query(host, &offer);
    rets[1] = offer.available;
    rets[2] = offer.entries;
    rets[3] = offer.page_sizes;
    rets[4] = 0;
    return RTAS_SUCCESS;
}

/**
 * ibm,create-pe-dma-window: in address, BUID high, low, page and window shift;
 * out LIOBN, I/O address high, low.
 */
static RtasStatus rtas_create_window(Vcpu *cpu, const uint32_t *args, uint32_t *rets)
{
    PciHost *host = window_host(cpu, args);
    uint64_t base = 0;
    uint32_t liobn = 0;

    if (!host)
        return RTAS_PARAM_ERROR;
    int ret = pci_dma_create(host, args[3], args[4], &liobn, &base);
    if (ret)
        return ret == -EINVAL ? RTAS_PARAM_ERROR : RTAS_HW_ERROR;
    rets[1] = liobn;
    rets[2] = (uint32_t)(base >> 32);
    rets[3] = (uint32_t)base;
    return RTAS_SUCCESS;
}

/** ibm,remove-pe-dma-window: in LIOBN. */
static RtasStatus rtas_remove_window(Vcpu *cpu, const uint32_t *args, uint32_t *rets)
{
    return pci_dma_remove(cpu->vm->pci, args[0]) ? RTAS_SUCCESS : RTAS_PARAM_ERROR;
}

/** ibm,reset-pe-dma-window: in address, BUID high, low. The windows are as after power-on. */
static RtasStatus rtas_reset_window(Vcpu *cpu, const uint32_t *args, uint32_t *rets)
{
    PciHost *host = window_host(cpu, args);

    if (!host)
        return RTAS_PARAM_ERROR;
    pci_dma_reset(host);
    return RTAS_SUCCESS;
}

const RtasDef rtas_ddw_defs[] = {
    {"ibm,query-pe-dma-window", rtas_query_window, 3, 5, "LoPAR 7.3.28.1"},
    {"ibm,create-pe-dma-window", rtas_create_window, 5, 4, "LoPAR 7.3.28.2"},
    {"ibm,remove-pe-dma-window", rtas_remove_window, 1, 1, "LoPAR 7.3.28.3"},
    {"ibm,reset-pe-dma-window", rtas_reset_window, 3, 1, "LoPAR 7.3.28.4"},
    {0},
};
