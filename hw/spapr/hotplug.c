/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hw/spapr/hotplug.h"

#include "hw/spapr/dt/dt.h"
#include "hw/spapr/machine_describe.h"
#include "src/base/error.h"
#include "src/base/log.h"

void hotplug_tell(Hotplug *hotplug)
{
    if (hotplug->changed)
        hotplug->changed(hotplug->opaque);
}

static void on_change(void *opaque) { hotplug_tell(opaque); }

void *hotplug_describe_node(const Vm *vm, void *(*make)(const MachineDesc *, unsigned, GError **),
                            uint32_t unit)
{
    g_autoptr(GError) error = NULL;
    MachineDesc desc;
    void *fdt = machine_describe(vm, &desc, &error) ? make(&desc, unit, &error) : NULL;

    if (!fdt)
        log_guest("what was plugged cannot be described: %s", error->message);
    return fdt;
}

/* --- cores ---------------------------------------------------------------------------- */

static void *describe_core(void *opaque, uint32_t unit)
{
    return hotplug_describe_node(((Hotplug *)opaque)->vm, dt_build_core, unit);
}

/** A core can be isolated when each of its threads has stopped; none starts after that. */
static gboolean isolate_core(void *opaque, uint32_t unit, gboolean isolated)
{
    const Vm *vm = ((Hotplug *)opaque)->vm;
    unsigned threads = vm->config->threads, done = 0;
    gboolean ok = TRUE;

    for (; done < threads && ok; done++) {
        Vcpu *cpu = vm_vcpu_at(vm, unit * threads + done);

        if (!cpu)
            return FALSE;
        g_mutex_lock(&cpu->lock);
        ok = !isolated || cpu->state == VCPU_STOPPED;
        if (ok)
            cpu->isolated = isolated;
        g_mutex_unlock(&cpu->lock);
    }
    for (unsigned i = 0; !ok && i + 1 < done; i++) {
        Vcpu *cpu = vm_vcpu_at(vm, unit * threads + i);

        g_mutex_lock(&cpu->lock);
        cpu->isolated = FALSE;
        g_mutex_unlock(&cpu->lock);
    }
    return ok;
}

static const DrcOps core_ops = {
    .describe = describe_core,
    .isolate = isolate_core,
    .changed = on_change,
};

/* --- memory --------------------------------------------------------------------------- */

static void *describe_lmb(void *opaque, uint32_t unit)
{
    return hotplug_describe_node(((Hotplug *)opaque)->vm, dt_build_lmb, unit);
}

static const DrcOps lmb_ops = {.describe = describe_lmb, .changed = on_change};

/* --- all -------------------------------------------------------------------------------- */

Hotplug *hotplug_new(Vm *vm)
{
    Hotplug *hotplug = g_new0(Hotplug, 1);
    unsigned threads = vm->config->threads;

    hotplug->vm = vm;
    hotplug->drcs = drc_table_new();
    hotplug->max_cores = config_max_cpus(vm->config) / threads;
    hotplug->core_present = g_new0(uint8_t, hotplug->max_cores);
    hotplug->memory = g_array_new(FALSE, FALSE, sizeof(GuestRange));
    hotplug->cores = drc_add_family(hotplug->drcs, &(DrcFamilyDesc){
                                                       .type = DRC_CPU,
                                                       .prefix = DRC_CPU_PREFIX,
                                                       .count = hotplug->max_cores,
                                                       .step = vm->stride,
                                                       .ops = &core_ops,
                                                       .opaque = hotplug,
                                                   });
    hotplug->lmbs = drc_add_family(hotplug->drcs, &(DrcFamilyDesc){
                                                      .type = DRC_LMB,
                                                      .prefix = DRC_LMB_PREFIX,
                                                      .step = 1,
                                                      .ops = &lmb_ops,
                                                      .opaque = hotplug,
                                                  });
    for (unsigned core = 0; core < vm->config->cpus / threads; core++)
        hotplug_set_core(hotplug, core, TRUE);
    hotplug_reset(hotplug);
    return hotplug;
}

