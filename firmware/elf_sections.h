/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What ELF kernels tell beside their segments: sections by name, and notes. */
#pragma once

#include <stdint.h>

#include <glib.h>

#include "firmware/elf_image.h"

typedef struct {
    uint64_t addr, offset, size;
} ElfSection;

/** Read an integer of @width bytes (2, 4 or 8) in the file's byte order. */
uint64_t elf_get(const uint8_t *raw, size_t width, gboolean big_endian);

/** Field @field of the 32 or 64-bit structure Elf32_@Type or Elf64_@Type at @raw. */
#define ELF_GET(header, raw, Type, field)                                                          \
    ((header)->is64 ? elf_get((raw) + offsetof(Elf64_##Type, field),                               \
                              sizeof(((Elf64_##Type *)0)->field), (header)->big_endian)            \
                    : elf_get((raw) + offsetof(Elf32_##Type, field),                               \
                              sizeof(((Elf32_##Type *)0)->field), (header)->big_endian))

/**
 * Find the first section whose name is @name, or begins with it if @prefix.
 * *@found tells whether there is one; a file without section names has none. Sections
 * that the file names but does not hold are an error: it has been cut short.
 */
gboolean elf_section_find(const ImageFile *file, const ElfHeader *header, const char *name,
                          gboolean prefix, gboolean *found, ElfSection *section, GError **error);

/**
 * Whether @file, of either class, is a wrapper around a kernel (zImage) rather
 * than a kernel: it has the notes by which Open Firmware knows its clients
 * (CHRP binding: type 0x1275 of "PowerPC" or "IBM,RPA-Client-Config"), or the
 * section with the wrapped kernel. @phdrs are its program headers.
 */
gboolean elf_is_wrapper(const ImageFile *file, const ElfHeader *header, const uint8_t *phdrs,
                        gboolean *wrapper, GError **error);
