/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A raw disk image or block device of the host, opened and locked. */
#pragma once

#include <stdint.h>

#include <glib.h>

enum { DISK_SECTOR = 512 };

typedef struct {
    int fd;
    gboolean readonly;
    /** O_DIRECT: what is read or written must be aligned. */
    gboolean direct;
    /** Bytes of a logical block: requests are multiples of it. */
    uint32_t block;
    /** Bytes that buffers must be aligned to, with direct. */
    uint32_t memory_align;
    /** Atomic: bytes, a multiple of DISK_SECTOR. */
    uint64_t size;
} Disk;

/**
 * Open the file or device at @path. It is locked, as long as it is open, against
 * other programs that lock so (QEMU among them): wholly, or with @readonly
 * against writers only. Main thread.
 */
Disk *disk_open(const char *path, gboolean readonly, gboolean direct, GError **error);
/** Opens @path as open(2) does: a descriptor, or a negative errno. */
typedef int (*DiskOpenFn)(void *opaque, const char *path, int flags);
/** The same, where somebody else opens it. */
Disk *disk_open_by(DiskOpenFn open, void *opaque, const char *path, gboolean readonly,
                   gboolean direct, GError **error);
/**
 * The same of a file that is open, for reading and, without @readonly, for writing; direct if it
 * was opened so. @fd is taken over, on failure too; @name is for messages.
 */
Disk *disk_adopt(int fd, const char *name, gboolean readonly, GError **error);
/** One more on the same open file, under the same lock. NULL if the host has no descriptor left. */
Disk *disk_share(const Disk *disk, GError **error);
/**
 * Make it @size bytes long, a file that is shorter too; what is there stays. A disk does not
 * shrink.
 */
gboolean disk_grow(Disk *disk, uint64_t size, GError **error);
/** NULL is fine. */
void disk_close(Disk *disk);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Disk, disk_close)
