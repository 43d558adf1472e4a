/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "mmu/hpt_verify.h"

#include "mmu/hpt_compare.h"
#include "mmu/hpt_fetch.h"
#include "mmu/hpt_rehash.h"
#include "mmu/hpt_stats.h"
#include "src/base/log.h"

enum { VERIFY_SHOWN = 4 };

static HptTable *read_table(const HvOps *ops, HvVm *vm, uint32_t order, GError **error)
{
    g_autoptr(HptTable) table = hpt_table_new(order, error);

    if (!table || !hpt_fetch(ops, vm, order, FALSE, &hpt_stream_to_table, table, error))
        return NULL;
    return g_steal_pointer(&table);
}

HptTable *hpt_verify_before(const HvOps *ops, HvVm *vm, uint32_t order, GError **error)
{
    return read_table(ops, vm, order, error);
}

/** What ought to be there after the kernel answered @ret; what the engine would answer to *@wanted.
 */
static HptTable *expected_table(const HptTable *before, uint32_t order, HcallRet ret,
                                HcallRet *wanted, HptRehashReport *report, GError **error)
{
    g_autoptr(HptTable) moved = hpt_table_new(order, error);
    g_autoptr(HptTable) same = NULL;

    if (!moved)
        return NULL;
    *wanted = hpt_rehash(before, moved, HPT_REHASH_BOLTED, report);
    if (ret == H_SUCCESS)
        return g_steal_pointer(&moved);
    /* A refused resize leaves everything as it was. */
    same = hpt_table_new(before->geometry.order, error);
    if (same)
        memcpy(same->entries, before->entries, before->geometry.size);
    return g_steal_pointer(&same);
}

static void count_moved(HptVerifyTotals *totals, const HptTable *table,
                        const HptRehashReport *report)
{
    HptStats stats;

    hpt_stats_of_table(&stats, table);
    totals->moved += stats.present;
    totals->in_1t += stats.segment_1t;
    totals->dropped += report->unbolted;
    for (unsigned i = 0; i < HPTE_PAGE_KINDS; i++)
        totals->by_kind[i] += stats.by_kind[i];
}

static void log_differences(uint32_t from, uint32_t to, HcallRet ret, HcallRet wanted,
                            uint64_t count, const HptDifference *list)
{
    static LogSite site;
    uint32_t left_out;

    if (!log_site_allows(&site, &left_out))
        return;
    log_error("hash page table: the kernel's resize from order %u to %u is wrong: it answered "
              "%" G_GINT64_FORMAT " where %" G_GINT64_FORMAT " is right, and %" G_GUINT64_FORMAT
              " slots differ",
              from, to, ret, wanted, count);
    for (unsigned i = 0; i < MIN(count, (uint64_t)VERIFY_SHOWN); i++)
        log_error("slot %#" G_GINT64_MODIFIER "x has %016" G_GINT64_MODIFIER
                  "x %016" G_GINT64_MODIFIER "x instead of %016" G_GINT64_MODIFIER
                  "x %016" G_GINT64_MODIFIER "x",
                  list[i].index, list[i].b.v, list[i].b.r, list[i].a.v, list[i].a.r);
}

/** H_SUCCESS, or H_PTEG_FULL, is as the engine says; any other refusal may have its reasons. */
static gboolean is_right_answer(HcallRet ret, HcallRet wanted)
{
    return ret == wanted || (ret != H_SUCCESS && ret != H_PTEG_FULL);
}

gboolean hpt_verify_after(const HvOps *ops, HvVm *vm, const HptTable *before, uint32_t order,
                          HcallRet ret, HptVerifyTotals *totals)
{
    uint32_t from = before->geometry.order;
    HptDifference list[VERIFY_SHOWN] = {0};
    HptRehashReport report = {0};
    HcallRet wanted = H_HARDWARE;
    g_autoptr(GError) error = NULL;

    totals->checked++;
    g_autoptr(HptTable) expected = expected_table(before, order, ret, &wanted, &report, &error);
    g_autoptr(HptTable) after =
        expected ? read_table(ops, vm, ret == H_SUCCESS ? order : from, &error) : NULL;
    if (!after) {
        totals->wrong++;
        log_guest("a resize of its hash page table cannot be checked: %s", error->message);
        return FALSE;
    }

    uint64_t count = hpt_compare(expected, after, 0, list, VERIFY_SHOWN);
    if (count || !is_right_answer(ret, wanted)) {
        totals->wrong++;
        log_differences(from, order, ret, wanted, count, list);
        return FALSE;
    }
    if (ret == H_SUCCESS)
        count_moved(totals, after, &report);
    else
        totals->refused++;
    return TRUE;
}

void hpt_verify_report(const HptVerifyTotals *totals)
{
    if (!totals->checked)
        return;

    g_autoptr(GString) kinds = g_string_new(NULL);
    for (unsigned i = 0; i < HPTE_PAGE_KINDS; i++) {
        if (totals->by_kind[i])
            g_string_append_printf(kinds, ", %" G_GUINT64_FORMAT " of %s", totals->by_kind[i],
                                   hpte_kind_name((HptePageKind)i));
    }
    log_info("hash page table: %" G_GUINT64_FORMAT " resizes checked, %" G_GUINT64_FORMAT
             " wrong, %" G_GUINT64_FORMAT " refused; %" G_GUINT64_FORMAT
             " entries moved (%" G_GUINT64_FORMAT " in segments of 1T%s), %" G_GUINT64_FORMAT
             " not bolted dropped",
             totals->checked, totals->wrong, totals->refused, totals->moved, totals->in_1t,
             kinds->str, totals->dropped);
}
