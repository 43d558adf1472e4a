/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/base/guest_mem.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "src/base/error.h"
#include "src/base/guest_mem_window.h"

enum { GUEST_MEM_MAX_REGIONS = 64 };

struct GuestMem {
    GuestBacking backing;
    GuestRegion regions[GUEST_MEM_MAX_REGIONS];
    unsigned count;
    GuestWindow window;
    /** GuestMemWatch; made with the first. */
    GArray *watches;
};

typedef struct {
    GuestMemChangedFn changed;
    void *opaque;
} GuestMemWatch;

GuestMem *guest_mem_new(GuestBacking *backing)
{
    GuestMem *mem = g_new0(GuestMem, 1);

    if (backing) {
        mem->backing = *backing;
        backing->fd = -1;
    } else {
        guest_backing_init(&mem->backing);
    }
    return mem;
}

const GuestBacking *guest_mem_backing(const GuestMem *mem) { return &mem->backing; }

void guest_mem_free(GuestMem *mem)
{
    if (!mem)
        return;
    for (unsigned i = 0; i < mem->count; i++)
        munmap(mem->regions[i].host, mem->regions[i].size);
    guest_window_finish(&mem->window);
    g_clear_pointer(&mem->watches, g_array_unref);
    guest_backing_finish(&mem->backing);
    g_free(mem);
}

static gboolean region_fits(const GuestMem *mem, GuestAddr base, uint64_t size, GError **error)
{
    if (!size || base + size < base)
        return error_set(error, PAPRIKA_ERROR_USAGE,
                         "guest memory of %#" PRIx64 " bytes at %#" PRIx64 " is out of range", size,
                         base);
    if (mem->count == GUEST_MEM_MAX_REGIONS)
        return error_set(error, PAPRIKA_ERROR_USAGE, "guest memory has more than %d regions",
                         GUEST_MEM_MAX_REGIONS);
    if (mem->window.size && base + size > mem->window.base)
        return error_set(error, PAPRIKA_ERROR_USAGE,
                         "guest memory at %#" PRIx64 " overlaps what may be plugged", base);
    for (unsigned i = 0; i < mem->count; i++) {
        const GuestRegion *r = &mem->regions[i];
        if (base < r->base + r->size && r->base < base + size)
            return error_set(error, PAPRIKA_ERROR_USAGE,
                             "guest memory at %#" PRIx64 " overlaps that at %#" PRIx64, base,
                             r->base);
    }
    return TRUE;
}

/**
 * Addresses for @size bytes, aligned for the largest pages that the host's radix
 * tree can use (2 MiB; 16 MiB under hash), so that few faults fill them. Where the
 * host itself has a hash page table, all pages of such a stretch are of one size
 * from its first mapping on: addresses for huge pages are reserved as such.
 */
static void *reserve_aligned(uint64_t size, uint64_t page_size)
{
    const uint64_t align = MAX(UINT64_C(16) << 20, page_size);
    int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;

    if (page_size > (uint64_t)sysconf(_SC_PAGESIZE))
        flags |= MAP_HUGETLB | __builtin_ctzll(page_size) << MAP_HUGE_SHIFT;
    if (size > PTRDIFF_MAX - align) {
        errno = ENOMEM;
        return MAP_FAILED;
    }
    uint8_t *raw = mmap(NULL, size + align, PROT_NONE, flags, -1, 0);
    if (raw == MAP_FAILED)
        return MAP_FAILED;

    uintptr_t head = (uintptr_t)(-(uintptr_t)raw & (align - 1));
    uint8_t *start = raw + head;
    if (head)
        munmap(raw, head);
    if (align - head)
        munmap(start + size, align - head);
    return start;
}

/** Empty pages in the place of what @start has. */
static gboolean map_empty(void *start, uint64_t size)
{
    GuestBacking plain;

    guest_backing_init(&plain);
    return guest_backing_map(&plain, 0, size, start);
}

static gboolean map_backing(const GuestBacking *backing, GuestRegion *region, GError **error)
{
    region->page_size = backing->page_size;
    if (region->page_size > (uint64_t)sysconf(_SC_PAGESIZE) && region->size % region->page_size)
        return error_set(error, PAPRIKA_ERROR_USAGE,
                         "memory of %" PRIu64 " MiB is no multiple of the host's huge page of "
                         "%" PRIu64 " MiB",
                         region->size >> 20, region->page_size >> 20);
    region->host = reserve_aligned(region->size, region->page_size);
    if (region->host == MAP_FAILED)
        return error_set_errno(error, PAPRIKA_ERROR_HOST, errno,
                               "cannot map %" PRIu64 " MiB of guest memory", region->size >> 20);
    if (!guest_backing_map(backing, region->base, region->size, region->host)) {
        int why = errno;

        munmap(region->host, region->size);
        return error_set_errno(error, PAPRIKA_ERROR_HOST, why,
                               "cannot map %" PRIu64 " MiB of guest memory%s", region->size >> 20,
                               guest_backing_advice(backing));
    }
    return TRUE;
}

