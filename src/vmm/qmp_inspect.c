/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/vmm/qmp_inspect.h"

#include <inttypes.h>

#include "mmu/hpt_peek.h"
#include "mmu/mmu.h"
#include "mmu/proc_table.h"
#include "mmu/translate.h"
#include "src/base/error.h"
#include "src/vmm/plug.h"
#include "src/vmm/vm.h"

/* --- translate ---------------------------------------------------------------------- */

static void write_access(JsonOut *out, const char *name, HptAccess access)
{
    char text[] = "---";

    if (access.read)
        text[0] = 'r';
    if (access.write)
        text[1] = 'w';
    if (access.execute)
        text[2] = 'x';
    json_out_string(out, name, text);
}

static void write_radix(JsonOut *out, const Translation *translation)
{
    const RadixWalk *walk = &translation->radix;
    HptAccess access = {
        .read = (walk->pte & RADIX_PTE_READ) != 0,
        .write = (walk->pte & RADIX_PTE_WRITE) != 0,
        .execute = (walk->pte & RADIX_PTE_EXECUTE) != 0,
    };

    json_out_uint(out, "pid", walk->pid);
    json_out_begin_object(out, "process-table-entry");
    json_out_uint(out, "address", walk->process_addr);
    json_out_uint(out, "value", walk->process);
    json_out_end(out);
    json_out_begin_array(out, "path");
    for (unsigned i = 0; i < walk->steps; i++) {
        json_out_begin_object(out, NULL);
        json_out_uint(out, "table", walk->path[i].table);
        json_out_uint(out, "index", walk->path[i].index);
        json_out_uint(out, "value", walk->path[i].value);
        json_out_uint(out, "covers", UINT64_C(1) << walk->path[i].shift);
        json_out_end(out);
    }
    json_out_end(out);
    json_out_uint(out, "page-size", UINT64_C(1) << walk->page_shift);
    write_access(out, "access", access);
    json_out_bool(out, "privileged", (walk->pte & RADIX_PTE_PRIVILEGED) != 0);
    json_out_bool(out, "referenced", (walk->pte & RADIX_PTE_R) != 0);
    json_out_bool(out, "changed", (walk->pte & RADIX_PTE_C) != 0);
}

static void write_hash(JsonOut *out, const Translation *translation)
{
    const HptWalk *walk = &translation->hpt;
    HptEntry entry = walk->entry;

    json_out_begin_object(out, "segment");
    json_out_uint(out, "slot", translation->target.slb_index);
    json_out_uint(out, "esid", translation->segment.esid);
    json_out_uint(out, "vsid", translation->segment.vsid);
    json_out_uint(out, "size", UINT64_C(1) << translation->target.va.segment_shift);
    json_out_uint(out, "page-size", UINT64_C(1) << translation->target.base_shift);
    json_out_end(out);
    json_out_begin_object(out, "entry");
    json_out_uint(out, "index", walk->index);
    json_out_uint(out, "group", hpt_group_of(walk->index));
    json_out_uint(out, "slot", hpt_slot_of(walk->index));
    json_out_bool(out, "secondary", walk->secondary);
    json_out_bool(out, "bolted", (entry.v & HPTE_V_BOLTED) != 0);
    json_out_uint(out, "v", entry.v);
    json_out_uint(out, "r", entry.r);
    json_out_end(out);
    json_out_uint(out, "hpt-order", translation->hpt_order);
    json_out_uint(out, "page-size", UINT64_C(1) << walk->size.actual);
    write_access(out, "kernel-access", hpt_walk_access(&translation->target, entry, FALSE));
    write_access(out, "user-access", hpt_walk_access(&translation->target, entry, TRUE));
    json_out_uint(out, "key", hpt_walk_key(entry));
    json_out_bool(out, "referenced", (entry.r & HPTE_R_R) != 0);
    json_out_bool(out, "changed", (entry.r & HPTE_R_C) != 0);
}

