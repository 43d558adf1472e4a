/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Resizing a guest's hash page table, by a kernel that plays along, and one that does not. */
#include "mmu/hpt_resize.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "mmu/hpt_policy.h"
#include "mmu/mmu.h"
#include "src/base/error.h"
#include "src/base/log.h"
#include "src/base/papr_errno.h"
#include "tests/unit/fake_vm.h"
#include "tests/unit/hpt_model.h"

enum { FIRST = 18, LIMIT = 20, CPUS = 4 };

static const char *const log_path = "resize.log";

/** A hash guest with a table of order FIRST that may grow to LIMIT. */
typedef struct {
    FakeVm *fake;
    HptResize resize;
} Guest;

static void guest_init(Guest *guest)
{
    uint32_t order = FIRST;

    guest->fake = fake_vm_new(FAKE_HV_POWER9, CPUS, 1, 1, 0);
    g_assert_cmpint(guest->fake->vm.ops->vm_allocate_htab(guest->fake->vm.hv, &order), ==, 0);
    hpt_resize_init(&guest->resize, &guest->fake->vm);
    hpt_resize_reset(&guest->resize, FIRST, LIMIT);
}

static void guest_finish(Guest *guest)
{
    hpt_resize_finish(&guest->resize);
    /* The kernel would keep it for ever. */
    g_assert_cmpuint(hv_fake_prepared_order(guest->fake->vm.hv), ==, 0);
    g_assert_null(guest->fake->holder);
    fake_vm_free(guest->fake);
}

static HcallRet prepare(Guest *guest, uint64_t order)
{
    return hpt_resize_prepare(&guest->resize, 0, order);
}

static HcallRet commit(Guest *guest, uint64_t order)
{
    return hpt_resize_commit(&guest->resize, guest->fake->vm.vcpus[0], 0, order);
}

static unsigned calls(Guest *guest, FakeHvOp op) { return hv_fake_count(guest->fake->host, op); }

static char *take_log(void)
{
    char *text;

    g_assert_true(g_file_get_contents(log_path, &text, NULL, NULL));
    g_assert_cmpint(truncate(log_path, 0), ==, 0);
    return text;
}

/* --- return codes --------------------------------------------------------------- */

static void test_errno(void)
{
    static const struct {
        int err;
        HcallRet ret;
    } cases[] = {
        {0, H_SUCCESS},        {EPERM, H_AUTHORITY}, {EINVAL, H_PARAMETER}, {ENXIO, H_CLOSED},
        {ENOSPC, H_PTEG_FULL}, {EBUSY, H_BUSY},      {ENOMEM, H_NO_MEM},    {EIO, H_HARDWARE},
        {-1, H_HARDWARE},      {EFAULT, H_HARDWARE},
    };
    static const struct {
        unsigned ms;
        HcallRet ret;
    } times[] = {
        {0, H_LONG_BUSY_1_MSEC},           {1, H_LONG_BUSY_1_MSEC},
        {2, H_LONG_BUSY_10_MSEC},          {10, H_LONG_BUSY_10_MSEC},
        {11, H_LONG_BUSY_100_MSEC},        {100, H_LONG_BUSY_100_MSEC},
        {101, H_LONG_BUSY_1_SEC},          {1000, H_LONG_BUSY_1_SEC},
        {10000, H_LONG_BUSY_10_SEC},       {10001, H_LONG_BUSY_100_SEC},
        {100000, H_LONG_BUSY_100_SEC},     {100001, H_LONG_BUSY_100_SEC},
        {UINT32_MAX, H_LONG_BUSY_100_SEC},
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++)
        g_assert_cmpint(papr_from_errno(cases[i].err), ==, cases[i].ret);
    for (unsigned i = 0; i < G_N_ELEMENTS(times); i++)
        g_assert_cmpint(papr_long_busy(times[i].ms), ==, times[i].ret);
}

static void test_refused(void)
{
    static const uint64_t wrong[] = {1, 17, 47, 64, UINT64_C(1) << 32 | 19, UINT64_MAX};
    Guest guest;

    guest_init(&guest);
    hv_fake_forget(guest.fake->host);
    for (unsigned i = 0; i < G_N_ELEMENTS(wrong); i++) {
        g_assert_cmpint(prepare(&guest, wrong[i]), ==, H_PARAMETER);
        g_assert_cmpint(commit(&guest, wrong[i]), ==, H_PARAMETER);
    }
    g_assert_cmpint(hpt_resize_prepare(&guest.resize, 1, 19), ==, H_PARAMETER);
    g_assert_cmpint(
        hpt_resize_commit(&guest.resize, guest.fake->vm.vcpus[0], UINT64_C(1) << 63, 19), ==,
        H_PARAMETER);
    g_assert_cmpint(prepare(&guest, LIMIT + 1), ==, H_RESOURCE);
    g_assert_cmpint(prepare(&guest, 46), ==, H_RESOURCE);
    g_assert_cmpint(prepare(&guest, 0), ==, H_SUCCESS);
    g_assert_cmpint(commit(&guest, 19), ==, H_CLOSED);
    g_assert_cmpint(commit(&guest, 0), ==, H_CLOSED);

    hpt_resize_reset(&guest.resize, FIRST, 0);
    g_assert_cmpint(prepare(&guest, 19), ==, H_AUTHORITY);
    g_assert_cmpint(prepare(&guest, 0), ==, H_AUTHORITY);
    g_assert_cmpint(commit(&guest, 19), ==, H_AUTHORITY);
    hpt_resize_reset(&guest.resize, 0, 0);
    g_assert_cmpint(prepare(&guest, 19), ==, H_NOT_AVAILABLE);
    g_assert_cmpint(commit(&guest, 19), ==, H_NOT_AVAILABLE);

    /* The kernel was not asked, nor was any vCPU brought out. */
    g_assert_cmpuint(calls(&guest, FAKE_VM_RESIZE_HTAB_PREPARE), ==, 0);
    g_assert_cmpuint(calls(&guest, FAKE_VM_RESIZE_HTAB_COMMIT), ==, 0);
    g_assert_cmpuint(guest.fake->holds, ==, 0);
    guest_finish(&guest);
}

