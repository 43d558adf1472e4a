/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The stream of KVM_PPC_GET_HTAB_FD (the kernel's Documentation/virt/kvm/api.rst
 * 4.78), read and written. A record is a header of 8 bytes (index of 32 bits,
 * n_valid and n_invalid of 16) and n_valid entries of 16 bytes; n_invalid
 * empty slots follow without data. The header is in the byte order of the host
 * that made it, the entries are big-endian on every host.
 *
 * What is read may come from a file, and so from anyone. Both ends belong to
 * one thread at a time.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include <glib.h>

#include "mmu/hpt_engine.h"

enum {
    HPT_STREAM_HEADER = 8,
    HPT_STREAM_ENTRY = 16,
    /** Larger tables have entries whose index does not fit the header. */
    HPT_STREAM_ORDER_MAX = 36,
    /** How often a stream may start over; each time costs at most a pass over the table. */
    HPT_STREAM_PASSES_MAX = 1024,
};

typedef enum { HPT_STREAM_LITTLE, HPT_STREAM_BIG } HptStreamOrder;

#if G_BYTE_ORDER == G_LITTLE_ENDIAN
#define HPT_STREAM_HOST HPT_STREAM_LITTLE
#else
#define HPT_STREAM_HOST HPT_STREAM_BIG
#endif

/** What a reader tells of the slots of a stream; within a pass the index only grows. */
typedef struct {
    /** An entry, valid, of sane sizes, as the guest sees it. */
    void (*valid)(void *opaque, uint64_t index, HptEntry entry);
    /** @count empty slots from @first on. */
    void (*invalid)(void *opaque, uint64_t first, uint64_t count);
} HptStreamSink;

/** Puts what is read into a table; the opaque pointer is an HptTable of the reader's order. */
extern const HptStreamSink hpt_stream_to_table;

typedef struct {
    const HptStreamSink *sink;
    void *opaque;
    HptStreamOrder byte_order;
    /** Entries of the table. */
    uint64_t entries;
    /** The slot that comes next; at the end of a complete pass, entries. */
    uint64_t index;
    unsigned passes;
    /** What is still to come of the record. */
    uint32_t n_valid;
    uint32_t n_invalid;
    /** Part of a header or of an entry. */
    uint8_t partial[HPT_STREAM_ENTRY];
    unsigned partial_size;
    gboolean failed;
} HptStreamReader;

/**
 * Read the stream of a table of @order, of at most HPT_STREAM_ORDER_MAX (false
 * with @error otherwise). @sink and @opaque are borrowed.
 */
gboolean hpt_stream_reader_init(HptStreamReader *reader, uint32_t order, HptStreamOrder byte_order,
                                const HptStreamSink *sink, void *opaque, GError **error);

/**
 * The next @length bytes of the stream, cut anywhere. False with @error if they
 * are no stream of this table; what came before has gone to the sink, and
 * nothing more will.
 */
gboolean hpt_stream_reader_feed(HptStreamReader *reader, const void *data, size_t length,
                                GError **error);

/** The stream ends here: false with @error if that is inside of a record. */
gboolean hpt_stream_reader_finish(HptStreamReader *reader, GError **error);

/** Whether the last pass has come to the table's end, so that all slots are known. */
gboolean hpt_stream_reader_is_complete(const HptStreamReader *reader);

typedef struct {
    const HptTable *table;
    HptStreamOrder byte_order;
    /** Entries that are not bolted pass for empty slots, as with KVM_GET_HTAB_BOLTED_ONLY. */
    gboolean bolted_only;
    /** The slot that comes next. */
    uint64_t index;
} HptStreamWriter;

/** Write out @table, which is borrowed and must stay as it is; false if it is too large. */
gboolean hpt_stream_writer_init(HptStreamWriter *writer, const HptTable *table,
                                HptStreamOrder byte_order, gboolean bolted_only, GError **error);

/**
 * As many whole records as fit into the @room bytes of @buffer, at least 24;
 * their length, or 0 after the last.
 */
size_t hpt_stream_writer_fill(HptStreamWriter *writer, uint8_t *buffer, size_t room);
