/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kernel's stream of a hash page table: read, written, cut, broken. */
#include <string.h>

#include <glib.h>

#include "mmu/hpt_compare.h"
#include "mmu/hpt_stats.h"
#include "mmu/hpt_stream.h"
#include "tests/unit/hpt_model.h"

enum { ORDER = 18, SLOTS = 1 << (ORDER - 4) };

static void append_number(GByteArray *out, uint64_t value, unsigned bytes, gboolean big)
{
    for (unsigned i = 0; i < bytes; i++) {
        uint8_t byte = (uint8_t)(value >> 8 * (big ? bytes - 1 - i : i));
        g_byte_array_append(out, &byte, 1);
    }
}

static void append_header(GByteArray *out, HptStreamOrder order, uint32_t index, unsigned n_valid,
                          unsigned n_invalid)
{
    append_number(out, index, 4, order == HPT_STREAM_BIG);
    append_number(out, n_valid, 2, order == HPT_STREAM_BIG);
    append_number(out, n_invalid, 2, order == HPT_STREAM_BIG);
}

static void append_entry(GByteArray *out, uint64_t v, uint64_t r)
{
    append_number(out, v, 8, TRUE);
    append_number(out, r, 8, TRUE);
}

/** Feed it in pieces of @piece bytes; the error, if any, in @error. */
static gboolean read_pieces(HptTable *table, const GByteArray *stream, HptStreamOrder order,
                            size_t piece, gboolean *complete, GError **error)
{
    HptStreamReader reader;
    gboolean ok = hpt_stream_reader_init(&reader, table->geometry.order, order,
                                         &hpt_stream_to_table, table, error);

    for (size_t at = 0; ok && at < stream->len; at += piece) {
        size_t length = MIN(piece, stream->len - at);
        /* Its own heap block, so that a sanitizer sees each byte too far. */
        g_autofree uint8_t *copy = g_memdup2(stream->data + at, length);
        ok = hpt_stream_reader_feed(&reader, copy, length, error);
    }
    if (complete)
        *complete = hpt_stream_reader_is_complete(&reader);
    return ok && hpt_stream_reader_finish(&reader, error);
}

static void test_by_hand(void)
{
    for (HptStreamOrder order = HPT_STREAM_LITTLE; order <= HPT_STREAM_BIG; order++) {
        g_autoptr(HptTable) table = hpt_table_new(ORDER, NULL);
        g_autoptr(GByteArray) stream = g_byte_array_new();
        gboolean complete;

        table->entries[6].v = table->entries[SLOTS - 1].v = HPTE_V_VALID;
        append_header(stream, order, 3, 2, 4);
        /* The kernel's lock bit comes along, and is none of the entry's. */
        append_entry(stream, UINT64_C(0x4000000001234500) | 0x51, 0x5196);
        append_entry(stream, 0x85, UINT64_C(0x8000000000011190));
        append_header(stream, order, 9, 0, SLOTS - 9);
        g_assert_true(read_pieces(table, stream, order, stream->len, &complete, NULL));
        g_assert_true(complete);
        g_assert_cmphex(table->entries[2].v, ==, 0);
        g_assert_cmphex(table->entries[3].v, ==, UINT64_C(0x4000000001234500) | 0x11);
        g_assert_cmphex(table->entries[3].r, ==, 0x5196);
        g_assert_cmphex(table->entries[4].v, ==, 0x85);
        g_assert_cmphex(table->entries[4].r, ==, UINT64_C(0x8000000000011190));
        g_assert_cmphex(table->entries[6].v, ==, 0);
        g_assert_cmphex(table->entries[SLOTS - 1].v, ==, 0);

        /* In the wrong byte order the counts are beyond the table, or the entries are none. */
        g_assert_false(read_pieces(table, stream, !order, stream->len, NULL, NULL));
    }
}

