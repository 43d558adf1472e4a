/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "mmu/hpt_peek.h"

#include <errno.h>

#include "src/base/error.h"
#include "src/base/fd.h"

enum {
    /**
     * Room for a group, whatever is in it; and little, since the kernel goes
     * through 65535 empty slots for each header of 8 bytes that fits.
     */
    PEEK_BUFFER = 256,
};

/** One read(2) from @fd into @reader. */
static gboolean peek_some(HptStreamReader *reader, int fd, GError **error)
{
    uint8_t buffer[PEEK_BUFFER];
    uint64_t before = reader->index;
    ssize_t size;

    do
        size = read(fd, buffer, sizeof(buffer));
    while (size < 0 && errno == EINTR);
    if (size < 0)
        return error_set_errno(error, PAPRIKA_ERROR_HOST, errno, "cannot read the hash page table");
    if (!hpt_stream_reader_feed(reader, buffer, (size_t)size, error) ||
        !hpt_stream_reader_finish(reader, error))
        return FALSE;
    if (size == 0 || reader->index <= before)
        return error_set(error, PAPRIKA_ERROR_HOST,
                         "the hash page table ends before slot %" G_GUINT64_FORMAT
                         " of %" G_GUINT64_FORMAT,
                         before, reader->entries);
    return TRUE;
}

static int peek_open(const HvOps *ops, HvVm *vm, uint64_t start, GError **error)
{
    int fd = ops->vm_get_htab_fd(vm, 0, start);

    if (fd < 0)
        error_set_errno(error, PAPRIKA_ERROR_HOST, -fd,
                        "KVM does not give out the hash page table");
    return fd;
}

typedef struct {
    uint64_t first;
    HptEntry *entries;
} PeekGroup;

static void group_take_valid(void *opaque, uint64_t index, HptEntry entry)
{
    PeekGroup *group = opaque;

    if (index >= group->first && index - group->first < HPT_GROUP_SLOTS)
        group->entries[index - group->first] = entry;
}

static void group_take_invalid(void *opaque, uint64_t first, uint64_t count) {}

static const HptStreamSink sink_of_group = {
    .valid = group_take_valid,
    .invalid = group_take_invalid,
};

gboolean hpt_peek_group(const HvOps *ops, HvVm *vm, uint32_t order, uint64_t group,
                        HptEntry entries[HPT_GROUP_SLOTS], GError **error)
{
    PeekGroup taken = {.first = hpt_index_of(group, 0), .entries = entries};
    HptStreamReader reader;

    for (unsigned i = 0; i < HPT_GROUP_SLOTS; i++)
        entries[i] = (HptEntry){0};
    if (!hpt_stream_reader_init(&reader, order, HPT_STREAM_HOST, &sink_of_group, &taken, error))
        return FALSE;
    auto_fd fd = peek_open(ops, vm, taken.first, error);
    if (fd < 0)
        return FALSE;
    reader.index = taken.first;
    /* Ends: each time the index grows. */
    while (reader.index < taken.first + HPT_GROUP_SLOTS) {
        if (!peek_some(&reader, fd, error))
            return FALSE;
    }
    return TRUE;
}

gboolean hpt_census_begin(HptCensus *census, uint32_t order, GError **error)
{
    return hpt_stream_reader_init(&census->reader, order, HPT_STREAM_HOST, &hpt_stream_to_stats,
                                  &census->stats, error) &&
           hpt_stats_init(&census->stats, order);
}

gboolean hpt_census_step(HptCensus *census, const HvOps *ops, HvVm *vm, unsigned us, GError **error)
{
    gint64 end = g_get_monotonic_time() + us;
    auto_fd fd = peek_open(ops, vm, census->reader.index, error);

    if (fd < 0)
        return FALSE;
    while (!hpt_census_is_done(census)) {
        if (!peek_some(&census->reader, fd, error))
            return FALSE;
        if (g_get_monotonic_time() >= end)
            break;
    }
    if (hpt_census_is_done(census))
        hpt_stats_finish(&census->stats);
    return TRUE;
}

gboolean hpt_census_is_done(const HptCensus *census)
{
    return hpt_stream_reader_is_complete(&census->reader);
}
