/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The argument of ibm,client-architecture-support: its form, and what is chosen for it. */
#include "hw/spapr/cas_negotiate.h"

#include <string.h>

#include "hw/spapr/vec5.h"
#include "include/paprika/papr.h"
#include "src/vmm/host_profile.h"
#include "tests/unit/vec_maker.h"

#define MEMORY (UINT64_C(1) << 20)
#define PLACE UINT64_C(0x8000)

static GuestMem *make_memory(void)
{
    GuestMem *mem = guest_mem_new(NULL);

    g_assert_true(guest_mem_add(mem, 0, MEMORY, NULL));
    return mem;
}

static CasParse parse_at(const VecMaker *maker, GuestAddr place, CasRequest *request)
{
    g_autoptr(GuestMem) mem = make_memory();

    g_assert_true(guest_mem_write(mem, place, maker->bytes, maker->length));
    return cas_vectors_parse(mem, place, request);
}

/* --- form ---------------------------------------------------------------------------------- */

static void test_linux_form(void)
{
    VecMaker maker = {0};
    CasRequest request;

    vec_linux(&maker, 0x40, 0x40, 0x40, 26);
    g_assert_cmpint(parse_at(&maker, PLACE, &request), ==, CAS_PARSED);
    g_assert_cmpuint(request.n_pvrs, ==, 7);
    g_assert_cmphex(request.pvrs[1].mask, ==, 0xffff0000);
    g_assert_cmphex(request.pvrs[1].value, ==, 0x004e0000);
    g_assert_cmphex(request.pvrs[6].value, ==, 0x0f000001);
    g_assert_cmpuint(cas_vector(&request, 1)->length, ==, 3);
    g_assert_cmphex(cas_vector(&request, 1)->bytes[2], ==, 0xff);
    g_assert_cmpuint(cas_vector(&request, 2)->length, ==, 33);
    g_assert_cmpuint(cas_vector(&request, 5)->length, ==, 26);
    g_assert_cmphex(cas_vector(&request, 5)->bytes[VEC5_MMU_BYTE], ==, 0x40);
    g_assert_cmphex(cas_vector(&request, 6)->bytes[3], ==, 2);

    /* Up to the last byte of memory, and any alignment. */
    g_assert_cmpint(parse_at(&maker, MEMORY - maker.length, &request), ==, CAS_PARSED);
    g_assert_cmphex(cas_vector(&request, 6)->bytes[3], ==, 2);
    g_assert_cmpint(parse_at(&maker, 1, &request), ==, CAS_PARSED);
    g_assert_cmpuint(cas_vector(&request, 6)->length, ==, 3);
}

/** Cut off by the end of memory after each of its bytes. */
static void test_cut_off(void)
{
    g_autoptr(GuestMem) mem = make_memory();
    VecMaker maker = {0};
    CasRequest request;

    vec_linux(&maker, 0x40, 0x40, 0x40, 26);
    for (size_t cut = 1; cut < maker.length; cut++) {
        g_assert_true(guest_mem_write(mem, MEMORY - cut, maker.bytes, cut));
        g_assert_cmpint(cas_vectors_parse(mem, MEMORY - cut, &request), ==, CAS_OUTSIDE_MEMORY);
    }
    /* Nothing at all, and around the end of the address space. */
    g_assert_cmpint(cas_vectors_parse(mem, MEMORY, &request), ==, CAS_OUTSIDE_MEMORY);
    for (uint64_t place = UINT64_MAX - 80; place != 0; place++)
        g_assert_cmpint(cas_vectors_parse(mem, place, &request), ==, CAS_OUTSIDE_MEMORY);
    g_assert_cmpint(cas_vectors_parse(mem, UINT64_C(1) << 63, &request), ==, CAS_OUTSIDE_MEMORY);
}

