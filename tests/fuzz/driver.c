/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Runs one fuzz target as an ordinary test, where no fuzzing engine is at hand:
 * every seed as it is, then a number of mutations of the seeds. The same
 * command line gives the same inputs in the same order.
 *
 *   replay_NAME [--runs N] [--only I [--save FILE]] [--write-corpus DIR] [PATH...]
 *
 * PATH is a seed or a folder of seeds; one that does not exist is no error, for
 * a target may bring its seeds itself (fuzz.h). If the target dies, or is
 * ended by a time limit, the number of the input is on standard error; --only
 * with that number runs just this input again, and --save keeps it.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <glib.h>

#include "tests/fuzz/fuzz.h"

enum { INPUT_MAX = 1 << 16, SEEDS_MAX = 4096 };

typedef struct {
    uint8_t *data;
    size_t size;
} Input;

/** The sanitizers' hook for "about to die"; absent without them. */
void __sanitizer_set_death_callback(void (*callback)(void)) __attribute__((weak));

static volatile sig_atomic_t current_run;

static void report_run(void)
{
    char line[96];
    int length = snprintf(line, sizeof(line), "fuzz driver: ended in run %d (see --only)\n",
                          (int)current_run);

    if (write(STDERR_FILENO, line, (size_t)length) < 0)
        return;
}

static void on_signal(int number)
{
    report_run();
    signal(number, SIG_DFL);
    raise(number);
}

/* --- deterministic mutations ------------------------------------------------ */

