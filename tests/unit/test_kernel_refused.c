/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files that are no guest kernel or no initrd: each is refused by its name, in one line. */
#include <stddef.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <elf.h>
#include <glib.h>
#include <glib/gstdio.h>

#include "firmware/image_kind.h"
#include "firmware/kernel_image.h"
#include "include/paprika/config.h"
#include "src/base/error.h"
#include "tests/unit/elf_maker.h"
#include "tests/unit/packer.h"

static char *dir, *path;

static void assert_one_line(const GError *error, PaprikaError code, const char *culprit,
                            const char *why)
{
    g_assert_error(error, PAPRIKA_ERROR, (int)code);
    if (!strstr(error->message, why))
        g_error("message '%s' does not tell '%s'", error->message, why);
    g_assert_nonnull(strstr(error->message, culprit));
    g_assert_null(strchr(error->message, '\n'));
    g_assert_cmpuint(strlen(error->message), <, 400);
}

/** @file is refused by open or by load, and the message tells @why. */
static void assert_refused(const char *file, const char *why)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(KernelImage) image = kernel_image_open(file, &error);

    if (image) {
        g_autoptr(GuestMem) mem = guest_mem_new(NULL);
        KernelLayout layout;
        g_assert_true(guest_mem_add(mem, 0, 64 * MIB, NULL));
        g_assert_false(kernel_image_load(image, mem, 64 * MIB, &layout, &error));
    }
    assert_one_line(error, PAPRIKA_ERROR_USAGE, file, why);
}

static void assert_bytes_refused(const GByteArray *bytes, const char *why)
{
    g_assert_true(g_file_set_contents(path, (const char *)bytes->data, (gssize)bytes->len, NULL));
    assert_refused(path, why);
}

static void assert_spec_refused(const ElfSpec *spec, const char *why)
{
    g_autoptr(GByteArray) bytes = elf_maker_make(spec);

    assert_bytes_refused(bytes, why);
}

/** @length bytes of no meaning, with @magic at @offset. */
static GByteArray *blob(size_t length, size_t offset, const void *magic, size_t magic_length)
{
    GByteArray *bytes = g_byte_array_new();

    g_byte_array_set_size(bytes, (guint)length);
    memset(bytes->data, 0x80, length);
    memcpy(bytes->data + offset, magic, magic_length);
    return bytes;
}

/* --- what the path names --------------------------------------------------------- */

static void test_path(void)
{
    g_autofree char *missing = g_build_filename(dir, "missing", NULL);
    g_autofree char *below = g_build_filename(path, "below", NULL);
    g_autofree char *pipe = g_build_filename(dir, "pipe", NULL);

    assert_refused(missing, "No such file");
    assert_refused("", "No such file");
    assert_refused(dir, "is a directory");
    assert_refused("/dev/null", "is a device");
    g_assert_cmpint(mkfifo(pipe, 0600), ==, 0);
    assert_refused(pipe, "is a pipe");
    g_unlink(pipe);
    g_assert_true(g_file_set_contents(path, "", 0, NULL));
    assert_refused(path, "is empty");
    assert_refused(below, "Not a directory");
    if (geteuid() != 0) {
        g_assert_cmpint(chmod(path, 0), ==, 0);
        assert_refused(path, "Permission denied");
        g_assert_cmpint(chmod(path, 0600), ==, 0);
    }
}

static void test_initrd_path(void)
{
    static const struct {
        const char *path;
        const char *why;
    } cases[] = {
        {"/none/such", "No such file"},
        {"/dev/zero", "is a device"},
        {"/", "is a directory"},
        {"", "No such file"},
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        g_assert_null(initrd_image_open(cases[i].path, &error));
        assert_one_line(error, PAPRIKA_ERROR_USAGE, "initrd '", cases[i].why);
    }
    g_autoptr(GError) error = NULL;
    g_assert_true(g_file_set_contents(path, "", 0, NULL));
    g_assert_null(initrd_image_open(path, &error));
    assert_one_line(error, PAPRIKA_ERROR_USAGE, path, "is empty");
}

/* --- other sorts of files ----------------------------------------------------------- */

