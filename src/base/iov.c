/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/base/iov.h"

#include <string.h>

size_t iov_copy(const struct iovec *iov, unsigned count, uint64_t offset, void *data, size_t length,
                gboolean store)
{
    size_t done = 0;

    for (unsigned i = 0; i < count && done < length; i++) {
        if (offset >= iov[i].iov_len) {
            offset -= iov[i].iov_len;
            continue;
        }
        uint8_t *place = (uint8_t *)iov[i].iov_base + offset, *bytes = (uint8_t *)data + done;
        size_t part = MIN(iov[i].iov_len - offset, length - done);
        if (store)
            memcpy(place, bytes, part);
        else
            memcpy(bytes, place, part);
        done += part;
        offset = 0;
    }
    return done;
}
