/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hw/spapr/machine_desc.h"

#include "hw/spapr/cpu_level.h"
#include "hw/spapr/cpu_model.h"
#include "hw/spapr/numa.h"
#include "mmu/hpt_policy.h"
#include "mmu/hpt_size.h"
#include "mmu/mmu_choose.h"
#include "mmu/page_sizes.h"
#include "src/base/error.h"

enum {
    /** Pages of XIVE as KVM passes them on, from a host with pages of 64K. */
    XIVE_PAGE_SHIFT = 16,
};

/** Huge pages of the host's default size: 2M under radix, else 16M. */
static uint64_t backing_page_default(const VmConfig *config, const HvCaps *caps)
{
    if (config->memory_backing != MEMORY_HUGETLB)
        return caps->page_size;
    return caps->radix ? 2 * MIB : 16 * MIB;
}

static gboolean machine_set_cpus(MachineDesc *desc, GError **error)
{
    const VmConfig *config = desc->config;

    if (!cpu_model_find(desc->caps->cpu.pvr))
        return error_set(error, PAPRIKA_ERROR_HOST,
                         "this host's processor (PVR %#x) is none of POWER8 to POWER11, for which "
                         "Paprika knows what to tell a guest",
                         desc->caps->cpu.pvr);
    if (!config->threads || config->threads > CONFIG_MAX_THREADS || !config->cpus ||
        config_max_cpus(config) > CONFIG_MAX_VCPUS || config->cpus % config->threads ||
        config->max_cpus % config->threads)
        return error_set(error, PAPRIKA_ERROR_USAGE,
                         "--cpus %u,threads=%u: processors must be whole cores, up to %d in all",
                         config->cpus, config->threads, CONFIG_MAX_VCPUS);
    if (desc->caps->smt_possible && !(desc->caps->smt_possible & config->threads))
        return error_set(
            error, PAPRIKA_ERROR_USAGE,
            "--cpus %u,threads=%u: KVM does not grant %u threads per core on this host",
            config->cpus, config->threads, config->threads);
    desc->threads = config->threads;
    desc->cores = config->cpus / config->threads;
    desc->max_cores = config_max_cpus(config) / config->threads;
    desc->stride = config->threads;
    desc->irq_servers = (desc->max_cores - 1) * desc->stride + desc->threads;
    return TRUE;
}

static gboolean machine_set_irq(MachineDesc *desc, GError **error)
{
    desc->irq = irq_kind_choose(desc->config, desc->caps);
    desc->xive_page_shift = XIVE_PAGE_SHIFT;
    return irq_check_choice(desc->config, desc->caps, error);
}

uint64_t machine_lmb_size(uint64_t sizes)
{
    for (uint64_t size = MACHINE_LMB_MAX; size >= MACHINE_LMB_MIN; size /= 2) {
        if (sizes % size == 0)
            return size;
    }
    return 0;
}

/** Bytes of the node that address 0 is in. */
static uint64_t machine_first_node(const VmConfig *config)
{
    return numa_memory_end(config, numa_node_of_memory(config, 0));
}

/** Where memory of nodes ends, of all of them by "or". */
static uint64_t machine_node_ends(const VmConfig *config)
{
    uint64_t ends = 0;

    for (unsigned node = 0; node < numa_nodes(config); node++)
        ends |= numa_memory_end(config, node);
    return ends;
}

/** Lay memory out with a real mode area of at most @limit bytes, a power of two. */
static gboolean machine_set_memory(MachineDesc *desc, uint64_t limit, GError **error)
{
    uint64_t memory = desc->config->memory;
    uint64_t rma = MIN(machine_first_node(desc->config), MIN(limit, MACHINE_RMA_MAX));
    uint64_t most = config_max_memory(desc->config);
    /* Once settled it does not grow: what is plugged is made of such blocks. */
    uint64_t lmb =
        machine_lmb_size(memory | rma | most | desc->lmb_limit | machine_node_ends(desc->config));

    if (!memory || !rma || !lmb)
        return error_set(error, PAPRIKA_ERROR_USAGE,
                         "--memory: %" G_GUINT64_FORMAT " bytes are not a multiple of %u MiB",
                         memory, (unsigned)(MACHINE_LMB_MIN / MIB));
    if (most / lmb > MACHINE_MAX_LMBS) {
        uint64_t multiple = lmb;

        while (most / multiple > MACHINE_MAX_LMBS)
            multiple *= 2;
        return error_set(error, PAPRIKA_ERROR_USAGE,
                         "--memory: so much must be a multiple of %u MiB, since guests can't keep "
                         "track of more than %d blocks of it (%" G_GUINT64_FORMAT " bytes are not)",
                         (unsigned)(multiple / MIB), MACHINE_MAX_LMBS, most);
    }
    desc->memory = memory;
    desc->max_memory = most;
    desc->rma = rma;
    desc->lmb = lmb;
    return TRUE;
}