gboolean guest_mem_add(GuestMem *mem, GuestAddr base, uint64_t size, GError **error)
{
    GuestRegion region = {.base = base, .size = size};

    if (!region_fits(mem, base, size, error) || !map_backing(&mem->backing, &region, error))
        return FALSE;

    unsigned at = mem->count++;
    for (; at > 0 && mem->regions[at - 1].base > base; at--)
        mem->regions[at] = mem->regions[at - 1];
    mem->regions[at] = region;
    return TRUE;
}

const GuestRegion *guest_mem_regions(const GuestMem *mem, unsigned *count)
{
    *count = mem->count;
    return mem->regions;
}

uint64_t guest_mem_size(const GuestMem *mem)
{
    uint64_t size = 0;

    for (unsigned i = 0; i < mem->count; i++)
        size += mem->regions[i].size;
    return size + mem->window.plugged;
}

gboolean guest_mem_clear(GuestMem *mem, GError **error)
{
    GuestAddr base;
    uint64_t size;

    for (GuestAddr at = 0; guest_mem_next(mem, at, &base, &size); at = base + size) {
        if (!guest_backing_clear(&mem->backing, guest_mem_ptr(mem, base, size), size))
            return error_set_errno(error, PAPRIKA_ERROR_HOST, errno, "cannot clear guest memory");
    }
    return TRUE;
}

gboolean guest_mem_clear_range(GuestMem *mem, GuestAddr addr, uint64_t length, GError **error)
{
    uint8_t *host = guest_mem_ptr(mem, addr, length);
    uint64_t page = mem->backing.page_size;
    /* Whole pages go back; of the others a part is somebody else's. */
    uint64_t head = MIN(length, -(uintptr_t)host & (page - 1));
    uint64_t tail = (length - head) & (page - 1), middle = length - head - tail;

    if (!length)
        return TRUE;
    if (!host)
        return error_set(error, PAPRIKA_ERROR_HOST,
                         "no guest memory of %" PRIu64 " bytes at %#" PRIx64, length, addr);
    memset(host, 0, head);
    if (middle && !guest_backing_clear(&mem->backing, host + head, middle))
        return error_set_errno(error, PAPRIKA_ERROR_HOST, errno, "cannot clear guest memory");
    memset(host + head + middle, 0, tail);
    return TRUE;
}

gboolean guest_mem_next(const GuestMem *mem, GuestAddr from, GuestAddr *base, uint64_t *size)
{
    for (unsigned i = 0; i < mem->count; i++) {
        const GuestRegion *r = &mem->regions[i];

        if (from < r->base + r->size) {
            *base = MAX(from, r->base);
            *size = r->base + r->size - *base;
            return TRUE;
        }
    }
    return guest_window_next(&mem->window, from, base, size);
}

/* --- memory that comes and goes -------------------------------------------------------- */

gboolean guest_mem_reserve(GuestMem *mem, GuestAddr base, uint64_t size, uint64_t block,
                           GError **error)
{
    g_assert(!mem->window.size && block && !(block & (block - 1)) && size % block == 0);
    if (!region_fits(mem, base, size, error))
        return FALSE;

    void *host = reserve_aligned(size, mem->backing.page_size);
    if (host == MAP_FAILED)
        return error_set_errno(error, PAPRIKA_ERROR_HOST, errno,
                               "cannot reserve addresses for %" PRIu64
                               " MiB of memory that may be plugged",
                               size >> 20);
    guest_window_init(&mem->window, base, size, block, host);
    return TRUE;
}

void guest_mem_watch(GuestMem *mem, GuestMemChangedFn changed, void *opaque)
{
    GuestMemWatch watch = {changed, opaque};

    mem->watches = mem->watches ? mem->watches : g_array_new(FALSE, FALSE, sizeof(watch));
    g_array_append_val(mem->watches, watch);
}

void guest_mem_unwatch(GuestMem *mem, GuestMemChangedFn changed, void *opaque)
{
    for (guint i = 0; mem->watches && i < mem->watches->len; i++) {
        const GuestMemWatch *watch = &g_array_index(mem->watches, GuestMemWatch, i);

        if (watch->changed == changed && watch->opaque == opaque) {
            g_array_remove_index_fast(mem->watches, i);
            return;
        }
    }
}

