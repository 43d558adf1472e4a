/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/vmm/option_values.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/un.h>

#include "mmu/hpt_size.h"
#include "src/base/error.h"
#include "src/base/log.h"
#include "src/base/trace.h"
#include "src/vmm/gdb_address.h"

enum {
    /** Linux for POWER takes a command line of 2048 bytes, the final NUL included. */
    OPTION_MAX_APPEND = 2047,
    OPTION_MAX_NAME = 63,
};

static void replace(char **place, char *value)
{
    g_free(*place);
    *place = value;
}

/** The path that the caller means. */
static char *resolve_path(const OptionContext *context, const char *path)
{
    if (!context->base || g_path_is_absolute(path))
        return g_strdup(path);
    return g_build_filename(context->base, path, NULL);
}

const char *option_value_of(const char *part, const char *key)
{
    size_t length = strlen(key);

    return !strncmp(part, key, length) && part[length] == '=' ? part + length + 1 : NULL;
}

gboolean option_set_path(OptionContext *context, char **place, const char *value, GError **error)
{
    g_autofree char *path = resolve_path(context, value);

    if (strlen(path) >= PATH_MAX)
        return error_set(error, PAPRIKA_ERROR_USAGE, "the path is longer than %d bytes",
                         PATH_MAX - 1);
    replace(place, g_steal_pointer(&path));
    return TRUE;
}

/**
 * Decimal digits at *@text, which is moved behind them. False if there are
 * none, or the number exceeds 64 bits: *@overflow tells which.
 */
static gboolean parse_digits(const char **text, uint64_t *number, gboolean *overflow)
{
    const char *p = *text;

    *overflow = FALSE;
    *number = 0;
    if (!g_ascii_isdigit(*p))
        return FALSE;
    for (; g_ascii_isdigit(*p); p++) {
        if (__builtin_mul_overflow(*number, UINT64_C(10), number) ||
            __builtin_add_overflow(*number, (uint64_t)(*p - '0'), number)) {
            *overflow = TRUE;
            return FALSE;
        }
    }
    *text = p;
    return TRUE;
}

gboolean option_parse_switch(const char *value, gboolean *on, GError **error)
{
    if (!strcmp(value, "yes") || !strcmp(value, "true"))
        *on = TRUE;
    else if (!strcmp(value, "no") || !strcmp(value, "false"))
        *on = FALSE;
    else
        return error_set(error, PAPRIKA_ERROR_USAGE, "must be yes or no");
    return TRUE;
}

/** The index of @value among @words, NULL at the end. */
static gboolean parse_word(const char *value, const char *const *words, int *index, GError **error)
{
    for (int i = 0; words[i]; i++) {
        if (!strcmp(value, words[i])) {
            *index = i;
            return TRUE;
        }
    }
    g_autofree char *known = g_strjoinv(", ", (char **)words);
    return error_set(error, PAPRIKA_ERROR_USAGE, "must be one of %s", known);
}

gboolean option_set_kernel(OptionContext *context, const char *value, GError **error)
{
    return option_set_path(context, &context->config->kernel, value, error);
}

gboolean option_set_initrd(OptionContext *context, const char *value, GError **error)
{
    return option_set_path(context, &context->config->initrd, value, error);
}

gboolean option_set_append(OptionContext *context, const char *value, GError **error)
{
    if (strlen(value) > OPTION_MAX_APPEND)
        return error_set(error, PAPRIKA_ERROR_USAGE,
                         "the kernel's command line has %zu bytes, more than the %d that Linux "
                         "takes",
                         strlen(value), OPTION_MAX_APPEND);
    replace(&context->config->append, g_strdup(value));
    return TRUE;
}

gboolean option_parse_size(const char *value, uint64_t least, uint64_t *memory, GError **error)
{
    static const char suffixes[] = "KMGT";
    const char *rest = value;
    unsigned shift = 20;
    uint64_t size;
    gboolean overflow;

    if (!parse_digits(&rest, &size, &overflow) && !overflow)
        return error_set(error, PAPRIKA_ERROR_USAGE,
                         "not a size: use digits and a suffix K, M, G or T");
    if (!overflow && *rest) {
        const char *suffix = strchr(suffixes, g_ascii_toupper(*rest));
        if (!suffix || rest[1])
            return error_set(error, PAPRIKA_ERROR_USAGE, "unknown suffix '%s': use K, M, G or T",
                             rest);
        shift = 10 * (unsigned)(suffix - suffixes + 1);
    }
    if (overflow || size > CONFIG_MAX_MEMORY >> shift)
        return error_set(error, PAPRIKA_ERROR_USAGE, "more than the largest guest of %" PRIu64 "T",
                         CONFIG_MAX_MEMORY / TIB);
    size <<= shift;
    if (size < least)
        return error_set(error, PAPRIKA_ERROR_USAGE, "less than the smallest guest of %" PRIu64 "M",
                         least / MIB);
    if (size % CONFIG_MEMORY_STEP)
        return error_set(error, PAPRIKA_ERROR_USAGE, "not a multiple of %" PRIu64 "M",
                         CONFIG_MEMORY_STEP / MIB);
    *memory = size;
    return TRUE;
}

