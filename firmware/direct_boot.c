/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "firmware/direct_boot.h"

#include "firmware/boot_describe.h"
#include "firmware/boot_layout.h"
#include "firmware/rtas_stub.h"
#include "hw/spapr/dt/dt.h"
#include "hw/spapr/fwnmi.h"
#include "hw/spapr/machine_desc.h"
#include "hw/spapr/platform.h"
#include "src/base/error.h"
#include "src/base/trace.h"

G_STATIC_ASSERT((unsigned)FWNMI_END <= (unsigned)RTAS_STUB_SIZE);

static gboolean boot_write_tree(Vm *vm, const MachineDesc *desc, const GuestRange *room,
                                GError **error)
{
    size_t size;
    g_autofree void *tree = dt_build(desc, &size, error);

    if (!tree)
        return FALSE;
    if (size > room->end - room->start || !guest_mem_write(vm->mem, room->start, tree, size))
        return error_set(error, PAPRIKA_ERROR_HOST, "the device tree of %zu bytes does not fit",
                         size);
    return TRUE;
}

gboolean direct_boot_load(Vm *vm, KernelImage *kernel, InitrdImage *initrd, VcpuEntry *entry,
                          GError **error)
{
    uint8_t seed[MACHINE_RNG_SEED_SIZE];
    KernelLayout layout;
    MachineDesc desc;
    BootLayout places;

    if (!boot_describe(vm, &desc, error) ||
        !kernel_image_load(kernel, vm->mem, machine_desc_writable(&desc, desc.rma), &layout, error))
        return FALSE;

    const BootLayoutRequest request = {
        .memory = machine_desc_writable(&desc, desc.memory),
        .rma = machine_desc_writable(&desc, desc.rma),
        .kernel = {layout.start, layout.end},
        .initrd_size = initrd ? initrd_image_size(initrd) : 0,
        .rtas_size = RTAS_STUB_SIZE,
        .fdt_size = dt_size_limit(&desc),
    };
    if (!boot_layout_place(&request, &places, error))
        return FALSE;
    desc.initrd = places.initrd;
    desc.rtas = places.rtas;
    boot_describe_seed(&desc, seed);

    if (initrd && !initrd_image_load(initrd, vm->mem, places.initrd.start, error))
        return FALSE;
    fwnmi_set_area(vm->platform, places.rtas.start);
    if (!rtas_stub_write(vm->mem, places.rtas.start, error) ||
        !boot_write_tree(vm, &desc, &places.fdt, error))
        return FALSE;
    trace(TRACE_BOOT,
          "kernel %#" G_GINT64_MODIFIER "x-%#" G_GINT64_MODIFIER "x entry %#" G_GINT64_MODIFIER
          "x, initrd %#" G_GINT64_MODIFIER "x, rtas %#" G_GINT64_MODIFIER
          "x, tree %#" G_GINT64_MODIFIER "x, real mode area %#" G_GINT64_MODIFIER "x",
          layout.start, layout.end, layout.entry, places.initrd.start, places.rtas.start,
          places.fdt.start, desc.rma);
    *entry = (VcpuEntry){.pc = layout.entry, .r3 = places.fdt.start};
    return TRUE;
}
