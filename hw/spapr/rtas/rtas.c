/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hw/spapr/rtas/rtas.h"

#include <string.h>

#include "src/base/guest_mem.h"
#include "src/base/log.h"
#include "src/base/trace.h"

static const RtasDef *const rtas_families[] = {
    rtas_cpu_defs,     rtas_drc_defs,  rtas_event_defs, rtas_nvram_defs,  rtas_power_defs,
    rtas_sysparm_defs, rtas_term_defs, rtas_time_defs,  rtas_update_defs, rtas_vpd_defs,
    rtas_xics_defs,    rtas_ddw_defs,  rtas_eeh_defs,   rtas_pci_defs,    rtas_dump_defs,
};

const RtasDef *rtas_service(unsigned index)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(rtas_families); i++) {
        for (const RtasDef *def = rtas_families[i]; def->name; def++) {
            if (index-- == 0)
                return def;
        }
    }
    return NULL;
}

uint32_t rtas_token(const char *name)
{
    const RtasDef *def;

    for (unsigned i = 0; (def = rtas_service(i)); i++) {
        if (!strcmp(def->name, name))
            return RTAS_TOKEN_BASE + i;
    }
    return 0;
}

/** The call buffer (LoPAR 7.2.7): token, counts, then arguments and results. */
typedef struct {
    be32 token, nargs, nret;
    be32 cells[RTAS_MAX_CELLS];
} RtasBuffer;
G_STATIC_ASSERT(sizeof(RtasBuffer) == 4 * (3 + RTAS_MAX_CELLS));

static RtasStatus rtas_call(Vcpu *cpu, uint32_t token, const uint32_t *args, uint32_t nargs,
                            uint32_t *rets, uint32_t nret)
{
    const RtasDef *def = token >= RTAS_TOKEN_BASE ? rtas_service(token - RTAS_TOKEN_BASE) : NULL;

    if (!def) {
        log_guest("unknown RTAS token %#x", token);
        return RTAS_NOT_SUPPORTED;
    }
    if ((def->nargs != RTAS_ANY && nargs != def->nargs) ||
        (def->nret != RTAS_ANY && nret != def->nret)) {
        log_guest("RTAS %s called with %u arguments and %u results", def->name, nargs, nret);
        return RTAS_PARAM_ERROR;
    }

    gint64 start = trace_on(TRACE_RTAS) ? g_get_monotonic_time() : 0;
    RtasStatus status = def->handler(cpu, args, rets);

    trace(TRACE_RTAS, "cpu %u %s(%#x, %#x, %#x) = %d, %#x (%" G_GINT64_FORMAT " us)", cpu->id,
          def->name, args[0], args[1], args[2], status, nret > 1 ? rets[1] : 0,
          g_get_monotonic_time() - start);
    return status;
}

HcallRet rtas_dispatch(Vcpu *cpu, uint64_t buffer)
{
    const struct GuestMem *mem = cpu->vm->mem;
    uint32_t args[RTAS_MAX_CELLS] = {0}, rets[RTAS_MAX_CELLS] = {0};
    be32 out[RTAS_MAX_CELLS];
    RtasBuffer in = {0};

    /* First the counts, then as much as they say: a buffer may end memory. */
    if (!guest_mem_read(mem, buffer, &in, offsetof(RtasBuffer, cells)))
        return H_PARAMETER;
    uint32_t nargs = be32_get(in.nargs), nret = be32_get(in.nret);
    if (nargs > RTAS_MAX_CELLS || nret > RTAS_MAX_CELLS - nargs || nret == 0)
        return H_PARAMETER;

    GuestAddr cells = buffer + offsetof(RtasBuffer, cells);
    if (!guest_mem_read(mem, cells, in.cells, (nargs + nret) * sizeof(be32)))
        return H_PARAMETER;
    for (uint32_t i = 0; i < nargs; i++)
        args[i] = be32_get(in.cells[i]);

    rets[0] = (uint32_t)rtas_call(cpu, be32_get(in.token), args, nargs, rets, nret);
    for (uint32_t i = 0; i < nret; i++)
        out[i] = be32_of(rets[i]);
    if (!guest_mem_write(mem, cells + nargs * sizeof(be32), out, nret * sizeof(be32)))
        return H_PARAMETER;
    return H_SUCCESS;
}
