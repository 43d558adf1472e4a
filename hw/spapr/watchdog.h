/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The partition's watchdogs (H_WATCHDOG; Linux, asm/papr-watchdog.h): each runs
 * down once unless the guest starts it again, and then ends, restarts or dumps
 * the guest. They stand still while the user has the machine stopped.
 *
 * Deadlines are looked at on the main loop. A guest that starts its watchdog
 * again, however often, does not wake it: only an earlier deadline does.
 */
#pragma once

#include <stdint.h>

#include <glib.h>

#include "include/paprika/vm.h"

enum {
    /** Numbered from 1. */
    WATCHDOG_COUNT = 4,
    /** Milliseconds that one runs at least. */
    WATCHDOG_MIN_MS = 100,
};

/** What one does when it has run down; the values are the hypercall's. */
typedef enum {
    WATCHDOG_POWER_OFF = 1,
    WATCHDOG_RESTART = 2,
    /** A dump that is registered (hw/spapr/fadump.h), else a system reset for the guest to dump. */
    WATCHDOG_DUMP_RESTART = 3,
} WatchdogAction;

typedef struct Watchdogs Watchdogs;

/** All stopped. Main thread. */
Watchdogs *watchdogs_new(Vm *vm);
/** NULL is fine. Main thread, no vCPU runs. */
void watchdogs_free(Watchdogs *dogs);

/** All stopped, as after power-on. vCPUs parked. Main thread. */
void watchdogs_reset(Watchdogs *dogs);

/**
 * Start, or start over, number @number of 1 to WATCHDOG_COUNT, to run down after
 * @ms milliseconds, which are at least WATCHDOG_MIN_MS. Unless it shall leave
 * the others be, it stops them when it does. Any thread.
 */
void watchdog_start(Watchdogs *dogs, unsigned number, uint64_t ms, WatchdogAction action,
                    gboolean leave_others);

/** Stop number @number; false if it was. Any thread. */
gboolean watchdog_stop(Watchdogs *dogs, unsigned number);

/** The machine is stopped by the user, and goes on. Main thread. */
void watchdogs_pause(Watchdogs *dogs);
void watchdogs_resume(Watchdogs *dogs);
