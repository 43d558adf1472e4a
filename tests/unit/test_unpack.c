/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Compressed images: unpacked whole or piece by piece, and never more than is allowed. */
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <glib.h>
#include <lzma.h>

#include "firmware/unpack.h"
#include "include/paprika/config.h"
#include "src/base/error.h"
#include "tests/unit/packer.h"

static const struct {
    UnpackFormat format;
    const char *name;
    GByteArray *(*pack)(const void *data, size_t length);
} packers[] = {
    {UNPACK_GZIP, "gzip", packer_gzip},
    {UNPACK_XZ, "xz", packer_xz},
    {UNPACK_ZSTD, "zstd", packer_zstd},
};

/** Bytes that pack badly, so that every part of the packed data matters. */
static GByteArray *noise(size_t length)
{
    GByteArray *bytes = g_byte_array_new();
    g_autoptr(GRand) rand = g_rand_new_with_seed(31415);

    g_byte_array_set_size(bytes, (guint)length);
    for (size_t i = 0; i < length; i++)
        bytes->data[i] = (uint8_t)g_rand_int_range(rand, 0, 100);
    return bytes;
}

static void file_init(ImageFile *file, const GByteArray *bytes)
{
    int fd = memfd_create("packed", MFD_CLOEXEC);

    g_assert_cmpint(write(fd, bytes->data, bytes->len), ==, (ssize_t)bytes->len);
    g_assert_true(image_file_init_scratch(file, fd, "kernel 'x'", NULL));
}

/** The unpacked bytes, or NULL and the error. */
static GByteArray *unpack(const GByteArray *packed, UnpackFormat format, uint64_t cap,
                          GError **error)
{
    g_auto(ImageFile) file = {.fd = -1};
    g_auto(ImageFile) out = {.fd = -1};

    file_init(&file, packed);
    if (!unpack_file(&file, format, cap, &out, error))
        return NULL;
    GByteArray *bytes = g_byte_array_new();
    g_byte_array_set_size(bytes, (guint)out.size);
    g_assert_true(image_file_read(&out, 0, bytes->data, out.size, NULL));
    return bytes;
}

static void assert_unpacks(const GByteArray *packed, UnpackFormat format, const GByteArray *want)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GByteArray) got = unpack(packed, format, want->len, &error);

    g_assert_no_error(error);
    g_assert_cmpmem(got->data, got->len, want->data, want->len);
}

static void assert_refused(const GByteArray *packed, UnpackFormat format, uint64_t cap,
                           const char *why)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GByteArray) got = unpack(packed, format, cap, &error);

    g_assert_null(got);
    g_assert_error(error, PAPRIKA_ERROR, PAPRIKA_ERROR_USAGE);
    if (!strstr(error->message, why))
        g_error("message '%s' does not tell '%s'", error->message, why);
    g_assert_nonnull(strstr(error->message, "kernel 'x'"));
    g_assert_null(strchr(error->message, '\n'));
}

static void append(GByteArray *to, const GByteArray *bytes)
{
    g_byte_array_append(to, bytes->data, bytes->len);
}

static void test_detect(void)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(packers); i++) {
        g_autoptr(GByteArray) packed = packers[i].pack("abc", 3);
        g_assert_cmpint(unpack_detect(packed->data, packed->len), ==, packers[i].format);
        g_assert_cmpint(unpack_detect(packed->data, 1), ==, UNPACK_NONE);
        g_assert_cmpstr(unpack_format_name(packers[i].format), ==, packers[i].name);
    }
    g_assert_cmpint(unpack_detect((const uint8_t *)"\x7f"
                                                   "ELF...",
                                  7),
                    ==, UNPACK_NONE);
}

