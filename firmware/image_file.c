/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "firmware/image_file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sys/stat.h>
#include <unistd.h>

#include "src/base/error.h"
#include "src/base/fd.h"

/** Whether an open(2) that failed with @err is for the user to mend. */
static PaprikaError blame(int err)
{
    switch (err) {
    case ENOENT:
    case EACCES:
    case EPERM:
    case ENOTDIR:
    case ELOOP:
    case ENAMETOOLONG:
    case EISDIR:
    case ENXIO:
    case ENODEV:
        return PAPRIKA_ERROR_USAGE;
    default:
        return PAPRIKA_ERROR_HOST;
    }
}

static const char *file_type_name(mode_t mode)
{
    switch (mode & S_IFMT) {
    case S_IFDIR:
        return "a directory";
    case S_IFIFO:
        return "a pipe";
    case S_IFSOCK:
        return "a socket";
    case S_IFCHR:
    case S_IFBLK:
        return "a device";
    default:
        return "no regular file";
    }
}

static gboolean check_type(ImageFile *file, GError **error)
{
    struct stat st;

    if (fstat(file->fd, &st))
        return error_set_errno(error, PAPRIKA_ERROR_HOST, errno, "cannot examine %s", file->label);
    if (!S_ISREG(st.st_mode))
        return error_set(error, PAPRIKA_ERROR_USAGE, "%s is %s, where a regular file is needed",
                         file->label, file_type_name(st.st_mode));
    if (!st.st_size)
        return error_set(error, PAPRIKA_ERROR_USAGE, "%s is empty", file->label);
    file->size = (uint64_t)st.st_size;
    return TRUE;
}

gboolean image_file_init(ImageFile *file, const char *role, const char *path, GError **error)
{
    *file = (ImageFile){.fd = -1, .label = g_strdup_printf("%s '%s'", role, path)};

    /* O_NONBLOCK: a pipe without a writer must not hold us up. */
    file->fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (file->fd < 0)
        return error_set_errno(error, blame(errno), errno, "cannot open %s", file->label);
    return check_type(file, error);
}

gboolean image_file_init_scratch(ImageFile *file, int fd, const char *label, GError **error)
{
    *file = (ImageFile){.fd = fd, .scratch = TRUE, .label = g_strdup(label)};
    return check_type(file, error);
}

void image_file_finish(ImageFile *file)
{
    /* Zeroed but never initialised: no descriptor to close. */
    if (file->label)
        fd_close(&file->fd);
    g_clear_pointer(&file->label, g_free);
}

gboolean image_file_read(const ImageFile *file, uint64_t offset, void *data, uint64_t length,
                         GError **error)
{
    uint8_t *to = data;

    if (offset > INT64_MAX || length > INT64_MAX - offset)
        return error_set(error, PAPRIKA_ERROR_USAGE, "%s has no byte %#" PRIx64, file->label,
                         offset);
    while (length > 0) {
        ssize_t got = pread(file->fd, to, MIN(length, (uint64_t)1 << 30), (off_t)offset);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return error_set_errno(error, PAPRIKA_ERROR_HOST, errno, "cannot read %s", file->label);
        if (got == 0)
            return error_set(error, PAPRIKA_ERROR_USAGE,
                             "%s is cut short: it ends at byte %" PRIu64 ", where %" PRIu64
                             " more are needed",
                             file->label, offset, length);
        to += got;
        offset += (uint64_t)got;
        length -= (uint64_t)got;
    }
    return TRUE;
}

void image_file_discard(const ImageFile *file, uint64_t offset)
{
    /* Only to save memory: a failure does no harm. */
    if (file->scratch && offset > 0 && offset <= INT64_MAX &&
        fallocate(file->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, (off_t)offset))
        return;
}
