/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "mmu/hpt_stream.h"

#include <inttypes.h>
#include <string.h>

#include "src/base/endian.h"
#include "src/base/error.h"

typedef struct {
    uint32_t index;
    uint16_t n_valid;
    uint16_t n_invalid;
} StreamHeader;

typedef struct {
    be64 v;
    be64 r;
} StreamEntry;

G_STATIC_ASSERT(sizeof(StreamHeader) == HPT_STREAM_HEADER);
G_STATIC_ASSERT(sizeof(StreamEntry) == HPT_STREAM_ENTRY);

enum { COUNT_MAX = UINT16_MAX };

/** To or from host order; the same both ways. */
static void swap_header(StreamHeader *header, HptStreamOrder byte_order)
{
    if (byte_order == HPT_STREAM_HOST)
        return;
    header->index = GUINT32_SWAP_LE_BE(header->index);
    header->n_valid = GUINT16_SWAP_LE_BE(header->n_valid);
    header->n_invalid = GUINT16_SWAP_LE_BE(header->n_invalid);
}

static gboolean check_order(uint32_t order, GError **error)
{
    if (order >= HPT_ORDER_MIN && order <= HPT_STREAM_ORDER_MAX)
        return TRUE;
    return error_set(error, PAPRIKA_ERROR_HOST,
                     "a hash page table of order %u has no stream (orders %d to %d have)", order,
                     HPT_ORDER_MIN, HPT_STREAM_ORDER_MAX);
}

/* --- reading ----------------------------------------------------------------- */

gboolean hpt_stream_reader_init(HptStreamReader *reader, uint32_t order, HptStreamOrder byte_order,
                                const HptStreamSink *sink, void *opaque, GError **error)
{
    if (!check_order(order, error))
        return FALSE;
    *reader = (HptStreamReader){
        .sink = sink,
        .opaque = opaque,
        .byte_order = byte_order,
        .entries = UINT64_C(1) << (order - HPT_ENTRY_SHIFT),
        .passes = 1,
    };
    return TRUE;
}

/** The empty slots of the present record, once its entries are through. */
static void end_record(HptStreamReader *reader)
{
    if (reader->n_valid || !reader->n_invalid)
        return;
    reader->sink->invalid(reader->opaque, reader->index, reader->n_invalid);
    reader->index += reader->n_invalid;
    reader->n_invalid = 0;
}

static gboolean take_header(HptStreamReader *reader, const uint8_t *data, GError **error)
{
    StreamHeader header;

    memcpy(&header, data, sizeof(header));
    swap_header(&header, reader->byte_order);
    if (header.index >= reader->entries ||
        (uint64_t)header.n_valid + header.n_invalid > reader->entries - header.index)
        return error_set(error, PAPRIKA_ERROR_HOST,
                         "hash page table stream: %u entries and %u empty slots from %u on are "
                         "beyond the table of %" PRIu64 " slots",
                         header.n_valid, header.n_invalid, header.index, reader->entries);
    if (header.index < reader->index && ++reader->passes > HPT_STREAM_PASSES_MAX)
        return error_set(error, PAPRIKA_ERROR_HOST,
                         "hash page table stream: started over more than %d times",
                         HPT_STREAM_PASSES_MAX);
    reader->index = header.index;
    reader->n_valid = header.n_valid;
    reader->n_invalid = header.n_invalid;
    return TRUE;
}

static gboolean take_entry(HptStreamReader *reader, const uint8_t *data, GError **error)
{
    StreamEntry raw;

    memcpy(&raw, data, sizeof(raw));
    HptEntry entry = {.v = be64_get(raw.v), .r = be64_get(raw.r)};
    if (!(entry.v & HPTE_V_VALID) || !hpte_is_sane(entry))
        return error_set(error, PAPRIKA_ERROR_HOST,
                         "hash page table stream: slot %" PRIu64 " has %016" PRIx64 " %016" PRIx64
                         ", which is no valid entry",
                         reader->index, entry.v, entry.r);
    reader->sink->valid(reader->opaque, reader->index, hpte_guest_view(entry));
    reader->index++;
    reader->n_valid--;
    return TRUE;
}

