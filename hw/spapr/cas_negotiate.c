/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hw/spapr/cas_negotiate.h"

#include "hw/spapr/cpu_level.h"
#include "hw/spapr/vec5.h"

enum {
    /** Bits of the first byte of a vector: the platform is to choose the best. */
    VECTOR_IGNORE = 0x80,

    ISA_POWER9 = 300,
};

const char *cas_status_text(CasStatus status)
{
    static const char *const texts[] = {
        [CAS_OK] = "it is served",
        [CAS_MALFORMED] = "its list or an option vector does not end within memory",
        [CAS_NOT_ALONE] = "other processors are running",
        [CAS_NOT_REAL_MODE] = "it asks for the other translation while its own is on",
        [CAS_NO_CPU] = "it supports no processor that this machine can show",
        [CAS_NO_LPAR] = "it does not support logical partitions",
        [CAS_NO_MMU] = "it takes only a translation that this machine does not offer",
        [CAS_NO_IRQ] = "it takes only an interrupt controller that this machine does not offer",
        [CAS_BAD_IRQ] = "it asks for an interrupt mode that is not defined",
        [CAS_NO_GTSE] = "it takes radix only without GTSE, which needs --rpt-invalidate",
        [CAS_REFUSED] = "the host refused what it asked for",
    };

    return texts[status];
}

static gboolean list_has(const CasRequest *request, uint32_t pvr)
{
    for (unsigned i = 0; i < request->n_pvrs; i++) {
        const CasPvr *entry = &request->pvrs[i];

        if ((pvr & entry->mask) == (entry->value & entry->mask))
            return TRUE;
    }
    return FALSE;
}

static CasStatus choose_cpu(const CasRequest *request, const CasOffer *offer, uint32_t *pvr)
{
    for (unsigned i = 0; i < CPU_LEVELS; i++) {
        if (cpu_levels[i].isa <= offer->isa && list_has(request, cpu_levels[i].pvr)) {
            *pvr = cpu_levels[i].pvr;
            return CAS_OK;
        }
    }
    *pvr = 0;
    return offer->raw && list_has(request, offer->host_pvr) ? CAS_OK : CAS_NO_CPU;
}

/** One of two modes: @legacy from before POWER9, and @modern. */
typedef struct {
    gboolean legacy, modern;
} Pair;

/** What a client takes, of what it can be given. */
static gboolean choose_mode(const Pair *asked, const Pair *offered, gboolean *modern)
{
    if (asked->modern && offered->modern)
        *modern = TRUE;
    else if (asked->legacy && offered->legacy)
        *modern = FALSE;
    else
        return FALSE;
    return TRUE;
}

/** For a client that says nothing: the mode @preferred, or the other one. */
static gboolean choose_silently(const Pair *offered, gboolean preferred, gboolean *modern)
{
    *modern = preferred ? offered->modern : !offered->legacy;
    return offered->legacy || offered->modern;
}

/**
 * The mode of byte @byte: as @asked, if the vector has that byte. A vector
 * that ends before it comes from the time before POWER9: the legacy mode, or
 * what there is.
 */
static gboolean choose_by_vector(const CasVector *vec5, unsigned byte, const Pair *asked,
                                 const Pair *offered, gboolean now, gboolean *modern)
{
    if (!vec5->length)
        return choose_silently(offered, now, modern);
    if (vec5->bytes[1] & VECTOR_IGNORE)
        return choose_silently(offered, TRUE, modern);
    if (vec5->length < byte)
        return choose_silently(offered, FALSE, modern);
    return choose_mode(asked, offered, modern);
}

static CasStatus choose_mmu(const CasVector *vec5, const CasOffer *offer, unsigned isa,
                            gboolean now, gboolean *radix)
{
    const Pair offered = {offer->hash, offer->radix && isa >= ISA_POWER9};
    uint8_t bits = vec5->bytes[VEC5_MMU_BYTE] & VEC5_MMU_MASK;
    const Pair asked = {bits != VEC5_MMU_RADIX, bits != VEC5_MMU_HASH};

    return choose_by_vector(vec5, VEC5_MMU_BYTE, &asked, &offered, now, radix) ? CAS_OK
                                                                               : CAS_NO_MMU;
}

