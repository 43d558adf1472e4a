/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/chardev/chardev.h"

#include <errno.h>
#include <unistd.h>

#include "src/base/error.h"
#include "src/base/log.h"
#include "src/chardev/chardev_private.h"

void chardev_init(Chardev *chardev, const ChardevOps *ops, const char *name)
{
    chardev->ops = ops;
    chardev->name = g_strdup(name);
    chardev->open = TRUE;
    chardev->held = g_byte_array_new();
}

Chardev *chardev_open_as(const char *name, ConsoleKind kind, const char *path, int fd,
                         GError **error)
{
    switch (kind) {
    case CONSOLE_STDIO:
        return chardev_stdio_open(name, error);
    case CONSOLE_PTY:
        return chardev_pty_open(name, error);
    case CONSOLE_FILE:
        return chardev_file_open(name, path, error);
    case CONSOLE_UNIX:
        return chardev_unix_open(name, path, fd, error);
    case CONSOLE_NONE:
        return chardev_null_open(name);
    }
    error_set(error, PAPRIKA_ERROR_USAGE, "unknown kind of %s", name);
    return NULL;
}

Chardev *chardev_open(const VmConfig *config, GError **error)
{
    return chardev_open_as("console", config->console, config->console_path, config->console_fd,
                           error);
}

void chardev_free(Chardev *chardev)
{
    if (!chardev)
        return;
    chardev->handler = NULL;
    if (chardev->ops->finish)
        chardev->ops->finish(chardev);
    g_byte_array_unref(chardev->held);
    g_free(chardev->location);
    g_free(chardev->name);
    g_free(chardev);
}

static void update_input(Chardev *chardev)
{
    if (chardev->ops->update_input)
        chardev->ops->update_input(chardev);
}

gboolean chardev_wants_input(const Chardev *chardev)
{
    return chardev->handler && (chardev->reads_ahead || !chardev->held->len);
}

/** Offer what is held, unless the handler does not want it now. */
static void deliver(Chardev *chardev)
{
    /* A handler that calls chardev_resume_input() from input() is not called again. */
    if (chardev->busy || chardev->paused || !chardev->handler || !chardev->held->len)
        return;
    chardev->busy = TRUE;
    size_t taken =
        chardev->handler->input(chardev->opaque, chardev->held->data, chardev->held->len);
    chardev->busy = FALSE;
    chardev->paused = taken < chardev->held->len;
    g_byte_array_remove_range(chardev->held, 0, (guint)MIN(taken, chardev->held->len));
    if (taken)
        chardev->dropped = FALSE;
}

void chardev_input(Chardev *chardev, const uint8_t *data, size_t length)
{
    size_t room = CHARDEV_HELD_MAX - MIN(chardev->held->len, CHARDEV_HELD_MAX);

    if (length > room && !chardev->dropped) {
        log_warn("%s: the guest does not read, input is dropped", chardev->name);
        chardev->dropped = TRUE;
    }
    g_byte_array_append(chardev->held, data, (guint)MIN(length, room));
    deliver(chardev);
    update_input(chardev);
}

void chardev_set_handler(Chardev *chardev, const ChardevHandler *handler, void *opaque)
{
    chardev->handler = handler;
    chardev->opaque = opaque;
    chardev->short_of_room = FALSE;
    chardev->paused = FALSE;
    deliver(chardev);
    update_input(chardev);
}

void chardev_resume_input(Chardev *chardev)
{
    chardev->paused = FALSE;
    deliver(chardev);
    update_input(chardev);
}

size_t chardev_write(Chardev *chardev, const uint8_t *data, size_t length)
{
    if (!chardev->ops->write || !length)
        return length;

    size_t taken = chardev->ops->write(chardev, data, length);
    if (taken < length && chardev->ops->watch_room) {
        chardev->short_of_room = TRUE;
        chardev->ops->watch_room(chardev);
    }
    return taken;
}

void chardev_writable(Chardev *chardev)
{
    if (!chardev->short_of_room)
        return;
    chardev->short_of_room = FALSE;
    if (chardev->handler && chardev->handler->writable)
        chardev->handler->writable(chardev->opaque);
}

void chardev_set_open(Chardev *chardev, gboolean open)
{
    if (chardev->open == open)
        return;
    chardev->open = open;
    if (chardev->handler && chardev->handler->opened)
        chardev->handler->opened(chardev->opaque, open);
}

gboolean chardev_is_open(const Chardev *chardev) { return chardev->open; }

void chardev_write_failed(Chardev *chardev, int err)
{
    if (chardev->write_failed)
        return;
    chardev->write_failed = TRUE;
    log_warn("%s: output is lost: %s", chardev->name, g_strerror(err));
}

size_t chardev_write_fd(Chardev *chardev, int fd, const uint8_t *data, size_t length)
{
    size_t done = 0;

    while (done < length) {
        ssize_t n = write(fd, data + done, length - done);
        if (n > 0) {
            done += (size_t)n;
        } else if (n < 0 && errno == EINTR) {
            continue;
        } else if (n < 0 && errno == EAGAIN) {
            break;
        } else {
            chardev_write_failed(chardev, n < 0 ? errno : EIO);
            return length;
        }
    }
    return done;
}

const char *chardev_location(const Chardev *chardev) { return chardev->location; }

char *chardev_describe(ConsoleKind kind, const char *location)
{
    static const char *const kinds[] = {
        [CONSOLE_STDIO] = "stdio", [CONSOLE_PTY] = "pty",   [CONSOLE_FILE] = "file",
        [CONSOLE_UNIX] = "unix",   [CONSOLE_NONE] = "null",
    };

    return location ? g_strdup_printf("%s:%s", kinds[kind], location) : g_strdup(kinds[kind]);
}
