/* SPDX-License-Identifier: GPL-2.0-or-later */
/* H_WATCHDOG: the partition's watchdogs (Linux, asm/papr-watchdog.h). */
#include "hcall/hcall.h"
#include "hw/spapr/platform.h"
#include "hw/spapr/watchdog.h"

enum {
    /* r4, the flags: reserved, then this bit, operation, action. */
    WATCHDOG_LEAVE_OTHERS = 1 << 16,
    WATCHDOG_OPERATION = 0xff00,
    WATCHDOG_OP_START = 0x100,
    WATCHDOG_OP_STOP = 0x200,
    WATCHDOG_OP_QUERY = 0x300,
    WATCHDOG_OP_QUERY_LPM = 0x400,
    WATCHDOG_ACTION = 0xff,
    WATCHDOG_FLAGS = WATCHDOG_LEAVE_OTHERS | WATCHDOG_OPERATION | WATCHDOG_ACTION,

    /* What the query of the capabilities packs. */
    WATCHDOG_MIN_MS_SHIFT = 48,
    WATCHDOG_COUNT_SHIFT = 32,
    /** "Must be stopped before the partition is suspended". */
    WATCHDOG_LPM_STOP = 1,
};
/** r5 where all are meant. */
#define WATCHDOG_ALL UINT64_MAX

static gboolean is_number(uint64_t number) { return number >= 1 && number <= WATCHDOG_COUNT; }

static HcallRet start(Watchdogs *dogs, uint64_t flags, uint64_t number, uint64_t ms)
{
    unsigned action = flags & WATCHDOG_ACTION;

    if (action < WATCHDOG_POWER_OFF || action > WATCHDOG_DUMP_RESTART)
        return H_PARAMETER;
    if (!is_number(number))
        return H_P2;
    if (ms < WATCHDOG_MIN_MS)
        return H_P3;
    watchdog_start(dogs, (unsigned)number, ms, (WatchdogAction)action,
                   (flags & WATCHDOG_LEAVE_OTHERS) != 0);
    return H_SUCCESS;
}

static HcallRet stop(Watchdogs *dogs, uint64_t number)
{
    gboolean stopped = FALSE;

    if (number == WATCHDOG_ALL) {
        for (unsigned i = 1; i <= WATCHDOG_COUNT; i++)
            stopped |= watchdog_stop(dogs, i);
    } else if (is_number(number)) {
        stopped = watchdog_stop(dogs, (unsigned)number);
    } else {
        return H_P2;
    }
    return stopped ? H_SUCCESS : H_NOOP;
}

/**
 * H_WATCHDOG: r4 flags, r5 watchdog (or all ones: all, to stop them), r6
 * milliseconds. H_NOOP if what shall be stopped does not run. The queries return
 * in r4: the shortest time and the number of watchdogs; that one has to be
 * stopped before a migration, since nothing would carry it over.
 */
static HcallRet h_watchdog(Vcpu *cpu, uint64_t *args)
{
    Watchdogs *dogs = cpu->vm->platform->watchdogs;
    uint64_t flags = args[0], number = args[1];

    if (flags & ~(uint64_t)WATCHDOG_FLAGS)
        return H_PARAMETER;
    switch (flags & WATCHDOG_OPERATION) {
    case WATCHDOG_OP_START:
        return start(dogs, flags, number, args[2]);
    case WATCHDOG_OP_STOP:
        return stop(dogs, number);
    case WATCHDOG_OP_QUERY:
        args[0] = (uint64_t)WATCHDOG_MIN_MS << WATCHDOG_MIN_MS_SHIFT | (uint64_t)WATCHDOG_COUNT
                                                                           << WATCHDOG_COUNT_SHIFT;
        return H_SUCCESS;
    case WATCHDOG_OP_QUERY_LPM:
        if (!is_number(number))
            return H_P2;
        args[0] = WATCHDOG_LPM_STOP;
        return H_SUCCESS;
    default:
        return H_PARAMETER;
    }
}

const HcallDef h_watchdog_defs[] = {
    {H_WATCHDOG, "H_WATCHDOG", h_watchdog, "Linux, asm/papr-watchdog.h", HCALL_HERE},
    {0},
};
