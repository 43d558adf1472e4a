/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the back ends of src/chardev share. Everything here belongs to the main
 * loop's thread.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include <glib.h>

#include "src/chardev/chardev.h"

typedef struct {
    /** Write what goes without waiting; bytes taken. NULL: all is dropped. */
    size_t (*write)(Chardev *chardev, const uint8_t *data, size_t length);
    /** Start or stop (as chardev_wants_input() says) to watch for input. NULL: none comes. */
    void (*update_input)(Chardev *chardev);
    /** Watch for room, and call chardev_writable() once. NULL: never short of room. */
    void (*watch_room)(Chardev *chardev);
    /** Release what the back end has; @chardev itself is freed by the caller. */
    void (*finish)(Chardev *chardev);
} ChardevOps;

/** Embedded as the first member of each back end's structure. */
struct Chardev {
    const ChardevOps *ops;
    const ChardevHandler *handler;
    void *opaque;
    char *location;
    /** For messages: "console". Owned. */
    char *name;
    /** See chardev_is_open(). */
    gboolean open;

    /** Input that the handler has not taken yet. */
    GByteArray *held;
    /** The handler took less than all, and has not asked for more since. */
    gboolean paused;
    /** Keep on reading while input is held, so that the leave key is seen. */
    gboolean reads_ahead;
    /** Input was dropped since the handler last took some. */
    gboolean dropped;
    /** A write was short; the handler waits for chardev_writable(). */
    gboolean short_of_room;
    /** The handler's input() has been called, and has not returned. */
    gboolean busy;
    /** A failure to write has been logged. */
    gboolean write_failed;
};

enum {
    /** Bytes read at a time. */
    CHARDEV_READ_SIZE = 512,
    /** Bound of what is held for a handler that takes nothing. */
    CHARDEV_HELD_MAX = 64 << 10,
};

/** One that is open; @name is copied. */
void chardev_init(Chardev *chardev, const ChardevOps *ops, const char *name);

/** Somebody has come to its other end, or nobody is there any more: tell the handler. */
void chardev_set_open(Chardev *chardev, gboolean open);

/** Whether the back end shall read: somebody listens, and there is room for what comes. */
gboolean chardev_wants_input(const Chardev *chardev);

/** Hand bytes from outside to the handler, keeping what it does not take. */
void chardev_input(Chardev *chardev, const uint8_t *data, size_t length);

/** There is room again: tell the handler, if it waits for that. */
void chardev_writable(Chardev *chardev);

/** Log, once, that output is lost because of @err. */
void chardev_write_failed(Chardev *chardev, int err);

/**
 * write(2) as far as it goes without waiting, for a descriptor with O_NONBLOCK
 * or a regular file. Errors other than EAGAIN are logged once, and the bytes
 * count as taken: nobody will ever read them.
 */
size_t chardev_write_fd(Chardev *chardev, int fd, const uint8_t *data, size_t length);

/* @name is as in chardev_init(). */
Chardev *chardev_stdio_open(const char *name, GError **error);
Chardev *chardev_pty_open(const char *name, GError **error);
Chardev *chardev_file_open(const char *name, const char *path, GError **error);
/** At @path or, if @fd is not 0, on that listening socket. */
Chardev *chardev_unix_open(const char *name, const char *path, int fd, GError **error);
Chardev *chardev_null_open(const char *name);