/* --- the usual way, and ways back ------------------------------------------------- */

static void test_change(void)
{
    Guest guest;
    FakeHvCall call;

    guest_init(&guest);
    hv_fake_set_prepare_polls(guest.fake->host, 2);
    for (unsigned i = 0; i < 3; i++)
        g_assert_cmpint(prepare(&guest, 20), ==, H_LONG_BUSY_100_MSEC);
    g_assert_cmpint(commit(&guest, 19), ==, H_CLOSED);
    g_assert_cmpuint(hv_fake_prepared_order(guest.fake->vm.hv), ==, 0);

    guest.resize.not_before = 0;
    for (unsigned i = 0; i < 3; i++)
        g_assert_cmpint(prepare(&guest, 19), ==, H_LONG_BUSY_100_MSEC);
    g_assert_cmpint(prepare(&guest, 19), ==, H_SUCCESS);
    unsigned before = calls(&guest, FAKE_VM_RESIZE_HTAB_PREPARE);
    g_assert_cmpint(prepare(&guest, 19), ==, H_SUCCESS);
    g_assert_cmpuint(calls(&guest, FAKE_VM_RESIZE_HTAB_PREPARE), ==, before);
    g_assert_cmpuint(hpt_resize_order(&guest.resize), ==, FIRST);
    g_assert_cmpint(commit(&guest, 19), ==, H_SUCCESS);
    g_assert_cmpuint(hpt_resize_order(&guest.resize), ==, 19);
    g_assert_cmpuint(hv_fake_htab_order(guest.fake->vm.hv), ==, 19);
    g_assert_cmpuint(guest.fake->holds, ==, 1);
    g_assert_cmpint(commit(&guest, 19), ==, H_CLOSED);

    /* The entries were looked at before: bolted ones only, from the first. */
    g_assert_true(hv_fake_last(guest.fake->host, FAKE_VM_GET_HTAB_FD, &call));
    g_assert_cmphex(call.args[0], ==, HV_HTAB_BOLTED_ONLY);
    guest_finish(&guest);
}

/** A commit before its time changes nothing, and once it is ready needs no other call. */
static void test_early_commit(void)
{
    Guest guest;

    guest_init(&guest);
    hv_fake_set_prepare_polls(guest.fake->host, 2);
    g_assert_cmpint(prepare(&guest, 19), ==, H_LONG_BUSY_100_MSEC);
    g_assert_cmpint(commit(&guest, 19), ==, H_BUSY);
    g_assert_cmpint(commit(&guest, 19), ==, H_BUSY);
    g_assert_cmpuint(guest.fake->holds, ==, 0);
    g_assert_cmpint(commit(&guest, 19), ==, H_SUCCESS);
    g_assert_cmpuint(hpt_resize_order(&guest.resize), ==, 19);

    /* Another vCPU holds all others: later. */
    g_assert_cmpint(prepare(&guest, 18), ==, H_LONG_BUSY_100_MSEC);
    for (unsigned i = 0; i < 2; i++)
        g_assert_cmpint(prepare(&guest, 18), ==, H_LONG_BUSY_100_MSEC);
    guest.fake->hold_refused = TRUE;
    g_assert_cmpint(commit(&guest, 18), ==, H_BUSY);
    g_assert_cmpint(commit(&guest, 18), ==, H_BUSY);
    guest.fake->hold_refused = FALSE;
    g_assert_cmpint(prepare(&guest, 18), ==, H_SUCCESS);
    g_assert_cmpint(commit(&guest, 18), ==, H_SUCCESS);
    guest_finish(&guest);
}

/** While one vCPU commits, others are told to wait. */
static void test_at_once(void)
{
    Guest guest;

    guest_init(&guest);
    g_assert_cmpint(prepare(&guest, 19), ==, H_LONG_BUSY_100_MSEC);
    g_assert_cmpint(prepare(&guest, 19), ==, H_SUCCESS);
    guest.resize.phase = HPT_RESIZE_COMMITTING;
    g_assert_cmpint(prepare(&guest, 19), ==, H_LONG_BUSY_10_MSEC);
    g_assert_cmpint(prepare(&guest, 20), ==, H_LONG_BUSY_10_MSEC);
    g_assert_cmpint(prepare(&guest, 0), ==, H_LONG_BUSY_10_MSEC);
    g_assert_cmpint(commit(&guest, 19), ==, H_BUSY);
    g_assert_cmpint(commit(&guest, 20), ==, H_BUSY);
    guest.resize.phase = HPT_RESIZE_READY;
    g_assert_cmpuint(hv_fake_prepared_order(guest.fake->vm.hv), ==, 19);
    g_assert_cmpint(commit(&guest, 19), ==, H_SUCCESS);
    guest_finish(&guest);
}

/** What is given up while it is made goes on being made: the next one has to wait. */
static void test_give_up(void)
{
    Guest guest;

    guest_init(&guest);
    hv_fake_set_prepare_polls(guest.fake->host, 1000);
    for (unsigned round = 0; round < 50; round++) {
        HcallRet ret = prepare(&guest, 19 + round % 2);

        if (round == 0)
            g_assert_cmpint(ret, ==, H_LONG_BUSY_100_MSEC);
        else
            g_assert_true(ret >= H_LONG_BUSY_1_MSEC && ret <= H_LONG_BUSY_100_MSEC);
        if (round % 3 == 0)
            g_assert_cmpint(prepare(&guest, 0), ==, H_SUCCESS);
    }
    /* Begun once, given up once; unless this took longer than the pause. */
    g_assert_cmpuint(calls(&guest, FAKE_VM_RESIZE_HTAB_PREPARE), <, 20);
    g_assert_cmpint(prepare(&guest, 0), ==, H_SUCCESS);
    g_assert_cmpuint(hv_fake_prepared_order(guest.fake->vm.hv), ==, 0);

    hv_fake_set_prepare_polls(guest.fake->host, 0);
    g_usleep(HPT_RESIZE_PAUSE_MS * 1000 + 1000);
    g_assert_cmpint(prepare(&guest, 20), ==, H_LONG_BUSY_100_MSEC);
    g_assert_cmpuint(hv_fake_prepared_order(guest.fake->vm.hv), ==, 20);
    /* One that is ready goes at once. */
    g_assert_cmpint(prepare(&guest, 20), ==, H_SUCCESS);
    g_assert_cmpint(prepare(&guest, 19), ==, H_LONG_BUSY_100_MSEC);
    g_assert_cmpuint(hv_fake_prepared_order(guest.fake->vm.hv), ==, 19);
    g_assert_cmpint(prepare(&guest, 0), ==, H_SUCCESS);
    guest_finish(&guest);
}

