/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The choice of a translation, the size of its table, and H_REGISTER_PROC_TBL. */
#include "mmu/mmu.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "mmu/hpt_alloc.h"
#include "mmu/hpt_size.h"
#include "mmu/mmu_choose.h"
#include "mmu/page_sizes.h"
#include "mmu/proc_table.h"
#include "src/base/error.h"
#include "src/base/log.h"
#include "tests/unit/fake_vm.h"

/** What was logged since the last call goes to *@text, for the caller to free. */
static unsigned log_lines(char **text)
{
    static size_t read;
    g_autofree char *all = NULL;
    gsize length;
    unsigned lines = 0;

    g_assert_true(g_file_get_contents("mmu.log", &all, &length, NULL));
    *text = g_strndup(all + read, length - read);
    read = length;
    for (const char *p = *text; *p; p++)
        lines += *p == '\n';
    return lines;
}

static void test_choose(void)
{
    for (unsigned bits = 0; bits < 8; bits++) {
        const HvCaps caps = {.radix = !!(bits & 1), .hash = !!(bits & 2), .nested = !!(bits & 4)};

        for (MmuChoice choice = MMU_AUTO; choice <= MMU_HASH; choice++) {
            gboolean wanted = choice == MMU_RADIX  ? caps.radix
                              : choice == MMU_HASH ? caps.hash
                                                   : caps.radix || caps.hash;
            PaprikaError code = choice == MMU_AUTO ? PAPRIKA_ERROR_HOST : PAPRIKA_ERROR_USAGE;
            gboolean radix = -1;
            g_autoptr(GError) error = NULL;

            g_assert_cmpint(mmu_choose(choice, CPU_COMPAT_NONE, &caps, &radix, &error), ==, wanted);
            if (wanted) {
                g_assert_no_error(error);
                g_assert_cmpint(radix, ==, choice == MMU_AUTO ? caps.radix : choice == MMU_RADIX);
                continue;
            }
            g_assert_error(error, PAPRIKA_ERROR, (int)code);
            if (choice != MMU_AUTO)
                g_assert_nonnull(
                    strstr(error->message, choice == MMU_RADIX ? "--mmu radix:" : "--mmu hash:"));
            if (choice == MMU_HASH)
                g_assert_cmpint(strstr(error->message, "partition") != NULL, ==, caps.nested);
        }
    }
}

/** Processors that are kept to POWER8's level have no radix. */
static void test_choose_power8(void)
{
    static const struct {
        MmuChoice choice;
        gboolean hash, ok;
        const char *words;
    } rows[] = {
        {MMU_AUTO, TRUE, TRUE, NULL},
        {MMU_HASH, TRUE, TRUE, NULL},
        {MMU_RADIX, TRUE, FALSE, "--mmu radix: "},
        {MMU_AUTO, FALSE, FALSE, "--max-cpu-compat power8: "},
        {MMU_HASH, FALSE, FALSE, "--max-cpu-compat power8: "},
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(rows); i++) {
        const HvCaps caps = {.radix = TRUE, .hash = rows[i].hash};
        g_autoptr(GError) error = NULL;
        gboolean radix = -1;

        g_assert_cmpint(mmu_choose(rows[i].choice, CPU_COMPAT_POWER8, &caps, &radix, &error), ==,
                        rows[i].ok);
        if (rows[i].ok) {
            g_assert_false(radix);
        } else {
            g_assert_error(error, PAPRIKA_ERROR, PAPRIKA_ERROR_USAGE);
            g_assert_nonnull(strstr(error->message, rows[i].words));
        }
        g_clear_error(&error);
        g_assert_cmpint(mmu_choose(rows[i].choice, CPU_COMPAT_POWER9, &caps, &radix, &error), ==,
                        rows[i].hash || rows[i].choice != MMU_HASH);
    }
}

