/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What can be opened, and what its methods do. */
#include <string.h>

#include "firmware/of_private.h"
#include "firmware/rtas_stub.h"
#include "hw/spapr/fwnmi.h"
#include "hw/spapr/nvram.h"
#include "hw/spapr/platform.h"
#include "hw/spapr/vty.h"

static gboolean is_root(const OfNode *node) { return !node->parent; }

static gboolean is_bus(const OfNode *node)
{
    return node->parent && is_root(node->parent) && !strcmp(node->name, "vdevice");
}

static gboolean is_rtas(const OfNode *node)
{
    return node->parent && is_root(node->parent) && !strcmp(node->name, "rtas");
}

static gboolean is_terminal(const OfNode *node)
{
    return node->parent && is_bus(node->parent) &&
           of_node_property_is(node, "compatible", "hvterm1");
}

static gboolean is_nvram(const OfNode *node)
{
    return node->parent && is_bus(node->parent) &&
           of_node_property_is(node, "device_type", "nvram");
}

static gboolean is_memory(const OfNode *node)
{
    return node->parent && is_root(node->parent) &&
           of_node_property_is(node, "device_type", "memory");
}

static gboolean is_plain(const OfNode *node)
{
    return of_node_property_is(node, "device_type", "cpu") || is_bus(node);
}

OfOutcome of_read(OfCall *call, OfInstance *instance, GuestAddr to, uint32_t length,
                  uint32_t *actual)
{
    const Platform *platform = call->client->vm->platform;
    const OfNode *node = of_tree_node(call->client->tree, instance->phandle);
    struct GuestMem *mem = call->client->vm->mem;
    uint8_t bytes[OF_MAX_TRANSFER];
    uint32_t want = MIN(length, sizeof(bytes)), got = 0;

    *actual = OF_ERROR;
    /* Input that has no place to go stays where it is. */
    if (!guest_mem_ptr(mem, to, want))
        return OF_DONE;
    if (is_terminal(node)) {
        unsigned part;

        do {
            part = vty_get(platform->vty, bytes + got, MIN(want - got, VTY_MAX_CHARS));
            got += part;
        } while (part && got < want);
        *actual = got || !want ? got : (uint32_t)-2;
    } else if (is_nvram(node)) {
        got = (uint32_t)MIN(want, NVRAM_SIZE - MIN(instance->position, NVRAM_SIZE));
        nvram_fetch(platform->nvram, (uint32_t)instance->position, bytes, got);
        instance->position += got;
        *actual = got;
    }
    if (got)
        guest_mem_write(mem, to, bytes, got);
    return OF_DONE;
}

OfOutcome of_write(OfCall *call, OfInstance *instance, GuestAddr from, uint32_t length,
                   uint32_t *actual)
{
    const Platform *platform = call->client->vm->platform;
    const OfNode *node = of_tree_node(call->client->tree, instance->phandle);
    uint8_t bytes[OF_MAX_TRANSFER];
    uint32_t put = MIN(length, sizeof(bytes));

    *actual = OF_ERROR;
    if (put && !guest_mem_read(call->client->vm->mem, from, bytes, put))
        return OF_DONE;
    if (is_terminal(node)) {
        if (!vty_put(platform->vty, bytes, put))
            return OF_AGAIN;
        *actual = put;
    } else if (is_nvram(node)) {
        put = (uint32_t)MIN(put, NVRAM_SIZE - MIN(instance->position, NVRAM_SIZE));
        nvram_store(platform->nvram, (uint32_t)instance->position, bytes, put);
        instance->position += put;
        *actual = put;
    }
    return OF_DONE;
}

uint32_t of_seek(OfCall *call, OfInstance *instance, uint64_t position)
{
    const OfNode *node = of_tree_node(call->client->tree, instance->phandle);

    if (!is_nvram(node) || position > NVRAM_SIZE)
        return OF_ERROR;
    instance->position = position;
    return 0;
}

/** ( addr len -- actual ) */
static OfOutcome method_read(OfCall *call, OfInstance *instance, const uint32_t *args,
                             unsigned nargs, uint32_t *rets)
{
    return of_read(call, instance, args[1], args[0], &rets[0]);
}

/** ( addr len -- actual ) */
static OfOutcome method_write(OfCall *call, OfInstance *instance, const uint32_t *args,
                              unsigned nargs, uint32_t *rets)
{
    return of_write(call, instance, args[1], args[0], &rets[0]);
}

