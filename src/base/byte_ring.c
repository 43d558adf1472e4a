/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/base/byte_ring.h"

#include <string.h>

void byte_ring_init(ByteRing *ring, unsigned size)
{
    *ring = (ByteRing){.data = g_malloc(size), .size = size};
}

void byte_ring_finish(ByteRing *ring) { g_clear_pointer(&ring->data, g_free); }

uint8_t *byte_ring_span(const ByteRing *ring, unsigned from, unsigned end, unsigned *length)
{
    unsigned at = from & (ring->size - 1);

    *length = MIN(end - from, ring->size - at);
    return ring->data + at;
}

uint8_t *byte_ring_free(const ByteRing *ring, unsigned *length)
{
    return byte_ring_span(ring, ring->head, ring->tail + ring->size, length);
}

unsigned byte_ring_get(ByteRing *ring, uint8_t *data, unsigned room)
{
    unsigned done = 0, piece = 1;

    while (done < room && piece) {
        const uint8_t *from = byte_ring_span(ring, ring->tail, ring->head, &piece);

        piece = MIN(piece, room - done);
        memcpy(data + done, from, piece);
        ring->tail += piece;
        done += piece;
    }
    return done;
}

void byte_ring_put(ByteRing *ring, const uint8_t *data, unsigned length)
{
    while (length) {
        unsigned piece;
        uint8_t *to = byte_ring_free(ring, &piece);

        piece = MIN(piece, length);
        memcpy(to, data, piece);
        ring->head += piece;
        data += piece;
        length -= piece;
    }
}
