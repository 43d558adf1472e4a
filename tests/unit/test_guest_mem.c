/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Guest memory: regions, bounds of every access, clearing. */
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <glib.h>
#include <glib/gstdio.h>

#include "include/paprika/config.h"
#include "src/base/error.h"
#include "src/base/guest_mem.h"

static GuestMem *mem_new(GuestAddr base, uint64_t size)
{
    GuestMem *mem = guest_mem_new(NULL);

    g_assert_true(guest_mem_add(mem, base, size, NULL));
    return mem;
}

static void test_add(void)
{
    g_autoptr(GuestMem) mem = guest_mem_new(NULL);
    unsigned count;

    guest_mem_regions(mem, &count);
    g_assert_cmpuint(count, ==, 0);
    g_assert_cmpuint(guest_mem_size(mem), ==, 0);

    /* Added in any order, listed in ascending order. */
    g_assert_true(guest_mem_add(mem, GIB, 16 * MIB, NULL));
    g_assert_true(guest_mem_add(mem, 0, 32 * MIB, NULL));
    g_assert_true(guest_mem_add(mem, 512 * MIB, 16 * MIB, NULL));
    const GuestRegion *regions = guest_mem_regions(mem, &count);
    g_assert_cmpuint(count, ==, 3);
    g_assert_cmphex(regions[0].base, ==, 0);
    g_assert_cmphex(regions[1].base, ==, 512 * MIB);
    g_assert_cmphex(regions[2].base, ==, GIB);
    g_assert_cmpuint(guest_mem_size(mem), ==, 64 * MIB);
    g_assert_cmpuint(regions[0].page_size, ==, (uint64_t)sysconf(_SC_PAGESIZE));
    /* Aligned for large pages, and zeroed. */
    g_assert_cmpuint((uintptr_t)regions[0].host % (16 * MIB), ==, 0);
    g_assert_cmpuint(regions[0].host[0] | regions[0].host[32 * MIB - 1], ==, 0);
}

static void test_add_refused(void)
{
    static const struct {
        GuestAddr base;
        uint64_t size;
        const char *why;
    } cases[] = {
        {32 * MIB, 0, "out of range"},
        {UINT64_MAX - MIB + 1, 2 * MIB, "out of range"},
        {UINT64_MAX, UINT64_MAX, "out of range"},
        {16 * MIB, 16 * MIB, "overlaps"},
        {24 * MIB, 16 * MIB, "overlaps"},
        {0, 64 * MIB, "overlaps"},
        {8 * MIB, 9 * MIB, "overlaps"},
        /* More than any process can map. */
        {TIB, UINT64_C(1) << 62, "cannot map"},
        {TIB, UINT64_MAX - 2 * TIB, "cannot map"},
    };
    g_autoptr(GuestMem) mem = mem_new(16 * MIB, 16 * MIB);
    unsigned count;

    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        g_assert_false(guest_mem_add(mem, cases[i].base, cases[i].size, &error));
        g_assert_nonnull(error);
        g_assert_nonnull(strstr(error->message, cases[i].why));
        guest_mem_regions(mem, &count);
        g_assert_cmpuint(count, ==, 1);
    }
    /* Neighbours do not overlap. */
    g_assert_true(guest_mem_add(mem, 0, 16 * MIB, NULL));
    g_assert_true(guest_mem_add(mem, 32 * MIB, 16 * MIB, NULL));
}

static void test_add_too_many(void)
{
    g_autoptr(GuestMem) mem = guest_mem_new(NULL);
    g_autoptr(GError) error = NULL;
    unsigned added = 0;

    while (added < 1000 && guest_mem_add(mem, added * 16 * MIB, 16 * MIB, &error))
        added++;
    g_assert_cmpuint(added, >=, 16);
    g_assert_cmpuint(added, <, 1000);
    g_assert_error(error, PAPRIKA_ERROR, PAPRIKA_ERROR_USAGE);
    g_assert_cmpuint(guest_mem_size(mem), ==, added * 16 * MIB);
}

static void test_hugepages_refused(void)
{
    g_autoptr(GError) error = NULL;
    GuestBacking backing;

    if (!guest_backing_open(&backing, MEMORY_HUGETLB, FALSE, NULL, MIB, &error)) {
        g_assert_nonnull(strstr(error->message, "huge pages"));
        return;
    }
    g_autoptr(GuestMem) mem = guest_mem_new(&backing);

    /* No host has a huge page of 64 KiB + 4 KiB. */
    g_assert_false(guest_mem_add(mem, 0, 0x11000, &error));
    g_assert_nonnull(strstr(error->message, "huge page"));
}

