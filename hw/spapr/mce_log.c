/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hw/spapr/mce_log.h"

#include <string.h>

#include "include/paprika/hv.h"
#include "include/paprika/papr.h"

enum {
    SEVERITY_WARNING = 2,
    /** Caused by the very instruction that was interrupted. */
    SEVERITY_ERROR_SYNC = 3,
    SEVERITY_FATAL = 5,
    DISPOSITION_RECOVERED = 0,
    DISPOSITION_LIMITED = 1,
    DISPOSITION_NOT_RECOVERED = 2,
    INITIATOR_CPU = 1 << 4,
    TYPE_INTERNAL = 0x03,
    TYPE_ECC_UNCORRECTED = 0x09,
};

/** Values of the section's error type. */
typedef enum {
    MCE_UE = 0,
    MCE_SLB = 1,
    MCE_ERAT = 2,
    MCE_UNKNOWN = 3,
    MCE_TLB = 4,
    /** Access to an address where nothing is. */
    MCE_ACCESS = 8,
} MceType;

/** Subtypes, by type. */
enum {
    UE_IFETCH = 1,
    UE_WALK_IFETCH = 2,
    UE_DATA = 3,
    UE_WALK_DATA = 4,
    SLB_PARITY = 0,
    SLB_MULTIHIT = 1,
    SLB_BOTH = 2,
    ERAT_MULTIHIT = 2,
    TLB_MULTIHIT = 2,
    ACCESS_WALK = 0,
    ACCESS_OPERAND = 1,
};

/** Generations whose bits differ. */
enum { ON_P8 = 1, ON_P9 = 2, ON_P10 = 4, FROM_P9 = ON_P9 | ON_P10, ON_ALL = 7 };

/** Where the address that failed is to be found. */
typedef enum { NOWHERE, IN_DAR, IN_SRR0 } MceAddress;

typedef struct {
    uint32_t bits;
    uint8_t on;
    uint8_t type, subtype;
    uint8_t address;
    /** Not of the instruction that was interrupted: the guest can't go on. */
    gboolean async;
    const char *name;
} MceCause;

/** SRR1's code of an error other than of a load or store. */
enum { SRR1_CODE_MASK = 0x081c0000 };

/** DSISR's bits for loads and stores; the first that is set counts. */
static const MceCause data_causes[] = {
    {0x8000, ON_ALL, MCE_UE, UE_DATA, NOWHERE, FALSE, "memory error, load or store"},
    {0x4000, ON_ALL, MCE_UE, UE_WALK_DATA, IN_DAR, FALSE, "memory error, table walk"},
    {0x2000, ON_P8 | ON_P9, MCE_UNKNOWN, 0, IN_DAR, FALSE, "link timeout, load"},
    {0x1000, ON_P8 | ON_P9, MCE_UNKNOWN, 0, IN_DAR, FALSE, "link timeout, table walk"},
    {0x0800, ON_ALL, MCE_ERAT, ERAT_MULTIHIT, IN_DAR, FALSE, "ERAT multihit"},
    {0x0400, ON_ALL, MCE_TLB, TLB_MULTIHIT, IN_DAR, FALSE, "TLB multihit"},
    {0x0200, ON_P8, MCE_ERAT, ERAT_MULTIHIT, IN_DAR, FALSE, "secondary ERAT multihit"},
    {0x0200, FROM_P9, MCE_UNKNOWN, 0, NOWHERE, FALSE, "tlbie in user mode"},
    {0x0080, ON_ALL, MCE_SLB, SLB_MULTIHIT, IN_DAR, FALSE, "SLB multihit"},
    {0x0100, ON_ALL, MCE_SLB, SLB_PARITY, IN_DAR, FALSE, "SLB parity"},
    {0x0040, ON_P8, MCE_SLB, SLB_BOTH, IN_DAR, FALSE, "SLB parity or multihit"},
    {0x0040, FROM_P9, MCE_ACCESS, ACCESS_OPERAND, IN_DAR, FALSE, "bad real address, load"},
    {0x0020, FROM_P9, MCE_ACCESS, ACCESS_WALK, NOWHERE, FALSE, "bad real address, table walk"},
    {0x0010, FROM_P9, MCE_ACCESS, ACCESS_WALK, NOWHERE, FALSE, "foreign address, table walk"},
    {0x0008, FROM_P9, MCE_ACCESS, ACCESS_OPERAND, NOWHERE, FALSE, "foreign address, operand"},
};

