/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "firmware/kernel_image.h"

#include <inttypes.h>
#include <string.h>

#include <elf.h>

#include "firmware/elf_image.h"
#include "firmware/image_file.h"
#include "firmware/image_kind.h"
#include "firmware/unpack.h"
#include "src/base/error.h"

/** The most that a compressed kernel may unpack to; debug symbols included. */
#define KERNEL_UNPACKED_MAX (UINT64_C(1) << 30)

struct KernelImage {
    ImageFile file;
    UnpackFormat packed;
};

struct InitrdImage {
    ImageFile file;
};

/** Refuse what is no ELF file by what it is, or else by its first bytes. */
static gboolean refuse_kind(const KernelImage *image, const uint8_t *head, size_t length,
                            GError **error)
{
    const char *kind = image_kind_name(head, length);
    g_autofree char *verb =
        image->packed ? g_strdup_printf("is %s data that holds", unpack_format_name(image->packed))
                      : g_strdup("is");

    if (kind)
        return error_set(error, PAPRIKA_ERROR_USAGE, "%s %s %s, not an ELF kernel for 64-bit POWER",
                         image->file.label, verb, kind);

    g_autoptr(GString) bytes = g_string_new(NULL);
    for (size_t i = 0; i < MIN(length, (size_t)8); i++)
        g_string_append_printf(bytes, " %02x", head[i]);
    return error_set(error, PAPRIKA_ERROR_USAGE,
                     "%s %s no ELF kernel for 64-bit POWER (it begins with%s)", image->file.label,
                     verb, length ? bytes->str : " nothing");
}

/** Tell what @image is from its first bytes; for packed files from those that they hold. */
static gboolean examine(KernelImage *image, GError **error)
{
    g_autofree uint8_t *head = g_malloc0(IMAGE_KIND_HEAD);
    size_t length = MIN(image->file.size, (uint64_t)IMAGE_KIND_HEAD);

    if (!image_file_read(&image->file, 0, head, length, error))
        return FALSE;
    image->packed = unpack_detect(head, length);
    if (image->packed) {
        g_autoptr(Unpacker) unpacker = unpacker_new(&image->file, image->packed, error);
        if (!unpacker || !unpacker_read(unpacker, head, IMAGE_KIND_HEAD, &length, error))
            return FALSE;
    }
    if (length < SELFMAG || memcmp(head, ELFMAG, SELFMAG))
        return refuse_kind(image, head, length, error);

    ElfHeader header;
    if (!elf_header_parse(image->file.label, head, length, &header, error))
        return FALSE;
    if (image->packed)
        return TRUE;
    ElfImage elf;
    return elf_image_parse(&image->file, &elf, error);
}

KernelImage *kernel_image_open(const char *path, GError **error)
{
    g_autoptr(KernelImage) image = g_new0(KernelImage, 1);

    if (!image_file_init(&image->file, "kernel", path, error) || !examine(image, error))
        return NULL;
    return g_steal_pointer(&image);
}

void kernel_image_free(KernelImage *image)
{
    if (!image)
        return;
    image_file_finish(&image->file);
    g_free(image);
}

gboolean kernel_image_load(KernelImage *image, GuestMem *mem, GuestAddr limit, KernelLayout *layout,
                           GError **error)
{
    g_auto(ImageFile) unpacked = {.fd = -1};
    const ImageFile *file = &image->file;
    ElfImage elf;

    if (image->packed) {
        if (!unpack_file(file, image->packed, KERNEL_UNPACKED_MAX, &unpacked, error))
            return FALSE;
        file = &unpacked;
    }
    if (!elf_image_parse(file, &elf, error) || !elf_image_load(&elf, file, mem, limit, error))
        return FALSE;

    *layout = (KernelLayout){
        .entry = elf.entry,
        .start = elf.start,
        .end = elf.end,
        .big_endian = elf.header.big_endian,
    };
    return TRUE;
}

InitrdImage *initrd_image_open(const char *path, GError **error)
{
    g_autoptr(InitrdImage) image = g_new0(InitrdImage, 1);

    if (!image_file_init(&image->file, "initrd", path, error))
        return NULL;
    return g_steal_pointer(&image);
}

void initrd_image_free(InitrdImage *image)
{
    if (!image)
        return;
    image_file_finish(&image->file);
    g_free(image);
}

uint64_t initrd_image_size(const InitrdImage *image) { return image->file.size; }

gboolean initrd_image_load(InitrdImage *image, GuestMem *mem, GuestAddr base, GError **error)
{
    void *to = guest_mem_ptr(mem, base, image->file.size);

    if (!to)
        return error_set(error, PAPRIKA_ERROR_USAGE,
                         "%s of %" PRIu64 " MiB does not fit into guest memory at %#" PRIx64,
                         image->file.label, (image->file.size + (1 << 20) - 1) >> 20, base);
    guest_mem_populate(mem, base, image->file.size);
    return image_file_read(&image->file, 0, to, image->file.size, error);
}
