/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "firmware/of_tree.h"

#include <libfdt.h>
#include <string.h>

#include "src/base/endian.h"
#include "src/base/error.h"

/** Where handles begin that the flattened tree leaves to us. */
enum { OF_FIRST_PHANDLE = 0x1000 };

struct OfTree {
    OfNode *root;
    /** phandle to OfNode. */
    GHashTable *by_phandle;
    uint32_t next_phandle;
    /** Of the properties that the client set. */
    unsigned set_count;
    size_t set_bytes;
};

static void property_free(gpointer data)
{
    OfProperty *property = data;

    g_free(property->name);
    g_free(property->value);
    g_free(property);
}

/** A tree is no deeper than the one that was built, which is ours. */
static void node_free(OfNode *node)
{
    while (node) {
        OfNode *next = node->next;

        node_free(node->child);
        g_ptr_array_unref(node->properties);
        g_free(node->name);
        g_free(node);
        node = next;
    }
}

static OfProperty *node_find_property(const OfNode *node, const char *name)
{
    for (unsigned i = 0; i < node->properties->len; i++) {
        OfProperty *property = g_ptr_array_index(node->properties, i);

        if (!strcmp(property->name, name))
            return property;
    }
    return NULL;
}

/** @value becomes the property's; NULL if @length is 0. */
static OfProperty *node_take_property(OfNode *node, const char *name, uint8_t *value,
                                      uint32_t length)
{
    OfProperty *property = node_find_property(node, name);

    if (!property) {
        property = g_new0(OfProperty, 1);
        property->name = g_strdup(name);
        g_ptr_array_add(node->properties, property);
    }
    g_free(property->value);
    property->value = value;
    property->length = length;
    return property;
}

static OfProperty *node_put_property(OfNode *node, const char *name, const void *value,
                                     uint32_t length)
{
    return node_take_property(node, name, length ? g_memdup2(value, length) : NULL, length);
}

static OfNode *node_new(OfNode *parent, const char *name)
{
    OfNode *node = g_new0(OfNode, 1);
    g_autofree char *base = g_strndup(name, strcspn(name, "@"));

    node->parent = parent;
    node->name = g_strdup(name);
    node->properties = g_ptr_array_new_with_free_func(property_free);
    node_put_property(node, "name", base, (uint32_t)strlen(base) + 1);
    return node;
}

/** The package and all below it; libfdt has checked the blob. */
static OfNode *node_from_fdt(const void *fdt, int offset, OfNode *parent)
{
    OfNode *node = node_new(parent, fdt_get_name(fdt, offset, NULL)), **link = &node->child;
    int at;

    fdt_for_each_property_offset(at, fdt, offset)
    {
        const char *name;
        int length = 0;
        const void *value = fdt_getprop_by_offset(fdt, at, &name, &length);

        if (value && length >= 0)
            node_put_property(node, name, value, (uint32_t)length);
    }
    node->phandle = of_node_cell(node, "phandle", 0);
    fdt_for_each_subnode(at, fdt, offset)
    {
        *link = node_from_fdt(fdt, at, node);
        link = &(*link)->next;
    }
    return node;
}

/** Handles that the flattened tree states, or that packages had in @old. */
static void tree_keep_phandles(OfTree *tree, OfNode *node, OfTree *old)
{
    char path[OF_PATH_MAX];

    for (; node; node = node->next) {
        if (!node->phandle && old && of_node_path(node, path, sizeof(path)) < sizeof(path)) {
            const OfNode *before = of_tree_find(old, path, NULL);

            node->phandle = before ? before->phandle : 0;
        }
        if (node->phandle && !g_hash_table_contains(tree->by_phandle, &node->phandle))
            g_hash_table_insert(tree->by_phandle, &node->phandle, node);
        else
            node->phandle = 0;
        tree_keep_phandles(tree, node->child, old);
    }
}

static void tree_give_phandles(OfTree *tree, OfNode *node)
{
    for (; node; node = node->next) {
        if (!node->phandle) {
            do
                node->phandle = tree->next_phandle++;
            while (g_hash_table_contains(tree->by_phandle, &node->phandle));
            g_hash_table_insert(tree->by_phandle, &node->phandle, node);
        }
        tree_give_phandles(tree, node->child);
    }
}

/** What the client had set in @node's counterpart in @old, and in all below. */
static void tree_keep_set(OfTree *tree, OfNode *node, OfTree *old)
{
    for (; node; node = node->next) {
        const OfNode *before = of_tree_node(old, node->phandle);

        for (unsigned i = 0; before && i < before->properties->len; i++) {
            const OfProperty *property = g_ptr_array_index(before->properties, i);

            if (property->set)
                of_tree_set(tree, node, property->name, property->value, property->length);
        }
        tree_keep_set(tree, node->child, old);
    }
}

