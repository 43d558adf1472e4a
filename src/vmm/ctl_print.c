/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/vmm/ctl_print.h"

#include <inttypes.h>
#include <string.h>

enum { LABEL_WIDTH = 16 };

static uint64_t number(const JsonValue *object, const char *name)
{
    uint64_t value = 0;

    json_uint(json_member(object, name), &value);
    return value;
}

static const char *text(const JsonValue *object, const char *name)
{
    const char *value = json_string(json_member(object, name));

    return value ? value : "unknown";
}

static gboolean yes(const JsonValue *object, const char *name)
{
    return json_is_true(json_member(object, name));
}

static void label(GString *out, const char *name)
{
    g_string_append_printf(out, "%-*s", LABEL_WIDTH, name);
}

/** @bytes with the largest suffix that leaves a whole number. */
static void append_size(GString *out, uint64_t bytes)
{
    static const char suffixes[] = "KMGTPE";
    unsigned suffix = 0;

    while (bytes && bytes % 1024 == 0 && suffix < sizeof(suffixes) - 1) {
        bytes /= 1024;
        suffix++;
    }
    g_string_append_printf(out, "%" PRIu64, bytes);
    if (suffix)
        g_string_append_c(out, suffixes[suffix - 1]);
}

void ctl_print_status(GString *out, const JsonValue *answer)
{
    g_string_append_printf(out, "%s\n", text(answer, "status"));
}

void ctl_print_version(GString *out, const JsonValue *answer)
{
    g_string_append_printf(out, "%s\n", text(answer, "package"));
}

void ctl_print_commands(GString *out, const JsonValue *answer)
{
    for (unsigned i = 0; i < json_length(answer); i++)
        g_string_append_printf(out, "%s\n", text(json_item(answer, i), "name"));
}

void ctl_print_cpus(GString *out, const JsonValue *answer)
{
    g_string_append_printf(out, "%5s %8s\n", "CPU", "THREAD");
    for (unsigned i = 0; i < json_length(answer); i++)
        g_string_append_printf(out, "%5" PRIu64 " %8" PRIu64 "\n",
                               number(json_item(answer, i), "cpu-index"),
                               number(json_item(answer, i), "thread-id"));
}

/** 16 bytes in a line: address, digits, what can be printed. */
void ctl_print_memory(GString *out, const JsonValue *answer)
{
    enum { ROW = 16 };
    const char *digits = text(answer, "data");
    size_t length = strlen(digits) / 2;
    uint64_t address = number(answer, "address");

    for (size_t at = 0; at < length; at += ROW) {
        char shown[ROW + 1] = {0};

        g_string_append_printf(out, "%016" PRIx64 " ", address + at);
        for (size_t i = 0; i < ROW; i++) {
            const char *pair = digits + 2 * (at + i);

            if (at + i >= length) {
                g_string_append(out, "   ");
                continue;
            }
            int byte = g_ascii_xdigit_value(pair[0]) << 4 | g_ascii_xdigit_value(pair[1]);
            shown[i] = g_ascii_isprint(byte) ? (char)byte : '.';
            g_string_append_printf(out, " %.2s", pair);
        }
        g_string_append_printf(out, "  %s\n", shown);
    }
}

/* --- translate ---------------------------------------------------------------------- */

static void print_flags(GString *out, const JsonValue *answer)
{
    if (yes(answer, "privileged"))
        g_string_append(out, ", kernel only");
    if (yes(answer, "referenced"))
        g_string_append(out, ", referenced");
    if (yes(answer, "changed"))
        g_string_append(out, ", changed");
    g_string_append_c(out, '\n');
}

static void print_radix(GString *out, const JsonValue *answer)
{
    const JsonValue *process = json_member(answer, "process-table-entry");
    const JsonValue *path = json_member(answer, "path");

    label(out, "process");
    g_string_append_printf(out, "%" PRIu64 ", entry at 0x%" PRIx64 " is 0x%016" PRIx64 "\n",
                           number(answer, "pid"), number(process, "address"),
                           number(process, "value"));
    for (unsigned i = 0; i < json_length(path); i++) {
        const JsonValue *step = json_item(path, i);

        g_string_append_printf(out, "level %-*u", LABEL_WIDTH - 6, i + 1);
        g_string_append_printf(out, "table 0x%" PRIx64 "[%" PRIu64 "] is 0x%016" PRIx64 ", covers ",
                               number(step, "table"), number(step, "index"), number(step, "value"));
        append_size(out, number(step, "covers"));
        g_string_append_c(out, '\n');
    }
    label(out, "page");
    append_size(out, number(answer, "page-size"));
    g_string_append_printf(out, ", %s", text(answer, "access"));
    print_flags(out, answer);
}