static CasStatus choose_irq(const CasVector *vec5, const CasOffer *offer, unsigned isa,
                            gboolean now, gboolean *xive)
{
    const Pair offered = {offer->xics, offer->xive && isa >= ISA_POWER9};
    uint8_t bits = vec5->bytes[VEC5_IRQ_BYTE] & VEC5_IRQ_MASK;
    const Pair asked = {bits != VEC5_IRQ_XIVE, bits != VEC5_IRQ_XICS};

    if (bits == VEC5_IRQ_MASK && !(vec5->bytes[1] & VECTOR_IGNORE))
        return CAS_BAD_IRQ;
    return choose_by_vector(vec5, VEC5_IRQ_BYTE, &asked, &offered, now, xive) ? CAS_OK : CAS_NO_IRQ;
}

static uint32_t max_cores(const CasVector *vec5)
{
    const uint8_t *bytes = &vec5->bytes[VEC5_MAX_CORES_BYTE];

    if (vec5->length < VEC5_MAX_CORES_BYTE + 3)
        return VEC5_MAX_CORES_ABSENT;
    /* The processor that asks is one. */
    return MAX((uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 |
                   bytes[3],
               1);
}

static void choose_terms(const CasVector *vec5, MachineTerms *terms)
{
    const uint8_t *bytes = vec5->bytes;

    terms->max_cores = max_cores(vec5);
    terms->drconf_memory = !!(bytes[VEC5_PARTITION_BYTE] & VEC5_DRCONF_MEMORY);
    terms->large_pages = !!(bytes[VEC5_PARTITION_BYTE] & VEC5_LARGE_PAGES);
    /* One of them: the newer. */
    terms->form2_affinity = !!(bytes[VEC5_AFFINITY_BYTE] & VEC5_FORM2_AFFINITY);
    terms->form1_affinity =
        !terms->form2_affinity && bytes[VEC5_AFFINITY_BYTE] & VEC5_FORM1_AFFINITY;
    terms->hpt_resize = !!(bytes[VEC5_BINARY_BYTE] & VEC5_HPT_RESIZE);
    terms->hotplug_events = !!(bytes[VEC5_BINARY_BYTE] & VEC5_HOTPLUG_EVENTS);
    terms->drc_info = !!(bytes[VEC5_DRCONF_BYTE] & VEC5_DRC_INFO);
    terms->hw_random = !!(bytes[VEC5_FACILITIES_BYTE] & VEC5_HW_RANDOM);
    terms->drmem_v2 = !!(bytes[VEC5_DRCONF_BYTE] & VEC5_DRMEM_V2);
    /* Only a client of POWER9's time knows of a choice. */
    terms->gtse = vec5->length < VEC5_RADIX_BYTE || bytes[VEC5_RADIX_BYTE] & VEC5_RADIX_GTSE;
}

CasStatus cas_choose(const CasRequest *request, const CasOffer *offer, const CasModes *now,
                     CasChoice *choice)
{
    const CasVector *vec5 = cas_vector(request, 5);
    gboolean asks = vec5->length && !(vec5->bytes[1] & VECTOR_IGNORE);

    uint32_t pvr;
    CasStatus status = choose_cpu(request, offer, &pvr);
    unsigned isa = cpu_level_isa(offer->host_pvr, pvr);

    *choice = (CasChoice){.modes = *now};
    machine_terms_init(&choice->terms, pvr);

    /* A vector of one byte is nothing but its policy bits. */
    if (status == CAS_OK && asks && !(vec5->bytes[VEC5_PARTITION_BYTE] & VEC5_LPAR))
        status = CAS_NO_LPAR;
    if (status == CAS_OK)
        status = choose_mmu(vec5, offer, isa, now->radix, &choice->modes.radix);
    if (status == CAS_OK)
        status = choose_irq(vec5, offer, isa, now->xive, &choice->modes.xive);
    if (status == CAS_OK && asks)
        choose_terms(vec5, &choice->terms);
    if (status == CAS_OK && choice->modes.radix && !choice->terms.gtse && !offer->rpt_invalidate)
        status = CAS_NO_GTSE;
    return status;
}
