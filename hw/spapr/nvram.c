/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hw/spapr/nvram.h"

#include <string.h>

#include "hw/spapr/nvram_file.h"
#include "src/base/endian.h"
#include "src/base/error.h"
#include "src/base/log.h"
#include "src/base/thread_filter.h"

enum {
    /** How long the first of several stores waits for the others: the most that a guest can make of
       it. */
    NVRAM_GATHER_US = 100000,
    /** How long after a failure the file is tried again. */
    NVRAM_RETRY_US = 5000000,
};

G_STATIC_ASSERT((unsigned)NVRAM_SIZE == (unsigned)NVRAM_FILE_DATA);

struct Nvram {
    /** NULL: not kept. Both are constant once the guest runs. */
    NvramFile *file;
    GThread *writer;

    /** Protects the fields below. */
    GMutex lock;
    GCond wake;
    uint8_t data[NVRAM_SIZE];
    /** The file has something else. */
    gboolean dirty;
    /** The writer shall end. */
    gboolean quit;
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
    g_cond_init(&nvram->wake);
    nvram_add_partition(nvram, 0, NVRAM_COMMON_SIZE, NVRAM_SIGNATURE_COMMON, "common");
    nvram_add_partition(nvram, NVRAM_COMMON_SIZE, NVRAM_SIZE - NVRAM_COMMON_SIZE,
                        NVRAM_SIGNATURE_FREE, "wwwwwwwwwwww");
    return nvram;
}

void nvram_free(Nvram *nvram)
{
    if (!nvram)
        return;
    g_mutex_lock(&nvram->lock);
    nvram->quit = TRUE;
    g_cond_signal(&nvram->wake);
    g_mutex_unlock(&nvram->lock);
    if (nvram->writer)
        g_thread_join(nvram->writer);
    nvram_file_close(nvram->file);
    g_cond_clear(&nvram->wake);
    g_mutex_clear(&nvram->lock);
    g_free(nvram);
}

/** Wait until @us microseconds are over, or it shall end. With nvram->lock. */
static void nvram_rest(Nvram *nvram, gint64 us)
{
    gint64 end = g_get_monotonic_time() + us;

    while (!nvram->quit && g_cond_wait_until(&nvram->wake, &nvram->lock, end))
        continue;
}

static gpointer nvram_write(gpointer opaque)
{
    Nvram *nvram = opaque;
    g_autofree uint8_t *data = g_malloc(NVRAM_SIZE);
    int ret = 0;

    g_mutex_lock(&nvram->lock);
    for (;;) {
        while (!nvram->dirty && !nvram->quit)
            g_cond_wait(&nvram->wake, &nvram->lock);
        if (!nvram->dirty)
            break;
        /* The first store is a guest's: by then the process has its filter. */
        if (thread_filter_narrow(THREAD_FILTER_IO)) {
            log_error("NVRAM is not stored: its thread cannot filter its system calls");
            break;
        }
        nvram_rest(nvram, NVRAM_GATHER_US);
        memcpy(data, nvram->data, NVRAM_SIZE);
        nvram->dirty = FALSE;
        g_mutex_unlock(&nvram->lock);

        int last = ret;
        ret = nvram_file_store(nvram->file, data);
        if (ret && ret != last)
            log_error("NVRAM cannot be stored in its file: %s", g_strerror(-ret));
        g_mutex_lock(&nvram->lock);
        if (ret && nvram->quit)
            break;
        if (ret) {
            nvram->dirty = TRUE;
            nvram_rest(nvram, NVRAM_RETRY_US);
        }
    }
    g_mutex_unlock(&nvram->lock);
    return NULL;
}

gboolean nvram_attach(Nvram *nvram, const char *path, GError **error)
{
    gboolean found;

    nvram->file = nvram_file_open(path, nvram->data, &found, error);
    if (!nvram->file)
        return FALSE;

    int ret = found ? 0 : nvram_file_store(nvram->file, nvram->data);
    if (ret)
        return error_set_errno(error, PAPRIKA_ERROR_HOST, -ret, "cannot write NVRAM file '%s'",
                               path);
    return TRUE;
}

gboolean nvram_start(Nvram *nvram, GError **error)
{
    g_autoptr(GError) cause = NULL;

    if (!nvram->file)
        return TRUE;
    nvram->writer = g_thread_try_new("nvram", nvram_write, nvram, &cause);
    if (!nvram->writer)
        return error_set(error, PAPRIKA_ERROR_HOST, "cannot start the thread of NVRAM: %s",
                         cause->message);
    return TRUE;
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
    if (nvram->file && !nvram->dirty) {
        nvram->dirty = TRUE;
        g_cond_signal(&nvram->wake);
    }
    g_mutex_unlock(&nvram->lock);
    return TRUE;
}
