/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where kernel, initrd, RTAS and tree lie: worked examples, and rules that always hold. */
#include <string.h>

#include <glib.h>

#include "firmware/boot_layout.h"
#include "include/paprika/config.h"
#include "src/base/error.h"

static const BootLayoutRequest usual = {
    .memory = GIB,
    .rma = GIB,
    .kernel = {0, 42 * MIB + 0x1234},
    .initrd_size = 20 * MIB + 5,
    .rtas_size = 24,
    .fdt_size = MIB,
};

static void assert_range(const BootLayoutRequest *r, const GuestRange *range, uint64_t size)
{
    g_assert_cmphex(range->end - range->start, ==, size);
    g_assert_cmphex(range->start % BOOT_LAYOUT_ALIGN, ==, 0);
    g_assert_cmphex(range->end, <=, r->memory);
    g_assert_cmphex(range->start, >, 0);
}

static void assert_apart(const GuestRange *a, const GuestRange *b)
{
    g_assert_true(a->end <= b->start || b->end <= a->start);
}

/** What holds for every layout. */
static void assert_sound(const BootLayoutRequest *r, const BootLayout *l)
{
    const GuestRange *all[] = {&r->kernel, &l->initrd, &l->rtas, &l->fdt};
    unsigned n = G_N_ELEMENTS(all);

    if (r->initrd_size)
        assert_range(r, &l->initrd, r->initrd_size);
    else
        g_assert_cmphex(l->initrd.start, ==, l->initrd.end);
    assert_range(r, &l->rtas, r->rtas_size);
    assert_range(r, &l->fdt, r->fdt_size);
    g_assert_cmphex(l->rtas.end, <=, MIN(r->rma, 2 * GIB));
    g_assert_cmphex(l->fdt.end, <=, MIN(r->rma, 2 * GIB));
    for (unsigned i = 0; i < n; i++) {
        for (unsigned j = 0; j < i; j++) {
            if (all[i]->start != all[i]->end)
                assert_apart(all[i], all[j]);
        }
    }
}

static BootLayout place(const BootLayoutRequest *r)
{
    g_autoptr(GError) error = NULL;
    BootLayout layout;

    boot_layout_place(r, &layout, &error);
    g_assert_no_error(error);
    assert_sound(r, &layout);
    return layout;
}

static void assert_refused(const BootLayoutRequest *r, PaprikaError code, const char *why)
{
    g_autoptr(GError) error = NULL;
    BootLayout layout;

    g_assert_false(boot_layout_place(r, &layout, &error));
    g_assert_error(error, PAPRIKA_ERROR, (int)code);
    if (!strstr(error->message, why))
        g_error("message '%s' does not tell '%s'", error->message, why);
    g_assert_null(strchr(error->message, '\n'));
}

static void test_usual(void)
{
    BootLayout l = place(&usual);

    g_assert_cmphex(l.fdt.start, ==, GIB - MIB);
    g_assert_cmphex(l.rtas.start, ==, GIB - MIB - 0x10000);
    /* The first multiple of 64 KiB behind the kernel. */
    g_assert_cmphex(l.initrd.start, ==, 42 * MIB + 0x10000);
    g_assert_cmphex(l.initrd.end, ==, 62 * MIB + 0x10005);
}

static void test_no_initrd(void)
{
    BootLayoutRequest r = usual;

    r.initrd_size = 0;
    g_assert_cmphex(place(&r).fdt.start, ==, GIB - MIB);
}

static void test_below_two_gib(void)
{
    BootLayoutRequest r = usual;

    r.memory = r.rma = TIB;
    BootLayout l = place(&r);
    g_assert_cmphex(l.fdt.end, ==, 2 * GIB);
    g_assert_cmphex(l.initrd.start, ==, 42 * MIB + 0x10000);
}

static void test_smallest(void)
{
    BootLayoutRequest r = usual;

    r.memory = r.rma = 128 * MIB;
    r.initrd_size = 2 * MIB;
    g_assert_cmphex(place(&r).initrd.start, ==, 42 * MIB + 0x10000);
    /* Little room is left, but it is all there is: the user's wish counts. */
    r.initrd_size = 84 * MIB;
    g_assert_cmphex(place(&r).initrd.start, ==, 42 * MIB + 0x10000);
}

static void test_small_rma(void)
{
    BootLayoutRequest r = usual;

    /* Room for early allocations is kept while there is memory elsewhere. */
    r.rma = 256 * MIB;
    r.initrd_size = 140 * MIB;
    g_assert_cmphex(place(&r).initrd.start, ==, 42 * MIB + 0x10000);
    r.initrd_size = 160 * MIB;
    BootLayout l = place(&r);
    g_assert_cmphex(l.initrd.start, ==, 256 * MIB);
    g_assert_cmphex(l.fdt.end, ==, 256 * MIB);
    /* Not above, and not below the tree: then nowhere. */
    r.memory = 384 * MIB;
    r.initrd_size = 250 * MIB;
    assert_refused(&r, PAPRIKA_ERROR_USAGE, "initrd of 250 MiB does not fit");
    /* Fits only in the real mode area. */
    r.memory = 272 * MIB;
    r.initrd_size = 200 * MIB;
    g_assert_cmphex(place(&r).initrd.start, ==, 42 * MIB + 0x10000);
}

