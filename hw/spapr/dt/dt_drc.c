/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The connectors below a node (LoPAR 13.5.2): "ibm,drc-info", which has a run of
 * them in one entry, or for clients that do not know it a list each of their
 * indexes, names, types and power domains.
 */
#include <string.h>

#include "hw/spapr/drc.h"
#include "hw/spapr/dt/dt_parts.h"

static void append_u32(GByteArray *bytes, uint32_t value)
{
    be32 cell = be32_of(value);

    g_byte_array_append(bytes, (const uint8_t *)&cell, sizeof(cell));
}

static void append_string(GByteArray *bytes, const char *text)
{
    g_byte_array_append(bytes, (const uint8_t *)text, (guint)strlen(text) + 1);
}

static void add_bytes(DtBuilder *builder, const char *name, const GByteArray *bytes)
{
    dt_add_bytes(builder, name, bytes->data, bytes->len);
}

static void add_info(DtBuilder *builder, const DtDrcRun *run)
{
    g_autoptr(GByteArray) info = g_byte_array_new();

    append_u32(info, 1);
    append_string(info, run->kind);
    append_string(info, run->prefix);
    append_u32(info, drc_index(run->type, run->first));
    /* What follows the prefix in the first one's name; then they go up together. */
    append_u32(info, run->first);
    append_u32(info, run->count);
    append_u32(info, run->step);
    append_u32(info, DRC_POWER_DOMAIN);
    add_bytes(builder, "ibm,drc-info", info);
}

static void add_lists(DtBuilder *builder, const DtDrcRun *run)
{
    g_autoptr(GByteArray) indexes = g_byte_array_new();
    g_autoptr(GByteArray) names = g_byte_array_new();
    g_autoptr(GByteArray) kinds = g_byte_array_new();
    g_autoptr(GByteArray) domains = g_byte_array_new();
    GByteArray *const lists[] = {indexes, names, kinds, domains};

    for (unsigned i = 0; i < G_N_ELEMENTS(lists); i++)
        append_u32(lists[i], run->count);
    for (uint32_t i = 0; i < run->count; i++) {
        uint32_t id = run->first + i * run->step;
        char name[32];

        g_snprintf(name, sizeof(name), "%s%u", run->prefix, id);
        append_u32(indexes, drc_index(run->type, id));
        append_string(names, name);
        append_string(kinds, run->kind);
        append_u32(domains, DRC_POWER_DOMAIN);
    }
    add_bytes(builder, "ibm,drc-indexes", indexes);
    add_bytes(builder, "ibm,drc-names", names);
    add_bytes(builder, "ibm,drc-types", kinds);
    add_bytes(builder, "ibm,drc-power-domains", domains);
}

void dt_add_drcs(DtBuilder *builder, const MachineDesc *desc, const DtDrcRun *run)
{
    if (desc->terms.drc_info)
        add_info(builder, run);
    else
        add_lists(builder, run);
}
