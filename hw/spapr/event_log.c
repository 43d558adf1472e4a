/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hw/spapr/event_log.h"

#include <string.h>

enum {
    LOG_SEVERITY_EVENT = 1,
    LOG_FULLY_RECOVERED = 0,
    LOG_TYPE_EPOW = 0x40,
    LOG_TYPE_HOTPLUG = 0xe5,
    INITIATOR_HOTPLUG = 6 << 4,
    INITIATOR_POWER = 5 << 4,

    SECTION_PRIVATE = RTAS_LOG_ID('P', 'H'),
    SECTION_USER = RTAS_LOG_ID('U', 'H'),
    SECTION_EPOW = RTAS_LOG_ID('E', 'P'),
    SECTION_HOTPLUG = RTAS_LOG_ID('H', 'P'),
    CREATOR_HYPERVISOR = 'H',

    /** User header: an external environment or the platform's firmware; nothing to worry about. */
    SUBSYSTEM_POWER = 0x60,
    SUBSYSTEM_PLATFORM = 0x70,
    SEVERITY_INFORMATION = 0x00,
    EVENT_NOT_APPLICABLE = 0x00,

    /** EPOW: shut down in an orderly way, for no further reason; this partition alone. */
    EPOW_SYSTEM_SHUTDOWN = 3,
    EPOW_SHUTDOWN_NORMAL = 1,
    EPOW_PARTITION_ONLY = 1,

    HOTPLUG_BY_INDEX = 2,
    HOTPLUG_BY_COUNT_AND_INDEX = 4,
};

/** Two decimal digits a byte. */
static uint32_t bcd(unsigned a, unsigned b, unsigned c, unsigned d)
{
    const unsigned parts[] = {a, b, c, d};
    uint32_t value = 0;

    for (unsigned i = 0; i < G_N_ELEMENTS(parts); i++)
        value = value << 8 | (parts[i] / 10 % 10) << 4 | parts[i] % 10;
    return value;
}

static void log_set_time(EventLog *log, int64_t seconds)
{
    g_autoptr(GDateTime) time = g_date_time_new_from_unix_utc(seconds);

    if (!time)
        return;
    unsigned year = (unsigned)g_date_time_get_year(time);
    log->date = be32_of(bcd(year / 100, year % 100, (unsigned)g_date_time_get_month(time),
                            (unsigned)g_date_time_get_day_of_month(time)));
    log->time =
        be32_of(bcd((unsigned)g_date_time_get_hour(time), (unsigned)g_date_time_get_minute(time),
                    (unsigned)g_date_time_get_second(time), 0));
}

static void log_set_headers(EventLog *log, gboolean power, uint32_t id)
{
    rtas_log_begin(&log->head, sizeof(*log), LOG_SEVERITY_EVENT, LOG_FULLY_RECOVERED);
    log->head.initiator = power ? INITIATOR_POWER : INITIATOR_HOTPLUG;
    log->head.type = power ? LOG_TYPE_EPOW : LOG_TYPE_HOTPLUG;

    rtas_log_section(&log->private, SECTION_PRIVATE,
                     offsetof(EventLog, user) - offsetof(EventLog, private));
    log->creator = CREATOR_HYPERVISOR;
    log->section_count = 3;
    log->log_id = log->platform_id = be32_of(id);

    rtas_log_section(&log->user, SECTION_USER,
                     offsetof(EventLog, section) - offsetof(EventLog, user));
    log->subsystem = power ? SUBSYSTEM_POWER : SUBSYSTEM_PLATFORM;
    log->severity = SEVERITY_INFORMATION;
    log->event_type = EVENT_NOT_APPLICABLE;
}

void event_log_build(EventLog *log, const Event *event, uint32_t id, int64_t seconds)
{
    gboolean power = event->kind == EVENT_POWERDOWN;

    memset(log, 0, sizeof(*log));
    log_set_headers(log, power, id);
    log_set_time(log, seconds);
    rtas_log_section(&log->section, power ? SECTION_EPOW : SECTION_HOTPLUG,
                     sizeof(*log) - offsetof(EventLog, section));
    if (power) {
        log->epow.sensor_value = EPOW_SYSTEM_SHUTDOWN;
        log->epow.modifier = EPOW_SHUTDOWN_NORMAL;
        log->epow.extended_modifier = EPOW_PARTITION_ONLY;
        return;
    }
    log->hotplug.resource = (uint8_t)event->resource;
    log->hotplug.action = (uint8_t)event->action;
    if (event->count) {
        log->hotplug.id_type = HOTPLUG_BY_COUNT_AND_INDEX;
        log->hotplug.id[0] = be32_of(event->count);
        log->hotplug.id[1] = be32_of(event->index);
    } else {
        log->hotplug.id_type = HOTPLUG_BY_INDEX;
        log->hotplug.id[0] = be32_of(event->index);
    }
}
