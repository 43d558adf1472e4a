/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Waiting for what the guest makes of a request to give something back.
 *
 * A guest that gives it up says so by the connector. One that does not may say so:
 * Linux does for processors, but of memory only if it had begun. So after some
 * seconds it is asked: an event that tells of memory that it has had from the
 * start. It handles its events one after the other, and looks at that memory's
 * sensor before it finds that there is nothing to be done. By then it has done all
 * that came before; what it has not given up it keeps.
 */
#include "hw/spapr/events.h"
#include "hw/spapr/platform.h"
#include "src/base/log.h"
#include "src/vmm/plug_private.h"

enum {
    TIMER_S = 1,
    /** How long a request may take before the guest is asked about it. */
    PROBE_AFTER_US = 3 * G_USEC_PER_SEC,
    /** The guest is reminded of events that it has never looked at this often. */
    REMIND_S = 5,
};

gboolean plug_guest_listens(const Plug *plug) { return plug->vm->platform->terms.hotplug_events; }

gboolean plug_post(Plug *plug, const Event *event)
{
    if (!plug_guest_listens(plug)) {
        log_info("the guest takes no hotplug events; it finds what was plugged when it reboots");
        return FALSE;
    }
    if (!events_post(plug->vm->platform->events, event)) {
        log_warn("the guest has left too many events unread to be told of this one");
        return FALSE;
    }
    plug_watch(plug);
    return TRUE;
}

/* --- what came of a request ----------------------------------------------------------- */

static void tell(const Plug *plug, const char *event, const PlugDevice *device, const char *more)
{
    /* Ids have nothing in them that JSON would want to see escaped. */
    g_autofree char *data = g_strdup_printf("{\"device\": \"%s\", %s}", device->id, more);

    plug->vm->control->event(plug->vm, event, data);
}

static void tell_path(const Plug *plug, const char *event, const PlugDevice *device)
{
    g_autofree char *path = g_strdup_printf("\"path\": \"/machine/%s/%s\"",
                                            device->cold ? "unattached" : "peripheral", device->id);

    tell(plug, event, device, path);
}

static void core_is_kept(Plug *plug, unsigned core)
{
    PlugDevice *device = &plug->cores[core];

    drc_withdraw_unplug(plug->hotplug->cores, core, 1);
    device->asked = 0;
    log_info("the guest keeps core %u", core * plug->vm->config->threads);
    tell_path(plug, "DEVICE_UNPLUG_GUEST_ERROR", device);
}

static void look_at_core(Plug *plug, unsigned core, gint64 done_before)
{
    PlugDevice *device = &plug->cores[core];

    if (!device->asked)
        return;
    switch (drc_unplug_state(plug->hotplug->cores, core, 1)) {
    case DRC_RELEASED:
        tell_path(plug, "DEVICE_DELETED", device);
        plug_core_gone(plug, core);
        break;
    case DRC_REFUSED:
        core_is_kept(plug, core);
        break;
    case DRC_PENDING:
        if (device->asked <= done_before)
            core_is_kept(plug, core);
        break;
    }
}

/** All that the guest has given up meanwhile is offered to it again. */
static void dimm_is_kept(Plug *plug, Dimm *dimm)
{
    uint32_t unit = hotplug_lmb_unit(plug->hotplug, dimm->addr);
    uint32_t count = hotplug_lmb_unit(plug->hotplug, dimm->size);

    drc_withdraw_unplug(plug->hotplug->lmbs, unit, count);
    dimm->device.asked = 0;
    log_info("the guest keeps the memory at %#" G_GINT64_MODIFIER "x", dimm->addr);
    if (!drc_is_guests(plug->hotplug->lmbs, unit, count))
        plug_post(plug, &(Event){.kind = EVENT_HOTPLUG,
                                 .resource = EVENT_RESOURCE_MEMORY,
                                 .action = EVENT_ADD,
                                 .index = drc_index(DRC_LMB, unit),
                                 .count = count});
    tell(plug, "MEM_UNPLUG_ERROR", &dimm->device, "\"msg\": \"the guest keeps the memory\"");
    tell_path(plug, "DEVICE_UNPLUG_GUEST_ERROR", &dimm->device);
}

