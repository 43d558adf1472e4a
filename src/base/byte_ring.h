/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A ring of bytes. Whoever shares one locks it. */
#pragma once

#include <stdint.h>

#include <glib.h>

/** head and tail run freely; the size is a power of two. */
typedef struct {
    uint8_t *data;
    unsigned size, head, tail;
} ByteRing;

static inline unsigned byte_ring_used(const ByteRing *ring) { return ring->head - ring->tail; }
static inline unsigned byte_ring_room(const ByteRing *ring)
{
    return ring->size - byte_ring_used(ring);
}

/** @size, in bytes, is a power of two. */
void byte_ring_init(ByteRing *ring, unsigned size);
void byte_ring_finish(ByteRing *ring);

/** Append @length bytes, for which there is room. */
void byte_ring_put(ByteRing *ring, const uint8_t *data, unsigned length);

/** Take the first bytes that are in it, at most @room: how many. */
unsigned byte_ring_get(ByteRing *ring, uint8_t *data, unsigned room);

/** The bytes from position @from on, a tail, before @end, a head, or the first free ones: *@length
 * of them lie next to each other, 0 if there is none. The caller then moves tail, or head. */
uint8_t *byte_ring_span(const ByteRing *ring, unsigned from, unsigned end, unsigned *length);
uint8_t *byte_ring_free(const ByteRing *ring, unsigned *length);