static void test_order(void)
{
    static const struct {
        uint64_t memory;
        uint32_t order;
    } cases[] = {
        {0, 18},
        {1, 18},
        {32 * MIB, 18},
        {32 * MIB + 1, 19},
        {64 * MIB, 19},
        {128 * MIB, 20},
        {128 * MIB + 1, 21},
        {GIB, 23},
        {3 * GIB, 25},
        {TIB, 33},
        {16 * TIB, 37},
        {UINT64_C(1) << 53, 46},
        {UINT64_C(1) << 54, 46},
        {UINT64_MAX, 46},
        {UINT64_MAX - 127, 46},
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++)
        g_assert_cmpuint(hpt_order_for_memory(cases[i].memory), ==, cases[i].order);
}

static void test_vrma(void)
{
    static const struct {
        uint32_t order;
        uint64_t page, limit;
    } cases[] = {
        {18, 4096, 8 * MIB},      {18, 32768, 8 * MIB},     {18, 65536, 128 * MIB},
        {18, 2 * MIB, 128 * MIB}, {18, 16 * MIB, 32 * GIB}, {23, 4096, 256 * MIB},
        {31, 65536, TIB},         {32, 65536, TIB},         {46, 4096, TIB},
        {46, 16 * MIB, TIB},      {46, UINT64_MAX, TIB},
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++)
        g_assert_cmpuint(hpt_vrma_limit(cases[i].order, cases[i].page), ==, cases[i].limit);

    /* Room to start in, with pages of 4K too, and no more than that costs. */
    for (uint64_t memory = CONFIG_MIN_MEMORY; memory <= CONFIG_MAX_MEMORY; memory *= 2) {
        for (uint64_t page = 4096; page <= 65536; page *= 16) {
            uint32_t order = hpt_order_for_guest(memory, page);

            g_assert_cmpuint(hpt_vrma_limit(order, page), >=, MIN(memory, HPT_VRMA_WANTED));
            if (order > hpt_order_for_memory(memory))
                g_assert_cmpuint(hpt_vrma_limit(order - 1, page), <, MIN(memory, HPT_VRMA_WANTED));
        }
    }
    g_assert_cmpuint(hpt_order_for_guest(128 * MIB, 4096), ==, 22);
    g_assert_cmpuint(hpt_order_for_guest(128 * MIB, 65536), ==, 20);
    g_assert_cmpuint(hpt_order_for_guest(GIB, 4096), ==, 23);
    g_assert_cmpuint(hpt_order_for_guest(UINT64_MAX, 1), ==, 46);
}

static void test_page_sizes(void)
{
    static const HvSmmuInfo info = {
        .valid = TRUE,
        .page_sizes_real = TRUE,
        .sps = {{.shift = 12, .slb_enc = 0, .enc = {{12, 0}, {16, 7}, {24, 0x38}}},
                {.shift = 16, .slb_enc = 0x110, .enc = {{16, 1}, {24, 8}}},
                {.shift = 24, .slb_enc = 0x100, .enc = {{24, 0}}},
                {.shift = 34, .slb_enc = 0x120, .enc = {{34, 3}}}},
    };
    HvSmmuInfo other = info;
    HvSegmentPageSize out[HV_MAX_PAGE_SIZES];

    memset(out, 0xff, sizeof(out));
    page_sizes_filter(&info, 4096, out);
    g_assert_cmpuint(out[0].shift, ==, 12);
    g_assert_cmpuint(out[0].enc[0].shift, ==, 12);
    g_assert_cmpuint(out[0].enc[1].shift, ==, 0);
    g_assert_cmpuint(out[1].shift, ==, 0);

    page_sizes_filter(&info, 65536, out);
    g_assert_cmpuint(out[0].enc[1].shift, ==, 16);
    g_assert_cmpuint(out[0].enc[1].pte_enc, ==, 7);
    g_assert_cmpuint(out[0].enc[2].shift, ==, 0);
    g_assert_cmpuint(out[1].shift, ==, 16);
    g_assert_cmpuint(out[1].slb_enc, ==, 0x110);
    g_assert_cmpuint(out[1].enc[1].shift, ==, 0);
    g_assert_cmpuint(out[2].shift, ==, 0);

    page_sizes_filter(&info, 16 * MIB, out);
    g_assert_cmpuint(out[2].shift, ==, 24);
    g_assert_cmpuint(out[3].shift, ==, 0);

    /* Smaller than any page: nothing. */
    page_sizes_filter(&info, 2048, out);
    g_assert_cmpuint(out[0].shift, ==, 0);

    /* A host that promises nothing about backing leaves all in. */
    other.page_sizes_real = FALSE;
    page_sizes_filter(&other, 4096, out);
    g_assert_cmpuint(out[3].shift, ==, 34);
    g_assert_cmpuint(out[0].enc[2].pte_enc, ==, 0x38);

    /* Nonsense from the host: full lists without an end, shifts that no page has. */
    for (unsigned i = 0; i < HV_MAX_PAGE_SIZES; i++) {
        other.sps[i] = (HvSegmentPageSize){.shift = i % 2 ? 64 + i : 12};
        for (unsigned j = 0; j < HV_MAX_PAGE_SIZES; j++)
            other.sps[i].enc[j].shift = j % 2 ? UINT32_MAX : 12;
    }
    page_sizes_filter(&other, 4096, out);
    g_assert_cmpuint(out[HV_MAX_PAGE_SIZES / 2 - 1].shift, ==, 12);
    g_assert_cmpuint(out[HV_MAX_PAGE_SIZES / 2].shift, ==, 0);
    g_assert_cmpuint(out[0].enc[HV_MAX_PAGE_SIZES / 2 - 1].shift, ==, 12);
    g_assert_cmpuint(out[0].enc[HV_MAX_PAGE_SIZES / 2].shift, ==, 0);
}

