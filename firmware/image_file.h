/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files that hold what is loaded into the guest: opened once, read by position
 * as often as the guest starts. Their contents are hostile input, and may
 * change between two reads.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include <glib.h>

typedef struct {
    /** Owned descriptor, or -1. */
    int fd;
    /** Bytes when it was opened. */
    uint64_t size;
    /** An anonymous file of our own, whose bytes may be given back once read. */
    gboolean scratch;
    /** What messages call it, as in "kernel '/boot/vmlinux'"; owned. */
    char *label;
} ImageFile;

/**
 * Open @path, which must be a regular file (it is read again at each reboot)
 * and not empty. @role, "kernel" for example, goes into messages. What the
 * user can mend is PAPRIKA_ERROR_USAGE, the rest PAPRIKA_ERROR_HOST. On
 * failure @file may still be finished.
 */
gboolean image_file_init(ImageFile *file, const char *role, const char *path, GError **error);

/**
 * As image_file_init() for the anonymous file @fd, taken over even on failure,
 * with the label given.
 */
gboolean image_file_init_scratch(ImageFile *file, int fd, const char *label, GError **error);

void image_file_finish(ImageFile *file);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(ImageFile, image_file_finish)

/** Read all @length bytes at @offset, or fail: also if the file has become shorter. */
gboolean image_file_read(const ImageFile *file, uint64_t offset, void *data, uint64_t length,
                         GError **error);

/** Give back the memory of the bytes before @offset, if it is a scratch file. */
void image_file_discard(const ImageFile *file, uint64_t offset);
