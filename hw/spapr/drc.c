/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hw/spapr/drc.h"

#include <string.h>

#include "hw/spapr/drc_private.h"

#define ID_MASK ((UINT32_C(1) << DRC_TYPE_SHIFT) - 1)

DrcTable *drc_table_new(void)
{
    DrcTable *table = g_new0(DrcTable, 1);

    g_mutex_init(&table->lock);
    return table;
}

void drc_table_free(DrcTable *table)
{
    if (!table)
        return;
    drc_walks_drop(table);
    for (unsigned i = 0; i < table->n_families; i++) {
        g_free(table->families[i]->states);
        g_free(table->families[i]);
    }
    g_mutex_clear(&table->lock);
    g_free(table);
}

DrcFamily *drc_add_family(DrcTable *table, const DrcFamilyDesc *desc)
{
    g_return_val_if_fail(table->n_families < DRC_MAX_FAMILIES, NULL);

    DrcFamily *family = g_new0(DrcFamily, 1);
    family->table = table;
    family->desc = *desc;
    family->states = g_new0(uint8_t, desc->count);
    family->watched = DRC_NOT_WATCHED;
    table->families[table->n_families++] = family;
    return family;
}

gboolean drc_resize(DrcFamily *family, uint32_t count)
{
    uint8_t *states = g_try_malloc0(MAX(count, 1));

    if (!states)
        return FALSE;
    g_mutex_lock(&family->table->lock);
    drc_walks_drop(family->table);
    g_free(family->states);
    family->states = states;
    family->desc.count = count;
    g_mutex_unlock(&family->table->lock);
    return TRUE;
}

/** What is common to all calls with a range: nothing beyond the family. */
static uint32_t range_end(const DrcFamily *family, uint32_t unit, uint32_t count)
{
    g_return_val_if_fail(unit <= family->desc.count && count <= family->desc.count - unit, unit);
    return unit + count;
}

/* --- the platform's side -------------------------------------------------------------- */

void drc_attach(DrcFamily *family, uint32_t unit, uint32_t count, DrcAttach how)
{
    static const uint8_t states[] = {
        [DRC_HOT] = DRC_S_ATTACHED,
        [DRC_COLD] = DRC_S_ATTACHED | DRC_S_GUESTS,
        [DRC_FIXED] = DRC_S_ATTACHED | DRC_S_GUESTS | DRC_S_FIXED,
    };

    g_mutex_lock(&family->table->lock);
    memset(family->states + unit, states[how], range_end(family, unit, count) - unit);
    g_mutex_unlock(&family->table->lock);
}

void drc_detach(DrcFamily *family, uint32_t unit, uint32_t count)
{
    g_mutex_lock(&family->table->lock);
    memset(family->states + unit, 0, range_end(family, unit, count) - unit);
    g_mutex_unlock(&family->table->lock);
}

void drc_request_unplug(DrcFamily *family, uint32_t unit, uint32_t count)
{
    g_mutex_lock(&family->table->lock);
    for (uint32_t i = unit, end = range_end(family, unit, count); i < end; i++) {
        uint8_t *state = &family->states[i];

        *state = (uint8_t)((*state & ~DRC_S_REFUSED) | DRC_S_UNPLUG);
    }
    g_mutex_unlock(&family->table->lock);
}

void drc_withdraw_unplug(DrcFamily *family, uint32_t unit, uint32_t count)
{
    g_mutex_lock(&family->table->lock);
    for (uint32_t i = unit, end = range_end(family, unit, count); i < end; i++)
        family->states[i] &= (uint8_t) ~(DRC_S_UNPLUG | DRC_S_REFUSED);
    g_mutex_unlock(&family->table->lock);
}

DrcUnplug drc_unplug_state(DrcFamily *family, uint32_t unit, uint32_t count)
{
    gboolean refused = FALSE, kept = FALSE;

    g_mutex_lock(&family->table->lock);
    for (uint32_t i = unit, end = range_end(family, unit, count); i < end; i++) {
        refused |= (family->states[i] & DRC_S_REFUSED) != 0;
        kept |= drc_is_taken(family, family->states[i]);
    }
    g_mutex_unlock(&family->table->lock);
    return refused ? DRC_REFUSED : kept ? DRC_PENDING : DRC_RELEASED;
}

gboolean drc_is_guests(DrcFamily *family, uint32_t unit, uint32_t count)
{
    gboolean all = TRUE;

    g_mutex_lock(&family->table->lock);
    for (uint32_t i = unit, end = range_end(family, unit, count); i < end && all; i++)
        all = drc_is_taken(family, family->states[i]);
    g_mutex_unlock(&family->table->lock);
    return all;
}

