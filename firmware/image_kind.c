/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "firmware/image_kind.h"

#include <string.h>

#include <elf.h>
#include <glib.h>

/** In order: the first that fits is told, so that the special stands before the general. */
static const struct {
    uint16_t offset;
    uint8_t length;
    const char *magic;
    const char *name;
} kinds[] = {
    {0, 4,
     "\x7f"
     "ELF",
     "an ELF file"},
    {0x202, 4, "HdrS", "an x86 Linux kernel (bzImage)"},
    {0x38, 4, "ARM\x64", "an arm64 Linux kernel (Image)"},
    {0x38, 4, "RSC\x05", "a RISC-V Linux kernel (Image)"},
    {0x24, 4, "\x18\x28\x6f\x01", "an ARM Linux kernel (zImage)"},
    {0, 4, "\xd0\x0d\xfe\xed", "a flattened device tree"},
    {0, 4, "\x27\x05\x19\x56", "a U-Boot image (uImage)"},
    {0, 5, "07070", "a cpio archive (an initrd? were kernel and initrd swapped?)"},
    {0, 2, "\xc7\x71", "a cpio archive (an initrd? were kernel and initrd swapped?)"},
    {0, 2, "\x71\xc7", "a cpio archive (an initrd? were kernel and initrd swapped?)"},
    {0, 4, "hsqs", "a squashfs file system"},
    {0, 4, "sqsh", "a squashfs file system"},
    {0, 4, "QFI\xfb", "a qcow2 disk image"},
    {0, 4, "KDMV", "a VMDK disk image"},
    {0x438, 2, "\x53\xef", "an ext2, ext3 or ext4 file system"},
    {0, 4, "XFSB", "an XFS file system"},
    {257, 5, "ustar", "a tar archive"},
    {0, 7, "!<arch>", "an ar archive or Debian package"},
    {0, 4, "\xed\xab\xee\xdb", "an RPM package"},
    {0, 4, "PK\x03\x04", "a ZIP archive"},
    {0, 2, "\x1f\x8b", "gzip data"},
    {0, 6,
     "\xfd"
     "7zXZ\0",
     "xz data"},
    {0, 4, "\x28\xb5\x2f\xfd", "zstd data"},
    {0, 3, "BZh", "bzip2 data, which is not unpacked here (gzip, xz and zstd are)"},
    {0, 4, "\x04\x22\x4d\x18", "lz4 data, which is not unpacked here (gzip, xz and zstd are)"},
    {0, 4, "\x02\x21\x4c\x18", "lz4 data, which is not unpacked here (gzip, xz and zstd are)"},
    {0, 4, "\x89LZO", "lzop data, which is not unpacked here (gzip, xz and zstd are)"},
    {0, 3, "\x5d\0\0", "lzma data, which is not unpacked here (gzip, xz and zstd are)"},
    {0, 2, "#!", "a script"},
    {0, 2, "MZ", "an EFI or Windows program"},
    {510, 2, "\x55\xaa", "a boot sector or disk image"},
};

static const struct {
    uint16_t machine;
    const char *name;
} machines[] = {
    {EM_PPC64, "64-bit POWER"}, {EM_PPC, "32-bit PowerPC"},
    {EM_X86_64, "x86-64"},      {EM_386, "32-bit x86"},
    {EM_AARCH64, "arm64"},      {EM_ARM, "32-bit ARM"},
    {EM_S390, "s390"},          {EM_RISCV, "RISC-V"},
    {EM_SPARC, "32-bit SPARC"}, {EM_SPARCV9, "64-bit SPARC"},
    {EM_MIPS, "MIPS"},          {EM_68K, "m68k"},
    {EM_PARISC, "PA-RISC"},     {EM_IA_64, "Itanium"},
    {EM_ALPHA, "Alpha"},        {258, "LoongArch"},
};

static gboolean is_text(const uint8_t *head, size_t length)
{
    size_t n = MIN(length, (size_t)512);

    for (size_t i = 0; i < n; i++) {
        if (!g_ascii_isprint((char)head[i]) && !g_ascii_isspace((char)head[i]) && head[i] < 0x80)
            return FALSE;
    }
    return n > 0 && head[0] < 0x80;
}

const char *image_kind_name(const uint8_t *head, size_t length)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(kinds); i++) {
        if (length >= (size_t)kinds[i].offset + kinds[i].length &&
            !memcmp(head + kinds[i].offset, kinds[i].magic, kinds[i].length))
            return kinds[i].name;
    }
    return is_text(head, length) ? "a text file" : NULL;
}

const char *image_kind_machine(uint16_t machine)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(machines); i++) {
        if (machines[i].machine == machine)
            return machines[i].name;
    }
    return NULL;
}
