/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/block/disk.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "src/base/error.h"
#include "src/base/fd.h"

/**
 * A lock of this open file description, which ends with it, whatever else of the
 * program opens and closes the file. QEMU's locks are of the same kind, in the
 * same file, so that either sees the other.
 */
static gboolean lock_file(int fd, const char *path, gboolean readonly, GError **error)
{
    struct flock lock = {.l_type = readonly ? F_RDLCK : F_WRLCK, .l_whence = SEEK_SET};

    if (fcntl(fd, F_OFD_SETLK, &lock) == 0)
        return TRUE;
    if (errno == EAGAIN || errno == EACCES)
        return error_set(error, PAPRIKA_ERROR_USAGE,
                         "disk '%s' is in use: by another guest, or given twice (%s)", path,
                         readonly ? "and written to" : "several may share it with 'readonly'");
    return error_set_errno(error, PAPRIKA_ERROR_HOST, errno, "cannot lock disk '%s'", path);
}

static gboolean size_of_device(Disk *disk, const char *path, GError **error)
{
    int block = 0;

    if (ioctl(disk->fd, BLKGETSIZE64, &disk->size) || ioctl(disk->fd, BLKSSZGET, &block))
        return error_set_errno(error, PAPRIKA_ERROR_HOST, errno,
                               "cannot tell the size of disk '%s'", path);
    disk->block = (uint32_t)block;
    return TRUE;
}

/** What direct transfers from and to a file must be aligned to, as far as the kernel tells. */
static void align_of_file(Disk *disk)
{
#ifdef STATX_DIOALIGN
    struct statx info;

    if (disk->direct && statx(disk->fd, "", AT_EMPTY_PATH, STATX_DIOALIGN, &info) == 0 &&
        info.stx_mask & STATX_DIOALIGN && info.stx_dio_offset_align) {
        disk->block = MAX(disk->block, info.stx_dio_offset_align);
        disk->memory_align = MAX(disk->memory_align, info.stx_dio_mem_align);
    }
#endif
}

static gboolean examine(Disk *disk, const char *path, GError **error)
{
    struct stat info;

    if (fstat(disk->fd, &info))
        return error_set_errno(error, PAPRIKA_ERROR_HOST, errno, "disk '%s'", path);
    disk->block = DISK_SECTOR;
    disk->memory_align = DISK_SECTOR;
    if (S_ISBLK(info.st_mode)) {
        if (!size_of_device(disk, path, error))
            return FALSE;
    } else if (S_ISREG(info.st_mode)) {
        disk->size = (uint64_t)info.st_size;
        align_of_file(disk);
    } else {
        return error_set(error, PAPRIKA_ERROR_USAGE,
                         "disk '%s' is neither a file nor a block device", path);
    }
    if (!disk->size || disk->size % disk->block)
        return error_set(error, PAPRIKA_ERROR_USAGE,
                         "disk '%s' has %" G_GUINT64_FORMAT " bytes: that is no whole number of "
                         "blocks of %u bytes",
                         path, disk->size, disk->block);
    return TRUE;
}

/** Look at what was opened, and lock it. */
static gboolean settle(Disk *disk, const char *name, GError **error)
{
    if (!examine(disk, name, error) || !lock_file(disk->fd, name, disk->readonly, error))
        return FALSE;
    fcntl(disk->fd, F_SETFL, fcntl(disk->fd, F_GETFL) & ~O_NONBLOCK);
    return TRUE;
}

static int open_here(void *opaque, const char *path, int flags)
{
    int fd = open(path, flags);

    return fd < 0 ? -errno : fd;
}

Disk *disk_open(const char *path, gboolean readonly, gboolean direct, GError **error)
{
    return disk_open_by(open_here, NULL, path, readonly, direct, error);
}

