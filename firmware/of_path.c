/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Device specifiers: a path through the tree, or an alias and the rest of one. */
#include <string.h>

#include "firmware/of_tree.h"

/** A component of a path: "name@unit", either part of which may be missing. */
typedef struct {
    const char *name, *unit;
    size_t name_length, unit_length;
} Component;

/** Read the component at @path, and its arguments; what follows it is returned. */
static const char *component_read(const char *path, Component *component, const char **args)
{
    size_t length = strcspn(path, "/:"), name = strcspn(path, "/:@");

    *component = (Component){.name = path, .name_length = name};
    if (name < length) {
        component->unit = path + name + 1;
        component->unit_length = length - name - 1;
    }
    path += length;
    *args = NULL;
    if (*path == ':') {
        *args = path + 1;
        path += strcspn(path, "/");
    }
    return path;
}

static gboolean component_matches(const Component *component, const OfNode *node)
{
    size_t name = strcspn(node->name, "@");
    const char *unit = node->name[name] ? node->name + name + 1 : NULL;

    if (component->name_length && (component->name_length != name ||
                                   memcmp(component->name, node->name, component->name_length)))
        return FALSE;
    if (!component->unit)
        return component->name_length != 0;
    return unit && strlen(unit) == component->unit_length &&
           !memcmp(unit, component->unit, component->unit_length);
}

static OfNode *path_walk(OfNode *node, const char *path, const char **args)
{
    *args = NULL;
    while (node) {
        Component component;

        path += strspn(path, "/");
        if (!*path)
            return node;
        path = component_read(path, &component, args);
        for (node = node->child; node && !component_matches(&component, node);)
            node = node->next;
    }
    return NULL;
}

/** The package that the alias at the beginning of @path stands for; *@rest is what follows. */
static OfNode *path_find_alias(OfTree *tree, const char *path, const char **rest)
{
    g_autofree char *alias = g_strndup(path, strcspn(path, "/:"));
    const char *args;
    const OfNode *aliases = path_walk(of_tree_root(tree), "aliases", &args);
    const OfProperty *property = aliases ? of_node_property(aliases, alias) : NULL;

    *rest = path + strlen(alias);
    if (!property || !strcmp(alias, "name") || !property->length || property->value[0] != '/' ||
        property->value[property->length - 1])
        return NULL;
    return path_walk(of_tree_root(tree), (const char *)property->value, &args);
}

OfNode *of_tree_find(OfTree *tree, const char *path, const char **args)
{
    const char *rest = path, *own, *none;
    OfNode *node = of_tree_root(tree);

    if (!args)
        args = &none;
    *args = NULL;
    if (*path != '/') {
        node = path_find_alias(tree, path, &rest);
        if (!node)
            return NULL;
    }
    own = *rest == ':' ? rest + 1 : NULL;
    if (own)
        rest += strcspn(rest, "/");
    node = path_walk(node, rest, args);
    if (node && !*args && !rest[strspn(rest, "/")])
        *args = own;
    return node;
}