static void test_allocate(void)
{
    g_autoptr(FakeVm) fake = fake_vm_new(FAKE_HV_POWER9, 1, 1, 1, 0);
    const HvOps *ops = fake->vm.ops;
    g_autoptr(GError) error = NULL;
    g_autofree char *text = NULL, *warning = NULL;
    uint32_t granted = 0;

    log_lines(&text);
    g_assert_true(hpt_allocate(ops, fake->vm.hv, 26, &granted, &error));
    g_assert_cmpuint(granted, ==, 26);
    g_assert_cmpuint(hv_fake_count(fake->host, FAKE_VM_ALLOCATE_HTAB), ==, 1);

    /* Stepping down, one order at a time, and saying so once. */
    hv_fake_set_max_htab_order(fake->host, 21);
    hv_fake_forget(fake->host);
    g_assert_true(hpt_allocate(ops, fake->vm.hv, 26, &granted, &error));
    g_assert_cmpuint(granted, ==, 21);
    g_assert_cmpuint(hv_fake_count(fake->host, FAKE_VM_ALLOCATE_HTAB), ==, 6);
    g_assert_cmpuint(log_lines(&warning), ==, 1);
    g_assert_nonnull(strstr(warning, "order 21 instead of 26"));

    /* Bounds: never asked for above 46 or below 18. */
    hv_fake_forget(fake->host);
    hv_fake_set_max_htab_order(fake->host, 17);
    g_assert_false(hpt_allocate(ops, fake->vm.hv, 99, &granted, &error));
    g_assert_cmpuint(hv_fake_count(fake->host, FAKE_VM_ALLOCATE_HTAB), ==, 46 - 18 + 1);
    g_assert_error(error, PAPRIKA_ERROR, PAPRIKA_ERROR_HOST);
    g_assert_nonnull(strstr(error->message, "kvm_cma_resv_ratio"));
    g_clear_error(&error);
    g_assert_false(hpt_allocate(ops, fake->vm.hv, 17, &granted, &error));
    g_clear_error(&error);
}