static void test_lists(void)
{
    CasRequest request;

    /* Memory full of zeros: no entry ends the list. */
    VecMaker zeros = {.length = 8};
    g_assert_cmpint(parse_at(&zeros, PLACE, &request), ==, CAS_ENDLESS_LIST);

    for (unsigned count = CAS_MAX_PVRS - 2; count <= CAS_MAX_PVRS + 1; count++) {
        VecMaker maker = {0};

        for (unsigned i = 0; i < count; i++)
            vec_pvr(&maker, 0xffff0000, 0x004e0000);
        vec_pvr(&maker, 0, 0xffffffff);
        vec_count(&maker, 1);
        vec_vector(&maker, NULL, 0, 1);
        g_assert_cmpint(parse_at(&maker, PLACE, &request), ==,
                        count < CAS_MAX_PVRS ? CAS_PARSED : CAS_ENDLESS_LIST);
    }

    /* No entry but the terminating one. */
    VecMaker single = {0};
    vec_pvr(&single, 0, 0xffffffff);
    vec_count(&single, 1);
    vec_vector(&single, NULL, 0, 1);
    g_assert_cmpint(parse_at(&single, PLACE, &request), ==, CAS_PARSED);
    g_assert_cmpuint(request.n_pvrs, ==, 1);
    g_assert_cmpuint(cas_vector(&request, 1)->length, ==, 1);
    g_assert_cmpuint(cas_vector(&request, 2)->length, ==, 0);
}

static void test_long_vectors(void)
{
    static const unsigned counts[] = {1, 5, 6, 7, 255, 256};
    uint8_t ones[CAS_VECTOR_MAX];
    CasRequest request;

    memset(ones, 0xff, sizeof(ones));
    for (unsigned i = 0; i < G_N_ELEMENTS(counts); i++) {
        g_autofree VecMaker *maker = g_new0(VecMaker, 1);
        unsigned there = MIN(counts[i], 255);

        vec_pvr(maker, 0, 0xffffffff);
        vec_count(maker, counts[i]);
        for (unsigned v = 0; v < there; v++)
            vec_vector(maker, ones, sizeof(ones), CAS_VECTOR_MAX);
        g_assert_cmpint(parse_at(maker, PLACE, &request), ==, CAS_PARSED);
        for (unsigned v = 1; v <= CAS_VECTORS; v++) {
            const CasVector *vector = cas_vector(&request, v);

            g_assert_cmpuint(vector->length, ==, v <= there ? 256 : 0);
            g_assert_cmphex(vector->bytes[0], ==, 0);
            g_assert_cmphex(vector->bytes[256], ==, v <= there ? 0xff : 0);
        }
        /* The same, so that the last byte of the last vector is missing. */
        g_autoptr(GuestMem) mem = make_memory();
        GuestAddr place = MEMORY - maker->length + 1;
        g_assert_true(guest_mem_write(mem, place, maker->bytes, maker->length - 1));
        g_assert_cmpint(cas_vectors_parse(mem, place, &request), ==, CAS_OUTSIDE_MEMORY);
    }
}

/* --- choice -------------------------------------------------------------------------------- */

typedef struct {
    HvCaps caps;
    VmConfig config;
    CasOffer offer;
    CasModes now;
} Host;

static void host_start(Host *host, const char *kind)
{
    *host = (Host){.config = {.memory = UINT64_C(1) << 30, .cpus = 1, .threads = 1}};
    g_assert_true(host_profile_get(kind, &host->caps));
}

static CasStatus choose_bytes(Host *host, const VecMaker *maker, CasChoice *choice)
{
    CasRequest request;

    cas_offer_init(&host->offer, &host->config, &host->caps);
    g_assert_cmpint(parse_at(maker, PLACE, &request), ==, CAS_PARSED);
    return cas_choose(&request, &host->offer, &host->now, choice);
}

static CasStatus choose(Host *host, uint8_t irq, uint8_t mmu, CasChoice *choice)
{
    VecMaker maker = {0};

    vec_linux(&maker, irq, mmu, VEC5_RADIX_GTSE, 26);
    return choose_bytes(host, &maker, choice);
}

