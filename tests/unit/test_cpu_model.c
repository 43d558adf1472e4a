/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hw/spapr/cpu_model.h"

#include "include/paprika/papr.h"

enum { ATTRIBUTES = 2 };

static void test_families(void)
{
    static const struct {
        uint32_t pvr;
        const char *name, *node;
        unsigned isa;
    } known[] = {
        {0x004b0201, "POWER8E", "PowerPC,POWER8", 207},
        {0x004c0100, "POWER8NVL", "PowerPC,POWER8", 207},
        {0x004d0200, "POWER8", "PowerPC,POWER8", 207},
        {0x004e1202, "POWER9", "PowerPC,POWER9", 300},
        {0x00801200, "POWER10", "PowerPC,POWER10", 310},
        {0x00820000, "POWER11", "PowerPC,POWER11", 310},
    };
    static const uint32_t unknown[] = {0, 0x003f0201, 0x004f0000, 0x0f000005, 0xffffffff};

    for (size_t i = 0; i < G_N_ELEMENTS(known); i++) {
        const CpuModel *model = cpu_model_find(known[i].pvr);

        g_assert_nonnull(model);
        g_assert_cmpstr(model->name, ==, known[i].name);
        g_assert_cmpstr(model->node_name, ==, known[i].node);
        g_assert_cmpuint(model->isa, ==, known[i].isa);
        /* Sizes, lines and sets make a whole number of ways. */
        g_assert_cmpuint(model->dcache.size % (model->dcache.line * model->dcache.sets), ==, 0);
        g_assert_cmpuint(model->icache.size % (model->icache.line * model->icache.sets), ==, 0);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(unknown); i++)
        g_assert_null(cpu_model_find(unknown[i]));
}

static void test_caches(void)
{
    const CpuModel *model = cpu_model_find(0x004e1202);
    const HvCache none = {0}, whole = {65536, 64, 16}, line_only = {.line = 64};
    HvCache cache = cpu_model_cache(&none, &model->dcache);

    g_assert_cmpuint(cache.size, ==, 32768);
    g_assert_cmpuint(cache.line, ==, 128);
    g_assert_cmpuint(cache.sets, ==, 32);

    cache = cpu_model_cache(&whole, &model->dcache);
    g_assert_cmpuint(cache.size, ==, 65536);
    g_assert_cmpuint(cache.line, ==, 64);
    g_assert_cmpuint(cache.sets, ==, 16);

    cache = cpu_model_cache(&line_only, &model->dcache);
    g_assert_cmpuint(cache.size, ==, 32768);
    g_assert_cmpuint(cache.line, ==, 64);
}

static size_t features(uint32_t pvr, gboolean radix, gboolean large, gboolean dawr1,
                       uint8_t out[CPU_PA_FEATURES_MAX])
{
    CpuPaOptions options = {
        .isa = cpu_model_find(pvr)->isa,
        .radix = radix,
        .ci_large_pages = large,
        .dawr1 = dawr1,
    };
    size_t length = cpu_model_pa_features(&options, out);

    g_assert_cmpuint(length, <=, CPU_PA_FEATURES_MAX);
    /* One descriptor of kind 0 that is as long as it says. */
    g_assert_cmpuint(out[0] + 2u, ==, length);
    g_assert_cmpuint(out[1], ==, 0);
    /* Transactional memory is never told. */
    g_assert_cmpuint(out[ATTRIBUTES + 22] & 0x80, ==, 0);
    return length;
}

static void test_features_power8(void)
{
    uint8_t out[CPU_PA_FEATURES_MAX];

    g_assert_cmpuint(features(0x004d0200, FALSE, TRUE, FALSE, out), ==, 26);
    g_assert_cmpuint(out[ATTRIBUTES], ==, 0xf6);
    g_assert_cmpuint(out[ATTRIBUTES + 1], ==, 0x3f);
    g_assert_cmpuint(out[ATTRIBUTES + 5] & 0x80, ==, 0x80);
    features(0x004d0200, FALSE, FALSE, FALSE, out);
    g_assert_cmpuint(out[ATTRIBUTES + 1], ==, 0x1f);

    /* What the processor can't do stays off, whoever asks. */
    g_assert_cmpuint(features(0x004d0200, TRUE, TRUE, TRUE, out), ==, 26);
}

static void test_features_power9(void)
{
    uint8_t out[CPU_PA_FEATURES_MAX];

    g_assert_cmpuint(features(0x004e1202, TRUE, TRUE, TRUE, out), ==, 68);
    g_assert_cmpuint(out[ATTRIBUTES + 40], ==, 0x80);
    g_assert_cmpuint(out[ATTRIBUTES + 64], ==, 0);
    features(0x004e1202, FALSE, TRUE, FALSE, out);
    g_assert_cmpuint(out[ATTRIBUTES + 40], ==, 0);
    /* Strong access ordering is of ISA 3.0 still. */
    g_assert_cmpuint(out[ATTRIBUTES + 4], ==, 0x80);
}

static void test_features_power10(void)
{
    uint8_t out[CPU_PA_FEATURES_MAX];

    g_assert_cmpuint(features(0x00800200, TRUE, TRUE, TRUE, out), ==, 76);
    g_assert_cmpuint(out[ATTRIBUTES + 4], ==, 0);
    g_assert_cmpuint(out[ATTRIBUTES + 64], ==, 0x80);
    features(0x00800200, TRUE, TRUE, FALSE, out);
    g_assert_cmpuint(out[ATTRIBUTES + 64], ==, 0);
    /* Said to be absent, not left out: Linux would go by the PVR. */
    for (unsigned i = 68; i <= 73; i++)
        g_assert_cmpuint(out[ATTRIBUTES + i], ==, 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/cpu_model/families", test_families);
    g_test_add_func("/cpu_model/caches", test_caches);
    g_test_add_func("/cpu_model/features/power8", test_features_power8);
    g_test_add_func("/cpu_model/features/power9", test_features_power9);
    g_test_add_func("/cpu_model/features/power10", test_features_power10);
    return g_test_run();
}