static void tell_watches(const GuestMem *mem)
{
    for (guint i = 0; mem->watches && i < mem->watches->len; i++) {
        const GuestMemWatch *watch = &g_array_index(mem->watches, GuestMemWatch, i);

        watch->changed(watch->opaque);
    }
}

void *guest_mem_plug(GuestMem *mem, GuestAddr base, uint64_t size, GError **error)
{
    GuestWindow *window = &mem->window;

    if (!guest_window_has(window, base, size) || !guest_window_is_free(window, base, size)) {
        error_set(error, PAPRIKA_ERROR_USAGE,
                  "no memory of %" PRIu64 " MiB can be plugged at %#" PRIx64, size >> 20, base);
        return NULL;
    }

    void *host = window->host + (base - window->base);
    if (!guest_backing_map(&mem->backing, base, size, host)) {
        int why = errno;

        /* A mapping that failed may have left a hole. */
        map_empty(host, size);
        error_set_errno(error, PAPRIKA_ERROR_HOST, why,
                        "the host has no %" PRIu64 " MiB of memory to plug%s", size >> 20,
                        guest_backing_advice(&mem->backing));
        return NULL;
    }
    guest_window_set(window, base, size, TRUE);
    tell_watches(mem);
    return host;
}

void guest_mem_unplug(GuestMem *mem, GuestAddr base, uint64_t size)
{
    GuestWindow *window = &mem->window;
    void *host = window->host + (base - window->base);

    g_return_if_fail(guest_window_has(window, base, size) && guest_window_ptr(window, base, size));
    guest_window_set(window, base, size, FALSE);
    tell_watches(mem);
    guest_backing_clear(&mem->backing, host, size);
    /* Should the host refuse even an empty mapping, its pages at least go back. */
    if (!map_empty(host, size))
        madvise(host, size, MADV_DONTNEED);
}

void *guest_mem_ptr(const GuestMem *mem, GuestAddr addr, uint64_t length)
{
    for (unsigned i = 0; i < mem->count; i++) {
        const GuestRegion *r = &mem->regions[i];
        if (addr >= r->base && addr - r->base < r->size)
            return length <= r->size - (addr - r->base) ? r->host + (addr - r->base) : NULL;
    }
    return guest_window_ptr(&mem->window, addr, length);
}

void guest_mem_populate(const GuestMem *mem, GuestAddr addr, uint64_t length)
{
#ifdef MADV_POPULATE_WRITE
    uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
    uint64_t start = (addr + page - 1) & ~(page - 1), end = (addr + length) & ~(page - 1);
    void *host = start < end ? guest_mem_ptr(mem, start, end - start) : NULL;

    if (host)
        madvise(host, end - start, MADV_POPULATE_WRITE);
#endif
}

gboolean guest_mem_read(const GuestMem *mem, GuestAddr addr, void *data, size_t length)
{
    const void *from = guest_mem_ptr(mem, addr, length);

    if (!from)
        return FALSE;
    memcpy(data, from, length);
    return TRUE;
}

gboolean guest_mem_write(const GuestMem *mem, GuestAddr addr, const void *data, size_t length)
{
    void *to = guest_mem_ptr(mem, addr, length);

    if (!to)
        return FALSE;
    memcpy(to, data, length);
    return TRUE;
}

gboolean guest_mem_fill(const GuestMem *mem, GuestAddr addr, uint8_t byte, size_t length)
{
    void *to = guest_mem_ptr(mem, addr, length);

    if (!to)
        return FALSE;
    memset(to, byte, length);
    return TRUE;
}

gboolean guest_mem_load_be32(const GuestMem *mem, GuestAddr addr, uint32_t *value)
{
    be32 cell;

    if (!guest_mem_read(mem, addr, &cell, sizeof(cell)))
        return FALSE;
    *value = be32_get(cell);
    return TRUE;
}

gboolean guest_mem_store_be32(const GuestMem *mem, GuestAddr addr, uint32_t value)
{
    be32 cell = be32_of(value);

    return guest_mem_write(mem, addr, &cell, sizeof(cell));
}

gboolean guest_mem_load_be64(const GuestMem *mem, GuestAddr addr, uint64_t *value)
{
    be64 cell;

    if (!guest_mem_read(mem, addr, &cell, sizeof(cell)))
        return FALSE;
    *value = be64_get(cell);
    return TRUE;
}

gboolean guest_mem_store_be64(const GuestMem *mem, GuestAddr addr, uint64_t value)
{
    be64 cell = be64_of(value);

    return guest_mem_write(mem, addr, &cell, sizeof(cell));
}
