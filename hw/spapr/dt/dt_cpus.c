/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * /cpus: one node per core. The values are what KVM gives to a guest on this
 * host, which is not always what the processor could do.
 */
#include <limits.h>

#include "hw/spapr/cpu_model.h"
#include "hw/spapr/dt/dt_parts.h"
#include "hw/spapr/numa.h"

enum {
    /** Width of the large decrementer of POWER9 and POWER10. */
    LARGE_DECREMENTER_BITS = 56,
    /** "ibm,vmx": 2 says that there is VSX, too. */
    VMX_WITH_VSX = 2,
    /** "ibm,pi-features", byte 0: no doorbells between threads. */
    PI_NO_DOORBELLS = 0x08,
    PAGE_64K_SHIFT = 16,
};

static void dt_add_cache(DtBuilder *builder, char which, const HvCache *cache)
{
    const struct {
        const char *what;
        uint32_t value;
    } properties[] = {
        {"size", cache->size},
        {"line-size", cache->line},
        {"block-size", cache->line},
        {"sets", cache->sets},
    };
    char name[32];

    for (size_t i = 0; i < G_N_ELEMENTS(properties); i++) {
        g_snprintf(name, sizeof(name), "%c-cache-%s", which, properties[i].what);
        if (properties[i].value)
            dt_add_u32(builder, name, properties[i].value);
    }
}

static gboolean page_sizes_include(const MachineDesc *desc, uint32_t shift)
{
    for (unsigned i = 0; i < HV_MAX_PAGE_SIZES && desc->sps[i].shift; i++) {
        if (desc->sps[i].shift == shift)
            return TRUE;
    }
    return FALSE;
}

static void dt_add_features(DtBuilder *builder, const MachineDesc *desc)
{
    CpuPaOptions options = {
        .isa = machine_desc_isa(desc),
        .radix = desc->radix,
        .ci_large_pages =
            desc->terms.large_pages && (desc->radix || page_sizes_include(desc, PAGE_64K_SHIFT)),
        .dawr1 = desc->caps->dawr1,
    };
    uint8_t features[CPU_PA_FEATURES_MAX];
    size_t length = cpu_model_pa_features(&options, features);

    dt_add_bytes(builder, "ibm,pa-features", features, length);
    if (options.isa >= 300) {
        /*
         * KVM runs each thread of these as a partition of its own and emulates
         * msgsndp: the interrupt controller's IPIs are faster.
         */
        const uint8_t pi_features[] = {1, 0, PI_NO_DOORBELLS};

        dt_add_bytes(builder, "ibm,pi-features", pi_features, sizeof(pi_features));
    }
    dt_add_u32(builder, "ibm,vmx", VMX_WITH_VSX);
    dt_add_u32(builder, "ibm,dfp", 1);
    dt_add_u32(builder, "ibm,purr", 1);
    dt_add_u32(builder, "ibm,spurr", 1);
}

/** Base page size, SLB encoding, count, then page size and PTE encoding of each. */
static void dt_add_segment_page_sizes(DtBuilder *builder, const MachineDesc *desc)
{
    uint32_t cells[HV_MAX_PAGE_SIZES * (3 + 2 * HV_MAX_PAGE_SIZES)];
    size_t used = 0;

    for (unsigned i = 0; i < HV_MAX_PAGE_SIZES && desc->sps[i].shift; i++) {
        const HvSegmentPageSize *segment = &desc->sps[i];
        size_t count_at = used + 2;

        cells[used] = segment->shift;
        cells[used + 1] = segment->slb_enc;
        cells[count_at] = 0;
        used += 3;
        for (unsigned j = 0; j < HV_MAX_PAGE_SIZES && segment->enc[j].shift; j++) {
            cells[used++] = segment->enc[j].shift;
            cells[used++] = segment->enc[j].pte_enc;
            cells[count_at]++;
        }
    }
    if (used)
        dt_add_cells(builder, "ibm,segment-page-sizes", cells, used);
}

static void dt_add_hash(DtBuilder *builder, const MachineDesc *desc)
{
    /* No NUMA cookie; the table's order. */
    dt_add_cell_list(builder, "ibm,pft-size", 0, desc->hpt_order);
    dt_add_u32(builder, "slb-size", desc->slb_entries);
    dt_add_u32(builder, "ibm,slb-size", desc->slb_entries);
    if (desc->one_t_segments) {
        /* 256M, 1T, none. */
        dt_add_cell_list(builder, "ibm,processor-segment-sizes", 28, 40, 0xffffffff, 0xffffffff);
    }
    /* Without this list there are pages of 4K only. */
    if (desc->terms.large_pages)
        dt_add_segment_page_sizes(builder, desc);
}