static gboolean parse_memory(const char *value, uint64_t *memory, GError **error)
{
    return option_parse_size(value, CONFIG_MIN_MEMORY, memory, error);
}

gboolean option_set_rpt_invalidate(OptionContext *context, const char *value, GError **error)
{
    return option_parse_switch(value, &context->config->rpt_invalidate, error);
}

gboolean option_set_pool_stats(OptionContext *context, const char *value, GError **error)
{
    return option_parse_switch(value, &context->config->pool_stats, error);
}

gboolean option_set_memory(OptionContext *context, const char *value, GError **error)
{
    return parse_memory(value, &context->config->memory, error);
}

gboolean option_set_max_memory(OptionContext *context, const char *value, GError **error)
{
    return parse_memory(value, &context->config->max_memory, error);
}

gboolean option_set_hugepages(OptionContext *context, const char *value, GError **error)
{
    gboolean on;

    if (!option_parse_switch(value, &on, error))
        return FALSE;
    context->config->memory_backing = on ? MEMORY_HUGETLB : MEMORY_ANONYMOUS;
    context->config->memory_share = FALSE;
    return TRUE;
}

/** Take ",share=on" or ",share=off" from the end of @value; a path may have commas. */
static char *take_share(const char *value, gboolean *given, gboolean *share)
{
    static const char *const ends[] = {",share=off", ",share=on"};

    *given = FALSE;
    for (unsigned i = 0; i < G_N_ELEMENTS(ends); i++) {
        if (g_str_has_suffix(value, ends[i])) {
            *given = TRUE;
            *share = i == 1;
            return g_strndup(value, strlen(value) - strlen(ends[i]));
        }
    }
    return g_strdup(value);
}

gboolean option_set_memory_backing(OptionContext *context, const char *value, GError **error)
{
    static const char *const kinds[] = {"anonymous", "memfd", "hugetlb", NULL};
    static const char file[] = "file:";
    VmConfig *config = context->config;
    gboolean given, share;
    g_autofree char *kind = take_share(value, &given, &share);
    int index = MEMORY_FILE;

    if (g_str_has_prefix(kind, file)) {
        if (!kind[strlen(file)])
            return error_set(error, PAPRIKA_ERROR_USAGE, "the path is empty");
        if (!option_set_path(context, &config->memory_path, kind + strlen(file), error))
            return FALSE;
    } else if (!parse_word(kind, kinds, &index, NULL)) {
        return error_set(error, PAPRIKA_ERROR_USAGE,
                         "must be one of anonymous, memfd, hugetlb, file:PATH, and may end with "
                         ",share=on or ,share=off");
    }
    config->memory_backing = (MemoryBacking)index;
    config->memory_share = given ? share : index == MEMORY_MEMFD || index == MEMORY_FILE;
    return TRUE;
}

/** What follows the number of CPUs: ",max=M" and ",threads=T", each once at most. */
static gboolean parse_cpus_rest(const char *rest, uint64_t *max, uint64_t *threads, GError **error)
{
    static const char max_key[] = ",max=", threads_key[] = ",threads=";
    gboolean has_max = FALSE, has_threads = FALSE, overflow;

    while (*rest) {
        if (g_str_has_prefix(rest, threads_key) && !has_threads) {
            rest += strlen(threads_key);
            if (!parse_digits(&rest, threads, &overflow) || (*rest && *rest != ',') ||
                *threads > CONFIG_MAX_THREADS || !*threads || (*threads & (*threads - 1)))
                return error_set(error, PAPRIKA_ERROR_USAGE, "threads must be 1, 2, 4 or 8");
            has_threads = TRUE;
        } else if (g_str_has_prefix(rest, max_key) && !has_max) {
            rest += strlen(max_key);
            if (!parse_digits(&rest, max, &overflow) || (*rest && *rest != ',') ||
                *max > CONFIG_MAX_VCPUS || !*max)
                return error_set(error, PAPRIKA_ERROR_USAGE, "max must be a number from 1 to %d",
                                 CONFIG_MAX_VCPUS);
            has_max = TRUE;
        } else {
            return error_set(error, PAPRIKA_ERROR_USAGE,
                             "unexpected '%s': use N, N,threads=T or N,max=M,threads=T", rest);
        }
    }
    return TRUE;
}

