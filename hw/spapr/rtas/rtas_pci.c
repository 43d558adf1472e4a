/* SPDX-License-Identifier: GPL-2.0-or-later */
/* PCI configuration space (LoPAR 7.3.4) and message-signalled interrupts (7.3.10.5). */
#include "hw/spapr/rtas/rtas_pci.h"
#include "hw/spapr/pci/pci_host.h"
#include "hw/spapr/rtas/rtas.h"

enum {
    /** ibm,change-msi's functions. */
    CHANGE_QUERY = 0,
    CHANGE_ANY = 1,
    CHANGE_RESET = 2,
    CHANGE_MSI = 3,
    CHANGE_MSIX = 4,
    /** What the interrupts are, as it answers. */
    TYPE_MSIX = 2,
    /** Kind of a source that a message raises. */
    TRIGGER_EDGE = 1,
};

PciHost *rtas_pci_host(Vcpu *cpu, uint32_t buid_high, uint32_t buid_low)
{
    return pci_hosts_find(cpu->vm->pci, (uint64_t)buid_high << 32 | buid_low);
}

/** Register of a configuration address: 8 bits at the end, 4 more on top. */
static unsigned config_register(uint32_t config_addr)
{
    return (config_addr >> 20 & 0xf00) | (config_addr & 0xff);
}

static gboolean config_ok(uint32_t config_addr, uint32_t size)
{
    return (size == 1 || size == 2 || size == 4) && config_register(config_addr) % size == 0;
}

static RtasStatus config_read(PciHost *host, uint32_t config_addr, uint32_t size, uint32_t *rets)
{
    PciFunction *fn = host ? pci_host_function(host, config_addr) : NULL;

    rets[1] = UINT32_MAX;
    if (!host || !config_ok(config_addr, size))
        return RTAS_PARAM_ERROR;
    if (!fn)
        return RTAS_HW_ERROR;
    g_mutex_lock(&host->lock);
    rets[1] = pci_function_config_read(fn, config_register(config_addr), size);
    g_mutex_unlock(&host->lock);
    return RTAS_SUCCESS;
}

static RtasStatus config_write(PciHost *host, uint32_t config_addr, uint32_t size, uint32_t value)
{
    PciFunction *fn = host ? pci_host_function(host, config_addr) : NULL;

    if (!host || !config_ok(config_addr, size))
        return RTAS_PARAM_ERROR;
    if (!fn)
        return RTAS_HW_ERROR;
    g_mutex_lock(&host->lock);
    pci_function_config_write(fn, config_register(config_addr), size, value);
    g_mutex_unlock(&host->lock);
    return RTAS_SUCCESS;
}

/** read-pci-config: in address, size; out value. Names no bridge: the first is meant. */
static RtasStatus rtas_read_pci_config(Vcpu *cpu, const uint32_t *args, uint32_t *rets)
{
    return config_read(pci_hosts_find(cpu->vm->pci, PCI_HOST_BUID(0)), args[0], args[1], rets);
}

/** write-pci-config: in address, size, value. */
static RtasStatus rtas_write_pci_config(Vcpu *cpu, const uint32_t *args, uint32_t *rets)
{
    return config_write(pci_hosts_find(cpu->vm->pci, PCI_HOST_BUID(0)), args[0], args[1], args[2]);
}

/** ibm,read-pci-config: in address, BUID high, low, size; out value. */
static RtasStatus rtas_ibm_read_pci_config(Vcpu *cpu, const uint32_t *args, uint32_t *rets)
{
    return config_read(rtas_pci_host(cpu, args[1], args[2]), args[0], args[3], rets);
}

/** ibm,write-pci-config: in address, BUID high, low, size, value. */
static RtasStatus rtas_ibm_write_pci_config(Vcpu *cpu, const uint32_t *args, uint32_t *rets)
{
    return config_write(rtas_pci_host(cpu, args[1], args[2]), args[0], args[3], args[4]);
}

/** Give @fn @count messages: of MSI-X only, since no function here has MSI. */
static RtasStatus change_messages(PciHost *host, PciFunction *fn, uint32_t function, uint32_t count)
{
    switch (function) {
    case CHANGE_QUERY:
        return RTAS_SUCCESS;
    case CHANGE_RESET:
        count = 0;
        break;
    case CHANGE_ANY:
    case CHANGE_MSI:
        if (count)
            return RTAS_PARAM_ERROR;
        break;
    case CHANGE_MSIX:
        break;
    default:
        return RTAS_PARAM_ERROR;
    }
    return pci_msi_set(host, fn, count) < 0 ? RTAS_HW_ERROR : RTAS_SUCCESS;
}

/**
 * ibm,change-msi: in address, BUID high, low, function, number, sequence; out
 * number, next sequence, and, where there is a cell for it, the type.
 */
static RtasStatus rtas_change_msi(Vcpu *cpu, const uint32_t *args, uint32_t *rets)
{
    PciHost *host = rtas_pci_host(cpu, args[1], args[2]);
    PciFunction *fn = host ? pci_host_function(host, args[0]) : NULL;

    if (!fn)
        return RTAS_PARAM_ERROR;
    RtasStatus status = change_messages(host, fn, args[3], args[4]);
    rets[1] = pci_msi_count(host, fn);
    rets[2] = args[5];
    rets[3] = TYPE_MSIX;
    return status;
}

/** ibm,query-interrupt-source-number: in address, BUID high, low, index; out source, trigger. */
static RtasStatus rtas_query_source(Vcpu *cpu, const uint32_t *args, uint32_t *rets)
{
    PciHost *host = rtas_pci_host(cpu, args[1], args[2]);
    PciFunction *fn = host ? pci_host_function(host, args[0]) : NULL;

    if (!fn)
        return RTAS_PARAM_ERROR;
    rets[1] = pci_msi_source(host, fn, args[3]);
    rets[2] = TRIGGER_EDGE;
    return rets[1] ? RTAS_SUCCESS : RTAS_PARAM_ERROR;
}

const RtasDef rtas_pci_defs[] = {
    {"read-pci-config", rtas_read_pci_config, 2, 2, "LoPAR 7.3.4.1"},
    {"write-pci-config", rtas_write_pci_config, 3, 1, "LoPAR 7.3.4.2"},
    {"ibm,read-pci-config", rtas_ibm_read_pci_config, 4, 2, "LoPAR 7.3.4.1"},
    {"ibm,write-pci-config", rtas_ibm_write_pci_config, 5, 1, "LoPAR 7.3.4.2"},
    {"ibm,change-msi", rtas_change_msi, 6, RTAS_ANY, "LoPAR 7.3.10.5.1"},
    {"ibm,query-interrupt-source-number", rtas_query_source, 4, 3, "LoPAR 7.3.10.5.2"},
    {0},
};
