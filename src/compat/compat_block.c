/* SPDX-License-Identifier: GPL-2.0-or-later */
/* -blockdev: a node of a file, and one of its format, which can only be raw. */
#include <string.h>

#include "src/compat/compat_parse.h"

const CompatFact compat_node_facts[] = {
    /* Where a guest discards, the host does; one that shall not must not be told to. */
    {"discard", "unmap|ignore|on|off", "unknown"},
    {"detect-zeroes", "off", "zeros are not looked for: leave out detect_zeroes"},
    /* What is flushed is written: more than "unsafe" asks for. */
    {"cache.no-flush", "on|off", ""},
    {"aio", "native|threads|io_uring", "it is done by io_uring"},
    {"locking", "auto|on|off", ""},
    {"force-share", "off", "a file that is written has one user"},
    {0},
};

CompatNode *compat_find_node(const CompatConfig *config, const char *name)
{
    for (guint i = 0; i < config->nodes->len; i++) {
        CompatNode *node = g_ptr_array_index(config->nodes, i);

        if (!strcmp(node->name, name))
            return node;
    }
    return NULL;
}

/** The static name of what a node's driver can be, or NULL. */
static const char *known_driver(const char *name)
{
    static const char *const known[] = {"raw", "file", "host_device"};

    for (unsigned i = 0; i < G_N_ELEMENTS(known); i++) {
        if (!strcmp(known[i], name))
            return known[i];
    }
    return NULL;
}

static void refuse_driver(CompatParse *parse, QemuOption *option, const char *driver)
{
    compat_refuse(parse, option,
                  "the driver '%s' is not there in Paprika: a disk is a raw image or a block "
                  "device (qemu-img convert -O raw), with <driver type='raw'/>",
                  driver);
    while (qemu_option_left_over(option))
        continue;
}

/** "auto-read-only" lets a node become so, which one that is written above does not. */
static gboolean take_read_only(CompatParse *parse, QemuOption *option)
{
    compat_take_switch(parse, option, "auto-read-only", FALSE);
    return compat_take_switch(parse, option, "read-only", FALSE);
}

static void add_node(CompatParse *parse, QemuOption *option, const char *driver)
{
    g_autofree char *path = NULL;
    const char *below = NULL;

    if (strcmp(driver, "raw"))
        path = compat_take_path(parse, option, "filename");
    else
        below = compat_take_needed(parse, option, "file");

    gboolean read_only = take_read_only(parse, option);
    gboolean direct = compat_take_switch(parse, option, "cache.direct", FALSE);
    const char *name = compat_take_needed(parse, option, "node-name");
    compat_take_facts(parse, option, compat_node_facts);
    compat_refuse_rest(parse, option);

    CompatNode *under = below ? compat_find_node(parse->compat, below) : NULL;
    if (compat_find_node(parse->compat, name)) {
        compat_refuse(parse, option, "there is a node '%s' already", name);
        return;
    }
    if (below && *below && (!under || under->used || !under->path)) {
        compat_refuse(parse, option, "file=%s is no node of a file, or is in use", below);
        return;
    }
    if (under)
        under->used = TRUE;
    CompatNode *node = g_new0(CompatNode, 1);
    node->name = g_strdup(name);
    node->driver = driver;
    node->path = g_steal_pointer(&path);
    node->below = g_strdup(below);
    node->read_only = read_only;
    node->direct = direct || (under && under->direct);
    g_ptr_array_add(parse->compat->nodes, node);
}

void compat_check_nodes(CompatParse *parse)
{
    for (guint i = 0; i < parse->blockdevs->len; i++) {
        QemuOption *option = g_ptr_array_index(parse->blockdevs, i);
        const char *name = qemu_option_peek(option, "node-name");
        const char *driver = compat_take_needed(parse, option, "driver");

        if (name)
            qemu_option_label(option, name);
        if (known_driver(driver))
            add_node(parse, option, known_driver(driver));
        else if (*driver)
            refuse_driver(parse, option, driver);
    }
}

gboolean compat_use_node(CompatParse *parse, const QemuOption *option, const char *name,
                         const char *rest)
{
    CompatNode *node = compat_find_node(parse->compat, name);

    if (!node) {
        /* One that was refused has been told of. */
        if (!compat_find(parse->blockdevs, "node-name", name))
            compat_refuse(parse, option, "drive=%s: there is no such -blockdev", name);
        return FALSE;
    }
    if (node->used) {
        compat_refuse(parse, option, "drive=%s is in use", name);
        return FALSE;
    }
    node->used = TRUE;

    const CompatNode *file = node->below ? compat_find_node(parse->compat, node->below) : node;
    if (!file || !file->path)
        return FALSE;
    /* A comma in a path is written twice. */
    g_auto(GStrv) parts = g_strsplit(file->path, ",", -1);
    g_autofree char *path = g_strjoinv(",,", parts);
    g_autofree char *value =
        g_strconcat(path, node->read_only || file->read_only ? ",readonly" : "",
                    node->direct ? ",direct" : "", rest, NULL);
    if (!compat_set(parse, option, "disk", value))
        return FALSE;
    DiskConfig *disk = &parse->vm->disks[parse->vm->n_disks - 1];
    disk->node = g_strdup(file->name);
    disk->layer = file == node ? NULL : g_strdup(node->name);
    return TRUE;
}
