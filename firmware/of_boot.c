/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "firmware/of_boot.h"

#include "firmware/boot_describe.h"
#include "firmware/boot_layout.h"
#include "firmware/of_stub.h"
#include "firmware/rtas_stub.h"
#include "hw/spapr/dt/dt.h"
#include "src/base/trace.h"

enum {
    /** The client's stack, below the entry. Linux's recursion over the tree fits many times. */
    OF_STACK_SIZE = 64 * 1024,
    /** The frame at its beginning, whose back chain is 0. */
    OF_STACK_FRAME = 256,
};

void of_boot_describe(MachineDesc *desc)
{
    desc->client_interface = TRUE;
    desc->initrd = (GuestRange){0};
    /* How much the client has to find for it. */
    desc->rtas = (GuestRange){0, RTAS_STUB_SIZE};
}

static OfClient *of_boot_begin(Vm *vm, MachineDesc *desc, GError **error)
{
    uint8_t seed[MACHINE_RNG_SEED_SIZE];
    size_t size;

    of_boot_describe(desc);
    boot_describe_seed(desc, seed);
    g_autofree void *tree = dt_build(desc, &size, error);
    return tree ? of_client_new(vm, tree, size, machine_desc_writable(desc, desc->rma), error)
                : NULL;
}

OfClient *of_boot_load(Vm *vm, KernelImage *kernel, InitrdImage *initrd, VcpuEntry *entry,
                       GError **error)
{
    KernelLayout layout;
    MachineDesc desc;
    BootLayout places;

    if (!boot_describe_negotiable(vm, &desc, error) ||
        !kernel_image_load(kernel, vm->mem, machine_desc_writable(&desc, desc.rma), &layout, error))
        return NULL;

    const BootLayoutRequest request = {
        .memory = machine_desc_writable(&desc, desc.memory),
        .rma = machine_desc_writable(&desc, desc.rma),
        .kernel = {layout.start, layout.end},
        .initrd_size = initrd ? initrd_image_size(initrd) : 0,
        .rtas_size = OF_STACK_SIZE + OF_STUB_SIZE,
    };
    if (!boot_layout_place(&request, &places, error) ||
        (initrd && !initrd_image_load(initrd, vm->mem, places.initrd.start, error)))
        return NULL;

    GuestAddr stub = places.rtas.start + OF_STACK_SIZE;
    g_autoptr(OfClient) client = of_boot_begin(vm, &desc, error);
    if (!client || !of_stub_write(vm->mem, stub, error))
        return NULL;
    /* Interrupt vectors are the kernel's; nothing else may be given away there. */
    of_client_reserve(client, (GuestRange){0, BOOT_LAYOUT_ALIGN});
    of_client_reserve(client, request.kernel);
    of_client_reserve(client, places.initrd);
    of_client_reserve(client, places.rtas);

    *entry = (VcpuEntry){
        .pc = layout.entry,
        .r1 = stub - OF_STACK_FRAME,
        .r3 = places.initrd.start,
        .r4 = places.initrd.end - places.initrd.start,
        .r5 = stub,
    };
    trace(TRACE_BOOT,
          "kernel %#" G_GINT64_MODIFIER "x-%#" G_GINT64_MODIFIER "x entry %#" G_GINT64_MODIFIER
          "x, initrd %#" G_GINT64_MODIFIER "x, client interface %#" G_GINT64_MODIFIER
          "x, real mode area %#" G_GINT64_MODIFIER "x",
          layout.start, layout.end, layout.entry, places.initrd.start, stub, desc.rma);
    return g_steal_pointer(&client);
}