static void test_kinds(void)
{
    static const struct {
        size_t length, offset;
        const char *magic;
        size_t magic_length;
        const char *why;
    } cases[] = {
        {4096, 0x202, "HdrS", 4, "an x86 Linux kernel (bzImage)"},
        {4096, 0x38, "ARMd", 4, "an arm64 Linux kernel"},
        {4096, 0x38, "RSC\5", 4, "a RISC-V Linux kernel"},
        {4096, 0, "\xd0\x0d\xfe\xed", 4, "a flattened device tree"},
        {4096, 0, "\x27\x05\x19\x56", 4, "a U-Boot image"},
        {4096, 0, "070701", 6, "a cpio archive (an initrd? were kernel and initrd swapped?)"},
        {4096, 0, "070707", 6, "a cpio archive"},
        {4096, 0, "\xc7\x71", 2, "a cpio archive"},
        {4096, 0, "hsqs", 4, "a squashfs file system"},
        {4096, 0x438, "\x53\xef", 2, "an ext2, ext3 or ext4 file system"},
        {4096, 0, "QFI\xfb", 4, "a qcow2 disk image"},
        {4096, 257, "ustar", 5, "a tar archive"},
        {4096, 0, "!<arch>\n", 8, "an ar archive or Debian package"},
        {4096, 0, "BZh9", 4, "bzip2 data, which is not unpacked here"},
        {4096, 0, "\x02\x21\x4c\x18", 4, "lz4 data, which is not unpacked here"},
        {4096, 0, "#!/bin/sh\n", 10, "a script"},
        {4096, 0, "MZ", 2, "an EFI or Windows program"},
        {4096, 510, "\x55\xaa", 2, "a boot sector or disk image"},
        {22, 0, "Linux version 6.12.95\n", 22, "a text file"},
        {4096, 0, "\x12\x34\x56", 3, "(it begins with 12 34 56 80 80 80 80 80)"},
        {1, 0, "\x01", 1, "(it begins with 01)"},
        {3, 0,
         "\x7f"
         "EL",
         3, "(it begins with 7f 45 4c)"},
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GByteArray) bytes =
            blob(cases[i].length, cases[i].offset, cases[i].magic, cases[i].magic_length);
        assert_bytes_refused(bytes, cases[i].why);
    }
}

/** Every length of the head, down to nothing, is safe to look at. */
static void test_kind_lengths(void)
{
    for (size_t length = 0; length < 1100; length++) {
        g_autofree uint8_t *head = g_malloc0(MAX(length, 1));
        const char *name = image_kind_name(head, length);
        g_assert_null(name);
    }
    g_assert_cmpstr(image_kind_machine(EM_X86_64), ==, "x86-64");
    g_assert_null(image_kind_machine(0xbeef));
}

/* --- ELF files that are no kernel ------------------------------------------------------ */

static void test_elf_foreign(void)
{
    static const struct {
        uint16_t machine;
        gboolean is32;
        const char *why;
    } cases[] = {
        {EM_X86_64, FALSE, "is for x86-64, not for 64-bit POWER"},
        {EM_AARCH64, FALSE, "is for arm64, not"},
        {EM_S390, FALSE, "is for s390, not"},
        {EM_RISCV, FALSE, "is for RISC-V, not"},
        {EM_386, TRUE, "is for 32-bit x86, not"},
        {EM_ARM, TRUE, "is for 32-bit ARM, not"},
        {EM_PPC, TRUE, "is a 32-bit PowerPC program"},
        {EM_PPC64, TRUE, "is a 32-bit PowerPC program"},
        {EM_PPC, FALSE, "is for 32-bit PowerPC, not"},
        {0xbeef, FALSE, "is for ELF machine 48879, not"},
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        ElfSpec spec = elf_maker_linux();
        spec.machine = cases[i].machine;
        spec.is32 = cases[i].is32;
        if (spec.is32)
            spec.segments[0].vaddr = spec.entry = 0xc0000000;
        for (int little = 0; little < 2; little++) {
            spec.little = little;
            assert_spec_refused(&spec, cases[i].why);
        }
    }
}

