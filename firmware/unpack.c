/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "firmware/unpack.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <lzma.h>
#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

#include "src/base/error.h"
#include "src/base/fd.h"
#include "src/base/late_library.h"

#define ZLIB(FUNCTION)                                                                             \
    FUNCTION(inflateInit2_) FUNCTION(inflate) FUNCTION(inflateReset) FUNCTION(inflateEnd)
#define LZMA(FUNCTION) FUNCTION(lzma_stream_decoder) FUNCTION(lzma_code) FUNCTION(lzma_end)
#define ZSTD(FUNCTION)                                                                             \
    FUNCTION(ZSTD_createDStream)                                                                   \
    FUNCTION(ZSTD_DCtx_setParameter)                                                               \
    FUNCTION(ZSTD_decompressStream)                                                                \
    FUNCTION(ZSTD_freeDStream)                                                                     \
    FUNCTION(ZSTD_isError) FUNCTION(ZSTD_getErrorCode) FUNCTION(ZSTD_getErrorName)

LATE_LIBRARY(zlib, ZLIB);
LATE_LIBRARY(lzma, LZMA);
LATE_LIBRARY(zstd, ZSTD);

enum { UNPACK_INPUT = 64 << 10, UNPACK_OUTPUT = 256 << 10, ZSTD_WINDOW_LOG = 28 };
G_STATIC_ASSERT(UINT64_C(1) << ZSTD_WINDOW_LOG == UNPACK_MEMORY_LIMIT);

struct Unpacker {
    const ImageFile *file;
    UnpackFormat format;
    /** Of the next byte to read from the file. */
    uint64_t offset;
    /** Packed bytes that wait: input[pos .. end). */
    size_t pos, end;
    /** Between two members or frames, so that the data may end here. */
    gboolean boundary;
    gboolean done;
    z_stream zlib;
    lzma_stream lzma;
    ZSTD_DStream *zstd;
    uint8_t input[UNPACK_INPUT];
};

static const struct {
    const char *name;
    uint8_t magic[6];
    size_t length;
} formats[] = {
    [UNPACK_NONE] = {"no compression", "", 0},
    [UNPACK_GZIP] = {"gzip", {0x1f, 0x8b}, 2},
    [UNPACK_XZ] = {"xz", {0xfd, '7', 'z', 'X', 'Z', 0}, 6},
    [UNPACK_ZSTD] = {"zstd", {0x28, 0xb5, 0x2f, 0xfd}, 4},
};

UnpackFormat unpack_detect(const uint8_t *head, size_t length)
{
    for (unsigned i = UNPACK_GZIP; i < G_N_ELEMENTS(formats); i++) {
        if (length >= formats[i].length && !memcmp(head, formats[i].magic, formats[i].length))
            return (UnpackFormat)i;
    }
    return UNPACK_NONE;
}

const char *unpack_format_name(UnpackFormat format) { return formats[format].name; }

static gboolean no_memory(const Unpacker *u, GError **error)
{
    return error_set(error, PAPRIKA_ERROR_HOST, "not enough memory to unpack %s", u->file->label);
}

static gboolean too_large_window(const Unpacker *u, GError **error)
{
    return error_set(error, PAPRIKA_ERROR_USAGE,
                     "%s needs more than %" PRIu64 " MiB of memory to unpack its %s data",
                     u->file->label, UNPACK_MEMORY_LIMIT >> 20, formats[u->format].name);
}

static gboolean damaged(const Unpacker *u, const char *why, GError **error)
{
    return error_set(error, PAPRIKA_ERROR_USAGE, "%s holds damaged %s data%s%s", u->file->label,
                     formats[u->format].name, why ? ": " : "", why ? why : "");
}

/**
 * The library of @format. It stays: a guest that is started again is unpacked again, in the
 * sandbox.
 */
static gboolean load_library(UnpackFormat format, GError **error)
{
    static void *libraries[G_N_ELEMENTS(formats)];

    if (libraries[format])
        return TRUE;
    switch (format) {
    case UNPACK_GZIP:
        libraries[format] = late_library_open("libz.so.1", zlib_names, &zlib, error);
        break;
    case UNPACK_XZ:
        libraries[format] = late_library_open("liblzma.so.5", lzma_names, &lzma, error);
        break;
    case UNPACK_ZSTD:
        libraries[format] = late_library_open("libzstd.so.1", zstd_names, &zstd, error);
        break;
    case UNPACK_NONE:
        return TRUE;
    }
    return libraries[format] != NULL;
}