static void test_reset(void)
{
    Guest guest;

    guest_init(&guest);
    for (unsigned ready = 0; ready < 2; ready++) {
        guest.resize.not_before = 0;
        g_assert_cmpint(prepare(&guest, 19), ==, H_LONG_BUSY_100_MSEC);
        if (ready)
            g_assert_cmpint(prepare(&guest, 19), ==, H_SUCCESS);
        hpt_resize_reset(&guest.resize, FIRST, LIMIT);
        g_assert_cmpuint(hv_fake_prepared_order(guest.fake->vm.hv), ==, 0);
        g_assert_cmpint(commit(&guest, 19), ==, H_CLOSED);
    }
    guest.resize.not_before = 0;
    g_assert_cmpint(prepare(&guest, 19), ==, H_LONG_BUSY_100_MSEC);
    guest_finish(&guest);
}

/* --- a kernel that refuses ---------------------------------------------------------- */

static const struct {
    int err;
    HcallRet ret;
} refusals[] = {
    {ENOMEM, H_NO_MEM}, {EBUSY, H_BUSY},      {ENOSPC, H_PTEG_FULL}, {EINVAL, H_PARAMETER},
    {ENXIO, H_CLOSED},  {EPERM, H_AUTHORITY}, {EIO, H_HARDWARE},
};

static void test_prepare_refused(void)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(refusals); i++) {
        for (unsigned nth = 1; nth <= 4; nth++) {
            Guest guest;

            guest_init(&guest);
            hv_fake_set_prepare_polls(guest.fake->host, 2);
            hv_fake_fail(guest.fake->host, FAKE_VM_RESIZE_HTAB_PREPARE, nth, refusals[i].err);
            for (unsigned call = 1; call < nth; call++)
                g_assert_cmpint(prepare(&guest, 19), ==, H_LONG_BUSY_100_MSEC);
            g_assert_cmpint(prepare(&guest, 19), ==, refusals[i].ret);
            g_assert_cmpint(commit(&guest, 19), ==, H_CLOSED);
            g_assert_cmpuint(hpt_resize_order(&guest.resize), ==, FIRST);
            /* It may try again. */
            g_assert_cmpint(prepare(&guest, 19), ==, H_LONG_BUSY_100_MSEC);
            guest_finish(&guest);
        }
    }

    /* Asked by a commit. */
    for (unsigned i = 0; i < G_N_ELEMENTS(refusals); i++) {
        Guest guest;

        guest_init(&guest);
        g_assert_cmpint(prepare(&guest, 19), ==, H_LONG_BUSY_100_MSEC);
        hv_fake_fail(guest.fake->host, FAKE_VM_RESIZE_HTAB_PREPARE, 1, refusals[i].err);
        g_assert_cmpint(commit(&guest, 19), ==, refusals[i].ret);
        g_assert_cmpint(commit(&guest, 19), ==, H_CLOSED);
        g_assert_cmpuint(guest.fake->holds, ==, 0);
        guest_finish(&guest);
    }

    /* There is no memory for it: known when the kernel has tried. */
    Guest guest;
    guest_init(&guest);
    hv_fake_set_max_htab_order(guest.fake->host, 19);
    g_assert_cmpint(prepare(&guest, 20), ==, H_LONG_BUSY_100_MSEC);
    g_assert_cmpint(prepare(&guest, 20), ==, H_NO_MEM);
    g_assert_cmpint(commit(&guest, 20), ==, H_CLOSED);
    g_assert_cmpint(prepare(&guest, 19), ==, H_LONG_BUSY_100_MSEC);
    guest_finish(&guest);
}

/** A guest whose table of @order is ready. */
static void guest_init_ready(Guest *guest, uint32_t order)
{
    guest_init(guest);
    g_assert_cmpint(prepare(guest, order), ==, H_LONG_BUSY_100_MSEC);
    g_assert_cmpint(prepare(guest, order), ==, H_SUCCESS);
}

/** After a commit that came to nothing: all as before, and it can begin again. */
static void check_unchanged(Guest *guest)
{
    g_assert_cmpuint(guest->fake->holds, ==, 1);
    g_assert_null(guest->fake->holder);
    g_assert_cmpuint(hpt_resize_order(&guest->resize), ==, FIRST);
    g_assert_cmpuint(hv_fake_prepared_order(guest->fake->vm.hv), ==, 0);
    g_assert_cmpint(commit(guest, 19), ==, H_CLOSED);
    g_assert_cmpint(prepare(guest, 19), ==, H_LONG_BUSY_100_MSEC);
    g_assert_cmpint(prepare(guest, 19), ==, H_SUCCESS);
    g_assert_cmpint(commit(guest, 19), ==, H_SUCCESS);
    guest_finish(guest);
}