static void test_allocate_refused(void)
{
    static const struct {
        int err;
        const char *words;
    } cases[] = {
        {EBUSY, "vCPUs of this guest are running"},
        {EINVAL, "order 24: Invalid argument"},
        {EOPNOTSUPP, "--mmu radix"},
        {ENOTTY, "kvm-hv"},
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(FakeVm) fake = fake_vm_new(FAKE_HV_POWER9, 1, 1, 1, 0);
        g_autoptr(GError) error = NULL;
        uint32_t granted = 7;

        hv_fake_fail_always(fake->host, FAKE_VM_ALLOCATE_HTAB, cases[i].err);
        g_assert_false(hpt_allocate(fake->vm.ops, fake->vm.hv, 24, &granted, &error));
        /* What does not depend on the order is not tried again. */
        g_assert_cmpuint(hv_fake_count(fake->host, FAKE_VM_ALLOCATE_HTAB), ==, 1);
        g_assert_nonnull(strstr(error->message, "order 24"));
        g_assert_nonnull(strstr(error->message, cases[i].words));
        g_assert_cmpuint(granted, ==, 7);

        /* After a step down, too. */
        hv_fake_fail_always(fake->host, FAKE_VM_ALLOCATE_HTAB, 0);
        hv_fake_set_max_htab_order(fake->host, 22);
        hv_fake_fail(fake->host, FAKE_VM_ALLOCATE_HTAB, 3, cases[i].err);
        g_clear_error(&error);
        g_assert_false(hpt_allocate(fake->vm.ops, fake->vm.hv, 24, &granted, &error));
        g_assert_nonnull(strstr(error->message, cases[i].words));
    }
}

/** Every flags word of 6 bits and some above, with sane and with odd other words. */
static void test_proc_table_flags(void)
{
    static const uint64_t high[] = {0, 0x20, 0x40, UINT64_C(1) << 32, UINT64_C(1) << 63};

    for (unsigned radix = 0; radix < 2; radix++) {
        const ProcTable registered = {.radix = radix,
                                      .pate1 = radix ? PATE1_GUEST_RADIX | 0x10000 | 4 : 0x1234};

        for (uint64_t low = 0; low < 0x20; low++) {
            for (unsigned i = 0; i < G_N_ELEMENTS(high); i++) {
                uint64_t type = low & 6, op = low & 0x18;
                gboolean is_radix = type == 4;
                ProcTable out = {.pate1 = 99};
                HcallRet ret = proc_table_parse(low | high[i], 0x2000000, 0, 1, &registered, &out);

                if (high[i] || type == 2 || type == 6 || op == 0x08 ||
                    (op == 0 && is_radix != !!radix)) {
                    g_assert_cmpint(ret, ==, H_PARAMETER);
                    continue;
                }
                g_assert_cmpint(ret, ==, H_SUCCESS);
                g_assert_cmpint(out.gtse, ==, low & 1);
                if (op == 0x18) {
                    g_assert_cmpint(!!out.radix, ==, is_radix);
                    g_assert_cmphex(out.pate1, ==,
                                    is_radix ? PATE1_GUEST_RADIX | 0x2000000 | 1
                                             : UINT64_C(0x2000000) << 25 | 1);
                } else {
                    g_assert_cmpint(!!out.radix, ==, radix);
                    g_assert_cmphex(out.pate1, ==,
                                    op == 0 ? registered.pate1 : (radix ? PATE1_GUEST_RADIX : 0));
                }
            }
        }
    }
}

