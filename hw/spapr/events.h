/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Events that the platform tells the guest of (LoPAR 7.3.3, 10.2): each waits in
 * a queue and raises its class's interrupt, until the guest fetches it by
 * check-exception.
 *
 * Linux takes one event for each interrupt, and does not look whether there was
 * any: so no interrupt is raised without an event. The queue's lock is held
 * over the interrupt (before Irq.lock), so that an event is never fetched between the
 * two.
 */
#pragma once

#include <stdint.h>

#include <glib.h>

#include "hw/spapr/event_log.h"
#include "include/paprika/vm.h"

/** Event classes, as check-exception's mask has them. */
enum {
    EVENT_CLASS_EPOW = 0x40000000,
    EVENT_CLASS_HOTPLUG = 0x10000000,
};

/** How many a guest may leave unread. */
enum { EVENTS_MAX = 4096 };

typedef struct Events Events;

Events *events_new(Vm *vm);
void events_free(Events *events);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Events, events_free)

/** None is left, and the guest has fetched none. vCPUs parked. */
void events_reset(Events *events);

/** Tell the guest; false if it has left EVENTS_MAX unread. Any thread. */
gboolean events_post(Events *events, const Event *event);

/**
 * The oldest event of the classes in @mask leaves the queue: its log, or false if
 * there is none. If there are more of its class its interrupt comes again. Any
 * thread.
 */
gboolean events_fetch(Events *events, uint32_t mask, EventLog *log);

/** Whether a power-down event waits, as the EPOW sensor tells. Any thread. */
gboolean events_powerdown_waits(Events *events);

/**
 * An interrupt that came before the guest had its handler is lost with some
 * controllers: raise those of a guest that has never fetched anything again.
 * True as long as that may be needed. Any thread.
 */
gboolean events_remind(Events *events);
