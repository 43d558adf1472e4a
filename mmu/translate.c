/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "mmu/translate.h"

#include <inttypes.h>

#include "mmu/hpt_peek.h"
#include "mmu/mmu.h"
#include "src/base/error.h"
#include "src/base/guest_mem.h"

/** Real mode takes no notice of the four top bits. */
#define REAL_MODE_BITS UINT64_C(0x0fffffffffffffff)

static gboolean read_guest(void *opaque, uint64_t addr, uint64_t *value)
{
    return guest_mem_load_be64(opaque, addr, value);
}

static gboolean radix_failure(const RadixWalk *walk, RadixWalkStatus status, GError **error)
{
    if (status == RADIX_WALK_NO_MEMORY)
        return error_set(error, PAPRIKA_ERROR_USAGE,
                         "0x%" PRIx64 " of process %u: %s, at 0x%" PRIx64, walk->ea, walk->pid,
                         radix_walk_status_name(status), walk->failed);
    if (walk->steps) {
        const RadixStep *step = &walk->path[walk->steps - 1];

        return error_set(error, PAPRIKA_ERROR_USAGE,
                         "0x%" PRIx64 " of process %u: %s, in entry %u of the table at 0x%" PRIx64
                         ", which is 0x%" PRIx64,
                         walk->ea, walk->pid, radix_walk_status_name(status), step->index,
                         step->table, step->value);
    }
    return error_set(error, PAPRIKA_ERROR_USAGE, "0x%" PRIx64 " of process %u: %s", walk->ea,
                     walk->pid, radix_walk_status_name(status));
}

static gboolean translate_radix(Vcpu *cpu, uint64_t pid, Translation *out, GError **error)
{
    Vm *vm = cpu->vm;

    if (pid > UINT32_MAX)
        return error_set(error, PAPRIKA_ERROR_USAGE, "%" PRIu64 " is no process id", pid);
    RadixWalkStatus status = radix_walk(read_guest, vm->mem, mmu_process_table(vm->mmu),
                                        (uint32_t)pid, out->ea, &out->radix);
    if (status != RADIX_WALK_FOUND)
        return radix_failure(&out->radix, status, error);
    out->kind = TRANSLATION_RADIX;
    out->real = out->radix.real;
    return TRUE;
}

static gboolean find_segment(Vcpu *cpu, Translation *out, GError **error)
{
    HvSlbEntry raw[HV_MAX_SLB];
    HptSlbEntry slb[HV_MAX_SLB];
    int ret = cpu->vm->ops->vcpu_get_slb(cpu->hv, raw);

    if (ret < 0)
        return error_set_errno(error, PAPRIKA_ERROR_HOST, -ret,
                               "cannot read the segments of vCPU %u", cpu->id);
    for (unsigned i = 0; i < HV_MAX_SLB; i++)
        slb[i] = (HptSlbEntry){.esid = raw[i].esid, .vsid = raw[i].vsid};

    HptWalkStatus status = hpt_walk_segment(slb, HV_MAX_SLB, out->ea, &out->target);
    if (status == HPT_WALK_FOUND) {
        out->segment = raw[out->target.slb_index];
        return TRUE;
    }
    return error_set(error, PAPRIKA_ERROR_USAGE, "0x%" PRIx64 ": %s", out->ea,
                     status == HPT_WALK_NO_SEGMENT ? "vCPU has no segment for it now"
                                                   : "its segment has a reserved size");
}

static gboolean translate_hash(Vcpu *cpu, Translation *out, GError **error)
{
    Vm *vm = cpu->vm;
    HptGeometry geometry;
    uint64_t groups[2];

    out->hpt_order = mmu_hpt_order(vm->mmu);
    if (!hpt_geometry_init(&geometry, out->hpt_order))
        return error_set(error, PAPRIKA_ERROR_HOST, "the guest has no hash page table");
    if (!find_segment(cpu, out, error))
        return FALSE;
    for (unsigned secondary = 0; secondary < 2; secondary++) {
        HptEntry entries[HPT_GROUP_SLOTS];

        groups[secondary] = hpt_walk_group(&out->target, &geometry, (gboolean)secondary);
        if (!hpt_peek_group(vm->ops, vm->hv, out->hpt_order, groups[secondary], entries, error))
            return FALSE;
        for (unsigned i = 0; i < HPT_GROUP_SLOTS; i++) {
            if (!hpt_walk_matches(&out->target, entries[i], (gboolean)secondary))
                continue;
            out->kind = TRANSLATION_HASH;
            out->hpt = (HptWalk){
                .index = hpt_index_of(groups[secondary], i),
                .entry = entries[i],
                .secondary = (gboolean)secondary,
                .size = hpte_page_size(entries[i]),
                .real = hpte_real_address(entries[i], out->ea),
            };
            out->real = out->hpt.real;
            return TRUE;
        }
    }
    return error_set(error, PAPRIKA_ERROR_USAGE,
                     "0x%" PRIx64 ": not mapped: segment 0x%" PRIx64
                     ", no entry in groups 0x%" PRIx64 " and 0x%" PRIx64,
                     out->ea, out->target.va.vsid, groups[0], groups[1]);
}

gboolean mmu_translate(Vcpu *cpu, uint64_t ea, const uint64_t *pid, Translation *translation,
                       GError **error)
{
    Vm *vm = cpu->vm;
    HvRegs regs = {0};
    gboolean radix = mmu_is_radix(vm->mmu);
    int ret = vm->ops->vcpu_get_regs(cpu->hv, &regs);

    if (ret < 0)
        return error_set_errno(error, PAPRIKA_ERROR_HOST, -ret,
                               "cannot read the registers of vCPU %u", cpu->id);
    *translation = (Translation){.ea = ea, .msr = regs.msr};
    if (pid && !radix)
        return error_set(error, PAPRIKA_ERROR_USAGE,
                         "a process id means nothing with a hash page table");
    if (!pid && !(regs.msr & HV_MSR_DR)) {
        translation->kind = TRANSLATION_REAL_MODE;
        translation->real = ea & REAL_MODE_BITS;
    } else if (!(radix ? translate_radix(cpu, pid ? *pid : regs.pid, translation, error)
                       : translate_hash(cpu, translation, error))) {
        return FALSE;
    }
    translation->in_memory = guest_mem_ptr(vm->mem, translation->real, 1) != NULL;
    return TRUE;
}