/** ( pos.lo pos.hi -- status ) */
static OfOutcome method_seek(OfCall *call, OfInstance *instance, const uint32_t *args,
                             unsigned nargs, uint32_t *rets)
{
    rets[0] = of_seek(call, instance, (uint64_t)args[0] << 32 | args[1]);
    return OF_DONE;
}

/** ( -- size ) */
static OfOutcome method_size(OfCall *call, OfInstance *instance, const uint32_t *args,
                             unsigned nargs, uint32_t *rets)
{
    rets[0] = NVRAM_SIZE;
    return OF_DONE;
}

/** ( [ addr ] size align -- base ), the address only if align is 0 */
static OfOutcome method_claim(OfCall *call, OfInstance *instance, const uint32_t *args,
                              unsigned nargs, uint32_t *rets)
{
    if (args[0] == 0 && nargs < 3)
        return OF_BAD_CALL;
    rets[0] = of_claim(call->client, nargs > 2 ? args[2] : 0, args[1], args[0]);
    return rets[0] == OF_ERROR ? OF_BAD_CALL : OF_DONE;
}

/** ( addr size -- ) */
static OfOutcome method_release(OfCall *call, OfInstance *instance, const uint32_t *args,
                                unsigned nargs, uint32_t *rets)
{
    of_release(call->client, args[1], args[0]);
    return OF_DONE;
}

/**
 * ( base -- entry ): RTAS to RTAS_STUB_SIZE bytes at @base, which the client has
 * claimed (LoPAR B.6.3.1). It may be done again elsewhere: the last one counts.
 */
static OfOutcome method_instantiate_rtas(OfCall *call, OfInstance *instance, const uint32_t *args,
                                         unsigned nargs, uint32_t *rets)
{
    Vm *vm = call->client->vm;
    GuestAddr base = args[0];

    if (base % sizeof(be32) || !guest_mem_ptr(vm->mem, base, RTAS_STUB_SIZE) ||
        !rtas_stub_write(vm->mem, base, NULL))
        return OF_BAD_CALL;
    fwnmi_set_area(vm->platform, base);
    rets[0] = (uint32_t)base;
    return OF_DONE;
}

static const OfMethod root_methods[] = {
    {"ibm,client-architecture-support", of_method_cas, 1, 1,
     "( vectors -- err? ) agree on processors, translation, interrupts"},
    {0},
};

static const OfMethod rtas_methods[] = {
    {"instantiate-rtas", method_instantiate_rtas, 1, 1,
     "( base -- entry ) RTAS into `rtas-size` bytes that the client claimed"},
    {0},
};

static const OfMethod terminal_methods[] = {
    {"read", method_read, 2, 1, "( addr len -- actual ) -2 if nothing was typed"},
    {"write", method_write, 2, 1, "( addr len -- actual )"},
    {0},
};

static const OfMethod nvram_methods[] = {
    {"read", method_read, 2, 1, "( addr len -- actual )"},
    {"write", method_write, 2, 1, "( addr len -- actual )"},
    {"seek", method_seek, 2, 1, "( pos.lo pos.hi -- status )"},
    {"size", method_size, 0, 1, "( -- size )"},
    {0},
};

static const OfMethod memory_methods[] = {
    {"claim", method_claim, 2, 1, "( [ addr ] size align -- base ) the address if align is 0"},
    {"release", method_release, 2, 0, "( addr size -- )"},
    {0},
};

static const OfPackage packages[] = {
    {"/", is_root, root_methods},
    {"/rtas", is_rtas, rtas_methods},
    {"/vdevice/vty", is_terminal, terminal_methods},
    {"/vdevice/nvram", is_nvram, nvram_methods},
    {"/memory", is_memory, memory_methods},
    {"/cpus/*, /vdevice", is_plain, NULL},
};

const OfPackage *of_package(unsigned index)
{
    return index < G_N_ELEMENTS(packages) ? &packages[index] : NULL;
}

const OfPackage *of_package_of(const OfNode *node)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(packages); i++) {
        if (packages[i].matches(node))
            return &packages[i];
    }
    return NULL;
}

const OfMethod *of_method_find(const OfNode *node, const char *name)
{
    const OfPackage *package = of_package_of(node);

    for (const OfMethod *method = package ? package->methods : NULL; method && method->name;
         method++) {
        if (!strcmp(method->name, name))
            return method;
    }
    return NULL;
}
