/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The client's view of the device tree (IEEE 1275, 6.3.2.2). */
#include <string.h>

#include "firmware/of_private.h"
#include "src/base/log.h"

static OfNode *call_node(const OfCall *call)
{
    return of_tree_node(call->client->tree, call->args[0]);
}

/** One result: @value. */
static OfOutcome call_done(OfCall *call, uint32_t value)
{
    call->rets[0] = value;
    return OF_DONE;
}

static uint32_t node_handle(const OfNode *node) { return node ? node->phandle : 0; }

/** finddevice: in device specifier; out phandle or -1. */
static OfOutcome of_finddevice(OfCall *call)
{
    char path[OF_PATH_MAX];
    const OfNode *node = NULL;

    if (of_get_string(call, call->args[0], path, sizeof(path)))
        node = of_tree_find(call->client->tree, path, NULL);
    return call_done(call, node ? node->phandle : OF_NO_PHANDLE);
}

/** peer: in phandle, 0 for the root; out the next sibling's, or 0. */
static OfOutcome of_peer(OfCall *call)
{
    const OfNode *node = call_node(call);

    if (!call->args[0])
        return call_done(call, node_handle(of_tree_root(call->client->tree)));
    return call_done(call, node ? node_handle(node->next) : 0);
}

/** child: in phandle; out the first child's, or 0. */
static OfOutcome of_child(OfCall *call)
{
    const OfNode *node = call_node(call);

    return call_done(call, node ? node_handle(node->child) : 0);
}

/** parent: in phandle; out the parent's, 0 for the root. */
static OfOutcome of_parent(OfCall *call)
{
    const OfNode *node = call_node(call);

    return call_done(call, node ? node_handle(node->parent) : 0);
}

/** The property that args[1] names, of the package args[0]; or NULL. */
static const OfProperty *call_property(const OfCall *call)
{
    const OfNode *node = call_node(call);
    char name[OF_NAME_MAX];

    if (!node || !of_get_string(call, call->args[1], name, sizeof(name)))
        return NULL;
    return of_node_property(node, name);
}

/** getproplen: in phandle, name; out bytes, or -1. */
static OfOutcome of_getproplen(OfCall *call)
{
    const OfProperty *property = call_property(call);

    return call_done(call, property ? property->length : OF_ERROR);
}

/** getprop: in phandle, name, buffer, its size; out bytes of the whole value, or -1. */
static OfOutcome of_getprop(OfCall *call)
{
    const OfProperty *property = call_property(call);

    if (!property)
        return call_done(call, OF_ERROR);
    size_t length = MIN(property->length, call->args[3]);
    if (length && !guest_mem_write(call->client->vm->mem, call->args[2], property->value, length))
        return call_done(call, OF_ERROR);
    return call_done(call, property->length);
}

/**
 * nextprop: in phandle, name of the previous one or "" or 0, buffer of 32 bytes
 * (for IBM's longer names: of as many as those have); out 1, 0 at the end, or -1.
 */
static OfOutcome of_nextprop(OfCall *call)
{
    const OfNode *node = call_node(call);
    char previous[OF_NAME_MAX] = "";
    gboolean known;

    if (!node || (call->args[1] && !of_get_string(call, call->args[1], previous, sizeof(previous))))
        return call_done(call, OF_ERROR);

    const OfProperty *property = of_node_next_property(node, previous, &known);
    const char *name = property ? property->name : "";
    if (!known || !guest_mem_write(call->client->vm->mem, call->args[2], name, strlen(name) + 1))
        return call_done(call, OF_ERROR);
    return call_done(call, property != NULL);
}

/** setprop: in phandle, name, value, its size; out the size, or -1. */
static OfOutcome of_setprop(OfCall *call)
{
    OfNode *node = call_node(call);
    uint32_t length = call->args[3];
    char name[OF_NAME_MAX];

    if (!node || length > OF_SET_VALUE_MAX ||
        !of_get_string(call, call->args[1], name, sizeof(name)))
        return call_done(call, OF_ERROR);

    g_autofree void *value = g_try_malloc(MAX(length, 1));
    if (!value ||
        (length && !guest_mem_read(call->client->vm->mem, call->args[2], value, length)) ||
        !of_tree_set(call->client->tree, node, name, value, length)) {
        log_guest("Open Firmware's setprop of %u bytes is refused", length);
        return call_done(call, OF_ERROR);
    }
    return call_done(call, length);
}

uint32_t of_put_path(OfCall *call, const OfNode *node, const char *args, uint32_t to, uint32_t size)
{
    char path[OF_PATH_MAX];
    size_t length = of_node_path(node, path, sizeof(path));

    if (args && *args && length < sizeof(path) - 1) {
        path[length++] = ':';
        length += g_strlcpy(path + length, args, sizeof(path) - length);
    }
    length = MIN(length, sizeof(path) - 1);
    size_t put = MIN(length + 1, size);
    if (put && !guest_mem_write(call->client->vm->mem, to, path, put))
        return OF_ERROR;
    return (uint32_t)length;
}

/** canon: in device specifier, buffer, its size; out the length of the whole path, or -1. */
static OfOutcome of_canon(OfCall *call)
{
    char path[OF_PATH_MAX];
    const char *args = NULL;
    const OfNode *node = NULL;

    if (of_get_string(call, call->args[0], path, sizeof(path)))
        node = of_tree_find(call->client->tree, path, &args);
    return call_done(call,
                     node ? of_put_path(call, node, args, call->args[1], call->args[2]) : OF_ERROR);
}

/** package-to-path: in phandle, buffer, its size; out the length of the whole path, or -1. */
static OfOutcome of_package_to_path(OfCall *call)
{
    const OfNode *node = call_node(call);

    return call_done(call,
                     node ? of_put_path(call, node, NULL, call->args[1], call->args[2]) : OF_ERROR);
}

#define SECTION_TREE "IEEE 1275, 6.3.2.2"

const OfService of_tree_services[] = {
    {"peer", of_peer, 1, 1, 1, SECTION_TREE},
    {"child", of_child, 1, 1, 1, SECTION_TREE},
    {"parent", of_parent, 1, 1, 1, SECTION_TREE},
    {"getproplen", of_getproplen, 2, 2, 1, SECTION_TREE},
    {"getprop", of_getprop, 4, 4, 1, SECTION_TREE},
    {"nextprop", of_nextprop, 3, 3, 1, SECTION_TREE},
    {"setprop", of_setprop, 4, 4, 1, SECTION_TREE},
    {"canon", of_canon, 3, 3, 1, SECTION_TREE},
    {"finddevice", of_finddevice, 1, 1, 1, SECTION_TREE},
    {"package-to-path", of_package_to_path, 3, 3, 1, SECTION_TREE},
    {0},
};
