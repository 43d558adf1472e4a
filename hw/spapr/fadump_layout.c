/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hw/spapr/fadump_layout.h"

#include "hw/spapr/machine_desc.h"

static GuestRange range_at(GuestAddr start, uint64_t length)
{
    return (GuestRange){start, start + length};
}

/** What @section reads and writes, empty if it does not; false for none of the types. */
static gboolean section_ranges(const FadumpSection *section, GuestRange *source,
                               GuestRange *destination)
{
    uint64_t length = be64_get(section->length);

    *source = *destination = (GuestRange){0, 0};
    switch (be16_get(section->type)) {
    case FADUMP_MEMORY:
        *source = range_at(be64_get(section->source), length);
        *destination = range_at(be64_get(section->destination), length);
        return TRUE;
    case FADUMP_CPU_STATE:
        *destination = range_at(be64_get(section->destination), length);
        return TRUE;
    case FADUMP_PARAMETERS:
        *source = range_at(be64_get(section->source), length);
        return TRUE;
    case FADUMP_HPT:
        return length == 0;
    default:
        return FALSE;
    }
}

static gboolean is_memory(const GuestMem *mem, GuestRange range)
{
    /* An end before the start: the sum went around. */
    return range.end >= range.start &&
           (range.end == range.start || guest_mem_ptr(mem, range.start, range.end - range.start));
}

static gboolean overlap(GuestRange a, GuestRange b) { return a.start < b.end && b.start < a.end; }

/** Whether @range meets any that a section before @number reads, or only one that it writes. */
static gboolean meets(const FadumpPlan *plan, unsigned number, GuestRange range, gboolean sources)
{
    GuestRange source, destination;

    for (unsigned i = 0; i < number; i++) {
        const FadumpSection *section = &plan->image.sections[i];

        if (!fadump_is_requested(section) || !section_ranges(section, &source, &destination))
            continue;
        if ((sources && overlap(range, source)) || overlap(range, destination))
            return TRUE;
    }
    return FALSE;
}

static const char *section_fault(const FadumpPlan *plan, unsigned number, const GuestMem *mem,
                                 uint64_t cpu_state_size)
{
    const FadumpSection *section = &plan->image.sections[number];
    GuestRange source, destination;

    if (!fadump_is_requested(section))
        return NULL;
    if (!section_ranges(section, &source, &destination))
        return "it has a section of an unknown type";
    if (!is_memory(mem, source) || !is_memory(mem, destination))
        return "a section is not in memory";
    if (be16_get(section->type) == FADUMP_CPU_STATE && be64_get(section->length) < cpu_state_size)
        return "there is too little room for registers";
    /* So no byte is written twice, nor read after it was written. */
    if (overlap(source, destination) || meets(plan, number, destination, TRUE) ||
        meets(plan, number, source, FALSE))
        return "sections overlap";
    return NULL;
}

gboolean fadump_plan_read(FadumpPlan *plan, const GuestMem *mem, GuestAddr addr, uint64_t size,
                          uint64_t cpu_state_size, const char **why)
{
    FadumpHeader *header = &plan->image.header;

    *plan = (FadumpPlan){0};
    *why = "the structure is not in memory";
    if (size < sizeof(*header) || !guest_mem_read(mem, addr, header, sizeof(*header)))
        return FALSE;

    uint32_t first = be32_get(header->first);
    unsigned count = be16_get(header->count);

    *why = "its version, size or number of sections is none that there is";
    if (be32_get(header->version) != FADUMP_VERSION || count == 0 || count > FADUMP_SECTIONS ||
        first < sizeof(*header) || size < (uint64_t)first + count * sizeof(FadumpSection))
        return FALSE;
    *why = "the structure is not in memory";
    if (!guest_mem_read(mem, addr + first, plan->image.sections, count * sizeof(FadumpSection)))
        return FALSE;

    /* In the tree the sections follow the head. */
    header->first = be32_of(sizeof(*header));
    header->status = be16_of(0);
    for (unsigned i = 0; i < count; i++) {
        plan->image.sections[i].errors = be16_of(0);
        plan->image.sections[i].dumped = be64_of(0);
        *why = section_fault(plan, i, mem, cpu_state_size);
        if (*why)
            return FALSE;
    }
    plan->count = count;
    return TRUE;
}

GuestAddr fadump_plan_low_end(const FadumpPlan *plan)
{
    GuestAddr end = 0;

    /* Each turn finds the section that goes on where the last one ended, in whatever order. */
    for (unsigned turn = 0; turn < plan->count; turn++) {
        for (unsigned i = 0; i < plan->count; i++) {
            const FadumpSection *section = &plan->image.sections[i];

            if (be16_get(section->type) == FADUMP_MEMORY && be64_get(section->source) == end &&
                be16_get(section->errors) == 0)
                end += be64_get(section->dumped);
        }
    }
    return end;
}