static void test_elf_type(void)
{
    static const struct {
        uint16_t type;
        const char *why;
    } cases[] = {
        {ET_REL, "is an object file or module, not a linked kernel"},
        {ET_CORE, "is a core dump"},
        {ET_NONE, "is an ELF file of type 0"},
        {0xff00, "is an ELF file of type 65280"},
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        ElfSpec spec = elf_maker_linux();
        spec.type = cases[i].type;
        assert_spec_refused(&spec, cases[i].why);
    }
}

static void wrapper_with_note(gboolean is32, gboolean little, const char *name, uint32_t type)
{
    ElfSpec spec = elf_maker_linux();

    spec.is32 = is32;
    spec.little = little;
    spec.machine = is32 ? EM_PPC : EM_PPC64;
    spec.entry = 0x4000000;
    spec.segments[0].vaddr = spec.segments[0].paddr = 0x4000000;
    spec.segments[1] = (ElfMakerSegment){PT_NOTE, 0x1800, 0, 0, 0x100, 0, 4};
    g_autoptr(GByteArray) bytes = elf_maker_make(&spec);
    uint64_t at = 0x1800;
    at += elf_maker_put_note(bytes, at, little, "GNU", 3, 20);
    elf_maker_put_note(bytes, at, little, name, type, 24);
    assert_bytes_refused(bytes, "is a boot wrapper (zImage) that needs Open Firmware");
}

static void test_wrapper(void)
{
    wrapper_with_note(TRUE, FALSE, "PowerPC", 0x1275);
    wrapper_with_note(TRUE, FALSE, "IBM,RPA-Client-Config", 0x12759999);
    wrapper_with_note(FALSE, TRUE, "PowerPC", 0x1275);
    wrapper_with_note(FALSE, FALSE, "IBM,RPA-Client-Config", 0x12759999);

    /* Without notes (zImage.epapr), the wrapped kernel's section tells. */
    ElfSpec spec = elf_maker_linux();
    spec.sections[0] = (ElfMakerSection){".text", 0, 0x1000, 0x100};
    spec.sections[1] = (ElfMakerSection){".kernel:vmlinux.strip", 0, 0x1100, 0x100};
    assert_spec_refused(&spec, "is a boot wrapper (zImage)");

    /* Found as well where it is found late. */
    g_autoptr(GByteArray) bytes = elf_maker_make(&spec);
    g_autoptr(GByteArray) packed = packer_gzip(bytes->data, bytes->len);
    assert_bytes_refused(packed, "is a boot wrapper (zImage)");
}

/* --- ELF kernels that are damaged --------------------------------------------------------- */

