/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <inttypes.h>

#include "firmware/elf_image.h"
#include "src/base/error.h"

/** Bytes that are read at a time from a scratch file, and given back behind. */
#define LOAD_CHUNK (UINT64_C(8) << 20)

static uint64_t mib_up(uint64_t bytes) { return (bytes + (UINT64_C(1) << 20) - 1) >> 20; }

/** The lowest byte of the file that segments from @first on still need. */
static uint64_t lowest_needed(const ElfImage *image, unsigned first)
{
    uint64_t low = UINT64_MAX;

    for (unsigned i = first; i < image->n_segments; i++)
        low = MIN(low, image->segments[i].offset);
    return low;
}

static gboolean segment_load(const ElfSegment *s, const ImageFile *file, uint64_t needed,
                             GuestMem *mem, GError **error)
{
    /* The whole of it, with what is zero behind the file's bytes. */
    uint8_t *to = guest_mem_ptr(mem, s->addr, s->memsz);

    if (!to)
        return error_set(error, PAPRIKA_ERROR_USAGE,
                         "%s does not fit: it needs %" PRIu64 " MiB at %#" PRIx64
                         ", where the guest has no such memory",
                         file->label, mib_up(s->memsz), s->addr);

    guest_mem_populate(mem, s->addr, s->filesz);
    for (uint64_t done = 0; done < s->filesz;) {
        uint64_t length = s->filesz - done;
        if (file->scratch)
            length = MIN(length, LOAD_CHUNK);
        if (!image_file_read(file, s->offset + done, to + done, length, error))
            return FALSE;
        done += length;
        image_file_discard(file, MIN(s->offset + done, needed));
    }
    return TRUE;
}

gboolean elf_image_load(const ElfImage *image, const ImageFile *file, GuestMem *mem,
                        GuestAddr limit, GError **error)
{
    if (image->end > limit)
        return error_set(error, PAPRIKA_ERROR_USAGE,
                         "%s does not fit: it needs guest memory from %" PRIu64
                         " MiB up to %" PRIu64 " MiB, and only %" PRIu64 " MiB are available",
                         file->label, image->start >> 20, mib_up(image->end), limit >> 20);
    for (unsigned i = 0; i < image->n_segments; i++) {
        if (!segment_load(&image->segments[i], file, lowest_needed(image, i + 1), mem, error))
            return FALSE;
    }
    return TRUE;
}
