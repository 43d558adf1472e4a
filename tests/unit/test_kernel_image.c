/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Guest kernels: what is loaded, where, and how it is entered. */
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <elf.h>
#include <glib.h>
#include <glib/gstdio.h>

#include "firmware/elf_image.h"
#include "firmware/kernel_image.h"
#include "include/paprika/config.h"
#include "src/base/error.h"
#include "tests/unit/elf_maker.h"
#include "tests/unit/packer.h"

typedef struct {
    char *dir;
    char *path;
    GuestMem *mem;
} Fixture;

static void fixture_set_up(Fixture *f, gconstpointer data)
{
    f->dir = g_dir_make_tmp("paprika-kernel-XXXXXX", NULL);
    f->path = g_build_filename(f->dir, "image", NULL);
    f->mem = guest_mem_new(NULL);
    g_assert_true(guest_mem_add(f->mem, 0, 64 * MIB, NULL));
}

static void fixture_tear_down(Fixture *f, gconstpointer data)
{
    g_unlink(f->path);
    g_assert_cmpint(g_rmdir(f->dir), ==, 0);
    guest_mem_free(f->mem);
    g_free(f->path);
    g_free(f->dir);
}

static void store(const Fixture *f, const GByteArray *bytes)
{
    g_assert_true(
        g_file_set_contents(f->path, (const char *)bytes->data, (gssize)bytes->len, NULL));
}

static void store_spec(const Fixture *f, const ElfSpec *spec)
{
    g_autoptr(GByteArray) bytes = elf_maker_make(spec);

    store(f, bytes);
}

static KernelLayout load(const Fixture *f)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(KernelImage) image = kernel_image_open(f->path, &error);
    KernelLayout layout;

    g_assert_no_error(error);
    kernel_image_load(image, f->mem, 64 * MIB, &layout, &error);
    g_assert_no_error(error);
    return layout;
}

/** Guest memory at @addr is the file from @offset on. */
static void assert_loaded(const Fixture *f, GuestAddr addr, uint64_t offset, uint64_t length)
{
    const uint8_t *at = guest_mem_ptr(f->mem, addr, length);

    for (uint64_t i = 0; i < length; i++)
        g_assert_cmphex(at[i], ==, elf_maker_byte(offset + i));
}

static void assert_zero(const Fixture *f, GuestAddr addr, uint64_t length)
{
    const uint8_t *at = guest_mem_ptr(f->mem, addr, length);

    for (uint64_t i = 0; i < length; i++)
        g_assert_cmphex(at[i], ==, 0);
}

/* --- where it goes ------------------------------------------------------------ */

static void test_linux(Fixture *f, gconstpointer data)
{
    ElfSpec spec = elf_maker_linux();

    store_spec(f, &spec);
    KernelLayout layout = load(f);
    g_assert_cmphex(layout.start, ==, 0);
    g_assert_cmphex(layout.end, ==, 0x2000);
    g_assert_cmphex(layout.entry, ==, 0);
    g_assert_true(layout.big_endian);
    assert_loaded(f, 0, 0x1000, 0x1000);
    assert_zero(f, 0x1000, 0x2000);
}

/** Relocatable Linux is ET_DYN before it is stripped, and wants its physical address too. */
static void test_linux_relocatable(Fixture *f, gconstpointer data)
{
    ElfSpec spec = elf_maker_linux();

    spec.little = TRUE;
    spec.type = ET_DYN;
    spec.flags = 2;
    spec.entry = 0xc000000000000104;
    store_spec(f, &spec);
    KernelLayout layout = load(f);
    g_assert_cmphex(layout.start, ==, 0);
    g_assert_cmphex(layout.entry, ==, 0x104);
    g_assert_false(layout.big_endian);
    assert_loaded(f, 0, 0x1000, 0x1000);
}

static ElfSpec independent(void)
{
    return (ElfSpec){
        .type = ET_DYN,
        .machine = EM_PPC64,
        .flags = 2,
        .entry = 0x1200,
        .segments = {{PT_LOAD, 0, 0, 0, 0x1300, 0x1300, 0x10000},
                     {PT_LOAD, 0x1800, 0x11800, 0x11800, 0x400, 0x1000, 0x10000}},
        .size = 0x2000,
    };
}