static void test_proc_table_words(void)
{
    static const struct {
        uint64_t type, base, page_size, table_size;
        HcallRet ret;
        uint64_t pate1;
    } cases[] = {
        {PROC_TABLE_TYPE_RADIX, 0, 0, 0, H_SUCCESS, PATE1_GUEST_RADIX},
        {PROC_TABLE_TYPE_RADIX, 0x1000, 0, 0, H_SUCCESS, PATE1_GUEST_RADIX | 0x1000},
        {PROC_TABLE_TYPE_RADIX, 0x1001, 0, 0, H_P2, 0},
        {PROC_TABLE_TYPE_RADIX, 0x1000, 0, 1, H_P2, 0},
        {PROC_TABLE_TYPE_RADIX, 0x10000, 0, 4, H_SUCCESS, PATE1_GUEST_RADIX | 0x10000 | 4},
        {PROC_TABLE_TYPE_RADIX, UINT64_C(1) << 60, 0, 0, H_P2, 0},
        {PROC_TABLE_TYPE_RADIX, UINT64_C(0x0ffffffffffff000), 0, 0, H_SUCCESS,
         UINT64_C(0x8ffffffffffff000)},
        {PROC_TABLE_TYPE_RADIX, UINT64_MAX & ~UINT64_C(0xfff), 0, 0, H_P2, 0},
        {PROC_TABLE_TYPE_RADIX, 0, 1, 0, H_P3, 0},
        {PROC_TABLE_TYPE_RADIX, 0, UINT64_MAX, 0, H_P3, 0},
        {PROC_TABLE_TYPE_RADIX, 0, 0, 24, H_SUCCESS, PATE1_GUEST_RADIX | 24},
        {PROC_TABLE_TYPE_RADIX, 0, 0, 25, H_P4, 0},
        {PROC_TABLE_TYPE_RADIX, 0, 0, 64, H_P4, 0},
        {PROC_TABLE_TYPE_RADIX, 0, 0, UINT64_MAX, H_P4, 0},
        {PROC_TABLE_TYPE_HPT_SLB, 1, 7, 24, H_SUCCESS, 1 << 25 | 7 << 5 | 24},
        {PROC_TABLE_TYPE_HPT_SLB, (UINT64_C(1) << 38) - 1, 0, 0, H_SUCCESS,
         ((UINT64_C(1) << 38) - 1) << 25},
        {PROC_TABLE_TYPE_HPT_SLB, UINT64_C(1) << 38, 0, 0, H_P2, 0},
        {PROC_TABLE_TYPE_HPT_SLB, UINT64_MAX, 0, 0, H_P2, 0},
        {PROC_TABLE_TYPE_HPT_SLB, 0, 8, 0, H_P3, 0},
        {PROC_TABLE_TYPE_HPT_SLB, 0, 0, 25, H_P4, 0},
        {PROC_TABLE_TYPE_HPT_SLB, 0, 0, UINT64_MAX, H_P4, 0},
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        const ProcTable registered = {0};
        ProcTable out;
        HcallRet ret = proc_table_parse(PROC_TABLE_OP_REGISTER | cases[i].type, cases[i].base,
                                        cases[i].page_size, cases[i].table_size, &registered, &out);

        g_assert_cmpint(ret, ==, cases[i].ret);
        if (ret == H_SUCCESS)
            g_assert_cmphex(out.pate1, ==, cases[i].pate1);
    }
}

/** A machine whose translation is set up. */
static FakeVm *make_guest(FakeHvProfile profile, MmuChoice choice, uint64_t memory)
{
    FakeVm *fake = fake_vm_new(profile, 1, 1, 1, memory);
    g_autoptr(GError) error = NULL;

    fake->config.mmu = choice;
    fake->vm.mmu = mmu_new(&fake->vm, &error);
    g_assert_no_error(error);
    mmu_reset(fake->vm.mmu, &error);
    g_assert_no_error(error);
    return fake;
}

static void free_guest(FakeVm *fake)
{
    mmu_free(fake->vm.mmu);
    fake_vm_free(fake);
}

static void test_reset(void)
{
    FakeHvCall call;
    g_autofree char *before = NULL, *first = NULL, *rest = NULL;

    FakeVm *fake = make_guest(FAKE_HV_POWER9, MMU_AUTO, 128 * MIB);
    g_assert_true(mmu_is_radix(fake->vm.mmu));
    g_assert_cmpuint(mmu_hpt_order(fake->vm.mmu), ==, 0);
    g_assert_true(hv_fake_last(fake->host, FAKE_VM_CONFIGURE_V3_MMU, &call));
    g_assert_cmphex(call.args[0], ==, HV_V3_MMU_RADIX);
    g_assert_cmphex(call.args[1], ==, PATE1_GUEST_RADIX);
    g_assert_cmpuint(hv_fake_count(fake->host, FAKE_VM_ALLOCATE_HTAB), ==, 0);
    free_guest(fake);

    /* POWER8 knows no such call. */
    fake = make_guest(FAKE_HV_POWER8, MMU_AUTO, 128 * MIB);
    g_assert_false(mmu_is_radix(fake->vm.mmu));
    g_assert_cmpuint(hv_fake_count(fake->host, FAKE_VM_CONFIGURE_V3_MMU), ==, 0);
    free_guest(fake);

    /* What the kernel grants stays for all reboots, and is told of once. */
    fake = fake_vm_new(FAKE_HV_POWER9, 1, 1, 1, 128 * MIB);
    g_autoptr(GError) error = NULL;
    fake->config.mmu = MMU_HASH;
    fake->vm.mmu = mmu_new(&fake->vm, &error);
    hv_fake_set_max_htab_order(fake->host, 18);
    log_lines(&before);
    g_assert_true(mmu_reset(fake->vm.mmu, &error));
    g_assert_cmpuint(mmu_hpt_order(fake->vm.mmu), ==, 18);
    g_assert_cmpuint(log_lines(&first), ==, 1);
    hv_fake_forget(fake->host);
    for (unsigned i = 0; i < 5; i++)
        g_assert_true(mmu_reset(fake->vm.mmu, &error));
    g_assert_cmpuint(log_lines(&rest), ==, 0);
    g_assert_cmpuint(hv_fake_count(fake->host, FAKE_VM_ALLOCATE_HTAB), ==, 5);
    g_assert_true(hv_fake_last(fake->host, FAKE_VM_ALLOCATE_HTAB, &call));
    g_assert_cmpuint(call.args[0], ==, 18);
    g_assert_true(hv_fake_last(fake->host, FAKE_VM_CONFIGURE_V3_MMU, &call));
    g_assert_cmphex(call.args[0] | call.args[1], ==, 0);
    free_guest(fake);
}

