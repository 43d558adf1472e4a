/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/packer.h"

#include <lzma.h>
#include <zlib.h>
#include <zstd.h>

GByteArray *packer_gzip(const void *data, size_t length)
{
    GByteArray *out = g_byte_array_new();
    z_stream z = {0};

    g_assert_cmpint(deflateInit2(&z, 6, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY), ==,
                    Z_OK);
    g_byte_array_set_size(out, (guint)deflateBound(&z, length));
    z.next_in = (Bytef *)data;
    z.avail_in = (uInt)length;
    z.next_out = out->data;
    z.avail_out = out->len;
    g_assert_cmpint(deflate(&z, Z_FINISH), ==, Z_STREAM_END);
    g_byte_array_set_size(out, (guint)z.total_out);
    deflateEnd(&z);
    return out;
}

GByteArray *packer_xz(const void *data, size_t length)
{
    GByteArray *out = g_byte_array_new();
    size_t at = 0;

    g_byte_array_set_size(out, (guint)lzma_stream_buffer_bound(length));
    g_assert_cmpint(
        lzma_easy_buffer_encode(6, LZMA_CHECK_CRC32, NULL, data, length, out->data, &at, out->len),
        ==, LZMA_OK);
    g_byte_array_set_size(out, (guint)at);
    return out;
}

GByteArray *packer_zstd(const void *data, size_t length)
{
    GByteArray *out = g_byte_array_new();
    ZSTD_CCtx *context = ZSTD_createCCtx();

    ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);
    g_byte_array_set_size(out, (guint)ZSTD_compressBound(length));
    size_t done = ZSTD_compress2(context, out->data, out->len, data, length);
    g_assert_false(ZSTD_isError(done));
    g_byte_array_set_size(out, (guint)done);
    ZSTD_freeCCtx(context);
    return out;
}