Unpacker *unpacker_new(const ImageFile *file, UnpackFormat format, GError **error)
{
    gboolean ok = FALSE;

    /* An unpacker is freed by its library, too. */
    if (!load_library(format, error)) {
        g_prefix_error(error, "cannot unpack %s: ", file->label);
        return NULL;
    }
    g_autoptr(Unpacker) u = g_new0(Unpacker, 1);
    u->file = file;
    u->format = format;
    switch (format) {
    case UNPACK_GZIP:
        /* 16: the gzip container, not zlib's own. */
        ok = zlib.inflateInit2_(&u->zlib, 16 + MAX_WBITS, ZLIB_VERSION, (int)sizeof(u->zlib)) ==
             Z_OK;
        break;
    case UNPACK_XZ:
        u->lzma = (lzma_stream)LZMA_STREAM_INIT;
        ok = lzma.lzma_stream_decoder(&u->lzma, UNPACK_MEMORY_LIMIT, LZMA_CONCATENATED) == LZMA_OK;
        break;
    case UNPACK_ZSTD:
        u->zstd = zstd.ZSTD_createDStream();
        ok = u->zstd && !zstd.ZSTD_isError(zstd.ZSTD_DCtx_setParameter(u->zstd, ZSTD_d_windowLogMax,
                                                                       ZSTD_WINDOW_LOG));
        break;
    case UNPACK_NONE:
        break;
    }
    if (!ok) {
        no_memory(u, error);
        return NULL;
    }
    return g_steal_pointer(&u);
}

void unpacker_free(Unpacker *u)
{
    if (!u)
        return;
    if (u->format == UNPACK_GZIP)
        zlib.inflateEnd(&u->zlib);
    if (u->format == UNPACK_XZ)
        lzma.lzma_end(&u->lzma);
    if (u->format == UNPACK_ZSTD)
        zstd.ZSTD_freeDStream(u->zstd);
    g_free(u);
}

static gboolean at_end_of_file(const Unpacker *u)
{
    return u->pos == u->end && u->offset == u->file->size;
}

static gboolean refill(Unpacker *u, GError **error)
{
    if (u->pos < u->end)
        return TRUE;

    size_t length = MIN(u->file->size - u->offset, (uint64_t)UNPACK_INPUT);
    if (!image_file_read(u->file, u->offset, u->input, length, error))
        return FALSE;
    u->offset += length;
    u->pos = 0;
    u->end = length;
    return TRUE;
}

/*
 * One step of each format: take from the input, add to data[*got .. room),
 * set done at the end. No progress without an error means more input.
 */

static gboolean step_gzip(Unpacker *u, uint8_t *data, size_t room, size_t *got, GError **error)
{
    if (u->boundary) {
        /* Members may follow each other; other bytes there are padding, as for gzip(1). */
        if (at_end_of_file(u) || u->input[u->pos] != formats[UNPACK_GZIP].magic[0]) {
            u->done = TRUE;
            return TRUE;
        }
        zlib.inflateReset(&u->zlib);
        u->boundary = FALSE;
    }

    size_t chunk = MIN(room - *got, (size_t)UINT_MAX);
    u->zlib.next_in = u->input + u->pos;
    u->zlib.avail_in = (uInt)(u->end - u->pos);
    u->zlib.next_out = data + *got;
    u->zlib.avail_out = (uInt)chunk;
    int ret = zlib.inflate(&u->zlib, Z_NO_FLUSH);
    u->pos = u->end - u->zlib.avail_in;
    *got += chunk - u->zlib.avail_out;
    switch (ret) {
    case Z_STREAM_END:
        u->boundary = TRUE;
        return TRUE;
    case Z_OK:
    case Z_BUF_ERROR:
        return TRUE;
    case Z_MEM_ERROR:
        return no_memory(u, error);
    default:
        return damaged(u, u->zlib.msg, error);
    }
}