Disk *disk_open_by(DiskOpenFn open, void *opaque, const char *path, gboolean readonly,
                   gboolean direct, GError **error)
{
    g_autoptr(Disk) disk = g_new0(Disk, 1);
    /* Not to wait for a reader of what turns out to be a pipe. */
    int flags = O_CLOEXEC | O_NONBLOCK | (readonly ? O_RDONLY : O_RDWR) | (direct ? O_DIRECT : 0);

    disk->readonly = readonly;
    disk->direct = direct;
    disk->fd = open(opaque, path, flags);
    if (disk->fd < 0) {
        const char *hint = "";
        int err = -disk->fd;

        if (err == EINVAL && direct)
            hint = " (the file system may know no 'direct')";
        else if ((err == EACCES || err == EROFS) && !readonly)
            hint = " for writing (there is 'readonly')";
        error_set_errno(error, err == ENOMEM ? PAPRIKA_ERROR_HOST : PAPRIKA_ERROR_USAGE, err,
                        "cannot open disk '%s'%s", path, hint);
        return NULL;
    }
    return settle(disk, path, error) ? g_steal_pointer(&disk) : NULL;
}

Disk *disk_adopt(int fd, const char *name, gboolean readonly, GError **error)
{
    g_autoptr(Disk) disk = g_new0(Disk, 1);
    int flags = fcntl(fd, F_GETFL);

    *disk = (Disk){.fd = fd, .readonly = readonly, .direct = (flags & O_DIRECT) != 0};
    if (flags < 0 || (flags & O_PATH) || (flags & O_ACCMODE) == O_WRONLY ||
        (!readonly && (flags & O_ACCMODE) != O_RDWR)) {
        error_set(error, PAPRIKA_ERROR_USAGE, "disk '%s' was not opened for %s", name,
                  readonly ? "reading" : "reading and writing");
        return NULL;
    }
    return settle(disk, name, error) ? g_steal_pointer(&disk) : NULL;
}

Disk *disk_share(const Disk *disk, GError **error)
{
    int fd = fcntl(disk->fd, F_DUPFD_CLOEXEC, 0);

    if (fd < 0) {
        error_set_errno(error, PAPRIKA_ERROR_HOST, errno, "no further descriptor of a disk");
        return NULL;
    }
    Disk *shared = g_memdup2(disk, sizeof(*disk));
    shared->fd = fd;
    return shared;
}

gboolean disk_grow(Disk *disk, uint64_t size, GError **error)
{
    uint64_t now = disk->size, there = 0;
    struct stat info;

    if (size % disk->block || size > INT64_MAX)
        return error_set(error, PAPRIKA_ERROR_USAGE,
                         "%" G_GUINT64_FORMAT " bytes are no whole number of blocks of %u bytes",
                         size, disk->block);
    if (size < now)
        return error_set(error, PAPRIKA_ERROR_USAGE,
                         "a disk does not shrink: it has %" G_GUINT64_FORMAT " bytes", now);
    if (fstat(disk->fd, &info))
        return error_set_errno(error, PAPRIKA_ERROR_HOST, errno, "cannot look at the disk");
    if (S_ISREG(info.st_mode) && (uint64_t)info.st_size < size && disk->readonly)
        return error_set(error, PAPRIKA_ERROR_USAGE, "the disk is read-only");
    if (S_ISREG(info.st_mode) && (uint64_t)info.st_size < size && ftruncate(disk->fd, (off_t)size))
        return error_set_errno(error, PAPRIKA_ERROR_HOST, errno, "cannot make the file longer");
    if (S_ISBLK(info.st_mode) && (ioctl(disk->fd, BLKGETSIZE64, &there) || there < size))
        return error_set(error, PAPRIKA_ERROR_USAGE, "the device has %" G_GUINT64_FORMAT " bytes",
                         there);
    __atomic_store_n(&disk->size, size, __ATOMIC_RELAXED);
    return TRUE;
}

void disk_close(Disk *disk)
{
    if (!disk)
        return;
    fd_close(&disk->fd);
    g_free(disk);
}
