/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hw/spapr/cpu_model.h"

#include <string.h>

#include "include/paprika/papr.h"

#define KIB 1024

#define POWER8_CACHES                                                                              \
    .dcache = {.size = 64 * KIB, .line = 128, .sets = 64},                                         \
    .icache = {.size = 32 * KIB, .line = 128, .sets = 32}
#define POWER9_CACHES                                                                              \
    .dcache = {.size = 32 * KIB, .line = 128, .sets = 32},                                         \
    .icache = {.size = 32 * KIB, .line = 128, .sets = 32}
#define POWER10_CACHES                                                                             \
    .dcache = {.size = 32 * KIB, .line = 128, .sets = 32},                                         \
    .icache = {.size = 48 * KIB, .line = 128, .sets = 64}

static const CpuModel models[] = {
    {PVR_FAMILY_POWER8E, "POWER8E", "PowerPC,POWER8", 207, POWER8_CACHES},
    {PVR_FAMILY_POWER8NVL, "POWER8NVL", "PowerPC,POWER8", 207, POWER8_CACHES},
    {PVR_FAMILY_POWER8, "POWER8", "PowerPC,POWER8", 207, POWER8_CACHES},
    {PVR_FAMILY_POWER9, "POWER9", "PowerPC,POWER9", 300, POWER9_CACHES},
    {PVR_FAMILY_POWER10, "POWER10", "PowerPC,POWER10", 310, POWER10_CACHES},
    {PVR_FAMILY_POWER11, "POWER11", "PowerPC,POWER11", 310, POWER10_CACHES},
};

const CpuModel *cpu_model_find(uint32_t pvr)
{
    for (size_t i = 0; i < G_N_ELEMENTS(models); i++) {
        if (models[i].family == pvr >> 16)
            return &models[i];
    }
    return NULL;
}

HvCache cpu_model_cache(const HvCache *host, const HvCache *model)
{
    /* A host that gives no size may still give the line, and then it is right. */
    if (!host->size)
        return (HvCache){model->size, host->line ? host->line : model->line, model->sets};
    return (HvCache){host->size, host->line ? host->line : model->line, host->sets};
}

/** Attribute bits of one byte, for guests of ISA level first to last. */
typedef struct {
    uint8_t byte;
    uint8_t bits;
    uint16_t first, last;
} PaBits;

static const PaBits pa_bits[] = {
    /* MMU, FPU, SLB, CTRL run latch, data breakpoint, no-execute */
    {0, 0xf6, 207, 310},
    /* fri[nzpm], SPRG3 readable, SLB class 0, POWER6 page protection */
    {1, 0x1f, 207, 310},
    /* virtual partition memory, ISA 2.05, PPR, ISA 2.02, ISA 2.06 */
    {2, 0xc7, 207, 310},
    /* load string doubleword, unaligned little-endian ok */
    {3, 0xc0, 207, 310},
    /* strong access ordering, gone with ISA 3.1 */
    {4, 0x80, 207, 300},
    /* little-endian, CFAR, event-based branches, load/store quadword */
    {5, 0xf0, 207, 310},
    /* ISA 2.07 */
    {6, 0x80, 207, 310},
    /* vector; vector-scalar; vector XOR */
    {16, 0x80, 207, 310},
    {18, 0x80, 207, 310},
    {20, 0x80, 207, 310},
    /* (22: transactional memory: KVM's is not offered.) */
    /* external decrementer; 64-bit features; performance monitor */
    {24, 0x80, 300, 310},
    {26, 0x80, 300, 310},
    {28, 0x80, 300, 310},
    /* little-endian atomics; event-based branches and their extension */
    {32, 0x80, 300, 310},
    {34, 0xc0, 300, 310},
    /* (40: radix, below.) performance monitor; PC-relative; vectored system call */
    {42, 0x80, 300, 310},
    {44, 0x80, 300, 310},
    {46, 0x80, 300, 310},
    /* SIMD; quad-precision; string */
    {48, 0x80, 300, 310},
    {50, 0x80, 300, 310},
    {52, 0x80, 300, 310},
    /* decimal float; decimal integer; SHA */
    {54, 0x80, 300, 310},
    {56, 0x80, 300, 310},
    {58, 0x80, 300, 310},
    /* atomics on non-memory; random number */
    {60, 0x80, 300, 310},
    {62, 0x80, 300, 310},
    /*
     * (64: second watchpoint, below. 68 to 71: DEXCR aspects, and 72: hash
     * instructions: whether the host's KVM switches those registers between
     * guests can't be asked, so they are told to be absent.)
     */
};

enum {
    PA_CI_LARGE_PAGES_BYTE = 1,
    PA_CI_LARGE_PAGES_BIT = 0x20,
    PA_RADIX_BYTE = 40,
    PA_RADIX_BIT = 0x80,
    PA_DAWR1_BYTE = 64,
    PA_DAWR1_BIT = 0x80,
};

static size_t pa_length(unsigned isa) { return isa >= 310 ? 74 : isa >= 300 ? 66 : 24; }

size_t cpu_model_pa_features(const CpuPaOptions *options, uint8_t out[CPU_PA_FEATURES_MAX])
{
    size_t length = pa_length(options->isa);
    uint8_t *attributes = out + 2;

    memset(out, 0, CPU_PA_FEATURES_MAX);
    /* Header of the one descriptor: bytes that follow it, and its kind. */
    out[0] = (uint8_t)length;
    out[1] = 0;
    for (size_t i = 0; i < G_N_ELEMENTS(pa_bits); i++) {
        if (options->isa >= pa_bits[i].first && options->isa <= pa_bits[i].last)
            attributes[pa_bits[i].byte] |= pa_bits[i].bits;
    }
    if (options->ci_large_pages)
        attributes[PA_CI_LARGE_PAGES_BYTE] |= PA_CI_LARGE_PAGES_BIT;
    if (options->radix && options->isa >= 300)
        attributes[PA_RADIX_BYTE] |= PA_RADIX_BIT;
    if (options->dawr1 && options->isa >= 310)
        attributes[PA_DAWR1_BYTE] |= PA_DAWR1_BIT;
    return 2 + length;
}
