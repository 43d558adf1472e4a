/* SPDX-License-Identifier: GPL-2.0-or-later */
/* -m, -smp, -numa, and the objects that memory consists of. */
#include <string.h>

#include "src/base/error.h"
#include "src/compat/compat_parse.h"
#include "src/vmm/option_values.h"

enum {
    /** What QEMU has as its limit, and libvirt names. */
    MAX_SLOTS = 256,
};

void compat_option_memory(CompatParse *parse, QemuOption *option)
{
    const char *size = compat_take_needed(parse, option, "size");
    const char *most = qemu_option_take(option, "maxmem");
    guint64 slots;

    if (*size)
        compat_set(parse, option, "memory", size);
    if (most)
        compat_set(parse, option, "max-memory", most);
    /* What is plugged needs none. */
    compat_take_number(parse, option, "slots", MAX_SLOTS, &slots);
}

/** @key of a topology, by default 1. */
static guint64 take_count(CompatParse *parse, QemuOption *option, const char *key)
{
    guint64 count = 1;

    if (compat_take_number(parse, option, key, CONFIG_MAX_VCPUS, &count) && !count) {
        compat_refuse(parse, option, "%s=0 is no number of them", key);
        count = 1;
    }
    return count;
}

void compat_option_smp(CompatParse *parse, QemuOption *option)
{
    static const char *const levels[] = {"drawers", "books", "dies", "clusters", "modules"};
    gboolean has_sockets = qemu_option_peek(option, "sockets") != NULL;
    guint64 sockets = take_count(parse, option, "sockets");
    guint64 cores = take_count(parse, option, "cores");
    guint64 threads = take_count(parse, option, "threads");
    guint64 cpus = sockets * cores * threads, most = 0;

    compat_take_number(parse, option, "cpus", CONFIG_MAX_VCPUS, &cpus);
    compat_take_number(parse, option, "maxcpus", CONFIG_MAX_VCPUS, &most);
    for (unsigned i = 0; i < G_N_ELEMENTS(levels); i++) {
        if (take_count(parse, option, levels[i]) != 1)
            compat_refuse(parse, option, "%s other than 1 are not there on this machine",
                          levels[i]);
    }
    if (has_sockets && sockets * cores * threads != MAX(cpus, most))
        compat_refuse(parse, option,
                      "%" G_GUINT64_FORMAT " sockets of %" G_GUINT64_FORMAT
                      " cores of %" G_GUINT64_FORMAT " threads are not %" G_GUINT64_FORMAT
                      " processors",
                      sockets, cores, threads, MAX(cpus, most));

    g_autoptr(GString) value = g_string_new(NULL);
    g_string_printf(value, "%" G_GUINT64_FORMAT ",threads=%" G_GUINT64_FORMAT, cpus, threads);
    if (most)
        g_string_append_printf(value, ",max=%" G_GUINT64_FORMAT, most);
    compat_set(parse, option, "cpus", value->str);
}

/* --- objects --------------------------------------------------------------------------- */

static const CompatFact ram_facts[] = {
    {"id", NULL, ""},
    {"qom-type", NULL, ""},
    {"dump", "on|off", ""},
    {"merge", "off", "pages are not offered to the host for merging"},
    {"prealloc", "off", "memory is not allocated before it is used"},
    {"prealloc-threads", NULL, ""},
    {"reserve", "on|off", ""},
    {"discard-data", "on|off", ""},
    {"x-use-canonical-path-for-ramblock-id", "on|off", ""},
    {0},
};

/** The object @id, which memory is made of, to the configuration; its bytes, 0 if refused. */
static guint64 use_memory(CompatParse *parse, const QemuOption *user, const char *id)
{
    QemuOption *object = compat_find(parse->objects, "id", id);
    const char *type = object ? qemu_option_peek(object, "qom-type") : NULL;
    g_autofree char *backing = NULL;
    g_autofree char *path = NULL;
    guint64 size = 0;

    if (!type || !g_str_has_prefix(type, "memory-backend-")) {
        compat_refuse(parse, user, "there is no object '%s' of memory", id);
        return 0;
    }
    compat_take_number(parse, object, "size", CONFIG_MAX_MEMORY, &size);
    gboolean file = !strcmp(type, "memory-backend-file");
    gboolean share =
        compat_take_switch(parse, object, "share", !strcmp(type, "memory-backend-memfd"));
    gboolean huge = compat_take_switch(parse, object, "hugetlb", FALSE);
    if (file)
        path = compat_take_path(parse, object, "mem-path");
    if (file && path)
        backing = g_strdup_printf("file:%s,share=%s", path, share ? "on" : "off");
    else if (!file && huge)
        backing = g_strdup_printf("hugetlb,share=%s", share ? "on" : "off");
    else if (!file)
        backing = g_strdup_printf("%s,share=%s",
                                  strcmp(type, "memory-backend-ram") ? "memfd" : "anonymous",
                                  share ? "on" : "off");
    if (backing)
        compat_set(parse, object, "memory-backing", backing);
    return size;
}

const CompatFact compat_random_facts[] = {
    {"id", NULL, ""},
    {"qom-type", NULL, ""},
    {"filename", "/dev/urandom|/dev/random", "entropy is the host kernel's: /dev/urandom"},
    {0},
};

gboolean compat_has_rng(const CompatConfig *config, const char *name)
{
    return g_ptr_array_find_with_equal_func(config->rngs, name, g_str_equal, NULL);
}

