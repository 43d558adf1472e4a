/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hw/spapr/watchdog.h"

#include "hw/spapr/fadump.h"
#include "hw/spapr/platform.h"
#include "src/base/main_call.h"

enum {
    /** How long the main loop is asked to wait at most: its own times are of 32 bits. */
    WATCHDOG_LOOK_MS = 3600 * 1000,
};
/** Milliseconds that one runs at most, 100 years: more cannot be told from for ever. */
#define WATCHDOG_MAX_MS (UINT64_C(100) * 366 * 24 * 3600 * 1000)

typedef struct {
    gboolean running;
    WatchdogAction action;
    gboolean leave_others;
    /** Microseconds of the monotonic clock; while paused, what was left of them. */
    gint64 deadline;
} Watchdog;

struct Watchdogs {
    Vm *vm;
    MainCall *look;

    /** Protects the fields below. */
    GMutex lock;
    Watchdog dogs[WATCHDOG_COUNT];
    gboolean paused;
    /** When the main loop looks next, or 0: not at all. */
    gint64 look_at;
};

/** Have the main loop look at @when, unless it will before. With dogs->lock. */
static void look_before(Watchdogs *dogs, gint64 when)
{
    if (dogs->look_at && dogs->look_at <= when)
        return;

    gint64 ms = (when - g_get_monotonic_time() + 999) / 1000;

    dogs->look_at = when;
    main_call_after(dogs->look, (unsigned)CLAMP(ms, 0, WATCHDOG_LOOK_MS));
}

/** One that has run down, stopped, to *@expired: its number, or 0 if none has. */
static unsigned take_expired(Watchdogs *dogs, Watchdog *expired)
{
    gint64 now = g_get_monotonic_time();
    unsigned number = 0;

    g_mutex_lock(&dogs->lock);
    for (unsigned i = 0; i < WATCHDOG_COUNT && !dogs->paused && !number; i++) {
        if (dogs->dogs[i].running && dogs->dogs[i].deadline <= now) {
            *expired = dogs->dogs[i];
            dogs->dogs[i].running = FALSE;
            number = i + 1;
        }
    }
    for (unsigned i = 0; number && !expired->leave_others && i < WATCHDOG_COUNT; i++)
        dogs->dogs[i].running = FALSE;
    g_mutex_unlock(&dogs->lock);
    return number;
}

static void act(Vm *vm, unsigned number, WatchdogAction action)
{
    g_autofree char *why = g_strdup_printf("the guest's watchdog %u has run down", number);

    switch (action) {
    case WATCHDOG_POWER_OFF:
        vm->control->request(vm, VM_REQUEST_CRASH, why);
        break;
    case WATCHDOG_RESTART:
        vm->control->request(vm, VM_REQUEST_REBOOT, why);
        break;
    case WATCHDOG_DUMP_RESTART:
        if (fadump_is_registered(vm->platform->fadump)) {
            vm->control->request(vm, VM_REQUEST_DUMP, why);
            break;
        }
        for (unsigned i = 0; i < vm->n_vcpus; i++)
            vm->control->post_event(vm->vcpus[i], VCPU_EVENT_SYSTEM_RESET);
        break;
    }
}

/** On the main loop. */
static void watchdogs_look(void *opaque)
{
    Watchdogs *dogs = opaque;
    Watchdog expired;
    unsigned number;

    /* One that the guest starts again meanwhile has its full time: so this ends. */
    while ((number = take_expired(dogs, &expired)))
        act(dogs->vm, number, expired.action);

    g_mutex_lock(&dogs->lock);
    dogs->look_at = 0;
    for (unsigned i = 0; i < WATCHDOG_COUNT && !dogs->paused; i++) {
        if (dogs->dogs[i].running)
            look_before(dogs, dogs->dogs[i].deadline);
    }
    g_mutex_unlock(&dogs->lock);
}

Watchdogs *watchdogs_new(Vm *vm)
{
    Watchdogs *dogs = g_new0(Watchdogs, 1);

    dogs->vm = vm;
    g_mutex_init(&dogs->lock);
    dogs->look = main_call_new(watchdogs_look, dogs);
    return dogs;
}

void watchdogs_free(Watchdogs *dogs)
{
    if (!dogs)
        return;
    main_call_free(dogs->look);
    g_mutex_clear(&dogs->lock);
    g_free(dogs);
}

void watchdogs_reset(Watchdogs *dogs)
{
    g_mutex_lock(&dogs->lock);
    for (unsigned i = 0; i < WATCHDOG_COUNT; i++)
        dogs->dogs[i].running = FALSE;
    g_mutex_unlock(&dogs->lock);
}

void watchdog_start(Watchdogs *dogs, unsigned number, uint64_t ms, WatchdogAction action,
                    gboolean leave_others)
{
    gint64 us = (gint64)MIN(ms, WATCHDOG_MAX_MS) * 1000;

    g_mutex_lock(&dogs->lock);
    Watchdog *dog = &dogs->dogs[number - 1];
    *dog = (Watchdog){.running = TRUE, .action = action, .leave_others = leave_others};
    dog->deadline = dogs->paused ? us : g_get_monotonic_time() + us;
    if (!dogs->paused)
        look_before(dogs, dog->deadline);
    g_mutex_unlock(&dogs->lock);
}

gboolean watchdog_stop(Watchdogs *dogs, unsigned number)
{
    g_mutex_lock(&dogs->lock);
    gboolean running = dogs->dogs[number - 1].running;
    dogs->dogs[number - 1].running = FALSE;
    g_mutex_unlock(&dogs->lock);
    return running;
}

/** Deadlines into what is left of them, or back. */
static void set_paused(Watchdogs *dogs, gboolean paused)
{
    gint64 now = g_get_monotonic_time();

    g_mutex_lock(&dogs->lock);
    for (unsigned i = 0; i < WATCHDOG_COUNT && dogs->paused != paused; i++)
        dogs->dogs[i].deadline += paused ? -now : now;
    dogs->paused = paused;
    g_mutex_unlock(&dogs->lock);
}

void watchdogs_pause(Watchdogs *dogs) { set_paused(dogs, TRUE); }

void watchdogs_resume(Watchdogs *dogs)
{
    set_paused(dogs, FALSE);
    main_call_soon(dogs->look);
}