typedef struct {
    const char *host;
    MmuChoice mmu;
    IrqChoice irq;
    CpuCompat compat;
    uint8_t ask_irq, ask_mmu;
    CasStatus status;
    gboolean xive, radix;
    uint32_t pvr;
} ChoiceRow;

static void test_choices(void)
{
    enum { XICS = VEC5_IRQ_XICS, XIVE = VEC5_IRQ_XIVE, IRQ_ANY = VEC5_IRQ_EITHER };
    enum { HASH = VEC5_MMU_HASH, RADIX = VEC5_MMU_RADIX };
    enum { ANY = VEC5_MMU_EITHER, DYNAMIC = VEC5_MMU_DYNAMIC };
    enum { P8 = PVR_LOGICAL_207, P9 = PVR_LOGICAL_300, P10 = PVR_LOGICAL_310 };
    static const ChoiceRow rows[] = {
        {"power9", 0, 0, 0, XIVE, RADIX, CAS_OK, TRUE, TRUE, P9},
        {"power9", 0, 0, 0, XICS, HASH, CAS_OK, FALSE, FALSE, P9},
        {"power9", 0, 0, 0, IRQ_ANY, ANY, CAS_OK, TRUE, TRUE, P9},
        {"power9", 0, 0, 0, XICS, DYNAMIC, CAS_OK, FALSE, TRUE, P9},
        {"power9", 0, 0, 0, 0xc0, RADIX, CAS_BAD_IRQ, 0, 0, 0},
        {"power10", 0, 0, 0, XIVE, RADIX, CAS_OK, TRUE, TRUE, P10},
        {"power10", 0, 0, CPU_COMPAT_POWER9, XIVE, RADIX, CAS_OK, TRUE, TRUE, P9},
        {"power10", 0, 0, CPU_COMPAT_POWER8, XICS, HASH, CAS_OK, FALSE, FALSE, P8},
        /* The user's word. */
        {"power9", MMU_HASH, 0, 0, XIVE, RADIX, CAS_NO_MMU, 0, 0, 0},
        {"power9", MMU_HASH, 0, 0, XIVE, ANY, CAS_OK, TRUE, FALSE, P9},
        {"power9", MMU_RADIX, 0, 0, XIVE, HASH, CAS_NO_MMU, 0, 0, 0},
        {"power9", MMU_RADIX, 0, 0, XIVE, ANY, CAS_OK, TRUE, TRUE, P9},
        {"power9", 0, IRQ_XICS, 0, XIVE, RADIX, CAS_NO_IRQ, 0, 0, 0},
        {"power9", 0, IRQ_XICS, 0, IRQ_ANY, RADIX, CAS_OK, FALSE, TRUE, P9},
        {"power9", 0, IRQ_XIVE, 0, XICS, RADIX, CAS_NO_IRQ, 0, 0, 0},
        {"power9", 0, IRQ_XIVE, 0, IRQ_ANY, RADIX, CAS_OK, TRUE, TRUE, P9},
        {"power9", 0, 0, CPU_COMPAT_POWER8, XIVE, HASH, CAS_NO_IRQ, 0, 0, 0},
        {"power9", 0, 0, CPU_COMPAT_POWER8, XICS, RADIX, CAS_NO_MMU, 0, 0, 0},
        {"power9", 0, 0, CPU_COMPAT_POWER8, IRQ_ANY, ANY, CAS_OK, FALSE, FALSE, P8},
        {"power9", 0, 0, CPU_COMPAT_POWER10, XIVE, RADIX, CAS_OK, TRUE, TRUE, P9},
        /* What the host lacks. */
        {"power8", 0, 0, 0, XICS, HASH, CAS_OK, FALSE, FALSE, P8},
        {"power8", 0, 0, 0, XICS, RADIX, CAS_NO_MMU, 0, 0, 0},
        {"power8", 0, 0, 0, XIVE, HASH, CAS_NO_IRQ, 0, 0, 0},
        {"power8", 0, 0, 0, IRQ_ANY, ANY, CAS_OK, FALSE, FALSE, P8},
        {"nested", 0, 0, 0, XICS, RADIX, CAS_OK, FALSE, TRUE, P9},
        {"nested", 0, 0, 0, XICS, HASH, CAS_NO_MMU, 0, 0, 0},
        {"nested", 0, 0, 0, XIVE, RADIX, CAS_NO_IRQ, 0, 0, 0},
        {"nested", 0, 0, 0, IRQ_ANY, ANY, CAS_OK, FALSE, TRUE, P9},
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(rows); i++) {
        const ChoiceRow *row = &rows[i];

        /* Whatever state the client finds. */
        for (unsigned now = 0; now < 4; now++) {
            CasChoice choice;
            Host host;

            host_start(&host, row->host);
            host.config.mmu = row->mmu;
            host.config.irq = row->irq;
            host.config.max_cpu_compat = row->compat;
            host.now = (CasModes){now & 1, now & 2};
            g_test_message("row %u", i);
            g_assert_cmpint(choose(&host, row->ask_irq, row->ask_mmu, &choice), ==, row->status);
            g_assert_nonnull(cas_status_text(row->status));
            if (row->status != CAS_OK)
                continue;
            g_assert_cmpint(choice.modes.radix, ==, row->radix);
            g_assert_cmpint(choice.modes.xive, ==, row->xive);
            g_assert_cmphex(choice.terms.cpu_pvr, ==, row->pvr);
        }
    }
}

