/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hw/spapr/cas_offer.h"

#include "hw/spapr/cpu_level.h"
#include "hw/spapr/irq/irq.h"

/** Radix and XIVE came with this level of the architecture. */
enum { ISA_POWER9 = 300 };

void cas_offer_init(CasOffer *offer, const VmConfig *config, const HvCaps *caps)
{
    const CpuLevel *level = cpu_level_highest(caps->cpu.pvr, config->max_cpu_compat);
    unsigned isa = level ? level->isa : 0;
    IrqKind kind;

    *offer = (CasOffer){
        .host_pvr = caps->cpu.pvr,
        .raw = config->max_cpu_compat == CPU_COMPAT_NONE,
        .isa = isa,
        .radix = config->mmu != MMU_HASH && caps->radix && isa >= ISA_POWER9,
        .hash = config->mmu != MMU_RADIX && caps->hash,
        .xive = isa >= ISA_POWER9 && irq_kind_find(config, caps, TRUE, &kind),
        .xics = irq_kind_find(config, caps, FALSE, &kind),
        .rpt_invalidate = config->rpt_invalidate,
    };
}

void cas_offer_of_vm(CasOffer *offer, const Vm *vm)
{
    cas_offer_init(offer, vm->config, vm->caps);
    if (irq_xive_refused(vm->irq))
        offer->xive = FALSE;
}
