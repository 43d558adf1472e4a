/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The cost of a rehash in instructions per entry, counted by callgrind, so that
 * it is the same on every run: small, and the same for small and large tables.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <glib.h>

#include "mmu/hpt_ops.h"
#include "mmu/hpt_rehash.h"
#include "tests/unit/hpt_model.h"

enum {
    ORDER_SMALL = 18,
    ORDER_LARGE = 24,
    /* 52 were measured with gcc 12 at -O2 for x86_64, a table of which two slots in three are
     * taken: 35 for each slot, empty or not. */
    INSTRUCTIONS_MAX = 58,
};

/** The table that is measured: most slots taken by bolted pages of 4K, 64K and 16M. */
static HptTable *fill(uint32_t order)
{
    static const HptePageKind kinds[] = {HPTE_PAGE_4K, HPTE_PAGE_64K, HPTE_PAGE_64K_16M};
    HptTable *table = hpt_table_new(order, NULL);
    uint64_t state = order, placed;

    for (uint64_t i = 0; table && i < UINT64_C(3) << (order - 6); i++) {
        HptePageKind kind = kinds[i % G_N_ELEMENTS(kinds)];
        unsigned base = hpte_kind_size(kind).base;
        /* Spread evenly, as kernels scramble their VSIDs. */
        HptVa va = {
            .vsid = model_random(&state) >> 26,
            .offset = model_random(&state) >> 24 >> base << base,
            .segment_shift = HPTE_SEGMENT_1T,
        };
        HptEntry entry = {.v = hpt_va_encode(&va, base) | HPTE_V_BOLTED, .r = 0x190};
        HptGeometry *geometry = &table->geometry;

        hpte_set_page_kind(&entry, kind);
        for (unsigned secondary = 0; secondary < 2; secondary++) {
            uint64_t group =
                hpt_hash_group(hpt_hash(&va, base), (gboolean)secondary, geometry->group_mask);
            entry.v |= secondary ? HPTE_V_SECONDARY : 0;
            if (hpt_enter(table, 0, hpt_index_of(group, 0), entry, &placed) == H_SUCCESS)
                break;
        }
    }
    return table;
}

/** What runs under callgrind: one rehash, and the number of its entries on standard output. */
static int run_rehash(uint32_t order)
{
    g_autoptr(HptTable) from = fill(order);
    g_autoptr(HptTable) to = hpt_table_new(order + 1, NULL);
    HptRehashReport report;

    if (!from || !to || hpt_rehash(from, to, HPT_REHASH_BOLTED, &report) != H_SUCCESS)
        return 1;
    printf("%" G_GUINT64_FORMAT "\n", report.kept);
    return 0;
}

static const char *self;

/** The number after @key in @text. */
static double number_after(const char *text, const char *key)
{
    const char *at = strstr(text, key);

    g_assert_nonnull(at);
    return g_ascii_strtod(at + strlen(key), NULL);
}

static double instructions_per_entry(const char *valgrind, uint32_t order)
{
    g_autofree char *out = NULL, *profile = NULL;
    g_autoptr(GError) error = NULL;
    g_autofree char *path = NULL;
    g_autofree char *out_arg = NULL;
    g_autofree char *order_arg = g_strdup_printf("%u", order);
    int status, fd = g_file_open_tmp("hpt-cost-XXXXXX", &path, &error);

    g_assert_no_error(error);
    close(fd);
    out_arg = g_strconcat("--callgrind-out-file=", path, NULL);
    const char *argv[] = {valgrind, "-q", "--tool=callgrind", "--toggle-collect=hpt_rehash",
                          out_arg,  self, "--rehash",         order_arg,
                          NULL};
    g_spawn_sync(NULL, (char **)argv, NULL, G_SPAWN_STDERR_TO_DEV_NULL, NULL, NULL, &out, NULL,
                 &status, &error);
    g_assert_no_error(error);
    g_assert_true(g_spawn_check_wait_status(status, NULL));
    g_assert_true(g_file_get_contents(path, &profile, NULL, &error));
    unlink(path);

    double entries = g_ascii_strtod(out, NULL), count = number_after(profile, "\nsummary:");
    /* Well filled, or the figure would be that of empty slots. */
    g_assert_cmpfloat(entries, >, (double)(UINT64_C(4) << (order - 7)));
    return count / entries;
}

/** Whether this build's instructions are those of the program: optimised, no sanitizer. */
static gboolean counts_mean_something(void)
{
#if !defined(__OPTIMIZE__) || defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    return FALSE;
#elif defined(__has_feature)
    return !__has_feature(address_sanitizer) && !__has_feature(thread_sanitizer);
#else
    return TRUE;
#endif
}

static void test_cost(void)
{
    g_autofree char *valgrind = g_find_program_in_path("valgrind");

    if (!counts_mean_something()) {
        g_test_skip("not optimised, or with a sanitizer: instructions mean nothing");
        return;
    }
    if (!valgrind) {
        g_test_skip("no valgrind to count with");
        return;
    }
    double small = instructions_per_entry(valgrind, ORDER_SMALL);
    double large = instructions_per_entry(valgrind, ORDER_LARGE);
    g_test_message("instructions per entry: %.1f at order %d, %.1f at order %d", small, ORDER_SMALL,
                   large, ORDER_LARGE);
    g_assert_cmpfloat(large, <, INSTRUCTIONS_MAX);
    g_assert_cmpfloat(large, <, small * 1.05 + 1);
}

int main(int argc, char **argv)
{
    if (argc == 3 && strcmp(argv[1], "--rehash") == 0)
        return run_rehash((uint32_t)atoi(argv[2]));
    self = argv[0];
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/hpt/cost", test_cost);
    return g_test_run();
}