gboolean hpt_stream_reader_feed(HptStreamReader *reader, const void *data, size_t length,
                                GError **error)
{
    const uint8_t *at = data;

    if (reader->failed)
        return error_set(error, PAPRIKA_ERROR_HOST, "hash page table stream: broken before");
    while (length > 0) {
        gboolean in_record = reader->n_valid > 0;
        unsigned wanted = in_record ? HPT_STREAM_ENTRY : HPT_STREAM_HEADER;
        const uint8_t *unit = at;
        size_t used = wanted;

        if (reader->partial_size || length < wanted) {
            used = MIN(length, wanted - reader->partial_size);
            memcpy(reader->partial + reader->partial_size, at, used);
            reader->partial_size += used;
            unit = reader->partial;
        }
        at += used;
        length -= used;
        if (unit == reader->partial) {
            if (reader->partial_size < wanted)
                break;
            reader->partial_size = 0;
        }
        if (!(in_record ? take_entry : take_header)(reader, unit, error)) {
            reader->failed = TRUE;
            return FALSE;
        }
        end_record(reader);
    }
    return TRUE;
}

gboolean hpt_stream_reader_finish(HptStreamReader *reader, GError **error)
{
    if (reader->failed)
        return error_set(error, PAPRIKA_ERROR_HOST, "hash page table stream: broken before");
    if (reader->n_valid || reader->partial_size)
        return error_set(error, PAPRIKA_ERROR_HOST,
                         "hash page table stream: it ends within a record, before slot %" PRIu64,
                         reader->index);
    return TRUE;
}

gboolean hpt_stream_reader_is_complete(const HptStreamReader *reader)
{
    return !reader->failed && !reader->n_valid && !reader->partial_size &&
           reader->index == reader->entries;
}

static void table_take_valid(void *opaque, uint64_t index, HptEntry entry)
{
    HptTable *table = opaque;

    if (index < table->geometry.entries)
        table->entries[index] = entry;
}

static void table_take_invalid(void *opaque, uint64_t first, uint64_t count)
{
    hpt_table_clear(opaque, first, count);
}

const HptStreamSink hpt_stream_to_table = {
    .valid = table_take_valid,
    .invalid = table_take_invalid,
};

/* --- writing ----------------------------------------------------------------- */

gboolean hpt_stream_writer_init(HptStreamWriter *writer, const HptTable *table,
                                HptStreamOrder byte_order, gboolean bolted_only, GError **error)
{
    if (!check_order(table->geometry.order, error))
        return FALSE;
    *writer = (HptStreamWriter){
        .table = table,
        .byte_order = byte_order,
        .bolted_only = bolted_only,
    };
    return TRUE;
}

static gboolean writes_entry(const HptStreamWriter *writer, uint64_t index)
{
    HptEntry entry = writer->table->entries[index];

    return hpte_is_present(entry) && (!writer->bolted_only || entry.v & HPTE_V_BOLTED);
}

size_t hpt_stream_writer_fill(HptStreamWriter *writer, uint8_t *buffer, size_t room)
{
    uint64_t end = writer->table->geometry.entries;
    size_t used = 0;

    while (writer->index < end && room - used >= HPT_STREAM_HEADER + HPT_STREAM_ENTRY) {
        StreamHeader header = {.index = (uint32_t)writer->index};
        uint8_t *at = buffer + used + HPT_STREAM_HEADER;

        while (writer->index < end && header.n_valid < COUNT_MAX &&
               room - (size_t)(at - buffer) >= HPT_STREAM_ENTRY &&
               writes_entry(writer, writer->index)) {
            HptEntry entry = hpte_guest_view(writer->table->entries[writer->index++]);
            StreamEntry raw = {.v = be64_of(entry.v), .r = be64_of(entry.r)};

            memcpy(at, &raw, sizeof(raw));
            at += sizeof(raw);
            header.n_valid++;
        }
        while (writer->index < end && header.n_invalid < COUNT_MAX &&
               !writes_entry(writer, writer->index)) {
            header.n_invalid++;
            writer->index++;
        }
        swap_header(&header, writer->byte_order);
        memcpy(buffer + used, &header, sizeof(header));
        used = (size_t)(at - buffer);
    }
    return used;
}