static void dt_add_translation(DtBuilder *builder, const MachineDesc *desc)
{
    const HvRmmuInfo *rmmu = &desc->caps->rmmu;

    if (!desc->radix)
        dt_add_hash(builder, desc);
    else if (rmmu->ap_count)
        dt_add_cells(builder, "ibm,processor-radix-AP-encodings", rmmu->ap_encodings,
                     MIN(rmmu->ap_count, HV_MAX_RADIX_AP));
}

/** Threads as interrupt servers; all of them send to the global queue of server 0. */
static void dt_add_threads(DtBuilder *builder, const MachineDesc *desc, unsigned id)
{
    uint32_t servers[CONFIG_MAX_THREADS], global[2 * CONFIG_MAX_THREADS];

    for (unsigned i = 0; i < desc->threads; i++) {
        servers[i] = id + i;
        global[2 * i] = id + i;
        global[2 * i + 1] = 0;
    }
    dt_add_cells(builder, "ibm,ppc-interrupt-server#s", servers, desc->threads);
    dt_add_cells(builder, "ibm,ppc-interrupt-gserver#s", global, (size_t)2 * desc->threads);
}

static void dt_add_core(DtBuilder *builder, const MachineDesc *desc, const CpuModel *model,
                        unsigned core)
{
    const HvHostCpu *host = &desc->caps->cpu;
    HvCache dcache = cpu_model_cache(&host->dcache, &model->dcache);
    HvCache icache = cpu_model_cache(&host->icache, &model->icache);
    unsigned id = core * desc->stride;
    uint32_t associativity[NUMA_ASSOCIATIVITY_CPU];

    dt_begin_node(builder, "%s@%x", model->node_name, id);
    dt_add_string(builder, "device_type", "cpu");
    dt_add_u32(builder, "reg", id);
    dt_add_u32(builder, "ibm,my-drc-index", drc_index(DRC_CPU, id));
    dt_add_string(builder, "status", "okay");
    dt_add_u32(builder, "cpu-version", desc->terms.cpu_pvr ? desc->terms.cpu_pvr : host->pvr);
    dt_add_flag(builder, "64-bit");
    dt_add_flag(builder, "general-purpose");
    dt_add_threads(builder, desc, id);

    dt_add_u32(builder, "timebase-frequency", host->timebase);
    dt_add_u32(builder, "clock-frequency", (uint32_t)MIN(host->clock, UINT32_MAX));
    dt_add_u64(builder, "ibm,extended-clock-frequency", host->clock);
    if (desc->caps->large_decrementer && machine_desc_isa(desc) >= 300)
        dt_add_u32(builder, "ibm,dec-bits", LARGE_DECREMENTER_BITS);

    dt_add_cache(builder, 'd', &dcache);
    dt_add_cache(builder, 'i', &icache);
    dt_add_features(builder, desc);
    dt_add_translation(builder, desc);

    dt_add_u32(builder, "ibm,chip-id", 0);
    numa_cpu_associativity(desc->config, core * desc->threads, id, associativity);
    dt_add_associativity(builder, associativity, NUMA_ASSOCIATIVITY_CPU);
    dt_end_node(builder);
}

/** The processor's model, or NULL if @desc's cores cannot be described. */
static const CpuModel *find_model(DtBuilder *builder, const MachineDesc *desc)
{
    const CpuModel *model = cpu_model_find(desc->caps->cpu.pvr);

    if (!model)
        dt_fail(builder, "no guest can run on a processor with PVR %#x", desc->caps->cpu.pvr);
    else if (!desc->threads || desc->threads > CONFIG_MAX_THREADS || desc->stride < desc->threads ||
             !desc->cores || desc->max_cores > CONFIG_MAX_VCPUS || desc->cores > desc->max_cores)
        dt_fail(builder, "cannot describe %u cores of %u threads", desc->max_cores, desc->threads);
    else
        return model;
    return NULL;
}

void dt_add_one_core(DtBuilder *builder, const MachineDesc *desc, unsigned core)
{
    const CpuModel *model = find_model(builder, desc);

    if (model)
        dt_add_core(builder, desc, model, core);
}

void dt_add_cpus(DtBuilder *builder, const MachineDesc *desc)
{
    const CpuModel *model = find_model(builder, desc);
    const DtDrcRun run = {DRC_CPU, "CPU", DRC_CPU_PREFIX, desc->max_cores, 0, desc->stride};
    unsigned room = desc->terms.max_cores ? desc->terms.max_cores : UINT_MAX;

    if (!model)
        return;
    dt_begin_node(builder, "cpus");
    dt_add_u32(builder, "#address-cells", 1);
    dt_add_u32(builder, "#size-cells", 0);
    dt_add_drcs(builder, desc, &run);
    for (unsigned core = 0; core < desc->max_cores && room; core++) {
        if (!machine_desc_has_core(desc, core))
            continue;
        dt_add_core(builder, desc, model, core);
        room--;
    }
    dt_end_node(builder);
}