static HptTable *random_table(uint64_t seed, unsigned used_in_8)
{
    HptTable *table = hpt_table_new(ORDER, NULL);
    uint64_t state = seed;

    for (uint64_t i = 0; i < SLOTS; i++) {
        HptePageKind kind = model_random_kind(&state);
        HptVa va = model_random_va(&state, hpte_kind_size(kind).base);

        /* In runs, as there really are. */
        if (model_below(&state, 64) == 0)
            i += model_below(&state, 200);
        if (i < SLOTS && model_below(&state, 8) < used_in_8) {
            table->entries[i] = model_entry(&state, &va, kind, 3);
            hpt_table_set_mapped(table, i, (gboolean)model_below(&state, 2));
        }
    }
    return table;
}

/** The whole stream of @table, by reads of @room bytes. */
static GByteArray *write_all(const HptTable *table, HptStreamOrder order, gboolean bolted_only,
                             size_t room)
{
    GByteArray *stream = g_byte_array_new();
    HptStreamWriter writer;

    g_assert_true(hpt_stream_writer_init(&writer, table, order, bolted_only, NULL));
    for (;;) {
        g_autofree uint8_t *buffer = g_malloc(room);
        size_t length = hpt_stream_writer_fill(&writer, buffer, room);

        g_assert_cmpuint(length, <=, room);
        if (!length)
            return stream;
        g_byte_array_append(stream, buffer, (guint)length);
    }
}

static void test_round_trip(void)
{
    static const size_t rooms[] = {24, 25, 40, 100, 4096, 65536, 1 << 20};
    static const size_t pieces[] = {1, 7, 8, 16, 24, 1000, 1 << 20};

    for (unsigned i = 0; i < 28; i++) {
        g_autoptr(HptTable) table = random_table(i, i % 9);
        HptStreamOrder order = i / 2 % 2 ? HPT_STREAM_BIG : HPT_STREAM_LITTLE;
        gboolean bolted_only = i % 3 == 0, complete;
        g_autoptr(GByteArray) stream = write_all(table, order, bolted_only, rooms[i % 7]);
        /* What was there before is overwritten. */
        g_autoptr(HptTable) back = random_table(i + 1000, 5);
        g_autoptr(GError) error = NULL;

        g_assert_true(read_pieces(back, stream, order, pieces[i / 4 % 7], &complete, &error));
        g_assert_no_error(error);
        g_assert_true(complete);
        for (unsigned n = 0; bolted_only && n < SLOTS; n++) {
            if (!(table->entries[n].v & HPTE_V_BOLTED))
                table->entries[n] = (HptEntry){0};
        }
        g_assert_cmpuint(hpt_compare(table, back, 0, NULL, 0), ==, 0);
    }
}

/** More of a kind in a row than a header can count. */
static void test_long_runs(void)
{
    g_autoptr(HptTable) table = hpt_table_new(22, NULL);
    g_autoptr(HptTable) back = hpt_table_new(22, NULL);

    for (unsigned i = 70000; i < 70000 + 150000; i++)
        table->entries[i] = (HptEntry){.v = (uint64_t)i << 7 | HPTE_V_VALID, .r = 0x190};
    g_autoptr(GByteArray) stream = write_all(table, HPT_STREAM_HOST, FALSE, 1 << 22);
    /* 65535 + 4465 empty ones; 3 records of entries; 42144 empty ones with the last of these. */
    g_assert_cmpuint(stream->len, ==, 150000 * 16 + 5 * 8);
    g_assert_true(read_pieces(back, stream, HPT_STREAM_HOST, 65537, NULL, NULL));
    g_assert_cmpuint(hpt_compare(table, back, 0, NULL, 0), ==, 0);
    g_assert_true(memcmp(table->entries, back->entries, table->geometry.size) == 0);
}