static void test_elf_header(void)
{
    static const struct {
        size_t offset, width;
        uint64_t value;
        const char *why;
    } cases[] = {
        {EI_CLASS, 1, 0, "unknown ELF class 0"},
        {EI_CLASS, 1, 3, "unknown ELF class 3"},
        {EI_DATA, 1, 0, "unknown ELF byte order 0"},
        {EI_DATA, 1, 9, "unknown ELF byte order 9"},
        {offsetof(Elf64_Ehdr, e_phnum), 2, 0, "has no program headers"},
        {offsetof(Elf64_Ehdr, e_phnum), 2, 65, "has 65 program headers; at most 64"},
        {offsetof(Elf64_Ehdr, e_phnum), 2, 0xffff, "has 65535 program headers"},
        {offsetof(Elf64_Ehdr, e_phentsize), 2, 0, "program headers of 0 bytes, where ELF has 56"},
        {offsetof(Elf64_Ehdr, e_phentsize), 2, 32, "program headers of 32 bytes"},
        {offsetof(Elf64_Ehdr, e_phoff), 8, 0x1ff0, "its program headers lie beyond its end"},
        {offsetof(Elf64_Ehdr, e_phoff), 8, UINT64_MAX, "its program headers lie beyond its end"},
        {offsetof(Elf64_Ehdr, e_phoff), 8, UINT64_MAX - 40, "lie beyond its end"},
        {offsetof(Elf64_Ehdr, e_entry), 8, 0xc000000000001000, "entry point at 0xc000000000001000"},
        {offsetof(Elf64_Ehdr, e_entry), 8, 0xc000000000000ffe, "where it has no code"},
        {offsetof(Elf64_Ehdr, e_entry), 8, 0xc000000000000102, "where it has no code"},
        {offsetof(Elf64_Ehdr, e_entry), 8, UINT64_MAX, "where it has no code"},
        {64 + offsetof(Elf64_Phdr, p_type), 4, PT_DYNAMIC, "has no segment to load"},
        {64 + offsetof(Elf64_Phdr, p_memsz), 8, 0xfff, "larger in the file than in memory"},
        {64 + offsetof(Elf64_Phdr, p_memsz), 8, UINT64_MAX, "no address to load at"},
        {64 + offsetof(Elf64_Phdr, p_paddr), 8, UINT64_MAX, "no address to load at"},
        {64 + offsetof(Elf64_Phdr, p_paddr), 8, 0xc000000000000000, "no address to load at"},
        {64 + offsetof(Elf64_Phdr, p_vaddr), 8, UINT64_MAX, "no address to load at"},
        {64 + offsetof(Elf64_Phdr, p_paddr), 8, UINT64_C(1) << 40, "does not fit"},
        {64 + offsetof(Elf64_Phdr, p_offset), 8, 0x1001, "is cut short: segment 0 needs 4096"},
        {64 + offsetof(Elf64_Phdr, p_offset), 8, UINT64_MAX, "is cut short: segment 0"},
        {64 + offsetof(Elf64_Phdr, p_offset), 8, UINT64_MAX - 0xfff, "is cut short: segment 0"},
        {offsetof(Elf64_Ehdr, e_shoff), 8, 0x2000, "its section headers end"},
        {offsetof(Elf64_Ehdr, e_shoff), 8, UINT64_MAX, "is cut short: its section headers"},
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        ElfSpec spec = elf_maker_linux();
        g_autoptr(GByteArray) bytes = elf_maker_make(&spec);
        elf_maker_put(bytes, offsetof(Elf64_Ehdr, e_shnum), 2, FALSE, 3);
        elf_maker_put(bytes, cases[i].offset, (unsigned)cases[i].width, FALSE, cases[i].value);
        assert_bytes_refused(bytes, cases[i].why);
    }
}

/** However short a kernel is cut, it is refused, and never read beyond its end. */
static void test_elf_cut(void)
{
    ElfSpec spec = elf_maker_linux();
    g_autoptr(GByteArray) bytes = elf_maker_make(&spec);

    for (guint length = bytes->len - 1; length > 3; length -= length > 128 ? 64 : 1) {
        g_autoptr(GByteArray) cut = g_byte_array_new();
        g_byte_array_append(cut, bytes->data, length);
        assert_bytes_refused(cut, "cut short");
    }
}

static void test_elf_overlap(void)
{
    static const ElfMakerSegment second[] = {
        /* Same place, within, across either end, and only where the first is zero. */
        {PT_LOAD, 0x1000, 0xc000000000010000, 0, 0x1000, 0x1000, 0},
        {PT_LOAD, 0x1000, 0xc000000000010000, 0x800, 0x10, 0x10, 0},
        {PT_LOAD, 0x1000, 0xc000000000010000, 0x1fff, 0x1000, 0x1000, 0},
        {PT_LOAD, 0x1000, 0xc000000000010000, 0x1800, 0, 0x10, 0},
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(second); i++) {
        ElfSpec spec = elf_maker_linux();
        spec.segments[1] = second[i];
        assert_spec_refused(&spec, "has segments that overlap");
    }
}

static void test_descriptor(void)
{
    ElfSpec spec = elf_maker_linux();

    spec.flags = 1;
    spec.entry = 0xc000000000000800;
    /* The descriptor leads nowhere (the file's filling), or lies beyond the file. */
    spec.sections[0] = (ElfMakerSection){".opd", 0xc000000000000800, 0x1800, 0x18};
    assert_spec_refused(&spec, "where it has no code");
    spec.sections[0].offset = 0x100000;
    assert_spec_refused(&spec, "its entry's descriptor lies beyond its end");
    spec.sections[0].offset = UINT64_MAX - 3;
    assert_spec_refused(&spec, "its entry's descriptor lies beyond its end");
}

