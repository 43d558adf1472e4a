/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The partition's NVRAM (LoPAR 8): in memory, and in a file (nvram_file.h) if the user names one.
 *
 * What the guest stores goes to the file by a thread of its own, at the latest a moment after it
 * came, and several stores that follow each other as one: Linux stores 32 bytes
 * at a time, and none shall wait for a disk. So a crash of this program can cost the last
 * moment's stores; what the file has is always all of what NVRAM held at some moment.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include <glib.h>

enum { NVRAM_SIZE = 64 * 1024 };

typedef struct Nvram Nvram;

/**
 * With the partitions of a fresh machine (LoPAR 8.4): room for Open Firmware's
 * variables, and the rest free for the operating system to divide.
 */
Nvram *nvram_new(void);
/** What has not reached the file yet is stored first. */
void nvram_free(Nvram *nvram);

/**
 * Keep it in the file at @path, with what that has; one that is new gets what @nvram has. Main
 * thread, before any guest runs.
 */
gboolean nvram_attach(Nvram *nvram, const char *path, GError **error);

/** Start the thread that stores into that file, if there is one. Main thread, before any guest
 * runs. */
gboolean nvram_start(Nvram *nvram, GError **error);

/** Copy @length bytes at @offset out or in; FALSE if out of range. Any thread. */
gboolean nvram_fetch(Nvram *nvram, uint32_t offset, void *data, size_t length);
gboolean nvram_store(Nvram *nvram, uint32_t offset, const void *data, size_t length);