/** splitmix64: small, well mixed, the same everywhere. */
static uint64_t random_next(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static size_t random_below(uint64_t *state, size_t limit)
{
    return limit ? random_next(state) % limit : 0;
}

/** Values at which parsers go wrong; used in 1, 2, 4 and 8 bytes of both byte orders. */
static const uint64_t odd_values[] = {
    0,
    1,
    2,
    7,
    8,
    0x7f,
    0x80,
    0xff,
    0x100,
    0xfff,
    0x1000,
    0x7fff,
    0x8000,
    0xffff,
    0x10000,
    0x7fffffff,
    0x80000000,
    0xffffffff,
    0x100000000,
    0x7fffffffffffffff,
    0x8000000000000000,
    0xc000000000000000,
    0xfffffffffffffff8,
    0xffffffffffffffff,
};

static void put_odd_value(uint8_t *at, size_t width, uint64_t value, gboolean big)
{
    for (size_t i = 0; i < width; i++)
        at[i] = (uint8_t)(value >> (8 * (big ? width - 1 - i : i)));
}

static void mutate_once(Input *in, const Input *seeds, unsigned n_seeds, uint64_t *state)
{
    size_t at = random_below(state, in->size);

    switch (random_below(state, 9)) {
    case 0:
        if (in->size)
            in->data[at] ^= (uint8_t)(1u << random_below(state, 8));
        break;
    case 1:
        if (in->size)
            in->data[at] = (uint8_t)random_next(state);
        break;
    case 2:
    case 3:
    case 4: {
        /* Most formats align their fields. */
        size_t width = (size_t)1 << random_below(state, 4);
        if (random_below(state, 4))
            at &= ~(width - 1);
        if (at + width <= in->size)
            put_odd_value(in->data + at, width,
                          odd_values[random_below(state, G_N_ELEMENTS(odd_values))] +
                              (random_below(state, 3) ? 0 : random_below(state, 64)),
                          random_below(state, 2));
        break;
    }
    case 5:
        in->size = at;
        break;
    case 6: {
        size_t extra = random_below(state, 64);
        if (in->size + extra <= INPUT_MAX) {
            memmove(in->data + at + extra, in->data + at, in->size - at);
            for (size_t i = 0; i < extra; i++)
                in->data[at + i] = (uint8_t)random_next(state);
            in->size += extra;
        }
        break;
    }
    case 7:
        if (in->size) {
            size_t from = random_below(state, in->size);
            size_t length = random_below(state, in->size - MAX(from, at));
            memmove(in->data + at, in->data + from, length);
        }
        break;
    case 8: {
        const Input *other = &seeds[random_below(state, n_seeds)];
        if (other->size > at) {
            in->size = MIN(other->size, INPUT_MAX);
            memcpy(in->data + at, other->data + at, in->size - at);
        }
        break;
    }
    }
}

/** The input of run @run: a seed as it is, or mutated. @in->data has INPUT_MAX bytes. */
static void make_input(Input *in, const Input *seeds, unsigned n_seeds, unsigned run)
{
    uint64_t state = run;
    gboolean mutated = run >= n_seeds;
    const Input *seed = &seeds[mutated ? random_below(&state, n_seeds) : run];

    in->size = MIN(seed->size, INPUT_MAX);
    memcpy(in->data, seed->data, in->size);
    for (size_t n = mutated ? 1 + random_below(&state, 6) : 0; n > 0; n--)
        mutate_once(in, seeds, n_seeds, &state);
}

/* --- seeds ------------------------------------------------------------------- */

static void clear_seed(gpointer seed) { g_free(((Input *)seed)->data); }

static void add_seed(GArray *seeds, const void *data, size_t size)
{
    Input seed = {.data = g_memdup2(size ? data : "", MAX(size, 1)), .size = size};

    g_array_append_val(seeds, seed);
}

static gint compare_names(gconstpointer a, gconstpointer b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static gboolean add_seed_path(GArray *seeds, const char *path)
{
    g_autoptr(GError) error = NULL;

    if (g_file_test(path, G_FILE_TEST_IS_DIR)) {
        g_autoptr(GDir) dir = g_dir_open(path, 0, &error);
        g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
        const char *name;
        while (dir && (name = g_dir_read_name(dir)))
            g_ptr_array_add(names, g_build_filename(path, name, NULL));
        g_ptr_array_sort(names, compare_names);
        gboolean ok = dir != NULL;
        for (guint i = 0; ok && i < names->len; i++)
            ok = add_seed_path(seeds, g_ptr_array_index(names, i));
        return ok;
    }
    if (!g_file_test(path, G_FILE_TEST_EXISTS))
        return TRUE;

    g_autofree char *data = NULL;
    gsize size;
    if (seeds->len >= SEEDS_MAX || !g_file_get_contents(path, &data, &size, &error)) {
        fprintf(stderr, "fuzz driver: %s: %s\n", path, error ? error->message : "too many seeds");
        return FALSE;
    }
    add_seed(seeds, data, size);
    return TRUE;
}

static void add_own_seeds(GArray *seeds)
{
    g_autofree uint8_t *buffer = g_malloc(INPUT_MAX);

    for (unsigned i = 0; fuzz_seed && seeds->len < SEEDS_MAX; i++) {
        size_t size = fuzz_seed(i, buffer, INPUT_MAX);
        if (!size)
            break;
        add_seed(seeds, buffer, size);
    }
}

static gboolean write_corpus(const GArray *seeds, const char *dir)
{
    for (guint i = 0; i < seeds->len; i++) {
        const Input *seed = &g_array_index(seeds, Input, i);
        g_autofree char *path = g_strdup_printf("%s/seed-%04u", dir, i);
        if (!g_file_set_contents(path, (const char *)seed->data, (gssize)seed->size, NULL)) {
            fprintf(stderr, "fuzz driver: cannot write %s\n", path);
            return FALSE;
        }
    }
    return TRUE;
}

/* --- main --------------------------------------------------------------------- */

/** Hand over an exact heap copy, so that a sanitizer sees each byte past its end. */
static void run_target(const Input *in)
{
    g_autofree uint8_t *copy = g_malloc(MAX(in->size, 1));

    memcpy(copy, in->data, in->size);
    LLVMFuzzerTestOneInput(copy, in->size);
}

int main(int argc, char **argv)
{
    int runs = 10000, only = -1;
    g_autofree char *save = NULL, *corpus = NULL;
    g_auto(GStrv) paths = NULL;
    g_autoptr(GError) error = NULL;
    const GOptionEntry entries[] = {
        {"runs", 0, 0, G_OPTION_ARG_INT, &runs, "mutated inputs to try", "N"},
        {"only", 0, 0, G_OPTION_ARG_INT, &only, "run this input only", "I"},
        {"save", 0, 0, G_OPTION_ARG_FILENAME, &save, "keep the input of --only", "FILE"},
        {"write-corpus", 0, 0, G_OPTION_ARG_FILENAME, &corpus, "write the seeds out", "DIR"},
        {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &paths, NULL, NULL},
        G_OPTION_ENTRY_NULL,
    };
    g_autoptr(GOptionContext) context = g_option_context_new("[PATH...]");
    g_option_context_add_main_entries(context, entries, NULL);
    if (!g_option_context_parse(context, &argc, &argv, &error)) {
        fprintf(stderr, "fuzz driver: %s\n", error->message);
        return 2;
    }

    g_autoptr(GArray) seeds = g_array_new(FALSE, FALSE, sizeof(Input));
    g_array_set_clear_func(seeds, clear_seed);
    add_own_seeds(seeds);
    for (char **path = paths; path && *path; path++) {
        if (!add_seed_path(seeds, *path))
            return 2;
    }
    if (!seeds->len) {
        fprintf(stderr, "fuzz driver: no seeds\n");
        return 2;
    }
    if (corpus)
        return write_corpus(seeds, corpus) ? 0 : 1;

    for (size_t i = 0; i < 3; i++)
        signal((const int[]){SIGSEGV, SIGABRT, SIGTERM}[i], on_signal);
    if (__sanitizer_set_death_callback)
        __sanitizer_set_death_callback(report_run);

    const Input *all = &g_array_index(seeds, Input, 0);
    g_autofree uint8_t *buffer = g_malloc(INPUT_MAX);
    int first = only >= 0 ? only : 0;
    int end = only >= 0 ? only + 1 : (int)seeds->len + runs;
    for (int run = first; run < end; run++) {
        Input in = {.data = buffer};
        make_input(&in, all, seeds->len, (unsigned)run);
        if (save && !g_file_set_contents(save, (const char *)in.data, (gssize)in.size, &error)) {
            fprintf(stderr, "fuzz driver: %s\n", error->message);
            return 2;
        }
        current_run = run;
        run_target(&in);
    }
    printf("%u seeds, %d runs\n", seeds->len, end - first);
    return 0;
}
