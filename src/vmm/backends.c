/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/vmm/backends.h"

#include <string.h>

#include "src/base/error.h"
#include "src/vmm/option_label.h"

struct Backends {
    /** BlockNode and NetNode; owned. */
    GPtrArray *blocks, *nets;
};

static void block_free(gpointer opaque)
{
    BlockNode *node = opaque;

    if (node->below)
        node->below->used = FALSE;
    disk_close(node->disk);
    g_free(node->file);
    g_free(node->name);
    g_free(node);
}

static void net_free(gpointer opaque)
{
    NetNode *node = opaque;

    tap_close(node->tap);
    g_free(node->name);
    g_free(node);
}

Backends *backends_new(void)
{
    Backends *backends = g_new0(Backends, 1);

    backends->blocks = g_ptr_array_new_with_free_func(block_free);
    backends->nets = g_ptr_array_new_with_free_func(net_free);
    return backends;
}

void backends_free(Backends *backends)
{
    if (!backends)
        return;
    /* Layers before what they are on, which is older. */
    while (backends->blocks->len)
        g_ptr_array_remove_index(backends->blocks, backends->blocks->len - 1);
    g_ptr_array_unref(backends->blocks);
    g_ptr_array_unref(backends->nets);
    g_free(backends);
}

static BlockNode *find_block(const Backends *backends, const char *name)
{
    for (unsigned i = 0; i < backends->blocks->len; i++) {
        BlockNode *node = g_ptr_array_index(backends->blocks, i);

        if (!strcmp(node->name, name))
            return node;
    }
    return NULL;
}

static NetNode *find_net(const Backends *backends, const char *name)
{
    for (unsigned i = 0; i < backends->nets->len; i++) {
        NetNode *node = g_ptr_array_index(backends->nets, i);

        if (!strcmp(node->name, name))
            return node;
    }
    return NULL;
}

static gboolean check_name(const char *name, gboolean taken, unsigned count, GError **error)
{
    g_autofree char *shown = option_value_label(name);

    if (!*name || strlen(name) > 64)
        return error_set(error, PAPRIKA_ERROR_USAGE, "Invalid node-name: '%s'", shown);
    if (taken)
        return error_set(error, PAPRIKA_ERROR_USAGE, "Duplicate nodes with node-name='%s'", shown);
    return count < BACKENDS_MAX ||
           error_set(error, PAPRIKA_ERROR_USAGE, "there are %d of them, and no room for more",
                     BACKENDS_MAX);
}

gboolean backends_add_disk(Backends *backends, const char *name, const char *file, Disk *disk,
                           GError **error)
{
    g_autoptr(Disk) owned = disk;

    if (!check_name(name, find_block(backends, name) != NULL, backends->blocks->len, error))
        return FALSE;
    BlockNode *node = g_new0(BlockNode, 1);
    *node = (BlockNode){.name = g_strdup(name),
                        .file = g_strdup(file),
                        .readonly = disk->readonly,
                        .disk = g_steal_pointer(&owned)};
    g_ptr_array_add(backends->blocks, node);
    return TRUE;
}

gboolean backends_add_layer(Backends *backends, const char *name, const char *below,
                            gboolean readonly, GError **error)
{
    BlockNode *lower = backends_find_block(backends, below, error);

    if (!lower ||
        !check_name(name, find_block(backends, name) != NULL, backends->blocks->len, error))
        return FALSE;
    if (lower->used)
        return error_set(error, PAPRIKA_ERROR_USAGE, "Node '%s' is in use", lower->name);
    BlockNode *node = g_new0(BlockNode, 1);
    *node = (BlockNode){.name = g_strdup(name),
                        .file = g_strdup(lower->file),
                        .readonly = readonly || lower->readonly,
                        .below = lower};
    lower->used = TRUE;
    g_ptr_array_add(backends->blocks, node);
    return TRUE;
}

gboolean backends_remove_block(Backends *backends, const char *name, GError **error)
{
    BlockNode *node = backends_find_block(backends, name, error);

    if (!node)
        return FALSE;
    if (node->used)
        return error_set(error, PAPRIKA_ERROR_USAGE, "Node %s is in use", node->name);
    g_ptr_array_remove(backends->blocks, node);
    return TRUE;
}

BlockNode *backends_find_block(const Backends *backends, const char *name, GError **error)
{
    BlockNode *node = find_block(backends, name);
    g_autofree char *shown = option_value_label(name);

    if (!node)
        error_set(error, PAPRIKA_ERROR_USAGE, "Cannot find device='' nor node-name='%s'", shown);
    return node;
}

BlockNode *backends_bottom(BlockNode *node)
{
    while (node->below)
        node = node->below;
    return node;
}

BlockNode *backends_block_at(const Backends *backends, unsigned index)
{
    return index < backends->blocks->len ? g_ptr_array_index(backends->blocks, index) : NULL;
}

gboolean backends_add_net(Backends *backends, const char *name, Tap *tap, GError **error)
{
    g_autoptr(Tap) owned = tap;

    if (!check_name(name, find_net(backends, name) != NULL, backends->nets->len, error))
        return FALSE;
    NetNode *node = g_new0(NetNode, 1);
    *node = (NetNode){.name = g_strdup(name), .tap = g_steal_pointer(&owned)};
    g_ptr_array_add(backends->nets, node);
    return TRUE;
}

gboolean backends_remove_net(Backends *backends, const char *name, GError **error)
{
    NetNode *node = backends_find_net(backends, name, error);

    if (!node)
        return FALSE;
    if (node->used)
        return error_set(error, PAPRIKA_ERROR_USAGE, "network back end '%s' is in use", node->name);
    g_ptr_array_remove(backends->nets, node);
    return TRUE;
}

NetNode *backends_find_net(const Backends *backends, const char *name, GError **error)
{
    NetNode *node = find_net(backends, name);
    g_autofree char *shown = option_value_label(name);

    if (!node)
        error_set(error, PAPRIKA_ERROR_USAGE, "there is no network back end '%s'", shown);
    return node;
}