static void test_reset_refused(void)
{
    static const struct {
        int err;
        const char *words;
    } cases[] = {
        {EBUSY, "still running"},
        {EINVAL, "paprika info"},
        {ENODEV, "POWER9"},
        {EIO, "radix mode: "},
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        FakeVm *fake = make_guest(FAKE_HV_POWER9, MMU_RADIX, 128 * MIB);
        g_autoptr(GError) error = NULL;

        hv_fake_fail(fake->host, FAKE_VM_CONFIGURE_V3_MMU, 1, cases[i].err);
        g_assert_false(mmu_reset(fake->vm.mmu, &error));
        g_assert_error(error, PAPRIKA_ERROR, PAPRIKA_ERROR_HOST);
        g_assert_nonnull(strstr(error->message, "cannot put the guest into radix mode"));
        g_assert_nonnull(strstr(error->message, cases[i].words));
        free_guest(fake);
    }

    /* A choice that the host lacks is refused before anything is made. */
    g_autoptr(FakeVm) fake = fake_vm_new(FAKE_HV_NESTED, 1, 1, 1, 0);
    g_autoptr(GError) error = NULL;
    fake->config.mmu = MMU_HASH;
    g_assert_null(mmu_new(&fake->vm, &error));
    g_assert_error(error, PAPRIKA_ERROR, PAPRIKA_ERROR_USAGE);
}

static void test_register(void)
{
    const uint64_t flags = PROC_TABLE_OP_REGISTER | PROC_TABLE_TYPE_RADIX | PROC_TABLE_GTSE;
    FakeVm *fake = make_guest(FAKE_HV_POWER9, MMU_RADIX, 128 * MIB);
    Mmu *mmu = fake->vm.mmu;
    FakeHvCall call;

    g_assert_cmpint(mmu_register_process_table(mmu, flags, 0x10000, 0, 4), ==, H_SUCCESS);
    g_assert_true(hv_fake_last(fake->host, FAKE_VM_CONFIGURE_V3_MMU, &call));
    g_assert_cmphex(call.args[0], ==, HV_V3_MMU_RADIX | HV_V3_MMU_GTSE);
    g_assert_cmphex(call.args[1], ==, PATE1_GUEST_RADIX | 0x10000 | 4);

    /* Only GTSE changes; then all goes. */
    g_assert_cmpint(mmu_register_process_table(mmu, PROC_TABLE_TYPE_RADIX, 1, 2, 3), ==, H_SUCCESS);
    g_assert_true(hv_fake_last(fake->host, FAKE_VM_CONFIGURE_V3_MMU, &call));
    g_assert_cmphex(call.args[0], ==, HV_V3_MMU_RADIX);
    g_assert_cmphex(call.args[1], ==, PATE1_GUEST_RADIX | 0x10000 | 4);
    g_assert_cmpint(mmu_register_process_table(mmu, PROC_TABLE_OP_DEREGISTER, 0, 0, 0), ==,
                    H_SUCCESS);
    g_assert_true(hv_fake_last(fake->host, FAKE_VM_CONFIGURE_V3_MMU, &call));
    g_assert_cmphex(call.args[1], ==, PATE1_GUEST_RADIX);

    /* The other mode is for a reset; wrong words do not reach the kernel. */
    hv_fake_forget(fake->host);
    g_assert_cmpint(mmu_register_process_table(mmu, PROC_TABLE_OP_REGISTER, 1, 0, 0), ==,
                    H_PARAMETER);
    g_assert_cmpint(mmu_register_process_table(mmu, flags, 1, 0, 0), ==, H_P2);
    g_assert_cmpint(mmu_register_process_table(mmu, UINT64_MAX, 0, 0, 0), ==, H_PARAMETER);
    g_assert_cmpuint(hv_fake_count(fake->host, FAKE_VM_CONFIGURE_V3_MMU), ==, 0);
    free_guest(fake);

    /* Where there is no process table, there is no such call. */
    fake = make_guest(FAKE_HV_POWER8, MMU_AUTO, 128 * MIB);
    g_assert_cmpint(mmu_register_process_table(fake->vm.mmu, PROC_TABLE_OP_REGISTER, 1, 0, 0), ==,
                    H_FUNCTION);
    free_guest(fake);
}