gboolean machine_desc_set_radix(MachineDesc *desc, GError **error)
{
    desc->radix = TRUE;
    desc->hpt_order = 0;
    return machine_set_memory(desc, MACHINE_RMA_MAX, error);
}

/** What a hash guest is told of segments and pages. */
static gboolean machine_set_hash(MachineDesc *desc, GError **error)
{
    const HvSmmuInfo *smmu = &desc->caps->smmu;

    desc->radix = FALSE;
    desc->hpt_resize = hpt_policy_resizable(desc->config, desc->caps);
    desc->one_t_segments = smmu->one_t_segments;
    desc->slb_entries = smmu->slb_entries;
    page_sizes_filter(smmu, desc->backing_page, desc->sps);
    if (!desc->sps[0].shift)
        return error_set(error, PAPRIKA_ERROR_HOST,
                         "KVM offers no hash page size that memory with pages of %" G_GUINT64_FORMAT
                         " KiB can serve",
                         desc->backing_page / 1024);
    return TRUE;
}

/** The real mode area is what a table of @order covers. */
static gboolean machine_set_area(MachineDesc *desc, uint32_t order, GError **error)
{
    uint64_t limit = hpt_vrma_limit(order, desc->backing_page);

    if (limit < MACHINE_LMB_MIN)
        return error_set(error, PAPRIKA_ERROR_HOST,
                         "a hash page table of 2^%u bytes lets the guest start in %u MiB only, "
                         "which no kernel fits into; free memory on the host, or use --mmu radix "
                         "where the host has it",
                         order, (unsigned)(limit / MIB));
    return machine_set_memory(desc, limit, error);
}

gboolean machine_desc_set_hpt(MachineDesc *desc, uint32_t order, GError **error)
{
    desc->hpt_order = order;
    return machine_set_area(desc, order, error) && machine_set_hash(desc, error);
}

static uint32_t machine_hpt_order(const MachineDesc *desc)
{
    gboolean resizable = hpt_policy_resizable(desc->config, desc->caps);

    return hpt_policy_first_order(desc->config, resizable, desc->backing_page);
}

gboolean machine_desc_set_negotiable(MachineDesc *desc, const CasOffer *offer, GError **error)
{
    desc->negotiable = TRUE;
    desc->offer = *offer;
    if (!desc->offer.hash)
        return TRUE;

    uint32_t planned = machine_hpt_order(desc);
    return machine_set_area(desc, desc->radix ? planned : MIN(planned, desc->hpt_order), error);
}

gboolean machine_desc_has_core(const MachineDesc *desc, unsigned core)
{
    return desc->core_present ? desc->core_present[core] : core < desc->cores;
}

unsigned machine_desc_isa(const MachineDesc *desc)
{
    return cpu_level_isa(desc->caps->cpu.pvr, desc->terms.cpu_pvr);
}

static gboolean machine_check_rpt_invalidate(const MachineDesc *desc, GError **error)
{
    if (desc->config->rpt_invalidate && !desc->caps->rpt_invalidate)
        return error_set(error, PAPRIKA_ERROR_USAGE,
                         "--rpt-invalidate: this host's KVM does not answer H_RPT_INVALIDATE");
    return TRUE;
}

static gboolean machine_set_translation(MachineDesc *desc, GError **error)
{
    const VmConfig *config = desc->config;
    gboolean radix;

    if (!mmu_choose(config->mmu, config->max_cpu_compat, desc->caps, &radix, error))
        return FALSE;
    if (radix)
        return machine_desc_set_radix(desc, error);
    return machine_desc_set_hpt(desc, machine_hpt_order(desc), error);
}

gboolean machine_desc_init(MachineDesc *desc, const VmConfig *config, const HvCaps *caps,
                           uint64_t backing_page, const char *uuid, GError **error)
{
    *desc = (MachineDesc){
        .config = config,
        .caps = caps,
        .uuid = uuid,
        .boot_end = UINT64_MAX,
        .backing_page = backing_page ? backing_page : backing_page_default(config, caps),
    };
    machine_terms_init(&desc->terms, cpu_level_at_start(caps->cpu.pvr, config->max_cpu_compat));
    return machine_set_cpus(desc, error) && machine_set_irq(desc, error) &&
           machine_check_rpt_invalidate(desc, error) && machine_set_translation(desc, error);
}