/** Sizes about those of the buffers within. */
static void test_sizes(void)
{
    static const size_t sizes[] = {
        1, 2, 1000, 64 << 10, 256 << 10, (256 << 10) + 1, (512 << 10) - 1, 700 << 10};

    for (unsigned i = 0; i < G_N_ELEMENTS(packers); i++) {
        for (unsigned s = 0; s < G_N_ELEMENTS(sizes); s++) {
            g_autoptr(GByteArray) plain = noise(sizes[s]);
            g_autoptr(GByteArray) packed = packers[i].pack(plain->data, plain->len);
            assert_unpacks(packed, packers[i].format, plain);
            if (sizes[s] > 1)
                assert_refused(packed, packers[i].format, sizes[s] - 1, "unpacks to more than");
        }
    }
}

static void test_pieces(void)
{
    g_autoptr(GByteArray) plain = noise(100000);

    for (unsigned i = 0; i < G_N_ELEMENTS(packers); i++) {
        g_autoptr(GByteArray) packed = packers[i].pack(plain->data, plain->len);
        g_auto(ImageFile) file = {.fd = -1};
        file_init(&file, packed);
        g_autoptr(Unpacker) u = unpacker_new(&file, packers[i].format, NULL);
        uint8_t piece[777];
        size_t at = 0, got;
        do {
            g_assert_true(unpacker_read(u, piece, sizeof(piece), &got, NULL));
            g_assert_cmpmem(piece, got, plain->data + at, MIN(sizeof(piece), plain->len - at));
            at += got;
        } while (got == sizeof(piece));
        g_assert_cmpuint(at, ==, plain->len);
        /* At the end it stays. */
        g_assert_true(unpacker_read(u, piece, sizeof(piece), &got, NULL));
        g_assert_cmpuint(got, ==, 0);
    }
}

/** Members, streams and frames may follow each other. */
static void test_concatenated(void)
{
    g_autoptr(GByteArray) a = noise(70000), b = noise(5);
    g_autoptr(GByteArray) plain = g_byte_array_new();

    append(plain, a);
    append(plain, b);
    append(plain, a);
    for (unsigned i = 0; i < G_N_ELEMENTS(packers); i++) {
        g_autoptr(GByteArray) pa = packers[i].pack(a->data, a->len);
        g_autoptr(GByteArray) pb = packers[i].pack(b->data, b->len);
        g_autoptr(GByteArray) packed = g_byte_array_new();
        append(packed, pa);
        append(packed, pb);
        append(packed, pa);
        assert_unpacks(packed, packers[i].format, plain);
        /* Cut within the last one. */
        g_byte_array_set_size(packed, packed->len - 100);
        assert_refused(packed, packers[i].format, MIB, "cut short");
    }
}

static void test_trailing(void)
{
    static const uint8_t zeros[8], junk[16] = {0xee, 1, 2, 3, 4, 5, 6, 7};
    g_autoptr(GByteArray) plain = noise(5000);

    /* gzip(1) takes both for padding, xz(1) zeros in fours, zstd(1) none. */
    g_autoptr(GByteArray) gzip = packer_gzip(plain->data, plain->len);
    g_byte_array_append(gzip, zeros, sizeof(zeros));
    assert_unpacks(gzip, UNPACK_GZIP, plain);
    g_byte_array_append(gzip, junk, sizeof(junk));
    assert_unpacks(gzip, UNPACK_GZIP, plain);
    g_autoptr(GByteArray) xz = packer_xz(plain->data, plain->len);
    g_byte_array_append(xz, zeros, sizeof(zeros));
    assert_unpacks(xz, UNPACK_XZ, plain);
    g_byte_array_append(xz, junk, sizeof(junk));
    assert_refused(xz, UNPACK_XZ, MIB, "damaged xz data");
    g_autoptr(GByteArray) zstd = packer_zstd(plain->data, plain->len);
    g_byte_array_append(zstd, junk, sizeof(junk));
    assert_refused(zstd, UNPACK_ZSTD, MIB, "damaged zstd data");
}

