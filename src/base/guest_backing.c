/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/base/guest_backing.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "src/base/error.h"
#include "src/base/fd.h"

void guest_backing_init(GuestBacking *backing)
{
    *backing = (GuestBacking){
        .kind = MEMORY_ANONYMOUS, .fd = -1, .page_size = (uint64_t)sysconf(_SC_PAGESIZE)};
}

void guest_backing_finish(GuestBacking *backing) { fd_close(&backing->fd); }

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

/** A file of @end bytes without a name. */
static gboolean open_memfd(GuestBacking *backing, unsigned flags, uint64_t end, GError **error)
{
    backing->fd = memfd_create("guest-memory", MFD_CLOEXEC | flags);
    if (backing->fd < 0 || ftruncate(backing->fd, (off_t)end))
        return error_set_errno(error, PAPRIKA_ERROR_HOST, errno,
                               "cannot make a file in memory of %" PRIu64 " MiB for the guest",
                               end >> 20);
    return TRUE;
}

static gboolean open_hugetlb(GuestBacking *backing, uint64_t end, GError **error)
{
    backing->page_size = host_hugepage_size();
    if (!backing->page_size)
        return error_set(error, PAPRIKA_ERROR_HOST, "this host has no huge pages");
    /* Nobody else shall see it: without a file, the kernel has less to keep. */
    return !backing->share || open_memfd(backing, MFD_HUGETLB, end, error);
}

/**
 * A file of the user's: one that exists must be empty, so that a mistaken name
 * costs nobody his data; in a folder, one that has no name.
 */
static gboolean open_path(GuestBacking *backing, const char *path, uint64_t end, GError **error)
{
    struct statfs fs;
    struct stat st;

    backing->fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0600);
    if (backing->fd < 0 && errno == EISDIR)
        backing->fd = open(path, O_RDWR | O_TMPFILE | O_CLOEXEC, 0600);
    if (backing->fd < 0)
        return error_set_errno(error, PAPRIKA_ERROR_USAGE, errno,
                               "cannot open the guest's memory '%s'", path);
    if (fstat(backing->fd, &st) || fstatfs(backing->fd, &fs))
        return error_set_errno(error, PAPRIKA_ERROR_HOST, errno, "cannot look at '%s'", path);
    if (!S_ISREG(st.st_mode))
        return error_set(error, PAPRIKA_ERROR_USAGE,
                         "the guest's memory '%s' is no file and no folder", path);
    if (st.st_size)
        return error_set(error, PAPRIKA_ERROR_USAGE,
                         "the guest's memory '%s' is not empty: remove it if it is of no use",
                         path);
    if ((unsigned long)fs.f_type == HUGETLBFS_MAGIC)
        backing->page_size = (uint64_t)fs.f_bsize;
    if (ftruncate(backing->fd, (off_t)end))
        return error_set_errno(error, PAPRIKA_ERROR_HOST, errno,
                               "cannot make the guest's memory '%s' %" PRIu64 " MiB long", path,
                               end >> 20);
    return TRUE;
}

gboolean guest_backing_open(GuestBacking *backing, MemoryBacking kind, gboolean share,
                            const char *path, uint64_t end, GError **error)
{
    gboolean ok = TRUE;

    guest_backing_init(backing);
    backing->kind = kind;
    backing->share = share;
    switch (kind) {
    case MEMORY_ANONYMOUS:
        /* Shared memory is a file anyhow. */
        ok = !share || open_memfd(backing, 0, end, error);
        break;
    case MEMORY_MEMFD:
        ok = open_memfd(backing, 0, end, error);
        break;
    case MEMORY_HUGETLB:
        ok = open_hugetlb(backing, end, error);
        break;
    case MEMORY_FILE:
        ok = open_path(backing, path, end, error);
        break;
    }
    if (!ok)
        guest_backing_finish(backing);
    return ok;
}

gboolean guest_backing_map(const GuestBacking *backing, uint64_t base, uint64_t size, void *host)
{
    int flags = MAP_FIXED | (backing->share ? MAP_SHARED : MAP_PRIVATE);
    off_t offset = 0;

    if (backing->fd < 0)
        flags |= MAP_ANONYMOUS;
    else
        offset = (off_t)base;
    /* Huge pages that are not there would be missed by a guest only when it touches them. */
    if (backing->kind == MEMORY_HUGETLB && backing->fd < 0)
        flags |= MAP_HUGETLB;
    else if (backing->page_size == (uint64_t)sysconf(_SC_PAGESIZE))
        flags |= MAP_NORESERVE;
    if (mmap(host, size, PROT_READ | PROT_WRITE, flags, backing->fd, offset) == MAP_FAILED)
        return FALSE;
    madvise(host, size, MADV_HUGEPAGE);
    return TRUE;
}

gboolean guest_backing_discard(const GuestBacking *backing, void *host, uint64_t size)
{
    return madvise(host, size, backing->share ? MADV_REMOVE : MADV_DONTNEED) == 0;
}

gboolean guest_backing_clear(const GuestBacking *backing, void *host, uint64_t size)
{
    if (guest_backing_discard(backing, host, size))
        return TRUE;
    if (!backing->share || errno != EOPNOTSUPP)
        return FALSE;
    /* A file system that cannot give pages back. */
    memset(host, 0, size);
    return TRUE;
}

const char *guest_backing_advice(const GuestBacking *backing)
{
    return backing->kind == MEMORY_HUGETLB ? " in huge pages (raise /proc/sys/vm/nr_hugepages)"
                                           : "";
}