static void test_register_refused(void)
{
    static const struct {
        int err;
        HcallRet ret;
    } cases[] = {
        {EBUSY, H_LONG_BUSY_10_MSEC}, {EINVAL, H_PARAMETER}, {ENODEV, H_HARDWARE},
        {EFAULT, H_HARDWARE},         {ENOMEM, H_HARDWARE},
    };
    const uint64_t flags = PROC_TABLE_OP_REGISTER | PROC_TABLE_TYPE_RADIX;
    FakeVm *fake = make_guest(FAKE_HV_POWER9, MMU_RADIX, 128 * MIB);
    FakeHvCall call;

    g_assert_cmpint(mmu_register_process_table(fake->vm.mmu, flags, 0x1000, 0, 0), ==, H_SUCCESS);
    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        hv_fake_fail(fake->host, FAKE_VM_CONFIGURE_V3_MMU, 1, cases[i].err);
        g_assert_cmpint(mmu_register_process_table(fake->vm.mmu, flags, 0x2000, 0, 1), ==,
                        cases[i].ret);
        /* What was registered before still is. */
        g_assert_cmpint(mmu_register_process_table(fake->vm.mmu, PROC_TABLE_TYPE_RADIX, 0, 0, 0),
                        ==, H_SUCCESS);
        g_assert_true(hv_fake_last(fake->host, FAKE_VM_CONFIGURE_V3_MMU, &call));
        g_assert_cmphex(call.args[1], ==, PATE1_GUEST_RADIX | 0x1000);
    }
    free_guest(fake);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_autofree char *dir = g_dir_make_tmp("paprika-mmu-XXXXXX", NULL);
    g_assert_nonnull(dir);
    g_assert_cmpint(g_chdir(dir), ==, 0);
    g_assert_true(log_open("mmu.log", LOG_WARN, NULL));

    g_test_add_func("/mmu/choose", test_choose);
    g_test_add_func("/mmu/choose_power8", test_choose_power8);
    g_test_add_func("/mmu/order", test_order);
    g_test_add_func("/mmu/vrma", test_vrma);
    g_test_add_func("/mmu/page_sizes", test_page_sizes);
    g_test_add_func("/mmu/allocate", test_allocate);
    g_test_add_func("/mmu/allocate_refused", test_allocate_refused);
    g_test_add_func("/mmu/proc_table_flags", test_proc_table_flags);
    g_test_add_func("/mmu/proc_table_words", test_proc_table_words);
    g_test_add_func("/mmu/reset", test_reset);
    g_test_add_func("/mmu/reset_refused", test_reset_refused);
    g_test_add_func("/mmu/register", test_register);
    g_test_add_func("/mmu/register_refused", test_register_refused);
    int status = g_test_run();

    g_unlink("mmu.log");
    g_chdir("/");
    g_rmdir(dir);
    return status;
}