/** A file's bytes are the guest's, or not; cleared memory reads zeros, the file's too. */
static void check_backing(MemoryBacking kind, gboolean share, const char *path)
{
    g_autoptr(GError) error = NULL;
    GuestBacking backing;
    uint64_t word = 0x1122334455667788, seen = 0;

    g_assert_true(guest_backing_open(&backing, kind, share, path, 4 * MIB, &error));
    g_assert_no_error(error);
    g_autoptr(GuestMem) mem = guest_mem_new(&backing);
    g_assert_cmpint(backing.fd, ==, -1);
    int fd = guest_mem_backing(mem)->fd;
    g_assert_cmpint(guest_mem_backing(mem)->share, ==, share);

    g_assert_true(guest_mem_add(mem, 0, MIB, NULL));
    g_assert_true(guest_mem_add(mem, MIB, MIB, NULL));
    g_assert_true(guest_mem_reserve(mem, 2 * MIB, 2 * MIB, MIB, NULL));
    g_assert_nonnull(guest_mem_plug(mem, 3 * MIB, MIB, NULL));
    static const GuestAddr places[] = {0x10000, MIB + 0x20000, 3 * MIB + 0x30000};
    for (unsigned i = 0; i < G_N_ELEMENTS(places); i++) {
        g_assert_true(guest_mem_write(mem, places[i], &word, sizeof(word)));
        if (fd >= 0) {
            g_assert_cmpint(pread(fd, &seen, sizeof(seen), (off_t)places[i]), ==, sizeof(seen));
            g_assert_cmphex(seen, ==, share ? word : 0);
        }
    }
    g_assert_true(guest_mem_clear(mem, &error));
    for (unsigned i = 0; i < G_N_ELEMENTS(places); i++) {
        g_assert_true(guest_mem_read(mem, places[i], &seen, sizeof(seen)));
        g_assert_cmphex(seen, ==, 0);
        if (fd >= 0) {
            g_assert_cmpint(pread(fd, &seen, sizeof(seen), (off_t)places[i]), ==, sizeof(seen));
            g_assert_cmphex(seen, ==, 0);
        }
    }

    /* Unplugged, its pages go back, and plugged again they read zeros. */
    g_assert_true(guest_mem_write(mem, 3 * MIB, &word, sizeof(word)));
    guest_mem_unplug(mem, 3 * MIB, MIB);
    g_assert_false(guest_mem_read(mem, 3 * MIB, &seen, sizeof(seen)));
    g_assert_nonnull(guest_mem_plug(mem, 3 * MIB, MIB, NULL));
    g_assert_true(guest_mem_read(mem, 3 * MIB, &seen, sizeof(seen)));
    g_assert_cmphex(seen, ==, 0);
}

static void test_backings(void)
{
    g_autofree char *folder = g_dir_make_tmp("paprika-XXXXXX", NULL);
    g_autofree char *path = g_build_filename(folder, "memory", NULL);
    GStatBuf st;

    check_backing(MEMORY_ANONYMOUS, FALSE, NULL);
    check_backing(MEMORY_ANONYMOUS, TRUE, NULL);
    for (unsigned share = 0; share < 2; share++) {
        check_backing(MEMORY_MEMFD, share, NULL);
        check_backing(MEMORY_FILE, share, path);
        g_assert_cmpint(g_stat(path, &st), ==, 0);
        g_assert_cmpint(st.st_size, ==, 4 * MIB);
        g_assert_cmpint(g_unlink(path), ==, 0);
    }
    check_backing(MEMORY_FILE, TRUE, folder);
    g_assert_cmpint(g_rmdir(folder), ==, 0);
}

/** Memory that cannot be had so: the message names it, and nobody's file is touched. */
static void test_backing_refused(void)
{
    g_autofree char *folder = g_dir_make_tmp("paprika-XXXXXX", NULL);
    g_autofree char *path = g_build_filename(folder, "data", NULL);
    g_autofree char *nowhere = g_build_filename(folder, "no", "such", NULL);
    g_autofree char *text = NULL;
    const char *const paths[] = {path, nowhere, "/dev/null"};
    GuestBacking backing;

    g_assert_true(g_file_set_contents(path, "of use", -1, NULL));
    for (unsigned i = 0; i < G_N_ELEMENTS(paths); i++) {
        g_autoptr(GError) error = NULL;

        g_assert_false(guest_backing_open(&backing, MEMORY_FILE, TRUE, paths[i], MIB, &error));
        g_assert_nonnull(strstr(error->message, paths[i]));
        g_assert_cmpint(backing.fd, ==, -1);
    }
    g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
    g_assert_cmpstr(text, ==, "of use");
    g_assert_cmpint(g_unlink(path), ==, 0);
    g_assert_cmpint(g_rmdir(folder), ==, 0);
}

