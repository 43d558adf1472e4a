/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A hash page table stream of hostile content: it gives a table, or an error.
 * Whatever table it gives can be written and read again, counted, walked, and
 * rehashed into larger and smaller ones.
 *
 * The first byte says how the rest is read: table order (2 bits), byte order,
 * and in pieces of how many bytes.
 */
#include <string.h>

#include "mmu/hpt_compare.h"
#include "mmu/hpt_hash.h"
#include "mmu/hpt_ops.h"
#include "mmu/hpt_rehash.h"
#include "mmu/hpt_stats.h"
#include "mmu/hpt_stream.h"
#include "mmu/hpt_walk.h"
#include "src/base/error.h"
#include "tests/fuzz/fuzz.h"

enum { SEEDS = 12, MODE_BIG = 4, MODE_PIECE_SHIFT = 3 };

/* --- seeds --------------------------------------------------------------------- */

/** Enter an entry where its address says, in one slot of its group. */
static void seed_enter(HptTable *table, unsigned n)
{
    HptePageKind kind = HPTE_PAGE_4K + n % (HPTE_PAGE_KINDS - 1);
    unsigned base = hpte_kind_size(kind).base;
    HptVa va = {
        .vsid = 0x1000 + n % 3,
        .offset = (uint64_t)n << base & 0xfffffff,
        .segment_shift = n % 2 || base > HPTE_SEGMENT_256M ? HPTE_SEGMENT_1T : HPTE_SEGMENT_256M,
    };
    gboolean secondary = n % 5 == 0;
    HptEntry entry = {
        .v = hpt_va_encode(&va, base) | (n % 4 == 0 ? HPTE_V_BOLTED : 0) |
             (secondary ? HPTE_V_SECONDARY : 0),
        .r = (uint64_t)n << 34 | 0x190,
    };
    uint64_t group = hpt_hash_group(hpt_hash(&va, base), secondary, table->geometry.group_mask);
    uint64_t placed;

    hpte_set_page_kind(&entry, kind);
    hpt_enter(table, 0, hpt_index_of(group, 0), entry, &placed);
}

size_t fuzz_seed(unsigned index, uint8_t *buffer, size_t room)
{
    if (index >= SEEDS || room < 1024)
        return 0;
    uint8_t mode =
        (uint8_t)(index % 3 | (index % 2 ? MODE_BIG : 0) | (index * 5 % 32) << MODE_PIECE_SHIFT);
    g_autoptr(HptTable) table = hpt_table_new(18 + index % 3, NULL);
    HptStreamWriter writer;
    if (!table ||
        !hpt_stream_writer_init(&writer, table, index % 2 ? HPT_STREAM_BIG : HPT_STREAM_LITTLE,
                                index % 4 == 3, NULL))
        return 0;
    for (unsigned n = 0; n < index * index * 2; n++)
        seed_enter(table, n);
    buffer[0] = mode;
    size_t size = 1 + hpt_stream_writer_fill(&writer, buffer + 1, room - 1);
    /* As the table changed: one more record, that starts over. */
    if (index % 3 == 1 && room - size >= 24) {
        memcpy(buffer + size, "\0\0\0\0\0\1\0\0", 8);
        memset(buffer + size + 8, 0, 16);
        buffer[size + 15] = 0x81;
        size += 24;
    }
    return size;
}

/* --- what must hold ------------------------------------------------------------- */

static HptTable *table_new(uint32_t order)
{
    HptTable *table = hpt_table_new(order, NULL);

    check(table != NULL, "no memory for a small table");
    return table;
}

static void check_written(const HptTable *table)
{
    g_autoptr(HptTable) back = table_new(table->geometry.order);
    HptStreamWriter writer;
    HptStreamReader reader;
    uint8_t buffer[4096];
    size_t length;

    check(hpt_stream_writer_init(&writer, table, HPT_STREAM_BIG, FALSE, NULL) &&
              hpt_stream_reader_init(&reader, table->geometry.order, HPT_STREAM_BIG,
                                     &hpt_stream_to_table, back, NULL),
          "a table read cannot be written");
    while ((length = hpt_stream_writer_fill(&writer, buffer, sizeof(buffer))))
        check(length <= sizeof(buffer) && hpt_stream_reader_feed(&reader, buffer, length, NULL),
              "what was written cannot be read");
    check(hpt_stream_reader_finish(&reader, NULL) && hpt_stream_reader_is_complete(&reader),
          "what was written is not whole");
    check(hpt_compare(table, back, 0, NULL, 0) == 0, "what was written is not what was read");
}

