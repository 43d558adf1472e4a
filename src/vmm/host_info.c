/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/vmm/host_info.h"

#include <unistd.h>

#include "hw/spapr/irq/irq.h"
#include "mmu/hpt_size.h"
#include "mmu/mmu_choose.h"
#include "src/base/log.h"

const char *host_cpu_family(uint32_t pvr)
{
    static const struct {
        uint32_t version;
        const char *name;
    } families[] = {
        /* The upper half of the PVR: POWER8E, POWER8NVL and POWER8 are one family. */
        {0x004b, "POWER8"}, {0x004c, "POWER8"},  {0x004d, "POWER8"},
        {0x004e, "POWER9"}, {0x0080, "POWER10"}, {0x0082, "POWER11"},
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(families); i++) {
        if (pvr >> 16 == families[i].version)
            return families[i].name;
    }
    return "unknown";
}

/** The order of a table that would fill this host's memory. */
static uint32_t largest_sensible_order(void)
{
    uint64_t bytes =
        (uint64_t)MAX(sysconf(_SC_PHYS_PAGES), 1) * (uint64_t)MAX(sysconf(_SC_PAGESIZE), 4096);
    uint32_t order = HPT_ORDER_MIN;

    while (order < HPT_ORDER_MAX && bytes >> (order + 1))
        order++;
    return order;
}

/** Try tables on a fresh VM, the largest first. */
static uint32_t probe_hpt_order(const HvOps *ops, HvVm *vm)
{
    for (uint32_t try = largest_sensible_order(); try >= HPT_ORDER_MIN; try--) {
        uint32_t order = try;
        if (ops->vm_allocate_htab(vm, &order) == 0)
            return order;
    }
    return 0;
}

void host_info_collect(HostInfo *info, const HvOps *ops, HvHost *host)
{
    const HvCaps *caps = ops->host_caps(host);
    g_autoptr(GError) error = NULL;
    const VmConfig config = {.irq = IRQ_AUTO};
    gboolean radix = FALSE;

    *info = (HostInfo){.caps = caps, .family = host_cpu_family(caps->cpu.pvr)};
    if (mmu_choose(MMU_AUTO, CPU_COMPAT_NONE, caps, &radix, NULL))
        info->mmu = radix ? "radix" : "hash";
    info->irq = irq_kind_name(irq_kind_choose(&config, caps));

    HvVm *vm = ops->vm_new(host, &error);
    if (!vm) {
        info->vm_error = g_strdup(error->message);
        return;
    }
    if (caps->hash && !caps->smmu.no_hash)
        info->hpt_order = probe_hpt_order(ops, vm);
    ops->vm_free(vm);
}

void host_info_finish(HostInfo *info) { g_free(g_steal_pointer(&info->vm_error)); }
