/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hw/spapr/rtas_log.h"

enum {
    LOG_VERSION = 6,
    LOG_EXTENDED = 1 << 2,
    LOG_FORMAT = 0x80 | 14,
    COMPANY_IBM = 'I' << 24 | 'B' << 16 | 'M' << 8,
};

void rtas_log_begin(RtasLogHead *head, size_t size, unsigned severity, unsigned disposition)
{
    head->version = LOG_VERSION;
    head->summary = (uint8_t)(severity << RTAS_LOG_SEVERITY_SHIFT |
                              disposition << RTAS_LOG_DISPOSITION_SHIFT | LOG_EXTENDED);
    head->extended_length = be32_of((uint32_t)(size - RTAS_LOG_FIXED_SIZE));
    head->flags = RTAS_LOG_VALID | RTAS_LOG_NEW | RTAS_LOG_BIG_ENDIAN;
    head->format = LOG_FORMAT;
    head->company = be32_of(COMPANY_IBM);
}

void rtas_log_section(RtasLogSection *section, uint16_t id, size_t length)
{
    *section = (RtasLogSection){
        .id = be16_of(id),
        .length = be16_of((uint16_t)length),
        .version = 1,
    };
}
