// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The Open Firmware client interface, asked straight through the private
 * hypercall that QEMU's VOF firmware makes for it. With it the same guests run
 * on QEMU, as the peer to compare with. Cells are 32 bits (IEEE 1275).
 */
#include "tree_of.h"

enum { H_VOF_CLIENT = 0xf005, MAX_CELLS = 8 };

static u32 request[3 + MAX_CELLS] __attribute__((aligned(64)));

/* All services used here have at most four arguments and one result. */
static u32 of_call(const char *service, unsigned nargs, u32 a, u32 b, u32 c, u32 d)
{
    u32 args[4] = {a, b, c, d};

    request[0] = (u32)(u64)service;
    request[1] = nargs;
    request[2] = 1;
    memcpy(&request[3], args, 4 * nargs);
    request[3 + nargs] = 0;
    if (hcall(H_VOF_CLIENT, (u64)request, 0, 0, 0) != H_SUCCESS)
        return (u32)-1;
    return request[3 + nargs];
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