static void test_4k_host(void)
{
    CasChoice choice;
    Host host;

    /* KVM gives no XIVE without pages of 64K. */
    host_start(&host, "power9");
    host.caps.page_size = 4096;
    g_assert_cmpint(choose(&host, VEC5_IRQ_XIVE, VEC5_MMU_HASH, &choice), ==, CAS_NO_IRQ);
    g_assert_cmpint(choose(&host, VEC5_IRQ_EITHER, VEC5_MMU_HASH, &choice), ==, CAS_OK);
    g_assert_false(choice.modes.xive);
}

static void one_vector(VecMaker *maker)
{
    vec_count(maker, 1);
    vec_vector(maker, NULL, 0, 1);
}

static void test_processors(void)
{
    CasChoice choice;
    Host host;

    host_start(&host, "power9");
    /* Only the processor itself is known: it is shown as it is, unless that is forbidden. */
    VecMaker raw = {0};
    vec_pvr(&raw, 0xffff0000, 0x004e0000);
    vec_pvr(&raw, 0xfffffffe, 0x0f000001);
    one_vector(&raw);
    g_assert_cmpint(choose_bytes(&host, &raw, &choice), ==, CAS_OK);
    g_assert_cmphex(choice.terms.cpu_pvr, ==, 0);
    host.config.max_cpu_compat = CPU_COMPAT_POWER9;
    g_assert_cmpint(choose_bytes(&host, &raw, &choice), ==, CAS_NO_CPU);
    host.config.max_cpu_compat = CPU_COMPAT_NONE;

    /* An old client gets an old processor, with the modes of its time. */
    VecMaker old = {0};
    vec_pvr(&old, 0xffffffff, 0x0f000004);
    vec_pvr(&old, 0xfffffffe, 0x0f000001);
    one_vector(&old);
    host.now = (CasModes){TRUE, TRUE};
    g_assert_cmpint(choose_bytes(&host, &old, &choice), ==, CAS_OK);
    g_assert_cmphex(choice.terms.cpu_pvr, ==, PVR_LOGICAL_207);
    g_assert_false(choice.modes.radix);
    g_assert_false(choice.modes.xive);
    host_start(&host, "nested");
    g_assert_cmpint(choose_bytes(&host, &old, &choice), ==, CAS_NO_MMU);

    /* The terminating entry counts: any processor, and any level. */
    static const CasPvr any[] = {{0, 0xffffffff}, {0xff000000, 0x0fffffff}};
    for (unsigned i = 0; i < G_N_ELEMENTS(any); i++) {
        VecMaker maker = {0};

        vec_pvr(&maker, any[i].mask, any[i].value);
        one_vector(&maker);
        host_start(&host, "power10");
        g_assert_cmpint(choose_bytes(&host, &maker, &choice), ==, CAS_OK);
        g_assert_cmphex(choice.terms.cpu_pvr, ==, PVR_LOGICAL_310);
    }

    /* None that there is. */
    VecMaker none = {0};
    vec_pvr(&none, 0xffff0000, 0x003f0000);
    vec_pvr(&none, 0xffffffff, 0x0f000007);
    vec_pvr(&none, 0xfffffffe, 0x0f000001);
    one_vector(&none);
    g_assert_cmpint(choose_bytes(&host, &none, &choice), ==, CAS_NO_CPU);
    host.caps.cpu.pvr = 0x12345678;
    g_assert_cmpint(choose_bytes(&host, &none, &choice), ==, CAS_NO_CPU);
}

