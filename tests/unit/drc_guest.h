/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A guest's part in what comes and goes: its calls of RTAS for connectors and events. */
#pragma once

#include "hw/spapr/events.h"
#include "hw/spapr/rtas/rtas.h"
#include "include/paprika/vm.h"
#include "src/base/guest_mem.h"

enum {
    /** Where it has logs of events, and of a log: resource, action, and by what it is told. */
    GUEST_LOG = 0x8000,
    GUEST_LOG_RESOURCE = 104,
    GUEST_LOG_ID_TYPE = 106,
    GUEST_LOG_ID = 108,
};

uint32_t guest_word(Vm *vm, GuestAddr at);
/** The status; @result, if there is one, is what follows it. */
RtasStatus guest_rtas(Vm *vm, const char *name, unsigned nargs, const uint32_t *args,
                      uint32_t *result);
RtasStatus guest_indicator(Vm *vm, uint32_t token, uint32_t index, uint32_t state);
/** Of connector @index. */
uint32_t guest_sense(Vm *vm, uint32_t index);
/** Fetch an event, and check it: @count (0: one, without a count) of @resource from @index on. */
void guest_event(Vm *vm, uint8_t resource, uint8_t action, uint32_t count, uint32_t index);
