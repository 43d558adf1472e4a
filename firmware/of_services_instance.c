/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Open packages: their instances and methods (IEEE 1275, 6.3.2.2 and 6.3.2.3). */
#include <string.h>

#include "firmware/of_private.h"

enum {
    /** Bytes of a Forth text, terminator included. */
    OF_FORTH_MAX = 1024,
    /** What a method that throws gives: ANS Forth's "undefined word". */
    OF_THROW_UNDEFINED = (uint32_t)-13,
};

static OfInstance *call_instance(const OfCall *call, unsigned arg)
{
    OfInstances *instances = &call->client->instances;
    OfInstance *instance = of_instances_find(instances, call->args[arg]);

    /* Its package may have gone with a change of the machine. */
    return instance && of_tree_node(call->client->tree, instance->phandle) ? instance : NULL;
}

static const OfNode *instance_node(const OfCall *call, const OfInstance *instance)
{
    return of_tree_node(call->client->tree, instance->phandle);
}

OfInstance *of_open(OfClient *client, const char *path)
{
    const char *args;
    const OfNode *node = of_tree_find(client->tree, path, &args);

    if (!node || !of_package_of(node))
        return NULL;
    return of_instances_open(&client->instances, node->phandle, args);
}

/** open: in device specifier; out ihandle, or 0. */
static OfOutcome of_service_open(OfCall *call)
{
    char path[OF_PATH_MAX];
    const OfInstance *instance = NULL;

    if (of_get_string(call, call->args[0], path, sizeof(path)))
        instance = of_open(call->client, path);
    call->rets[0] = instance ? instance->ihandle : 0;
    return OF_DONE;
}

/** close: in ihandle. */
static OfOutcome of_service_close(OfCall *call)
{
    OfInstance *instance = of_instances_find(&call->client->instances, call->args[0]);

    if (instance)
        of_instances_close(instance);
    return OF_DONE;
}

/** read: in ihandle, address, length; out bytes, -2 if there are none yet, -1. */
static OfOutcome of_service_read(OfCall *call)
{
    OfInstance *instance = call_instance(call, 0);

    call->rets[0] = OF_ERROR;
    return instance ? of_read(call, instance, call->args[1], call->args[2], &call->rets[0])
                    : OF_DONE;
}

/** write: in ihandle, address, length; out bytes, which may be fewer, or -1. */
static OfOutcome of_service_write(OfCall *call)
{
    OfInstance *instance = call_instance(call, 0);

    call->rets[0] = OF_ERROR;
    return instance ? of_write(call, instance, call->args[1], call->args[2], &call->rets[0])
                    : OF_DONE;
}

/** seek: in ihandle, upper and lower half of the position; out 0, or -1. */
static OfOutcome of_service_seek(OfCall *call)
{
    OfInstance *instance = call_instance(call, 0);
    uint64_t position = (uint64_t)call->args[1] << 32 | call->args[2];

    call->rets[0] = instance ? of_seek(call, instance, position) : OF_ERROR;
    return OF_DONE;
}

/** instance-to-package: in ihandle; out phandle, or -1. */
static OfOutcome of_instance_to_package(OfCall *call)
{
    const OfInstance *instance = call_instance(call, 0);

    call->rets[0] = instance ? instance->phandle : OF_NO_PHANDLE;
    return OF_DONE;
}

/** instance-to-path: in ihandle, buffer, its size; out the length of the whole path, or -1. */
static OfOutcome of_instance_to_path(OfCall *call)
{
    const OfInstance *instance = call_instance(call, 0);

    call->rets[0] = instance ? of_put_path(call, instance_node(call, instance), instance->args,
                                           call->args[1], call->args[2])
                             : OF_ERROR;
    return OF_DONE;
}

/**
 * call-method: in name, ihandle, the method's arguments, top of the stack first;
 * out 0 or what it threw, then its results.
 */
static OfOutcome of_call_method(OfCall *call)
{
    char name[OF_NAME_MAX];
    OfInstance *instance = call_instance(call, 1);
    const OfMethod *method = NULL;

    if (instance && of_get_string(call, call->args[0], name, sizeof(name)))
        method = of_method_find(instance_node(call, instance), name);
    call->rets[0] = OF_THROW_UNDEFINED;
    if (!method || call->nargs - 2 < method->nargs)
        return OF_DONE;

    uint32_t rets[OF_MAX_CELLS] = {0};
    OfOutcome outcome = method->fn(call, instance, call->args + 2, call->nargs - 2, rets);
    if (outcome == OF_AGAIN)
        return OF_AGAIN;
    call->rets[0] = outcome == OF_DONE ? 0 : OF_ERROR;
    for (unsigned i = 0; outcome == OF_DONE && i < method->nret; i++)
        call->rets[1 + i] = rets[i];
    return OF_DONE;
}

/** interpret: in Forth text, cells for its stack, the top first; out 0 or what it threw, then the
 * stack. */
static OfOutcome of_service_interpret(OfCall *call)
{
    uint32_t stack[OF_MAX_CELLS];
    char text[OF_FORTH_MAX];
    unsigned depth = 0;

    call->rets[0] = OF_ERROR;
    if (!of_get_string(call, call->args[0], text, sizeof(text)))
        return OF_DONE;
    while (depth < call->nargs - 1) {
        stack[depth] = call->args[call->nargs - 1 - depth];
        depth++;
    }
    call->rets[0] = of_interpret(call, text, stack, &depth, OF_MAX_CELLS - 1);
    for (unsigned i = 1; !call->rets[0] && depth; i++)
        call->rets[i] = stack[--depth];
    return OF_DONE;
}

/** test-method: in phandle, name; out 0 if the package has it, else -1. */
static OfOutcome of_test_method(OfCall *call)
{
    const OfNode *node = of_tree_node(call->client->tree, call->args[0]);
    char name[OF_NAME_MAX];

    call->rets[0] = OF_ERROR;
    if (!node || !of_get_string(call, call->args[1], name, sizeof(name)) || !of_package_of(node))
        return OF_DONE;
    if (!strcmp(name, "open") || !strcmp(name, "close") || of_method_find(node, name))
        call->rets[0] = 0;
    return OF_DONE;
}

#define SECTION_IO "IEEE 1275, 6.3.2.3"
#define SECTION_TREE "IEEE 1275, 6.3.2.2"

const OfService of_instance_services[] = {
    {"instance-to-package", of_instance_to_package, 1, 1, 1, SECTION_TREE},
    {"instance-to-path", of_instance_to_path, 3, 3, 1, SECTION_TREE},
    {"call-method", of_call_method, 2, OF_MAX_CELLS, OF_MAX_CELLS, SECTION_TREE},
    {"test-method", of_test_method, 2, 2, 1, "PowerPC binding"},
    {"open", of_service_open, 1, 1, 1, SECTION_IO},
    {"close", of_service_close, 1, 1, 0, SECTION_IO},
    {"read", of_service_read, 3, 3, 1, SECTION_IO},
    {"write", of_service_write, 3, 3, 1, SECTION_IO},
    {"seek", of_service_seek, 3, 3, 1, SECTION_IO},
    {"interpret", of_service_interpret, 1, OF_MAX_CELLS, OF_MAX_CELLS, "IEEE 1275, 6.3.2.6"},
    {0},
};
