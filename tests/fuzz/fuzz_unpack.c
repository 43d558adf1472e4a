/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Any file as compressed data: unpacked in pieces whose size the first byte
 * tells, and as a whole, to the same bytes.
 */
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <glib.h>

#include "firmware/unpack.h"
#include "tests/fuzz/fuzz.h"
#include "tests/unit/packer.h"

enum { CAP = 1 << 20 };

/** The bytes that come in pieces of @room, up to the cap; FALSE after an error. */
static gboolean unpack_pieces(const ImageFile *file, UnpackFormat format, size_t room,
                              GByteArray *bytes)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Unpacker) u = unpacker_new(file, format, &error);
    g_autofree uint8_t *piece = g_malloc(room);
    size_t got;

    check(u != NULL, "it does not begin");
    do {
        if (!unpacker_read(u, piece, room, &got, &error)) {
            check(error && !strchr(error->message, '\n'), "no error of one line");
            return FALSE;
        }
        check(!error && got <= room, "a piece that is too large");
        g_byte_array_append(bytes, piece, (guint)got);
    } while (got == room && bytes->len <= CAP);
    return TRUE;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_auto(ImageFile) file = {.fd = -1};
    g_auto(ImageFile) out = {.fd = -1};
    g_autoptr(GError) error = NULL;

    if (size < 2)
        return 0;
    UnpackFormat format = unpack_detect(data + 1, size - 1);
    if (format == UNPACK_NONE)
        return 0;
    int fd = memfd_create("fuzz", MFD_CLOEXEC);
    if (fd < 0 || write(fd, data + 1, size - 1) != (ssize_t)size - 1) {
        if (fd >= 0)
            close(fd);
        return 0;
    }
    check(image_file_init_scratch(&file, fd, "kernel 'fuzz'", NULL), "the file cannot be opened");

    g_autoptr(GByteArray) bytes = g_byte_array_new();
    gboolean good = unpack_pieces(&file, format, 1 + data[0] * 37u, bytes);
    if (unpack_file(&file, format, CAP, &out, &error)) {
        g_autofree uint8_t *whole = g_malloc(out.size);
        check(good && out.size == bytes->len && image_file_read(&out, 0, whole, out.size, NULL),
              "another length than in pieces");
        check(!memcmp(whole, bytes->data, out.size), "other bytes than in pieces");
    } else {
        check(error && !strchr(error->message, '\n'), "no error of one line");
        check(!good || bytes->len > CAP || !bytes->len, "refused only as a whole");
    }
    return 0;
}

size_t fuzz_seed(unsigned index, uint8_t *buffer, size_t room)
{
    static GByteArray *(*const packers[])(const void *, size_t) = {packer_gzip, packer_xz,
                                                                   packer_zstd};
    uint8_t plain[600];

    if (index >= 2 * G_N_ELEMENTS(packers))
        return 0;
    /* Of one member, and of two. */
    for (size_t i = 0; i < sizeof(plain); i++)
        plain[i] = (uint8_t)(i * i >> 3);
    g_autoptr(GByteArray) packed = packers[index % 3](plain, sizeof(plain));
    if (index >= 3) {
        g_autoptr(GByteArray) again = packers[index % 3](plain, 100);
        g_byte_array_append(packed, again->data, again->len);
    }
    if (packed->len + 1 > room)
        return 0;
    buffer[0] = (uint8_t)(index * 3);
    memcpy(buffer + 1, packed->data, packed->len);
    return packed->len + 1;
}
