/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The partition's NVRAM (LoPAR 8): in memory, it lasts as long as the program. */
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
void nvram_free(Nvram *nvram);

/** Copy @length bytes at @offset out or in; FALSE if out of range. Any thread. */
gboolean nvram_fetch(Nvram *nvram, uint32_t offset, void *data, size_t length);
gboolean nvram_store(Nvram *nvram, uint32_t offset, const void *data, size_t length);