static void test_too_large(void)
{
    ElfSpec spec = elf_maker_linux();

    spec.segments[0].memsz = 100 * MIB;
    assert_spec_refused(&spec, "up to 100 MiB, and only 64 MiB are available");
    g_autoptr(GByteArray) bytes = elf_maker_make(&spec);
    g_autoptr(GByteArray) packed = packer_xz(bytes->data, bytes->len);
    assert_bytes_refused(packed, "up to 100 MiB, and only 64 MiB are available");
}

/* --- compressed files of something else ------------------------------------------------------ */

static void test_packed(void)
{
    GByteArray *(*const packers[])(const void *, size_t) = {packer_gzip, packer_xz, packer_zstd};
    static const char *const names[] = {"gzip", "xz", "zstd"};

    for (unsigned p = 0; p < G_N_ELEMENTS(packers); p++) {
        g_autoptr(GByteArray) cpio = blob(20000, 0, "070701", 6);
        g_autoptr(GByteArray) packed = packers[p](cpio->data, cpio->len);
        g_autofree char *why = g_strdup_printf("is %s data that holds a cpio archive", names[p]);
        assert_bytes_refused(packed, why);

        g_autoptr(GByteArray) twice = packers[0](packed->data, packed->len);
        g_autofree char *inner = g_strdup_printf("is gzip data that holds %s data", names[p]);
        assert_bytes_refused(twice, inner);

        g_autoptr(GByteArray) nothing = packers[p]("", 0);
        assert_bytes_refused(nothing, "it begins with nothing");

        ElfSpec spec = elf_maker_linux();
        spec.machine = EM_X86_64;
        g_autoptr(GByteArray) x86 = elf_maker_make(&spec);
        g_autoptr(GByteArray) foreign = packers[p](x86->data, x86->len);
        assert_bytes_refused(foreign, "is for x86-64, not for 64-bit POWER");

        /* A kernel, but cut short within the compressed data, or before. */
        spec = elf_maker_linux();
        g_autoptr(GByteArray) kernel = elf_maker_make(&spec);
        g_autoptr(GByteArray) good = packers[p](kernel->data, kernel->len);
        for (guint cut = 1; cut < good->len - 6; cut += 97) {
            g_autoptr(GByteArray) shorter = g_byte_array_new();
            g_byte_array_append(shorter, good->data, good->len - cut);
            assert_bytes_refused(shorter, "cut short");
        }
        g_autoptr(GByteArray) half = packers[p](kernel->data, kernel->len / 2);
        assert_bytes_refused(half, "is cut short: segment 0");
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    dir = g_dir_make_tmp("paprika-refused-XXXXXX", NULL);
    path = g_build_filename(dir, "image", NULL);
    g_test_add_func("/kernel-refused/path", test_path);
    g_test_add_func("/kernel-refused/initrd-path", test_initrd_path);
    g_test_add_func("/kernel-refused/kinds", test_kinds);
    g_test_add_func("/kernel-refused/kind-lengths", test_kind_lengths);
    g_test_add_func("/kernel-refused/elf-foreign", test_elf_foreign);
    g_test_add_func("/kernel-refused/elf-type", test_elf_type);
    g_test_add_func("/kernel-refused/wrapper", test_wrapper);
    g_test_add_func("/kernel-refused/elf-header", test_elf_header);
    g_test_add_func("/kernel-refused/elf-cut", test_elf_cut);
    g_test_add_func("/kernel-refused/elf-overlap", test_elf_overlap);
    g_test_add_func("/kernel-refused/descriptor", test_descriptor);
    g_test_add_func("/kernel-refused/too-large", test_too_large);
    g_test_add_func("/kernel-refused/packed", test_packed);
    int status = g_test_run();
    g_unlink(path);
    g_rmdir(dir);
    g_free(path);
    g_free(dir);
    return status;
}
