/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/vmm/gdb_packet.h"

#include <string.h>

void gdb_packet_init(GdbPacket *packet)
{
    *packet = (GdbPacket){.bytes = g_byte_array_new(), .payload = g_string_new(NULL)};
}

void gdb_packet_finish(GdbPacket *packet)
{
    g_clear_pointer(&packet->bytes, g_byte_array_unref);
    g_string_free(packet->payload, TRUE);
    packet->payload = NULL;
}

void gdb_packet_push(GdbPacket *packet, const void *data, size_t length)
{
    g_byte_array_append(packet->bytes, data, (guint)length);
}

static void begin(GdbPacket *packet)
{
    g_string_truncate(packet->payload, 0);
    packet->sum = 0;
    packet->too_long = FALSE;
    packet->state = GDB_INSIDE;
}

static void add(GdbPacket *packet, uint8_t c)
{
    if (packet->payload->len < GDB_PACKET_MAX)
        g_string_append_c(packet->payload, (char)c);
    else
        packet->too_long = TRUE;
}

/** One byte of a packet; true at its end. */
static gboolean inside(GdbPacket *packet, uint8_t c)
{
    int digit;

    switch (packet->state) {
    case GDB_INSIDE:
    case GDB_ESCAPED:
        if (packet->state == GDB_INSIDE && c == '#') {
            packet->state = GDB_SUM_HIGH;
        } else if (c == '$') {
            /* The former one was cut off. */
            begin(packet);
        } else {
            packet->sum = (uint8_t)(packet->sum + c);
            if (packet->state == GDB_ESCAPED)
                add(packet, c ^ 0x20);
            else if (c != '}')
                add(packet, c);
            packet->state = packet->state == GDB_INSIDE && c == '}' ? GDB_ESCAPED : GDB_INSIDE;
        }
        return FALSE;
    case GDB_SUM_HIGH:
    case GDB_SUM_LOW:
        digit = g_ascii_xdigit_value((char)c);
        packet->too_long |= digit < 0;
        packet->sum_read = (uint8_t)(packet->sum_read << 4 | (digit & 0xf));
        if (packet->state == GDB_SUM_HIGH) {
            packet->state = GDB_SUM_LOW;
            return FALSE;
        }
        packet->state = GDB_BETWEEN;
        return TRUE;
    case GDB_BETWEEN:
        break;
    }
    return FALSE;
}

GdbPacketStatus gdb_packet_next(GdbPacket *packet)
{
    while (packet->at < packet->bytes->len) {
        uint8_t c = packet->bytes->data[packet->at++];

        if (packet->state != GDB_BETWEEN) {
            if (inside(packet, c))
                return packet->too_long || packet->sum != packet->sum_read ? GDB_PACKET_BAD
                                                                           : GDB_PACKET_WHOLE;
        } else if (c == '$') {
            begin(packet);
        } else if (c == 3) {
            return GDB_PACKET_INTERRUPT;
        } else if (c == '-') {
            return GDB_PACKET_REPEAT;
        }
    }
    g_byte_array_set_size(packet->bytes, 0);
    packet->at = 0;
    return GDB_PACKET_MORE;
}

char *gdb_packet_wrap(const GString *payload)
{
    g_autoptr(GString) text = g_string_new("$");
    uint8_t sum = 0;

    for (size_t i = 0; i < payload->len; i++)
        sum = (uint8_t)(sum + (uint8_t)payload->str[i]);
    g_string_append_len(text, payload->str, (gssize)payload->len);
    g_string_append_printf(text, "#%02x", sum);
    return g_string_free(g_steal_pointer(&text), FALSE);
}

void gdb_packet_escape(GString *payload, const void *data, size_t length)
{
    const char *bytes = data;

    for (size_t i = 0; i < length; i++) {
        if (bytes[i] && strchr("#$}*", bytes[i])) {
            g_string_append_c(payload, '}');
            g_string_append_c(payload, (char)(bytes[i] ^ 0x20));
        } else {
            g_string_append_c(payload, bytes[i]);
        }
    }
}