void drc_watch(DrcFamily *family, uint32_t unit)
{
    g_mutex_lock(&family->table->lock);
    family->watched = unit;
    family->seen = FALSE;
    g_mutex_unlock(&family->table->lock);
}

gboolean drc_was_watched(DrcFamily *family)
{
    g_mutex_lock(&family->table->lock);
    gboolean seen = family->seen;
    family->seen = FALSE;
    g_mutex_unlock(&family->table->lock);
    return seen;
}

void drc_table_reset(DrcTable *table)
{
    g_mutex_lock(&table->lock);
    drc_walks_drop(table);
    for (unsigned i = 0; i < table->n_families; i++) {
        DrcFamily *family = table->families[i];

        for (uint32_t unit = 0; unit < family->desc.count; unit++) {
            uint8_t *state = &family->states[unit];

            *state = *state & DRC_S_ATTACHED
                         ? (uint8_t)(DRC_S_ATTACHED | DRC_S_GUESTS | (*state & DRC_S_FIXED))
                         : 0;
        }
        family->watched = DRC_NOT_WATCHED;
        family->seen = FALSE;
    }
    g_mutex_unlock(&table->lock);
}

/* --- the guest's side ------------------------------------------------------------------ */

DrcFamily *drc_find(DrcTable *table, uint32_t index, uint32_t *unit)
{
    for (unsigned i = 0; i < table->n_families; i++) {
        DrcFamily *family = table->families[i];
        const DrcFamilyDesc *desc = &family->desc;
        uint32_t offset = (index & ID_MASK) - desc->first;

        if (index >> DRC_TYPE_SHIFT != (uint32_t)desc->type || offset % desc->step ||
            offset / desc->step >= desc->count)
            continue;
        *unit = offset / desc->step;
        return family;
    }
    return NULL;
}

/** A change within a locked call; whom to tell of it is in @tell. */
typedef RtasStatus (*DrcChange)(DrcFamily *family, uint32_t unit, gboolean *tell);

static RtasStatus change_unit(DrcTable *table, uint32_t index, DrcChange change)
{
    RtasStatus status = RTAS_NO_SUCH_INDICATOR;
    gboolean tell = FALSE;
    uint32_t unit;

    g_mutex_lock(&table->lock);
    DrcFamily *family = drc_find(table, index, &unit);
    if (family)
        status = change(family, unit, &tell);
    g_mutex_unlock(&table->lock);
    if (tell)
        family->desc.ops->changed(family->desc.opaque);
    return status;
}

static gboolean tell_of_isolation(DrcFamily *family, uint32_t unit, gboolean isolated)
{
    const DrcFamilyDesc *desc = &family->desc;

    return !desc->ops->isolate || desc->ops->isolate(desc->opaque, unit, isolated);
}

static RtasStatus isolate(DrcFamily *family, uint32_t unit, gboolean *tell)
{
    uint8_t *state = &family->states[unit];

    if (!(*state & DRC_S_UNISOLATED))
        return RTAS_SUCCESS;
    if (*state & DRC_S_FIXED || !tell_of_isolation(family, unit, TRUE))
        return RTAS_OUTSTANDING;
    drc_walk_drop(family, unit);
    *state &= (uint8_t) ~(DRC_S_UNISOLATED | DRC_S_CONFIGURING);
    *tell = family->desc.physical && *state & DRC_S_UNPLUG;
    return RTAS_SUCCESS;
}

/**
 * What is unisolated already stays so, and if the platform has asked for it the guest
 * says by this that it keeps it: Linux does so for that very purpose.
 */
static RtasStatus unisolate(DrcFamily *family, uint32_t unit, gboolean *tell)
{
    uint8_t *state = &family->states[unit];
    gboolean here = *state & DRC_S_ATTACHED && (family->desc.physical || *state & DRC_S_USABLE);

    if (!here)
        return RTAS_NO_SUCH_INDICATOR;
    if (*state & DRC_S_UNISOLATED) {
        if (*state & DRC_S_UNPLUG) {
            *state |= DRC_S_REFUSED;
            *tell = TRUE;
        }
        return RTAS_SUCCESS;
    }
    /* The guest has given it up: it does not come back. */
    if (*state & DRC_S_UNPLUG || !tell_of_isolation(family, unit, FALSE))
        return RTAS_NO_SUCH_INDICATOR;
    *state |= DRC_S_UNISOLATED;
    return RTAS_SUCCESS;
}

