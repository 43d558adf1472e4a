/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Dynamic reconfiguration (LoPAR 13.5.3), and the indicators, sensors and power
 * domains by which it is done (7.3.5, 7.3.6). hw/spapr/drc.h has the connectors.
 */
#include <string.h>

#include "hw/spapr/drc.h"
#include "hw/spapr/events.h"
#include "hw/spapr/hotplug.h"
#include "hw/spapr/platform.h"
#include "hw/spapr/rtas/rtas.h"
#include "src/base/guest_mem.h"

enum {
    INDICATOR_ISOLATION = 9001,
    /** The light at a slot; there is none, so that each state is as good as the other. */
    INDICATOR_LIGHT = 9002,
    INDICATOR_ALLOCATION = 9003,
    LIGHT_STATES = 4,

    SENSOR_EPOW = 9,
    SENSOR_ENTITY_SENSE = 9003,
    EPOW_RESET = 0,
    EPOW_SYSTEM_SHUTDOWN = 3,

    POWER_FULL = 100,

    /** Bytes of a location code at most, its end included. */
    LOCATION_MAX = 80,
    INDICES_MORE = 1,
};

static DrcTable *drcs_of(const Vcpu *cpu) { return cpu->vm->platform->hotplug->drcs; }

/** ibm,configure-connector: in work area, further memory; out status: see drc_configure(). */
static RtasStatus rtas_configure_connector(Vcpu *cpu, const uint32_t *args, uint32_t *rets)
{
    return drc_configure(drcs_of(cpu), cpu->vm->mem, args[0]);
}

static RtasStatus set_indicator(Vcpu *cpu, uint32_t indicator, uint32_t index, uint32_t state)
{
    switch (indicator) {
    case INDICATOR_ISOLATION:
        return drc_set_isolation(drcs_of(cpu), index, state);
    case INDICATOR_ALLOCATION:
        return drc_set_allocation(drcs_of(cpu), index, state);
    case INDICATOR_LIGHT:
        return state < LIGHT_STATES && drc_exists(drcs_of(cpu), index) ? RTAS_SUCCESS
                                                                       : RTAS_NO_SUCH_INDICATOR;
    default:
        return RTAS_NO_SUCH_INDICATOR;
    }
}

static RtasStatus get_sensor(Vcpu *cpu, uint32_t sensor, uint32_t index, uint32_t *state)
{
    switch (sensor) {
    case SENSOR_ENTITY_SENSE:
        return drc_get_sense(drcs_of(cpu), index, state);
    case SENSOR_EPOW:
        if (index)
            return RTAS_NO_SUCH_INDICATOR;
        *state =
            events_powerdown_waits(cpu->vm->platform->events) ? EPOW_SYSTEM_SHUTDOWN : EPOW_RESET;
        return RTAS_SUCCESS;
    default:
        return RTAS_NO_SUCH_INDICATOR;
    }
}

/** set-indicator: in indicator, index, state. */
static RtasStatus rtas_set_indicator(Vcpu *cpu, const uint32_t *args, uint32_t *rets)
{
    return set_indicator(cpu, args[0], args[1], args[2]);
}

/** get-sensor-state: in sensor, index; out status, state. */
static RtasStatus rtas_get_sensor_state(Vcpu *cpu, const uint32_t *args, uint32_t *rets)
{
    return get_sensor(cpu, args[0], args[1], &rets[1]);
}

/** get-power-level: in domain; out status, level. What has power always has it in full. */
static RtasStatus rtas_get_power_level(Vcpu *cpu, const uint32_t *args, uint32_t *rets)
{
    if (args[0] != DRC_POWER_DOMAIN)
        return RTAS_NO_SUCH_INDICATOR;
    rets[1] = POWER_FULL;
    return RTAS_SUCCESS;
}

/** set-power-level: in domain, level; out status, the level that it really has. */
static RtasStatus rtas_set_power_level(Vcpu *cpu, const uint32_t *args, uint32_t *rets)
{
    return args[1] > POWER_FULL ? RTAS_PARAM_ERROR : rtas_get_power_level(cpu, args, rets);
}

/* --- by location code ----------------------------------------------------------------- */