static uint64_t check_stats(const HptTable *table)
{
    uint64_t groups = 0, entries = 0, kinds = 0;
    HptStats stats;

    hpt_stats_of_table(&stats, table);
    for (unsigned i = 0; i <= HPT_GROUP_SLOTS; i++) {
        groups += stats.groups[i];
        entries += stats.groups[i] * i;
    }
    for (unsigned i = 0; i < HPTE_PAGE_KINDS; i++)
        kinds += stats.by_kind[i];
    check(groups == table->geometry.group_mask + 1, "the groups do not add up");
    check(entries == stats.present && kinds == stats.present, "the entries do not add up");
    check(stats.invalid_size == 0, "an entry without a page size was read");
    check(stats.bolted <= stats.present && stats.secondary <= stats.present &&
              stats.misplaced <= stats.present,
          "more of a kind than of all");
    return stats.present - stats.misplaced;
}

static void check_rehash(const HptTable *table, uint64_t placed)
{
    g_autoptr(HptTable) larger = table_new(table->geometry.order + 1);
    g_autoptr(HptTable) again = table_new(table->geometry.order + 1);
    g_autoptr(HptTable) back = table_new(table->geometry.order);
    HptRehashReport report;

    check(hpt_rehash(table, larger, HPT_REHASH_ALL, &report) == H_SUCCESS,
          "a larger table has no room");
    check(report.kept == placed && report.evicted == 0, "a larger table has lost an entry");
    check(hpt_rehash(larger, back, HPT_REHASH_ALL, &report) == H_SUCCESS && report.kept == placed &&
              report.misplaced == 0,
          "the way back has lost an entry");
    check(hpt_rehash(back, again, HPT_REHASH_ALL, NULL) == H_SUCCESS &&
              hpt_compare(larger, again, 0, NULL, 0) == 0,
          "there and back and there is another place");
    if (table->geometry.order > HPT_ORDER_MIN) {
        g_autoptr(HptTable) smaller = table_new(table->geometry.order - 1);
        HcallRet ret = hpt_rehash(table, smaller, HPT_REHASH_BOLTED, &report);
        check(ret == H_PTEG_FULL || (ret == H_SUCCESS && report.kept <= placed),
              "a smaller table has more");
    }
}

/** From the entries back to addresses, and from there to the entries. */
static void check_walks(const HptTable *table)
{
    unsigned walks = 0;

    for (uint64_t i = 0; i < table->geometry.entries && walks < 64; i++) {
        HptEntry entry = table->entries[i];
        unsigned base = hpte_page_size(entry).base;
        HptTarget target;
        HptWalk walk;

        if (!hpte_is_present(entry))
            continue;
        walks++;
        HptVa va = hpt_va_of_entry(entry, base, hpt_group_of(i));
        check(hpt_va_is_sane(&va), "an entry gives no address");
        HptSlbEntry slb = {
            .esid = va.offset >> va.segment_shift << va.segment_shift | HPT_SLB_ESID_VALID,
            .vsid = (entry.v & HPTE_V_B) |
                    va.vsid << (va.segment_shift == HPTE_SEGMENT_1T ? 24 : 12) |
                    (base == 12   ? 0
                     : base == 16 ? 0x110
                     : base == 24 ? 0x100
                                  : 0x120),
        };
        check(hpt_walk_segment(&slb, 1, va.offset, &target) == HPT_WALK_FOUND, "no segment");
        HptWalkStatus status = hpt_walk_table(table, &target, &walk);
        gboolean belongs = hpt_entry_belongs(entry, hpt_hash(&va, base), hpt_group_of(i),
                                             table->geometry.group_mask);
        /* Bits of the AVPN that lie within the page must be zero for a processor to match. */
        gboolean clean = (hpt_va_encode(&va, base) ^ entry.v) >> HPTE_AVPN_SHIFT == 0;
        check(status == HPT_WALK_FOUND || !belongs || !clean, "an entry at home is not found");
        if (status == HPT_WALK_FOUND)
            check(hpt_walk_matches(&target, walk.entry, walk.secondary), "found another's entry");
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!size)
        return 0;
    uint32_t order = 18 + (data[0] & 3) % 3;
    HptStreamOrder byte_order = data[0] & MODE_BIG ? HPT_STREAM_BIG : HPT_STREAM_LITTLE;
    size_t piece = (data[0] >> MODE_PIECE_SHIFT) * 37u + 1;
    g_autoptr(HptTable) table = table_new(order);
    g_autoptr(GError) error = NULL;
    HptStreamReader reader;
    gboolean ok =
        hpt_stream_reader_init(&reader, order, byte_order, &hpt_stream_to_table, table, &error);

    check(ok, "no reader for a small table");
    for (size_t at = 1; ok && at < size; at += piece)
        ok = hpt_stream_reader_feed(&reader, data + at, MIN(piece, size - at), &error);
    if (ok)
        ok = hpt_stream_reader_finish(&reader, &error);
    check(ok == !error, "an error and success, or neither");
    if (!ok)
        check(error->domain == PAPRIKA_ERROR, "an error that is not ours");
    /* What was taken before an error is as sound as the rest. */
    check_written(table);
    check_rehash(table, check_stats(table));
    check_walks(table);
    return 0;
}