static void test_commit_refused(void)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(refusals); i++) {
        Guest guest;

        guest_init_ready(&guest, 19);
        hv_fake_fail(guest.fake->host, FAKE_VM_RESIZE_HTAB_COMMIT, 1, refusals[i].err);
        g_assert_cmpint(commit(&guest, 19), ==, refusals[i].ret);
        check_unchanged(&guest);

        /* The table can't be looked at: not without that. */
        guest_init_ready(&guest, 19);
        hv_fake_fail(guest.fake->host, FAKE_VM_GET_HTAB_FD, 1, refusals[i].err);
        g_assert_cmpint(commit(&guest, 19), ==, H_HARDWARE);
        g_assert_cmpuint(calls(&guest, FAKE_VM_RESIZE_HTAB_COMMIT), ==, 0);
        check_unchanged(&guest);
    }

    /* A smaller table needs no such look. */
    Guest shrinking;
    guest_init_ready(&shrinking, 20);
    g_assert_cmpint(commit(&shrinking, 20), ==, H_SUCCESS);
    g_assert_cmpint(prepare(&shrinking, 19), ==, H_LONG_BUSY_100_MSEC);
    g_assert_cmpint(prepare(&shrinking, 19), ==, H_SUCCESS);
    hv_fake_fail_always(shrinking.fake->host, FAKE_VM_GET_HTAB_FD, ENOMEM);
    g_assert_cmpint(commit(&shrinking, 19), ==, H_SUCCESS);
    guest_finish(&shrinking);

    static const size_t cuts[] = {0, 4, 8, 16};
    for (unsigned i = 0; i < G_N_ELEMENTS(cuts); i++) {
        Guest guest;

        guest_init_ready(&guest, 19);
        hv_fake_set_stream_limit(guest.fake->host, 1, cuts[i]);
        HcallRet ret = commit(&guest, 19);
        if (cuts[i] < 8) {
            g_assert_cmpint(ret, ==, H_HARDWARE);
            g_assert_cmpuint(calls(&guest, FAKE_VM_RESIZE_HTAB_COMMIT), ==, 0);
            check_unchanged(&guest);
        } else {
            /* One record says it all: 16384 empty slots. */
            g_assert_cmpint(ret, ==, H_SUCCESS);
            guest_finish(&guest);
        }
    }
}

/* --- entries --------------------------------------------------------------------------- */

/** Put an entry for a random address in its group; bolted one time in @bolted_in. */
static void add_entry(uint64_t *random, HptTable *table, unsigned bolted_in)
{
    HptePageKind kind = model_random_kind(random);
    unsigned base = hpte_kind_size(kind).base;
    HptVa va = model_random_va(random, base);
    HptEntry entry = model_entry(random, &va, kind, bolted_in);
    gboolean secondary = model_below(random, 4) == 0;
    uint64_t group = model_group(&va, base, secondary, table->geometry.order);
    uint64_t index = hpt_index_of(group, (unsigned)model_below(random, HPT_GROUP_SLOTS));

    entry.v &= ~HPTE_V_SECONDARY;
    entry.v |= secondary ? HPTE_V_SECONDARY : 0;
    table->entries[index] = hpte_guest_view(entry);
}

static HptTable *random_table(uint64_t *random, unsigned entries)
{
    HptTable *table = hpt_table_new(FIRST, NULL);

    for (unsigned i = 0; i < entries; i++)
        add_entry(random, table, 3);
    return table;
}

/** What Linux 6.12 makes of bolted entries on the way to another table, by its own formula. */
static gboolean kernel_would_crash(const HptTable *from, uint32_t order)
{
    uint64_t old_mask = from->geometry.group_mask;
    uint64_t new_mask = (UINT64_C(1) << (order - 7)) - 1;
    g_autofree uint8_t *taken = g_malloc0(UINT64_C(1) << (order - HPT_ENTRY_SHIFT));

    if (order < from->geometry.order)
        return FALSE;
    for (uint64_t i = 0; i < from->geometry.entries; i++) {
        HptEntry entry = from->entries[i];
        if (!hpte_is_present(entry) || !(entry.v & HPTE_V_BOLTED))
            continue;
        unsigned shift = hpte_page_size(entry).base;
        uint64_t avpn = model_bits(entry.v, 2, 56) & ~(((UINT64_C(1) << shift) - 1) >> 23);
        unsigned bits = entry.v & HPTE_V_B_1T ? 17 : 5;
        uint64_t vsid = avpn >> bits, offset = (avpn & ((1u << bits) - 1)) << 23;
        uint64_t mix = entry.v & HPTE_V_B_1T ? vsid ^ vsid << 25 : vsid;
        uint64_t group = entry.v & HPTE_V_SECONDARY ? ~(i / 8) : i / 8;
        if (shift < 23)
            offset |= ((mix ^ group) & old_mask) << shift;
        uint64_t hash = mix ^ offset >> shift;
        uint64_t place = (entry.v & HPTE_V_SECONDARY ? ~hash : hash) & new_mask;
        if (taken[place * 8 + i % 8]++)
            return TRUE;
    }
    return FALSE;
}

static HptTable *copy_table(const HptTable *table)
{
    HptTable *copy = hpt_table_new(table->geometry.order, NULL);

    memcpy(copy->entries, table->entries, table->geometry.size);
    return copy;
}

/**
 * A hostile guest's tables: whenever the kernel would run into its BUG(), the
 * commit is refused before; and whenever all entries are at home, it is not.
 */
