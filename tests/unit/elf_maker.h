/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Small ELF files of any sort, right or wrong, for tests. */
#pragma once

#include <stdint.h>

#include <glib.h>

enum { ELF_MAKER_SEGMENTS = 4, ELF_MAKER_SECTIONS = 3 };

typedef struct {
    uint32_t type;
    uint64_t offset, vaddr, paddr, filesz, memsz, align;
} ElfMakerSegment;

typedef struct {
    /** NULL ends the list. */
    const char *name;
    uint64_t addr, offset, size;
} ElfMakerSection;

typedef struct {
    gboolean little, is32;
    uint16_t type, machine;
    uint32_t flags;
    uint64_t entry;
    /** The list ends with one that is all zero. */
    ElfMakerSegment segments[ELF_MAKER_SEGMENTS];
    ElfMakerSection sections[ELF_MAKER_SECTIONS];
    /** Bytes of the file before its section headers. */
    uint64_t size;
} ElfSpec;

/** The byte at @offset of every file that is made, where nothing else was put. */
uint8_t elf_maker_byte(uint64_t offset);

/** Put @width bytes of @value at @offset of @file, in the byte order of @little. */
void elf_maker_put(GByteArray *file, uint64_t offset, unsigned width, gboolean little,
                   uint64_t value);

/** A big-endian 64-bit POWER program: one segment of 0x1000 bytes, 0x2000 in memory. */
ElfSpec elf_maker_linux(void);

/** The file that @spec describes. */
GByteArray *elf_maker_make(const ElfSpec *spec);

/** Add a note with @name and @desc_size bytes to @file at @offset; returns the bytes it takes. */
uint64_t elf_maker_put_note(GByteArray *file, uint64_t offset, gboolean little, const char *name,
                            uint32_t type, uint32_t desc_size);
