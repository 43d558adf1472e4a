/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What was found out about the host, as text and as JSON. */
#include <inttypes.h>

#include "hw/spapr/irq/irq.h"
#include "paprika_config.h"
#include "src/base/json_out.h"
#include "src/vmm/host_info.h"

/** The low bits of a KVM_PPC_GET_RMMU_INFO entry: log2 of the page size. */
enum { RADIX_AP_SHIFT_MASK = 0x3f };

/** Capabilities that are no more than there or not. */
static const struct {
    const char *name;
    const char *title;
    size_t offset;
} features[] = {
#define FEATURE(field, title)                                                                      \
    {                                                                                              \
#field, title, G_STRUCT_OFFSET(HvCaps, field)                                              \
    }
    FEATURE(resize_hpt, "hash page table resize"),
    FEATURE(hash_v3, "hash guests on a radix host"),
    FEATURE(fwnmi, "machine checks to the guest (FWNMI)"),
    FEATURE(rpt_invalidate, "H_RPT_INVALIDATE"),
    FEATURE(large_decrementer, "large decrementer"),
    FEATURE(ail_mode_3, "interrupts with translation on (AIL 3)"),
    FEATURE(dawr1, "second data watchpoint"),
    FEATURE(htm, "transactional memory"),
    FEATURE(hwrng, "hardware random numbers"),
    FEATURE(nested_hv, "guests that run guests"),
#undef FEATURE
};

static gboolean feature_on(const HvCaps *caps, unsigned i)
{
    return *(const gboolean *)G_STRUCT_MEMBER_P(caps, features[i].offset);
}

/** Whether guests on this host can be told of a XIVE of ours. */
static gboolean xive_user(const HvCaps *caps)
{
    const VmConfig config = {.irq = IRQ_XIVE, .irq_place = IRQ_IN_USER};
    IrqKind kind;

    return irq_kind_find(&config, caps, TRUE, &kind);
}

static const char *yes_no(gboolean on) { return on ? "yes" : "no"; }

/** 2^@shift bytes as 4K, 16M and so on. */
static void append_size(GString *out, uint32_t shift)
{
    static const char *const units[] = {"", "K", "M", "G", "T", "P"};
    uint32_t unit = MIN(shift / 10, (uint32_t)G_N_ELEMENTS(units) - 1);

    g_string_append_printf(out, "%" PRIu64 "%s",
                           UINT64_C(1) << MIN(shift - 10 * unit, UINT32_C(63)), units[unit]);
}

static void row(GString *out, const char *title, const char *format, ...) G_GNUC_PRINTF(3, 4);

static void row(GString *out, const char *title, const char *format, ...)
{
    va_list args;

    g_string_append_printf(out, "  %-24s", title);
    va_start(args, format);
    g_string_append_vprintf(out, format, args);
    va_end(args);
    g_string_append_c(out, '\n');
}

static void text_radix(GString *out, const HvCaps *caps)
{
    g_autoptr(GString) sizes = g_string_new(NULL);

    for (unsigned i = 0; i < caps->rmmu.ap_count; i++) {
        g_string_append(sizes, i ? ", " : ": pages of ");
        append_size(sizes, caps->rmmu.ap_encodings[i] & RADIX_AP_SHIFT_MASK);
    }
    row(out, "radix", "%s%s", yes_no(caps->radix), caps->radix ? sizes->str : "");
}

static void text_hash(GString *out, const HostInfo *info)
{
    const HvSmmuInfo *smmu = &info->caps->smmu;
    gboolean hash = info->caps->hash && !smmu->no_hash;

    row(out, "hash page table", "%s", yes_no(hash));
    if (!hash)
        return;
    for (unsigned i = 0; smmu->valid && i < HV_MAX_PAGE_SIZES && smmu->sps[i].shift; i++) {
        g_autoptr(GString) sizes = g_string_new("segments of ");
        append_size(sizes, smmu->sps[i].shift);
        for (unsigned j = 0; j < HV_MAX_PAGE_SIZES && smmu->sps[i].enc[j].shift; j++) {
            g_string_append(sizes, j ? ", " : " with pages of ");
            append_size(sizes, smmu->sps[i].enc[j].shift);
        }
        row(out, "", "%s", sizes->str);
    }
    if (info->hpt_order) {
        g_autoptr(GString) size = g_string_new(NULL);
        append_size(size, info->hpt_order);
        row(out, "largest table now", "order %u (%s bytes)", info->hpt_order, size->str);
    } else {
        row(out, "largest table now", "none%s",
            info->vm_error ? ": no VM to try it on" : ": the kernel has no memory for it");
    }
}

static void text_smt(GString *out, const HvCaps *caps)
{
    g_autoptr(GString) modes = g_string_new(NULL);

    for (unsigned bit = 0; bit < 32; bit++) {
        if (caps->smt_possible >> bit & 1)
            g_string_append_printf(modes, "%s%u", modes->len ? ", " : "", 1u << bit);
    }
    row(out, "threads per core", "%s", modes->len ? modes->str : "1");
}

