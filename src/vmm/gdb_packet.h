/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * GDB's remote protocol (GDB's manual, "Remote Protocol"): from a stream of bytes to
 * packets, and back.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include <glib.h>

enum {
    /** Bytes of a packet between its '$' and its '#', as sent to us. */
    GDB_PACKET_MAX = 16384,
};

typedef struct {
    /** What has come and was not looked at yet. */
    GByteArray *bytes;
    size_t at;
    /** The packet that is being read, unescaped; what its bytes sum up to. */
    GString *payload;
    uint8_t sum, sum_read;
    enum { GDB_BETWEEN, GDB_INSIDE, GDB_ESCAPED, GDB_SUM_HIGH, GDB_SUM_LOW } state;
    gboolean too_long;
} GdbPacket;

typedef enum {
    GDB_PACKET_MORE,
    /** A whole one, in payload. */
    GDB_PACKET_WHOLE,
    /** Its sum is wrong, or it is too long. */
    GDB_PACKET_BAD,
    /** A '-': our last one did not arrive well. */
    GDB_PACKET_REPEAT,
    /** The byte 3, outside of packets: the user wants the guest stopped. */
    GDB_PACKET_INTERRUPT,
} GdbPacketStatus;

void gdb_packet_init(GdbPacket *packet);
void gdb_packet_finish(GdbPacket *packet);

/** Take in @length bytes; what is pushed is for the caller to bound. */
void gdb_packet_push(GdbPacket *packet, const void *data, size_t length);

/** What comes next. packet->payload is valid until the next call. */
GdbPacketStatus gdb_packet_next(GdbPacket *packet);

/** @payload as a packet; newly allocated. It is text, or was escaped by gdb_packet_escape(). */
char *gdb_packet_wrap(const GString *payload);

/** Append @length bytes to @payload so that they stand for themselves. */
void gdb_packet_escape(GString *payload, const void *data, size_t length);
