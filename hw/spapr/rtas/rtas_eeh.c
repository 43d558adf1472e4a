/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Enhanced error handling (LoPAR 7.3.11). A bridge is one partitionable endpoint.
 * What is emulated makes no bus errors: an endpoint is never frozen, a reset of
 * it resets its functions, and there is no error to tell details of.
 */
#include "hw/spapr/rtas/rtas.h"
#include "hw/spapr/rtas/rtas_pci.h"

enum {
    OPTION_DISABLE = 0,
    OPTION_ENABLE = 1,
    OPTION_THAW_MMIO = 2,
    OPTION_THAW_DMA = 3,

    /** ibm,get-config-addr-info2: the endpoint's address, or whether functions share it. */
    INFO_ADDRESS = 0,
    INFO_MODE = 1,
    MODE_SHARED = 2,
    /** Any address of the endpoint that is none of a function's, and not 0. */
    ENDPOINT_ADDRESS = 0x00010000,

    RESET_DEACTIVATE = 0,
    RESET_HOT = 1,
    RESET_FUNDAMENTAL = 3,

    STATE_NORMAL = 0,
    CAPABLE = 1,
    NO_ERROR_LOG = 1,
};

static PciHost *endpoint(Vcpu *cpu, const uint32_t *args)
{
    PciHost *host = rtas_pci_host(cpu, args[1], args[2]);

    return host && args[0] == ENDPOINT_ADDRESS ? host : NULL;
}

/** ibm,set-eeh-option: in endpoint or function, BUID high, low, option. */
static RtasStatus rtas_set_eeh_option(Vcpu *cpu, const uint32_t *args, uint32_t *rets)
{
    PciHost *host = rtas_pci_host(cpu, args[1], args[2]);

    if (!host || (args[0] != ENDPOINT_ADDRESS && !pci_host_function(host, args[0])))
        return RTAS_PARAM_ERROR;
    /* Nothing is ever stopped that could be let go. */
    return args[3] <= OPTION_THAW_DMA ? RTAS_SUCCESS : RTAS_PARAM_ERROR;
}

/** ibm,get-config-addr-info2: in function, BUID high, low, what; out information. */
static RtasStatus rtas_get_config_addr_info(Vcpu *cpu, const uint32_t *args, uint32_t *rets)
{
    PciHost *host = rtas_pci_host(cpu, args[1], args[2]);

    if (!host || !pci_host_function(host, args[0]) || args[3] > INFO_MODE)
        return RTAS_PARAM_ERROR;
    rets[1] = args[3] == INFO_ADDRESS ? ENDPOINT_ADDRESS : MODE_SHARED;
    return RTAS_SUCCESS;
}

/** ibm,read-slot-reset-state2: in endpoint, BUID high, low; out state, capable, wait. */
static RtasStatus rtas_read_reset_state(Vcpu *cpu, const uint32_t *args, uint32_t *rets)
{
    if (!endpoint(cpu, args))
        return RTAS_PARAM_ERROR;
    rets[1] = STATE_NORMAL;
    rets[2] = CAPABLE;
    rets[3] = 0;
    return RTAS_SUCCESS;
}

/** ibm,set-slot-reset: in endpoint, BUID high, low, how. */
static RtasStatus rtas_set_slot_reset(Vcpu *cpu, const uint32_t *args, uint32_t *rets)
{
    PciHost *host = endpoint(cpu, args);

    if (!host)
        return RTAS_PARAM_ERROR;
    switch (args[3]) {
    case RESET_DEACTIVATE:
        return RTAS_SUCCESS;
    case RESET_HOT:
    case RESET_FUNDAMENTAL:
        pci_host_reset_functions(host);
        return RTAS_SUCCESS;
    default:
        return RTAS_PARAM_ERROR;
    }
}

/** ibm,configure-pe: in endpoint, BUID high, low. A reset leaves all configured. */
static RtasStatus rtas_configure_pe(Vcpu *cpu, const uint32_t *args, uint32_t *rets)
{
    return endpoint(cpu, args) ? RTAS_SUCCESS : RTAS_PARAM_ERROR;
}

/** ibm,slot-error-detail: in endpoint, BUID high, low, two buffers, kind. */
static RtasStatus rtas_slot_error_detail(Vcpu *cpu, const uint32_t *args, uint32_t *rets)
{
    return endpoint(cpu, args) ? NO_ERROR_LOG : RTAS_PARAM_ERROR;
}

const RtasDef rtas_eeh_defs[] = {
    {"ibm,set-eeh-option", rtas_set_eeh_option, 4, 1, "LoPAR 7.3.11.1"},
    {"ibm,set-slot-reset", rtas_set_slot_reset, 4, 1, "LoPAR 7.3.11.2"},
    {"ibm,read-slot-reset-state2", rtas_read_reset_state, 3, 4, "LoPAR 7.3.11.4"},
    {"ibm,get-config-addr-info2", rtas_get_config_addr_info, 4, 2, "LoPAR 7.3.11.6"},
    {"ibm,slot-error-detail", rtas_slot_error_detail, 8, 1, "LoPAR 7.3.11.7"},
    {"ibm,configure-pe", rtas_configure_pe, 3, 1, "LoPAR 7.3.11.10"},
    {0},
};
