// SPDX-License-Identifier: GPL-2.0-or-later
/* Says what the device tree says, and powers off. */
#include "guest.h"

void guest_main(void)
{
    char model[128] = "";
    u64 tree, size;

    tree_place(&tree, &size);
    tree_get(tree_find("/"), "model", model, sizeof(model) - 1);
    print("hello: model '%s' cpus %u rma %lu MiB ram %lu MiB timebase %u\n", model, machine.n_cpus,
          machine.rma >> 20, machine.ram_end >> 20, machine.timebase);
    print("hello: mmu %s\n", machine.radix ? "radix" : "hash");
    print("hello: tree at %lx + %lx bootargs '%s'\n", tree, size, machine.bootargs);
    if (!machine.n_cpus || !machine.rma)
        guest_fail("the tree lacks CPUs or memory");
    if (tree && tree < (u64)core_end)
        guest_fail("the tree lies in the image");
}
