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
 *
 * Of devices on PCI the kernel tells a program, which takes its time: there is no telling but by
 * time whether one will still act.
 */
#include "hw/spapr/events.h"
#include "hw/spapr/platform.h"
#include "src/base/log.h"
#include "src/vmm/plug_private.h"

enum {
    TIMER_S = 1,
    /** Seconds that the guest may run before it is taken to keep a card. */
    CARD_S = 30,
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
    g_autofree char *path = plug_device_path(device);
    g_autofree char *member = g_strdup_printf("\"path\": \"%s\"", path);

    tell(plug, event, device, member);
}

static void goes(Plug *plug, PlugDevice *device, gint64 *time)
{
    tell_path(plug, "DEVICE_DELETED", device);
    plug_device_gone(plug, device);
}

/** All that the guest has given up meanwhile is offered to it again. */
static void is_kept(Plug *plug, PlugDevice *device)
{
    PlugUnits units = plug_device_units(plug, device);

    drc_withdraw_unplug(units.family, units.unit, units.count);
    device->asked = 0;
    if (device->dimm)
        log_info("the guest keeps the memory at %#" G_GINT64_MODIFIER "x", device->dimm->addr);
    else if (device->card)
        log_info("the guest keeps %s", device->id);
    else
        log_info("the guest keeps core %u", units.unit * plug->vm->config->threads);
    if (!device->card && !drc_is_guests(units.family, units.unit, units.count)) {
        Event event = plug_device_event(plug, device, EVENT_ADD);
        plug_post(plug, &event);
    }
    if (device->dimm)
        tell(plug, "MEM_UNPLUG_ERROR", device, "\"msg\": \"the guest keeps the memory\"");
    tell_path(plug, "DEVICE_UNPLUG_GUEST_ERROR", device);
}

static void look_at(Plug *plug, PlugDevice *device, gint64 *done_before)
{
    PlugUnits units = plug_device_units(plug, device);

    switch (drc_unplug_state(units.family, units.unit, units.count)) {
    case DRC_RELEASED:
        goes(plug, device, NULL);
        break;
    case DRC_REFUSED:
        is_kept(plug, device);
        break;
    case DRC_PENDING:
        if (!device->card && device->asked <= *done_before)
            is_kept(plug, device);
        break;
    }
}

/** Another second of the guest's is over. */
static void age(Plug *plug, PlugDevice *device, gint64 *waits)
{
    if (!device->card)
        return;
    if (++device->waited >= CARD_S)
        is_kept(plug, device);
    else
        *waits = TRUE;
}

static void find_oldest(Plug *plug, PlugDevice *device, gint64 *oldest)
{
    if (!device->card)
        *oldest = MIN(*oldest, device->asked);
}

/** Every device that was asked back; @visit may let it go. */
static void for_each_asked(Plug *plug, void (*visit)(Plug *plug, PlugDevice *device, gint64 *time),
                           gint64 *time)
{
    for (unsigned i = 0; i < plug->hotplug->max_cores; i++) {
        if (plug->cores[i].asked)
            visit(plug, &plug->cores[i], time);
    }
    /* From the end, as they leave the array. */
    for (unsigned i = plug->dimms->len; i-- > 0;) {
        Dimm *dimm = g_ptr_array_index(plug->dimms, i);

        if (dimm->device.asked)
            visit(plug, &dimm->device, time);
    }
    for (unsigned i = plug->cards->len; i-- > 0;) {
        PlugCard *card = g_ptr_array_index(plug->cards, i);

        if (card->device.asked)
            visit(plug, &card->device, time);
    }
}

static void on_look(void *opaque)
{
    Plug *plug = opaque;
    /* What was asked for until then the guest has had its turn at. */
    gint64 done_before = 0;

    if (drc_was_watched(plug->hotplug->lmbs)) {
        done_before = plug->probed;
        plug->probed = 0;
    }
    for_each_asked(plug, look_at, &done_before);
}

static void on_change(void *opaque) { main_call_soon(((Plug *)opaque)->look); }

/* --- time ------------------------------------------------------------------------------ */

/** When the oldest request for a core or memory was made that is open; 0: there is none. */
static gint64 oldest_request(Plug *plug)
{
    gint64 oldest = G_MAXINT64;

    for_each_asked(plug, find_oldest, &oldest);
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
    gint64 asked = oldest_request(plug), cards = FALSE;

    if (plug->vm->stopped)
        return G_SOURCE_CONTINUE;
    for_each_asked(plug, age, &cards);
    if (asked && !plug->probed && g_get_monotonic_time() - asked >= PROBE_AFTER_US)
        probe(plug);
    if (++plug->ticks % REMIND_S == 0)
        plug->unread = events_remind(plug->vm->platform->events);
    if (asked || cards || plug->unread)
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
    device->waited = 0;
    plug_watch(plug);
    /* What the guest never took is given up already. */
    main_call_soon(plug->look);
}

void plug_reset(Plug *plug)
{
    plug->probed = 0;
    for_each_asked(plug, goes, NULL);
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