static void print_hash(GString *out, const JsonValue *answer)
{
    const JsonValue *segment = json_member(answer, "segment");
    const JsonValue *entry = json_member(answer, "entry");

    label(out, "segment");
    g_string_append_printf(out, "slot %" PRIu64 ", esid 0x%016" PRIx64 ", vsid 0x%016" PRIx64 ", ",
                           number(segment, "slot"), number(segment, "esid"),
                           number(segment, "vsid"));
    append_size(out, number(segment, "size"));
    g_string_append(out, " in pages of ");
    append_size(out, number(segment, "page-size"));
    g_string_append_c(out, '\n');
    label(out, "entry");
    g_string_append_printf(
        out, "group 0x%" PRIx64 " (%s), slot %" PRIu64 ", number 0x%" PRIx64 "%s\n",
        number(entry, "group"), yes(entry, "secondary") ? "secondary" : "primary",
        number(entry, "slot"), number(entry, "index"), yes(entry, "bolted") ? ", bolted" : "");
    label(out, "words");
    g_string_append_printf(out, "0x%016" PRIx64 " 0x%016" PRIx64 "\n", number(entry, "v"),
                           number(entry, "r"));
    label(out, "page");
    append_size(out, number(answer, "page-size"));
    g_string_append_printf(out, ", kernel %s, user %s, key %" PRIu64, text(answer, "kernel-access"),
                           text(answer, "user-access"), number(answer, "key"));
    print_flags(out, answer);
}

void ctl_print_translate(GString *out, const JsonValue *answer)
{
    const char *kind = text(answer, "kind");

    label(out, "address");
    g_string_append_printf(out, "0x%" PRIx64 " as CPU %" PRIu64 " has it, %s\n",
                           number(answer, "address"), number(answer, "cpu"), kind);
    label(out, "real");
    g_string_append_printf(out, "0x%" PRIx64 ", %s\n", number(answer, "real"),
                           yes(answer, "memory") ? "memory" : "no memory");
    if (json_member(answer, "path"))
        print_radix(out, answer);
    else if (json_member(answer, "segment"))
        print_hash(out, answer);
}

/* --- mmu ---------------------------------------------------------------------------- */

static void print_page_sizes(GString *out, const JsonValue *sizes)
{
    label(out, "pages");
    for (unsigned i = 0; i < json_length(sizes); i++) {
        const JsonValue *size = json_item(sizes, i);
        const JsonValue *actual = json_member(size, "actual");
        uint64_t bytes = 0;

        g_string_append(out, i ? ", " : "");
        append_size(out, json_uint(size, &bytes) ? bytes : number(size, "base"));
        for (unsigned j = 0; j < json_length(actual); j++) {
            json_uint(json_item(actual, j), &bytes);
            g_string_append_c(out, j ? '/' : ':');
            append_size(out, bytes);
        }
    }
    g_string_append_c(out, '\n');
}

void ctl_print_mmu(GString *out, const JsonValue *answer)
{
    const JsonValue *hpt = json_member(answer, "hpt");
    const JsonValue *table = json_member(answer, "process-table");

    label(out, "translation");
    g_string_append_printf(out, "%s%s\n", text(answer, "kind"),
                           yes(answer, "gtse") ? ", the guest invalidates by itself" : "");
    if (hpt) {
        label(out, "hash table");
        g_string_append_printf(
            out, "order %" PRIu64 "; at start %" PRIu64 " of %" PRIu64 " wanted; %s\n",
            number(hpt, "order"), number(hpt, "granted-order"), number(hpt, "wanted-order"),
            yes(hpt, "resizable") ? "resizable" : "of fixed size");
    }
    print_page_sizes(out, json_member(answer, "page-sizes"));
    label(out, "process table");
    if (!json_member(table, "size")) {
        g_string_append(out, "none\n");
        return;
    }
    append_size(out, number(table, "size"));
    if (json_member(table, "address"))
        g_string_append_printf(out, " at 0x%" PRIx64 "\n", number(table, "address"));
    else
        g_string_append_printf(out, " in segment 0x%" PRIx64 "\n", number(table, "vsid"));
}

/* --- what is plugged ---------------------------------------------------------------- */

void ctl_print_cores(GString *out, const JsonValue *answer)
{
    for (unsigned i = 0; i < json_length(answer); i++) {
        const JsonValue *core = json_item(answer, i);
        const char *path = json_string(json_member(core, "qom-path"));

        g_string_append_printf(out, "core %4" PRIu64 "  %" PRIu64 " threads  %s\n",
                               number(json_member(core, "props"), "core-id"),
                               number(core, "vcpus-count"), path ? path : "can be plugged");
    }
}

