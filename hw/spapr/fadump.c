/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hw/spapr/fadump.h"

#include <string.h>

#include "hw/spapr/fadump_cpus.h"
#include "hw/spapr/fadump_layout.h"
#include "src/base/log.h"

enum {
    /** How long fadump_step() works, and how much it copies before it looks at the clock. */
    STEP_US = 2000,
    STEP_BYTES = 1 << 20,
};

typedef enum { STATE_NONE, STATE_REGISTERED, STATE_TAKEN, STATE_ACTIVE } FadumpState;

struct Fadump {
    Vm *vm;

    /** Protects state and plan; with vCPUs parked the main thread needs none. */
    GMutex lock;
    FadumpState state;
    FadumpPlan plan;

    /* Main thread: where the copying has got to. */
    unsigned section;
    uint64_t done;
};

Fadump *fadump_new(Vm *vm)
{
    Fadump *fadump = g_new0(Fadump, 1);

    fadump->vm = vm;
    g_mutex_init(&fadump->lock);
    return fadump;
}

void fadump_free(Fadump *fadump)
{
    if (!fadump)
        return;
    g_mutex_clear(&fadump->lock);
    g_free(fadump);
}

/* --- what the guest asks for --------------------------------------------------------- */

RtasStatus fadump_register(Fadump *fadump, GuestAddr addr, uint64_t size)
{
    const Vm *vm = fadump->vm;
    RtasStatus status = RTAS_SUCCESS;
    FadumpPlan plan;
    const char *why;

    if (!fadump_plan_read(&plan, vm->mem, addr, size,
                          fadump_cpu_state_size(config_max_cpus(vm->config)), &why)) {
        log_guest("the guest's dump is not registered: %s", why);
        return RTAS_PARAM_ERROR;
    }
    g_mutex_lock(&fadump->lock);
    if (fadump->state == STATE_REGISTERED) {
        status = RTAS_DUMP_REGISTERED;
    } else if (fadump->state != STATE_NONE) {
        status = RTAS_DUMP_ACTIVE;
    } else {
        fadump->plan = plan;
        fadump->state = STATE_REGISTERED;
    }
    g_mutex_unlock(&fadump->lock);
    return status;
}

/** From @from to no dump at all. */
static RtasStatus fadump_leave(Fadump *fadump, FadumpState from)
{
    g_mutex_lock(&fadump->lock);
    gboolean is = fadump->state == from;
    if (is)
        fadump->state = STATE_NONE;
    g_mutex_unlock(&fadump->lock);
    return is ? RTAS_SUCCESS : RTAS_PARAM_ERROR;
}

RtasStatus fadump_unregister(Fadump *fadump) { return fadump_leave(fadump, STATE_REGISTERED); }

RtasStatus fadump_invalidate(Fadump *fadump) { return fadump_leave(fadump, STATE_ACTIVE); }

gboolean fadump_is_registered(Fadump *fadump)
{
    g_mutex_lock(&fadump->lock);
    gboolean registered = fadump->state == STATE_REGISTERED;
    g_mutex_unlock(&fadump->lock);
    return registered;
}

/* --- taking the dump ------------------------------------------------------------------ */

gboolean fadump_begin(Fadump *fadump)
{
    FadumpHeader *header = &fadump->plan.image.header;

    if (fadump->state != STATE_REGISTERED)
        return FALSE;
    fadump->state = STATE_TAKEN;
    fadump->section = 0;
    fadump->done = 0;
    header->status = be16_of(FADUMP_STATUS_PERFORMED | FADUMP_STATUS_TRIGGERED);
    return TRUE;
}

/** @section has all its bytes, or an error after @done of them. */
static void section_end(Fadump *fadump, FadumpSection *section, uint64_t done, gboolean ok)
{
    FadumpHeader *header = &fadump->plan.image.header;

    section->dumped = be64_of(done);
    if (!ok) {
        section->errors = be16_of(FADUMP_ERROR_ADDRESS);
        header->status = be16_of(be16_get(header->status) | FADUMP_STATUS_ERROR);
    }
    fadump->section++;
    fadump->done = 0;
}

/** Copy some more of @section. */
static void copy_some(Fadump *fadump, FadumpSection *section)
{
    const GuestMem *mem = fadump->vm->mem;
    uint64_t length = be64_get(section->length), rest = length - fadump->done;
    uint64_t size = MIN(rest, STEP_BYTES);
    const void *from = guest_mem_ptr(mem, be64_get(section->source) + fadump->done, size);
    void *to = guest_mem_ptr(mem, be64_get(section->destination) + fadump->done, size);

    /* They were there when they were registered, but memory can be unplugged. */
    if (size && (!from || !to)) {
        section_end(fadump, section, fadump->done, FALSE);
        return;
    }
    if (size)
        memcpy(to, from, size);
    fadump->done += size;
    if (fadump->done == length)
        section_end(fadump, section, length, TRUE);
}

static void take_some(Fadump *fadump, FadumpSection *section)
{
    uint64_t length = be64_get(section->length);

    if (!fadump_is_requested(section)) {
        section_end(fadump, section, 0, TRUE);
        return;
    }
    switch (be16_get(section->type)) {
    case FADUMP_CPU_STATE:
        section_end(fadump, section, length,
                    fadump_cpus_write(fadump->vm, be64_get(section->destination), length));
        break;
    case FADUMP_MEMORY:
        copy_some(fadump, section);
        break;
    default:
        /* Nothing to do: an empty table, and what stays where it is. */
        section_end(fadump, section, length, TRUE);
        break;
    }
}

gboolean fadump_step(Fadump *fadump)
{
    gint64 end = g_get_monotonic_time() + STEP_US;

    while (fadump->section < fadump->plan.count) {
        take_some(fadump, &fadump->plan.image.sections[fadump->section]);
        if (g_get_monotonic_time() >= end)
            break;
    }
    return fadump->section == fadump->plan.count;
}

/* --- the boot that follows --------------------------------------------------------------- */

void fadump_reset(Fadump *fadump)
{
    fadump->state = fadump->state == STATE_TAKEN ? STATE_ACTIVE : STATE_NONE;
}

void fadump_drop(Fadump *fadump) { fadump->state = STATE_NONE; }

gboolean fadump_is_active(Fadump *fadump) { return fadump->state == STATE_ACTIVE; }

GuestAddr fadump_boot_memory(Fadump *fadump)
{
    return fadump_is_active(fadump) ? fadump_plan_low_end(&fadump->plan) : UINT64_MAX;
}

gboolean fadump_clear_copied(Fadump *fadump, GError **error)
{
    for (unsigned i = 0; i < fadump->plan.count; i++) {
        const FadumpSection *section = &fadump->plan.image.sections[i];

        if (be16_get(section->type) == FADUMP_MEMORY && be16_get(section->errors) == 0 &&
            !guest_mem_clear_range(fadump->vm->mem, be64_get(section->source),
                                   be64_get(section->dumped), error))
            return FALSE;
    }
    return TRUE;
}

const void *fadump_property(Fadump *fadump, size_t *size)
{
    if (fadump->state != STATE_ACTIVE)
        return NULL;
    *size = sizeof(FadumpHeader) + fadump->plan.count * sizeof(FadumpSection);
    return &fadump->plan.image;
}
