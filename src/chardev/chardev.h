/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Character device back ends for consoles and ports: the terminal, a pseudo-terminal, a
 * file, a UNIX socket, nothing. All of it runs on the main loop's thread, and
 * nothing in it ever blocks.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include <glib.h>

#include "include/paprika/config.h"

typedef struct Chardev Chardev;

/** Calls of a back end to its front end, on the main loop's thread. */
typedef struct {
    /**
     * Bytes from outside; returns how many were taken. If fewer than @length,
     * the rest is kept and reading pauses until chardev_resume_input().
     */
    size_t (*input)(void *opaque, const uint8_t *data, size_t length);
    /** chardev_write() took less than all before, and can now take more. */
    void (*writable)(void *opaque);
    /** The user typed the leave key (Ctrl-A x) on a terminal. */
    void (*leave)(void *opaque);
    /** chardev_is_open() is another now; or NULL. */
    void (*opened)(void *opaque, gboolean open);
} ChardevHandler;

/**
 * Open a back end of @kind, at @path or on the inherited listening socket @fd where it has one;
 * @name is what messages call it. For CONSOLE_PTY the device's path is
 * logged; for CONSOLE_UNIX a listening socket is made (one client at a time, a
 * newcomer waits, output without a client is dropped). A terminal is put into
 * raw mode, and back by chardev_free(), and by a signal handler-safe path if
 * the program dies of a signal.
 */
Chardev *chardev_open_as(const char *name, ConsoleKind kind, const char *path, int fd,
                         GError **error);
/** The console that @config names. */
Chardev *chardev_open(const VmConfig *config, GError **error);
void chardev_free(Chardev *chardev);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Chardev, chardev_free)

/** Start to deliver input. @handler must outlive the chardev or a later call with NULL. */
void chardev_set_handler(Chardev *chardev, const ChardevHandler *handler, void *opaque);

/** Write without blocking; returns the bytes taken, which may be 0. */
size_t chardev_write(Chardev *chardev, const uint8_t *data, size_t length);

void chardev_resume_input(Chardev *chardev);

/** Whether somebody is at its other end, as far as can be told: a socket's client, a user of the
 * pseudo-terminal. Of the others always. */
gboolean chardev_is_open(const Chardev *chardev);

/** As query-chardev of QEMU's monitor tells it: "unix:/path"; newly allocated. */
char *chardev_describe(ConsoleKind kind, const char *location);

/** A human-readable place, such as "/dev/pts/3", or NULL. Owned by the chardev. */
const char *chardev_location(const Chardev *chardev);