static void test_cut(void)
{
    g_autoptr(HptTable) table = hpt_table_new(ORDER, NULL);
    g_autoptr(GByteArray) stream = g_byte_array_new();

    append_header(stream, HPT_STREAM_LITTLE, 0, 2, SLOTS - 2);
    append_entry(stream, 0x81, 0x190);
    append_entry(stream, 0x101, 0x190);
    for (unsigned length = 0; length <= 40; length++) {
        g_autoptr(GError) error = NULL;
        gboolean complete;

        stream->len = length;
        gboolean ok = read_pieces(table, stream, HPT_STREAM_LITTLE, 40, &complete, &error);
        g_assert_cmpint(ok, ==, length == 0 || length == 40);
        g_assert_cmpint(complete, ==, length == 40);
        if (!ok)
            g_assert_nonnull(strstr(error->message, "ends within a record"));
    }
}

/** One bad record after a good one: refused, the good one kept, and nothing more taken. */
static void check_refused(uint32_t index, unsigned n_valid, unsigned n_invalid, uint64_t v,
                          uint64_t r, const char *why)
{
    g_autoptr(HptTable) table = hpt_table_new(ORDER, NULL);
    g_autoptr(GByteArray) stream = g_byte_array_new();
    g_autoptr(GError) error = NULL;
    HptStreamReader reader;

    append_header(stream, HPT_STREAM_BIG, 0, 1, 0);
    append_entry(stream, 0x81, 0x190);
    append_header(stream, HPT_STREAM_BIG, index, n_valid, n_invalid);
    append_entry(stream, v, r);
    g_assert_true(
        hpt_stream_reader_init(&reader, ORDER, HPT_STREAM_BIG, &hpt_stream_to_table, table, NULL));
    g_assert_false(hpt_stream_reader_feed(&reader, stream->data, stream->len, &error));
    g_assert_nonnull(strstr(error->message, why));
    g_assert_cmphex(table->entries[0].v, ==, 0x81);
    for (unsigned i = 1; i < SLOTS; i++)
        g_assert_cmphex(table->entries[i].v | table->entries[i].r, ==, 0);
    g_assert_false(hpt_stream_reader_feed(&reader, stream->data, stream->len, NULL));
    g_assert_false(hpt_stream_reader_finish(&reader, NULL));
    g_assert_false(hpt_stream_reader_is_complete(&reader));
}

static void test_refused(void)
{
    check_refused(SLOTS, 0, 0, 0x81, 0, "beyond the table");
    check_refused(UINT32_MAX, 1, 0, 0x81, 0, "beyond the table");
    check_refused(SLOTS - 1, 1, 1, 0x81, 0, "beyond the table");
    check_refused(SLOTS - 1, 2, 0, 0x81, 0, "beyond the table");
    check_refused(1, UINT16_MAX, UINT16_MAX, 0x81, 0, "beyond the table");
    check_refused(1, 1, 0, 0x80, 0, "no valid entry");
    check_refused(1, 1, 0, 0xa0, 0, "no valid entry"); /* absent is for kernels alone */
    check_refused(1, 1, 0, 0x85, 0x2000, "no valid entry");
    check_refused(1, 1, 0, UINT64_C(0x8000000000000081), 0, "no valid entry");
}

static void test_orders(void)
{
    HptStreamReader reader;
    g_autoptr(GError) error = NULL;

    g_assert_false(
        hpt_stream_reader_init(&reader, 17, HPT_STREAM_HOST, &hpt_stream_to_table, NULL, NULL));
    g_assert_false(
        hpt_stream_reader_init(&reader, 37, HPT_STREAM_HOST, &hpt_stream_to_table, NULL, &error));
    g_assert_nonnull(strstr(error->message, "order 37"));
    g_assert_true(
        hpt_stream_reader_init(&reader, 36, HPT_STREAM_HOST, &hpt_stream_to_table, NULL, NULL));
    g_assert_cmpuint(reader.entries, ==, UINT64_C(1) << 32);

    /* Only the geometry is looked at: no such table is needed. */
    HptTable large = {.geometry = {.order = 37}};
    HptStreamWriter writer;
    g_assert_false(hpt_stream_writer_init(&writer, &large, HPT_STREAM_HOST, FALSE, NULL));
}