static void test_harm(void)
{
    uint64_t random = 7;
    unsigned crashes = 0, refused = 0;

    for (unsigned round = 0; round < 60; round++) {
        g_autoptr(HptTable) table = random_table(&random, 400);
        unsigned strays = round % 4 ? (unsigned)model_below(&random, 4) : 0;
        gboolean bolted_stray = FALSE;
        Guest guest;

        for (unsigned i = 0; i < strays; i++) {
            /* The twin of an entry, in the same slot of another group. */
            uint64_t from = model_below(&random, table->geometry.entries);
            while (!hpte_is_present(table->entries[from]))
                from = (from + 1) % table->geometry.entries;
            uint64_t to = from ^ (1 + model_below(&random, table->geometry.group_mask)) << 3;
            table->entries[to] = table->entries[from];
            if (model_below(&random, 3))
                table->entries[to].v |= HPTE_V_BOLTED, table->entries[from].v |= HPTE_V_BOLTED;
            bolted_stray |= (table->entries[to].v & HPTE_V_BOLTED) != 0;
        }
        uint32_t order = FIRST + (uint32_t)model_below(&random, 3);
        gboolean crash = kernel_would_crash(table, order);
        crashes += crash;

        guest_init_ready(&guest, order);
        hv_fake_set_htab(guest.fake->vm.hv, copy_table(table));
        HcallRet ret = commit(&guest, order);
        if (!strays)
            g_assert_cmpint(ret, ==, H_SUCCESS);
        if (crash)
            g_assert_cmpint(ret, ==, H_PTEG_FULL);
        /* Nor for anything else than a bolted stray. */
        if (!bolted_stray)
            g_assert_cmpint(ret, ==, H_SUCCESS);
        refused += ret == H_PTEG_FULL;
        g_assert_cmpuint(calls(&guest, FAKE_VM_RESIZE_HTAB_COMMIT), ==, ret == H_SUCCESS);
        g_assert_cmpuint(hv_fake_prepared_order(guest.fake->vm.hv), ==, 0);
        guest_finish(&guest);
    }
    g_assert_cmpuint(crashes, >, 3);
    g_assert_cmpuint(refused, >=, crashes);
}

/** The two entries that no processor finds, and that Linux's KVM does not survive. */
static void test_twins(void)
{
    uint64_t random = 11;
    HptVa va = {.vsid = 0x1234, .offset = UINT64_C(5) << 24, .segment_shift = 28};
    g_autoptr(HptTable) table = hpt_table_new(FIRST, NULL);
    HptEntry entry = model_entry(&random, &va, HPTE_PAGE_16M, 1);
    Guest guest;
    g_autofree char *log = NULL;

    entry = hpte_guest_view(entry);
    table->entries[hpt_index_of(3, 2)] = table->entries[hpt_index_of(9, 2)] = entry;
    g_assert_true(kernel_would_crash(table, 19));
    g_assert_true(kernel_would_crash(table, 18));
    g_free(take_log());
    guest_init_ready(&guest, 19);
    hv_fake_set_htab(guest.fake->vm.hv, g_steal_pointer(&table));
    g_assert_cmpint(commit(&guest, 19), ==, H_PTEG_FULL);
    g_assert_cmpuint(calls(&guest, FAKE_VM_RESIZE_HTAB_COMMIT), ==, 0);
    log = take_log();
    g_assert_nonnull(strstr(log, "2 bolted entries are where no processor looks for them"));
    guest_finish(&guest);
}

/* --- the oracle --------------------------------------------------------------------------- */

static void test_verify(void)
{
    uint64_t random = 3;
    Guest guest;
    g_autofree char *log = NULL, *sum = NULL;

    g_free(take_log());
    guest_init_ready(&guest, 20);
    guest.fake->config.hpt_verify = TRUE;
    hv_fake_set_htab(guest.fake->vm.hv, random_table(&random, 900));
    g_assert_cmpint(commit(&guest, 20), ==, H_SUCCESS);
    g_assert_cmpuint(guest.resize.totals.checked, ==, 1);
    g_assert_cmpuint(guest.resize.totals.wrong, ==, 0);
    g_assert_cmpuint(guest.resize.totals.moved, >, 200);
    g_assert_cmpuint(guest.resize.totals.dropped, >, 200);

    /* Two that collide in the smaller table: refused, and rightly so. */
    HptTable *table = hv_fake_htab(guest.fake->vm.hv);
    HptVa va = {.vsid = 1, .offset = 0, .segment_shift = 28};
    for (unsigned i = 0; i < 2; i++, va.offset += UINT64_C(1) << (12 + 13 - 2)) {
        HptEntry entry = model_entry(&random, &va, HPTE_PAGE_4K, 1);

        entry.v &= ~HPTE_V_SECONDARY;
        table->entries[hpt_index_of(model_group(&va, 12, FALSE, 20), 1)] = hpte_guest_view(entry);
    }
    g_assert_cmpint(prepare(&guest, 18), ==, H_LONG_BUSY_100_MSEC);
    g_assert_cmpint(prepare(&guest, 18), ==, H_SUCCESS);
    g_assert_cmpint(commit(&guest, 18), ==, H_PTEG_FULL);
    g_assert_cmpuint(guest.resize.totals.refused, ==, 1);
    g_assert_cmpuint(guest.resize.totals.wrong, ==, 0);
    g_assert_cmpuint(hpt_resize_order(&guest.resize), ==, 20);
    sum = take_log();
    g_assert_null(strstr(sum, "error: "));
    g_clear_pointer(&sum, g_free);

    /* A kernel that loses an entry. */
    hv_fake_set_commit_loses(guest.fake->host, TRUE);
    g_assert_cmpint(prepare(&guest, 20), ==, H_LONG_BUSY_100_MSEC);
    g_assert_cmpint(prepare(&guest, 20), ==, H_SUCCESS);
    g_assert_cmpint(commit(&guest, 20), ==, H_SUCCESS);
    g_assert_cmpuint(guest.resize.totals.wrong, ==, 1);
    hv_fake_set_commit_loses(guest.fake->host, FALSE);
    /* One that refuses what it could do. */
    g_assert_cmpint(prepare(&guest, 20), ==, H_LONG_BUSY_100_MSEC);
    g_assert_cmpint(prepare(&guest, 20), ==, H_SUCCESS);
    hv_fake_fail(guest.fake->host, FAKE_VM_RESIZE_HTAB_COMMIT, 1, ENOSPC);
    g_assert_cmpint(commit(&guest, 20), ==, H_PTEG_FULL);
    g_assert_cmpuint(guest.resize.totals.wrong, ==, 2);
    log = take_log();
    g_assert_nonnull(strstr(log, "error: "));
    g_assert_nonnull(strstr(log, "from order 20 to 20 is wrong"));
    g_assert_nonnull(strstr(log, " 1 slots differ"));
    g_assert_nonnull(strstr(log, "instead of"));
    /* One without memory has done nothing wrong. */
    g_assert_cmpint(prepare(&guest, 20), ==, H_LONG_BUSY_100_MSEC);
    g_assert_cmpint(prepare(&guest, 20), ==, H_SUCCESS);
    hv_fake_fail(guest.fake->host, FAKE_VM_RESIZE_HTAB_COMMIT, 1, ENOMEM);
    g_assert_cmpint(commit(&guest, 20), ==, H_NO_MEM);
    g_assert_cmpuint(guest.resize.totals.wrong, ==, 2);
    guest_finish(&guest);
    sum = take_log();
    g_assert_nonnull(strstr(sum, "5 resizes checked, 2 wrong, 2 refused; "));
    g_assert_nonnull(strstr(sum, " of 64K/16M"));
}