static void test_independent(Fixture *f, gconstpointer data)
{
    ElfSpec spec = independent();

    store_spec(f, &spec);
    KernelLayout layout = load(f);
    g_assert_cmphex(ELF_PIE_BASE, ==, 4 * MIB);
    g_assert_cmphex(layout.start, ==, 4 * MIB);
    g_assert_cmphex(layout.end, ==, 4 * MIB + 0x12800);
    g_assert_cmphex(layout.entry, ==, 4 * MIB + 0x1200);
    assert_loaded(f, 4 * MIB + 0x1000, 0x1000, 0x300);
    assert_loaded(f, 4 * MIB + 0x11800, 0x1800, 0x400);
    assert_zero(f, 4 * MIB + 0x11c00, 0x2000);
    assert_zero(f, 0, 0x10000);
}

static void test_independent_align(Fixture *f, gconstpointer data)
{
    ElfSpec spec = independent();

    spec.segments[1].align = 16 * MIB;
    store_spec(f, &spec);
    g_assert_cmphex(load(f).start, ==, 16 * MIB);
    /* What is no power of two, or out of proportion, is not honoured. */
    spec.segments[1].align = 16 * MIB + 1;
    store_spec(f, &spec);
    g_assert_cmphex(load(f).start, ==, 4 * MIB);
    spec.segments[1].align = UINT64_C(1) << 63;
    store_spec(f, &spec);
    g_assert_cmphex(load(f).start, ==, 4 * MIB);
}

static void test_independent_elsewhere(Fixture *f, gconstpointer data)
{
    ElfSpec spec = independent();

    spec.entry += 0x20000;
    for (int i = 0; i < 2; i++) {
        spec.segments[i].vaddr += 0x20000;
        spec.segments[i].paddr += 0x20000;
    }
    store_spec(f, &spec);
    KernelLayout layout = load(f);
    g_assert_cmphex(layout.start, ==, 0x20000);
    g_assert_cmphex(layout.entry, ==, 0x21200);
}

static void test_linked_at_zero(Fixture *f, gconstpointer data)
{
    ElfSpec spec = independent();

    spec.type = ET_EXEC;
    store_spec(f, &spec);
    KernelLayout layout = load(f);
    g_assert_cmphex(layout.start, ==, 0);
    g_assert_cmphex(layout.entry, ==, 0x1200);
    assert_loaded(f, 0x11800, 0x1800, 0x400);
}

static void test_bss(Fixture *f, gconstpointer data)
{
    ElfSpec spec = elf_maker_linux();
    unsigned char resident = 1;

    /* A segment of its own, and a large one behind the file's bytes. */
    spec.segments[0].memsz = 48 * MIB;
    spec.segments[1] = (ElfMakerSegment){PT_LOAD, 0, 48 * MIB, 48 * MIB, 0, MIB, 0};
    /* Empty ones count for nothing, wherever they say that they are. */
    spec.segments[2] = (ElfMakerSegment){PT_LOAD, 0, 5, 5, 0, 0, 0};
    spec.segments[3] = (ElfMakerSegment){PT_NULL, UINT64_MAX, 1, 1, UINT64_MAX, 1, 0};
    store_spec(f, &spec);
    KernelLayout layout = load(f);
    g_assert_cmphex(layout.end, ==, 49 * MIB);

    /* Fresh memory is zero: its pages stay untouched (16 MiB is the largest huge page). */
    g_assert_cmpint(
        mincore(guest_mem_ptr(f->mem, 40 * MIB, 1), (size_t)sysconf(_SC_PAGESIZE), &resident), ==,
        0);
    g_assert_cmpint(resident & 1, ==, 0);
}

/* --- where it is entered -------------------------------------------------------- */

static void test_entry_physical(Fixture *f, gconstpointer data)
{
    ElfSpec spec = elf_maker_linux();

    /* No segment is linked there: taken for a physical address, top bits aside. */
    spec.entry = 0x200;
    store_spec(f, &spec);
    g_assert_cmphex(load(f).entry, ==, 0x200);

    spec.segments[0].vaddr = 0xd000000000000000;
    spec.entry = 0xc000000000000300;
    store_spec(f, &spec);
    g_assert_cmphex(load(f).entry, ==, 0x300);
}