/** A stream can go over the table again, as a guest changes it, but not without end. */
static void test_passes(void)
{
    g_autoptr(HptTable) table = hpt_table_new(ORDER, NULL);
    g_autoptr(GByteArray) stream = g_byte_array_new();
    g_autoptr(GError) error = NULL;

    for (unsigned i = 0; i < HPT_STREAM_PASSES_MAX; i++)
        append_header(stream, HPT_STREAM_BIG, 5, 0, 1);
    g_assert_true(read_pieces(table, stream, HPT_STREAM_BIG, 1000, NULL, NULL));
    append_header(stream, HPT_STREAM_BIG, 5, 0, 1);
    g_assert_false(read_pieces(table, stream, HPT_STREAM_BIG, 1000, NULL, &error));
    g_assert_nonnull(strstr(error->message, "started over"));
}

static void test_stats(void)
{
    static const struct {
        HptePageKind kind;
        unsigned group, slot;
        gboolean secondary, large_segment, bolted, absent;
        uint64_t rc;
    } entries[] = {
        {HPTE_PAGE_4K, 0, 0, FALSE, FALSE, TRUE, FALSE, HPTE_R_R | HPTE_R_C},
        {HPTE_PAGE_4K, 0, 7, FALSE, TRUE, FALSE, TRUE, HPTE_R_R},
        {HPTE_PAGE_64K, 1, 3, TRUE, TRUE, TRUE, FALSE, 0},
        {HPTE_PAGE_4K_16M, 5, 1, TRUE, FALSE, FALSE, TRUE, HPTE_R_C},
        {HPTE_PAGE_64K_16M, 2047, 7, FALSE, TRUE, TRUE, FALSE, HPTE_R_R},
    };
    g_autoptr(HptTable) table = hpt_table_new(ORDER, NULL);
    HptStats stats, streamed;

    for (unsigned i = 0; i < G_N_ELEMENTS(entries); i++) {
        HptEntry entry = {.v = HPTE_V_VALID, .r = entries[i].rc};
        hpte_set_page_kind(&entry, entries[i].kind);
        entry.v |= entries[i].secondary ? HPTE_V_SECONDARY : 0;
        entry.v |= entries[i].large_segment ? HPTE_V_B_1T : 0;
        entry.v |= entries[i].bolted ? HPTE_V_BOLTED : 0;
        table->entries[entries[i].group * 8 + entries[i].slot] = entry;
        hpt_table_set_mapped(table, entries[i].group * 8 + entries[i].slot, !entries[i].absent);
    }
    /* Of 16M, VSID 0: at home in group 0 only. */
    table->entries[9] = (HptEntry){.v = HPTE_V_VALID | HPTE_V_LARGE, .r = 0};
    table->entries[10] = (HptEntry){.v = HPTE_V_VALID | HPTE_V_LARGE, .r = 0x4000};

    hpt_stats_of_table(&stats, table);
    g_assert_cmpuint(stats.present, ==, 7);
    g_assert_cmpuint(stats.absent, ==, 2);
    g_assert_cmpuint(stats.bolted, ==, 3);
    g_assert_cmpuint(stats.bolted_secondary, ==, 1);
    g_assert_cmpuint(stats.secondary, ==, 2);
    g_assert_cmpuint(stats.segment_1t, ==, 3);
    g_assert_cmpuint(stats.referenced, ==, 3);
    g_assert_cmpuint(stats.changed, ==, 2);
    g_assert_cmpuint(stats.invalid_size, ==, 1);
    /* That of 16M, and two of 64K, which have address bits that select the group: base 4K leaves
     * none in a table this small. */
    g_assert_cmpuint(stats.misplaced, ==, 3);
    g_assert_cmpuint(stats.by_kind[HPTE_PAGE_4K], ==, 2);
    g_assert_cmpuint(stats.by_kind[HPTE_PAGE_64K], ==, 1);
    g_assert_cmpuint(stats.by_kind[HPTE_PAGE_16M], ==, 1);
    g_assert_cmpuint(stats.by_kind[HPTE_PAGE_INVALID], ==, 1);
    g_assert_cmpuint(stats.groups[0], ==, 2048 - 4);
    g_assert_cmpuint(stats.groups[1], ==, 2);
    g_assert_cmpuint(stats.groups[2], ==, 1);
    g_assert_cmpuint(stats.groups[3], ==, 1);
    g_assert_cmpuint(stats.groups[8], ==, 0);

    /* The same from the stream, which does not tell of absent ones. */
    table->entries[10] = (HptEntry){0};
    hpt_stats_of_table(&stats, table);
    g_autoptr(GByteArray) stream = write_all(table, HPT_STREAM_HOST, FALSE, 100);
    HptStreamReader reader;
    g_assert_true(hpt_stats_init(&streamed, ORDER));
    g_assert_true(hpt_stream_reader_init(&reader, ORDER, HPT_STREAM_HOST, &hpt_stream_to_stats,
                                         &streamed, NULL));
    g_assert_true(hpt_stream_reader_feed(&reader, stream->data, stream->len, NULL));
    hpt_stats_finish(&streamed);
    g_assert_cmpuint(streamed.absent, ==, 0);
    streamed.absent = stats.absent;
    g_assert_cmpmem(&streamed, sizeof(streamed), &stats, sizeof(stats));

    /* Indices must grow. */
    g_assert_true(hpt_stats_init(&stats, ORDER));
    HptEntry entry = {.v = HPTE_V_VALID};
    g_assert_true(hpt_stats_add(&stats, 8, entry));
    g_assert_false(hpt_stats_add(&stats, 8, entry));
    g_assert_false(hpt_stats_add(&stats, 7, entry));
    g_assert_false(hpt_stats_add(&stats, SLOTS, entry));
    g_assert_false(hpt_stats_add(&stats, 9, (HptEntry){0}));
    g_assert_cmpuint(stats.present, ==, 1);
    g_assert_false(hpt_stats_init(&stats, 17));
}