/** What can't be read before it is not checked; what can't be read afterwards is wrong. */
static void test_verify_unreadable(void)
{
    for (unsigned opening = 2; opening <= 3; opening++) {
        uint64_t random = 5;
        Guest guest;

        guest_init_ready(&guest, 19);
        guest.fake->config.hpt_verify = TRUE;
        hv_fake_set_htab(guest.fake->vm.hv, random_table(&random, 100));
        hv_fake_set_stream_limit(guest.fake->host, opening, 100);
        g_assert_cmpint(commit(&guest, 19), ==, H_SUCCESS);
        g_assert_cmpuint(guest.resize.totals.checked, ==, opening - 2);
        g_assert_cmpuint(guest.resize.totals.wrong, ==, opening - 2);
        guest_finish(&guest);
    }
}

/* --- any sequence -------------------------------------------------------------------------- */

/** The state machine as the header has it. */
typedef struct {
    uint32_t order, current;
    /** Answers until it is there; -1: none is asked for. */
    int polls;
    /** The guest was told that it is there. */
    gboolean ready;
} Model;

static void model_drop(Model *model)
{
    model->polls = -1;
    model->ready = FALSE;
}

static HcallRet model_prepare(Model *model, uint32_t order, int polls)
{
    if (order > LIMIT)
        return H_RESOURCE;
    if (model->polls >= 0 && model->order != order) {
        gboolean pause = !model->ready;

        model_drop(model);
        if (order && pause)
            return H_LONG_BUSY_100_MSEC;
    }
    if (order == 0)
        return H_SUCCESS;
    if (model->polls < 0) {
        model->order = order;
        model->polls = polls;
        return H_LONG_BUSY_100_MSEC;
    }
    if (model->polls > 0) {
        model->polls--;
        return H_LONG_BUSY_100_MSEC;
    }
    model->ready = TRUE;
    return H_SUCCESS;
}

static HcallRet model_commit(Model *model, uint32_t order, int err)
{
    if (model->polls < 0 || model->order != order) {
        model_drop(model);
        return H_CLOSED;
    }
    if (model->polls > 0) {
        model->polls--;
        return H_BUSY;
    }
    model_drop(model);
    if (err)
        return papr_from_errno(err);
    model->current = order;
    return H_SUCCESS;
}

static void test_any(void)
{
    const uint64_t operations = model_operations(40000);
    Model model = {.current = FIRST, .polls = -1};
    uint64_t random = 1, changes = 0;
    Guest guest;

    guest_init(&guest);
    for (uint64_t i = 0; i < operations; i++) {
        uint32_t order = FIRST + (uint32_t)model_below(&random, 4);
        Vcpu *cpu = guest.fake->vm.vcpus[model_below(&random, CPUS)];
        int polls = (int)model_below(&random, 3);
        HcallRet ret;

        guest.resize.not_before = 0;
        hv_fake_set_prepare_polls(guest.fake->host, (unsigned)polls);
        switch (model_below(&random, 8)) {
        case 0:
            g_assert_cmpint(prepare(&guest, 0), ==, model_prepare(&model, 0, 0));
            break;
        case 1:
            if (model_below(&random, 8) == 0) {
                hpt_resize_reset(&guest.resize, model.current, LIMIT);
                model_drop(&model);
            }
            break;
        case 2:
        case 3: {
            int err = model_below(&random, 3) ? 0 : refusals[model_below(&random, 7)].err;

            /* A commit that gets as far as the kernel. */
            if (err && model.polls == 0 && model.order == order)
                hv_fake_fail(guest.fake->host, FAKE_VM_RESIZE_HTAB_COMMIT, 1, err);
            ret = hpt_resize_commit(&guest.resize, cpu, 0, order);
            g_assert_cmpint(ret, ==, model_commit(&model, order, err));
            changes += ret == H_SUCCESS;
            break;
        }
        case 4:
            order = model.polls >= 0 ? model.order : order;
            /* fall through */
        default:
            g_assert_cmpint(prepare(&guest, order), ==, model_prepare(&model, order, polls));
            break;
        }
        g_assert_cmpuint(hpt_resize_order(&guest.resize), ==, model.current);
        g_assert_cmpuint(hv_fake_htab_order(guest.fake->vm.hv), ==, model.current);
        g_assert_cmpuint(hv_fake_prepared_order(guest.fake->vm.hv), ==,
                         model.polls < 0 ? 0 : model.order);
        if (i % 1000 == 0)
            hv_fake_forget(guest.fake->host);
    }
    g_assert_cmpuint(changes, >, operations / 200);
    guest_finish(&guest);
}

/* --- sizes, and the whole translation ---------------------------------------------------- */

