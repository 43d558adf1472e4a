/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/base/byte_ring.h"

#include <string.h>

void byte_ring_init(ByteRing *ring, unsigned size)
{
    *ring = (ByteRing){.data = g_malloc(size), .size = size};
}

void byte_ring_finish(ByteRing *ring) { g_clear_pointer(&ring->data, g_free); }

const uint8_t *byte_ring_first(const ByteRing *ring, unsigned end, unsigned *length)
{
    unsigned at = ring->tail & (ring->size - 1);

    *length = MIN(end - ring->tail, ring->size - at);
    return ring->data + at;
}

uint8_t *byte_ring_free(const ByteRing *ring, unsigned *length)
{
    unsigned at = ring->head & (ring->size - 1);

    *length = MIN(byte_ring_room(ring), ring->size - at);
    return ring->data + at;
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
