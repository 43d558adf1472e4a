/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Error logs that tell a guest of an event (LoPAR 10.3.2.2): version 6, with the
 * platform's two headers and one section of the event's kind. Plain data.
 */
#pragma once

#include <stdint.h>

#include "hw/spapr/rtas_log.h"
#include "src/base/endian.h"

typedef enum { EVENT_POWERDOWN, EVENT_HOTPLUG } EventKind;

/** What is plugged (section "HP"; Linux's asm/rtas.h). */
typedef enum {
    EVENT_RESOURCE_CPU = 1,
    EVENT_RESOURCE_MEMORY = 2,
    /** A device in a slot: as QEMU tells it, which is what user space in the guest knows. */
    EVENT_RESOURCE_PCI = 5,
} EventResource;

typedef enum { EVENT_ADD = 1, EVENT_REMOVE = 2 } EventAction;

typedef struct {
    EventKind kind;
    /* Of EVENT_HOTPLUG only. */
    EventResource resource;
    EventAction action;
    /** Index of the connector, or of the first of @count. */
    uint32_t index;
    /** 0: one connector, told by its index alone. */
    uint32_t count;
} Event;

/** As it lies in guest memory; big-endian, whatever the guest's byte order. */
typedef struct {
    RtasLogHead head;

    /* Section "PH". */
    RtasLogSection private;
    /** Binary-coded decimals: year, month, day; hour, minute, second, hundredth. */
    be32 date;
    be32 time;
    uint8_t reserved2[8];
    uint8_t creator;
    uint8_t reserved3[2];
    uint8_t section_count;
    uint8_t reserved4[4];
    uint8_t reserved5[8];
    be32 log_id;
    be32 platform_id;

    /* Section "UH". */
    RtasLogSection user;
    uint8_t subsystem;
    uint8_t reserved6;
    uint8_t severity;
    uint8_t event_type;
    uint8_t reserved7[6];
    be16 action_flags;
    uint8_t reserved8[4];

    /* Section "EP" or "HP". */
    RtasLogSection section;
    union {
        struct {
            uint8_t sensor_value;
            uint8_t modifier;
            uint8_t extended_modifier;
            uint8_t reserved;
            uint8_t reason[8];
        } epow;
        struct {
            uint8_t resource;
            uint8_t action;
            uint8_t id_type;
            uint8_t reserved;
            be32 id[2];
        } hotplug;
    };
} EventLog;
G_STATIC_ASSERT(sizeof(EventLog) == sizeof(RtasLogHead) + 48 + 24 + 20);

/** Describe @event, number @id of this machine, at @seconds since 1970. A pure function. */
void event_log_build(EventLog *log, const Event *event, uint32_t id, int64_t seconds);