char *host_info_text(const HostInfo *info)
{
    const HvCaps *caps = info->caps;
    GString *out = g_string_new("Host\n");

    row(out, "processor", "%s (PVR %08x)", info->family, caps->cpu.pvr);
    if (caps->cpu.model)
        row(out, "model", "%s", caps->cpu.model);
    row(out, "clock", "%" PRIu64 " MHz, timebase %u MHz", caps->cpu.clock / 1000000,
        caps->cpu.timebase / 1000000);
    row(out, "base page", "%" PRIu64 "K", caps->page_size >> 10);
    row(out, "is a partition", "%s", yes_no(caps->nested));

    g_string_append(out, "\nKVM\n");
    row(out, "API version", "%d", caps->api_version);
    row(out, "HV guests", "%s", yes_no(caps->hv));
    row(out, "virtual CPUs", "up to %u, ids up to %u", caps->max_vcpus, caps->max_vcpu_id);
    row(out, "memory slots", "%u", caps->nr_memslots);
    text_smt(out, caps);
    row(out, "interrupt controllers", "%s%s%s%s", caps->irq_xive ? "XIVE (kernel), " : "",
        caps->irq_xics ? "XICS (kernel), " : "", xive_user(caps) ? "XIVE (user space), " : "",
        "XICS (user space)");

    g_string_append(out, "\nTranslation\n");
    text_radix(out, caps);
    text_hash(out, info);

    g_string_append(out, "\nFeatures\n");
    for (unsigned i = 0; i < G_N_ELEMENTS(features); i++)
        g_string_append_printf(out, "  %-40s%s\n", features[i].title, yes_no(feature_on(caps, i)));

    g_string_append(out, "\nWhat Paprika chooses\n");
    row(out, "--mmu auto", "%s", info->mmu ? info->mmu : "nothing: the host offers neither");
    row(out, "--irq auto", "%s", info->irq);
    if (info->vm_error)
        g_string_append_printf(out, "\nNo guest can run: %s\n", info->vm_error);
    return g_string_free(out, FALSE);
}

static void json_page_sizes(JsonOut *json, const HvCaps *caps)
{
    json_out_begin_array(json, "radix_page_sizes");
    for (unsigned i = 0; i < caps->rmmu.ap_count; i++)
        json_out_uint(json, NULL,
                      UINT64_C(1) << (caps->rmmu.ap_encodings[i] & RADIX_AP_SHIFT_MASK));
    json_out_end(json);

    json_out_begin_array(json, "segments");
    for (unsigned i = 0; caps->smmu.valid && i < HV_MAX_PAGE_SIZES; i++) {
        const HvSegmentPageSize *sps = &caps->smmu.sps[i];
        if (!sps->shift)
            break;
        json_out_begin_object(json, NULL);
        json_out_uint(json, "page_size", UINT64_C(1) << MIN(sps->shift, UINT32_C(63)));
        json_out_begin_array(json, "actual_page_sizes");
        for (unsigned j = 0; j < HV_MAX_PAGE_SIZES && sps->enc[j].shift; j++)
            json_out_uint(json, NULL, UINT64_C(1) << MIN(sps->enc[j].shift, UINT32_C(63)));
        json_out_end(json);
        json_out_end(json);
    }
    json_out_end(json);
}

static void json_cpu(JsonOut *json, const HostInfo *info)
{
    const HvHostCpu *cpu = &info->caps->cpu;
    char pvr[16];

    g_snprintf(pvr, sizeof(pvr), "0x%08x", cpu->pvr);
    json_out_begin_object(json, "cpu");
    json_out_string(json, "family", info->family);
    json_out_string(json, "pvr", pvr);
    json_out_string(json, "model", cpu->model);
    json_out_uint(json, "clock_hz", cpu->clock);
    json_out_uint(json, "timebase_hz", cpu->timebase);
    json_out_end(json);
}

static void json_translation(JsonOut *json, const HostInfo *info)
{
    const HvCaps *caps = info->caps;

    json_out_begin_object(json, "translation");
    json_out_bool(json, "radix", caps->radix);
    json_out_bool(json, "hash", caps->hash && !caps->smmu.no_hash);
    json_page_sizes(json, caps);
    if (info->hpt_order)
        json_out_uint(json, "largest_hpt_order", info->hpt_order);
    else
        json_out_null(json, "largest_hpt_order");
    json_out_end(json);
}

static void json_lists(JsonOut *json, const HvCaps *caps)
{
    json_out_begin_array(json, "threads_per_core");
    for (unsigned bit = 0; bit < 32; bit++) {
        if (caps->smt_possible >> bit & 1)
            json_out_uint(json, NULL, UINT64_C(1) << bit);
    }
    json_out_end(json);

    json_out_begin_array(json, "interrupt_controllers");
    if (caps->irq_xive)
        json_out_string(json, NULL, "xive-kernel");
    if (caps->irq_xics)
        json_out_string(json, NULL, "xics-kernel");
    if (xive_user(caps))
        json_out_string(json, NULL, "xive-user");
    json_out_string(json, NULL, "xics-user");
    json_out_end(json);

    json_out_begin_object(json, "features");
    for (unsigned i = 0; i < G_N_ELEMENTS(features); i++)
        json_out_bool(json, features[i].name, feature_on(caps, i));
    json_out_end(json);
}

char *host_info_json(const HostInfo *info)
{
    const HvCaps *caps = info->caps;
    JsonOut json;

    json_out_init(&json);
    json_out_begin_object(&json, NULL);
    json_out_bool(&json, "kvm", TRUE);
    json_out_string(&json, "paprika", PAPRIKA_VERSION);
    json_cpu(&json, info);
    json_out_uint(&json, "page_size", caps->page_size);
    json_out_uint(&json, "api_version", (uint64_t)MAX(caps->api_version, 0));
    json_out_bool(&json, "hv", caps->hv);
    json_out_bool(&json, "nested", caps->nested);
    json_out_uint(&json, "max_vcpus", caps->max_vcpus);
    json_out_uint(&json, "max_vcpu_id", caps->max_vcpu_id);
    json_out_uint(&json, "memory_slots", caps->nr_memslots);
    json_lists(&json, caps);
    json_translation(&json, info);
    json_out_begin_object(&json, "choice");
    json_out_string(&json, "mmu", info->mmu);
    json_out_string(&json, "irq", info->irq);
    json_out_end(&json);
    json_out_string(&json, "vm_error", info->vm_error);
    return json_out_finish(&json);
}
