/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/vmm/host_profile.h"

#include <string.h>

enum { HOST_TIMEBASE = 512000000 };

/* What KVM-HV says on each of these processors (KVM_PPC_GET_SMMU_INFO). */
#define HV_SEGMENTS                                                                                \
    .valid = TRUE, .page_sizes_real = TRUE, .one_t_segments = TRUE, .slb_entries = 32,             \
    .sps = {                                                                                       \
        {.shift = 12, .slb_enc = 0, .enc = {{12, 0}, {24, 56}}},                                   \
        {.shift = 16, .slb_enc = 0x110, .enc = {{16, 1}, {24, 8}}},                                \
        {.shift = 24, .slb_enc = 0x100, .enc = {{24, 0}}},                                         \
    }

/* 4K, 64K, 2M and 1G (KVM_PPC_GET_RMMU_INFO). */
#define RADIX_PAGES                                                                                \
    .valid = TRUE, .ap_count = 4, .ap_encodings = {0x0000000c, 0xa0000010, 0x20000015, 0x4000001e}

#define COMMON                                                                                     \
    .api_version = 12, .hv = TRUE, .fwnmi = TRUE, .rpt_invalidate = TRUE, .smt = 1,                \
    .max_vcpus = 2048, .max_vcpu_id = 16384, .nr_memslots = 512, .page_size = 65536

#define POWER9_CPU                                                                                 \
    .cpu = {                                                                                       \
        .pvr = 0x004e1202,                                                                         \
        .timebase = HOST_TIMEBASE,                                                                 \
        .clock = 3800000000,                                                                       \
        .dcache = {32768, 128, 32},                                                                \
        .icache = {32768, 128, 32},                                                                \
    }

static const struct {
    const char *name;
    HvCaps caps;
} profiles[] = {
    {"power8",
     {COMMON, .hash = TRUE, .irq_xics = TRUE, .hwrng = TRUE, .resize_hpt = TRUE, .ail_mode_3 = TRUE,
      .htm = TRUE,
      /* SMT is off on a POWER8 host that runs guests. */
      .smt_possible = 1, .smmu = {HV_SEGMENTS},
      .cpu = {.pvr = 0x004d0200,
              .timebase = HOST_TIMEBASE,
              .clock = 3425000000,
              .dcache = {65536, 128, 64},
              .icache = {32768, 128, 32}}}},
    {"power9",
     {COMMON, .radix = TRUE, .hash_v3 = TRUE, .hash = TRUE, .irq_xics = TRUE, .irq_xive = TRUE,
      .hwrng = TRUE, .resize_hpt = TRUE, .ail_mode_3 = TRUE, .large_decrementer = TRUE,
      .nested_hv = TRUE, .smt_possible = 15, .smmu = {HV_SEGMENTS}, .rmmu = {RADIX_PAGES},
      POWER9_CPU}},
    {"power10",
     {COMMON, .radix = TRUE, .hash_v3 = TRUE, .hash = TRUE, .irq_xics = TRUE, .irq_xive = TRUE,
      .hwrng = TRUE, .resize_hpt = TRUE, .ail_mode_3 = TRUE, .large_decrementer = TRUE,
      .dawr1 = TRUE, .nested_hv = TRUE, .smt_possible = 15, .smmu = {HV_SEGMENTS},
      .rmmu = {RADIX_PAGES},
      .cpu = {.pvr = 0x00800200,
              .timebase = HOST_TIMEBASE,
              .clock = 4000000000,
              .dcache = {32768, 128, 32},
              .icache = {49152, 128, 64}}}},
    {"nested",
     {COMMON, .nested = TRUE, .radix = TRUE, .irq_xics = TRUE, .large_decrementer = TRUE,
      .smt_possible = 15, .smmu = {HV_SEGMENTS, .no_hash = TRUE}, .rmmu = {RADIX_PAGES},
      POWER9_CPU}},
};

gboolean host_profile_get(const char *name, HvCaps *caps)
{
    for (size_t i = 0; i < G_N_ELEMENTS(profiles); i++) {
        if (!strcmp(name, profiles[i].name)) {
            *caps = profiles[i].caps;
            return TRUE;
        }
    }
    return FALSE;
}