void hotplug_free(Hotplug *hotplug)
{
    if (!hotplug)
        return;
    drc_table_free(hotplug->drcs);
    g_array_unref(hotplug->memory);
    g_free(hotplug->core_present);
    g_free(hotplug);
}

void hotplug_describe(const Hotplug *hotplug, MachineDesc *desc)
{
    desc->core_present = hotplug->core_present;
    desc->plugged = (const GuestRange *)(const void *)hotplug->memory->data;
    desc->n_plugged = hotplug->memory->len;
    if (desc->max_memory > desc->memory)
        desc->lmb_limit = hotplug->lmb;
}

gboolean hotplug_settle(Hotplug *hotplug, const MachineDesc *desc, GError **error)
{
    uint64_t lmb = desc->lmb;

    if (lmb == hotplug->lmb && desc->rma == hotplug->rma)
        return TRUE;
    if (!drc_resize(hotplug->lmbs, (uint32_t)(desc->max_memory / lmb)))
        return error_set(error, PAPRIKA_ERROR_HOST,
                         "no memory for the connectors of %" G_GUINT64_FORMAT " memory blocks",
                         desc->max_memory / lmb);
    hotplug->lmb = lmb;
    hotplug->rma = desc->rma;
    drc_attach(hotplug->lmbs, 0, hotplug_lmb_unit(hotplug, desc->rma), DRC_FIXED);
    drc_attach(hotplug->lmbs, hotplug_lmb_unit(hotplug, desc->rma),
               hotplug_lmb_unit(hotplug, desc->memory - desc->rma), DRC_COLD);
    for (unsigned i = 0; i < hotplug->memory->len; i++) {
        const GuestRange *range = &g_array_index(hotplug->memory, GuestRange, i);

        drc_attach(hotplug->lmbs, hotplug_lmb_unit(hotplug, range->start),
                   hotplug_lmb_unit(hotplug, range->end - range->start), DRC_COLD);
    }
    return TRUE;
}

void hotplug_reset(Hotplug *hotplug)
{
    const Vm *vm = hotplug->vm;

    drc_table_reset(hotplug->drcs);
    for (unsigned i = 0; i < vm->n_vcpus; i++) {
        Vcpu *cpu = vm->vcpus[i];

        g_mutex_lock(&cpu->lock);
        cpu->isolated = !hotplug->core_present[cpu->index / vm->config->threads];
        g_mutex_unlock(&cpu->lock);
    }
}

void hotplug_set_core(Hotplug *hotplug, unsigned core, gboolean present)
{
    hotplug->core_present[core] = !!present;
    if (present)
        drc_attach(hotplug->cores, core, 1, DRC_HOT);
    else
        drc_detach(hotplug->cores, core, 1);
}

void hotplug_add_memory(Hotplug *hotplug, uint64_t base, uint64_t size)
{
    GuestRange range = {base, base + size};
    unsigned at = 0;

    while (at < hotplug->memory->len && g_array_index(hotplug->memory, GuestRange, at).start < base)
        at++;
    g_array_insert_val(hotplug->memory, at, range);
    drc_attach(hotplug->lmbs, hotplug_lmb_unit(hotplug, base), hotplug_lmb_unit(hotplug, size),
               DRC_HOT);
}

void hotplug_remove_memory(Hotplug *hotplug, uint64_t base)
{
    for (unsigned i = 0; i < hotplug->memory->len; i++) {
        GuestRange range = g_array_index(hotplug->memory, GuestRange, i);

        if (range.start != base)
            continue;
        g_array_remove_index(hotplug->memory, i);
        drc_detach(hotplug->lmbs, hotplug_lmb_unit(hotplug, base),
                   hotplug_lmb_unit(hotplug, range.end - base));
        return;
    }
}
