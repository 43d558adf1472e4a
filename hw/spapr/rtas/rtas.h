/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Run-time abstraction services (LoPAR chapter 7): the call buffer, the token
 * table and the dispatcher. Each family has a file of its own that ends in a
 * `const RtasDef rtas_xxx_defs[]` table; rtas.c lists the tables.
 */
#pragma once

#include <stdint.h>

#include "include/paprika/papr.h"
#include "include/paprika/vm.h"

enum {
    /** Cells for arguments and results together, as the call buffer has them. */
    RTAS_MAX_CELLS = 16,
    /** Token of the first service; the others follow in table order. */
    RTAS_TOKEN_BASE = 0x2000,
    /** "Any number" in RtasDef; of results, at least the status. */
    RTAS_ANY = 255,
};

/**
 * One service. @args holds nargs words; @rets holds nret words of which
 * rets[0], the status, is written by the dispatcher from the return value.
 * Runs on @cpu's own thread.
 */
typedef RtasStatus (*RtasFn)(Vcpu *cpu, const uint32_t *args, uint32_t *rets);

typedef struct {
    const char *name;
    RtasFn handler;
    /** Exact counts, checked once by the dispatcher. */
    uint8_t nargs, nret;
    /** Where the service is specified, for docs/rtas.md; numbers are those of LoPAR 2.9. */
    const char *section;
} RtasDef;

/* One per family; a table ends with a NULL name. */
extern const RtasDef rtas_cpu_defs[];
extern const RtasDef rtas_ddw_defs[];
extern const RtasDef rtas_drc_defs[];
extern const RtasDef rtas_eeh_defs[];
extern const RtasDef rtas_dump_defs[];
extern const RtasDef rtas_event_defs[];
extern const RtasDef rtas_nvram_defs[];
extern const RtasDef rtas_pci_defs[];
extern const RtasDef rtas_power_defs[];
extern const RtasDef rtas_sysparm_defs[];
extern const RtasDef rtas_term_defs[];
extern const RtasDef rtas_time_defs[];
extern const RtasDef rtas_update_defs[];
extern const RtasDef rtas_vpd_defs[];
extern const RtasDef rtas_xics_defs[];

/** The @index-th service, or NULL past the end; its token is RTAS_TOKEN_BASE + @index. */
const RtasDef *rtas_service(unsigned index);

/** The token of @name, or 0. */
uint32_t rtas_token(const char *name);

/**
 * Answer the call whose buffer is at guest real address @buffer: read once,
 * checked, called, status and results written back. H_PARAMETER if the buffer
 * is not guest memory or its counts are out of range.
 */
HcallRet rtas_dispatch(Vcpu *cpu, uint64_t buffer);
