/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hw/virtio/balloon_pages.h"

#include <errno.h>
#include <sys/mman.h>

#include "src/base/error.h"
#include "src/base/log.h"

G_STATIC_ASSERT(BALLOON_MAX_HOST_PAGE >> BALLOON_PAGE_SHIFT == 8 * sizeof(uint16_t));

gboolean balloon_pages_init(BalloonPages *pages, const GuestMem *mem, uint64_t max_memory,
                            GError **error)
{
    uint64_t page = guest_mem_backing(mem)->page_size;

    *pages = (BalloonPages){.mem = mem, .page = page, .keeps = page > BALLOON_MAX_HOST_PAGE};
    if (pages->keeps || page == 1 << BALLOON_PAGE_SHIFT)
        return TRUE;
    /* Its zeros take no room until a bit is set. */
    uint64_t count = (max_memory + page - 1) / page;
    void *held = mmap(NULL, count * sizeof(*pages->held), PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (held == MAP_FAILED)
        return error_set_errno(error, PAPRIKA_ERROR_HOST, errno,
                               "cannot allocate what the balloon keeps of the guest's pages");
    pages->held = held;
    pages->n_held = count;
    return TRUE;
}

void balloon_pages_finish(BalloonPages *pages)
{
    if (pages->held)
        munmap(pages->held, pages->n_held * sizeof(*pages->held));
    *pages = (BalloonPages){0};
}

void balloon_pages_reset(BalloonPages *pages)
{
    if (pages->held)
        madvise(pages->held, pages->n_held * sizeof(*pages->held), MADV_DONTNEED);
}

/* --- to the host ------------------------------------------------------------------------ */

static void flush(BalloonPages *pages)
{
    if (pages->run_size &&
        !guest_backing_discard(guest_mem_backing(pages->mem), pages->run, pages->run_size))
        log_guest("the host does not take memory of the balloon's: %s", g_strerror(errno));
    pages->run_size = 0;
}

/** The host page at guest real address @addr goes. */
static void give(BalloonPages *pages, GuestAddr addr)
{
    uint8_t *host = guest_mem_ptr(pages->mem, addr, pages->page);

    /* Whoever names memory that is not there gets nothing for it. */
    if (!host)
        return;
    if (pages->run_size && pages->run + pages->run_size == host) {
        pages->run_size += pages->page;
    } else if (pages->run_size && host + pages->page == pages->run) {
        pages->run = host;
        pages->run_size += pages->page;
    } else {
        flush(pages);
        pages->run = host;
        pages->run_size = pages->page;
    }
}

/* --- from the guest --------------------------------------------------------------------- */

/** The host page of the guest's page @number, whose bit there is *@bit; NULL: none. */
static uint16_t *find(const BalloonPages *pages, uint32_t number, uint16_t *bit)
{
    uint64_t pieces = pages->page >> BALLOON_PAGE_SHIFT;
    uint64_t index = number / pieces;

    *bit = (uint16_t)(1u << number % pieces);
    return index < pages->n_held ? &pages->held[index] : NULL;
}

static void inflate_one(BalloonPages *pages, uint32_t number)
{
    GuestAddr addr = (GuestAddr)number << BALLOON_PAGE_SHIFT;
    uint16_t all = (uint16_t)((1u << (pages->page >> BALLOON_PAGE_SHIFT)) - 1), bit;

    if (!pages->held) {
        give(pages, addr);
        return;
    }
    uint16_t *held = find(pages, number, &bit);
    if (!held || *held & bit)
        return;
    *held |= bit;
    if (*held == all)
        give(pages, addr & ~(pages->page - 1));
}

void balloon_pages_inflate(BalloonPages *pages, const le32 *numbers, size_t count, gboolean told)
{
    uint16_t bit;

    if (pages->keeps)
        return;
    for (size_t i = 0; i < count; i++)
        inflate_one(pages, le32_get(numbers[i]));
    flush(pages);
    for (size_t i = 0; !told && pages->held && i < count; i++) {
        uint16_t *held = find(pages, le32_get(numbers[i]), &bit);

        if (held)
            *held = 0;
    }
}

void balloon_pages_deflate(BalloonPages *pages, const le32 *numbers, size_t count)
{
    uint16_t bit;

    for (size_t i = 0; pages->held && i < count; i++) {
        uint16_t *held = find(pages, le32_get(numbers[i]), &bit);

        if (held)
            *held &= (uint16_t)~bit;
    }
}

void balloon_pages_report(BalloonPages *pages, void *host, uint64_t size)
{
    uint64_t head = -(uintptr_t)host & (pages->page - 1);

    if (pages->keeps || size < head)
        return;
    pages->run = (uint8_t *)host + head;
    pages->run_size = (size - head) & ~(pages->page - 1);
    flush(pages);
}