static void write_translation(JsonOut *out, const Vcpu *cpu, const Translation *translation)
{
    static const char *const kinds[] = {
        [TRANSLATION_REAL_MODE] = "real-mode",
        [TRANSLATION_RADIX] = "radix",
        [TRANSLATION_HASH] = "hash",
    };

    json_out_begin_object(out, "return");
    json_out_uint(out, "cpu", cpu->index);
    json_out_uint(out, "address", translation->ea);
    json_out_string(out, "kind", kinds[translation->kind]);
    json_out_uint(out, "real", translation->real);
    json_out_bool(out, "memory", translation->in_memory);
    if (translation->kind == TRANSLATION_RADIX)
        write_radix(out, translation);
    else if (translation->kind == TRANSLATION_HASH)
        write_hash(out, translation);
    json_out_end(out);
}

gboolean qmp_run_translate(QmpCall *call, GError **error)
{
    uint64_t address = 0, pid;
    gboolean other = qmp_call_uint(call, "pid", &pid);
    Translation translation;

    qmp_call_uint(call, "address", &address);
    Vcpu *cpu = qmp_call_cpu(call, "cpu", error);
    if (!cpu)
        return FALSE;

    vm_look_begin(call->vm);
    gboolean ok = mmu_translate(cpu, address, other ? &pid : NULL, &translation, error);
    vm_look_end(call->vm);
    if (ok)
        write_translation(&call->out, cpu, &translation);
    return ok;
}

/* --- query-mmu ---------------------------------------------------------------------- */

static void write_process_table(JsonOut *out, const MmuInfo *info)
{
    uint64_t size = info->pate1 & 0x1f;

    if (!(info->pate1 & ~PATE1_GUEST_RADIX)) {
        json_out_null(out, "process-table");
        return;
    }
    json_out_begin_object(out, "process-table");
    if (info->radix) {
        json_out_uint(out, "address", info->pate1 & UINT64_C(0x0ffffffffffff000));
        json_out_uint(out, "size", UINT64_C(1) << (size + 12));
    } else {
        json_out_uint(out, "vsid", (info->pate1 & ~PATE1_GUEST_RADIX) >> 25);
        json_out_uint(out, "size", UINT64_C(1) << (size + 12));
    }
    json_out_end(out);
}

static void write_page_sizes(JsonOut *out, const Vm *vm, const MmuInfo *info)
{
    const HvRmmuInfo *rmmu = &vm->caps->rmmu;

    json_out_begin_array(out, "page-sizes");
    for (unsigned i = 0; info->radix && i < rmmu->ap_count; i++)
        json_out_uint(out, NULL, UINT64_C(1) << (rmmu->ap_encodings[i] & 0x3f));
    for (unsigned i = 0; !info->radix && i < HV_MAX_PAGE_SIZES && info->page_sizes[i].shift; i++) {
        const HvSegmentPageSize *base = &info->page_sizes[i];

        json_out_begin_object(out, NULL);
        json_out_uint(out, "base", UINT64_C(1) << base->shift);
        json_out_begin_array(out, "actual");
        for (unsigned j = 0; j < HV_MAX_PAGE_SIZES && base->enc[j].shift; j++)
            json_out_uint(out, NULL, UINT64_C(1) << base->enc[j].shift);
        json_out_end(out);
        json_out_end(out);
    }
    json_out_end(out);
}

gboolean qmp_run_mmu(QmpCall *call, GError **error)
{
    JsonOut *out = &call->out;
    MmuInfo info;

    mmu_describe(call->vm->mmu, &info);
    json_out_begin_object(out, "return");
    json_out_string(out, "kind", info.radix ? "radix" : "hash");
    if (!info.radix) {
        json_out_begin_object(out, "hpt");
        json_out_uint(out, "order", info.order);
        json_out_uint(out, "wanted-order", info.wanted_order);
        json_out_uint(out, "granted-order", info.granted_order);
        json_out_bool(out, "resizable", info.resizable);
        json_out_end(out);
    }
    write_page_sizes(out, call->vm, &info);
    write_process_table(out, &info);
    json_out_bool(out, "gtse", info.gtse);
    json_out_end(out);
    return TRUE;
}

/* --- query-hpt ---------------------------------------------------------------------- */