gboolean option_set_cpus(OptionContext *context, const char *value, GError **error)
{
    const char *rest = value;
    uint64_t cpus, threads = 1, max = 0;
    gboolean overflow;

    if (!parse_digits(&rest, &cpus, &overflow) && !overflow)
        return error_set(error, PAPRIKA_ERROR_USAGE, "not a number of CPUs: use N or N,threads=T");
    if (overflow || cpus > CONFIG_MAX_VCPUS)
        return error_set(error, PAPRIKA_ERROR_USAGE, "more than %d CPUs", CONFIG_MAX_VCPUS);
    if (!cpus)
        return error_set(error, PAPRIKA_ERROR_USAGE, "a guest needs at least one CPU");
    if (!parse_cpus_rest(rest, &max, &threads, error))
        return FALSE;
    if (cpus % threads || max % threads)
        return error_set(error, PAPRIKA_ERROR_USAGE,
                         "%" PRIu64 " CPUs do not fill cores of %" PRIu64 " threads",
                         cpus % threads ? cpus : max, threads);
    if (max && max < cpus)
        return error_set(error, PAPRIKA_ERROR_USAGE,
                         "max=%" PRIu64 " is less than the %" PRIu64 " CPUs at the start", max,
                         cpus);
    context->config->cpus = (unsigned)cpus;
    context->config->max_cpus = (unsigned)max;
    context->config->threads = (unsigned)threads;
    return TRUE;
}

gboolean option_set_boot(OptionContext *context, const char *value, GError **error)
{
    static const char *const words[] = {
        [BOOT_AUTO] = "auto", [BOOT_DIRECT] = "direct", [BOOT_OF] = "of", NULL};
    int index = 0;

    if (!parse_word(value, words, &index, error))
        return FALSE;
    context->config->boot = (BootChoice)index;
    return TRUE;
}

gboolean option_set_mmu(OptionContext *context, const char *value, GError **error)
{
    static const char *const words[] = {
        [MMU_AUTO] = "auto", [MMU_RADIX] = "radix", [MMU_HASH] = "hash", NULL};
    int index = 0;

    if (!parse_word(value, words, &index, error))
        return FALSE;
    context->config->mmu = (MmuChoice)index;
    return TRUE;
}

gboolean option_set_hpt_order(OptionContext *context, const char *value, GError **error)
{
    const char *rest = value;
    gboolean overflow;
    uint64_t order;

    if (!parse_digits(&rest, &order, &overflow) || *rest || order < HPT_ORDER_MIN ||
        order > HPT_ORDER_MAX)
        return error_set(error, PAPRIKA_ERROR_USAGE, "must be a number from %d to %d",
                         HPT_ORDER_MIN, HPT_ORDER_MAX);
    context->config->hpt_order = (unsigned)order;
    return TRUE;
}

gboolean option_set_hpt_resize(OptionContext *context, const char *value, GError **error)
{
    static const char *const words[] = {
        [HPT_RESIZE_AUTO] = "auto", [HPT_RESIZE_ON] = "on", [HPT_RESIZE_OFF] = "off", NULL};
    int index = 0;

    if (!parse_word(value, words, &index, error))
        return FALSE;
    context->config->hpt_resize = (HptResizeChoice)index;
    return TRUE;
}

gboolean option_set_hpt_verify(OptionContext *context, const char *value, GError **error)
{
    return option_parse_switch(value, &context->config->hpt_verify, error);
}

gboolean option_set_irq(OptionContext *context, const char *value, GError **error)
{
    static const char *const words[] = {
        [IRQ_AUTO] = "auto", [IRQ_XIVE] = "xive", [IRQ_XICS] = "xics", NULL};
    static const char *const places[] = {
        [IRQ_IN_AUTO] = "auto", [IRQ_IN_KERNEL] = "kernel", [IRQ_IN_USER] = "user", NULL};
    static const char in_key[] = ",in=";
    const char *comma = strchr(value, ',');
    g_autofree char *word = comma ? g_strndup(value, (gsize)(comma - value)) : g_strdup(value);
    int index = 0, place = IRQ_IN_AUTO;

    if (!parse_word(word, words, &index, error))
        return FALSE;
    if (comma && !g_str_has_prefix(comma, in_key))
        return error_set(error, PAPRIKA_ERROR_USAGE,
                         "unexpected '%s': use KIND or KIND,in=kernel or KIND,in=user", comma);
    if (comma && !parse_word(comma + strlen(in_key), places, &place, error)) {
        g_prefix_error(error, "in: ");
        return FALSE;
    }
    context->config->irq = (IrqChoice)index;
    context->config->irq_place = (IrqPlace)place;
    return TRUE;
}

