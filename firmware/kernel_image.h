/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Guest kernels: told apart, unpacked and loaded. The file is opened once and
 * loaded again at each reboot of the guest. Messages name the file and the
 * reason; what the user can mend is PAPRIKA_ERROR_USAGE, failures of the host
 * are PAPRIKA_ERROR_HOST. All of it on one thread at a time.
 *
 * Where kernels go and are entered is told in firmware/elf_image.h: Linux at 0,
 * position-independent programs that are linked at 0 at 4 MiB, the rest where
 * they were linked to be.
 */
#pragma once

#include <stdint.h>

#include <glib.h>

#include "src/base/guest_mem.h"

typedef struct KernelImage KernelImage;

typedef struct {
    /** Where to enter, a guest real address (ELFv1 descriptors are resolved). */
    GuestAddr entry;
    /** The bytes it occupies, BSS included; end is exclusive. */
    GuestAddr start, end;
    gboolean big_endian;
} KernelLayout;

/**
 * Open @path and tell what it is: ELF64 for PowerPC of either byte order, or
 * gzip, xz or zstd data that holds one. Everything else is refused by name
 * (x86 kernels, ELF32, zImage wrappers that need Open Firmware, text...). Of a
 * compressed file only the beginning is unpacked here; damage further on is
 * found when it is loaded.
 */
KernelImage *kernel_image_open(const char *path, GError **error);
void kernel_image_free(KernelImage *image);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(KernelImage, kernel_image_free)

/**
 * Load into @mem below @limit (exclusive). Uncompressed files go from the page
 * cache straight into guest memory; compressed ones are unpacked into memory
 * that is given back as it is read. @mem must be clear (fresh, or after
 * guest_mem_clear()): the BSS is not touched. On failure guest memory may hold
 * a part.
 */
gboolean kernel_image_load(KernelImage *image, GuestMem *mem, GuestAddr limit, KernelLayout *layout,
                           GError **error);

typedef struct InitrdImage InitrdImage;

/** Open @path; empty or unreadable files are errors. */
InitrdImage *initrd_image_open(const char *path, GError **error);
void initrd_image_free(InitrdImage *image);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(InitrdImage, initrd_image_free)

/** Bytes, as it was opened; what is appended later is not seen. */
uint64_t initrd_image_size(const InitrdImage *image);

/** Load all of it to @base. A file that has become shorter is an error. */
gboolean initrd_image_load(InitrdImage *image, GuestMem *mem, GuestAddr base, GError **error);