static void test_bounds(void)
{
    static const struct {
        GuestAddr addr;
        uint64_t length;
        gboolean good;
    } cases[] = {
        {MIB, 1, TRUE},
        {MIB, MIB, TRUE},
        {2 * MIB - 1, 1, TRUE},
        {2 * MIB - 8, 8, TRUE},
        {MIB + 5, 0, TRUE},
        {MIB - 1, 1, FALSE},
        {MIB - 1, 2, FALSE},
        {0, 1, FALSE},
        {2 * MIB - 8, 9, FALSE},
        {2 * MIB, 1, FALSE},
        {MIB, MIB + 1, FALSE},
        {MIB, UINT64_MAX, FALSE},
        {MIB + 1, UINT64_MAX, FALSE},
        {2 * MIB - 1, UINT64_MAX - 2 * MIB + 2, FALSE},
        {UINT64_MAX, 1, FALSE},
        {UINT64_MAX, 8, FALSE},
        {UINT64_MAX - 7, 8, FALSE},
        /* The next region is no continuation of this one. */
        {2 * MIB - 1, 2, FALSE},
    };
    g_autoptr(GuestMem) mem = mem_new(MIB, MIB);

    g_assert_true(guest_mem_add(mem, 2 * MIB + 0x10000, MIB, NULL));
    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        void *at = guest_mem_ptr(mem, cases[i].addr, cases[i].length);
        g_assert_cmpint(at != NULL, ==, cases[i].good);
    }
}

static void test_access(void)
{
    g_autoptr(GuestMem) mem = mem_new(0, MIB);
    uint8_t in[16], out[16] = {0};
    uint32_t word = 1;
    uint64_t dword = 1;

    for (unsigned i = 0; i < sizeof(in); i++)
        in[i] = (uint8_t)(i + 1);
    g_assert_true(guest_mem_write(mem, MIB - 16, in, 16));
    g_assert_true(guest_mem_read(mem, MIB - 16, out, 16));
    g_assert_cmpmem(in, 16, out, 16);

    /* Refused as a whole: nothing of it is done. */
    memset(in, 0xee, sizeof(in));
    g_assert_false(guest_mem_write(mem, MIB - 15, in, 16));
    g_assert_false(guest_mem_fill(mem, MIB - 15, 0xee, 16));
    memset(out, 0x55, sizeof(out));
    g_assert_false(guest_mem_read(mem, MIB - 15, out, 16));
    g_assert_cmphex(out[0], ==, 0x55);
    g_assert_true(guest_mem_read(mem, MIB - 16, out, 16));
    g_assert_cmphex(out[1], ==, 2);
    g_assert_cmphex(out[15], ==, 16);

    /* Cells are big-endian in the guest. */
    g_assert_true(guest_mem_load_be32(mem, MIB - 16, &word));
    g_assert_cmphex(word, ==, 0x01020304);
    g_assert_true(guest_mem_load_be64(mem, MIB - 8, &dword));
    g_assert_cmphex(dword, ==, 0x090a0b0c0d0e0f10);
    g_assert_false(guest_mem_load_be32(mem, MIB - 3, &word));
    g_assert_false(guest_mem_load_be64(mem, MIB - 7, &dword));
    g_assert_cmphex(word, ==, 0x01020304);
    g_assert_true(guest_mem_store_be64(mem, 3, 0x1122334455667788));
    g_assert_true(guest_mem_store_be32(mem, 11, 0xa1a2a3a4));
    g_assert_true(guest_mem_read(mem, 3, out, 12));
    g_assert_cmpmem(out, 12, "\x11\x22\x33\x44\x55\x66\x77\x88\xa1\xa2\xa3\xa4", 12);
    g_assert_false(guest_mem_store_be64(mem, MIB - 4, 0));
    g_assert_false(guest_mem_store_be32(mem, UINT64_MAX - 1, 0));
}