static void test_policy(void)
{
    HvCaps caps = {.resize_hpt = TRUE};
    VmConfig config = {.memory = GIB};

    g_assert_true(hpt_policy_resizable(&config, &caps));
    g_assert_cmpuint(hpt_policy_first_order(&config, TRUE, 65536), ==, 23);
    g_assert_cmpuint(hpt_policy_limit(&config, 23, 65536), ==, 24);
    /* The host granted less, or the user wants more. */
    g_assert_cmpuint(hpt_policy_limit(&config, 20, 65536), ==, 24);
    g_assert_cmpuint(hpt_policy_limit(&config, 30, 65536), ==, 30);
    g_assert_cmpuint(hpt_policy_limit(&config, 36, 65536), ==, 36);
    g_assert_cmpuint(hpt_policy_limit(&config, 37, 65536), ==, 0);

    config.max_memory = 4 * GIB;
    g_assert_cmpuint(hpt_policy_first_order(&config, TRUE, 65536), ==, 23);
    g_assert_cmpuint(hpt_policy_first_order(&config, FALSE, 65536), ==, 25);
    g_assert_cmpuint(hpt_policy_limit(&config, 23, 65536), ==, 26);
    config.hpt_order = 21;
    g_assert_cmpuint(hpt_policy_first_order(&config, TRUE, 65536), ==, 21);
    g_assert_cmpuint(hpt_policy_first_order(&config, FALSE, 65536), ==, 21);
    config.memory = config.max_memory = CONFIG_MAX_MEMORY;
    g_assert_cmpuint(hpt_policy_limit(&config, 37, 65536), ==, 0);

    config.hpt_resize = HPT_RESIZE_ON;
    g_assert_true(hpt_policy_resizable(&config, &caps));
    config.hpt_resize = HPT_RESIZE_OFF;
    g_assert_false(hpt_policy_resizable(&config, &caps));
    config.hpt_resize = HPT_RESIZE_AUTO;
    caps.resize_hpt = FALSE;
    g_assert_false(hpt_policy_resizable(&config, &caps));
}

static FakeVm *new_machine(const VmConfig *config)
{
    FakeVm *fake = fake_vm_new(FAKE_HV_POWER9, 2, 1, 1, config->memory);
    g_autoptr(GError) error = NULL;

    fake->config.mmu = config->mmu;
    fake->config.max_memory = config->max_memory;
    fake->config.hpt_order = config->hpt_order;
    fake->config.hpt_resize = config->hpt_resize;
    fake->vm.mmu = mmu_new(&fake->vm, &error);
    g_assert_no_error(error);
    g_assert_true(mmu_reset(fake->vm.mmu, &error));
    return fake;
}

static void free_machine(FakeVm *fake)
{
    mmu_free(fake->vm.mmu);
    fake_vm_free(fake);
}

/** After a reboot the table has its first size; one in preparation is gone. */
static void test_reboot(void)
{
    FakeVm *fake = new_machine(&(VmConfig){.memory = GIB, .mmu = MMU_HASH});
    g_autoptr(GError) error = NULL;
    Mmu *mmu = fake->vm.mmu;

    g_assert_cmpuint(mmu_hpt_order(mmu), ==, 23);
    g_assert_cmpint(mmu_resize_prepare(mmu, 0, 25), ==, H_RESOURCE);
    g_assert_cmpint(mmu_resize_prepare(mmu, 0, 24), ==, H_LONG_BUSY_100_MSEC);
    g_assert_cmpint(mmu_resize_prepare(mmu, 0, 24), ==, H_SUCCESS);
    g_assert_cmpint(mmu_resize_commit(mmu, fake->vm.vcpus[1], 0, 24), ==, H_SUCCESS);
    g_assert_cmpuint(mmu_hpt_order(mmu), ==, 24);
    g_assert_cmpint(mmu_resize_prepare(mmu, 0, 22), ==, H_LONG_BUSY_100_MSEC);
    g_assert_true(mmu_reset(mmu, &error));
    g_assert_cmpuint(mmu_hpt_order(mmu), ==, 23);
    g_assert_cmpuint(hv_fake_htab_order(fake->vm.hv), ==, 23);
    g_assert_cmpuint(hv_fake_prepared_order(fake->vm.hv), ==, 0);

    /* The host has less by now, and what it gave then is asked for from then on. */
    g_assert_cmpint(mmu_resize_prepare(mmu, 0, 24), >=, H_LONG_BUSY_1_MSEC);
    hv_fake_set_max_htab_order(fake->host, 22);
    g_assert_true(mmu_reset(mmu, &error));
    g_assert_cmpuint(mmu_hpt_order(mmu), ==, 22);
    hv_fake_fail(fake->host, FAKE_VM_ALLOCATE_HTAB, 1, EBUSY);
    g_assert_false(mmu_reset(mmu, &error));
    free_machine(fake);
}