/** A connector by the location code at @addr: its length as a word, then the string. */
static gboolean find_location(Vcpu *cpu, GuestAddr addr, uint32_t *index)
{
    char text[LOCATION_MAX];
    uint32_t length;

    if (!guest_mem_load_be32(cpu->vm->mem, addr, &length) || !length || length > sizeof(text) ||
        !guest_mem_read(cpu->vm->mem, addr + sizeof(be32), text, length))
        return FALSE;
    text[length - 1] = 0;
    return drc_find_name(drcs_of(cpu), text, index);
}

/** ibm,get-dynamic-sensor-state: in sensor, location code; out status, state. */
static RtasStatus rtas_get_dynamic_sensor_state(Vcpu *cpu, const uint32_t *args, uint32_t *rets)
{
    uint32_t index;

    if (args[0] != SENSOR_ENTITY_SENSE || !find_location(cpu, args[1], &index))
        return RTAS_NO_SUCH_INDICATOR;
    return get_sensor(cpu, args[0], index, &rets[1]);
}

/** ibm,set-dynamic-indicator: in indicator, state, location code. */
static RtasStatus rtas_set_dynamic_indicator(Vcpu *cpu, const uint32_t *args, uint32_t *rets)
{
    uint32_t index;

    if (!find_location(cpu, args[2], &index))
        return RTAS_NO_SUCH_INDICATOR;
    return set_indicator(cpu, args[0], index, args[1]);
}

static gboolean has_indices(gboolean is_sensor, uint32_t token)
{
    return is_sensor ? token == SENSOR_ENTITY_SENSE
                     : token >= INDICATOR_ISOLATION && token <= INDICATOR_ALLOCATION;
}

/**
 * ibm,get-indices (LoPAR 7.3.18): in whether of a sensor, its token, buffer, length, which
 * one to begin with, from 1 on; out status (1: there are more), which one comes next.
 * The buffer gets their number, then for each its index, and length and text of
 * its location code.
 */
static RtasStatus rtas_get_indices(Vcpu *cpu, const uint32_t *args, uint32_t *rets)
{
    const struct GuestMem *mem = cpu->vm->mem;
    uint64_t at = args[4] ? args[4] - 1 : 0;
    uint32_t used = sizeof(be32), count = 0, index;
    RtasStatus status = RTAS_SUCCESS;
    char name[32];

    if (args[0] > 1 || !has_indices(args[0], args[1]))
        return RTAS_NO_SUCH_INDICATOR;
    if (args[3] < sizeof(be32))
        return RTAS_PARAM_ERROR;
    for (uint64_t next = at; drc_next(drcs_of(cpu), &next, &index, name); at = next) {
        char text[LOCATION_MAX] = {0};
        uint32_t length = ((uint32_t)strlen(name) + sizeof(be32)) & ~3u;
        be32 head[2] = {be32_of(index), be32_of(length)};

        if (args[3] - used < sizeof(head) + length) {
            if (!count)
                return RTAS_PARAM_ERROR;
            status = INDICES_MORE;
            break;
        }
        g_strlcpy(text, name, sizeof(text));
        if (!guest_mem_write(mem, (GuestAddr)args[2] + used, head, sizeof(head)) ||
            !guest_mem_write(mem, (GuestAddr)args[2] + used + sizeof(head), text, length))
            return RTAS_PARAM_ERROR;
        used += (uint32_t)sizeof(head) + length;
        count++;
    }
    if (!guest_mem_store_be32(mem, args[2], count))
        return RTAS_PARAM_ERROR;
    rets[1] = status == INDICES_MORE ? (uint32_t)at + 1 : 1;
    return status;
}

const RtasDef rtas_drc_defs[] = {
    {"ibm,configure-connector", rtas_configure_connector, 2, 1, "LoPAR 13.5.3.5"},
    {"set-indicator", rtas_set_indicator, 3, 1, "LoPAR 7.3.5.4"},
    {"get-sensor-state", rtas_get_sensor_state, 2, 2, "LoPAR 7.3.5.5"},
    {"get-power-level", rtas_get_power_level, 1, 2, "LoPAR 7.3.6.2"},
    {"set-power-level", rtas_set_power_level, 2, 2, "LoPAR 7.3.6.1"},
    {"ibm,get-dynamic-sensor-state", rtas_get_dynamic_sensor_state, 2, 2, "LoPAR 7.3.5.6"},
    {"ibm,set-dynamic-indicator", rtas_set_dynamic_indicator, 3, 1, "LoPAR 7.3.5.7"},
    {"ibm,get-indices", rtas_get_indices, 5, 2, "LoPAR 7.3.18"},
    {0},
};
