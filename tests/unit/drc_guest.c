/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/drc_guest.h"

#include "hw/spapr/hotplug.h"
#include "tests/unit/rtas_caller.h"

uint32_t guest_word(Vm *vm, GuestAddr at)
{
    uint32_t value;

    g_assert_true(guest_mem_load_be32(vm->mem, at, &value));
    return value;
}

RtasStatus guest_rtas(Vm *vm, const char *name, unsigned nargs, const uint32_t *args,
                      uint32_t *result)
{
    uint32_t rets[2] = {0};
    RtasStatus status = rtas_caller_call(vm, rtas_token(name), nargs, args, result ? 2 : 1, rets);

    if (result)
        *result = rets[1];
    return status;
}

RtasStatus guest_indicator(Vm *vm, uint32_t token, uint32_t index, uint32_t state)
{
    return guest_rtas(vm, "set-indicator", 3, (uint32_t[]){token, index, state}, NULL);
}

uint32_t guest_sense(Vm *vm, uint32_t index)
{
    uint32_t state = 99;

    g_assert_cmpint(guest_rtas(vm, "get-sensor-state", 2, (uint32_t[]){9003, index}, &state), ==,
                    RTAS_SUCCESS);
    return state;
}

void guest_event(Vm *vm, uint8_t resource, uint8_t action, uint32_t count, uint32_t index)
{
    const uint32_t args[] = {0x500, 0x1001, EVENT_CLASS_HOTPLUG, 0, GUEST_LOG, 2048};

    g_assert_cmpint(guest_rtas(vm, "check-exception", 6, args, NULL), ==, RTAS_SUCCESS);
    const uint8_t *log = guest_mem_ptr(vm->mem, GUEST_LOG, sizeof(EventLog));
    g_assert_cmpuint(log[GUEST_LOG_RESOURCE], ==, resource);
    g_assert_cmpuint(log[GUEST_LOG_RESOURCE + 1], ==, action);
    g_assert_cmpuint(log[GUEST_LOG_ID_TYPE], ==, count ? 4 : 2);
    if (count)
        g_assert_cmpuint(guest_word(vm, GUEST_LOG + GUEST_LOG_ID), ==, count);
    g_assert_cmphex(guest_word(vm, GUEST_LOG + GUEST_LOG_ID + (count ? 4 : 0)), ==, index);
}