static void look_at_dimm(Plug *plug, Dimm *dimm, gint64 done_before)
{
    uint32_t unit = hotplug_lmb_unit(plug->hotplug, dimm->addr);
    uint32_t count = hotplug_lmb_unit(plug->hotplug, dimm->size);

    if (!dimm->device.asked)
        return;
    switch (drc_unplug_state(plug->hotplug->lmbs, unit, count)) {
    case DRC_RELEASED:
        tell_path(plug, "DEVICE_DELETED", &dimm->device);
        plug_dimm_gone(plug, dimm);
        break;
    case DRC_REFUSED:
        dimm_is_kept(plug, dimm);
        break;
    case DRC_PENDING:
        if (dimm->device.asked <= done_before)
            dimm_is_kept(plug, dimm);
        break;
    }
}

/** What was asked for until @done_before the guest has had its turn at. */
static void look_at_all(Plug *plug, gint64 done_before)
{
    for (unsigned i = 0; i < plug->hotplug->max_cores; i++)
        look_at_core(plug, i, done_before);
    /* From the end, as they leave the array. */
    for (unsigned i = plug->dimms->len; i-- > 0;)
        look_at_dimm(plug, g_ptr_array_index(plug->dimms, i), done_before);
}

static void on_look(void *opaque)
{
    Plug *plug = opaque;
    gint64 done_before = 0;

    if (drc_was_watched(plug->hotplug->lmbs)) {
        done_before = plug->probed;
        plug->probed = 0;
    }
    look_at_all(plug, done_before);
}

static void on_change(void *opaque) { main_call_soon(((Plug *)opaque)->look); }

/* --- time ------------------------------------------------------------------------------ */

/** When the oldest request was made that is open; 0: there is none. */
static gint64 oldest_request(const Plug *plug)
{
    gint64 oldest = G_MAXINT64;

    for (unsigned i = 0; i < plug->hotplug->max_cores; i++) {
        if (plug->cores[i].asked)
            oldest = MIN(oldest, plug->cores[i].asked);
    }
    for (unsigned i = 0; i < plug->dimms->len; i++) {
        const Dimm *dimm = g_ptr_array_index(plug->dimms, i);

        if (dimm->device.asked)
            oldest = MIN(oldest, dimm->device.asked);
    }
    return oldest == G_MAXINT64 ? 0 : oldest;
}

/** Ask the guest whether it has come to the end of what it was told. */
static void probe(Plug *plug)
{
    drc_watch(plug->hotplug->lmbs, 0);
    plug->probed = g_get_monotonic_time();
    if (!plug_post(plug, &(Event){.kind = EVENT_HOTPLUG,
                                  .resource = EVENT_RESOURCE_MEMORY,
                                  .action = EVENT_ADD,
                                  .index = drc_index(DRC_LMB, 0)}))
        plug->probed = 0;
}

static gboolean on_timer(gpointer opaque)
{
    Plug *plug = opaque;
    gint64 asked = oldest_request(plug);

    if (plug->vm->stopped)
        return G_SOURCE_CONTINUE;
    if (asked && !plug->probed && g_get_monotonic_time() - asked >= PROBE_AFTER_US)
        probe(plug);
    if (++plug->ticks % REMIND_S == 0)
        plug->unread = events_remind(plug->vm->platform->events);
    if (asked || plug->unread)
        return G_SOURCE_CONTINUE;
    plug->timer = 0;
    return G_SOURCE_REMOVE;
}

void plug_watch(Plug *plug)
{
    plug->unread = TRUE;
    if (!plug->timer)
        plug->timer = g_timeout_add_seconds(TIMER_S, on_timer, plug);
}

void plug_wait_for(Plug *plug, PlugDevice *device)
{
    device->asked = g_get_monotonic_time();
    plug_watch(plug);
    /* What the guest never took is given up already. */
    main_call_soon(plug->look);
}

void plug_reset(Plug *plug)
{
    plug->probed = 0;
    for (unsigned i = 0; i < plug->hotplug->max_cores; i++) {
        if (!plug->cores[i].asked)
            continue;
        tell_path(plug, "DEVICE_DELETED", &plug->cores[i]);
        plug_core_gone(plug, i);
    }
    for (unsigned i = plug->dimms->len; i-- > 0;) {
        Dimm *dimm = g_ptr_array_index(plug->dimms, i);

        if (!dimm->device.asked)
            continue;
        tell_path(plug, "DEVICE_DELETED", &dimm->device);
        plug_dimm_gone(plug, dimm);
    }
}

void plug_wait_init(Plug *plug)
{
    plug->look = main_call_new(on_look, plug);
    plug->hotplug->changed = on_change;
    plug->hotplug->opaque = plug;
}

void plug_wait_finish(Plug *plug)
{
    plug->hotplug->changed = NULL;
    if (plug->timer)
        g_source_remove(plug->timer);
    main_call_free(plug->look);
}
