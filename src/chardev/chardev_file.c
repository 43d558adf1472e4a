/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A console whose output goes to a file (or a FIFO or device); there is no input. */
#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>

#include "src/base/error.h"
#include "src/base/fd.h"
#include "src/chardev/chardev_private.h"

typedef struct {
    Chardev base;
    int fd;
    guint room_watch;
} FileChardev;

static size_t file_write(Chardev *chardev, const uint8_t *data, size_t length)
{
    return chardev_write_fd(chardev, ((FileChardev *)chardev)->fd, data, length);
}

static gboolean on_room(gint fd, GIOCondition condition, gpointer data)
{
    FileChardev *file = data;

    file->room_watch = 0;
    chardev_writable(&file->base);
    return G_SOURCE_REMOVE;
}

static void file_watch_room(Chardev *chardev)
{
    FileChardev *file = (FileChardev *)chardev;

    if (!file->room_watch)
        file->room_watch = g_unix_fd_add(file->fd, G_IO_OUT, on_room, file);
}

static void file_finish(Chardev *chardev)
{
    FileChardev *file = (FileChardev *)chardev;

    if (file->room_watch)
        g_source_remove(file->room_watch);
    fd_close(&file->fd);
}

static const ChardevOps file_ops = {
    .write = file_write,
    .watch_room = file_watch_room,
    .finish = file_finish,
};

Chardev *chardev_file_open(const char *name, const char *path, GError **error)
{
    /* O_NONBLOCK: a FIFO that nobody reads is an error now, and no wait later. */
    auto_fd fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0640);

    if (fd < 0) {
        error_set_errno(error, PAPRIKA_ERROR_USAGE, errno, "cannot open the %s's file '%s'", name,
                        path);
        return NULL;
    }

    FileChardev *file = g_new0(FileChardev, 1);
    chardev_init(&file->base, &file_ops, name);
    file->base.location = g_strdup(path);
    file->fd = fd_steal(&fd);
    return &file->base;
}