static gboolean step_xz(Unpacker *u, uint8_t *data, size_t room, size_t *got, GError **error)
{
    u->lzma.next_in = u->input + u->pos;
    u->lzma.avail_in = u->end - u->pos;
    u->lzma.next_out = data + *got;
    u->lzma.avail_out = room - *got;
    lzma_ret ret = lzma.lzma_code(&u->lzma, u->offset == u->file->size ? LZMA_FINISH : LZMA_RUN);
    u->pos = u->end - u->lzma.avail_in;
    *got = room - u->lzma.avail_out;
    switch (ret) {
    case LZMA_STREAM_END:
        u->done = TRUE;
        return TRUE;
    case LZMA_OK:
    case LZMA_BUF_ERROR:
        return TRUE;
    case LZMA_MEM_ERROR:
        return no_memory(u, error);
    case LZMA_MEMLIMIT_ERROR:
        return too_large_window(u, error);
    case LZMA_OPTIONS_ERROR:
        return damaged(u, "unknown options", error);
    default:
        return damaged(u, NULL, error);
    }
}

static gboolean step_zstd(Unpacker *u, uint8_t *data, size_t room, size_t *got, GError **error)
{
    if (u->boundary && at_end_of_file(u)) {
        u->done = TRUE;
        return TRUE;
    }

    ZSTD_inBuffer in = {u->input, u->end, u->pos};
    ZSTD_outBuffer out = {data, room, *got};
    size_t ret = zstd.ZSTD_decompressStream(u->zstd, &out, &in);
    u->pos = in.pos;
    *got = out.pos;
    u->boundary = ret == 0;
    if (!zstd.ZSTD_isError(ret))
        return TRUE;
    switch (zstd.ZSTD_getErrorCode(ret)) {
    case ZSTD_error_memory_allocation:
        return no_memory(u, error);
    case ZSTD_error_frameParameter_windowTooLarge:
        return too_large_window(u, error);
    default:
        return damaged(u, zstd.ZSTD_getErrorName(ret), error);
    }
}

gboolean unpacker_read(Unpacker *u, void *data, size_t room, size_t *got, GError **error)
{
    *got = 0;
    while (*got < room && !u->done) {
        gboolean ok = FALSE;

        if (!refill(u, error))
            return FALSE;

        size_t pos = u->pos, before = *got;
        gboolean boundary = u->boundary;
        switch (u->format) {
        case UNPACK_GZIP:
            ok = step_gzip(u, data, room, got, error);
            break;
        case UNPACK_XZ:
            ok = step_xz(u, data, room, got, error);
            break;
        case UNPACK_ZSTD:
            ok = step_zstd(u, data, room, got, error);
            break;
        case UNPACK_NONE:
            break;
        }
        if (!ok)
            return FALSE;
        /* Each turn must take, give, or cross a boundary; else the data has ended too soon. */
        if (!u->done && u->pos == pos && *got == before && u->boundary == boundary) {
            if (!at_end_of_file(u))
                return damaged(u, NULL, error);
            return error_set(error, PAPRIKA_ERROR_USAGE,
                             "%s holds %s data that is cut short (at byte %" PRIu64 ")",
                             u->file->label, formats[u->format].name, u->offset);
        }
    }
    return TRUE;
}

static gboolean write_all(int fd, const uint8_t *data, size_t length)
{
    while (length > 0) {
        ssize_t done = write(fd, data, length);
        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0)
            return FALSE;
        data += done;
        length -= (size_t)done;
    }
    return TRUE;
}

gboolean unpack_file(const ImageFile *file, UnpackFormat format, uint64_t cap, ImageFile *out,
                     GError **error)
{
    *out = (ImageFile){.fd = -1};

    g_autoptr(Unpacker) u = unpacker_new(file, format, error);
    if (!u)
        return FALSE;
    auto_fd fd = memfd_create("paprika-unpacked", MFD_CLOEXEC);
    if (fd < 0)
        return error_set_errno(error, PAPRIKA_ERROR_HOST, errno, "cannot unpack %s", file->label);

    g_autofree uint8_t *buffer = g_malloc(UNPACK_OUTPUT);
    uint64_t total = 0;
    size_t got;
    do {
        if (!unpacker_read(u, buffer, UNPACK_OUTPUT, &got, error))
            return FALSE;
        total += got;
        if (total > cap)
            return error_set(error, PAPRIKA_ERROR_USAGE,
                             "%s unpacks to more than %" PRIu64 " MiB, the most that is taken",
                             file->label, cap >> 20);
        if (!write_all(fd, buffer, got))
            return error_set_errno(error, PAPRIKA_ERROR_HOST, errno, "cannot unpack %s",
                                   file->label);
    } while (got == UNPACK_OUTPUT);
    return image_file_init_scratch(out, fd_steal(&fd), file->label, error);
}
