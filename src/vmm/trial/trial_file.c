/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/vmm/trial/trial_file.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "src/base/error.h"
#include "src/base/fd.h"

gboolean trial_file_open(TrialFile *file, const char *output, const char *name, const char *suffix,
                         size_t room, char **path, GError **error)
{
    g_autofree char *base = g_strconcat(name, ".", suffix, NULL);

    *path = g_build_filename(output, base, NULL);
    *file = (TrialFile){.room = room};
    file->fd = open(*path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0666);
    if (file->fd >= 0)
        return TRUE;
    return error_set_errno(error, PAPRIKA_ERROR_HOST, errno, "cannot write '%s'", *path);
}

void trial_file_write(TrialFile *file, const uint8_t *bytes, size_t length)
{
    if (length > file->room) {
        length = file->room;
        file->cut = TRUE;
    }
    file->room -= length;
    while (length && !file->failed) {
        ssize_t n = write(file->fd, bytes, length);
        if (n < 0 && errno != EINTR)
            file->failed = errno;
        if (n > 0) {
            bytes += n;
            length -= (size_t)n;
        }
    }
}

void trial_file_close(TrialFile *file) { fd_close(&file->fd); }
