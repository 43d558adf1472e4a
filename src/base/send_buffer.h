/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Output for a socket whose reader may take its time: what is not taken yet waits here. */
#pragma once

#include <glib.h>

typedef struct {
    GString *text;
    /** Bytes of it that went out. */
    size_t sent;
} SendBuffer;

void send_buffer_init(SendBuffer *buffer);
void send_buffer_finish(SendBuffer *buffer);

void send_buffer_append(SendBuffer *buffer, const char *bytes, size_t length);
/** Forget what waits. */
void send_buffer_clear(SendBuffer *buffer);

/** Bytes that wait. */
static inline size_t send_buffer_unsent(const SendBuffer *buffer)
{
    return buffer->text->len - buffer->sent;
}

/** Send to the socket @fd what goes without waiting. 0, or a negative errno of one that is no more.
 */
int send_buffer_flush(SendBuffer *buffer, int fd);
