/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hw/spapr/events.h"

#include "hw/spapr/irq/irq.h"
#include "hw/spapr/platform.h"

struct Events {
    Vm *vm;
    /** Protects the fields below; taken before Irq.lock. */
    GMutex lock;
    GQueue *queue;
    /** Of all logs so far. */
    uint32_t count;
    /** The guest has fetched one since it was started. */
    gboolean fetched;
};

Events *events_new(Vm *vm)
{
    Events *events = g_new0(Events, 1);

    events->vm = vm;
    events->queue = g_queue_new();
    g_mutex_init(&events->lock);
    return events;
}

void events_free(Events *events)
{
    if (!events)
        return;
    g_queue_free_full(events->queue, g_free);
    g_mutex_clear(&events->lock);
    g_free(events);
}

void events_reset(Events *events)
{
    g_mutex_lock(&events->lock);
    g_queue_clear_full(events->queue, g_free);
    events->fetched = FALSE;
    g_mutex_unlock(&events->lock);
}

static uint32_t event_class(const Event *event)
{
    return event->kind == EVENT_POWERDOWN ? EVENT_CLASS_EPOW : EVENT_CLASS_HOTPLUG;
}

/** Raise the interrupt of @class. Lock held. */
static void interrupt(Events *events, uint32_t class)
{
    irq_pulse(events->vm->irq, class == EVENT_CLASS_EPOW ? IRQ_SOURCE_EPOW : IRQ_SOURCE_HOTPLUG);
}

gboolean events_post(Events *events, const Event *event)
{
    g_mutex_lock(&events->lock);
    gboolean room = g_queue_get_length(events->queue) < EVENTS_MAX;
    if (room) {
        g_queue_push_tail(events->queue, g_memdup2(event, sizeof(*event)));
        interrupt(events, event_class(event));
    }
    g_mutex_unlock(&events->lock);
    return room;
}

/** The oldest of the classes in @mask, or NULL. Lock held. */
static GList *find(const Events *events, uint32_t mask)
{
    for (GList *at = events->queue->head; at; at = at->next) {
        if (event_class(at->data) & mask)
            return at;
    }
    return NULL;
}

gboolean events_fetch(Events *events, uint32_t mask, EventLog *log)
{
    int64_t now = platform_time(events->vm->platform, g_get_real_time());

    g_mutex_lock(&events->lock);
    GList *at = find(events, mask);
    if (at) {
        g_autofree Event *event = at->data;
        uint32_t class = event_class(event);

        events->fetched = TRUE;
        g_queue_delete_link(events->queue, at);
        event_log_build(log, event, ++events->count, now);
        if (find(events, class))
            interrupt(events, class);
    }
    g_mutex_unlock(&events->lock);
    return at != NULL;
}

gboolean events_powerdown_waits(Events *events)
{
    g_mutex_lock(&events->lock);
    gboolean waits = find(events, EVENT_CLASS_EPOW) != NULL;
    g_mutex_unlock(&events->lock);
    return waits;
}

gboolean events_remind(Events *events)
{
    g_mutex_lock(&events->lock);
    gboolean needed = !events->fetched && !g_queue_is_empty(events->queue);
    if (needed && find(events, EVENT_CLASS_EPOW))
        interrupt(events, EVENT_CLASS_EPOW);
    if (needed && find(events, EVENT_CLASS_HOTPLUG))
        interrupt(events, EVENT_CLASS_HOTPLUG);
    g_mutex_unlock(&events->lock);
    return needed;
}
