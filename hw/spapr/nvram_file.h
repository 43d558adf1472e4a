/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The file that keeps a guest's NVRAM. It has room for two copies, each with its
 * number and a digest, and what is stored goes over the older one: whenever a store is cut
 * off, by a crash of this program or of the host, the other copy is whole.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include <glib.h>

enum {
    /** A copy: its head, in a block of its own, and the contents. */
    NVRAM_FILE_HEAD = 4096,
    NVRAM_FILE_DATA = 64 * 1024,
    NVRAM_FILE_COPY = NVRAM_FILE_HEAD + NVRAM_FILE_DATA,
    NVRAM_FILE_SIZE = 2 * NVRAM_FILE_COPY,
};

typedef struct NvramFile NvramFile;

/**
 * Open the file at @path, or make it, lock it, and read its newest whole copy to
 * @data, NVRAM_FILE_DATA bytes. *@found is false if there is none yet; @data is as it was
 * then. Fails if another process has it, and for what is no such file. Main thread.
 */
NvramFile *nvram_file_open(const char *path, void *data, gboolean *found, GError **error);

/** NULL is fine. */
void nvram_file_close(NvramFile *file);

/**
 * Store @data, NVRAM_FILE_DATA bytes, and wait until it is on the disk: 0, or a negative errno
 * value, and then the copy that was read or stored last is still whole. One thread at a time.
 */
int nvram_file_store(NvramFile *file, const void *data);