static void test_clear(void)
{
    g_autoptr(GuestMem) mem = mem_new(0, 2 * MIB);
    uint64_t value = 1;

    g_assert_true(guest_mem_add(mem, 16 * MIB, MIB, NULL));
    g_assert_true(guest_mem_fill(mem, 0, 0xff, 2 * MIB));
    g_assert_true(guest_mem_store_be64(mem, 16 * MIB, 42));
    g_assert_true(guest_mem_clear(mem, NULL));
    for (GuestAddr addr = 0; addr < 2 * MIB; addr += 0x1000) {
        g_assert_true(guest_mem_load_be64(mem, addr, &value));
        g_assert_cmphex(value, ==, 0);
    }
    g_assert_true(guest_mem_load_be64(mem, 16 * MIB, &value));
    g_assert_cmphex(value, ==, 0);
}

/** Any bytes of a region, and no others, are zeros afterwards. */
static void test_clear_range(void)
{
    static const struct {
        GuestAddr addr;
        uint64_t length;
    } cases[] = {{0, 0}, {5, 7}, {0, MIB}, {3, MIB}, {65530, 3 * 65536 + 11}, {2 * MIB - 3, 3}};
    g_autoptr(GuestMem) mem = guest_mem_new(NULL);
    g_autoptr(GError) error = NULL;

    g_assert_true(guest_mem_add(mem, 0, 2 * MIB, NULL));
    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        const uint8_t *bytes = guest_mem_ptr(mem, 0, 2 * MIB);

        g_assert_true(guest_mem_fill(mem, 0, 0xa5, 2 * MIB));
        g_assert_true(guest_mem_clear_range(mem, cases[i].addr, cases[i].length, &error));
        for (uint64_t at = 0; at < 2 * MIB; at++)
            g_assert_cmphex(bytes[at], ==, at - cases[i].addr < cases[i].length ? 0 : 0xa5);
    }
    g_assert_false(guest_mem_clear_range(mem, 2 * MIB - 3, 4, &error));
    g_assert_nonnull(strstr(error->message, "no guest memory"));
}

/** Describing much memory costs nothing until it is touched. */
static void test_large(void)
{
    g_autoptr(GuestMem) mem = guest_mem_new(NULL);

    if (!guest_mem_add(mem, 0, TIB, NULL)) {
        g_test_skip("this host cannot map 1 TiB");
        return;
    }
    g_assert_true(guest_mem_store_be64(mem, TIB - 8, 7));
    g_assert_false(guest_mem_store_be64(mem, TIB - 7, 7));

    unsigned count;
    const GuestRegion *region = guest_mem_regions(mem, &count);
    unsigned char resident[16];
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    g_assert_cmpint(mincore(region->host + GIB, page * 16, resident), ==, 0);
    for (unsigned i = 0; i < 16; i++)
        g_assert_cmpint(resident[i] & 1, ==, 0);
}

/* --- the window of what comes and goes -------------------------------------------- */

#define BLOCK (16 * MIB)

static GuestMem *windowed(void)
{
    GuestMem *mem = mem_new(0, 64 * MIB);

    g_assert_true(guest_mem_reserve(mem, 64 * MIB, 128 * BLOCK, BLOCK, NULL));
    return mem;
}

static void test_window(void)
{
    g_autoptr(GuestMem) mem = windowed();
    const GuestAddr at = 64 * MIB + 3 * BLOCK;
    uint64_t value;

    g_assert_false(guest_mem_load_be64(mem, 64 * MIB, &value));
    g_assert_null(guest_mem_ptr(mem, at, 0));
    uint8_t *host = guest_mem_plug(mem, at, 2 * BLOCK, NULL);
    g_assert_nonnull(host);
    g_assert_cmpuint((uintptr_t)host % BLOCK, ==, 0);
    g_assert_cmpuint(guest_mem_size(mem), ==, 64 * MIB + 2 * BLOCK);
    g_assert_true(guest_mem_ptr(mem, at + BLOCK - 4, 8) == host + BLOCK - 4);
    g_assert_true(guest_mem_ptr(mem, at, 2 * BLOCK) == host);
    g_assert_true(guest_mem_ptr(mem, at + 2 * BLOCK - 1, 0) == host + 2 * BLOCK - 1);
    g_assert_null(guest_mem_ptr(mem, at, 2 * BLOCK + 1));
    g_assert_null(guest_mem_ptr(mem, at - 1, 2));
    g_assert_null(guest_mem_ptr(mem, at + 2 * BLOCK, 1));
    g_assert_null(guest_mem_ptr(mem, at, UINT64_MAX));
    g_assert_true(guest_mem_store_be64(mem, at + 8, 42));

    /* A reader that is late finds zeros, as one does who plugs it again. */
    guest_mem_unplug(mem, at, 2 * BLOCK);
    g_assert_false(guest_mem_load_be64(mem, at + 8, &value));
    g_assert_cmpuint(host[15], ==, 0);
    host[15] = 7;
    g_assert_true(guest_mem_plug(mem, at, BLOCK, NULL) == host);
    g_assert_true(guest_mem_load_be64(mem, at + 8, &value));
    g_assert_cmpuint(value, ==, 0);
    g_assert_true(guest_mem_store_be64(mem, at + 8, 43));
    g_assert_true(guest_mem_clear(mem, NULL));
    g_assert_true(guest_mem_load_be64(mem, at + 8, &value));
    g_assert_cmpuint(value, ==, 0);
}