gboolean option_set_max_cpu_compat(OptionContext *context, const char *value, GError **error)
{
    static const char *const words[] = {
        [CPU_COMPAT_NONE] = "none",
        [CPU_COMPAT_POWER8] = "power8",
        [CPU_COMPAT_POWER9] = "power9",
        [CPU_COMPAT_POWER10] = "power10",
        NULL,
    };
    int index = 0;

    if (!parse_word(value, words, &index, error))
        return FALSE;
    context->config->max_cpu_compat = (CpuCompat)index;
    return TRUE;
}

/** Exactly the shape of @pattern, in which 0 stands for any digit. */
static gboolean has_shape(const char *text, const char *pattern)
{
    for (; *pattern; text++, pattern++) {
        if (*pattern == '0' ? !g_ascii_isdigit(*text) : *text != *pattern)
            return FALSE;
    }
    return !*text;
}

gboolean option_set_rtc(OptionContext *context, const char *value, GError **error)
{
    const char *date = g_str_has_prefix(value, "base=") ? value + strlen("base=") : NULL;
    int year, month, day, hour = 0, minute = 0, second = 0;

    if (!strcmp(value, "utc") || (date && !strcmp(date, "utc"))) {
        context->config->rtc_offset = 0;
        return TRUE;
    }
    if (!date || !(has_shape(date, "0000-00-00") || has_shape(date, "0000-00-00T00:00:00")))
        return error_set(error, PAPRIKA_ERROR_USAGE,
                         "must be utc, base=YYYY-MM-DD or base=YYYY-MM-DDThh:mm:ss");
    if (sscanf(date, "%4d-%2d-%2dT%2d:%2d:%2d", &year, &month, &day, &hour, &minute, &second) < 3)
        return error_set(error, PAPRIKA_ERROR_USAGE, "not a date");

    g_autoptr(GDateTime) base = g_date_time_new_utc(year, month, day, hour, minute, second);
    if (!base || year < 1970)
        return error_set(error, PAPRIKA_ERROR_USAGE, "there is no such date since 1970");
    context->config->rtc_offset = g_date_time_to_unix(base) - g_get_real_time() / G_USEC_PER_SEC;
    return TRUE;
}

gboolean option_set_name(OptionContext *context, const char *value, GError **error)
{
    if (strlen(value) > OPTION_MAX_NAME)
        return error_set(error, PAPRIKA_ERROR_USAGE, "longer than %d bytes", OPTION_MAX_NAME);
    for (const char *p = value; *p; p++) {
        if (!g_ascii_isalnum(*p) && (p == value || !strchr("-_.+:@", *p)))
            return error_set(error, PAPRIKA_ERROR_USAGE,
                             "a name starts with a letter or digit and has only those and -_.+:@");
    }
    replace(&context->config->name, g_strdup(value));
    return TRUE;
}

gboolean option_set_no_reboot(OptionContext *context, const char *value, GError **error)
{
    return option_parse_switch(value, &context->config->no_reboot, error);
}

/** A path of a file, or of a socket (@is_socket), for which there is less room. */
static gboolean set_file_path(OptionContext *context, gboolean is_socket, char **place,
                              const char *path, GError **error)
{
    g_autofree char *full = NULL;

    if (!*path)
        return error_set(error, PAPRIKA_ERROR_USAGE, "the path is missing");
    if (!option_set_path(context, &full, path, error))
        return FALSE;
    if (is_socket && strlen(full) >= sizeof(((struct sockaddr_un *)NULL)->sun_path))
        return error_set(error, PAPRIKA_ERROR_USAGE,
                         "the path is longer than the %zu bytes that a socket may have",
                         sizeof(((struct sockaddr_un *)NULL)->sun_path) - 1);
    replace(place, g_steal_pointer(&full));
    return TRUE;
}

