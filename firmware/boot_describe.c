/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "firmware/boot_describe.h"

#include <sys/random.h>

#include "hw/spapr/fadump.h"
#include "hw/spapr/hotplug.h"
#include "hw/spapr/machine_describe.h"
#include "hw/spapr/platform.h"
#include "src/base/log.h"

/** The machine, and the dump that this boot has. */
static gboolean describe(const Vm *vm, MachineDesc *desc, GError **error)
{
    if (!machine_describe(vm, desc, error))
        return FALSE;
    desc->kernel_dump = fadump_property(vm->platform->fadump, &desc->kernel_dump_size);
    desc->boot_end = fadump_boot_memory(vm->platform->fadump);
    return TRUE;
}

gboolean boot_describe(const Vm *vm, MachineDesc *desc, GError **error)
{
    return describe(vm, desc, error) && hotplug_settle(vm->platform->hotplug, desc, error);
}

gboolean boot_describe_negotiable(const Vm *vm, MachineDesc *desc, GError **error)
{
    CasOffer offer;

    cas_offer_of_vm(&offer, vm);
    return describe(vm, desc, error) && machine_desc_set_negotiable(desc, &offer, error) &&
           hotplug_settle(vm->platform->hotplug, desc, error);
}

void boot_describe_seed(MachineDesc *desc, uint8_t seed[MACHINE_RNG_SEED_SIZE])
{
    if (getrandom(seed, MACHINE_RNG_SEED_SIZE, GRND_NONBLOCK) == MACHINE_RNG_SEED_SIZE)
        desc->rng_seed = seed;
    else
        log_warn("the host has no random numbers yet; the guest starts without a seed");
}
