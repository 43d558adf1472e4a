/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ibm,client-architecture-support, a method of the root (hw/spapr/cas.h). */
#include "firmware/boot_describe.h"
#include "firmware/of_boot.h"
#include "firmware/of_private.h"
#include "hw/spapr/cas.h"
#include "hw/spapr/dt/dt.h"
#include "src/base/log.h"

/** The machine has changed: the client finds it in its tree, with all that it had put there. */
static gboolean of_cas_tell(OfClient *client, GError **error)
{
    uint8_t seed[MACHINE_RNG_SEED_SIZE];
    MachineDesc desc;
    size_t size;

    if (!boot_describe_negotiable(client->vm, &desc, error))
        return FALSE;
    of_boot_describe(&desc);
    boot_describe_seed(&desc, seed);
    g_autofree void *fdt = dt_build(&desc, &size, error);
    if (!fdt || !of_tree_replace(client->tree, fdt, size, error))
        return FALSE;
    client->memory.limit = MIN(machine_desc_writable(&desc, desc.rma), OF_CLAIM_LIMIT);
    of_client_complete_tree(client);
    return TRUE;
}

OfOutcome of_method_cas(OfCall *call, OfInstance *instance, const uint32_t *args, unsigned nargs,
                        uint32_t *rets)
{
    g_autoptr(GError) error = NULL;
    CasOutcome outcome;
    gboolean agreed = cas_negotiate(call->cpu, args[0], &outcome);

    if (!of_cas_tell(call->client, &error)) {
        log_guest("the device tree cannot be made anew: %s", error->message);
        agreed = FALSE;
    }
    rets[0] = agreed ? 0 : OF_ERROR;
    return OF_DONE;
}
