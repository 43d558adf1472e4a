/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The device tree as Open Firmware has it (IEEE 1275, 3.2): packages that are
 * named by phandles, and whose properties a client can change. It is made from a
 * flattened tree, and made anew from another one when the machine changes; what
 * the client set and every phandle of a package that is still there remain.
 *
 * A tree belongs to one thread at a time; its owner has the lock.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include <glib.h>

enum {
    /** Characters of a property's name, and of a path, terminator included. */
    OF_NAME_MAX = 64,
    OF_PATH_MAX = 1024,
    /** What a client may set: bytes of one value, bytes and number of all. */
    OF_SET_VALUE_MAX = 64 * 1024,
    OF_SET_BYTES_MAX = 1024 * 1024,
    OF_SET_COUNT_MAX = 1024,
};

/** No package: what searches return to the client. */
#define OF_NO_PHANDLE UINT32_MAX

typedef struct {
    char *name;
    uint8_t *value;
    uint32_t length;
    /** The client set it. */
    gboolean set;
} OfProperty;

/** A package. Fields are read-only for others. */
typedef struct OfNode {
    uint32_t phandle;
    /** With its unit address; "" for the root. */
    char *name;
    struct OfNode *parent, *child, *next;
    /** OfProperty; the first one is "name". */
    GPtrArray *properties;
} OfNode;

typedef struct OfTree OfTree;

/** Make a tree from the flattened one of @size bytes at @fdt. */
OfTree *of_tree_new(const void *fdt, size_t size, GError **error);
void of_tree_free(OfTree *tree);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(OfTree, of_tree_free)

/**
 * Make it anew from @fdt. Packages are the same if their paths are: they keep
 * phandle and what the client has set. On error the tree is as it was.
 */
gboolean of_tree_replace(OfTree *tree, const void *fdt, size_t size, GError **error);

OfNode *of_tree_root(OfTree *tree);
/** The package of @phandle, or NULL. */
OfNode *of_tree_node(OfTree *tree, uint32_t phandle);

/**
 * The package that device specifier @path names (IEEE 1275, 4.3.1): from the
 * root, or from an alias of /aliases; unit addresses and names may be left out,
 * the first that matches is taken. *@args (NULL is fine) are the last
 * component's arguments behind its colon, or NULL. NULL if there is no such package.
 */
OfNode *of_tree_find(OfTree *tree, const char *path, const char **args);

/** The property @name of @node, or NULL. */
const OfProperty *of_node_property(const OfNode *node, const char *name);
/** Whether property @name of @node is the string @value, or a list that begins with it. */
gboolean of_node_property_is(const OfNode *node, const char *name, const char *value);
/** The first cell of @node's property @name, or @fallback. */
uint32_t of_node_cell(const OfNode *node, const char *name, uint32_t fallback);
/** Its first property if @name is empty, else the one behind @name; *@known is FALSE if it has no
 * @name. */
const OfProperty *of_node_next_property(const OfNode *node, const char *name, gboolean *known);

/** Write @node's path to @path, cut off and terminated; its whole length without the terminator. */
size_t of_node_path(const OfNode *node, char *path, size_t size);

/**
 * For the client: set property @name of @node to @length bytes, which are
 * copied. FALSE beyond the limits above, for a name that no property can have, or
 * without memory.
 */
gboolean of_tree_set(OfTree *tree, OfNode *node, const char *name, const void *value,
                     uint32_t length);

/** For firmware itself: the same without limits; gone after of_tree_replace(). */
void of_tree_tell(OfTree *tree, OfNode *node, const char *name, const void *value, uint32_t length);