static ElfSpec with_descriptor(void)
{
    ElfSpec spec = elf_maker_linux();

    spec.flags = 1;
    spec.entry = 0xc000000000000800;
    spec.sections[0] = (ElfMakerSection){".text", 0xc000000000000000, 0x1000, 0x800};
    spec.sections[1] = (ElfMakerSection){".opd", 0xc000000000000800, 0x1800, 0x18};
    return spec;
}

static void store_with_code_at(const Fixture *f, const ElfSpec *spec, uint64_t code)
{
    g_autoptr(GByteArray) bytes = elf_maker_make(spec);

    elf_maker_put(bytes, 0x1800, 8, spec->little, code);
    store(f, bytes);
}

static void test_entry_descriptor(Fixture *f, gconstpointer data)
{
    ElfSpec spec = with_descriptor();

    store_with_code_at(f, &spec, 0xc000000000000124);
    g_assert_cmphex(load(f).entry, ==, 0x124);
    /* Where the linker does not tell the version, the section decides. */
    spec.flags = 0;
    store_with_code_at(f, &spec, 0xc000000000000128);
    g_assert_cmphex(load(f).entry, ==, 0x128);

    spec.type = ET_DYN;
    spec.segments[0].vaddr = 0;
    spec.sections[1].addr = 0x800;
    spec.entry = 0x800;
    store_with_code_at(f, &spec, 0x12c);
    g_assert_cmphex(load(f).entry, ==, 4 * MIB + 0x12c);
}

static void test_entry_no_descriptor(Fixture *f, gconstpointer data)
{
    ElfSpec spec = with_descriptor();

    /* ABI version 2 has none. */
    spec.flags = 2;
    store_with_code_at(f, &spec, 0xc000000000000124);
    g_assert_cmphex(load(f).entry, ==, 0x800);
    /* Linux of version 1: .opd is there, the entry is not in it. */
    spec.flags = 1;
    spec.entry = 0xc000000000000000;
    store_with_code_at(f, &spec, 0xc000000000000124);
    g_assert_cmphex(load(f).entry, ==, 0);
    /* The names decide, in full. */
    spec = with_descriptor();
    spec.sections[1].name = ".opdx";
    store_with_code_at(f, &spec, 0xc000000000000124);
    g_assert_cmphex(load(f).entry, ==, 0x800);
}

/** Linux has notes of the same name that mean something else. */
static void test_notes(Fixture *f, gconstpointer data)
{
    ElfSpec spec = elf_maker_linux();

    spec.segments[1] = (ElfMakerSegment){PT_NOTE, 0x1800, 0, 0, 0x100, 0, 4};
    g_autoptr(GByteArray) bytes = elf_maker_make(&spec);
    uint64_t at = 0x1800;
    at += elf_maker_put_note(bytes, at, FALSE, "PowerPC", 1, 4);
    at += elf_maker_put_note(bytes, at, FALSE, "GNU", 3, 20);
    elf_maker_put_note(bytes, at, FALSE, "Linux", 0x1275, 4);
    store(f, bytes);
    g_assert_cmphex(load(f).end, ==, 0x2000);
}

/* --- compressed ------------------------------------------------------------------- */

static GByteArray *(*const packers[])(const void *, size_t) = {packer_gzip, packer_xz, packer_zstd};

static GByteArray *packed_linux(unsigned packer)
{
    ElfSpec spec = elf_maker_linux();

    spec.segments[0].filesz = 2 * MIB;
    spec.segments[0].memsz = 3 * MIB;
    spec.size = 2 * MIB + 0x1000;
    g_autoptr(GByteArray) bytes = elf_maker_make(&spec);
    return packers[packer](bytes->data, bytes->len);
}

static unsigned count_fds(void)
{
    g_autoptr(GDir) dir = g_dir_open("/proc/self/fd", 0, NULL);
    unsigned count = 0;

    while (dir && g_dir_read_name(dir))
        count++;
    return count;
}

