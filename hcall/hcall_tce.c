/* SPDX-License-Identifier: GPL-2.0-or-later */
/* DMA windows: translation control entries (LoPAR 14.5.4.2). */
#include "hcall/hcall.h"
#include "hw/spapr/pci/pci_host.h"
#include "hw/spapr/pci/tce_table.h"
#include "hw/spapr/vio/vio.h"
#include "src/base/endian.h"
#include "src/base/guest_mem.h"

enum {
    /** Entries that one call may set: a page of 4 KiB full. */
    TCE_MAX_COUNT = 512,
    TCE_LIST_ALIGN = 4096,
};

/**
 * The window that @liobn means, or NULL: a virtual I/O device's, which is there for good, or one of
 * a bridge's, which come and go. Until pci_dma_release().
 */
static TceTable *hold_window(const Vm *vm, uint64_t liobn, PciHost **holder)
{
    TceTable *table = vio_bus_window(vm->vio, liobn);

    *holder = NULL;
    return table ? table : pci_dma_hold(vm->pci, liobn, holder);
}

static HcallRet put(const Vm *vm, const uint64_t *args, uint64_t count)
{
    PciHost *holder;
    TceTable *table = hold_window(vm, args[0], &holder);
    gboolean ok = table && tce_table_set(table, args[1], args[2], count);

    pci_dma_release(holder);
    return ok ? H_SUCCESS : H_PARAMETER;
}

/** H_PUT_TCE. In: r4 LIOBN, r5 I/O address, r6 entry. */
static HcallRet h_put_tce(Vcpu *cpu, uint64_t *args) { return put(cpu->vm, args, 1); }

/** H_GET_TCE. In: r4 LIOBN, r5 I/O address. Out: r4 entry. */
static HcallRet h_get_tce(Vcpu *cpu, uint64_t *args)
{
    PciHost *holder;
    const TceTable *table = hold_window(cpu->vm, args[0], &holder);
    uint64_t tce;
    gboolean ok = table && tce_table_get(table, args[1], &tce);

    pci_dma_release(holder);
    if (!ok)
        return H_PARAMETER;
    args[0] = tce;
    return H_SUCCESS;
}

/** H_STUFF_TCE. In: r4 LIOBN, r5 I/O address, r6 entry, r7 how many get it, 512 at most. */
static HcallRet h_stuff_tce(Vcpu *cpu, uint64_t *args)
{
    return args[3] > TCE_MAX_COUNT ? H_PARAMETER : put(cpu->vm, args, args[3]);
}

/** H_PUT_TCE_INDIRECT. In: r4 LIOBN, r5 I/O address, r6 page with entries, r7 how many. */
static HcallRet h_put_tce_indirect(Vcpu *cpu, uint64_t *args)
{
    uint64_t count = args[3];
    be64 tces[TCE_MAX_COUNT];

    if (!count || count > TCE_MAX_COUNT || args[2] % TCE_LIST_ALIGN ||
        !guest_mem_read(cpu->vm->mem, args[2], tces, count * sizeof(be64)))
        return H_PARAMETER;

    PciHost *holder;
    TceTable *table = hold_window(cpu->vm, args[0], &holder);
    gboolean ok = table && tce_table_set_list(table, args[1], tces, count);
    pci_dma_release(holder);
    return ok ? H_SUCCESS : H_PARAMETER;
}

const HcallDef h_tce_defs[] = {
    {H_GET_TCE, "H_GET_TCE", h_get_tce, "LoPAR 14.5.4.2.2", HCALL_HERE},
    {H_PUT_TCE, "H_PUT_TCE", h_put_tce, "LoPAR 14.5.4.2.1", HCALL_HERE},
    {H_STUFF_TCE, "H_STUFF_TCE", h_stuff_tce, "LoPAR 14.5.4.2.3", HCALL_HERE},
    {H_PUT_TCE_INDIRECT, "H_PUT_TCE_INDIRECT", h_put_tce_indirect, "LoPAR 14.5.4.2.4", HCALL_HERE},
    {0},
};
