/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Memory that the client takes and gives back (IEEE 1275, 6.3.2.4); addresses are real. */
#include "firmware/of_private.h"

void of_memory_tell(OfClient *client)
{
    GuestRange free[OF_MEMORY_MAX + 1];
    be64 cells[2 * G_N_ELEMENTS(free)];
    OfNode *node = of_tree_find(client->tree, "/memory", NULL);
    unsigned count = of_memory_free_ranges(&client->memory, free);

    for (unsigned i = 0; i < count; i++) {
        cells[2 * i] = be64_of(free[i].start);
        cells[2 * i + 1] = be64_of(free[i].end - free[i].start);
    }
    if (node)
        of_tree_tell(client->tree, node, "available", cells, count * 2 * (uint32_t)sizeof(be64));
}

uint32_t of_claim(OfClient *client, uint32_t virt, uint32_t size, uint32_t align)
{
    uint64_t start = virt;
    gboolean taken = align ? of_memory_claim(&client->memory, size, align, &start)
                           : of_memory_claim_at(&client->memory, virt, size);

    if (!taken)
        return OF_ERROR;
    of_memory_tell(client);
    return (uint32_t)start;
}

void of_release(OfClient *client, uint32_t virt, uint32_t size)
{
    if (of_memory_release(&client->memory, virt, size))
        of_memory_tell(client);
}

/** claim: in address, size, alignment (0: at that address); out address, or -1. */
static OfOutcome of_service_claim(OfCall *call)
{
    call->rets[0] = of_claim(call->client, call->args[0], call->args[1], call->args[2]);
    return OF_DONE;
}

/** release: in address, size. */
static OfOutcome of_service_release(OfCall *call)
{
    of_release(call->client, call->args[0], call->args[1]);
    return OF_DONE;
}

const OfService of_memory_services[] = {
    {"claim", of_service_claim, 3, 3, 1, "IEEE 1275, 6.3.2.4"},
    {"release", of_service_release, 2, 2, 0, "IEEE 1275, 6.3.2.4"},
    {0},
};