static void vec5_only(VecMaker *maker, const uint8_t *bytes, size_t length)
{
    vec_linux_pvrs(maker);
    vec_count(maker, 5);
    for (unsigned i = 0; i < 4; i++)
        vec_vector(maker, NULL, 0, 1);
    vec_vector(maker, bytes, length, length);
}

/** Vectors that say less, as boot loaders pass them. */
static void test_short_vectors(void)
{
    CasChoice choice;
    Host host;

    for (unsigned now = 0; now < 4; now++) {
        /* No vector 5: all stays. */
        VecMaker four = {0};
        vec_linux_pvrs(&four);
        vec_count(&four, 4);
        for (unsigned i = 0; i < 4; i++)
            vec_vector(&four, NULL, 0, 1);
        host_start(&host, "power9");
        host.now = (CasModes){now & 1, !!(now & 2)};
        g_assert_cmpint(choose_bytes(&host, &four, &choice), ==, CAS_OK);
        g_assert_cmpint(choice.modes.radix, ==, host.now.radix);
        g_assert_cmpint(choice.modes.xive, ==, host.now.xive);
        g_assert_true(choice.terms.drmem_v2);
        g_assert_cmpuint(choice.terms.max_cores, ==, 0);

        /* To be ignored: the best that there is, even of two bytes. */
        static const uint8_t ignore[] = {0x80};
        VecMaker ignored = {0};
        vec5_only(&ignored, ignore, sizeof(ignore));
        g_assert_cmpint(choose_bytes(&host, &ignored, &choice), ==, CAS_OK);
        g_assert_true(choice.modes.radix);
        g_assert_true(choice.modes.xive);
        g_assert_true(choice.terms.gtse);

        /* From before POWER9: each length that has no byte for the modes. */
        for (size_t length = 2; length < VEC5_IRQ_BYTE; length++) {
            VecMaker shorter = {0};

            vec_linux(&shorter, 0, 0, 0, length);
            g_assert_cmpint(choose_bytes(&host, &shorter, &choice), ==, CAS_OK);
            g_assert_false(choice.modes.radix);
            g_assert_false(choice.modes.xive);
            g_assert_cmpuint(choice.terms.max_cores, ==, length < 12 ? 64 : 2048);
            g_assert_cmpint(choice.terms.drmem_v2, ==, length >= 22);
        }
        /* One byte is the policy, and no support for partitions. */
        VecMaker policy = {0};
        vec_linux(&policy, 0, 0, 0, 1);
        g_assert_cmpint(choose_bytes(&host, &policy, &choice), ==, CAS_NO_LPAR);
    }

    /* Where that is not to be had, what there is. */
    VecMaker older = {0};
    vec_linux(&older, 0, 0, 0, 22);
    host_start(&host, "nested");
    g_assert_cmpint(choose_bytes(&host, &older, &choice), ==, CAS_OK);
    g_assert_true(choice.modes.radix);
    g_assert_true(choice.terms.gtse);
    host_start(&host, "power9");
    host.config.irq = IRQ_XIVE;
    g_assert_cmpint(choose_bytes(&host, &older, &choice), ==, CAS_OK);
    g_assert_true(choice.modes.xive);
}