static void test_window_refused(void)
{
    static const struct {
        GuestAddr base;
        uint64_t size;
    } cases[] = {
        {0, BLOCK},
        {64 * MIB - BLOCK, BLOCK},
        {64 * MIB, 0},
        {64 * MIB, BLOCK + 4096},
        {64 * MIB + 4096, BLOCK},
        {64 * MIB + 128 * BLOCK, BLOCK},
        {64 * MIB + 127 * BLOCK, 2 * BLOCK},
        {64 * MIB, UINT64_C(0) - BLOCK},
        /* What is there already. */
        {64 * MIB + 4 * BLOCK, BLOCK},
        {64 * MIB + 3 * BLOCK, 2 * BLOCK},
    };
    g_autoptr(GuestMem) mem = windowed();

    g_assert_nonnull(guest_mem_plug(mem, 64 * MIB + 4 * BLOCK, BLOCK, NULL));
    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        g_assert_null(guest_mem_plug(mem, cases[i].base, cases[i].size, &error));
        g_assert_error(error, PAPRIKA_ERROR, PAPRIKA_ERROR_USAGE);
    }
    g_assert_cmpuint(guest_mem_size(mem), ==, 64 * MIB + BLOCK);
    g_assert_false(guest_mem_add(mem, 64 * MIB, BLOCK, NULL));
}

static void test_next(void)
{
    g_autoptr(GuestMem) mem = windowed();
    GuestAddr base;
    uint64_t size;

    g_assert_true(guest_mem_next(mem, MIB, &base, &size));
    g_assert_cmphex(base, ==, MIB);
    g_assert_cmphex(size, ==, 63 * MIB);
    g_assert_false(guest_mem_next(mem, 64 * MIB, &base, &size));

    g_assert_nonnull(guest_mem_plug(mem, 64 * MIB + 62 * BLOCK, BLOCK, NULL));
    g_assert_nonnull(guest_mem_plug(mem, 64 * MIB + 63 * BLOCK, 2 * BLOCK, NULL));
    g_assert_true(guest_mem_next(mem, 64 * MIB, &base, &size));
    g_assert_cmphex(base, ==, 64 * MIB + 62 * BLOCK);
    g_assert_cmphex(size, ==, 3 * BLOCK);
    g_assert_true(guest_mem_next(mem, base + 4096, &base, &size));
    g_assert_cmphex(size, ==, 3 * BLOCK - 4096);
    g_assert_false(guest_mem_next(mem, base + size, &base, &size));
    g_assert_false(guest_mem_next(mem, UINT64_MAX, &base, &size));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/guest-mem/add", test_add);
    g_test_add_func("/guest-mem/add-refused", test_add_refused);
    g_test_add_func("/guest-mem/add-too-many", test_add_too_many);
    g_test_add_func("/guest-mem/hugepages-refused", test_hugepages_refused);
    g_test_add_func("/guest-mem/backings", test_backings);
    g_test_add_func("/guest-mem/backing-refused", test_backing_refused);
    g_test_add_func("/guest-mem/bounds", test_bounds);
    g_test_add_func("/guest-mem/access", test_access);
    g_test_add_func("/guest-mem/clear", test_clear);
    g_test_add_func("/guest-mem/large", test_large);
    g_test_add_func("/guest-mem/window", test_window);
    g_test_add_func("/guest-mem/window/refused", test_window_refused);
    g_test_add_func("/guest-mem/next", test_next);
    g_test_add_func("/guest-mem/clear_range", test_clear_range);
    return g_test_run();
}
