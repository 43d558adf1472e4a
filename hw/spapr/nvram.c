/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hw/spapr/nvram.h"

#include <string.h>

#include "src/base/endian.h"

struct Nvram {
    /** Protects data. */
    GMutex lock;
    uint8_t data[NVRAM_SIZE];
};

/** What every partition begins with; its size is in units of NVRAM_BLOCK, this one included. */
typedef struct {
    uint8_t signature;
    uint8_t checksum;
    be16 blocks;
    char name[12];
} NvramHeader;
G_STATIC_ASSERT(sizeof(NvramHeader) == 16);

enum {
    NVRAM_BLOCK = sizeof(NvramHeader),
    /** Open Firmware's configuration variables. */
    NVRAM_SIGNATURE_COMMON = 0x70,
    NVRAM_COMMON_SIZE = 4096,
    NVRAM_SIGNATURE_FREE = 0x7f,
};

/** Sum of the header's other bytes, each carry added in again. */
static uint8_t nvram_checksum(const NvramHeader *header)
{
    const uint8_t *bytes = (const uint8_t *)header;
    unsigned sum = 0;

    for (size_t i = 0; i < sizeof(*header); i++) {
        if (i != offsetof(NvramHeader, checksum))
            sum += bytes[i];
        sum = (sum & 0xff) + (sum >> 8);
    }
    return (uint8_t)sum;
}

static void nvram_add_partition(Nvram *nvram, size_t offset, size_t size, uint8_t signature,
                                const char *name)
{
    NvramHeader header = {.signature = signature,
                          .blocks = be16_of((uint16_t)(size / NVRAM_BLOCK))};

    /* Padded with zeros, not necessarily terminated. */
    memcpy(header.name, name, MIN(strlen(name), sizeof(header.name)));
    header.checksum = nvram_checksum(&header);
    memcpy(nvram->data + offset, &header, sizeof(header));
}

Nvram *nvram_new(void)
{
    Nvram *nvram = g_new0(Nvram, 1);

    g_mutex_init(&nvram->lock);
    nvram_add_partition(nvram, 0, NVRAM_COMMON_SIZE, NVRAM_SIGNATURE_COMMON, "common");
    nvram_add_partition(nvram, NVRAM_COMMON_SIZE, NVRAM_SIZE - NVRAM_COMMON_SIZE,
                        NVRAM_SIGNATURE_FREE, "wwwwwwwwwwww");
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
