/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "firmware/of_memory.h"

#include <string.h>

void of_memory_init(OfMemory *memory, uint64_t limit) { *memory = (OfMemory){.limit = limit}; }

/** Replace @removed ranges at @at by @added of @ranges. */
static gboolean memory_splice(OfMemory *memory, unsigned at, unsigned removed,
                              const GuestRange *ranges, unsigned added)
{
    unsigned count = memory->count - removed + added;

    if (count > OF_MEMORY_MAX)
        return FALSE;
    memmove(&memory->range[at + added], &memory->range[at + removed],
            (memory->count - at - removed) * sizeof(memory->range[0]));
    memcpy(&memory->range[at], ranges, added * sizeof(*ranges));
    memory->count = count;
    return TRUE;
}

/** Number of the first range that ends at @addr or later, or count. */
static unsigned memory_first(const OfMemory *memory, uint64_t addr)
{
    unsigned at = 0;

    while (at < memory->count && memory->range[at].end < addr)
        at++;
    return at;
}

gboolean of_memory_reserve(OfMemory *memory, uint64_t start, uint64_t end)
{
    GuestRange whole = {start, end};
    unsigned at = memory_first(memory, start), last = at;

    for (; last < memory->count && memory->range[last].start <= end; last++) {
        whole.start = MIN(whole.start, memory->range[last].start);
        whole.end = MAX(whole.end, memory->range[last].end);
    }
    return memory_splice(memory, at, last - at, &whole, 1);
}

/** The range that @size bytes at @start would hit, or NULL. */
static const GuestRange *memory_hit(const OfMemory *memory, uint64_t start, uint64_t size)
{
    for (unsigned i = memory_first(memory, start); i < memory->count; i++) {
        const GuestRange *range = &memory->range[i];

        if (range->start < start + size && range->end > start)
            return range;
    }
    return NULL;
}

static gboolean memory_is_inside(const OfMemory *memory, uint64_t start, uint64_t size)
{
    return size && start <= memory->limit && size <= memory->limit - start;
}

gboolean of_memory_claim_at(OfMemory *memory, uint64_t start, uint64_t size)
{
    if (!memory_is_inside(memory, start, size) || memory_hit(memory, start, size))
        return FALSE;
    return of_memory_reserve(memory, start, start + size);
}

gboolean of_memory_claim(OfMemory *memory, uint64_t size, uint64_t align, uint64_t *start)
{
    uint64_t unit = 1, at = 0;

    /* No larger unit than this leaves a place but 0. */
    while (unit < align && unit < memory->limit)
        unit *= 2;
    for (unsigned turn = 0; turn <= memory->count; turn++) {
        at = (at + unit - 1) & ~(unit - 1);
        if (!memory_is_inside(memory, at, size))
            return FALSE;
        const GuestRange *hit = memory_hit(memory, at, size);
        if (!hit) {
            *start = at;
            return of_memory_reserve(memory, at, at + size);
        }
        at = hit->end;
    }
    return FALSE;
}

gboolean of_memory_release(OfMemory *memory, uint64_t start, uint64_t size)
{
    if (!memory_is_inside(memory, start, size))
        return FALSE;

    uint64_t end = start + size;
    unsigned at = 0, last, left = 0;
    GuestRange rest[2];

    while (at < memory->count && memory->range[at].end <= start)
        at++;
    for (last = at; last < memory->count && memory->range[last].start < end; last++)
        continue;
    if (at == last)
        return TRUE;
    if (memory->range[at].start < start)
        rest[left++] = (GuestRange){memory->range[at].start, start};
    if (memory->range[last - 1].end > end)
        rest[left++] = (GuestRange){end, memory->range[last - 1].end};
    return memory_splice(memory, at, last - at, rest, left);
}

unsigned of_memory_free_ranges(const OfMemory *memory, GuestRange free[OF_MEMORY_MAX + 1])
{
    unsigned count = 0;
    uint64_t at = 0;

    for (unsigned i = 0; i < memory->count && memory->range[i].start < memory->limit; i++) {
        if (memory->range[i].start > at)
            free[count++] = (GuestRange){at, memory->range[i].start};
        at = memory->range[i].end;
    }
    if (at < memory->limit)
        free[count++] = (GuestRange){at, memory->limit};
    return count;
}
