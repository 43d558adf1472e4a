/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "firmware/boot_layout.h"

#include <inttypes.h>

#include "src/base/error.h"

/** Interrupt vectors, and what bare-metal programs expect to have for themselves. */
#define LOW_MEMORY (UINT64_C(16) << 20)

enum { MAX_TAKEN = 3 };

/** Ranges that are given away; sorting is not worth it for three. */
typedef struct {
    GuestRange range[MAX_TAKEN];
    unsigned count;
} Taken;

static uint64_t align_down(uint64_t value) { return value & ~(BOOT_LAYOUT_ALIGN - 1); }

static gboolean align_up(uint64_t value, uint64_t *aligned)
{
    *aligned = align_down(value + BOOT_LAYOUT_ALIGN - 1);
    return *aligned >= value;
}

static const GuestRange *taken_hit(const Taken *taken, GuestAddr start, GuestAddr end)
{
    for (unsigned i = 0; i < taken->count; i++) {
        if (start < taken->range[i].end && taken->range[i].start < end)
            return &taken->range[i];
    }
    return NULL;
}

static void take(Taken *taken, GuestRange range) { taken->range[taken->count++] = range; }

/** The highest free place of @size bytes in [@low, @high). */
static gboolean place_high(const Taken *taken, uint64_t size, GuestAddr low, GuestAddr high,
                           GuestRange *place)
{
    /* Each turn goes below one more taken range. */
    for (unsigned turn = 0; turn <= taken->count; turn++) {
        if (high < size || align_down(high - size) < low)
            return FALSE;
        *place = (GuestRange){align_down(high - size), align_down(high - size) + size};
        const GuestRange *hit = taken_hit(taken, place->start, place->end);
        if (!hit)
            return TRUE;
        high = hit->start;
    }
    return FALSE;
}

/** The lowest free place of @size bytes in [@low, @high). */
static gboolean place_low(const Taken *taken, uint64_t size, GuestAddr low, GuestAddr high,
                          GuestRange *place)
{
    for (unsigned turn = 0; turn <= taken->count; turn++) {
        if (!align_up(low, &low) || low > high || size > high - low)
            return FALSE;
        *place = (GuestRange){low, low + size};
        const GuestRange *hit = taken_hit(taken, place->start, place->end);
        if (!hit)
            return TRUE;
        low = hit->end;
    }
    return FALSE;
}

static uint64_t mib_up(uint64_t bytes) { return (bytes >> 20) + ((bytes & 0xfffff) != 0); }

static gboolean check_request(const BootLayoutRequest *r, GError **error)
{
    if (!r->rma || r->rma > r->memory)
        return error_set(error, PAPRIKA_ERROR_HOST,
                         "real mode area of %" PRIu64 " MiB in guest memory of %" PRIu64 " MiB",
                         r->rma >> 20, r->memory >> 20);
    if (r->kernel.start >= r->kernel.end || r->kernel.end > r->rma)
        return error_set(error, PAPRIKA_ERROR_USAGE,
                         "the kernel does not fit: it uses guest memory up to %" PRIu64
                         " MiB, the real mode area has %" PRIu64 " MiB",
                         mib_up(r->kernel.end), r->rma >> 20);
    return TRUE;
}

/** What of the real mode area is free once the tree and RTAS are placed. */
static uint64_t rma_free(const BootLayoutRequest *r)
{
    uint64_t used = (r->kernel.end - r->kernel.start) + r->rtas_size + r->fdt_size;

    return r->rma > used ? r->rma - used : 0;
}

static gboolean place_initrd(const BootLayoutRequest *r, const Taken *taken, GuestRange *place,
                             GError **error)
{
    uint64_t size = r->initrd_size, room = rma_free(r);
    gboolean roomy = room > size && room - size >= BOOT_LAYOUT_EARLY_ROOM;

    if (roomy && place_low(taken, size, r->kernel.end, r->rma, place))
        return TRUE;
    if (place_low(taken, size, r->rma, r->memory, place) ||
        place_low(taken, size, r->kernel.end, r->memory, place) ||
        place_low(taken, size, LOW_MEMORY, r->memory, place))
        return TRUE;
    return error_set(error, PAPRIKA_ERROR_USAGE,
                     "initrd of %" PRIu64 " MiB does not fit: guest memory is %" PRIu64
                     " MiB, of which the kernel uses %" PRIu64 " MiB",
                     mib_up(size), r->memory >> 20, mib_up(r->kernel.end - r->kernel.start));
}

gboolean boot_layout_place(const BootLayoutRequest *r, BootLayout *layout, GError **error)
{
    uint64_t top = MIN(r->rma, BOOT_LAYOUT_CELL_LIMIT);
    Taken taken = {0};

    *layout = (BootLayout){0};
    if (!check_request(r, error))
        return FALSE;
    take(&taken, r->kernel);

    if (!place_high(&taken, r->fdt_size, BOOT_LAYOUT_ALIGN, top, &layout->fdt))
        return error_set(error, PAPRIKA_ERROR_USAGE,
                         "device tree of up to %" PRIu64 " KiB does not fit: the real mode area "
                         "is %" PRIu64 " MiB, of which the kernel uses %" PRIu64 " MiB",
                         r->fdt_size >> 10, r->rma >> 20, mib_up(r->kernel.end - r->kernel.start));
    take(&taken, layout->fdt);
    if (!place_high(&taken, r->rtas_size, BOOT_LAYOUT_ALIGN, top, &layout->rtas))
        return error_set(error, PAPRIKA_ERROR_USAGE,
                         "RTAS of %" PRIu64 " KiB does not fit: the real mode area is %" PRIu64
                         " MiB, of which the kernel uses %" PRIu64 " MiB",
                         r->rtas_size >> 10, r->rma >> 20, mib_up(r->kernel.end - r->kernel.start));
    take(&taken, layout->rtas);
    return !r->initrd_size || place_initrd(r, &taken, &layout->initrd, error);
}
