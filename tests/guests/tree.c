// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The flattened device tree, walked in place (Devicetree Specification, chapter
 * 5), or through tree_of.c where an Open Firmware client interface is what
 * there is. A node is the offset of its name in the structure block.
 */
#include "guest.h"
#include "tree_of.h"

enum { FDT_MAGIC = 0xd00dfeed, FDT_BEGIN = 1, FDT_END = 2, FDT_PROP = 3, FDT_NOP = 4 };

struct fdt_header {
    u32 magic, total_size, off_struct, off_strings, off_reserve, version, last_compatible, boot_cpu;
    u32 size_strings, size_struct;
};

static const u8 *blob;
static const u8 *structure, *strings;
static u32 structure_size;
static bool use_of;
static u64 place;

/* A copy, so that a program may do what it likes to the memory where the tree was. */
static u8 copy[65536] __attribute__((aligned(8)));

bool fdt_open(const void *tree)
{
    const struct fdt_header *header = tree;

    if (!tree || ((u64)tree & 3) || header->magic != FDT_MAGIC)
        return false;
    place = (u64)tree;
    blob = tree;
    if (header->total_size <= sizeof(copy))
        blob = memcpy(copy, tree, header->total_size);
    structure = blob + header->off_struct;
    structure_size = header->size_struct;
    strings = blob + header->off_strings;
    return true;
}

void of_open(void) { use_of = true; }

void tree_place(u64 *address, u64 *size)
{
    *address = place;
    *size = blob ? ((const struct fdt_header *)blob)->total_size : 0;
}

static u32 cell_at(u32 offset)
{
    u32 value;

    memcpy(&value, structure + offset, 4);
    return value;
}

static u32 align4(u32 offset) { return (offset + 3) & ~3u; }

/* The offset after the token at @offset and its data; 0 at the end. */
static u32 skip(u32 offset)
{
    if (offset + 4 > structure_size)
        return 0;
    switch (cell_at(offset)) {
    case FDT_BEGIN:
        return align4(offset + 4 + strlen((const char *)structure + offset + 4) + 1);
    case FDT_PROP:
        return align4(offset + 12 + cell_at(offset + 4));
    case FDT_END:
    case FDT_NOP:
        return offset + 4;
    }
    return 0;
}

/* The first token after a node's own properties; 0 at the end. */
static u32 after_properties(tree_node node)
{
    u32 offset = skip(node - 4);

    while (offset && (cell_at(offset) == FDT_PROP || cell_at(offset) == FDT_NOP))
        offset = skip(offset);
    return offset;
}

tree_node tree_child(tree_node node)
{
    u32 offset;

    if (use_of)
        return of_child(node);
    offset = node ? after_properties(node) : 0;
    return offset && cell_at(offset) == FDT_BEGIN ? offset + 4 : 0;
}

tree_node tree_sibling(tree_node node)
{
    int depth = 0;

    if (use_of)
        return of_sibling(node);
    for (u32 offset = node - 4; offset; offset = skip(offset)) {
        u32 token = offset + 4 <= structure_size ? cell_at(offset) : 0;

        if (token == FDT_BEGIN && depth == 0 && offset != node - 4)
            return offset + 4;
        if (token == FDT_BEGIN)
            depth++;
        if (token == FDT_END && --depth < 0)
            return 0;
        if (!token)
            return 0;
    }
    return 0;
}

/* Whether the node is named by @path up to its next slash; the unit address may be left out. */
static bool name_matches(tree_node node, const char *path)
{
    const char *name = (const char *)structure + node;

    while (*path && *path != '/' && *name == *path)
        name++, path++;
    return (!*path || *path == '/') && (!*name || *name == '@');
}

tree_node tree_find(const char *path)
{
    tree_node node = 4;

    if (use_of)
        return of_find(path);
    if (!blob)
        return 0;
    while (*path) {
        while (*path == '/')
            path++;
        if (!*path)
            break;
        for (node = tree_child(node); node && !name_matches(node, path);)
            node = tree_sibling(node);
        if (!node)
            return 0;
        while (*path && *path != '/')
            path++;
    }
    return node;
}

long tree_get(tree_node node, const char *name, void *buffer, size_t size)
{
    if (use_of)
        return of_get(node, name, buffer, size);
    if (!node)
        return -1;
    for (u32 offset = skip(node - 4); offset; offset = skip(offset)) {
        u32 length;

        if (cell_at(offset) == FDT_NOP)
            continue;
        if (cell_at(offset) != FDT_PROP)
            return -1;
        length = cell_at(offset + 4);
        if (!strcmp((const char *)strings + cell_at(offset + 8), name)) {
            memcpy(buffer, structure + offset + 12, length < size ? length : size);
            return length;
        }
    }
    return -1;
}

u32 tree_cell(tree_node node, const char *name, u32 fallback)
{
    u32 value;

    return tree_get(node, name, &value, 4) < 4 ? fallback : value;
}