/** SRR1's codes for all else. */
static const MceCause fetch_causes[] = {
    {0x00040000, ON_ALL, MCE_UE, UE_IFETCH, IN_SRR0, FALSE, "memory error, fetch"},
    {0x00080000, ON_ALL, MCE_SLB, SLB_PARITY, IN_SRR0, FALSE, "SLB parity, fetch"},
    {0x000c0000, ON_ALL, MCE_SLB, SLB_MULTIHIT, IN_SRR0, FALSE, "SLB multihit, fetch"},
    {0x00100000, ON_ALL, MCE_ERAT, ERAT_MULTIHIT, IN_SRR0, FALSE, "ERAT multihit, fetch"},
    {0x00140000, ON_ALL, MCE_TLB, TLB_MULTIHIT, IN_SRR0, FALSE, "TLB multihit, fetch"},
    {0x00180000, ON_ALL, MCE_UE, UE_WALK_IFETCH, IN_SRR0, FALSE, "memory error, walk of a fetch"},
    {0x001c0000, ON_P8, MCE_UE, UE_IFETCH, IN_SRR0, FALSE, "memory error, fetch"},
    {0x001c0000, FROM_P9, MCE_ACCESS, ACCESS_OPERAND, IN_SRR0, FALSE, "foreign address, fetch"},
    {0x080c0000, FROM_P9, MCE_ACCESS, ACCESS_OPERAND, IN_SRR0, FALSE, "bad real address, fetch"},
    {0x08100000, FROM_P9, MCE_ACCESS, ACCESS_WALK, IN_SRR0, FALSE, "bad address, walk of a fetch"},
    {0x08140000, FROM_P9, MCE_ACCESS, ACCESS_OPERAND, NOWHERE, TRUE, "bad real address, store"},
    {0x081c0000, FROM_P9, MCE_ACCESS, ACCESS_WALK, IN_SRR0, FALSE, "foreign, walk of a fetch"},
};

static const MceCause unknown_cause = {0, ON_ALL, MCE_UNKNOWN, 0, NOWHERE, TRUE, "unknown cause"};

static unsigned mce_generation(uint32_t pvr)
{
    switch (pvr >> 16) {
    case PVR_FAMILY_POWER8:
    case PVR_FAMILY_POWER8E:
    case PVR_FAMILY_POWER8NVL:
        return ON_P8;
    case PVR_FAMILY_POWER9:
        return ON_P9;
    default:
        return ON_P10;
    }
}

static const MceCause *mce_find_cause(const MachineCheck *check)
{
    unsigned on = mce_generation(check->pvr);

    if (check->srr1 & MCE_SRR1_DATA) {
        for (unsigned i = 0; i < G_N_ELEMENTS(data_causes); i++) {
            if (data_causes[i].on & on && data_causes[i].bits & check->dsisr)
                return &data_causes[i];
        }
        return &unknown_cause;
    }
    for (unsigned i = 0; i < G_N_ELEMENTS(fetch_causes); i++) {
        if (fetch_causes[i].on & on && fetch_causes[i].bits == (check->srr1 & SRR1_CODE_MASK))
            return &fetch_causes[i];
    }
    return &unknown_cause;
}

/** The section's second byte: subtype, and whether an address is given. */
static uint8_t mce_subtype(const MceCause *cause)
{
    gboolean address = cause->address != NOWHERE;

    switch (cause->type) {
    case MCE_UE:
        return (uint8_t)((address ? 0x40 : 0) | cause->subtype);
    case MCE_SLB:
    case MCE_ERAT:
    case MCE_TLB:
        return (uint8_t)((address ? 0x80 : 0) | cause->subtype);
    case MCE_ACCESS:
        return (uint8_t)((address ? 0x80 : 0) | cause->subtype << 4);
    default:
        return 0;
    }
}

static void mce_log_summary(MceLog *log, const MceCause *cause, uint32_t host_disposition)
{
    unsigned severity = cause->async ? SEVERITY_FATAL : SEVERITY_ERROR_SYNC;
    unsigned disposition = DISPOSITION_NOT_RECOVERED;
    uint8_t flag = RTAS_LOG_UNRECOVERABLE;

    switch (host_disposition & HV_NMI_DISPOSITION_MASK) {
    case HV_NMI_FULLY_RECOVERED:
        severity = SEVERITY_WARNING;
        disposition = DISPOSITION_RECOVERED;
        flag = RTAS_LOG_RECOVERED;
        break;
    case HV_NMI_LIMITED_RECOVERY:
        severity = SEVERITY_WARNING;
        disposition = DISPOSITION_LIMITED;
        flag = RTAS_LOG_DEGRADED;
        break;
    }
    rtas_log_begin(&log->head, sizeof(*log), severity, disposition);
    log->head.flags |= flag;
    log->head.initiator = INITIATOR_CPU;
    log->head.type = cause->type == MCE_UE ? TYPE_ECC_UNCORRECTED : TYPE_INTERNAL;
}

const char *mce_log_build(MceLog *log, const MachineCheck *check)
{
    const MceCause *cause = mce_find_cause(check);

    memset(log, 0, sizeof(*log));
    mce_log_summary(log, cause, check->disposition);
    rtas_log_section(&log->section, RTAS_LOG_ID('M', 'C'),
                     sizeof(*log) - offsetof(MceLog, section));
    log->processor = be32_of(check->cpu);
    log->error_type = cause->type;
    log->error_subtype = mce_subtype(cause);
    if (cause->type != MCE_UNKNOWN && cause->address != NOWHERE)
        log->effective_address = be64_of(cause->address == IN_DAR ? check->dar : check->srr0);
    return cause->name;
}
