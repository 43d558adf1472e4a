// SPDX-License-Identifier: GPL-2.0-or-later
/* Says what the device tree says, and powers off. */
#include "guest.h"

void guest_main(void)
{
    char model[128] = "", vec5[64] = "";
    tree_node chosen = tree_find("/chosen");
    u64 tree, size;

    tree_place(&tree, &size);
    tree_get(tree_find("/"), "model", model, sizeof(model) - 1);
    print("hello: model '%s' cpus %u rma %lu MiB ram %lu MiB timebase %u\n", model, machine.n_cpus,
          machine.rma >> 20, machine.ram_end >> 20, machine.timebase);
    if (tree_get(chosen, "ibm,architecture-vec-5", vec5, sizeof(vec5)) > 24)
        print("hello: mmu %s\n", (vec5[24] & 0xc0) == 0x40 ? "radix" : "hash");
    print("hello: tree at %lx + %lx bootargs '%s'\n", tree, size, machine.bootargs);
    if (!machine.n_cpus || !machine.rma)
        guest_fail("the tree lacks CPUs or memory");
    if (tree && tree < (u64)core_end)
        guest_fail("the tree lies in the image");
}
