/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What RTAS's error logs of version 6 have in common (LoPAR 10.3.2.2): their head,
 * which says how long they are and how bad it is, and how a section of them begins.
 * Plain data, as it lies in guest memory: big-endian, whatever the guest's byte order.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include <glib.h>

#include "src/base/endian.h"

enum {
    /** The part of a log that every reader knows; it says how many bytes follow. */
    RTAS_LOG_FIXED_SIZE = 8,

    RTAS_LOG_SEVERITY_SHIFT = 5,
    RTAS_LOG_DISPOSITION_SHIFT = 3,

    /** RtasLogHead.flags. */
    RTAS_LOG_VALID = 0x80,
    RTAS_LOG_UNRECOVERABLE = 0x40,
    RTAS_LOG_RECOVERED = 0x20,
    RTAS_LOG_DEGRADED = 0x10,
    RTAS_LOG_NEW = 0x04,
    RTAS_LOG_BIG_ENDIAN = 0x02,
};

typedef struct {
    /* The fixed part: version, then severity, disposition and "there is more". */
    uint8_t version;
    uint8_t summary;
    /** Initiator and target, 4 bits each. */
    uint8_t initiator;
    uint8_t type;
    /** Bytes that follow. */
    be32 extended_length;

    /* The extended part, format 14 of company "IBM". */
    uint8_t flags;
    uint8_t reserved0;
    uint8_t format;
    uint8_t reserved1[9];
    be32 company;
} RtasLogHead;
G_STATIC_ASSERT(sizeof(RtasLogHead) == RTAS_LOG_FIXED_SIZE + 16);

/** How a section begins. */
typedef struct {
    be16 id;
    be16 length;
    uint8_t version;
    uint8_t subtype;
    be16 component;
} RtasLogSection;
G_STATIC_ASSERT(sizeof(RtasLogSection) == 8);

/** A section's id: two letters. */
#define RTAS_LOG_ID(a, b) ((uint16_t)((a) << 8 | (b)))

/** The head, all zeros before, of a new log of @size bytes. Its initiator and type are still open.
 */
void rtas_log_begin(RtasLogHead *head, size_t size, unsigned severity, unsigned disposition);

/** A section of @length bytes, this head included. */
void rtas_log_section(RtasLogSection *section, uint16_t id, size_t length);
