/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/vmm/save_job.h"

#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "src/base/error.h"
#include "src/base/fd.h"

enum { SAVE_SLICE_US = 5000, SAVE_PIECE = 64 << 10 };

struct SaveJob {
    int fd;
    const SaveJobOps *ops;
    void *opaque;
    guint source;
    /** A regular file, from where on it is written: zeros may be left out. */
    gboolean sparse;
    off_t start;
    uint64_t written;
    /** What is left of the piece at hand. */
    const uint8_t *piece;
    size_t left;
};

int save_job_open(const char *path, GError **error)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0600);

    if (fd < 0)
        error_set_errno(error, PAPRIKA_ERROR_USAGE, errno, "cannot write to '%s'", path);
    return fd;
}

static gboolean is_zero(const uint8_t *data, size_t length)
{
    return length && !data[0] && !memcmp(data, data + 1, length - 1);
}

/** Write some of the piece: 0, or an errno value. */
static int write_piece(SaveJob *job)
{
    ssize_t n;

    if (job->sparse && job->left == SAVE_PIECE && is_zero(job->piece, job->left))
        n = lseek(job->fd, (off_t)job->left, SEEK_CUR) < 0 ? -1 : (ssize_t)job->left;
    else
        n = write(job->fd, job->piece, job->left);
    if (n < 0)
        return errno == EINTR ? 0 : errno;
    job->written += (uint64_t)n;
    job->piece += n;
    job->left -= (size_t)n;
    return 0;
}

static void finish(SaveJob *job, const GError *error)
{
    job->source = 0;
    job->ops->done(job->opaque, error);
}

static gboolean on_room(gint fd, GIOCondition condition, gpointer opaque);

static gboolean on_slice(gpointer opaque)
{
    SaveJob *job = opaque;
    gint64 end = g_get_monotonic_time() + SAVE_SLICE_US;
    g_autoptr(GError) error = NULL;

    do {
        if (!job->left) {
            job->left = job->ops->next(job->opaque, SAVE_PIECE, &job->piece, &error);
            if (!job->left) {
                /* Zeros at the end are a hole, too. */
                if (!error && job->sparse && ftruncate(job->fd, job->start + (off_t)job->written))
                    error_set_errno(&error, PAPRIKA_ERROR_HOST, errno, "cannot set the file's end");
                finish(job, error);
                return G_SOURCE_REMOVE;
            }
        }
        int err = write_piece(job);
        if (err == EAGAIN) {
            job->source = g_unix_fd_add(job->fd, G_IO_OUT | G_IO_ERR | G_IO_HUP, on_room, job);
            return G_SOURCE_REMOVE;
        }
        if (err) {
            error_set_errno(&error, PAPRIKA_ERROR_HOST, err, "cannot write");
            finish(job, error);
            return G_SOURCE_REMOVE;
        }
    } while (g_get_monotonic_time() < end);
    return G_SOURCE_CONTINUE;
}

static gboolean on_room(gint fd, GIOCondition condition, gpointer opaque)
{
    SaveJob *job = opaque;

    job->source = g_idle_add_full(G_PRIORITY_DEFAULT, on_slice, job, NULL);
    return G_SOURCE_REMOVE;
}

SaveJob *save_job_new(int fd, const SaveJobOps *ops, void *opaque)
{
    SaveJob *job = g_new0(SaveJob, 1);
    int flags = fcntl(fd, F_GETFL);
    struct stat st;

    job->fd = fd;
    job->ops = ops;
    job->opaque = opaque;
    gboolean regular = fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && !(flags & O_APPEND);
    job->start = regular ? lseek(fd, 0, SEEK_CUR) : 0;
    job->sparse = regular && st.st_size <= job->start;
    if (!regular && flags >= 0)
        fcntl(fd, F_SETFL, flags | O_NONBLOCK);
    job->source = g_idle_add_full(G_PRIORITY_DEFAULT, on_slice, job, NULL);
    return job;
}

void save_job_free(SaveJob *job)
{
    if (!job)
        return;
    if (job->source)
        g_source_remove(job->source);
    fd_close(&job->fd);
    g_free(job);
}

uint64_t save_job_written(const SaveJob *job) { return job->written; }