/** A guest that can't resize gets the table of its largest memory, and no resize. */
static void test_guest(void)
{
    const VmConfig config = {.memory = GIB, .max_memory = 8 * GIB, .mmu = MMU_HASH};
    FakeVm *fake = new_machine(&config);
    g_autoptr(GError) error = NULL;
    Mmu *mmu = fake->vm.mmu;

    g_assert_cmpuint(mmu_hpt_order(mmu), ==, 23);
    g_assert_cmpint(mmu_resize_prepare(mmu, 0, 28), ==, H_RESOURCE);
    g_assert_cmpint(mmu_resize_prepare(mmu, 0, 27), ==, H_LONG_BUSY_100_MSEC);
    mmu_set_guest_resizes(mmu, TRUE);
    g_assert_false(mmu_wants_other_table(mmu));
    mmu_set_guest_resizes(mmu, FALSE);
    g_assert_true(mmu_wants_other_table(mmu));
    g_assert_true(mmu_reset(mmu, &error));
    g_assert_cmpuint(mmu_hpt_order(mmu), ==, 26);
    mmu_set_guest_resizes(mmu, FALSE);
    g_assert_false(mmu_wants_other_table(mmu));
    g_assert_cmpint(mmu_resize_prepare(mmu, 0, 24), ==, H_AUTHORITY);
    mmu_set_guest_resizes(mmu, TRUE);
    g_assert_true(mmu_wants_other_table(mmu));
    g_assert_true(mmu_reset(mmu, &error));
    g_assert_cmpuint(mmu_hpt_order(mmu), ==, 23);
    free_machine(fake);

    fake = new_machine(&(VmConfig){
        .memory = GIB, .max_memory = 8 * GIB, .mmu = MMU_HASH, .hpt_resize = HPT_RESIZE_OFF});
    g_assert_cmpuint(mmu_hpt_order(fake->vm.mmu), ==, 26);
    g_assert_cmpint(mmu_resize_prepare(fake->vm.mmu, 0, 24), ==, H_AUTHORITY);
    free_machine(fake);

    fake = new_machine(&(VmConfig){.memory = GIB, .mmu = MMU_RADIX, .hpt_order = 22});
    g_assert_cmpuint(mmu_hpt_order(fake->vm.mmu), ==, 0);
    g_assert_cmpint(mmu_resize_prepare(fake->vm.mmu, 0, 20), ==, H_NOT_AVAILABLE);
    g_assert_cmpint(mmu_resize_commit(fake->vm.mmu, fake->vm.vcpus[0], 0, 20), ==, H_NOT_AVAILABLE);
    mmu_set_guest_resizes(fake->vm.mmu, FALSE);
    g_assert_false(mmu_wants_other_table(fake->vm.mmu));
    free_machine(fake);

    /* A host that can't: "on" is an error, "auto" is not. */
    for (unsigned on = 0; on < 2; on++) {
        fake = fake_vm_new(FAKE_HV_POWER8, 1, 1, 1, 128 * MIB);
        hv_fake_caps(fake->host)->resize_hpt = FALSE;
        fake->config.hpt_resize = on ? HPT_RESIZE_ON : HPT_RESIZE_AUTO;
        g_clear_error(&error);
        fake->vm.mmu = mmu_new(&fake->vm, &error);
        if (on) {
            g_assert_error(error, PAPRIKA_ERROR, PAPRIKA_ERROR_USAGE);
            g_assert_nonnull(strstr(error->message, "--hpt-resize on"));
        } else {
            g_assert_true(mmu_reset(fake->vm.mmu, &error));
            g_assert_cmpint(mmu_resize_prepare(fake->vm.mmu, 0, 20), ==, H_AUTHORITY);
        }
        free_machine(fake);
    }
}

/** H_CLEAR_HPT: the table as it is, zeroed, with the other vCPUs out. */
static void test_clear(void)
{
    FakeVm *fake = new_machine(&(VmConfig){.memory = GIB, .mmu = MMU_HASH});
    Mmu *mmu = fake->vm.mmu;
    Vcpu *cpu = fake->vm.vcpus[0];
    FakeHvCall call;
    uint64_t random = 1;

    g_assert_cmpint(mmu_resize_prepare(mmu, 0, 18), ==, H_LONG_BUSY_100_MSEC);
    g_assert_cmpint(mmu_resize_prepare(mmu, 0, 18), ==, H_SUCCESS);
    g_assert_cmpint(mmu_resize_commit(mmu, cpu, 0, 18), ==, H_SUCCESS);
    g_assert_cmpint(mmu_resize_prepare(mmu, 0, 19), ==, H_LONG_BUSY_100_MSEC);
    hv_fake_set_htab(fake->vm.hv, random_table(&random, 100));
    unsigned holds = fake->holds;
    g_assert_cmpint(mmu_clear_hpt(mmu, cpu), ==, H_SUCCESS);
    g_assert_cmpuint(fake->holds, ==, holds + 1);
    g_assert_null(fake->holder);
    g_assert_null(hv_fake_htab(fake->vm.hv));
    g_assert_true(hv_fake_last(fake->host, FAKE_VM_ALLOCATE_HTAB, &call));
    g_assert_cmpuint(call.args[0], ==, 18);
    /* What is prepared stays so. */
    g_assert_cmpint(mmu_resize_prepare(mmu, 0, 19), ==, H_SUCCESS);

    hv_fake_fail(fake->host, FAKE_VM_ALLOCATE_HTAB, 1, EBUSY);
    g_assert_cmpint(mmu_clear_hpt(mmu, cpu), ==, H_HARDWARE);
    g_assert_null(fake->holder);
    fake->hold_refused = TRUE;
    g_assert_cmpint(mmu_clear_hpt(mmu, cpu), ==, H_CONTINUE);
    g_assert_cmpuint(mmu_hpt_order(mmu), ==, 18);
    free_machine(fake);

    fake = new_machine(&(VmConfig){.memory = GIB, .mmu = MMU_RADIX});
    g_assert_cmpint(mmu_clear_hpt(fake->vm.mmu, fake->vm.vcpus[0]), ==, H_FUNCTION);
    g_assert_cmpuint(fake->holds, ==, 0);
    free_machine(fake);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_autofree char *dir = g_dir_make_tmp("paprika-resize-XXXXXX", NULL);
    g_assert_nonnull(dir);
    g_assert_cmpint(g_chdir(dir), ==, 0);
    g_assert_true(log_open(log_path, LOG_INFO, NULL));

    g_test_add_func("/hpt_resize/errno", test_errno);
    g_test_add_func("/hpt_resize/refused", test_refused);
    g_test_add_func("/hpt_resize/change", test_change);
    g_test_add_func("/hpt_resize/early_commit", test_early_commit);
    g_test_add_func("/hpt_resize/at_once", test_at_once);
    g_test_add_func("/hpt_resize/give_up", test_give_up);
    g_test_add_func("/hpt_resize/reset", test_reset);
    g_test_add_func("/hpt_resize/prepare_refused", test_prepare_refused);
    g_test_add_func("/hpt_resize/commit_refused", test_commit_refused);
    g_test_add_func("/hpt_resize/twins", test_twins);
    g_test_add_func("/hpt_resize/verify", test_verify);
    g_test_add_func("/hpt_resize/harm", test_harm);
    g_test_add_func("/hpt_resize/verify_unreadable", test_verify_unreadable);
    g_test_add_func("/hpt_resize/any", test_any);
    g_test_add_func("/hpt_resize/policy", test_policy);
    g_test_add_func("/hpt_resize/reboot", test_reboot);
    g_test_add_func("/hpt_resize/guest", test_guest);
    g_test_add_func("/hpt_resize/clear", test_clear);
    int status = g_test_run();

    g_unlink(log_path);
    g_chdir("/");
    g_rmdir(dir);
    return status;
}