RtasStatus drc_set_isolation(DrcTable *table, uint32_t index, uint32_t state)
{
    if (state > DRC_UNISOLATED)
        return RTAS_PARAM_ERROR;
    return change_unit(table, index, state == DRC_ISOLATED ? isolate : unisolate);
}

static RtasStatus make_usable(DrcFamily *family, uint32_t unit, gboolean *tell)
{
    uint8_t *state = &family->states[unit];

    if (family->desc.physical || !(*state & DRC_S_ATTACHED))
        return RTAS_NO_SUCH_INDICATOR;
    if (*state & DRC_S_USABLE)
        return RTAS_SUCCESS;
    if (*state & DRC_S_UNPLUG)
        return RTAS_NO_SUCH_INDICATOR;
    *state |= DRC_S_USABLE;
    return RTAS_SUCCESS;
}

static RtasStatus make_unusable(DrcFamily *family, uint32_t unit, gboolean *tell)
{
    uint8_t *state = &family->states[unit];

    if (family->desc.physical || *state & DRC_S_UNISOLATED)
        return RTAS_NO_SUCH_INDICATOR;
    if (!(*state & DRC_S_USABLE))
        return RTAS_SUCCESS;
    *state &= (uint8_t)~DRC_S_USABLE;
    *tell = *state & DRC_S_UNPLUG;
    return RTAS_SUCCESS;
}

RtasStatus drc_set_allocation(DrcTable *table, uint32_t index, uint32_t state)
{
    if (state > DRC_USABLE)
        return RTAS_PARAM_ERROR;
    return change_unit(table, index, state == DRC_USABLE ? make_usable : make_unusable);
}

RtasStatus drc_get_sense(DrcTable *table, uint32_t index, uint32_t *sense)
{
    gboolean tell = FALSE;
    uint32_t unit;

    g_mutex_lock(&table->lock);
    DrcFamily *family = drc_find(table, index, &unit);
    if (family) {
        uint8_t state = family->states[unit];

        if (family->desc.physical)
            *sense = state & DRC_S_ATTACHED ? DRC_SENSE_PRESENT : DRC_SENSE_EMPTY;
        else
            *sense = state & DRC_S_USABLE ? DRC_SENSE_PRESENT : DRC_SENSE_UNUSABLE;
        tell = unit == family->watched;
        family->seen |= tell;
        if (tell)
            family->watched = DRC_NOT_WATCHED;
    }
    g_mutex_unlock(&table->lock);
    if (tell)
        family->desc.ops->changed(family->desc.opaque);
    return family ? RTAS_SUCCESS : RTAS_NO_SUCH_INDICATOR;
}

gboolean drc_exists(DrcTable *table, uint32_t index)
{
    uint32_t unit;

    g_mutex_lock(&table->lock);
    gboolean exists = drc_find(table, index, &unit) != NULL;
    g_mutex_unlock(&table->lock);
    return exists;
}

/* --- names --------------------------------------------------------------------------- */

gboolean drc_next(DrcTable *table, uint64_t *at, uint32_t *index, char name[32])
{
    uint64_t before = 0;
    gboolean found = FALSE;

    g_mutex_lock(&table->lock);
    for (unsigned i = 0; i < table->n_families && !found; i++) {
        const DrcFamilyDesc *desc = &table->families[i]->desc;

        found = *at - before < desc->count;
        if (found) {
            uint32_t id = desc->first + (uint32_t)(*at - before) * desc->step;

            *index = drc_index(desc->type, id);
            g_snprintf(name, 32, "%s%u", desc->prefix, id);
        }
        before += desc->count;
    }
    g_mutex_unlock(&table->lock);
    *at += found;
    return found;
}

gboolean drc_find_name(DrcTable *table, const char *name, uint32_t *index)
{
    gboolean found = FALSE;
    guint64 id;

    g_mutex_lock(&table->lock);
    for (unsigned i = 0; i < table->n_families && !found; i++) {
        const DrcFamilyDesc *desc = &table->families[i]->desc;
        uint32_t unit;

        if (!g_str_has_prefix(name, desc->prefix) ||
            !g_ascii_string_to_unsigned(name + strlen(desc->prefix), 10, 0, ID_MASK, &id, NULL))
            continue;
        *index = drc_index(desc->type, (uint32_t)id);
        found = drc_find(table, *index, &unit) == table->families[i];
    }
    g_mutex_unlock(&table->lock);
    return found;
}