/** Each is loaded as often as the guest starts, to the same effect, and leaks nothing. */
static void test_packed(Fixture *f, gconstpointer data)
{
    for (unsigned p = 0; p < G_N_ELEMENTS(packers); p++) {
        g_autoptr(GByteArray) packed = packed_linux(p);
        store(f, packed);
        g_autoptr(KernelImage) image = kernel_image_open(f->path, NULL);
        g_assert_nonnull(image);
        unsigned fds = count_fds();
        for (int boot = 0; boot < 3; boot++) {
            KernelLayout layout;
            g_assert_true(guest_mem_clear(f->mem, NULL));
            g_assert_true(kernel_image_load(image, f->mem, 64 * MIB, &layout, NULL));
            g_assert_cmphex(layout.start, ==, 0);
            g_assert_cmphex(layout.end, ==, 3 * MIB);
            assert_loaded(f, 0, 0x1000, 2 * MIB);
            assert_zero(f, 2 * MIB, 2 * MIB);
        }
        g_assert_cmpuint(count_fds(), ==, fds);
    }
}

/** Segments out of file order, over more than one chunk, from memory that is given back. */
static void test_packed_order(Fixture *f, gconstpointer data)
{
    ElfSpec spec = elf_maker_linux();

    spec.entry = 32 * MIB;
    spec.segments[0] =
        (ElfMakerSegment){PT_LOAD, 11 * MIB, 32 * MIB, 32 * MIB, 9 * MIB, 9 * MIB, 0};
    spec.segments[1] = (ElfMakerSegment){PT_LOAD, 0, 0, 0, 12 * MIB, 12 * MIB, 0};
    spec.size = 20 * MIB;
    g_autoptr(GByteArray) bytes = elf_maker_make(&spec);
    g_autoptr(GByteArray) packed = packer_zstd(bytes->data, bytes->len);
    store(f, packed);
    KernelLayout layout = load(f);
    g_assert_cmphex(layout.entry, ==, 32 * MIB);
    assert_loaded(f, 32 * MIB, 11 * MIB, 9 * MIB);
    g_assert_cmpmem(guest_mem_ptr(f->mem, 0, 12 * MIB), 12 * MIB, bytes->data, 12 * MIB);
}

static void test_packed_damaged(Fixture *f, gconstpointer data)
{
    for (unsigned p = 0; p < G_N_ELEMENTS(packers); p++) {
        g_autoptr(GByteArray) packed = packed_linux(p);
        /* Late enough that the beginning still tells that it is a kernel. */
        packed->data[packed->len - 5] ^= 0x10;
        store(f, packed);
        g_autoptr(GError) error = NULL;
        g_autoptr(KernelImage) image = kernel_image_open(f->path, &error);
        KernelLayout layout;
        if (image)
            g_assert_false(kernel_image_load(image, f->mem, 64 * MIB, &layout, &error));
        g_assert_error(error, PAPRIKA_ERROR, PAPRIKA_ERROR_USAGE);
        g_assert_nonnull(strstr(error->message, "damaged"));
        g_assert_nonnull(strstr(error->message, f->path));
    }
}

/* --- what changes under our hands ---------------------------------------------------- */

static void test_changed(Fixture *f, gconstpointer data)
{
    ElfSpec spec = elf_maker_linux();
    KernelLayout layout;

    store_spec(f, &spec);
    g_autoptr(GError) error = NULL;
    g_autoptr(KernelImage) image = kernel_image_open(f->path, &error);
    g_assert_no_error(error);

    /* Written to in place: what is loaded is checked each time. */
    FILE *file = fopen(f->path, "r+");
    g_assert_nonnull(file);
    fseek(file, 64 + offsetof(Elf64_Phdr, p_filesz), SEEK_SET);
    fwrite("\xff\xff\xff\xff\xff\xff\xff\xff", 8, 1, file);
    fclose(file);
    g_assert_false(kernel_image_load(image, f->mem, 64 * MIB, &layout, &error));
    g_assert_error(error, PAPRIKA_ERROR, PAPRIKA_ERROR_USAGE);
    g_clear_error(&error);

    g_assert_cmpint(truncate(f->path, 40), ==, 0);
    g_assert_false(kernel_image_load(image, f->mem, 64 * MIB, &layout, &error));
    g_assert_nonnull(strstr(error->message, "cut short"));
    g_clear_error(&error);

    /* A new file of that name is not looked at: the open one is loaded. */
    store_spec(f, &spec);
    g_autoptr(KernelImage) again = kernel_image_open(f->path, NULL);
    g_unlink(f->path);
    g_assert_true(kernel_image_load(again, f->mem, 64 * MIB, &layout, &error));
    g_assert_no_error(error);
}

