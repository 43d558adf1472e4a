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
    GuestRegion regions[GUEST_MEM_MAX_REGIONS];
    unsigned count;
    GuestWindow window;
};

GuestMem *guest_mem_new(void) { return g_new0(GuestMem, 1); }

void guest_mem_free(GuestMem *mem)
{
    if (!mem)
        return;
    for (unsigned i = 0; i < mem->count; i++)
        munmap(mem->regions[i].host, mem->regions[i].size);
    guest_window_finish(&mem->window);
    g_free(mem);
}

/** The host's default huge page size in bytes, or 0 if it has none. */
static uint64_t host_hugepage_size(void)
{
    unsigned long kib = 0;
    char line[128];
    FILE *file = fopen("/proc/meminfo", "re");

    if (!file)
        return 0;
    while (fgets(line, sizeof(line), file)) {
        if (sscanf(line, "Hugepagesize: %lu kB", &kib) == 1)
            break;
    }
    fclose(file);
    return (uint64_t)kib << 10;
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
 * tree can use (2 MiB; 16 MiB under hash), so that few faults fill them.
 */
static void *reserve_aligned(uint64_t size)
{
    const uint64_t align = 16u << 20;
    if (size > PTRDIFF_MAX - align) {
        errno = ENOMEM;
        return MAP_FAILED;
    }
    uint8_t *raw =
        mmap(NULL, size + align, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
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

/** Empty anonymous memory in the place of what @start has. */
static gboolean map_anonymous(void *start, uint64_t size)
{
    if (mmap(start, size, PROT_READ | PROT_WRITE,
             MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0) == MAP_FAILED)
        return FALSE;
    madvise(start, size, MADV_HUGEPAGE);
    return TRUE;
}

static void *map_aligned(uint64_t size)
{
    void *start = reserve_aligned(size);

    if (start == MAP_FAILED || map_anonymous(start, size))
        return start;
    munmap(start, size);
    return MAP_FAILED;
}

static gboolean map_backing(uint64_t size, GuestMemBacking backing, GuestRegion *region,
                            GError **error)
{
    if (backing == GUEST_MEM_HUGEPAGES) {
        region->page_size = host_hugepage_size();
        if (!region->page_size)
            return error_set(error, PAPRIKA_ERROR_HOST, "this host has no huge pages");
        if (size % region->page_size)
            return error_set(error, PAPRIKA_ERROR_USAGE,
                             "memory of %" PRIu64 " MiB is no multiple of the host's huge page of "
                             "%" PRIu64 " MiB",
                             size >> 20, region->page_size >> 20);
        region->host = mmap(NULL, size, PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB, -1, 0);
        if (region->host == MAP_FAILED)
            return error_set_errno(error, PAPRIKA_ERROR_HOST, errno,
                                   "cannot reserve %" PRIu64 " huge pages of %" PRIu64
                                   " MiB for the guest (raise /proc/sys/vm/nr_hugepages)",
                                   size / region->page_size, region->page_size >> 20);
        return TRUE;
    }

    region->page_size = (uint64_t)sysconf(_SC_PAGESIZE);
    region->host = map_aligned(size);
    if (region->host == MAP_FAILED)
        return error_set_errno(error, PAPRIKA_ERROR_HOST, errno,
                               "cannot map %" PRIu64 " MiB of guest memory", size >> 20);
    return TRUE;
}

gboolean guest_mem_add(GuestMem *mem, GuestAddr base, uint64_t size, GuestMemBacking backing,
                       GError **error)
{
    GuestRegion region = {.base = base, .size = size};

    if (!region_fits(mem, base, size, error) || !map_backing(size, backing, &region, error))
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
        if (madvise(guest_mem_ptr(mem, base, size), size, MADV_DONTNEED))
            return error_set_errno(error, PAPRIKA_ERROR_HOST, errno, "cannot clear guest memory");
    }
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
                           GuestMemBacking backing, GError **error)
{
    g_assert(!mem->window.size && block && !(block & (block - 1)) && size % block == 0);
    if (!region_fits(mem, base, size, error))
        return FALSE;

    void *host = reserve_aligned(size);
    if (host == MAP_FAILED)
        return error_set_errno(error, PAPRIKA_ERROR_HOST, errno,
                               "cannot reserve addresses for %" PRIu64
                               " MiB of memory that may be plugged",
                               size >> 20);
    guest_window_init(&mem->window, base, size, block, host);
    mem->window.backing = backing;
    return TRUE;
}

/** Back @size bytes of the window at @host, which has nothing or empty pages. */
static gboolean window_back(const GuestWindow *window, void *host, uint64_t size)
{
    if (window->backing == GUEST_MEM_HUGEPAGES)
        return mmap(host, size, PROT_READ | PROT_WRITE,
                    MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB, -1, 0) != MAP_FAILED;
    return map_anonymous(host, size);
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
    if (!window_back(window, host, size)) {
        int why = errno;

        /* A mapping that failed may have left a hole. */
        map_anonymous(host, size);
        error_set_errno(error, PAPRIKA_ERROR_HOST, why,
                        "the host has no %" PRIu64 " MiB of memory to plug%s", size >> 20,
                        window->backing == GUEST_MEM_HUGEPAGES
                            ? " in huge pages (raise /proc/sys/vm/nr_hugepages)"
                            : "");
        return NULL;
    }
    guest_window_set(window, base, size, TRUE);
    return host;
}

void guest_mem_unplug(GuestMem *mem, GuestAddr base, uint64_t size)
{
    GuestWindow *window = &mem->window;
    void *host = window->host + (base - window->base);

    g_return_if_fail(guest_window_has(window, base, size) && guest_window_ptr(window, base, size));
    guest_window_set(window, base, size, FALSE);
    /* Should the host refuse even an empty mapping, its pages at least go back. */
    if (!map_anonymous(host, size))
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