enum {
    /** How long the guest and the main loop are kept at a time. */
    HPT_SLICE_US = 2000,
    /** How often the guest may resize its table before the command gives up. */
    HPT_STARTS_MAX = 8,
};

/** A table that is being counted: a slice in each turn of the main loop. */
typedef struct {
    QmpCall *call;
    HptCensus census;
    uint32_t order;
    unsigned starts;
    unsigned slices;
    /** The guest has been stopped all the time. */
    gboolean stopped;
    guint source;
} HptCount;

static void count_free(gpointer opaque)
{
    HptCount *count = opaque;

    if (count->source)
        g_source_remove(count->source);
    g_free(count);
}

static void write_stats(JsonOut *out, const HptCount *count)
{
    const HptStats *stats = &count->census.stats;

    json_out_begin_object(out, "return");
    json_out_uint(out, "order", stats->geometry.order);
    json_out_uint(out, "size", stats->geometry.size);
    json_out_uint(out, "slots", stats->geometry.entries);
    json_out_uint(out, "entries", stats->present);
    json_out_uint(out, "bolted", stats->bolted);
    json_out_uint(out, "secondary", stats->secondary);
    json_out_uint(out, "bolted-secondary", stats->bolted_secondary);
    json_out_uint(out, "segment-1t", stats->segment_1t);
    json_out_uint(out, "referenced", stats->referenced);
    json_out_uint(out, "changed", stats->changed);
    json_out_uint(out, "misplaced", stats->misplaced);
    json_out_begin_object(out, "by-page-size");
    for (unsigned kind = 0; kind < HPTE_PAGE_KINDS; kind++) {
        if (stats->by_kind[kind])
            json_out_uint(out, hpte_kind_name((HptePageKind)kind), stats->by_kind[kind]);
    }
    json_out_end(out);
    json_out_begin_array(out, "groups-by-entries");
    for (unsigned i = 0; i <= HPT_GROUP_SLOTS; i++)
        json_out_uint(out, NULL, stats->groups[i]);
    json_out_end(out);
    json_out_bool(out, "consistent", count->stopped || count->slices == 1);
    json_out_end(out);
}

/** Begin, or start over for a table of another size. */
static gboolean count_start(HptCount *count, GError **error)
{
    count->order = mmu_hpt_order(count->call->vm->mmu);
    if (!count->order)
        return error_set(error, PAPRIKA_ERROR_USAGE,
                         "the guest has no hash page table: it is a "
                         "radix guest");
    if (++count->starts > HPT_STARTS_MAX)
        return error_set(error, PAPRIKA_ERROR_USAGE,
                         "the guest resizes its hash page table all the time");
    count->slices = 0;
    count->stopped = TRUE;
    return hpt_census_begin(&count->census, count->order, error);
}

/** With every vCPU parked, so that the table stays as large as it is. */
static gboolean count_slice(HptCount *count, GError **error)
{
    const Vm *vm = count->call->vm;

    if (mmu_hpt_order(vm->mmu) != count->order && !count_start(count, error))
        return FALSE;
    count->slices++;
    count->stopped &= vm->stopped;
    return hpt_census_step(&count->census, vm->ops, vm->hv, HPT_SLICE_US, error);
}

static gboolean on_slice(gpointer opaque)
{
    HptCount *count = opaque;
    Vm *vm = count->call->vm;
    g_autoptr(GError) error = NULL;

    vm_look_begin(vm);
    gboolean ok = count_slice(count, &error);
    vm_look_end(vm);
    if (ok && !hpt_census_is_done(&count->census))
        return G_SOURCE_CONTINUE;
    if (ok)
        write_stats(&count->call->out, count);
    count->source = 0;
    qmp_call_finish(count->call, error);
    return G_SOURCE_REMOVE;
}

gboolean qmp_run_hpt(QmpCall *call, GError **error)
{
    HptCount *count = g_new0(HptCount, 1);

    count->call = call;
    if (!count_start(count, error)) {
        count_free(count);
        return FALSE;
    }
    count->source = g_idle_add_full(G_PRIORITY_DEFAULT, on_slice, count, NULL);
    qmp_call_defer(call, count, count_free);
    return TRUE;
}