static void test_does_not_fit(Fixture *f, gconstpointer data)
{
    ElfSpec spec = elf_maker_linux();
    KernelLayout layout;

    spec.segments[0].memsz = 70 * MIB;
    store_spec(f, &spec);
    g_autoptr(GError) error = NULL;
    g_autoptr(KernelImage) image = kernel_image_open(f->path, &error);
    g_assert_no_error(error);
    g_assert_false(kernel_image_load(image, f->mem, 64 * MIB, &layout, &error));
    g_assert_error(error, PAPRIKA_ERROR, PAPRIKA_ERROR_USAGE);
    g_assert_nonnull(strstr(error->message, "up to 70 MiB, and only 64 MiB are available"));
    g_clear_error(&error);

    /* Within the limit, but there is no memory. */
    g_assert_false(kernel_image_load(image, f->mem, 128 * MIB, &layout, &error));
    g_assert_error(error, PAPRIKA_ERROR, PAPRIKA_ERROR_USAGE);
    g_assert_nonnull(strstr(error->message, "70 MiB at 0"));
}

/* --- initrd ----------------------------------------------------------------------------- */

static void test_initrd(Fixture *f, gconstpointer data)
{
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    g_autoptr(GError) error = NULL;

    g_byte_array_set_size(bytes, 3 * MIB + 17);
    for (guint i = 0; i < bytes->len; i++)
        bytes->data[i] = elf_maker_byte(i);
    store(f, bytes);
    g_autoptr(InitrdImage) initrd = initrd_image_open(f->path, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(initrd_image_size(initrd), ==, bytes->len);
    g_assert_true(initrd_image_load(initrd, f->mem, 8 * MIB, NULL));
    assert_loaded(f, 8 * MIB, 0, bytes->len);
    assert_zero(f, 8 * MIB + bytes->len, 0x1000);

    g_assert_false(initrd_image_load(initrd, f->mem, 62 * MIB, &error));
    g_assert_error(error, PAPRIKA_ERROR, PAPRIKA_ERROR_USAGE);
    g_assert_nonnull(strstr(error->message, "of 4 MiB does not fit"));
    g_clear_error(&error);
    g_assert_false(initrd_image_load(initrd, f->mem, UINT64_MAX - MIB, NULL));

    g_assert_cmpint(truncate(f->path, MIB), ==, 0);
    g_assert_false(initrd_image_load(initrd, f->mem, 8 * MIB, &error));
    g_assert_nonnull(strstr(error->message, "cut short"));
}

#define ADD(name, function)                                                                        \
    g_test_add("/kernel-image/" name, Fixture, NULL, fixture_set_up, function, fixture_tear_down)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("linux", test_linux);
    ADD("linux-relocatable", test_linux_relocatable);
    ADD("independent", test_independent);
    ADD("independent-align", test_independent_align);
    ADD("independent-elsewhere", test_independent_elsewhere);
    ADD("linked-at-zero", test_linked_at_zero);
    ADD("bss", test_bss);
    ADD("entry-physical", test_entry_physical);
    ADD("entry-descriptor", test_entry_descriptor);
    ADD("entry-no-descriptor", test_entry_no_descriptor);
    ADD("notes", test_notes);
    ADD("packed", test_packed);
    ADD("packed-order", test_packed_order);
    ADD("packed-damaged", test_packed_damaged);
    ADD("changed", test_changed);
    ADD("does-not-fit", test_does_not_fit);
    ADD("initrd", test_initrd);
    return g_test_run();
}
