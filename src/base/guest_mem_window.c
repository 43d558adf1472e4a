/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/base/guest_mem_window.h"

#include <sys/mman.h>

enum { BITS = 64 };

void guest_window_init(GuestWindow *window, GuestAddr base, uint64_t size, uint64_t block,
                       uint8_t *host)
{
    *window = (GuestWindow){
        .base = base,
        .size = size,
        .host = host,
        .shift = (unsigned)__builtin_ctzll(block),
        .present = g_new0(uint64_t, (size / block + BITS - 1) / BITS),
    };
}

void guest_window_finish(GuestWindow *window)
{
    if (window->size)
        munmap(window->host, window->size);
    g_free(window->present);
    *window = (GuestWindow){0};
}

static gboolean block_is_present(const GuestWindow *window, uint64_t block)
{
    return __atomic_load_n(&window->present[block / BITS], __ATOMIC_ACQUIRE) >> block % BITS & 1;
}

gboolean guest_window_has(const GuestWindow *window, GuestAddr base, uint64_t size)
{
    uint64_t offset = base - window->base, mask = (UINT64_C(1) << window->shift) - 1;

    return size && base >= window->base && offset < window->size && size <= window->size - offset &&
           !(offset & mask) && !(size & mask);
}

gboolean guest_window_is_free(const GuestWindow *window, GuestAddr base, uint64_t size)
{
    uint64_t first = (base - window->base) >> window->shift, count = size >> window->shift;

    for (uint64_t i = 0; i < count; i++) {
        if (block_is_present(window, first + i))
            return FALSE;
    }
    return TRUE;
}

void guest_window_set(GuestWindow *window, GuestAddr base, uint64_t size, gboolean present)
{
    uint64_t first = (base - window->base) >> window->shift, count = size >> window->shift;

    for (uint64_t i = first; i < first + count; i++) {
        uint64_t bit = UINT64_C(1) << i % BITS;

        if (present)
            __atomic_fetch_or(&window->present[i / BITS], bit, __ATOMIC_RELEASE);
        else
            __atomic_fetch_and(&window->present[i / BITS], ~bit, __ATOMIC_RELEASE);
    }
    window->plugged += present ? size : -size;
}

void *guest_window_ptr(const GuestWindow *window, GuestAddr addr, uint64_t length)
{
    uint64_t offset = addr - window->base;

    if (addr < window->base || offset >= window->size || length > window->size - offset)
        return NULL;

    uint64_t last = (offset + length - !!length) >> window->shift;
    for (uint64_t block = offset >> window->shift; block <= last; block++) {
        if (!block_is_present(window, block))
            return NULL;
    }
    return window->host + offset;
}

gboolean guest_window_next(const GuestWindow *window, GuestAddr from, GuestAddr *base,
                           uint64_t *size)
{
    uint64_t blocks = window->size >> window->shift, first, end;

    if (from > window->base && from - window->base >= window->size)
        return FALSE;
    first = from > window->base ? (from - window->base) >> window->shift : 0;
    while (first < blocks && !block_is_present(window, first))
        first++;
    for (end = first; end < blocks && block_is_present(window, end); end++)
        continue;
    if (first == end)
        return FALSE;

    GuestAddr start = window->base + (first << window->shift);
    *base = MAX(start, from);
    *size = window->base + (end << window->shift) - *base;
    return TRUE;
}
