/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Compressed images: gzip, xz and zstd, unpacked piece by piece, so that no
 * more than asked for is ever held. Memory that the packed data can make the
 * libraries take is bounded (UNPACK_MEMORY_LIMIT).
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include <glib.h>

#include "firmware/image_file.h"

typedef enum {
    UNPACK_NONE,
    UNPACK_GZIP,
    UNPACK_XZ,
    UNPACK_ZSTD,
} UnpackFormat;

/** Bytes of window or dictionary that packed data may ask for: `xz -9`, `zstd --ultra -22`. */
#define UNPACK_MEMORY_LIMIT (UINT64_C(256) << 20)

/** The format whose magic number @head begins with. */
UnpackFormat unpack_detect(const uint8_t *head, size_t length);

/** "gzip", "xz" or "zstd". */
const char *unpack_format_name(UnpackFormat format);

typedef struct Unpacker Unpacker;

/** Unpack @file, which must outlive the unpacker, from its beginning. */
Unpacker *unpacker_new(const ImageFile *file, UnpackFormat format, GError **error);
void unpacker_free(Unpacker *unpacker);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Unpacker, unpacker_free)

/**
 * The next bytes, up to @room, in *@got: fewer only at the end of the data,
 * which has then been checked as far as its format has checksums. Data that is
 * damaged or cut short is PAPRIKA_ERROR_USAGE.
 */
gboolean unpacker_read(Unpacker *unpacker, void *data, size_t room, size_t *got, GError **error);

/**
 * Unpack the whole of @file into @out, an anonymous file in memory that is
 * closed with it. More than @cap bytes are refused.
 */
gboolean unpack_file(const ImageFile *file, UnpackFormat format, uint64_t cap, ImageFile *out,
                     GError **error);
