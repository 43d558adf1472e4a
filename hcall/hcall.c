/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hcall/hcall.h"

#include "src/base/log.h"
#include "src/base/trace.h"

enum {
    /** Slots of the PAPR range and of the private one; numbers are multiples of 4. */
    HCALL_PAPR_SLOTS = PAPR_HCALL_MAX / 4 + 1,
    HCALL_PRIVATE_SLOTS = (H_PRIVATE_MAX - H_PRIVATE_BASE) / 4 + 1,
    HCALL_SLOTS = HCALL_PAPR_SLOTS + HCALL_PRIVATE_SLOTS,
};

struct HcallTable {
    const HcallDef *slots[HCALL_SLOTS];
};

static const HcallDef *const hcall_families[] = {
    h_cpu_defs,  h_info_defs, h_llan_defs,     h_logical_defs, h_lpar_defs,
    h_mmu_defs,  h_mode_defs, h_of_defs,       h_rtas_defs,    h_tce_defs,
    h_term_defs, h_vio_defs,  h_watchdog_defs, h_xics_defs,    h_xive_defs,
};

/** The slot of @number, or HCALL_SLOTS if no call can have it. */
static unsigned hcall_slot(uint64_t number)
{
    if (number % 4)
        return HCALL_SLOTS;
    if (number <= PAPR_HCALL_MAX)
        return (unsigned)number / 4;
    if (number >= H_PRIVATE_BASE && number <= H_PRIVATE_MAX)
        return HCALL_PAPR_SLOTS + (unsigned)(number - H_PRIVATE_BASE) / 4;
    return HCALL_SLOTS;
}

HcallTable *hcall_table_new(void)
{
    HcallTable *table = g_new0(HcallTable, 1);

    for (unsigned i = 0; i < G_N_ELEMENTS(hcall_families); i++) {
        for (const HcallDef *def = hcall_families[i]; def->name; def++)
            table->slots[hcall_slot(def->number)] = def;
    }
    return table;
}

void hcall_table_free(HcallTable *table) { g_free(table); }

/*
 * H_RPT_INVALIDATE only where the user says so: kernels, 6.12 for one, never get
 * to the end of a range that ends within a page of the end of the address space,
 * and nobody on the host can stop them (docs/architecture.md).
 */
static gboolean hcall_option(const HcallDef *def, const VmConfig *config)
{
    return def->number == H_RPT_INVALIDATE && config->rpt_invalidate;
}

static gboolean hcall_is_for_kernel(const HcallDef *def, const VmConfig *config)
{
    return def->place == HCALL_KERNEL_ON_REQUEST ||
           (def->place == HCALL_KERNEL_ON_OPTION && hcall_option(def, config));
}

void hcall_enable_kernel(const Vm *vm)
{
    for (unsigned i = 0; i < HCALL_SLOTS; i++) {
        const HcallDef *def = vm->hcalls->slots[i];

        if (!def || !hcall_is_for_kernel(def, vm->config))
            continue;
        int ret = vm->ops->vm_enable_hcall(vm->hv, def->number);
        if (ret)
            log_debug("KVM does not answer %s itself: %s", def->name, g_strerror(-ret));
    }
}

const HcallDef *hcall_table_find(const HcallTable *table, uint64_t number)
{
    unsigned slot = hcall_slot(number);

    return slot < HCALL_SLOTS ? table->slots[slot] : NULL;
}

static HcallRet hcall_dispatch_traced(Vcpu *cpu, const HcallDef *def, uint64_t number,
                                      uint64_t *args)
{
    uint64_t in[4] = {args[0], args[1], args[2], args[3]};
    gint64 start = g_get_monotonic_time();
    HcallRet ret = def && def->handler ? def->handler(cpu, args) : H_FUNCTION;

    trace_write(TRACE_HCALL,
                "cpu %u %s(%#" G_GINT64_MODIFIER "x) %#" G_GINT64_MODIFIER "x %#" G_GINT64_MODIFIER
                "x %#" G_GINT64_MODIFIER "x %#" G_GINT64_MODIFIER "x = %" G_GINT64_FORMAT
                " (%" G_GINT64_FORMAT " us)",
                cpu->id, def ? def->name : "unknown", number, in[0], in[1], in[2], in[3], ret,
                g_get_monotonic_time() - start);
    return ret;
}

HcallRet hcall_dispatch(Vcpu *cpu, uint64_t number, uint64_t *args)
{
    const HcallDef *def = hcall_table_find(cpu->vm->hcalls, number);

    if (trace_on(TRACE_HCALL))
        return hcall_dispatch_traced(cpu, def, number, args);
    return def && def->handler ? def->handler(cpu, args) : H_FUNCTION;
}
