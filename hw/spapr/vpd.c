/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hw/spapr/vpd.h"

#include <string.h>

#include "paprika_config.h"
#include "src/base/endian.h"

enum {
    TAG_IDENTIFIER = 0x82,
    TAG_KEYWORDS = 0x90,
    /** The end, with a checksum of one byte. */
    TAG_END = 0x79,

    /** Type and model, and characters of the serial number. */
    SERIAL_SIZE = 7,
};

#define MACHINE_TYPE "PAPR"
#define MACHINE_MODEL "KVM"

/** Begin a large resource; its length, little-endian, is filled in by vpd_end_tag(). */
static guint vpd_begin_tag(GByteArray *out, guint8 tag)
{
    const guint8 head[] = {tag, 0, 0};

    g_byte_array_append(out, head, sizeof(head));
    return out->len;
}

static void vpd_end_tag(GByteArray *out, guint start)
{
    guint length = out->len - start;

    out->data[start - 2] = (guint8)length;
    out->data[start - 1] = (guint8)(length >> 8);
}

static void vpd_add_text(GByteArray *out, const char *text)
{
    g_byte_array_append(out, (const guint8 *)text, (guint)strlen(text));
}

static void vpd_add_keyword(GByteArray *out, const char *keyword, const char *value)
{
    guint8 length = (guint8)MIN(strlen(value), UINT8_MAX);

    vpd_add_text(out, keyword);
    g_byte_array_append(out, &length, 1);
    g_byte_array_append(out, (const guint8 *)value, length);
}

/** A stanza: its name, and keywords and values in turn, the location last; NULL ends them. */
static void vpd_add_stanza(GByteArray *out, const char *name, const char *const *pairs)
{
    guint start = out->len + (guint)sizeof(be32);
    be32 length = be32_of(0);
    guint8 sum = 0;

    g_byte_array_append(out, (const guint8 *)&length, sizeof(length));
    guint text = vpd_begin_tag(out, TAG_IDENTIFIER);
    vpd_add_text(out, name);
    vpd_end_tag(out, text);
    guint keywords = vpd_begin_tag(out, TAG_KEYWORDS);
    for (; *pairs; pairs += 2)
        vpd_add_keyword(out, pairs[0], pairs[1]);
    vpd_end_tag(out, keywords);
    for (guint i = start; i < out->len; i++)
        sum = (guint8)(sum + out->data[i]);

    const guint8 end[] = {TAG_END, (guint8)-sum};
    g_byte_array_append(out, end, sizeof(end));
    length = be32_of(out->len - start);
    memcpy(out->data + start - sizeof(length), &length, sizeof(length));
}

/** The first digits of @uuid. */
static void vpd_serial(const char *uuid, char serial[SERIAL_SIZE + 1])
{
    unsigned used = 0;

    for (; *uuid && used < SERIAL_SIZE; uuid++) {
        if (g_ascii_isxdigit(*uuid))
            serial[used++] = g_ascii_toupper(*uuid);
    }
    serial[used] = 0;
}

GByteArray *vpd_build(const char *uuid, const char *location)
{
    char serial[SERIAL_SIZE + 1];
    GByteArray *out = g_byte_array_new();

    vpd_serial(uuid, serial);
    g_autofree char *unit = g_strdup_printf("U%s.%s.%s", MACHINE_TYPE, MACHINE_MODEL, serial);
    g_autofree char *firmware = g_strdup_printf("%s-Y1", unit);
    const char *const system[] = {"TM", MACHINE_TYPE "-" MACHINE_MODEL, "SE", serial, "YL", unit,
                                  NULL};
    /* It cannot be altered from within the guest. */
    const char *const code[] = {"RL", PAPRIKA_VERSION, "YL", firmware, NULL};

    if (!*location || !strcmp(location, unit))
        vpd_add_stanza(out, "System VPD", system);
    if (!*location || !strcmp(location, firmware))
        vpd_add_stanza(out, "System Firmware", code);
    if (!out->len)
        g_clear_pointer(&out, g_byte_array_unref);
    return out;
}
