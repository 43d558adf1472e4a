/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/base/dma.h"

#include <string.h>

/** The piece at @addr, of *@length bytes at most, which becomes what it has; NULL if none. */
static void *dma_piece(const DmaSpace *space, uint64_t addr, gboolean write, uint64_t *length)
{
    GuestAddr real = addr;
    uint64_t left = *length;

    if (space->translate) {
        if (!space->translate(space->opaque, addr, write, &real, &left) || !left)
            return NULL;
        *length = MIN(*length, left);
    }
    return guest_mem_ptr(space->mem, real, *length);
}

gboolean dma_map(const DmaSpace *space, uint64_t addr, uint64_t length, gboolean write,
                 struct iovec *iov, unsigned max, unsigned *count)
{
    unsigned used = *count;
    /* What grows by a piece that touches it is put back as it was on failure. */
    size_t last = used ? iov[used - 1].iov_len : 0;

    if (addr + length < addr)
        return FALSE;
    while (length) {
        uint64_t part = length;
        uint8_t *host = dma_piece(space, addr, write, &part);

        if (host && used && (uint8_t *)iov[used - 1].iov_base + iov[used - 1].iov_len == host) {
            iov[used - 1].iov_len += part;
        } else if (host && used < max) {
            iov[used++] = (struct iovec){host, part};
        } else {
            if (*count)
                iov[*count - 1].iov_len = last;
            return FALSE;
        }
        addr += part;
        length -= part;
    }
    *count = used;
    return TRUE;
}

void *dma_ptr(const DmaSpace *space, uint64_t addr, uint64_t length, gboolean write)
{
    struct iovec piece;
    unsigned count = 0;

    return dma_map(space, addr, length, write, &piece, 1, &count) && count ? piece.iov_base : NULL;
}

/** Copy @length bytes between @data and @addr: to there with @write. */
static gboolean dma_copy(const DmaSpace *space, uint64_t addr, uint8_t *data, size_t length,
                         gboolean write)
{
    if (addr + length < addr)
        return FALSE;
    while (length) {
        uint64_t part = length;
        void *host = dma_piece(space, addr, write, &part);

        if (!host)
            return FALSE;
        if (write)
            memcpy(host, data, part);
        else
            memcpy(data, host, part);
        data += part;
        addr += part;
        length -= part;
    }
    return TRUE;
}

gboolean dma_read(const DmaSpace *space, uint64_t addr, void *data, size_t length)
{
    return dma_copy(space, addr, data, length, FALSE);
}

gboolean dma_write(const DmaSpace *space, uint64_t addr, const void *data, size_t length)
{
    return dma_copy(space, addr, (uint8_t *)data, length, TRUE);
}
