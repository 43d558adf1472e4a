// SPDX-License-Identifier: GPL-2.0-or-later
/* Look-ups in Open Firmware's device tree: Paprika's, and that of QEMU's VOF, the peer. */
#include "tree_of.h"

#include "of_call.h"

/* All services used here have at most four arguments and one result. */
static u32 of_call(const char *service, unsigned nargs, u32 a, u32 b, u32 c, u32 d)
{
    const u32 args[4] = {a, b, c, d};
    u32 result;

    return of_client(service, nargs, args, 1, &result) ? (u32)-1 : result;
}

static tree_node of_node(u32 handle) { return handle == (u32)-1 ? 0 : handle; }

tree_node of_find(const char *path)
{
    return of_node(of_call("finddevice", 1, (u32)(u64)path, 0, 0, 0));
}

tree_node of_child(tree_node node) { return of_node(of_call("child", 1, node, 0, 0, 0)); }
tree_node of_sibling(tree_node node) { return of_node(of_call("peer", 1, node, 0, 0, 0)); }

long of_get(tree_node node, const char *name, void *buffer, size_t size)
{
    if (!node)
        return -1;
    return (int)of_call("getprop", 4, node, (u32)(u64)name, (u32)(u64)buffer, size);
}