/** The figures of a random table, one by one. */
static void test_stats_random(void)
{
    for (unsigned seed = 0; seed < 9; seed++) {
        g_autoptr(HptTable) table = random_table(seed, seed);
        HptStats stats;
        uint64_t present = 0, bolted = 0, secondary = 0, groups[9] = {0};

        for (unsigned group = 0; group < SLOTS / 8; group++) {
            unsigned in_group = 0;
            for (unsigned slot = 0; slot < 8; slot++) {
                uint64_t v = table->entries[group * 8 + slot].v;
                if (model_bits(v, 58, 58) || model_bits(v, 63, 63)) {
                    in_group++;
                    bolted += model_bits(v, 59, 59);
                    secondary += model_bits(v, 62, 62);
                }
            }
            present += in_group;
            groups[in_group]++;
        }
        hpt_stats_of_table(&stats, table);
        g_assert_cmpuint(stats.present, ==, present);
        g_assert_cmpuint(stats.bolted, ==, bolted);
        g_assert_cmpuint(stats.secondary, ==, secondary);
        g_assert_cmpmem(stats.groups, sizeof(stats.groups), groups, sizeof(groups));
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/hpt/stream/by-hand", test_by_hand);
    g_test_add_func("/hpt/stream/round-trip", test_round_trip);
    g_test_add_func("/hpt/stream/long-runs", test_long_runs);
    g_test_add_func("/hpt/stream/cut", test_cut);
    g_test_add_func("/hpt/stream/refused", test_refused);
    g_test_add_func("/hpt/stream/orders", test_orders);
    g_test_add_func("/hpt/stream/passes", test_passes);
    g_test_add_func("/hpt/stats/known", test_stats);
    g_test_add_func("/hpt/stats/random", test_stats_random);
    return g_test_run();
}
