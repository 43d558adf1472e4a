/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "mmu/hpt_fetch.h"

#include <errno.h>

#include "src/base/error.h"
#include "src/base/fd.h"

enum { FETCH_BUFFER = 64 << 10 };

gboolean hpt_fetch(const HvOps *ops, HvVm *vm, uint32_t order, gboolean bolted_only,
                   const HptStreamSink *sink, void *opaque, GError **error)
{
    g_autofree uint8_t *buffer = g_malloc(FETCH_BUFFER);
    HptStreamReader reader;

    if (!hpt_stream_reader_init(&reader, order, HPT_STREAM_HOST, sink, opaque, error))
        return FALSE;
    auto_fd fd = ops->vm_get_htab_fd(vm, bolted_only ? HV_HTAB_BOLTED_ONLY : 0, 0);
    if (fd < 0)
        return error_set_errno(error, PAPRIKA_ERROR_HOST, -fd,
                               "KVM does not give out the hash page table");
    /* Ends: the stream's reader bounds the passes, and each read has a record or is the last. */
    while (!hpt_stream_reader_is_complete(&reader)) {
        ssize_t size = read(fd, buffer, FETCH_BUFFER);

        if (size < 0 && errno == EINTR)
            continue;
        if (size < 0)
            return error_set_errno(error, PAPRIKA_ERROR_HOST, errno,
                                   "cannot read the hash page table");
        if (size == 0)
            return error_set(error, PAPRIKA_ERROR_HOST,
                             "the hash page table ends before slot %" G_GUINT64_FORMAT
                             " of %" G_GUINT64_FORMAT,
                             reader.index, reader.entries);
        if (!hpt_stream_reader_feed(&reader, buffer, (size_t)size, error))
            return FALSE;
    }
    return TRUE;
}