/** A flipped bit anywhere gives an error or, in a field of no weight, the right bytes. */
static void test_flipped(void)
{
    g_autoptr(GByteArray) plain = noise(1000);

    for (unsigned i = 0; i < G_N_ELEMENTS(packers); i++) {
        g_autoptr(GByteArray) packed = packers[i].pack(plain->data, plain->len);
        unsigned refused = 0;
        for (guint at = 0; at < packed->len; at++) {
            g_autoptr(GError) error = NULL;
            packed->data[at] ^= (uint8_t)(1 << at % 8);
            g_autoptr(GByteArray) got = unpack(packed, packers[i].format, MIB, &error);
            packed->data[at] ^= (uint8_t)(1 << at % 8);
            if (got) {
                g_assert_cmpmem(got->data, got->len, plain->data, plain->len);
            } else {
                g_assert_error(error, PAPRIKA_ERROR, PAPRIKA_ERROR_USAGE);
                refused++;
            }
        }
        g_assert_cmpuint(refused, >, packed->len * 95 / 100);
    }
}

static void test_cut(void)
{
    g_autoptr(GByteArray) plain = noise(1000);

    for (unsigned i = 0; i < G_N_ELEMENTS(packers); i++) {
        g_autoptr(GByteArray) packed = packers[i].pack(plain->data, plain->len);
        for (guint length = packed->len - 1; length > 0; length--) {
            g_byte_array_set_size(packed, length);
            assert_refused(packed, packers[i].format, MIB, "cut short");
        }
    }
}

/** Much from little: stopped at the cap, long before it is all there. */
static void test_bomb(void)
{
    g_autoptr(GByteArray) zeros = g_byte_array_new();

    g_byte_array_set_size(zeros, 16 * MIB);
    memset(zeros->data, 0, zeros->len);
    for (unsigned i = 0; i < G_N_ELEMENTS(packers); i++) {
        g_autoptr(GByteArray) packed = packers[i].pack(zeros->data, zeros->len);
        g_assert_cmpuint(packed->len, <, MIB);
        assert_refused(packed, packers[i].format, 4 * MIB, "unpacks to more than 4 MiB");
    }
}

/** Data that asks for a dictionary or window of gigabytes. */
static void test_window(void)
{
    static const uint8_t frame[] = {0x28, 0xb5, 0x2f, 0xfd, 0x00, 31 << 3, 1, 0, 0};
    g_autoptr(GByteArray) zstd = g_byte_array_new();

    g_byte_array_append(zstd, frame, sizeof(frame));
    assert_refused(zstd, UNPACK_ZSTD, MIB, "needs more than 256 MiB of memory to unpack its zstd");

    /* The first block header, behind 12 bytes: size in words, flags, LZMA2, one byte of dictionary.
     */
    g_autoptr(GByteArray) xz = packer_xz("abcdef", 6);
    uint8_t *header = xz->data + 12;
    size_t length = (header[0] + 1u) * 4u;
    size_t at = 2;
    while (at < length && (header[at] != 0x21 || header[at + 1] != 1))
        at++;
    g_assert_cmpuint(at, <, length);
    header[at + 2] = 40;
    uint32_t crc = GUINT32_TO_LE(lzma_crc32(header, length - 4, 0));
    memcpy(header + length - 4, &crc, 4);
    assert_refused(xz, UNPACK_XZ, MIB, "needs more than 256 MiB of memory to unpack its xz");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/unpack/detect", test_detect);
    g_test_add_func("/unpack/sizes", test_sizes);
    g_test_add_func("/unpack/pieces", test_pieces);
    g_test_add_func("/unpack/concatenated", test_concatenated);
    g_test_add_func("/unpack/trailing", test_trailing);
    g_test_add_func("/unpack/flipped", test_flipped);
    g_test_add_func("/unpack/cut", test_cut);
    g_test_add_func("/unpack/bomb", test_bomb);
    g_test_add_func("/unpack/window", test_window);
    return g_test_run();
}