void compat_add_rng(CompatConfig *config, const char *name)
{
    g_ptr_array_add(config->rngs, g_strdup(name));
}

static void check_random(CompatParse *parse, QemuOption *object)
{
    const char *id = qemu_option_peek(object, "id");

    compat_take_facts(parse, object, compat_random_facts);
    if (id && !compat_has_rng(parse->compat, id))
        compat_add_rng(parse->compat, id);
}

/** Of a secret only others than we make use; its file is libvirt's. */
static void check_secret(CompatParse *parse, QemuOption *object)
{
    static const CompatFact facts[] = {
        {"id", NULL, ""},
        {"qom-type", NULL, ""},
        {"format", "raw|base64", "unknown"},
        {"file", NULL, ""},
        {0},
    };

    compat_take_facts(parse, object, facts);
}

static void check_object(CompatParse *parse, QemuOption *object)
{
    const char *type = qemu_option_peek(object, "qom-type");

    qemu_option_label(object, type ? type : "(without qom-type)");
    if (!type)
        compat_refuse(parse, object, "the property 'qom-type' is missing");
    else if (!strcmp(type, "secret"))
        check_secret(parse, object);
    else if (!strcmp(type, "rng-random") || !strcmp(type, "rng-builtin"))
        check_random(parse, object);
    else if (!strcmp(type, "memory-backend-ram") || !strcmp(type, "memory-backend-memfd") ||
             !strcmp(type, "memory-backend-file"))
        compat_take_facts(parse, object, ram_facts);
    else if (!strcmp(type, "iothread")) {
        compat_refuse(parse, object,
                      "is not there in Paprika, where each queue of a disk has a "
                      "thread of its own: leave out <iothreads>");
        while (qemu_option_left_over(object))
            continue;
    } else {
        compat_refuse(parse, object, "is not there in Paprika");
        while (qemu_option_left_over(object))
            continue;
    }
}

/* --- nodes ------------------------------------------------------------------------------ */

static void add_node(CompatParse *parse, QemuOption *option, unsigned number)
{
    g_autoptr(GString) value = g_string_new("node");
    const char *cpus, *memory = qemu_option_take(option, "memdev");
    guint64 id = number, size = 0;

    compat_take_number(parse, option, "nodeid", CONFIG_MAX_NODES - 1, &id);
    if (id != number)
        compat_refuse(parse, option, "nodeid=%" G_GUINT64_FORMAT ": nodes are numbered from 0 on",
                      id);
    while ((cpus = qemu_option_take_next(option, "cpus")))
        g_string_append_printf(value, ",cpus=%s", cpus);
    if (memory)
        size = use_memory(parse, option, memory);
    if (size)
        g_string_append_printf(value, ",memory=%" G_GUINT64_FORMAT "K", size >> 10);
    compat_set(parse, option, "numa", value->str);
}

static void add_distance(CompatParse *parse, QemuOption *option)
{
    static const char *const keys[] = {"src", "dst", "val"};
    g_autoptr(GString) value = g_string_new("dist");

    for (unsigned i = 0; i < G_N_ELEMENTS(keys); i++)
        g_string_append_printf(value, ",%s=%s", keys[i],
                               compat_take_needed(parse, option, keys[i]));
    /* QEMU takes a node's distance from itself, which cannot be another. */
    const char *from = qemu_option_peek(option, "src"), *to = qemu_option_peek(option, "dst");
    if (from && to && !strcmp(from, to))
        return;
    compat_set(parse, option, "numa", value->str);
}

static void check_memory_size(CompatParse *parse, guint64 size)
{
    if (size && size != parse->vm->memory)
        compat_refuse(parse, NULL,
                      "the memory's object has %" G_GUINT64_FORMAT
                      " bytes, and -m names %" G_GUINT64_FORMAT,
                      size, parse->vm->memory);
}

void compat_check_objects(CompatParse *parse)
{
    unsigned nodes = 0;

    for (guint i = 0; i < parse->objects->len; i++)
        check_object(parse, g_ptr_array_index(parse->objects, i));
    if (parse->memory_backend)
        check_memory_size(parse, use_memory(parse, NULL, parse->memory_backend));
    for (guint i = 0; i < parse->numa->len; i++) {
        QemuOption *option = g_ptr_array_index(parse->numa, i);
        const char *type = compat_take_needed(parse, option, "type");

        qemu_option_label(option, type);
        if (!strcmp(type, "node"))
            add_node(parse, option, nodes++);
        else if (!strcmp(type, "dist"))
            add_distance(parse, option);
        else
            compat_refuse(parse, option, "is not there in Paprika: use node and dist");
        compat_refuse_rest(parse, option);
    }
    for (guint i = 0; i < parse->objects->len; i++)
        compat_refuse_rest(parse, g_ptr_array_index(parse->objects, i));
    for (guint i = 0; i < parse->fds->len; i++) {
        static const CompatFact facts[] = {
            {"set", NULL, ""}, {"fd", NULL, ""}, {"opaque", NULL, ""}, {0}};
        guint64 number;
        QemuOption *option = g_ptr_array_index(parse->fds, i);

        compat_take_number(parse, option, "fd", G_MAXINT, &number);
        compat_take_facts(parse, option, facts);
        compat_refuse_rest(parse, option);
    }
}