static void test_kernel_high(void)
{
    BootLayoutRequest r = usual;

    /* At the very top, so that the tree goes below it. */
    r.kernel = (GuestRange){GIB - 32 * MIB, GIB};
    BootLayout l = place(&r);
    g_assert_cmphex(l.fdt.end, ==, GIB - 32 * MIB);
    g_assert_cmphex(l.initrd.start, ==, 16 * MIB);

    /* In the way of the tree alone. */
    r.kernel = (GuestRange){GIB - MIB / 2, GIB - MIB / 4};
    l = place(&r);
    g_assert_cmphex(l.fdt.end, ==, GIB - MIB / 2);

    r.kernel = (GuestRange){0, GIB};
    assert_refused(&r, PAPRIKA_ERROR_USAGE, "device tree of up to 1024 KiB does not fit");
    r.kernel = (GuestRange){0, GIB - MIB};
    assert_refused(&r, PAPRIKA_ERROR_USAGE, "RTAS of 0 KiB does not fit");
    r.kernel = (GuestRange){0, GIB - MIB - 0x10000};
    assert_refused(&r, PAPRIKA_ERROR_USAGE, "initrd of 21 MiB does not fit");
    r.initrd_size = 0;
    place(&r);
}

static void test_refused(void)
{
    BootLayoutRequest r = usual;

    r.initrd_size = 2 * GIB;
    assert_refused(&r, PAPRIKA_ERROR_USAGE,
                   "initrd of 2048 MiB does not fit: guest memory is 1024 MiB, of which the kernel "
                   "uses 43 MiB");
    r.initrd_size = UINT64_MAX;
    assert_refused(&r, PAPRIKA_ERROR_USAGE, "does not fit");
    r.initrd_size = UINT64_MAX - 0xffff;
    assert_refused(&r, PAPRIKA_ERROR_USAGE, "does not fit");
    r = usual;
    r.fdt_size = UINT64_MAX;
    assert_refused(&r, PAPRIKA_ERROR_USAGE, "device tree");
    r = usual;
    r.rtas_size = UINT64_MAX;
    assert_refused(&r, PAPRIKA_ERROR_USAGE, "RTAS");
    r = usual;
    r.kernel.end = GIB + 1;
    assert_refused(&r, PAPRIKA_ERROR_USAGE,
                   "the kernel does not fit: it uses guest memory up to 1025 MiB, the real mode "
                   "area has 1024 MiB");
    r.kernel.end = UINT64_MAX;
    assert_refused(&r, PAPRIKA_ERROR_USAGE, "the kernel does not fit");
    r = usual;
    r.rma = 2 * GIB;
    assert_refused(&r, PAPRIKA_ERROR_HOST, "real mode area of 2048 MiB");
    r.rma = 0;
    assert_refused(&r, PAPRIKA_ERROR_HOST, "real mode area of 0 MiB");
}

/** Whatever is asked for, it is refused or sound, and refused only if it is really crowded. */
static void test_random(void)
{
    g_autoptr(GRand) rand = g_rand_new_with_seed(2718);
    unsigned placed = 0;

    for (int i = 0; i < 200000; i++) {
        BootLayoutRequest r = {
            .memory = (uint64_t)g_rand_int_range(rand, 8, 256) * 16 * MIB,
            .rtas_size = (uint64_t)g_rand_int_range(rand, 1, 0x20000),
            .fdt_size = (uint64_t)g_rand_int_range(rand, 1, 4 << 20),
        };
        BootLayout layout;
        r.rma = (uint64_t)g_rand_int_range(rand, 1, (int)(r.memory / (16 * MIB)) + 1) * 16 * MIB;
        r.kernel.start = (uint64_t)(g_rand_double(rand) * (double)r.rma) & ~UINT64_C(0xff);
        r.kernel.end = r.kernel.start + (uint64_t)(g_rand_double(rand) * (double)(100 * MIB)) + 1;
        r.initrd_size = (uint64_t)(g_rand_double(rand) * (double)(r.memory));
        if (boot_layout_place(&r, &layout, NULL)) {
            assert_sound(&r, &layout);
            placed++;
        } else if (r.kernel.end <= r.rma && r.kernel.start >= 8 * MIB) {
            /* What is free lies in few pieces: a small initrd finds a place. */
            g_assert_cmpuint(r.initrd_size, >, r.memory / 32);
        }
    }
    g_assert_cmpuint(placed, >, 20000);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/boot-layout/usual", test_usual);
    g_test_add_func("/boot-layout/no-initrd", test_no_initrd);
    g_test_add_func("/boot-layout/below-two-gib", test_below_two_gib);
    g_test_add_func("/boot-layout/smallest", test_smallest);
    g_test_add_func("/boot-layout/small-rma", test_small_rma);
    g_test_add_func("/boot-layout/kernel-high", test_kernel_high);
    g_test_add_func("/boot-layout/refused", test_refused);
    g_test_add_func("/boot-layout/random", test_random);
    return g_test_run();
}