gboolean option_set_qmp(OptionContext *context, const char *value, GError **error)
{
    context->config->qmp_none = !strcmp(value, "none");
    if (context->config->qmp_none) {
        replace(&context->config->qmp_path, NULL);
        return TRUE;
    }
    if (!g_str_has_prefix(value, "unix:"))
        return error_set(error, PAPRIKA_ERROR_USAGE, "must be unix:PATH or none");
    return set_file_path(context, TRUE, &context->config->qmp_path, value + strlen("unix:"), error);
}

gboolean option_set_tpm(OptionContext *context, const char *value, GError **error)
{
    if (!g_str_has_prefix(value, "unix:"))
        return error_set(error, PAPRIKA_ERROR_USAGE, "must be unix:PATH");
    return set_file_path(context, TRUE, &context->config->tpm_path, value + strlen("unix:"), error);
}

gboolean option_set_nvram(OptionContext *context, const char *value, GError **error)
{
    return set_file_path(context, FALSE, &context->config->nvram_path, value, error);
}

gboolean option_parse_chardev(OptionContext *context, const char *value, ConsoleKind *kind,
                              char **path, GError **error)
{
    static const struct {
        const char *word;
        ConsoleKind kind;
    } words[] = {{"stdio", CONSOLE_STDIO},
                 {"pty", CONSOLE_PTY},
                 {"none", CONSOLE_NONE},
                 {"file:", CONSOLE_FILE},
                 {"unix:", CONSOLE_UNIX}};

    for (unsigned i = 0; i < G_N_ELEMENTS(words); i++) {
        const char *word = words[i].word;
        gboolean has_path = g_str_has_suffix(word, ":");

        if (has_path ? !g_str_has_prefix(value, word) : strcmp(value, word))
            continue;
        if (has_path && !set_file_path(context, words[i].kind == CONSOLE_UNIX, path,
                                       value + strlen(word), error))
            return FALSE;
        if (!has_path)
            replace(path, NULL);
        *kind = words[i].kind;
        return TRUE;
    }
    return error_set(error, PAPRIKA_ERROR_USAGE,
                     "must be stdio, pty, file:PATH, unix:PATH or none");
}

gboolean option_set_console(OptionContext *context, const char *value, GError **error)
{
    return option_parse_chardev(context, value, &context->config->console,
                                &context->config->console_path, error);
}

gboolean option_set_gdb(OptionContext *context, const char *value, GError **error)
{
    g_auto(GdbAddress) address = {0};
    g_autofree char *path = NULL;

    if (!gdb_address_parse(value, &address, error))
        return FALSE;
    if (address.path && !set_file_path(context, TRUE, &path, address.path, error))
        return FALSE;
    replace(&context->config->gdb, path ? g_strconcat("unix:", path, NULL) : g_strdup(value));
    return TRUE;
}

gboolean option_set_log(OptionContext *context, const char *value, GError **error)
{
    const char *colon = strchr(value, ':');
    g_autofree char *word = colon ? g_strndup(value, (gsize)(colon - value)) : g_strdup(value);
    LogLevel level;

    if (!log_level_parse(word, &level))
        return error_set(error, PAPRIKA_ERROR_USAGE,
                         "unknown level '%s': use error, warn, info or debug, and a file after it "
                         "as in info:FILE",
                         word);
    if (colon && !colon[1])
        return error_set(error, PAPRIKA_ERROR_USAGE, "the file is missing after '%s'", value);
    if (colon && !option_set_path(context, &context->config->log_file, colon + 1, error))
        return FALSE;
    if (!colon)
        replace(&context->config->log_file, NULL);
    context->config->log_level = (int)level;
    return TRUE;
}

gboolean option_set_trace(OptionContext *context, const char *value, GError **error)
{
    uint32_t mask;

    if (!trace_parse(value, &mask, error))
        return FALSE;
    replace(&context->config->trace, g_strdup(value));
    return TRUE;
}

gboolean option_set_sandbox(OptionContext *context, const char *value, GError **error)
{
    static const char *const words[] = {
        [SANDBOX_OFF] = "off", [SANDBOX_ON] = "on", [SANDBOX_LOG] = "log", NULL};
    int index = 0;

    if (!parse_word(value, words, &index, error))
        return FALSE;
    context->config->sandbox = (SandboxMode)index;
    return TRUE;
}

gboolean option_set_user(OptionContext *context, const char *value, GError **error)
{
    replace(&context->config->user, g_strdup(value));
    return TRUE;
}

gboolean option_set_chroot(OptionContext *context, const char *value, GError **error)
{
    return set_file_path(context, FALSE, &context->config->chroot, value, error);
}
