/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hw/spapr/nvram.h"

#include <string.h>

struct Nvram {
    /** Protects data. */
    GMutex lock;
    uint8_t data[NVRAM_SIZE];
};

Nvram *nvram_new(void)
{
    Nvram *nvram = g_new0(Nvram, 1);

    g_mutex_init(&nvram->lock);
    return nvram;
}

void nvram_free(Nvram *nvram)
{
    if (!nvram)
        return;
    g_mutex_clear(&nvram->lock);
    g_free(nvram);
}

static gboolean nvram_range_ok(uint32_t offset, size_t length)
{
    return offset <= NVRAM_SIZE && length <= NVRAM_SIZE - offset;
}

gboolean nvram_fetch(Nvram *nvram, uint32_t offset, void *data, size_t length)
{
    if (!nvram_range_ok(offset, length))
        return FALSE;
    g_mutex_lock(&nvram->lock);
    memcpy(data, nvram->data + offset, length);
    g_mutex_unlock(&nvram->lock);
    return TRUE;
}

gboolean nvram_store(Nvram *nvram, uint32_t offset, const void *data, size_t length)
{
    if (!nvram_range_ok(offset, length))
        return FALSE;
    g_mutex_lock(&nvram->lock);
    memcpy(nvram->data + offset, data, length);
    g_mutex_unlock(&nvram->lock);
    return TRUE;
}
