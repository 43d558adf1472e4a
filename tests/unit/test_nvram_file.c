/* SPDX-License-Identifier: GPL-2.0-or-later */
/* NVRAM in a file: what is left of a store that was cut off, wherever that was. */
#include "hw/spapr/nvram_file.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "hw/spapr/nvram.h"
#include "src/base/error.h"
#include "src/base/log.h"

static const char *const path = "nvram";

/** Open it: the byte that all of it has, or -1 if there is nothing yet. */
static int content(void)
{
    g_autofree uint8_t *data = g_malloc0(NVRAM_FILE_DATA);
    g_autoptr(GError) error = NULL;
    gboolean found;
    NvramFile *file = nvram_file_open(path, data, &found, &error);

    g_assert_no_error(error);
    nvram_file_close(file);
    for (unsigned i = 1; i < NVRAM_FILE_DATA; i++)
        g_assert_cmpuint(data[i], ==, data[0]);
    return found ? data[0] : -1;
}

static void expect_refused(int code, const char *words)
{
    g_autofree uint8_t *data = g_malloc0(NVRAM_FILE_DATA);
    g_autoptr(GError) error = NULL;
    gboolean found;

    g_assert_null(nvram_file_open(path, data, &found, &error));
    g_assert_cmpint(error->code, ==, code);
    g_assert_nonnull(strstr(error->message, words));
}

/** Store @count copies, of bytes from @first on. */
static void store(uint8_t first, unsigned count)
{
    g_autofree uint8_t *data = g_malloc(NVRAM_FILE_DATA);
    g_autoptr(GError) error = NULL;
    gboolean found;
    NvramFile *file = nvram_file_open(path, data, &found, &error);

    g_assert_no_error(error);
    for (unsigned i = 0; i < count; i++) {
        memset(data, first + (int)i, NVRAM_FILE_DATA);
        g_assert_cmpint(nvram_file_store(file, data), ==, 0);
    }
    nvram_file_close(file);
}