static OfTree *tree_make(const void *fdt, size_t size, OfTree *old, GError **error)
{
    int bad = size < sizeof(struct fdt_header) ? -FDT_ERR_TRUNCATED : fdt_check_full(fdt, size);

    if (bad) {
        error_set(error, PAPRIKA_ERROR_HOST, "a device tree that is none: %s", fdt_strerror(bad));
        return NULL;
    }

    OfTree *tree = g_new0(OfTree, 1);
    tree->by_phandle = g_hash_table_new(g_int_hash, g_int_equal);
    tree->next_phandle = old ? old->next_phandle : OF_FIRST_PHANDLE;
    tree->root = node_from_fdt(fdt, 0, NULL);
    tree_keep_phandles(tree, tree->root, old);
    tree_give_phandles(tree, tree->root);
    if (old)
        tree_keep_set(tree, tree->root, old);
    return tree;
}

OfTree *of_tree_new(const void *fdt, size_t size, GError **error)
{
    return tree_make(fdt, size, NULL, error);
}

static void tree_clear(OfTree *tree)
{
    g_hash_table_unref(tree->by_phandle);
    node_free(tree->root);
}

void of_tree_free(OfTree *tree)
{
    if (!tree)
        return;
    tree_clear(tree);
    g_free(tree);
}

gboolean of_tree_replace(OfTree *tree, const void *fdt, size_t size, GError **error)
{
    OfTree *made = tree_make(fdt, size, tree, error);

    if (!made)
        return FALSE;
    tree_clear(tree);
    *tree = *made;
    g_free(made);
    return TRUE;
}

OfNode *of_tree_root(OfTree *tree) { return tree->root; }

OfNode *of_tree_node(OfTree *tree, uint32_t phandle)
{
    return g_hash_table_lookup(tree->by_phandle, &phandle);
}

const OfProperty *of_node_property(const OfNode *node, const char *name)
{
    return node_find_property(node, name);
}

gboolean of_node_property_is(const OfNode *node, const char *name, const char *value)
{
    const OfProperty *property = node_find_property(node, name);
    size_t length = strlen(value) + 1;

    return property && property->length >= length && !memcmp(property->value, value, length);
}

uint32_t of_node_cell(const OfNode *node, const char *name, uint32_t fallback)
{
    const OfProperty *property = node_find_property(node, name);
    be32 cell;

    if (!property || property->length < sizeof(cell))
        return fallback;
    memcpy(&cell, property->value, sizeof(cell));
    return be32_get(cell);
}

const OfProperty *of_node_next_property(const OfNode *node, const char *name, gboolean *known)
{
    unsigned next = 0;

    *known = TRUE;
    if (*name) {
        const OfProperty *property = node_find_property(node, name);

        *known = property && g_ptr_array_find(node->properties, property, &next);
        if (!*known)
            return NULL;
        next++;
    }
    return next < node->properties->len ? g_ptr_array_index(node->properties, next) : NULL;
}

size_t of_node_path(const OfNode *node, char *path, size_t size)
{
    size_t length = 0, at;

    for (const OfNode *n = node; n->parent; n = n->parent)
        length += 1 + strlen(n->name);
    if (!node->parent)
        return g_strlcpy(path, "/", size);

    /* From its end to its beginning; what lies beyond the buffer is left out. */
    at = length;
    for (const OfNode *n = node; n->parent; n = n->parent) {
        size_t part = strlen(n->name);

        at -= part + 1;
        for (size_t i = 0; i <= part && at + i < size; i++)
            path[at + i] = i ? n->name[i - 1] : '/';
    }
    if (size)
        path[MIN(length, size - 1)] = '\0';
    return length;
}

/** IEEE 1275, 3.2.2.1.1: printable, no slash, no bracket, no colon, no at sign; comma is fine. */
static gboolean property_name_is_good(const char *name)
{
    size_t length = strlen(name);

    if (!length || length >= OF_NAME_MAX)
        return FALSE;
    for (; *name; name++) {
        if (*name <= ' ' || *name > '~' || strchr("/\\:[]@", *name))
            return FALSE;
    }
    return TRUE;
}

gboolean of_tree_set(OfTree *tree, OfNode *node, const char *name, const void *value,
                     uint32_t length)
{
    const OfProperty *now = node_find_property(node, name);
    gboolean counted = now && now->set;
    size_t bytes = tree->set_bytes - (counted ? now->length : 0);

    /* A package's name is what its path is made of. */
    if (!property_name_is_good(name) || !strcmp(name, "name") || !strcmp(name, "phandle") ||
        length > OF_SET_VALUE_MAX || length > OF_SET_BYTES_MAX - bytes ||
        (!counted && tree->set_count >= OF_SET_COUNT_MAX))
        return FALSE;

    uint8_t *copy = length ? g_try_malloc(length) : NULL;
    if (length && !copy)
        return FALSE;
    if (length)
        memcpy(copy, value, length);
    node_take_property(node, name, copy, length)->set = TRUE;
    tree->set_bytes = bytes + length;
    tree->set_count += !counted;
    return TRUE;
}

void of_tree_tell(OfTree *tree, OfNode *node, const char *name, const void *value, uint32_t length)
{
    OfProperty *property = node_find_property(node, name);

    if (property && property->set) {
        tree->set_bytes -= property->length;
        tree->set_count--;
        property->set = FALSE;
    }
    node_put_property(node, name, value, length);
}
