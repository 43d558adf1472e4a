/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hw/spapr/cas_vectors.h"

#include <string.h>

enum {
    /** The 256th vector is the number of an extension's vectors. */
    EXTENSION_VECTOR = 256,
};

/** Where reading goes on. */
typedef struct {
    const GuestMem *mem;
    GuestAddr at;
} Cursor;

/** The next @size bytes; beyond the end of the address space there are none. */
static gboolean take(Cursor *cursor, void *data, size_t size)
{
    if (!guest_mem_read(cursor->mem, cursor->at, data, size))
        return FALSE;
    return !__builtin_add_overflow(cursor->at, size, &cursor->at);
}

/** The terminating entry is part of the list: it can match like the others. */
static CasParse parse_list(Cursor *cursor, CasRequest *request)
{
    struct {
        be32 mask, value;
    } entry;

    while (request->n_pvrs < CAS_MAX_PVRS) {
        CasPvr *pvr = &request->pvrs[request->n_pvrs];

        if (!take(cursor, &entry, sizeof(entry)))
            return CAS_OUTSIDE_MEMORY;
        pvr->mask = be32_get(entry.mask);
        pvr->value = be32_get(entry.value);
        request->n_pvrs++;
        if (~pvr->mask & pvr->value)
            return CAS_PARSED;
    }
    return CAS_ENDLESS_LIST;
}

/** One vector: a byte n, and n + 1 bytes. */
static gboolean parse_vector(Cursor *cursor, CasVector *vector)
{
    uint8_t length;

    if (!take(cursor, &length, sizeof(length)) ||
        !take(cursor, vector->bytes + 1, (size_t)length + 1))
        return FALSE;
    vector->length = length + 1u;
    return TRUE;
}

CasParse cas_vectors_parse(const GuestMem *mem, GuestAddr addr, CasRequest *request)
{
    Cursor cursor = {mem, addr};
    uint8_t last;

    memset(request, 0, sizeof(*request));
    CasParse parse = parse_list(&cursor, request);
    if (parse != CAS_PARSED)
        return parse;
    /* The number of vectors, less one. */
    if (!take(&cursor, &last, sizeof(last)))
        return CAS_OUTSIDE_MEMORY;
    for (unsigned i = 0; i <= last && i + 1 < EXTENSION_VECTOR; i++) {
        CasVector skipped;

        if (!parse_vector(&cursor, i < CAS_VECTORS ? &request->vectors[i] : &skipped))
            return CAS_OUTSIDE_MEMORY;
    }
    return CAS_PARSED;
}