static uint8_t *image(void)
{
    g_autoptr(GError) error = NULL;
    gsize size;
    char *bytes;

    g_file_get_contents(path, &bytes, &size, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(size, ==, NVRAM_FILE_SIZE);
    return (uint8_t *)bytes;
}

static void write_image(const void *bytes, gsize size)
{
    FILE *file = fopen(path, "w");

    g_assert_nonnull(file);
    g_assert_cmpuint(fwrite(bytes, 1, size, file), ==, size);
    fclose(file);
}

static void test_stores(void)
{
    g_unlink(path);
    g_assert_cmpint(content(), ==, -1);
    for (unsigned i = 1; i < 6; i++) {
        store((uint8_t)i, i);
        g_assert_cmpint(content(), ==, (int)(2 * i - 1));
    }
}

/** Cut off after @cut bytes, of a store that went to @place. */
static void cut_at(const uint8_t *old, const uint8_t *new, size_t place, size_t cut, int was,
                   int is)
{
    g_autofree uint8_t *bytes = g_memdup2(old, NVRAM_FILE_SIZE);

    memcpy(bytes + place, new + place, cut);
    write_image(bytes, NVRAM_FILE_SIZE);
    /* The rest of a copy can be the same already. */
    gboolean whole = memcmp(bytes, new, NVRAM_FILE_SIZE) == 0;
    g_assert_cmpint(content(), ==, whole ? is : was);
}

/** Each byte of the head, and of the contents the first, the last and some of the others. */
static void cut_everywhere(const uint8_t *old, const uint8_t *new, size_t place, int was, int is)
{
    for (size_t cut = 0; cut <= NVRAM_FILE_COPY;
         cut += cut < 128 || (cut > NVRAM_FILE_HEAD - 4 && cut < NVRAM_FILE_HEAD + 32) ||
                        cut > NVRAM_FILE_COPY - 32
                    ? 1
                    : 509)
        cut_at(old, new, place, cut, was, is);
    cut_at(old, new, place, NVRAM_FILE_COPY, was, is);

    /* A disk may write pages in any order: some of them, by chance. */
    for (unsigned round = 0; round < 200; round++) {
        g_autofree uint8_t *bytes = g_memdup2(old, NVRAM_FILE_SIZE);

        for (size_t at = 0; at < NVRAM_FILE_COPY; at += 4096) {
            if (g_test_rand_bit())
                memcpy(bytes + place + at, new + place + at, 4096);
        }
        write_image(bytes, NVRAM_FILE_SIZE);
        gboolean whole = memcmp(bytes, new, NVRAM_FILE_SIZE) == 0;
        g_assert_cmpint(content(), ==, whole ? is : was);
    }
}

static void test_cut(void)
{
    g_autofree uint8_t *images[5] = {NULL};

    g_unlink(path);
    g_assert_cmpint(content(), ==, -1);
    images[0] = image();
    for (unsigned i = 1; i < G_N_ELEMENTS(images); i++) {
        store((uint8_t)i, 1);
        images[i] = image();
    }
    cut_everywhere(images[0], images[1], 0, -1, 1);
    cut_everywhere(images[1], images[2], NVRAM_FILE_COPY, 1, 2);
    cut_everywhere(images[2], images[3], 0, 2, 3);
    cut_everywhere(images[3], images[4], NVRAM_FILE_COPY, 3, 4);
    for (unsigned i = 0; i < G_N_ELEMENTS(images); i++)
        g_free(g_steal_pointer(&images[i]));
}

/** A process that stores without end is killed at any moment. */
static void test_killed(void)
{
    g_unlink(path);
    store(0, 2);
    for (unsigned round = 0; round < 20; round++) {
        pid_t pid = fork();

        if (pid == 0) {
            for (uint8_t i = 0;; i++)
                store(i, 1);
        }
        g_usleep((gulong)g_test_rand_int_range(1000, 30000));
        g_assert_cmpint(kill(pid, SIGKILL), ==, 0);
        g_assert_cmpint(waitpid(pid, NULL, 0), ==, pid);
        g_assert_cmpint(content(), >=, 0);
    }
}

static void test_refused(void)
{
    g_autofree uint8_t *data = g_malloc0(NVRAM_FILE_DATA);
    g_autoptr(GError) error = NULL;
    gboolean found;

    /* Two at once. */
    g_unlink(path);
    NvramFile *file = nvram_file_open(path, data, &found, &error);
    g_assert_no_error(error);
    expect_refused(PAPRIKA_ERROR_USAGE, "in use by another guest");
    nvram_file_close(file);
    g_assert_cmpint(content(), ==, -1);

    /* Files of something else stay as they are. */
    write_image("precious", 8);
    expect_refused(PAPRIKA_ERROR_USAGE, "is no NVRAM file");
    g_unlink(path);
    store(1, 4);
    g_autofree uint8_t *bytes = image();
    bytes[NVRAM_FILE_HEAD + 17] ^= 1;
    bytes[NVRAM_FILE_COPY + 17] ^= 1;
    write_image(bytes, NVRAM_FILE_SIZE);
    expect_refused(PAPRIKA_ERROR_USAGE, "both copies in it are damaged");

    g_unlink(path);
    g_assert_cmpint(g_mkdir(path, 0700), ==, 0);
    expect_refused(PAPRIKA_ERROR_USAGE, "cannot open NVRAM file");
    g_rmdir(path);
}

/** A store that fails leaves the copy that there was, and the next one succeeds. */
static void test_full(void)
{
    g_autofree uint8_t *data = g_malloc(NVRAM_FILE_DATA);
    g_autoptr(GError) error = NULL;
    struct rlimit limit, none;
    gboolean found;

    g_unlink(path);
    store(1, 2);
    NvramFile *file = nvram_file_open(path, data, &found, &error);
    g_assert_no_error(error);
    signal(SIGXFSZ, SIG_IGN);
    g_assert_cmpint(getrlimit(RLIMIT_FSIZE, &limit), ==, 0);
    none = limit;
    none.rlim_cur = 5000;
    g_assert_cmpint(setrlimit(RLIMIT_FSIZE, &none), ==, 0);
    memset(data, 9, NVRAM_FILE_DATA);
    g_assert_cmpint(nvram_file_store(file, data), ==, -EFBIG);
    g_assert_cmpint(setrlimit(RLIMIT_FSIZE, &limit), ==, 0);
    nvram_file_close(file);
    g_assert_cmpint(content(), ==, 2);
    store(3, 1);
    g_assert_cmpint(content(), ==, 3);
}

/** What a guest stores is there in the next machine. */
static void test_nvram(void)
{
    g_autoptr(GError) error = NULL;
    char text[6] = {0};

    g_unlink(path);
    for (unsigned round = 0; round < 3; round++) {
        Nvram *nvram = nvram_new();

        g_assert_true(nvram_attach(nvram, path, &error));
        g_assert_true(nvram_start(nvram, &error));
        g_assert_no_error(error);
        if (round) {
            g_assert_true(nvram_fetch(nvram, NVRAM_SIZE - 5, text, 5));
            g_assert_cmpstr(text, ==, round == 1 ? "abcde" : "fghij");
        }
        g_assert_true(nvram_store(nvram, NVRAM_SIZE - 5, round ? "fghij" : "abcde", 5));
        if (round == 1)
            g_usleep(400000);
        nvram_free(nvram);
    }
    g_unlink(path);
    write_image("precious", 8);
    Nvram *nvram = nvram_new();
    g_assert_false(nvram_attach(nvram, path, &error));
    nvram_free(nvram);
}

int main(int argc, char **argv)
{
    g_autofree char *folder = g_dir_make_tmp("nvram-XXXXXX", NULL);
    g_autofree char *here = g_get_current_dir();

    g_test_init(&argc, &argv, NULL);
    g_assert_true(log_open(NULL, LOG_ERROR, NULL));
    g_assert_cmpint(g_chdir(folder), ==, 0);
    g_test_add_func("/nvram_file/stores", test_stores);
    g_test_add_func("/nvram_file/cut", test_cut);
    g_test_add_func("/nvram_file/killed", test_killed);
    g_test_add_func("/nvram_file/refused", test_refused);
    g_test_add_func("/nvram_file/full", test_full);
    g_test_add_func("/nvram_file/nvram", test_nvram);
    int ret = g_test_run();
    g_unlink(path);
    g_chdir(here);
    g_rmdir(folder);
    return ret;
}