void ctl_print_disks(GString *out, const JsonValue *answer)
{
    for (unsigned i = 0; i < json_length(answer); i++) {
        const JsonValue *disk = json_item(answer, i), *in = json_member(disk, "inserted");
        const char *qdev = json_string(json_member(disk, "qdev"));
        const char *file = json_string(json_member(in, "file"));
        g_auto(GStrv) path = g_strsplit(qdev ? qdev : "", "/", -1);

        /* /machine/peripheral/ID/virtio-backend */
        g_string_append_printf(out, "%-12s ", g_strv_length(path) > 3 ? path[3] : "");
        append_size(out, number(json_member(in, "image"), "virtual-size"));
        g_string_append_printf(out, "%s  %s\n",
                               json_is_true(json_member(in, "ro")) ? "  read-only" : "",
                               file ? file : "");
    }
}

void ctl_print_memory_devices(GString *out, const JsonValue *answer)
{
    for (unsigned i = 0; i < json_length(answer); i++) {
        const JsonValue *data = json_member(json_item(answer, i), "data");
        const char *id = json_string(json_member(data, "id"));

        g_string_append_printf(out, "%-12s 0x%" PRIx64 "  ", id ? id : "", number(data, "addr"));
        append_size(out, number(data, "size"));
        g_string_append_c(out, '\n');
    }
}

/** Of the guest's statistics some are bytes, and some are counts. */
static gboolean is_bytes(const char *name)
{
    return strstr(name, "-memory") || strstr(name, "-caches") || strstr(name, "-swap-");
}

void ctl_print_memory_use(GString *out, const JsonValue *answer)
{
    enum { WIDTH = 24 };
    const JsonValue *stats = json_member(json_member(answer, "guest-stats"), "stats");

    g_string_append_printf(out, "%-*s", WIDTH, "actual");
    append_size(out, number(answer, "actual"));
    g_string_append_c(out, '\n');
    if (json_is_object(stats)) {
        struct json_object_iter at;

        json_object_object_foreachC(stats, at)
        {
            g_string_append_printf(out, "%-*s", WIDTH, at.key);
            if (is_bytes(at.key))
                append_size(out, number(stats, at.key));
            else
                g_string_append_printf(out, "%" PRIu64, number(stats, at.key));
            g_string_append_c(out, '\n');
        }
    }
}

/* --- hpt ---------------------------------------------------------------------------- */

static void print_count(GString *out, const char *name, uint64_t count, uint64_t of)
{
    label(out, name);
    g_string_append_printf(out, "%12" PRIu64, count);
    if (of)
        g_string_append_printf(out, "  %5.1f %%", 100.0 * (double)count / (double)of);
    g_string_append_c(out, '\n');
}

void ctl_print_hpt(GString *out, const JsonValue *answer)
{
    static const char *const counts[] = {"bolted",     "secondary", "segment-1t",
                                         "referenced", "changed",   "misplaced"};
    const JsonValue *groups = json_member(answer, "groups-by-entries");
    const JsonValue *sizes = json_member(answer, "by-page-size");
    uint64_t entries = number(answer, "entries"), all = 0;

    label(out, "order");
    g_string_append_printf(out, "%" PRIu64 ", ", number(answer, "order"));
    append_size(out, number(answer, "size"));
    g_string_append_printf(out, ", %" PRIu64 " slots%s\n", number(answer, "slots"),
                           yes(answer, "consistent") ? "" : "; counted while the guest ran");
    print_count(out, "entries", entries, number(answer, "slots"));
    for (unsigned i = 0; i < G_N_ELEMENTS(counts); i++)
        print_count(out, counts[i], number(answer, counts[i]), entries);
    if (json_is_object(sizes)) {
        struct json_object_iter at;

        json_object_object_foreachC(sizes, at)
        {
            g_autofree char *name = g_strdup_printf("pages %s", at.key);
            print_count(out, name, number(sizes, at.key), entries);
        }
    }
    for (unsigned i = 0; i < json_length(groups); i++) {
        uint64_t count = 0;

        json_uint(json_item(groups, i), &count);
        all += count;
    }
    for (unsigned i = 0; i < json_length(groups); i++) {
        g_autofree char *name = g_strdup_printf("groups of %u", i);
        uint64_t count = 0;

        json_uint(json_item(groups, i), &count);
        print_count(out, name, count, all);
    }
}
