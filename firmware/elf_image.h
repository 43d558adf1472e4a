/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ELF kernels for 64-bit POWER, of either byte order, ABI version 1 or 2:
 * headers read and checked, so that what loads them has nothing left to doubt.
 *
 * Where a kernel goes. Segments go to their physical addresses (p_paddr):
 * Linux is linked at 0xc000000000000000 and has p_paddr 0, whether it is
 * relocatable or not, and needs no copy of itself when it is put there. An
 * ELF file that is position-independent and linked at 0 (ET_DYN, both
 * addresses of its lowest segment below 64 KiB) goes to ELF_PIE_BASE instead:
 * clear of the interrupt vectors, with room below for a stack, low enough for
 * the smallest guest, aligned for every page size up to 4 MiB (to p_align where
 * that is larger), and where other firmware for this machine puts kernels too.
 * Nothing is relocated: such a program does that for itself.
 *
 * Where it is entered. e_entry is a virtual address and is translated by the
 * segment that holds it; if none does, it is taken as a physical address with
 * the top four bits cleared. Linux of ABI version 1 has the address of code in
 * e_entry, since it names a plain label; programs linked in the usual way have
 * the address of a function descriptor. Only an entry within a section named
 * .opd is taken for a descriptor, and its first doubleword is followed.
 */
#pragma once

#include <stdint.h>

#include <glib.h>

#include "firmware/image_file.h"
#include "src/base/guest_mem.h"

enum {
    /** Program headers that are accepted; kernels have one to five. */
    ELF_MAX_SEGMENTS = 64,
    /** Bytes of an ELF64 file header. */
    ELF_HEADER_SIZE = 64,
};
#define ELF_PIE_BASE UINT64_C(0x400000)

/** One PT_LOAD segment with something in it. */
typedef struct {
    /** In the file. */
    uint64_t offset, filesz;
    uint64_t vaddr;
    /** Guest real address to load at, and bytes there. */
    GuestAddr addr;
    uint64_t memsz;
} ElfSegment;

/** The fields of a file header that matter here, in host byte order. */
typedef struct {
    gboolean big_endian;
    /** ELFCLASS64; the others are only looked at to tell what they are. */
    gboolean is64;
    uint16_t type, machine;
    uint32_t flags;
    uint64_t entry;
    uint64_t phoff, shoff;
    uint16_t phentsize, phnum;
    uint16_t shentsize, shnum, shstrndx;
} ElfHeader;

typedef struct {
    ElfHeader header;
    unsigned n_segments;
    ElfSegment segments[ELF_MAX_SEGMENTS];
    /** What all segments span; end is exclusive. */
    GuestAddr start, end;
    /** Within the file's bytes of a segment, a multiple of 4. */
    GuestAddr entry;
} ElfImage;

/**
 * Parse the first @length bytes of an ELF file, which messages call @label,
 * and check that it is a linked program for 64-bit POWER. A 32-bit PowerPC
 * file is left for elf_image_parse() to name.
 */
gboolean elf_header_parse(const char *label, const uint8_t *head, size_t length, ElfHeader *header,
                          GError **error);

/** Read and check all headers of @file. Any file is safe to try. */
gboolean elf_image_parse(const ImageFile *file, ElfImage *image, GError **error);

/**
 * Load the parsed @image of @file into @mem below @limit (exclusive). @mem
 * must be clear (fresh, or after guest_mem_clear()): what lies behind the
 * file's bytes of a segment is not written, so that its pages stay untouched.
 */
gboolean elf_image_load(const ElfImage *image, const ImageFile *file, GuestMem *mem,
                        GuestAddr limit, GError **error);
