/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdint.h>
#include <string.h>

#include "hw/spapr/machine_desc.h"

/** Paprika's own name space for version 5 UUIDs; drawn once at random. */
static const uint8_t namespace_uuid[16] = {0x5b, 0x0e, 0x6d, 0x1c, 0x93, 0x27, 0x4f, 0x7a,
                                           0x8c, 0x41, 0xe2, 0xd9, 0x60, 0xb3, 0x15, 0xfe};

void machine_uuid_from_name(const char *name, char uuid[MACHINE_UUID_SIZE])
{
    g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA1);
    uint8_t d[20];
    gsize length = sizeof(d);

    g_checksum_update(sum, namespace_uuid, sizeof(namespace_uuid));
    if (name)
        g_checksum_update(sum, (const guchar *)name, (gssize)strlen(name));
    g_checksum_get_digest(sum, d, &length);
    d[6] = (d[6] & 0x0f) | 0x50;
    d[8] = (d[8] & 0x3f) | 0x80;
    g_snprintf(uuid, MACHINE_UUID_SIZE,
               "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", d[0], d[1],
               d[2], d[3], d[4], d[5], d[6], d[7], d[8], d[9], d[10], d[11], d[12], d[13], d[14],
               d[15]);
}
