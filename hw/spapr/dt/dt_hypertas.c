/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * "ibm,hypertas-functions" (LoPAR, "RTAS Node Properties"): the families of
 * hypercalls that this guest is served.
 */
#include "hw/spapr/dt/dt_parts.h"

typedef struct {
    const char *name;
    /** Whether @desc's guest has it; NULL: always. */
    gboolean (*served)(const MachineDesc *desc);
} HypertasFunction;

static gboolean under_hash(const MachineDesc *desc) { return !desc->radix; }
static gboolean under_xics(const MachineDesc *desc) { return !irq_kind_is_xive(desc->irq); }
static gboolean with_rpt_invalidate(const MachineDesc *desc)
{
    return desc->radix && desc->config->rpt_invalidate;
}

static gboolean with_vio(const MachineDesc *desc) { return config_has_vio(desc->config); }
static gboolean with_llan(const MachineDesc *desc) { return config_llans(desc->config) != 0; }
static gboolean with_windows(const MachineDesc *desc) { return desc->pci || with_vio(desc); }

static gboolean with_hpt_resize(const MachineDesc *desc)
{
    return desc->hpt_resize && desc->terms.hpt_resize;
}

static gboolean with_pool_stats(const MachineDesc *desc) { return desc->config->pool_stats; }

static const HypertasFunction functions[] = {
    /* H_REMOVE, H_ENTER, H_READ, H_PROTECT, H_CLEAR_*. */
    {"hcall-pft", under_hash},
    /* H_GET_TERM_CHAR, H_PUT_TERM_CHAR. */
    {"hcall-term", NULL},
    /* H_SET_DABR, H_SET_XDABR. */
    {"hcall-dabr", NULL},
    {"hcall-xdabr", NULL},
    /* H_EOI, H_CPPR, H_IPI, H_IPOLL, H_XIRR. */
    {"hcall-interrupt", under_xics},
    /* H_REGISTER_VPA, H_CEDE, H_CONFER, H_PROD, H_GET_PPP, H_SET_PPP, H_PURR. */
    {"hcall-splpar", NULL},
    {"hcall-poll-pending", NULL},
    /* H_PIC. */
    {"hcall-pic", with_pool_stats},
    {"hcall-perfmon", NULL},
    {"hcall-join", NULL},
    /* H_BULK_REMOVE. */
    {"hcall-bulk", under_hash},
    {"hcall-set-mode", NULL},
    /* H_PAGE_INIT. */
    {"hcall-copy", NULL},
    /* H_LOGICAL_*. */
    {"hcall-debug", NULL},
    /* H_HOME_NODE_ASSOCIATIVITY. */
    {"hcall-vphn", NULL},
    /* H_RESIZE_HPT_PREPARE, H_RESIZE_HPT_COMMIT. */
    {"hcall-hpt-resize", with_hpt_resize},
    {"hcall-rpt-invalidate", with_rpt_invalidate},
    /* H_WATCHDOG. */
    {"hcall-watchdog", NULL},
    /* H_PUT_TCE, H_GET_TCE; H_STUFF_TCE, H_PUT_TCE_INDIRECT. */
    {"hcall-tce", with_windows},
    {"hcall-multi-tce", with_windows},
    /* H_VIO_SIGNAL. */
    {"hcall-vio", with_vio},
    /* H_REGISTER_LOGICAL_LAN and what belongs to it. */
    {"hcall-lLAN", with_llan},
    /* H_REG_CRQ, H_FREE_CRQ, H_SEND_CRQ, H_ENABLE_CRQ. */
    {"hcall-crq", with_vio},
};

void dt_add_hypertas(DtBuilder *builder, const MachineDesc *desc)
{
    const char *names[G_N_ELEMENTS(functions) + 1];
    size_t count = 0;

    for (size_t i = 0; i < G_N_ELEMENTS(functions); i++) {
        if (!functions[i].served || functions[i].served(desc))
            names[count++] = functions[i].name;
    }
    names[count] = NULL;
    dt_add_stringlist(builder, "ibm,hypertas-functions", names);
}