static void test_terms(void)
{
    uint8_t bytes[26] = {[1] = VEC5_LPAR};
    CasChoice choice;
    Host host;

    host_start(&host, "power9");
    VecMaker least = {0};
    vec5_only(&least, bytes, sizeof(bytes));
    g_assert_cmpint(choose_bytes(&host, &least, &choice), ==, CAS_OK);
    g_assert_false(choice.terms.drconf_memory);
    g_assert_false(choice.terms.drmem_v2);
    g_assert_false(choice.terms.large_pages);
    g_assert_false(choice.terms.form1_affinity);
    g_assert_false(choice.terms.hw_random);
    g_assert_false(choice.terms.hpt_resize);
    g_assert_false(choice.terms.form2_affinity);
    /* Room for no processor at all is taken for one. */
    g_assert_cmpuint(choice.terms.max_cores, ==, 1);

    VecMaker older = {0};
    bytes[VEC5_AFFINITY_BYTE - 1] = VEC5_FORM1_AFFINITY;
    vec5_only(&older, bytes, sizeof(bytes));
    g_assert_cmpint(choose_bytes(&host, &older, &choice), ==, CAS_OK);
    g_assert_true(choice.terms.form1_affinity);
    g_assert_false(choice.terms.form2_affinity);

    VecMaker most = {0};
    vec_linux(&most, VEC5_IRQ_XIVE, VEC5_MMU_RADIX, VEC5_RADIX_GTSE, 256);
    g_assert_cmpint(choose_bytes(&host, &most, &choice), ==, CAS_OK);
    g_assert_true(choice.terms.drconf_memory);
    g_assert_true(choice.terms.drmem_v2);
    g_assert_true(choice.terms.large_pages);
    /* It takes both, and gets the newer. */
    g_assert_true(choice.terms.form2_affinity);
    g_assert_false(choice.terms.form1_affinity);
    g_assert_true(choice.terms.hw_random);
    g_assert_true(choice.terms.hpt_resize);
    g_assert_true(choice.terms.gtse);
    g_assert_cmpuint(choice.terms.max_cores, ==, 2048);

    /* Radix without GTSE needs a hypercall in its place. */
    VecMaker without = {0};
    vec_linux(&without, VEC5_IRQ_XIVE, VEC5_MMU_RADIX, 0, 26);
    host.config.rpt_invalidate = TRUE;
    g_assert_cmpint(choose_bytes(&host, &without, &choice), ==, CAS_OK);
    g_assert_false(choice.terms.gtse);
    host.config.rpt_invalidate = FALSE;
    g_assert_cmpint(choose_bytes(&host, &without, &choice), ==, CAS_NO_GTSE);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/cas/form/linux", test_linux_form);
    g_test_add_func("/cas/form/cut_off", test_cut_off);
    g_test_add_func("/cas/form/lists", test_lists);
    g_test_add_func("/cas/form/long_vectors", test_long_vectors);
    g_test_add_func("/cas/choice/modes", test_choices);
    g_test_add_func("/cas/choice/4k_host", test_4k_host);
    g_test_add_func("/cas/choice/processors", test_processors);
    g_test_add_func("/cas/choice/short_vectors", test_short_vectors);
    g_test_add_func("/cas/choice/terms", test_terms);
    return g_test_run();
}
