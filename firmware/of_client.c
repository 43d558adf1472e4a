/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "firmware/of_client.h"

#include <string.h>

#include "firmware/of_private.h"
#include "src/base/log.h"
#include "src/base/trace.h"

static const OfService *const of_service_tables[] = {
    of_tree_services,
    of_instance_services,
    of_memory_services,
    of_control_services,
};

static const OfService *of_service(unsigned index)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(of_service_tables); i++) {
        for (const OfService *service = of_service_tables[i]; service->name; service++) {
            if (index-- == 0)
                return service;
        }
    }
    return NULL;
}

const OfService *of_service_find(const char *name)
{
    const OfService *service;

    for (unsigned i = 0; (service = of_service(i)); i++) {
        if (!strcmp(service->name, name))
            return service;
    }
    return NULL;
}

const char *of_client_service(unsigned index, unsigned *nargs, unsigned *nret, const char **section)
{
    const OfService *service = of_service(index);

    if (!service)
        return NULL;
    *nargs = service->nargs;
    *nret = service->nret;
    *section = service->section;
    return service->name;
}

const char *of_client_method(unsigned index, const char **package, const char **what)
{
    for (unsigned i = 0; of_package(i); i++) {
        const OfPackage *kind = of_package(i);

        for (const OfMethod *method = kind->methods; method && method->name; method++) {
            if (index-- > 0)
                continue;
            *package = kind->what;
            *what = method->what;
            return method->name;
        }
    }
    return NULL;
}

/** What is open from the beginning, and the property of /chosen that names it. */
static const struct {
    const char *property, *path;
} of_chosen[OF_CHOSEN_COUNT] = {
    [OF_CHOSEN_STDIN] = {"stdin", "hvterm"},
    [OF_CHOSEN_STDOUT] = {"stdout", "hvterm"},
    [OF_CHOSEN_MEMORY] = {"memory", "/memory"},
    /* The boot processor. */
    [OF_CHOSEN_CPU] = {"cpu", "/cpus/@0"},
};

void of_client_complete_tree(OfClient *client)
{
    OfNode *chosen = of_tree_find(client->tree, "/chosen", NULL);

    for (unsigned i = 0; chosen && i < OF_CHOSEN_COUNT; i++) {
        be32 cell = be32_of(client->chosen[i]);

        if (client->chosen[i])
            of_tree_tell(client->tree, chosen, of_chosen[i].property, &cell, sizeof(cell));
    }
    of_memory_tell(client);
}

OfClient *of_client_new(Vm *vm, const void *fdt, size_t size, uint64_t rma, GError **error)
{
    OfTree *tree = of_tree_new(fdt, size, error);

    if (!tree)
        return NULL;

    OfClient *client = g_new0(OfClient, 1);
    client->vm = vm;
    client->tree = tree;
    client->start = g_get_monotonic_time();
    g_mutex_init(&client->lock);
    of_memory_init(&client->memory, MIN(rma, OF_CLAIM_LIMIT));
    for (unsigned i = 0; i < OF_CHOSEN_COUNT; i++) {
        const OfInstance *instance = of_open(client, of_chosen[i].path);

        client->chosen[i] = instance ? instance->ihandle : 0;
    }
    of_client_complete_tree(client);
    return client;
}

void of_client_free(OfClient *client)
{
    if (!client)
        return;
    of_tree_free(client->tree);
    g_mutex_clear(&client->lock);
    g_free(client);
}

void of_client_reserve(OfClient *client, GuestRange range)
{
    g_mutex_lock(&client->lock);
    if (range.start < range.end && of_memory_reserve(&client->memory, range.start, range.end))
        of_memory_tell(client);
    g_mutex_unlock(&client->lock);
}

gboolean of_get_string(const OfCall *call, uint32_t from, char *text, size_t size)
{
    /* Pieces that end at multiples of their size lie in memory whole, or not at all. */
    enum { PIECE = 32 };
    GuestAddr at = from;

    for (size_t used = 0; used < size;) {
        size_t length = MIN(PIECE - at % PIECE, size - used);

        if (!guest_mem_read(call->client->vm->mem, at, text + used, length))
            return FALSE;
        if (memchr(text + used, '\0', length))
            return TRUE;
        used += length;
        at += length;
    }
    return FALSE;
}

/** The argument array (IEEE 1275, 6.3.1, in cells of 32 bits): then arguments and results. */
typedef struct {
    be32 service, nargs, nret;
    be32 cells[OF_MAX_CELLS];
} OfArray;
G_STATIC_ASSERT(sizeof(OfArray) == 4 * (3 + OF_MAX_CELLS));

static OfOutcome of_client_serve(OfCall *call, const char *name)
{
    const OfService *service = of_service_find(name);

    if (!service)
        return OF_BAD_CALL;
    if (call->nargs < service->nargs || call->nargs > service->nargs_max) {
        log_guest("Open Firmware's %s called with %u arguments", name, call->nargs);
        return OF_BAD_CALL;
    }

    gint64 start = trace_on(TRACE_OF) ? g_get_monotonic_time() : 0;
    g_mutex_lock(&call->client->lock);
    OfOutcome outcome = service->fn(call);
    g_mutex_unlock(&call->client->lock);

    trace(TRACE_OF, "cpu %u %s(%#x, %#x, %#x, %#x) = %s %#x, %#x (%" G_GINT64_FORMAT " us)",
          call->cpu->id, name, call->args[0], call->args[1], call->args[2], call->args[3],
          outcome == OF_DONE    ? "done"
          : outcome == OF_AGAIN ? "again"
                                : "bad call",
          call->rets[0], call->rets[1], g_get_monotonic_time() - start);
    return outcome;
}

HcallRet of_client_call(OfClient *client, Vcpu *cpu, GuestAddr args)
{
    const struct GuestMem *mem = client->vm->mem;
    OfCall call = {.client = client, .cpu = cpu};
    be32 out[OF_MAX_CELLS];
    char name[OF_NAME_MAX];
    OfArray in = {0};

    /* First the counts, then as much as they say: an array may end memory. */
    if (!guest_mem_read(mem, args, &in, offsetof(OfArray, cells)))
        return H_HARDWARE;
    call.nargs = be32_get(in.nargs);
    call.nret = be32_get(in.nret);
    if (call.nargs > OF_MAX_CELLS || call.nret > OF_MAX_CELLS - call.nargs)
        return H_HARDWARE;

    GuestAddr cells = args + offsetof(OfArray, cells);
    if (call.nargs && !guest_mem_read(mem, cells, in.cells, call.nargs * sizeof(be32)))
        return H_HARDWARE;
    if (!of_get_string(&call, be32_get(in.service), name, sizeof(name)))
        return H_HARDWARE;
    for (unsigned i = 0; i < call.nargs; i++)
        call.args[i] = be32_get(in.cells[i]);

    OfOutcome outcome = of_client_serve(&call, name);
    if (outcome != OF_DONE)
        return outcome == OF_AGAIN ? H_BUSY : H_HARDWARE;
    for (unsigned i = 0; i < call.nret; i++)
        out[i] = be32_of(call.rets[i]);
    if (call.nret &&
        !guest_mem_write(mem, cells + call.nargs * sizeof(be32), out, call.nret * sizeof(be32)))
        return H_HARDWARE;
    return H_SUCCESS;
}
